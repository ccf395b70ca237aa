"""The person who edits the sheet while we read and write: typing, sorting, inserting, deleting, renaming."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulators.google.books import Book, Sheet, fill, new_sheet
from emulators.google.ranges import parse_box, split_title


def apply_edit(book: Book, edit: Mapping[str, Any]) -> None:
    """Does one edit, `{"do": ..., "tab": ...}`; the version counts it. An edit that no longer fits is no edit."""
    sheet = book.titled(edit.get("tab", ""))
    if edit["do"] == "add_tab":
        if sheet is None:
            added = new_sheet(book.free_id(), edit["tab"])
            fill(added, edit.get("rows", []))
            book.sheets.append(added)
    elif sheet is not None:
        _WORK[edit["do"]](book, sheet, edit)
    book.version += 1


def _type(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    """Types values from a cell on; texts are understood as a person's are unless `raw`."""
    _, corner = split_title(edit["at"])
    box = parse_box(corner)
    fill(sheet, edit["values"], top=box.top, left=box.left, is_raw=edit.get("raw", False))


def _clear(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    sheet.clear(parse_box(edit["at"]).clamped(len(sheet.rows), sheet.column_count))


def _insert_rows(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    book.shift_rows(sheet, edit["row"], edit.get("number", 1), inherit_before=edit["row"] > 0)


def _delete_rows(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    number = min(edit.get("number", 1), len(sheet.rows) - 1)
    book.shift_rows(sheet, edit["row"], -number)


def _sort(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    sheet.sort(edit["by"], edit.get("from_row", 1), edit.get("descending", False))


def _rename(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    if not book.titled(edit["to"]):
        sheet.title = edit["to"]


def _delete_tab(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    if sum(not each.properties.get("hidden") for each in book.sheets if each is not sheet):
        book.sheets.remove(sheet)


def _insert_columns(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    book.shift_columns(sheet, edit["column"], edit.get("number", 1))


def _delete_columns(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    book.shift_columns(sheet, edit["column"], -edit.get("number", 1))


def _merge(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    sheet.merge(parse_box(edit["at"]).clamped(len(sheet.rows), sheet.column_count))


def _filter(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    sheet.filter(parse_box(edit["at"]).clamped(len(sheet.rows), sheet.column_count), edit.get("hidden", ()))


def _hide_rows(book: Book, sheet: Sheet, edit: Mapping[str, Any]) -> None:
    sheet.hidden_rows |= set(range(edit["row"], edit["row"] + edit.get("number", 1)))


_WORK: dict[str, Callable[[Book, Sheet, Mapping[str, Any]], None]] = {
    "type": _type,
    "clear": _clear,
    "insert_rows": _insert_rows,
    "delete_rows": _delete_rows,
    "insert_columns": _insert_columns,
    "delete_columns": _delete_columns,
    "sort": _sort,
    "merge": _merge,
    "filter": _filter,
    "hide_rows": _hide_rows,
    "rename_tab": _rename,
    "delete_tab": _delete_tab,
}
