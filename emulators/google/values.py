"""The `spreadsheets.values` collection: reading trimmed blocks, writing RAW or as if typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from emulators.google.answers import Refused, refusal
from emulators.google.books import Book, Sheet, fill
from emulators.google.cells import rendered
from emulators.google.computed import Computed
from emulators.google.ranges import Box, Unparsable, box_name, parse_box, split_title


def get_values(book: Book, query: Mapping[str, Sequence[str]], range_text: str, computed: Computed) -> dict[str, Any]:
    """One ValueRange: trailing empty cells and rows are not there, inner empty ones are `""` and `[]`."""
    sheet, box = find_range(book, range_text)
    option = (query.get("valueRenderOption") or ["FORMATTED_VALUE"])[0]
    dates = (query.get("dateTimeRenderOption") or ["SERIAL_NUMBER"])[0]
    if (query.get("majorDimension") or ["ROWS"])[0] == "COLUMNS":
        raise Refused(refusal(501, "This stand-in reads rows only."))
    rows: list[list[Any]] = []
    for row in range(box.top, min(box.bottom or 0, computed.last_filled(sheet))):
        line = [
            rendered(computed.value(sheet, row, column), sheet.cell(row, column), option, dates)
            if computed.value(sheet, row, column) is not None
            else None
            for column in range(box.left, box.right or 0)
        ]
        while line and line[-1] is None:
            line.pop()
        rows.append(["" if each is None else each for each in line])
    while rows and not rows[-1]:
        rows.pop()
    answer: dict[str, Any] = {"range": box_name(sheet.title, box), "majorDimension": "ROWS"}
    return {**answer, "values": rows} if rows else answer


def batch_get(book: Book, query: Mapping[str, Sequence[str]], now: datetime) -> dict[str, Any]:
    """Several ranges of one state of the file."""
    computed = Computed(book, now)
    ranges = [get_values(book, query, text, computed) for text in query.get("ranges", [])]
    return {"spreadsheetId": book.id, "valueRanges": ranges}


def update_values(book: Book, range_text: str, body: Mapping[str, Any], option: str) -> dict[str, Any]:
    """Writes one block; null leaves a cell alone, an empty text clears it and counts as updated."""
    if option not in {"RAW", "USER_ENTERED"}:
        raise Refused(refusal(400, "'valueInputOption' is required but not specified", "value_input_option"))
    sheet, box = find_range(book, range_text, is_clamped=False)
    rows = body.get("values") or []
    width = max(map(len, rows), default=0)
    bottom, right = box.top + len(rows), box.left + width
    if bottom > len(sheet.rows) or right > sheet.column_count:
        raise Refused(_beyond(sheet, Box(box.top, box.left, bottom, right)))
    fill(sheet, rows, top=box.top, left=box.left, is_raw=option == "RAW")
    return {
        "spreadsheetId": book.id,
        "updatedRange": box_name(sheet.title, Box(box.top, box.left, bottom, right)),
        "updatedRows": len(rows),
        "updatedColumns": width,
        "updatedCells": sum(map(len, rows)),
    }


def batch_update_values(book: Book, body: Mapping[str, Any]) -> dict[str, Any]:
    """Several blocks, all or none."""
    option = body.get("valueInputOption", "")
    done = [update_values(book, each.get("range", ""), each, option) for each in body.get("data") or []]
    sheets = {split_title(each["updatedRange"])[0] for each in done}
    return {
        "spreadsheetId": book.id,
        "totalUpdatedRows": sum(each["updatedRows"] for each in done),
        "totalUpdatedColumns": sum(each["updatedColumns"] for each in done),
        "totalUpdatedCells": sum(each["updatedCells"] for each in done),
        "totalUpdatedSheets": len(sheets),
        "responses": done,
    }


def find_range(book: Book, text: str, *, is_clamped: bool = True) -> tuple[Sheet, Box]:
    """The tab and the box a range means, clamped to the grid; refuses one that begins outside, or is none."""
    try:
        title, rest = split_title(text)
        sheet = book.titled(title) if title is not None else None
        if title is None:
            # A bare word is a tab's title before it is a range of the first tab.
            sheet, rest = (named, "") if (named := book.titled(text)) else (book.sheets[0], text)
        elif not rest and sheet is None:
            raise Unparsable(text)
        if sheet is None:
            raise Unparsable(text)
        box = parse_box(rest)
    except Unparsable as err:
        raise Refused(refusal(400, f"Unable to parse range: {text}")) from err
    if box.top >= len(sheet.rows) or box.left >= sheet.column_count:
        raise Refused(_beyond(sheet, box.clamped(1 << 20, 1 << 20)))
    return sheet, box.clamped(len(sheet.rows), sheet.column_count) if is_clamped else box


def _beyond(sheet: Sheet, box: Box) -> Any:
    limits = f"Max rows: {len(sheet.rows)}, max columns: {sheet.column_count}"
    return refusal(400, f"Range ({box_name(sheet.title, box)}) exceeds grid limits. {limits}")
