"""A row of *Members* in, a `Member` or a plain sentence out; both, where only a side matter is wrong.

A wrong cell never makes a person vanish: the row still names them, its cell counts as blank, and the sentence says what
to type. What would let mail go by mistake is held instead: without a name, or with a status nobody defined, the status
counts as blank. Who is the same person as whom is decided in `identity`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from network.addresses import read_email, read_phone
from network.cells import Read, fold, join_or, quoted, read_date, read_list, read_word, read_yes_no
from network.members import ContactBy, IssueKind, Language, Member, RoleKind, RowIssue, RowKey, Status
from network.preferences import Preferences
from network.programs import read_grant_number
from network.roles import read_role
from network.states import read_state
from network.tabs import MEMBERS, Cell, Row, TabRows, text_of

T = TypeVar("T")

_OFFERED_STATUSES = ("Member", "Invite", "On hold", "Left", "Do not contact")
_STATUSES = {
    fold(spelling): status
    for status, spellings in {
        Status.MEMBER: ("Member", "Members", "Active", "Active member", "Current member", "Miembro"),
        Status.INVITE: ("Invite", "Invited", "To invite", "Please invite", "Prospect", "Invitar"),
        Status.ON_HOLD: ("On hold", "Hold", "Onhold", "Paused", "Pause", "En espera"),
        Status.LEFT: ("Left", "Has left", "Former", "Former member", "Departed", "Retired"),
        Status.DO_NOT_CONTACT: (
            "Do not contact",
            "Don't contact",
            "Don’t contact",
            "DNC",
            "No contact",
            "Do not email",
        ),
    }.items()
    for spelling in spellings
}
_CONTACTS = {
    fold(spelling): way
    for way, spellings in {
        ContactBy.EMAIL: ("email", "e-mail", "mail", "correo"),
        ContactBy.PHONE: ("phone", "call", "telephone", "tel", "teléfono"),
        ContactBy.BOTH: ("both", "either", "any", "email or phone", "email and phone", "phone or email"),
    }.items()
    for spelling in spellings
}
_LANGUAGES = {
    fold(spelling): language
    for language, spellings in {
        Language.ENGLISH: ("English", "en", "Inglés", "Eng"),
        Language.SPANISH: ("Spanish", "es", "Español", "Espanol", "Castellano"),
    }.items()
    for spelling in spellings
}
_AREA_WORDS = {
    "oral": "oral health",
    "dental": "oral health",
    "mental": "mental health",
    "behavioral health": "mental health",
}
_LONGEST_NAME = 100
_ERROR = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|ERROR!|SPILL!|CALC!)")  # as sheets show them
_OURS = frozenset(column.name for column in MEMBERS.columns if column.is_ours)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of *Members* as it stood in this reading; `member` is None where the row names nobody."""

    number: int
    key: RowKey
    member: Member | None


