"""Where the columns of a people's tab stand in one reading: to add a row there, and to leave our own column out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from network.tab_headers import find_header_row, fold, known_headers, map_headers
from network.tabs import PEOPLES_TABS, Cell, Column, TabSpec

BROKEN = "#REF!"
"""What a column formula shows when somebody typed into the cells it fills."""


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
    """The header row and the columns in it, exactly as `tabs.understand` finds them; `also` are names it may hold."""
    known = {fold(name): Column(name) for name in also} | known_headers(spec)
    row = find_header_row(values, known)
    return None if row is None else Header(row, map_headers(values[row], known, spec)[0])


def without_ours(values: Sequence[Sequence[Cell]], spec: TabSpec) -> list[list[Cell]]:
    """The cells that people may edit: our talking column, while it is whole, left out."""
    ours = {column.name for column in spec.columns if column.is_ours}
    header = find_header(values, spec) if ours else None
    places = {header.places[name] for name in ours if name in header.places} if header else set()
    return [[None if place in places else cell for place, cell in enumerate(row)] for row in values]


def lacks_ours(values: Sequence[Sequence[Cell]], spec: TabSpec) -> str:
    """The name of our column when this tab of people has none that works, or blank."""
    ours = next((column.name for column in spec.columns if column.is_ours), "")
    header = find_header(values, spec) if ours else None
    if header is None or ours in header.places or typed_into_ours(values, spec) is not None:
        return ""
    return ours


def typed_into_ours(values: Sequence[Sequence[Cell]], spec: TabSpec) -> int | None:
    """The row (1-based) of the first value typed into our column, when its formula broke because of it."""
    ours = [column.name for column in spec.columns if column.is_ours]
    header = find_header(values, spec) if ours else None
    if header is None or ours[0] in header.places or BROKEN not in values[header.row]:
        return None
    place = list(values[header.row]).index(BROKEN)
    below = enumerate(values[header.row + 1 :], start=header.row + 2)
    return next((number for number, row in below if place < len(row) and row[place] is not None), None)
