"""A spreadsheet as `spreadsheets.get` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from emulators.google.books import Book, Sheet
from emulators.google.cells import extended
from emulators.google.computed import Computed
from emulators.google.masks import apply_mask, parse_mask
from emulators.google.ranges import Box


def describe(
    book: Book, *, with_cells: bool, fields: str, now: datetime, boxes: Sequence[tuple[Sheet, Box]] = ()
) -> Any:
    """The file's properties and tabs, with cells when asked, reduced to the field mask.

    With `boxes`, only their tabs, and of the cells only the rows of the first box in each.
    """
    rows = {sheet.id: range(box.top, box.bottom or len(sheet.rows)) for sheet, box in reversed(boxes)}
    computed = Computed(book, now) if with_cells else None
    whole = {
        "spreadsheetId": book.id,
        "properties": {
            "title": book.title,
            "locale": book.locale,
            "autoRecalc": "ON_CHANGE",
            "timeZone": book.time_zone,
        },
        "sheets": [
            _describe_sheet(book, sheet, computed, rows.get(sheet.id, range(len(sheet.rows))))
            for sheet in book.sheets
            if not boxes or sheet.id in rows
        ],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
    }
    return apply_mask(whole, parse_mask(fields))


def sheet_properties(book: Book, sheet: Sheet) -> dict[str, Any]:
    """SheetProperties; `sheetId` 0 is present here, unlike in a GridRange."""
    kept = {name: value for name, value in sheet.properties.items() if name != "gridProperties"}
    grid = {
        "rowCount": len(sheet.rows),
        "columnCount": sheet.column_count,
        **sheet.properties.get("gridProperties", {}),
    }
    place = book.sheets.index(sheet) if sheet in book.sheets else len(book.sheets)
    return {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": place,
        "sheetType": "GRID",
        "gridProperties": grid,
        **kept,
    }


def _describe_sheet(book: Book, sheet: Sheet, computed: Computed | None, shown: range) -> dict[str, Any]:
    described: dict[str, Any] = {"properties": sheet_properties(book, sheet)}
    lists = {
        "protectedRanges": sheet.protected,
        "conditionalFormats": sheet.conditional,
        "filterViews": sheet.filter_views,
        "columnGroups": sheet.column_groups,
        "merges": [{"sheetId": sheet.id, **area} for area in sheet.merges],
    }
    described |= {name: [_without_zero_id(each) for each in values] for name, values in lists.items() if values}
    if sheet.filtered:
        described["basicFilter"] = {"range": _without_zero_id({"sheetId": sheet.id, **sheet.filtered[0]})}
    if computed is not None:
        widths = [sheet.columns.get(column, {}) for column in range(sheet.column_count)]
        rows = [_describe_row(sheet, row, computed) for row in shown]
        while rows and not rows[-1]:
            rows.pop()
        start = {"startRow": shown.start} if shown.start else {}
        heights = [{"hiddenByUser": True} if row in sheet.hidden_rows else {} for row in shown]
        while heights and not heights[-1]:
            heights.pop()
        metadata = {"rowMetadata": heights} if heights else {}
        described["data"] = [{**start, "rowData": rows, **metadata, "columnMetadata": widths}]
    return described


def _describe_row(sheet: Sheet, row: int, computed: Computed) -> dict[str, Any]:
    values: list[dict[str, Any]] = []
    for column in range(computed.width(sheet, row)):
        cell, shown = sheet.cell(row, column), computed.value(sheet, row, column)
        parts = {
            "userEnteredValue": dict(cell.entered),
            "effectiveValue": extended(shown) if shown is not None else {},
            "userEnteredFormat": dict(cell.format),
            "note": cell.note,
            "dataValidation": cell.validation,
        }
        values.append({name: part for name, part in parts.items() if part})
    while values and not values[-1]:
        values.pop()
    return {"values": values} if values else {}


def _without_zero_id(value: Any) -> Any:
    """Google leaves `sheetId` 0 out of the ranges it answers."""
    if isinstance(value, list):
        return [_without_zero_id(each) for each in value]
    if not isinstance(value, dict):
        return value
    is_range = "startRowIndex" in value or "startColumnIndex" in value or "endRowIndex" in value or "dimension" in value
    return {
        name: _without_zero_id(each)
        for name, each in value.items()
        if not (is_range and name == "sheetId" and each == 0)
    }
