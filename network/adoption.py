"""A workbook that stood before us: which of its headers we know, which only a person can explain, and how that is kept.

What a person says is kept as lines of *Settings* (see `own_headers`), so that she sees it and may change it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from network.cell_text import Cell, text_of
from network.errors import ConfigurationError
from network.own_headers import own_headers, why_unused
from network.tab_headers import TabSpec, find_header_row, fold, known_headers, map_headers
from network.tabs import MEMBERS, PEOPLES_TABS, SETTINGS

_TOP = 10  # rows in which a header is looked for
_LONGEST_HEADER = 60
_ALIKE = 75
_ENOUGH = 3  # known headers, an address among them: this is a member list under another name


@dataclass(frozen=True, slots=True)
class UnknownHeader:
    """A header of an adopted tab that we do not know; `guess` is the column of ours it may be, `free` all that may."""

    tab: str
    header: str
    guess: str = ""
    free: tuple[str, ...] = ()


def unknown_headers(title: str, values: Sequence[Sequence[Cell]], spec: TabSpec) -> tuple[UnknownHeader, ...]:
    """The headers that a person may explain, while there is a column of ours that the tab has not."""
    known = known_headers(spec)
    at = find_header_row(values, known)
    guessed = next((row for row in values[:_TOP] if sum(_is_header(cell) for cell in row) > 1), ())
    places, found, _ = map_headers(guessed if at is None else values[at], known, spec)
    extras = [name for name in found if _is_header(name)]
    free = tuple(column.name for column in spec.columns if column.name not in places and not column.is_ours)
    if not free:
        return ()
    return tuple(UnknownHeader(title, name, _guess(name, free), free) for name in dict.fromkeys(extras))


def look_like_members(tabs: Mapping[str, Sequence[Sequence[Cell]]]) -> tuple[str, ...]:
    """The titles of tabs that hold a member list under a name we do not know."""
    ours = {fold(name) for spec in PEOPLES_TABS for name in (spec.title, *spec.aliases)}
    known = known_headers(MEMBERS)
    found = []
    for title, values in tabs.items():
        at = None if fold(title) in ours else find_header_row(values, known)
        if at is not None:
            places = map_headers(values[at], known, MEMBERS)[0]
            if len(places) >= _ENOUGH and "Email" in places:
                found.append(title)
    return tuple(found)


def refuse_unused(headers: Mapping[str, str]) -> None:
    """Raises ConfigurationError with one sentence for each header that was given a column we do not have."""
    wrong = [f"{theirs}: {why}" for theirs, ours in headers.items() if (why := why_unused(theirs, ours, PEOPLES_TABS))]
    if wrong:
        raise ConfigurationError(" ".join(wrong))


def new_lines(
    headers: Mapping[str, str], settings: Sequence[Sequence[Cell]] | None
) -> tuple[tuple[str, str, str], ...]:
    """The lines of *Settings* to add: name, value, note. What stands there already is hers, and is left alone."""
    said = {fold(theirs) for theirs in own_headers(settings or (), SETTINGS)}
    note = "What a column of yours is called here."
    return tuple((f"Column: {theirs}", ours, note) for theirs, ours in headers.items() if fold(theirs) not in said)


def _is_header(cell: Cell) -> bool:
    return isinstance(cell, str) and 0 < len(text_of(cell)) <= _LONGEST_HEADER and "@" not in cell


def _guess(header: str, free: Sequence[str]) -> str:
    best, name = max((fuzz.WRatio(fold(header), fold(name)), name) for name in free)
    return name if best >= _ALIKE else ""
