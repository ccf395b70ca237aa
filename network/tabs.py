"""The workbook's shape: tabs, headers, cells as read, and the tabs that are ours.

A tab is read by header, never by position; row numbers live only as long as one reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from network.cell_text import Cell, date_to_serial, is_blank, serial_to_date, text_of
from network.own_headers import own_headers, with_own_headers
from network.tab_headers import (
    Column,
    TabSpec,
    find_header_row,
    fold,
    known_headers,
    map_headers,
    missing_sentence,
    repeats_header,
)

__all__ = [
    "GOALS",
    "GOALS_HISTORY",
    "MEMBERS",
    "MESSAGES",
    "NEWSLETTER",
    "PEOPLES_TABS",
    "PROGRAMS",
    "QUIET_DATES",
    "SETTINGS",
    "SURVEY_QUESTIONS",
    "THEMES",
    "TO_DO",
    "Cell",
    "Column",
    "NewRow",
    "RawTab",
    "Reading",
    "Row",
    "SystemTab",
    "TabRows",
    "TabSpec",
    "date_to_serial",
    "has_tab",
    "is_blank",
    "own_spec",
    "serial_to_date",
    "text_of",
    "understand",
]


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MORE_THAN_A_TITLE = 2  # cells


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
    guard: RawTab | None = None  # our hidden tab that says whose sheet this is, see `guard`


@dataclass(frozen=True, slots=True)
class SystemTab:
    """A tab of ours: replaced whole when its content changed. Cells are text, numbers or dates; never formulas."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | int | date | None]]
    widths: Sequence[int] = ()  # characters, one a column
    preface: Sequence[str] = ()  # sentences above the table
    hidden: bool = False
    # Values whose course a row's last cell shows in text, by the row's place, for a sheet that can draw.
    trends: Mapping[int, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row we add to a people's tab, once: `key` says which cell makes it recognisable (Ref, grant number, email)."""

    tab: str
    key_column: str
    key: str
    cells: Mapping[str, str | float | int | date | None]


@dataclass(frozen=True, slots=True)
class TabRows:
    """One tab after its headers were understood; `problems` are sentences about the whole tab."""

    title: str
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
    is_missing: bool = False  # there is no such tab
    lacks_required: bool = False  # a required header is gone: nothing of this tab may be applied
    headers_again: tuple[Row, ...] = ()  # rows that only repeat the header; they are not among `rows`


def understand(reading: Reading, spec: TabSpec) -> TabRows:
    """Finds the tab and its columns by header and returns its rows that hold anything at all.

    The header row is the first of the top ten rows that holds at least two known headers; of two header rows that
    stand under one another, the one that knows more. Unknown columns are kept in `Row.extra`; a word of the
    coordinator's own counts as *Settings* says (see `own_headers`). A missing or doubled header is one plain sentence.
    Of doubled headers the one that is spelled our way counts, else the leftmost.
    """
    found = _find_tabs(reading, spec)
    if not found:
        return TabRows(spec.title, (), is_missing=True)
    raw, *others = found
    problems = tuple(
        f"There are two tabs for {spec.title}. We read “{raw.title}”; please rename or remove “{other.title}”."
        for other in others
    )
    spec = own_spec(reading.tabs, spec)
    known = known_headers(spec)
    at = find_header_row(raw.values, known)
    if at is None:
        return _without_header(raw, spec, problems)
    places, extras, doubled = map_headers(raw.values[at], known, spec)
    rows, again = _split_rows(raw.values, _Header(at, places, extras), known)
    missing = [column.name for column in spec.columns if column.required and column.name not in places]
    problems += tuple(
        f"Row {number} of {spec.title} stands above the header, so nobody reads it. Please move it below the header."
        for number, row in enumerate(raw.values[:at], start=1)
        if "Email" in places and _is_like_a_person(row)
    )
    problems += doubled + tuple(missing_sentence(name, spec, extras) for name in missing)
    return TabRows(spec.title, rows, problems, lacks_required=bool(missing), headers_again=again)


def has_tab(reading: Reading, title: str) -> bool:
    """Tells whether a people's tab stands there, under any of its names."""
    spec = next((spec for spec in PEOPLES_TABS if spec.title == title), TabSpec(title, ()))
    return bool(_find_tabs(reading, spec))


def own_spec(tabs: Mapping[str, RawTab], spec: TabSpec) -> TabSpec:
    """The tab's columns with the coordinator's own words for them, as *Settings* among the same tabs says."""
    settings = next((tab for title, tab in tabs.items() if fold(title) == fold(SETTINGS.title)), None)
    if settings is None or spec.title == SETTINGS.title:
        return spec
    return with_own_headers(spec, own_headers(settings.values, SETTINGS))


def _find_tabs(reading: Reading, spec: TabSpec) -> list[RawTab]:
    """The tab that counts first, then others that claim the same name or another of its names."""
    names = [fold(spelling) for spelling in (spec.title, *spec.aliases)]
    claims = [(names.index(fold(title)), title != spec.title, title) for title in reading.tabs if fold(title) in names]
    return [reading.tabs[title] for _, _, title in sorted(claims, key=lambda claim: claim[:2])]


def _without_header(raw: RawTab, spec: TabSpec, problems: tuple[str, ...]) -> TabRows:
    names = ", ".join(column.name for column in spec.columns if column.required)
    is_empty = all(is_blank(cell) for row in raw.values for cell in row)
    if is_empty and not names:
        return TabRows(spec.title, (), problems)
    wanted = names or ", ".join(column.name for column in spec.columns)
    sentence = (
        f"The tab {spec.title} has no header row that we understand. A row above the others must name the columns, such"
        f" as {wanted}. If there is none, please insert one."
    )
    return TabRows(spec.title, (), (*problems, sentence), lacks_required=True)


@dataclass(frozen=True, slots=True)
class _Header:
    """The header row as understood: where it stands, and which columns are whose."""

    at: int
    places: Mapping[str, int]
    extras: Mapping[str, int]


def _is_like_a_person(row: Sequence[Cell]) -> bool:
    """An address among other cells: more than a title, or than whom to ask."""
    texts = [text for cell in row if (text := text_of(cell))]
    return len(texts) > _MORE_THAN_A_TITLE and any(_ADDRESS.fullmatch(text) for text in texts)


def _split_rows(
    values: Sequence[Sequence[Cell]], header: _Header, known: Mapping[str, Column]
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    ours = {column.name for column in known.values() if column.is_ours}
    typed = [place for name, place in header.places.items() if name not in ours]
    spellings = {
        place: {spelling for spelling, column in known.items() if column.name == name}
        for name, place in header.places.items()
    }
    rows: list[Row] = []
    again: list[Row] = []
    for number, row in enumerate(values[header.at + 1 :], start=header.at + 2):
        if not any(row) or all(is_blank(_cell(row, place)) for place in typed):
            continue
        cells = {name: _cell(row, place) for name, place in header.places.items()}
        if repeats_header(row, spellings):
            again.append(Row(number, cells))
            continue
        rows.append(Row(number, cells, {name: _cell(row, place) for name, place in header.extras.items()}))
    return tuple(rows), tuple(again)


def _cell(values: Sequence[Cell], place: int) -> Cell:
    return values[place] if place < len(values) else None


MEMBERS = TabSpec(
    "Members",
    (
        Column("First name", ("First", "Given name", "Nombre")),
        Column("Last name", ("Last", "Surname", "Family name", "Apellido")),
        Column("Email", ("E-mail", "Email address", "E-mail address", "Mail", "Correo"), required=True),
        Column("Phone", ("Phone number", "Telephone", "Tel", "Cell", "Mobile")),
        Column("Organization", ("Organisation", "Program", "Grantee", "Recipient", "Agency")),
        Column("Role", ("Title", "Position", "Job title", "Job")),
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
        Column("What we will do", is_ours=True),
    ),
    aliases=("Member list", "Contacts"),
)
TO_DO = TabSpec(
    "To do",
    (
        *(Column(name) for name in ("Ref", "What", "Why")),
        Column("Who", ("Owner",)),
        Column("Since"),
        Column("Answer", ("Your answer",)),
        Column("State", is_ours=True),
    ),
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
    "Messages",
    (
        *(Column(name) for name in ("Letter", "To", "Send on", "Subject", "Text", "Meeting on")),
        Column("Subject in Spanish", ("Spanish subject", "Subject (Spanish)", "Asunto", "Asunto en español")),
        Column("Text in Spanish", ("Spanish text", "Text (Spanish)", "Texto", "Texto en español")),
    ),
)
NEWSLETTER = TabSpec(
    "Newsletter",
    # Without For a row would go to everybody, and a row nobody can place is no row.
    tuple(
        Column(name, required=name in {"Issue", "Send on", "For", "Title", "Text"})
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
    "Survey questions",
    (
        Column("Survey", ("Form",)),
        Column("Question", ("Question id",), required=True),
        Column("Text", ("Question text",)),
        Column("Kind", ("Type",), required=True),
        Column("Choices", ("Options",)),
        Column("Labels", ("Scale labels",)),
        Column("Goal"),
        Column("Use", ("Used for",)),
        # What holds for the whole survey stands in any one of its rows.
        Column("Link", ("Form link",)),
        Column("Opens on", ("Opens",)),
        Column("Closes on", ("Closes",)),
        Column("Anonymous"),
        Column("Owner"),
        Column("Asked", ("People asked",)),
        Column("Note", ("Notes",)),
    ),
)
THEMES = TabSpec(
    "Themes",
    (
        Column("Theme", required=True),
        Column("Words", ("Words in English", "English")),
        Column("Words in Spanish", ("Spanish", "Palabras")),
        Column("Owner"),
        Column("Note", ("Notes",)),
    ),
)
GOALS = TabSpec(
    "Goals",
    (
        Column("Goal", required=True),
        Column("Metric", ("Measure",), required=True),
        Column("Baseline", ("Start value",)),
        Column("Baseline on", ("Start date",)),
        Column("Target"),
        Column("Target on", ("Target date", "By")),
        Column("Direction"),
        Column("Value", ("Now", "Current value")),  # of a goal that people measure by hand
        Column("Owner"),
        Column("Note", ("Notes",)),
    ),
)
GOALS_HISTORY = TabSpec(
    "Goals history",
    (
        Column("Metric", required=True),
        Column("Day", ("Date", "On"), required=True),
        Column("Value", required=True),
    ),
)
QUIET_DATES = TabSpec("Quiet dates", tuple(Column(name) for name in ("From", "To", "For", "Why")))
PEOPLES_TABS = (MEMBERS, TO_DO, SETTINGS, PROGRAMS, MESSAGES, NEWSLETTER, SURVEY_QUESTIONS, THEMES, GOALS, QUIET_DATES)