@dataclass(frozen=True, slots=True)
class MembersReading:
    """Everything *Members* says: each row once, in the sheet's order, and the sentences about them."""

    rows: tuple[SheetRow, ...]
    issues: tuple[RowIssue, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(row.member for row in self.rows if row.member is not None)


def member_of(row: SheetRow) -> Member:
    """The member of a row that names somebody; raises ValueError for a row that names nobody."""
    if row.member is None:
        raise ValueError(f"row {row.number} names nobody")
    return row.member


def parse_members(rows: Sequence[Row], preferences: Preferences) -> MembersReading:
    """Reads rows of *Members*; every wrong row gets its own sentence, and no wrong row stops another.

    A row pasted twice counts once; both copies say so.
    """
    parsed: list[SheetRow] = []
    issues: list[RowIssue] = []
    copies: dict[tuple[tuple[str, Cell], ...], list[int]] = {}
    for row in rows:
        copies.setdefault(_content(row), []).append(row.number)
    for row in rows:
        same = copies[_content(row)]
        sheet_row, sentences = _parse_row(row, preferences)
        if len(same) > 1 and sheet_row.member is not None:
            sentences = [_twice(same), *sentences]
            if row.number != same[0]:
                sheet_row = replace(sheet_row, member=None)
        parsed.append(sheet_row)
        issues += [
            RowIssue(MEMBERS.title, sheet_row.key, kind, said, column, row.number) for kind, column, said in sentences
        ]
    return MembersReading(tuple(parsed), tuple(issues))


def repeated_headers(tab: TabRows) -> tuple[RowIssue, ...]:
    """One sentence for each row that only repeats the header."""
    sentence = "This row repeats the header. Please delete it."
    return tuple(RowIssue(tab.title, _key(row), IssueKind.FIX, sentence, row=row.number) for row in tab.headers_again)


# What is wrong with one cell: how urgent, which column, what to type instead.
_Said = tuple[IssueKind, str, str]


class _Cells:
    """Reads the cells of one row one after the other and collects the sentences."""

    __slots__ = ("row", "said")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.said: list[_Said] = []

    def text(self, column: str) -> str:
        return text_of(self.row.cells.get(column))

    def cell(self, column: str) -> Cell:
        return self.row.cells.get(column)

    def take(self, column: str, read: Read[T]) -> T | None:
        """Keeps the sentence of a reading, gives back its value. Only Email and Status can stop a row."""
        if read.sentence and column in ("Email", "Status"):
            self.fix(column, read.sentence)
        elif read.sentence:
            self.note(column, read.sentence)
        return read.value

    def fix(self, column: str, sentence: str) -> None:
        self.said.append((IssueKind.FIX, column, sentence))

    def wait(self, column: str, sentence: str) -> None:
        self.said.append((IssueKind.WAITING, column, sentence))

    def note(self, column: str, sentence: str) -> None:
        self.said.append((IssueKind.NOTE, column, sentence))


def _parse_row(row: Row, preferences: Preferences) -> tuple[SheetRow, list[_Said]]:
    cells = _Cells(row)
    key = _key(row)
    if not any(cells.text(name) for name in ("First name", "Last name", "Email", "Phone")):
        shown = quoted(cells.text("Organization")) if cells.text("Organization") else "some cells"
        cells.fix("First name", f"This row holds {shown} but nobody. Type a name and an email, or delete the row.")
        return SheetRow(row.number, key, None), cells.said
    member = Member(
        key=key,
        first_name=_name(cells, "First name"),
        last_name=_name(cells, "Last name"),
        email=cells.take("Email", read_email(cells.cell("Email"))),
        phone=cells.take("Phone", read_phone(cells.cell("Phone"))),
        organization=_organization(cells),
        role=cells.text("Role"),
        role_kind=_role_kind(cells),
        service_area=_service_area(cells, preferences),
        status=cells.take("Status", read_word(cells.cell("Status"), "Status", _STATUSES, _OFFERED_STATUSES))
        or Status.BLANK,
        grant_number=_grant_number(cells),
        state=_state(cells),
        contact_by=_word(cells, "Preferred contact", _CONTACTS, ("email", "phone", "both"), ContactBy.EMAIL),
        newsletter=cells.take("Newsletter", read_yes_no(cells.cell("Newsletter"), "Newsletter")),
        language=_word(cells, "Language", _LANGUAGES, ("English", "Spanish"), Language.ENGLISH),
        topics=read_list(cells.cell("Topics")),
        expertise=read_list(cells.cell("Expertise")),
        joined_on=cells.take("Joined on", read_date(cells.cell("Joined on"), "Joined on")),
        referred_by=cells.text("Referred by"),
        address_source=cells.text("Where we got the address"),
        notes=str(cells.cell("Notes") or ""),
    )
    if not cells.text("Organization"):
        cells.note("Organization", "Organization is blank. Type the program this person works for.")
    _check_reach(cells, member)
    return SheetRow(row.number, key, _check_name_and_status(cells, member)), cells.said


def _check_reach(cells: _Cells, member: Member) -> None:
    """Says what is missing to reach the person; nothing when a sentence about the very cell stands already."""
    if member.email or any(column == "Email" and kind is IssueKind.FIX for kind, column, _ in cells.said):
        return
    if member.phone is None:
        unread = [said for said in cells.said if said[1] == "Phone"]
        for _, column, sentence in unread:
            cells.said.remove((IssueKind.NOTE, column, sentence))
            cells.fix(column, sentence)
        if not unread:
            cells.fix("Email", "There is no email and no phone. Type one of them.")
    elif member.contact_by is not ContactBy.PHONE and member.status in (Status.MEMBER, Status.INVITE, Status.BLANK):
        cells.fix("Email", "There is a phone but no email. Type an email, or choose phone under Preferred contact.")


def _check_name_and_status(cells: _Cells, member: Member) -> Member:
    if not member.full_name:
        cells.fix("First name", "Nobody is named here. Type a first and a last name.")
        if member.status in (Status.MEMBER, Status.INVITE):
            return replace(member, status=Status.BLANK)
    if member.status is Status.BLANK and not cells.text("Status"):
        cells.wait("Status", "is this person already with you? Choose Member or Invite.")
    return member


def _name(cells: _Cells, column: str) -> str:
    name = cells.text(column)
    if _is_computed(name):
        cells.fix(column, f"{column} holds a formula. Type the name itself.")
        return ""
    if "@" in name or "://" in name:
        cells.fix(column, f"{column} holds {quoted(name)}, which is an address. Type the name there.")
        return ""
    if len(name) > _LONGEST_NAME:
        cells.fix(column, f"{column} is very long. Type only the name there, and the rest in Notes.")
        return ""
    letters = [letter for letter in name if letter.isalpha()]
    if len(letters) > 3 and name.isupper():
        # The same words for both names, so that they are said once.
        cells.note(column, "The name is in capitals, and letters would greet them so. Type it as the person writes it.")
    return name


def _organization(cells: _Cells) -> str:
    """The program as typed; letters name it, so that a formula or its error counts as blank."""
    typed = cells.text("Organization")
    if _is_computed(typed):
        cells.note("Organization", f"Organization holds {quoted(typed)}. Type the program this person works for.")
        return ""
    return typed


def _is_computed(text: str) -> bool:
    """A formula that was never computed, or the error that one came to."""
    return text.startswith("=") or _ERROR.fullmatch(text) is not None


def _role_kind(cells: _Cells) -> RoleKind:
    read = read_role(cells.cell("Role"))
    if read.value is None and not read.sentence:
        cells.note("Role", "Role is blank, so this person counts as a manager.")
    return cells.take("Role", read) or RoleKind.UNKNOWN


def _service_area(cells: _Cells, preferences: Preferences) -> str:
    """Keeps what was typed in the network's own spelling; an area outside its scope is told (R2)."""
    areas = {fold(area): area for area in preferences.service_areas}
    kept: list[str] = []
    for typed in read_list(cells.cell("Service area")):
        area = areas.get(fold(typed)) or areas.get(fold(_AREA_WORDS.get(typed.casefold(), typed)))
        if area is None:
            cells.note(
                "Service area",
                f"Service area holds {quoted(typed)}. This network is for {join_or(preferences.service_areas)}: choose"
                " one of these, or add yours in Settings under Service areas.",
            )
        kept.append(area or typed)
    return "; ".join(dict.fromkeys(kept))


def _grant_number(cells: _Cells) -> str | None:
    typed = cells.text("Grant number")
    if not typed:
        return None
    read = read_grant_number(typed) or read_grant_number(_without_delegate(typed))
    if read is None:
        cells.note(
            "Grant number",
            f"Grant number holds {quoted(typed)}. Type it like 10CH010234, or leave the cell empty and use Notes.",
        )
        return None
    if read.was_repaired:
        cells.note("Grant number", f"We read the grant number as {read.number}: the 0 in front was lost.")
    return read.number


def _without_delegate(typed: str) -> str:
    """A delegate's program number follows the grant after a dash: 90CM009830-005."""
    number, dash, program = typed.rpartition("-")
    return number if dash and program.strip().isdigit() and len(program.strip()) == 3 else typed


def _state(cells: _Cells) -> str | None:
    typed = cells.text("State")
    state = read_state(typed) if typed else None
    if typed and state is None:
        cells.note("State", f"State holds {quoted(typed)}. Type two letters, such as WA.")
    return state


def _word(cells: _Cells, column: str, words: dict[str, T], offered: Iterable[str], default: T) -> T:
    read = cells.take(column, read_word(cells.cell(column), column, words, tuple(offered)))
    return default if read is None else read


def _key(row: Row) -> RowKey:
    return RowKey(*(_as_typed(row.cells.get(name)) for name in ("Email", "First name", "Last name", "Organization")))


def _as_typed(cell: Cell) -> str:
    return cell if isinstance(cell, str) else text_of(cell)


def _content(row: Row) -> tuple[tuple[str, Cell], ...]:
    return tuple((name, cell) for name, cell in row.cells.items() if name not in _OURS)


def _twice(numbers: Sequence[int]) -> _Said:
    places = " and ".join([", ".join(str(number) for number in numbers[:-1]), str(numbers[-1])])
    return (IssueKind.NOTE, "", f"This row stands more than once (rows {places}). Please keep one and delete the rest.")
