"""Spreadsheets as they stand: tabs, cells, and what moves when rows and columns come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emulators.google.areas import Area, covers, moved, moved_rows
from emulators.google.cells import EMPTY, Cell, Value, raw, typed
from emulators.google.formulas import moved_columns
from emulators.google.formulas import moved_rows as moved_references
from emulators.google.ranges import Box

NEW_ROWS, NEW_COLUMNS = 1000, 26
FIRST_SHEET_ID = 0


@dataclass(slots=True)
class Sheet:
    """One tab; `rows` holds a mapping of column to cell for each row of the grid."""

    id: int
    title: str
    rows: list[dict[int, Cell]]
    column_count: int = NEW_COLUMNS
    properties: dict[str, Any] = field(default_factory=dict)  # hidden, frozen rows, colour: what nothing here computes
    columns: dict[int, dict[str, Any]] = field(default_factory=dict)  # width and hiddenness by column
    protected: list[dict[str, Any]] = field(default_factory=list)
    conditional: list[dict[str, Any]] = field(default_factory=list)
    filter_views: list[dict[str, Any]] = field(default_factory=list)
    column_groups: list[dict[str, Any]] = field(default_factory=list)
    merges: list[Area] = field(default_factory=list)
    filtered: list[Area] = field(default_factory=list)  # the basic filter: none or one
    hidden_rows: set[int] = field(default_factory=set)

    def copy(self) -> Sheet:
        """A sheet that can be changed without changing this one."""
        return replace(
            self,
            rows=[dict(row) for row in self.rows],
            properties=dict(self.properties),
            columns=dict(self.columns),
            protected=[*self.protected],
            conditional=[*self.conditional],
            filter_views=[*self.filter_views],
            column_groups=[*self.column_groups],
            merges=[*self.merges],
            filtered=[*self.filtered],
            hidden_rows={*self.hidden_rows},
        )

    def cell(self, row: int, column: int) -> Cell:
        return self.rows[row].get(column, EMPTY) if row < len(self.rows) else EMPTY

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Puts a cell there; one that a merged area covers takes no value."""
        if any(covers(area, row, column) for area in self.merges):
            cell = replace(cell, entered={})
        if cell == EMPTY:
            self.rows[row].pop(column, None)
        else:
            self.rows[row][column] = cell

    def enter(self, row: int, column: int, value: Value, *, is_raw: bool = False) -> None:
        """Types a value; the grid grows as far as is needed."""
        self.grow(row + 1, column + 1)
        entered, shown = (raw(value), {}) if is_raw else typed(value)
        old = self.cell(row, column)
        self.put(row, column, replace(old, entered=entered, format={**old.format, **shown}))

    def grow(self, rows: int, columns: int) -> None:
        """Makes the grid at least this large."""
        self.rows += [{} for _ in range(rows - len(self.rows))]
        self.column_count = max(self.column_count, columns)

    def resize(self, rows: int, columns: int) -> None:
        """Makes the grid exactly this large; what lies outside is gone."""
        del self.rows[rows:]
        self.grow(rows, columns)
        if columns < self.column_count:
            self.column_count = columns
            for row in self.rows:
                for column in [each for each in row if each >= columns]:
                    del row[column]

    def insert_rows(self, at: int, number: int, inherit_before: bool = False) -> None:
        """Inserts empty rows that look like the one above or below."""
        source = at - 1 if inherit_before else at
        like = self.rows[source] if 0 <= source < len(self.rows) else {}
        looks = {
            column: Cell(format=cell.format, validation=cell.validation)
            for column, cell in like.items()
            if cell.format or cell.validation
        }
        self.rows[at:at] = [dict(looks) for _ in range(number)]
        is_hidden = source in self.hidden_rows
        self.hidden_rows = moved_rows(self.hidden_rows, at, number) | (
            set(range(at, at + number)) if is_hidden else set()
        )
        self._move("ROWS", at, number)

    def delete_rows(self, at: int, number: int) -> None:
        """Removes rows."""
        del self.rows[at : at + number]
        self.hidden_rows = moved_rows(self.hidden_rows, at, -number)
        self._move("ROWS", at, -number)

    def merge(self, box: Box) -> None:
        """Makes one cell of a box; what stands in any but the first is gone."""
        self.merges.append(_area(box))
        for row in range(box.top, box.bottom or 0):
            for column in [each for each in self.rows[row] if box.left <= each < (box.right or 0)]:
                self.put(row, column, self.rows[row][column])

    def shift_columns(self, at: int, number: int) -> None:
        """Inserts `number` columns, or removes as many when it is negative."""
        self.column_count += number
        self._move("COLUMNS", at, number)
        for place, row in enumerate(self.rows):
            self.rows[place] = {
                column if column < at else column + number: cell
                for column, cell in row.items()
                if number > 0 or not at <= column < at - number
            }
        self.columns = {
            column if column < at else column + number: kept
            for column, kept in self.columns.items()
            if number > 0 or not at <= column < at - number
        }

    def sort(self, by: int, first: int, descending: bool = False) -> None:
        """Sorts the rows from `first` on by one column, empty cells last, as a person does in the menu."""
        body = self.rows[first:]
        filled = [row for row in body if row.get(by, EMPTY).entered]
        filled.sort(key=lambda row: _sort_key(row[by].literal), reverse=descending)
        self.rows[first:] = filled + [row for row in body if not row.get(by, EMPTY).entered]

    def filter(self, box: Box, hidden: Iterable[int]) -> None:
        """Sets a filter over a box, which puts rows out of sight."""
        self.filtered = [_area(box)]
        self.hidden_rows |= set(hidden)

    def clear(self, box: Box) -> None:
        """Empties the cells of a box and leaves how they look."""
        for row in range(box.top, box.bottom or 0):
            for column in [each for each in self.rows[row] if box.left <= each < (box.right or 0)]:
                self.put(row, column, replace(self.rows[row][column], entered={}))

    def _move(self, dimension: str, at: int, number: int) -> None:
        self.merges = moved(self.merges, dimension, at, number)
        self.filtered = moved(self.filtered, dimension, at, number)


