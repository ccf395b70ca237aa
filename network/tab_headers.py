"""Which row of a tab is the header, and which column is whose: by name, never by position.

Names are compared by their letters, through aliases; see `tabs.understand` for the promise made of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from network.cell_text import Cell, is_blank, text_of


@dataclass(frozen=True, slots=True)
class Column:
    """A header we look for; `aliases` are other spellings people use, matched without case, spaces or punctuation."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    is_ours: bool = False  # a talking column: what stands in it is ours, and no sign that somebody typed a row


@dataclass(frozen=True, slots=True)
class TabSpec:
    """A people's tab: its title and the columns we understand."""

    title: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()


_LONGEST_HEADER = 30
_ALIKE = 80  # a header this close to ours is worth asking about


def known_headers(spec: TabSpec) -> dict[str, Column]:
    """Every spelling of the tab's columns, folded, and the column it means."""
    return {fold(spelling): column for column in spec.columns for spelling in (column.name, *column.aliases)}


def find_header_row(values: Sequence[Sequence[Cell]], known: Mapping[str, Column]) -> int | None:
    """Finds the first of the top ten rows with two known headers; of two under one another, the one that knows more."""
    least = min(2, len({column.name for column in known.values()}))
    counts = [len({column.name for column in _known_in(row, known)}) for row in values[:10]]
    first = next((number for number, count in enumerate(counts) if count >= least), None)
    while first is not None and first + 1 < len(counts) and counts[first + 1] > counts[first]:
        first += 1
    return first


def _known_in(row: Iterable[Cell], known: Mapping[str, Column]) -> list[Column]:
    return [column for cell in row if (column := column_for(cell, known)) is not None]


def column_for(cell: Cell, known: Mapping[str, Column]) -> Column | None:
    """The column a header cell means; "Email (required)" and "Email *" mean Email."""
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    return known.get(fold(cell)) or known.get(fold(re.sub(r"\(.*?\)|\[.*?\]", "", cell)))


def map_headers(
    header: Sequence[Cell], known: Mapping[str, Column], spec: TabSpec
) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    """Says where each known column stands, where each unknown one, and in sentences which headers are doubled."""
    claims: dict[str, list[int]] = {}
    extras: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = column_for(cell, known)
        if column is not None:
            claims.setdefault(column.name, []).append(place)
        elif not is_blank(cell):
            extras.setdefault(text_of(cell), place)
    places: dict[str, int] = {}
    problems: list[str] = []
    for name, claimed in claims.items():
        ours = [place for place in claimed if fold(header[place]) == fold(name)]
        places[name] = (ours or claimed)[0]
        problems += [
            f"The tab {spec.title} has two columns for {name}: {_place(places[name], header)} and"
            f" {_place(place, header)}. We read the first of these; please rename or remove the other."
            for place in claimed
            if place != places[name]
        ]
    return places, extras, tuple(problems)


def repeats_header(row: Sequence[Cell], spellings: Mapping[int, set[str]]) -> bool:
    """Tells whether at least two cells, and most of those filled, hold the name of their own column."""
    filled = same = 0
    for place, names in spellings.items():
        cell = row[place] if place < len(row) else None
        if isinstance(cell, str):
            filled += 1
            same += len(cell) <= _LONGEST_HEADER and fold(cell) in names
        elif cell is not None:
            filled += 1
    return same >= min(2, len(spellings)) and same * 2 > filled


def missing_sentence(name: str, spec: TabSpec, extras: Mapping[str, int]) -> str:
    """Says which header to type, and asks about an unknown column whose name is alike."""
    alike = [(fuzz.WRatio(fold(name), fold(other)), other) for other in extras]
    best, other = max(alike, default=(0, ""))
    if best >= _ALIKE:
        return f"The tab {spec.title} has no column {name}. Is it “{other}”? Please type {name} as its header."
    return f"The tab {spec.title} has no column {name}. Please type {name} as the header of that column."


def _place(place: int, header: Sequence[Cell]) -> str:
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters} (“{text_of(header[place])}”)"


def fold(cell: Cell) -> str:
    """What two spellings of one header have in common: its letters and digits, whatever their case and width."""
    text = unicodedata.normalize("NFKC", str(cell if cell is not None else ""))
    return "".join(filter(str.isalnum, text.casefold()))
