"""The formulas we write: two talking columns, the line that turns to LATE by itself, drawings. All else is raw.

A talking column is one formula in its header cell over all rows below it, so that people may sort, insert and delete
rows as they like. It finds the sentence of a row by what is typed in the row, in a hidden tab of ours; rows that hold
nothing stay truly empty, so that they do not count as content. Nothing but comfort depends on it: *HMN today* says the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from integrations.google.drafts import Draft, clean
from integrations.google.headers import Header, find_header
from network.tabs import Cell, RawTab, SystemTab, TabSpec, date_to_serial

SENTENCES = "HMN sentences"
STATES = "HMN to do"
TALKING, STATE = "What we will do", "State"
KEY_COLUMNS = ("Email", "First name", "Last name", "Organization")
NOT_READ = "Not read yet; the next run reads this row."
_JOINT = "|"
# Typed in a row whose name, address and organization are blank, these columns show that somebody was meant.
_OTHER_COLUMNS = ("Phone", "Role", "Service area", "Status")
_NOBODY = "Fix: nobody is named in this row. Type a name and an email, or delete the row."


def sentences_draft(tab: SystemTab) -> Draft | None:
    """The hidden tab that *What we will do* looks into, out of the tab that repeats *Members*; None for any other."""
    columns = list(tab.columns)
    if not {TALKING, *KEY_COLUMNS} <= set(columns):
        return None
    places = [columns.index(name) for name in KEY_COLUMNS]
    sentence = columns.index(TALKING)
    rows = [(_row_key([row[place] for place in places]), clean(str(row[sentence] or ""))) for row in tab.rows]
    return Draft(SENTENCES, (("Key", "Sentence"), *rows), 0, (60, 90), hidden=True)


def talking_formula(header: Header) -> str:
    """What stands in the header cell of *What we will do*."""
    typed = [_column(header, name) for name in KEY_COLUMNS]
    others = [part for name in _OTHER_COLUMNS if (part := _column(header, name))]
    key = f'&"{_JOINT}"&'.join(part or '""' for part in typed)
    found = f"XLOOKUP({key},'{SENTENCES}'!A:A,'{SENTENCES}'!B:B,\"{NOT_READ}\")"
    nobody = f'IF({_is_blank(others)},,"{_NOBODY}")' if others else ""
    rest = f"IF({_is_blank([part for part in typed if part])},{nobody},{found})"
    return _over_rows(next(part for part in typed if part), TALKING, rest)


def looks_past_a_column(tab: RawTab, spec: TabSpec, sentences: RawTab | None) -> bool:
    """Tells whether the talking column says of a row that it was not read, though its sentence stands there.

    We do not mend the formula here: its cell is known by its place only, and a person may move columns while we write.
    """
    header = find_header(tab.values, spec)
    if header is None or sentences is None or TALKING not in header.places:
        return False
    keys = {str(row[0]).casefold() for row in sentences.values if row}
    return any(
        cells[0] == NOT_READ and _is_plain(cells[1:]) and _row_key(cells[1:]).casefold() in keys
        for row in tab.values[header.row + 1 :]
        if (cells := [_cell_of(row, header, name) for name in (TALKING, *KEY_COLUMNS)])
    )


def state_formula(header: Header) -> str:
    """What stands in the header cell of *State*: looked up by Ref, or by What where a person typed a request."""
    ref, what = _column(header, "Ref"), _column(header, "What")
    found = f"XLOOKUP(IF({ref}=\"\",{what},{ref}),'{STATES}'!A:A,'{STATES}'!B:B,)"
    return _over_rows(ref, STATE, f'IF({ref}&{what}="",,{found})')


def is_ours(formula: str) -> bool:
    """Tells whether a formula is one of our talking columns, however broken it is."""
    return f"'{SENTENCES}'!" in formula or f"'{STATES}'!" in formula


def heartbeat_formula(at: datetime) -> str:
    """Says when we last ran, and LATE from 26 hours of weekdays later on; `at` is the sheet's own local time.

    NOW() is the time of the sheet's own zone, which may not be the network's, so the zone stands beside the hour.
    """
    day, part = date_to_serial(at.date()), (at.hour * 60 + at.minute) / (24 * 60)
    when = f"{at:%a} {at.day} {at:%b} {at:%H:%M %Z}".rstrip()
    late = f"LATE: nothing was read since {when}. Please tell your technical contact."
    return f'=IF(NOW()>WORKDAY({day},1)+{part:.5f}+2/24,"{late}","On time. Last written {when}.")'


def drawing_formula(values: Sequence[float]) -> str:
    """Draws values as one line inside a cell.

    The numbers stand in the formula itself, so that people may sort or cut the tab, and nobody's text comes near it.
    Whole numbers with semicolons between read alike in every language of a sheet, where 1.5 and a comma do not; only
    the shape is seen, so that fractions may be a hundred times as large.
    """
    scale = 1 if all(float(value).is_integer() for value in values) else 100
    return f"=SPARKLINE({{{';'.join(str(round(value * scale)) for value in values)}}})"


def _row_key(cells: Sequence[object]) -> str:
    """What a row is looked up by: its cells of the key columns, in their order."""
    return clean(_JOINT.join("" if cell is None else str(cell) for cell in cells))


def _is_blank(columns: Sequence[str]) -> str:
    """Whether nobody sees anything in these cells of a row: spaces, also those that do not break, are nothing."""
    return f'TRIM(SUBSTITUTE({"&".join(columns)},UNICHAR(160)," "))=""'


def _column(header: Header, name: str) -> str:
    """The column of a name, from its header down; blank when there is none."""
    if name not in header.places:
        return ""
    letters = column_letters(header.places[name])
    return f"{letters}{header.row + 1}:{letters}"


def column_letters(place: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _over_rows(column: str, title: str, rest: str) -> str:
    """The title in the header's own row, the rest below; every reference moves along when rows come above it."""
    first = column.partition(":")[0]
    return f'=ARRAYFORMULA(IF(ROW({column})=ROW({first}),"{title}",{rest}))'


def _is_plain(cells: Sequence[Cell]) -> bool:
    """Only texts: how Google joins a day or a number to a text is its own business."""
    return all(cell is None or isinstance(cell, str) for cell in cells)


def _cell_of(row: Sequence[Cell], header: Header, name: str) -> Cell:
    place = header.places.get(name)
    return row[place] if place is not None and place < len(row) else None
