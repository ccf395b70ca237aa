"""One of our tabs as a grid of cells, and the mark by which two states of it are told apart.

The mark of what we wrote and the mark of what a reading finds are the same text exactly when the cells are the same:
so a tab that a person changed, or that an unclear write left behind, is written again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from network.tabs import Cell, SystemTab, date_to_serial

Written = str | float | int | date | None
LONGEST = 50_000  # characters that a cell holds
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A tab of ours ready to be written: `formula` stands in a row of its own on top and is no content."""

    title: str
    rows: tuple[tuple[Written, ...], ...]  # sentences, a blank row, the header, the table
    header: int  # where the header stands, counted from 0
    widths: tuple[int, ...]
    hidden: bool
    formula: str = ""

    @property
    def width(self) -> int:
        return max(max(map(len, self.rows), default=1), 1)

    @property
    def mark(self) -> str:
        """Changes exactly when what the tab shows, or how, changes."""
        shape = repr((self.header, self.widths, self.hidden, bool(self.formula)))
        shown = [[serial_of(value) if isinstance(value, date) else value for value in row] for row in self.rows]
        return f"{mark_of(shown)}/{_digest(shape)}"


def draft_of(tab: SystemTab, formula: str = "") -> Draft:
    """Lays a tab out: its sentences, a blank row, the header, the table."""
    preface = [(clean(sentence),) for sentence in tab.preface]
    top: list[tuple[Written, ...]] = [*preface, ()] if preface else []
    body = [tuple(clean(value) if isinstance(value, str) else value for value in row) for row in tab.rows]
    rows = (*top, tuple(clean(name) for name in tab.columns), *body)
    return Draft(tab.title, rows, len(top), tuple(tab.widths), tab.hidden, formula)


def mark_of(rows: Sequence[Sequence[Cell]]) -> str:
    """The mark of a grid as a reading gives it, blank ends cut off."""
    plain = [[_plain(value) for value in row] for row in rows]
    for row in plain:
        while row and row[-1] is None:
            row.pop()
    while plain and not plain[-1]:
        plain.pop()
    return _digest(json.dumps(plain))


def clean(text: str) -> str:
    """A text that a cell can hold: no control characters, not too long."""
    kept = _FORBIDDEN.sub("", text)
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + "…"


def serial_of(value: date) -> float:
    """A day, or a moment as the clock on the wall shows it, as a sheet counts it."""
    if isinstance(value, datetime):
        since_midnight = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        return date_to_serial(value.date()) + since_midnight / timedelta(days=1)
    return date_to_serial(value)


def _plain(value: Cell) -> Cell:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    return value or None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
