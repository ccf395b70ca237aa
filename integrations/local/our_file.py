"""Our tabs in a second .xlsx beside the people's: replaced whole when they changed, written beside and renamed.

A hidden tab keeps a fingerprint of each tab, so that a quiet run opens the file and writes nothing. What somebody types
into this file is theirs to lose: it says so on top.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from integrations.local.books import write_book
from integrations.local.cells import write_cell
from network.tabs import SystemTab

INDEX = "HMN index"
TODAY = "HMN today"
_DEFAULT_WIDTH = 24
_FACE = "Calibri"
_LINE_HEIGHT = 15  # points
_HEADER = PatternFill("solid", start_color="1F4E5F")
_LINE = Border(bottom=Side("hair", color="B8C4C9"))
# The word comes first and the colour helps: nobody has to see a colour to understand a row.
_FILLS = {
    "Fix": PatternFill("solid", start_color="FBE3D0"),
    "To fix": PatternFill("solid", start_color="FBE3D0"),
    "Waiting": PatternFill("solid", start_color="FFF6D6"),
    "Looks like": PatternFill("solid", start_color="FFF6D6"),
    "Has the same": PatternFill("solid", start_color="FFF6D6"),
    "Said yes": PatternFill("solid", start_color="DDF0E0"),
    "Asked us to stop": PatternFill("solid", start_color="E8E8EC"),
    "Next": PatternFill("solid", start_color="E3EEF6"),
    "Goes out": PatternFill("solid", start_color="E3EEF6"),
}


def path_of(people: Path) -> Path:
    """Where our tabs stand: `HMN members.xlsx` beside `members.xlsx`."""
    return people.with_name(f"HMN {people.stem}.xlsx")


def publish(path: Path, tabs: Sequence[SystemTab], again: Sequence[str] = ()) -> list[str] | None:
    """Replaces the tabs that changed and returns their titles; None when another program holds the file.

    Tabs named in `again` are written whatever we think stands there.
    """
    prints = {title: mark for title, mark in _prints(path).items() if title not in again}
    changed = [tab for tab in tabs if prints.get(tab.title) != fingerprint(tab)]
    if not changed:
        return []
    book = _open(path)
    for tab in changed:
        place = book.sheetnames.index(tab.title) if tab.title in book.sheetnames else len(book.sheetnames)
        if tab.title in book.sheetnames:
            del book[tab.title]
        _draw(book.create_sheet(tab.title, place), tab)
        prints[tab.title] = fingerprint(tab)
    _write_index(book, prints)
    if all(sheet.sheet_state != "visible" for sheet in book.worksheets):  # no program opens such a file
        write_cell(book.create_sheet(TODAY).cell(1, 1), "The next run writes what stands here.")
    if TODAY in book.sheetnames:  # what people want to see when they open the file
        book.move_sheet(TODAY, -book.sheetnames.index(TODAY))
    book.active = 0
    beside = path.with_name(f".{path.name}.new")
    try:
        write_book(book, beside)
        beside.replace(path)
    except PermissionError:
        return None
    finally:
        beside.unlink(missing_ok=True)
    return [tab.title for tab in changed]


def rows_of(path: Path, title: str) -> list[list[object]]:
    """The rows of one of our tabs under its header, as they were written; empty when there is none."""
    book = _open(path)
    if title not in book.sheetnames:
        return []
    rows: list[list[object]] = [[cell.value for cell in row] for row in book[title].iter_rows()]
    header = book[title].freeze_panes
    top = int("".join(letter for letter in str(header) if letter.isdigit()) or 2) - 1
    return rows[top - 1 :]


def texts_of(path: Path, title: str) -> list[list[str]] | None:
    """One tab of ours as plain texts, without loading the others; None when there is none, or none can be read."""
    try:
        with closing(load_workbook(path, read_only=True)) as book:
            if title not in book.sheetnames:
                return None
            rows = book[title].iter_rows(values_only=True)
            return [["" if value is None else str(value) for value in row] for row in rows]
    except _BROKEN:
        return None


def is_broken(path: Path) -> bool:
    """Tells whether the file stands there and cannot be read."""
    try:
        load_workbook(path)
    except FileNotFoundError:
        return False
    except _BROKEN:
        return True
    return False


def fingerprint(tab: SystemTab) -> str:
    """Changes exactly when what the tab shows changes."""
    content = repr((tab.columns, [list(row) for row in tab.rows], tuple(tab.widths), tuple(tab.preface), tab.hidden))
    return hashlib.sha256(content.encode()).hexdigest()


_BROKEN = (FileNotFoundError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, SyntaxError)
"""A file that is missing or broken begins anew, because all of it is ours."""


def _open(path: Path) -> Workbook:
    try:
        return load_workbook(path)
    except _BROKEN:
        book = Workbook()
        book.remove(book.worksheets[0])
        return book


def _prints(path: Path) -> dict[str, str]:
    """The fingerprint of each tab that stands in the file; read without loading the tabs themselves."""
    try:
        book = load_workbook(path, read_only=True)
    except _BROKEN:
        return {}
    try:
        if INDEX not in book.sheetnames:
            return {}
        rows = [row for row in book[INDEX].iter_rows(values_only=True) if len(row) > 1]
        return {str(row[0]): str(row[1]) for row in rows if str(row[0]) in book.sheetnames}
    finally:
        book.close()


def _draw(sheet: Worksheet, tab: SystemTab) -> None:
    for number, sentence in enumerate(tab.preface, start=1):
        write_cell(sheet.cell(number, 1), sentence)
        sheet.cell(number, 1).font = Font(_FACE, 12, bold=number == 1)
    top = len(tab.preface) + (2 if tab.preface else 1)
    for column, name in enumerate(tab.columns, start=1):
        cell = sheet.cell(top, column)
        write_cell(cell, name)
        cell.font, cell.fill = Font(_FACE, 11, bold=True, color="FFFFFF"), _HEADER
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        width = tab.widths[column - 1] if column <= len(tab.widths) else _DEFAULT_WIDTH
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(tab.rows, start=top + 1):
        fill = _fill_of(row)
        # Not every program works out the height of wrapped text by itself.
        sheet.row_dimensions[number].height = _LINE_HEIGHT * _lines(row, tab.widths)
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            write_cell(cell, value)
            cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="left" if _is_left(value) else None)
            cell.border = _LINE
            if fill is not None:
                cell.fill = fill
    sheet.freeze_panes = f"A{top + 1}"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if tab.rows:
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(tab.columns))}{top + len(tab.rows)}"
    if tab.hidden:
        sheet.sheet_state = "hidden"
        sheet.protection.sheet = True


def _fill_of(row: Sequence[object]) -> PatternFill | None:
    said = str(row[0]) if row and isinstance(row[0], str) else ""
    return next((fill for word, fill in _FILLS.items() if said.startswith(word)), None)


def _lines(row: Sequence[object], widths: Sequence[int]) -> int:
    """How many lines the fullest cell of a row needs, a little generously."""
    needed = [1]
    for column, value in enumerate(row):
        width = widths[column] if column < len(widths) else _DEFAULT_WIDTH
        if isinstance(value, str):
            needed.append(sum(max(1, -(-len(line) // width)) for line in value.splitlines()))
    return min(max(needed), 20)


def _is_left(value: object) -> bool:
    return isinstance(value, date)


def _write_index(book: Workbook, prints: dict[str, str]) -> None:
    if INDEX in book.sheetnames:
        del book[INDEX]
    sheet = book.create_sheet(INDEX)
    for number, (title, mark) in enumerate(prints.items(), start=1):
        write_cell(sheet.cell(number, 1), title)
        write_cell(sheet.cell(number, 2), mark)
    sheet.sheet_state = "hidden"