@dataclass(slots=True)
class Book:
    """One spreadsheet file; `version` counts every change of any kind, as Drive does."""

    id: str
    title: str
    sheets: list[Sheet]
    time_zone: str = "Etc/GMT"
    locale: str = "en_US"
    version: int = 1
    is_shared: bool = True
    shown_version: int = 0  # what Drive still says while it lags
    lagging_reads: int = 0

    def copy(self) -> Book:
        return replace(self, sheets=[sheet.copy() for sheet in self.sheets])

    def sheet(self, sheet_id: int) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.id == sheet_id), None)

    def titled(self, title: str) -> Sheet | None:
        """The tab of this title; Sheets does not look at case."""
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == title.casefold()), None)

    def free_id(self) -> int:
        taken = {sheet.id for sheet in self.sheets}
        return next(number for number in range(1_000_001, 2_000_000) if number not in taken)

    def shift_columns(self, sheet: Sheet, at: int, number: int) -> None:
        """Inserts or removes columns, and moves what every formula of the file says of them."""
        sheet.shift_columns(at, number)
        self._move_references(sheet, moved_columns, at, number)

    def shift_rows(self, sheet: Sheet, at: int, number: int, *, inherit_before: bool = False) -> None:
        """Inserts rows, or removes as many when negative, and moves what every formula of the file says of them."""
        if number > 0:
            sheet.insert_rows(at, number, inherit_before)
        else:
            sheet.delete_rows(at, -number)
        self._move_references(sheet, moved_references, at, number)

    def _move_references(self, sheet: Sheet, move: Callable[..., str], at: int, number: int) -> None:
        for home in self.sheets:
            for row in home.rows:
                for column, cell in row.items():
                    if cell.formula:
                        moved = move(cell.formula, home.title, sheet.title, at, number)
                        row[column] = replace(cell, entered={"formulaValue": moved})

    def drive_version(self) -> int:
        """The version as Drive tells it: behind, while a lag was asked for."""
        if self.lagging_reads:
            self.lagging_reads -= 1
            return self.shown_version
        return self.version


def _area(box: Box) -> Area:
    return {
        "startRowIndex": box.top,
        "endRowIndex": box.bottom or 0,
        "startColumnIndex": box.left,
        "endColumnIndex": box.right or 0,
    }


def new_sheet(sheet_id: int, title: str, rows: int = NEW_ROWS, columns: int = NEW_COLUMNS) -> Sheet:
    """An empty tab."""
    return Sheet(sheet_id, title, [{} for _ in range(rows)], columns)


def seeded_book(book_id: str, title: str, tabs: Sequence[Mapping[str, Any]]) -> Book:
    """A file with these tabs, each `{"title", "rows", "raw"?, "hidden"?}`; without any, an empty one as Google's."""
    book = Book(book_id, title, [])
    for number, tab in enumerate(tabs or [{"title": "Sheet1", "rows": []}]):
        sheet = new_sheet(FIRST_SHEET_ID if not number else book.free_id(), tab["title"])
        if tab.get("hidden"):
            sheet.properties["hidden"] = True
        fill(sheet, tab.get("rows", []), is_raw=tab.get("raw", False))
        book.sheets.append(sheet)
    return book


def fill(sheet: Sheet, rows: Iterable[Sequence[Value]], *, top: int = 0, left: int = 0, is_raw: bool = False) -> None:
    """Types a block of values; null leaves a cell as it is."""
    for row, values in enumerate(rows, start=top):
        sheet.grow(row + 1, left + len(values))
        for column, value in enumerate(values, start=left):
            if value is not None:
                sheet.enter(row, column, value, is_raw=is_raw)


def _sort_key(value: Value) -> tuple[int, float, str]:
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value).casefold())
