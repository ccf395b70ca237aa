"""The workbook's shape: tabs, headers, cells as read, and the tabs that are ours.

A tab is read by header, never by position; row numbers live only as long as one reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

# A cell as read raw: text stays text, a date is a serial number of days since 1899-12-30, nothing is a formula result
# that we interpret.

Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a people's tab: cells by canonical header; `number` is where it stood in this reading only."""

    number: int
    cells: Mapping[str, Cell]
    extra: Mapping[str, Cell] = field(default_factory=dict)  # unknown columns: kept, ignored


@dataclass(frozen=True, slots=True)
class RawTab:
    """A tab exactly as it stands, first row included; an adapter delivers this and decides nothing."""

    title: str
    values: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything people typed, read in one go. `version` is the token taken before the read, if the host has one."""

    tabs: Mapping[str, RawTab]  # by title as found
    version: str | None
    read_at: datetime
    remarks: Sequence[str] = ()  # sentences of the adapter: file is open, conflicted copy, ...


@dataclass(frozen=True, slots=True)
class SystemTab:
    """A tab of ours: replaced whole when its content changed. Cells are text, numbers or dates; never formulas."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | int | date | None]]
    widths: Sequence[int] = ()  # characters, one a column
    preface: Sequence[str] = ()  # sentences above the table
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row we add to a people's tab, once: `key` says which cell makes it recognisable (Ref, grant number, email)."""

    tab: str
    key_column: str
    key: str
    cells: Mapping[str, str | float | int | date | None]


@dataclass(frozen=True, slots=True)
class Column:
    """A header we look for; `aliases` are other spellings people use, matched without case, spaces or punctuation."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class TabSpec:
    """A people's tab: its title and the columns we understand."""

    title: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TabRows:
    """One tab after its headers were understood. `problems` are whole-tab sentences: a header missing, doubled, unknown."""

    title: str
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
    is_missing: bool = False  # there is no such tab
    lacks_required: bool = False  # a required header is gone: nothing of this tab may be applied


def understand(reading: Reading, spec: TabSpec) -> TabRows:
    """Finds the tab and its columns by header and returns its rows that hold anything at all.

    The header row is the first of the top ten rows that holds at least two known headers. Unknown columns are kept in
    `Row.extra`. A missing or doubled required header is one plain sentence; of doubled headers the leftmost counts.
    """
    raw = _find_tab(reading, spec)
    if raw is None:
        return TabRows(spec.title, (), is_missing=True)
    known = {_fold(spelling): column for column in spec.columns for spelling in (column.name, *column.aliases)}
    at = _find_header_row(raw.values, known)
    if at is None:
        names = ", ".join(column.name for column in spec.columns if column.required)
        sentence = f"The tab {spec.title} has no header row that we understand. Its first row should hold: {names}."
        is_blank = not any(not _is_blank(cell) for row in raw.values for cell in row)
        return TabRows(spec.title, (), (sentence,), lacks_required=not is_blank or bool(names))
    places, extras, problems = _map_headers(raw.values[at], known, spec)
    rows = tuple(
        Row(
            number=at + 2 + offset,
            cells={name: _cell(values, place) for name, place in places.items()},
            extra={name: _cell(values, place) for name, place in extras.items()},
        )
        for offset, values in enumerate(raw.values[at + 1 :])
        if any(not _is_blank(_cell(values, place)) for place in places.values())
    )
    missing = tuple(column.name for column in spec.columns if column.required and column.name not in places)
    problems += tuple(f"The tab {spec.title} has no column {name}. Please type {name} as a header." for name in missing)
    return TabRows(spec.title, rows, problems, lacks_required=bool(missing))


def serial_to_date(serial: float) -> date:
    """Turns a sheet's day number (day 0 is 1899-12-30) into a date; raises OverflowError or ValueError when absurd."""
    return date(1899, 12, 30) + timedelta(days=int(serial))


def date_to_serial(day: date) -> int:
    """The day number a sheet keeps for a date."""
    return (day - date(1899, 12, 30)).days


def _find_tab(reading: Reading, spec: TabSpec) -> RawTab | None:
    for spelling in (spec.title, *spec.aliases):
        if spelling in reading.tabs:
            return reading.tabs[spelling]
    folded = {_fold(title): raw for title, raw in reversed(list(reading.tabs.items()))}
    return next((folded[_fold(name)] for name in (spec.title, *spec.aliases) if _fold(name) in folded), None)


def _find_header_row(values: Sequence[Sequence[Cell]], known: Mapping[str, Column]) -> int | None:
    least = min(2, len({column.name for column in known.values()}))
    for number, row in enumerate(values[:10]):
        if len({known[_fold(cell)].name for cell in row if _fold(cell) in known}) >= least:
            return number
    return None


