"""One of our tabs as a grid of cells, and the mark by which two states of it are told apart.

The mark of what we wrote and the mark of what a reading finds are the same text exactly when the cells are the same:
so a tab that a person changed, or that an unclear write left behind, is written again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from textwrap import wrap

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
    drawn: Mapping[int, str] = field(default_factory=dict)  # by row: the formula in its last column, a drawing

    @property
    def drawn_column(self) -> int | None:
        """Where drawings stand; None when there are none."""
        return self.width - 1 if self.drawn else None

    @property
    def width(self) -> int:
        return max(max(map(len, self.rows), default=1), 1)

    @property
    def mark(self) -> str:
        """Changes exactly when what the tab shows, or how, changes."""
        shape = repr((self.header, self.widths, self.hidden, bool(self.formula)))
        if self.drawn_column is not None:
            # A reading does not look at this column, so what we wrote there counts here.
            shape += repr((sorted(self.drawn.items()), [row[self.drawn_column :] for row in self.rows]))
        shown = [[serial_of(value) if isinstance(value, date) else value for value in row] for row in self.rows]
        column = "" if self.drawn_column is None else str(self.drawn_column)
        return f"{mark_of(_without(shown, column))}/{_digest(shape)}/{column}"


def draft_of(tab: SystemTab, formula: str = "", drawn: Mapping[int, str] | None = None) -> Draft:
    """Lays a tab out: its sentences, a blank row, the header, the table. `drawn` are formulas by the table's rows."""
    # A sentence that is longer than its table is wide goes on in the next row: past the last column nothing is shown.
    width = 0 if tab.hidden else sum(tab.widths)
    preface = [(line,) for sentence in tab.preface for line in (wrap(clean(sentence), width) if width else [sentence])]
    top: list[tuple[Written, ...]] = [*preface, ()] if preface else []
    body = [tuple(clean(value) if isinstance(value, str) else value for value in row) for row in tab.rows]
    rows = (*top, tuple(clean(name) for name in tab.columns), *body)
    first = len(top) + 1
    by_row = {first + place: words for place, words in (drawn or {}).items()}
    return Draft(tab.title, rows, len(top), tuple(tab.widths), tab.hidden, formula, by_row)


def stands(mark: str, rows: Sequence[Sequence[Cell]]) -> bool:
    """Tells whether a grid, as a reading gives it, is what the mark was made of.

    A column of drawings is not looked at: what a reading gives of a drawing is Google's business.
    """
    digest, _, rest = mark.partition("/")
    return mark_of(_without(rows, rest.partition("/")[2])) == digest


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


def _without(rows: Sequence[Sequence[Cell]], column: str) -> Sequence[Sequence[Cell]]:
    return [row[: int(column)] for row in rows] if column else rows


def _plain(value: Cell) -> Cell:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    return value or None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
