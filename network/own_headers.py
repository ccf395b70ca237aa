"""What a coordinator calls our columns: lines of *Settings* such as `Column: Correo`, with the value `Email`.

A header of people is never renamed by us; such a line, which she can see and change, says what it means. It holds in
every tab that has the column of ours; a word of hers wins over another spelling that we know, never over a column's own
name, because a tab may hold both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from network.cell_text import Cell, text_of
from network.tab_headers import Column, TabSpec, column_for, find_header_row, fold, known_headers, map_headers

_LINE = re.compile(r"\s*column\s*:\s*(?P<theirs>.*\S)\s*", re.IGNORECASE)


def own_header_of(setting: str) -> str:
    """The header that a line of *Settings* is about; blank for any other line."""
    found = _LINE.fullmatch(setting)
    return text_of(found["theirs"]) if found else ""


def own_headers(settings: Sequence[Sequence[Cell]], spec: TabSpec) -> Mapping[str, str]:
    """Her headers and the column of ours that each means, out of the cells of *Settings*; the upper of two lines wins.

    `spec` is that of *Settings*.
    """
    known = known_headers(spec)
    at = find_header_row(settings, known)
    if at is None:
        return {}
    places, _, _ = map_headers(settings[at], known, spec)
    if not {"Setting", "Value"} <= set(places):
        return {}
    found: dict[str, str] = {}
    for row in settings[at + 1 :]:
        if theirs := own_header_of(text_of(_cell(row, places["Setting"]))):
            found.setdefault(theirs, text_of(_cell(row, places["Value"])))
    return found


def with_own_headers(spec: TabSpec, headers: Mapping[str, str]) -> TabSpec:
    """The tab's columns, each also known by what she calls it."""
    names = {fold(column.name) for column in spec.columns}
    known = known_headers(spec)
    added: dict[str, list[str]] = {}
    for theirs, ours in headers.items():
        # What is meant may be said in any spelling that we know: "e-mail" is Email.
        target = column_for(ours, known)
        if target is not None and not target.is_ours and fold(theirs) and fold(theirs) not in names:
            added.setdefault(target.name, []).append(theirs)
    if not added:
        return spec
    taken = {fold(theirs) for group in added.values() for theirs in group}
    return replace(spec, columns=tuple(_known_as(column, added.get(column.name, ()), taken) for column in spec.columns))


def why_unused(theirs: str, ours: str, specs: Sequence[TabSpec]) -> str:
    """Says why a line about a column means nothing in any tab, and what to type; blank when it means something."""
    if any(with_own_headers(spec, {theirs: ours}) is not spec for spec in specs):
        return ""
    if not ours:
        return "type the name of our column that it is, such as Email."
    if any(column_for(ours, known_headers(spec)) for spec in specs):
        return f"“{theirs}” is a column of its own here, so it cannot mean “{ours}”. Please rename yours."
    names = [column.name for spec in specs for column in spec.columns if not column.is_ours]
    alike = process.extractOne(ours, names, scorer=fuzz.WRatio, processor=str.casefold, score_cutoff=80)
    ask = f"Is it {alike[0]}?" if alike else "Type one of our columns, such as Email."
    return f"we have no column “{ours}”. {ask}"


def _known_as(column: Column, added: Sequence[str], taken: set[str]) -> Column:
    kept = tuple(alias for alias in column.aliases if fold(alias) not in taken)
    return replace(column, aliases=(*kept, *added))


def _cell(row: Sequence[Cell], place: int) -> Cell:
    return row[place] if place < len(row) else None