def _map_headers(
    header: Sequence[Cell], known: Mapping[str, Column], spec: TabSpec
) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    places: dict[str, int] = {}
    extras: dict[str, int] = {}
    problems: list[str] = []
    for place, cell in enumerate(header):
        column = known.get(_fold(cell))
        if column is None:
            if not _is_blank(cell):
                extras.setdefault(str(cell).strip(), place)
        elif column.name in places:
            problems.append(
                f"The tab {spec.title} has two columns for {column.name}. We use the left one; please rename the other."
            )
        else:
            places[column.name] = place
    return places, extras, tuple(problems)


def _cell(values: Sequence[Cell], place: int) -> Cell:
    return values[place] if place < len(values) else None


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _fold(cell: Cell) -> str:
    return "".join(letter for letter in str(cell if cell is not None else "").casefold() if letter.isalnum())


MEMBERS = TabSpec(
    "Members",
    (
        Column("First name", ("First", "Given name", "Nombre")),
        Column("Last name", ("Last", "Surname", "Family name", "Apellido")),
        Column("Email", ("E-mail", "Email address", "E-mail address", "Mail", "Correo"), required=True),
        Column("Phone", ("Phone number", "Telephone", "Tel", "Cell", "Mobile")),
        Column("Organization", ("Organisation", "Program", "Grantee", "Recipient", "Agency")),
        Column("Role", ("Title", "Position", "Job title")),
        Column("Service area", ("Service areas", "Area")),
        Column("Status", ("Member status",), required=True),
        Column("Grant number", ("Grant", "Grant no", "Grant #")),
        Column("State", ("ST",)),
        Column("Preferred contact", ("Contact preference", "Best way to contact")),
        Column("Newsletter", ("Wants newsletter",)),
        Column("Language", ("Idioma",)),
        Column("Topics", ("Topics of interest",)),
        Column("Expertise", ("Expertise to share",)),
        Column("Joined on", ("Joined", "Date joined", "Member since")),
        Column("Referred by", ("Referral",)),
        Column("Where we got the address", ("Source", "Address source")),
        Column("Notes", ("Note", "Comments")),
        Column("What we will do"),
    ),
    aliases=("Member list", "Contacts"),
)
TO_DO = TabSpec(
    "To do",
    tuple(Column(name) for name in ("Ref", "What", "Why", "Who", "Since", "Answer", "State")),
    aliases=("To-do", "Todo"),
)
SETTINGS = TabSpec(
    "Settings", (Column("Setting", ("Name",), required=True), Column("Value", (), required=True), Column("Note"))
)
PROGRAMS = TabSpec(
    "Programs",
    (
        Column("Grant number", ("Grant", "Grant no"), required=True),
        Column("Recipient", ("Grantee", "Organization", "Recipient name"), required=True),
        Column("Program type", ("Type",)),
        Column("States served", ("States", "State")),
        *(
            Column(name)
            for name in (
                "Open months",
                "Front-desk email",
                "Phone",
                "Director",
                "Director email",
                "Whom to ask first",
                "Do not write until",
                "Notes",
            )
        ),
    ),
)
MESSAGES = TabSpec(
    "Messages", tuple(Column(name) for name in ("Letter", "To", "Send on", "Subject", "Text", "Meeting on"))
)
NEWSLETTER = TabSpec(
    "Newsletter",
    tuple(
        Column(name)
        for name in (
            "Issue",
            "Send on",
            "For",
            "Language",
            "Section",
            "Title",
            "Text",
            "Link",
            "Image",
            "Image description",
            "Contributed by",
            "May publish",
        )
    ),
)
SURVEY_QUESTIONS = TabSpec(
    "Survey questions", tuple(Column(name) for name in ("Survey", "Question", "Text", "Kind", "Labels", "Goal"))
)
THEMES = TabSpec("Themes", tuple(Column(name) for name in ("Theme", "Words", "Owner")))
GOALS = TabSpec(
    "Goals",
    tuple(
        Column(name)
        for name in ("Goal", "Metric", "Baseline", "Baseline on", "Target", "Target on", "Direction", "Owner", "Note")
    ),
)
QUIET_DATES = TabSpec("Quiet dates", tuple(Column(name) for name in ("From", "To", "For", "Why")))
PEOPLES_TABS = (MEMBERS, TO_DO, SETTINGS, PROGRAMS, MESSAGES, NEWSLETTER, SURVEY_QUESTIONS, THEMES, GOALS, QUIET_DATES)
