"""Where the columns of a people's tab stand in one reading: to add a row there, and to leave our own column out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from network.cells import fold
from network.tabs import PEOPLES_TABS, Cell, TabSpec, text_of

BROKEN = "#REF!"
"""What a column formula shows when somebody typed into the cells it fills."""
_TOP = 10  # rows in which a header is looked for


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: where it stands, counted from 0, and the column of each name we know."""

    row: int
    places: dict[str, int]


def spec_of(tab: str) -> TabSpec:
    """The people's tab that a title means; an empty one for a title we do not know."""
    wanted = fold(tab)
    for spec in PEOPLES_TABS:
        if wanted in {fold(name) for name in (spec.title, *spec.aliases)}:
            return spec
    return TabSpec(tab, ())


def find_header(values: Sequence[Sequence[Cell]], spec: TabSpec, also: Sequence[str] = ()) -> Header | None:
    """The header row among the first ten: the one that knows most of our names, the first of equals."""
    known = {fold(name): name for name in also}
    known |= {fold(spelling): column.name for column in spec.columns for spelling in (column.name, *column.aliases)}
    best: Header | None = None
    for number, row in enumerate(values[:_TOP]):
        places: dict[str, int] = {}
        exact: set[str] = set()
        for place, cell in enumerate(row):
            typed = text_of(cell) if isinstance(cell, str) and len(cell) <= 80 else ""
            name = known.get(fold(typed)) if typed else None
            if name is None or name in exact:
                continue
            is_ours = fold(typed) == fold(name)
            if is_ours or name not in places:
                places[name] = place
            exact |= {name} if is_ours else set()
        if places and (best is None or len(places) > len(best.places)):
            best = Header(number, places)
    return best


def without_ours(values: Sequence[Sequence[Cell]], spec: TabSpec) -> list[list[Cell]]:
    """The cells that people may edit: our talking column, while it is whole, left out."""
    ours = {column.name for column in spec.columns if column.is_ours}
    header = find_header(values, spec) if ours else None
    places = {header.places[name] for name in ours if name in header.places} if header else set()
    return [[None if place in places else cell for place, cell in enumerate(row)] for row in values]


def typed_into_ours(values: Sequence[Sequence[Cell]], spec: TabSpec) -> int | None:
    """The row (1-based) of the first value typed into our column, when its formula broke because of it."""
    ours = [column.name for column in spec.columns if column.is_ours]
    header = find_header(values, spec) if ours else None
    if header is None or ours[0] in header.places or BROKEN not in values[header.row]:
        return None
    place = list(values[header.row]).index(BROKEN)
    below = enumerate(values[header.row + 1 :], start=header.row + 2)
    return next((number for number, row in below if place < len(row) and row[place] is not None), None)
