"""What every cell of a file shows: literals, formulas, and the arrays that spill from them into empty cells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from emulators.google.books import Book, Sheet
from emulators.google.cells import Value
from emulators.google.formulas import Array, Failed, Result, Surroundings, compute
from emulators.google.ranges import Unparsable, parse_box

Spilled = Mapping[tuple[int, int], Value]


class Computed:
    """The values of one state of a file, worked out when they are asked for."""

    def __init__(self, book: Book, now: datetime) -> None:
        self._book, self._now = book, now
        self._results: dict[tuple[int, int, int], Value] = {}
        self._spilled: dict[int, dict[tuple[int, int], Value]] = {sheet.id: {} for sheet in book.sheets}
        self._last_spilled: dict[tuple[int, int], int] = {}
        self._under_way: set[tuple[int, int, int]] = set()
        for sheet in book.sheets:
            for row, cells in enumerate(sheet.rows):
                for column in [each for each, cell in cells.items() if cell.formula]:
                    self._work_out(sheet, row, column)

    def value(self, sheet: Sheet, row: int, column: int) -> Value:
        """What the cell shows; None when it is truly empty."""
        cell = sheet.cell(row, column)
        if cell.formula:
            return self._work_out(sheet, row, column)
        if cell.entered:
            return cell.literal
        return self._spilled[sheet.id].get((row, column))

    def width(self, sheet: Sheet, row: int) -> int:
        """How many cells of a row may hold or show anything."""
        last = max(sheet.rows[row], default=-1)
        return max(last, self._last_spilled.get((sheet.id, row), -1)) + 1

    def last_filled(self, sheet: Sheet) -> int:
        """How many rows from the top hold anything, spilled values included."""
        typed = max(
            (number for number, row in enumerate(sheet.rows, 1) if any(c.entered for c in row.values())), default=0
        )
        spilled = max((row + 1 for (row, _), value in self._spilled[sheet.id].items() if value is not None), default=0)
        return max(typed, spilled)

    def _work_out(self, sheet: Sheet, row: int, column: int) -> Value:
        place = (sheet.id, row, column)
        if place in self._results:
            return self._results[place]
        if place in self._under_way:
            # A whole column that the formula looks at may hold the formula itself: Sheets calls that circular.
            raise Failed("#REF!")
        self._under_way.add(place)
        result = compute(sheet.cell(row, column).formula, Surroundings(sheet.title, self._block, self._now))
        self._under_way.discard(place)
        self._results[place] = self._spill(sheet, row, column, result)
        return self._results[place]

    def _spill(self, sheet: Sheet, row: int, column: int, result: Result) -> Value:
        """Writes an array below and beside its formula; one typed value in the way and nothing is shown but #REF!."""
        if not isinstance(result, Array):
            return result
        targets = {
            (row + down, column + across): value
            for down, line in enumerate(result.rows)
            for across, value in enumerate(line)
            if (down or across) and row + down < len(sheet.rows)
        }
        if any(sheet.cell(*target).entered for target in targets):
            return "#REF!"
        for (down, across), value in targets.items():
            if value is not None:
                self._spilled[sheet.id][down, across] = value
                widest = self._last_spilled.get((sheet.id, down), -1)
                self._last_spilled[sheet.id, down] = max(across, widest)
        return result.rows[0][0]

    def _block(self, title: str, text: str) -> Array:
        sheet = self._book.titled(title)
        try:
            box = parse_box(text)
        except Unparsable as err:
            raise Failed("#NAME?") from err
        if sheet is None:
            raise Failed("#REF!")
        box = box.clamped(len(sheet.rows), sheet.column_count)
        rows = range(box.top, box.bottom or 0)
        columns = range(box.left, box.right or 0)
        return Array([[self.value(sheet, row, column) for column in columns] for row in rows])
