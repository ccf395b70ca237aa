"""`spreadsheets.batchUpdate`: the kinds of request that we make, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from emulators.google.answers import Refused, refusal
from emulators.google.areas import is_cut, is_tall, touches
from emulators.google.books import NEW_COLUMNS, NEW_ROWS, Book, Sheet, new_sheet
from emulators.google.cells import EMPTY, Cell
from emulators.google.masks import merge_masked, parse_mask
from emulators.google.metadata import sheet_properties
from emulators.google.ranges import Box

_COMPUTED_PROPERTIES = ("sheetId", "title", "index", "sheetType", "gridProperties")


class _Wrong(Exception):  # noqa: N818 - the request is wrong, nothing broke
    """Why one request of a batch cannot be done."""


def apply_updates(book: Book, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Does every request in order on `book`, which the caller throws away when one of them is refused."""
    replies = []
    for number, request in enumerate(body.get("requests") or []):
        kinds = [name for name, value in request.items() if value is not None]
        if len(kinds) != 1:
            raise Refused(refusal(400, f"Invalid requests[{number}]: exactly one kind of request must be set."))
        (kind,) = kinds
        if kind not in _WORK:
            raise Refused(refusal(501, f"This stand-in does not know {kind}."))
        try:
            replies.append(_WORK[kind](book, request[kind]) or {})
        except _Wrong as err:
            raise Refused(refusal(400, f"Invalid requests[{number}].{kind}: {err}")) from err
    if not replies:
        raise Refused(refusal(400, "Must specify at least one request."))
    if all(sheet.properties.get("hidden") for sheet in book.sheets):
        last = len(replies) - 1
        raise Refused(refusal(400, f"Invalid requests[{last}]: You can't hide all the sheets in a document."))
    return replies


def _add_sheet(book: Book, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("properties") or {}
    title = wanted.get("title") or f"Sheet{len(book.sheets) + 1}"
    _refuse_taken_title(book, title)
    sheet_id = wanted.get("sheetId")
    if sheet_id is not None and book.sheet(sheet_id):
        raise _Wrong(f"A sheet with id {sheet_id} already exists.")
    grid = wanted.get("gridProperties") or {}
    rows, columns = grid.get("rowCount", NEW_ROWS), grid.get("columnCount", NEW_COLUMNS)
    sheet = new_sheet(book.free_id() if sheet_id is None else sheet_id, title, rows, columns)
    _set_properties(sheet, wanted)
    book.sheets.insert(wanted.get("index", len(book.sheets)), sheet)
    return {"addSheet": {"properties": sheet_properties(book, sheet)}}


def _delete_sheet(book: Book, request: Mapping[str, Any]) -> None:
    sheet = _sheet(book, request)
    if len(book.sheets) == 1:
        raise _Wrong("You can't remove all the sheets in a document.")
    book.sheets.remove(sheet)


def _update_sheet(book: Book, request: Mapping[str, Any]) -> None:
    wanted = request.get("properties") or {}
    sheet = _sheet(book, wanted)
    mask = _mask(request)
    now = sheet_properties(book, sheet)
    merged = merge_masked(now, wanted, mask)
    if merged["title"].casefold() != sheet.title.casefold():
        _refuse_taken_title(book, merged["title"])
    sheet.title = merged["title"]
    sheet.resize(merged["gridProperties"]["rowCount"], merged["gridProperties"]["columnCount"])
    _set_properties(sheet, merged)
    if merged["index"] != now["index"]:
        book.sheets.remove(sheet)
        book.sheets.insert(merged["index"], sheet)


def _update_cells(book: Book, request: Mapping[str, Any]) -> None:
    rows = request.get("rows") or []
    if "start" in request:
        start = request["start"]
        sheet = _sheet(book, start)
        top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max((len(row.get("values") or []) for row in rows), default=0)
        box = Box(top, left, top + len(rows), left + width)
        is_ragged = True
    else:
        sheet, box = _box(book, request.get("range") or {})
        is_ragged = False
    if (box.bottom or 0) > len(sheet.rows) or (box.right or 0) > sheet.column_count:
        raise _Wrong(
            f"Attempting to write beyond the grid: {len(sheet.rows)} rows, {sheet.column_count} columns in the sheet."
        )
    mask = _mask(request)
    for down, row in enumerate(range(box.top, box.bottom or 0)):
        values = (rows[down].get("values") or []) if down < len(rows) else []
        for across, column in enumerate(range(box.left, box.right or 0)):
            if is_ragged and across >= len(values):
                continue
            data = values[across] if across < len(values) else {}
            sheet.put(row, column, _changed(sheet.cell(row, column), data or {}, mask))


def _repeat_cell(book: Book, request: Mapping[str, Any]) -> None:
    sheet, box = _box(book, request.get("range") or {})
    mask = _mask(request)
    for row in range(box.top, box.bottom or 0):
        for column in range(box.left, box.right or 0):
            sheet.put(row, column, _changed(sheet.cell(row, column), request.get("cell") or {}, mask))


def _insert_dimension(book: Book, request: Mapping[str, Any]) -> None:
    sheet, start, end = _dimension(book, request)
    before = bool(request.get("inheritFromBefore"))
    if before and not start:
        raise _Wrong("inheritFromBefore cannot be true when inserting at the first row or column.")
    if request["range"].get("dimension") == "COLUMNS":
        book.shift_columns(sheet, start, end - start)
    elif start > len(sheet.rows):
        raise _Wrong(f"range.startIndex[{start}] is past the end of the sheet[{len(sheet.rows)}]")
    else:
        book.shift_rows(sheet, start, end - start, inherit_before=before)


def _delete_dimension(book: Book, request: Mapping[str, Any]) -> None:
    sheet, start, end = _dimension(book, request)
    if request["range"].get("dimension") == "COLUMNS":
        book.shift_columns(sheet, start, start - end)
        return
    if end - start >= len(sheet.rows):
        raise _Wrong("You can't delete all the rows on the sheet.")
    book.shift_rows(sheet, start, start - end)


def _update_dimension(book: Book, request: Mapping[str, Any]) -> None:
    sheet, start, end = _dimension(book, request)
    if request["range"].get("dimension") != "COLUMNS":
        is_hidden = (request.get("properties") or {}).get("hiddenByUser", False)
        if "hiddenByUser" in _mask(request):
            span = set(range(start, end))
            sheet.hidden_rows = sheet.hidden_rows | span if is_hidden else sheet.hidden_rows - span
        return
    for column in range(start, end):
        merged = merge_masked(sheet.columns.get(column, {}), request.get("properties") or {}, _mask(request))
        sheet.columns[column] = merged


def _set_validation(book: Book, request: Mapping[str, Any]) -> None:
    sheet, box = _box(book, request.get("range") or {})
    for row in range(box.top, box.bottom or 0):
        for column in range(box.left, box.right or 0):
            sheet.put(row, column, replace(sheet.cell(row, column), validation=request.get("rule")))


def _add_protection(book: Book, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("protectedRange") or {}
    sheet = _sheet(book, wanted.get("range") or {})
    taken = [each["protectedRangeId"] for tab in book.sheets for each in tab.protected]
    kept = {**wanted, "protectedRangeId": max(taken, default=0) + 1}
    sheet.protected.append(kept)
    # Google answers so whatever was sent.
    return {"addProtectedRange": {"protectedRange": {**kept, "requestingUserCanEdit": True, "editors": {}}}}


def _add_conditional(book: Book, request: Mapping[str, Any]) -> None:
    rule = request.get("rule") or {}
    sheet, _ = _box(book, (rule.get("ranges") or [{}])[0])
    sheet.conditional.insert(request.get("index", 0), rule)


def _add_filter_view(book: Book, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request.get("filter") or {}
    sheet, box = _box(book, wanted.get("range") or {})
    if any(is_tall(area, box) for area in sheet.merges):
        raise _Wrong("You can't create a filter over a range containing vertical merges.")
    taken = [each["filterViewId"] for tab in book.sheets for each in tab.filter_views]
    kept = {**wanted, "filterViewId": max(taken, default=0) + 1}
    sheet.filter_views.append(kept)
    return {"addFilterView": {"filter": kept}}


def _add_group(book: Book, request: Mapping[str, Any]) -> dict[str, Any]:
    sheet, start, end = _dimension(book, request)
    span = {"sheetId": sheet.id, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}
    sheet.column_groups.append({"range": span, "depth": 1})
    return {"addDimensionGroup": {"dimensionGroups": [*sheet.column_groups]}}


def _update_group(book: Book, request: Mapping[str, Any]) -> None:
    wanted = request.get("dimensionGroup") or {}
    sheet, start, end = _dimension(book, wanted)
    for number, group in enumerate(sheet.column_groups):
        if (group["range"]["startIndex"], group["range"]["endIndex"]) == (start, end):
            sheet.column_groups[number] = merge_masked(group, wanted, _mask(request))
            return
    raise _Wrong("No dimension group with this range and depth.")


def _unmerge(book: Book, request: Mapping[str, Any]) -> None:
    sheet, box = _box(book, request.get("range") or {})
    if any(is_cut(area, box) for area in sheet.merges):
        raise _Wrong("You must select all cells in a merged range to merge or unmerge them.")
    sheet.merges = [area for area in sheet.merges if not touches(area, box)]


_WORK: dict[str, Callable[[Book, Mapping[str, Any]], dict[str, Any] | None]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _update_sheet,
    "updateCells": _update_cells,
    "repeatCell": _repeat_cell,
    "insertDimension": _insert_dimension,
    "deleteDimension": _delete_dimension,
    "updateDimensionProperties": _update_dimension,
    "setDataValidation": _set_validation,
    "addProtectedRange": _add_protection,
    "addConditionalFormatRule": _add_conditional,
    "addFilterView": _add_filter_view,
    "addDimensionGroup": _add_group,
    "updateDimensionGroup": _update_group,
    "unmergeCells": _unmerge,
}


def _sheet(book: Book, place: Mapping[str, Any]) -> Sheet:
    sheet = book.sheet(place.get("sheetId", 0))
    if sheet is None:
        raise _Wrong(f"No grid with id: {place.get('sheetId', 0)}")
    return sheet


def _box(book: Book, place: Mapping[str, Any]) -> tuple[Sheet, Box]:
    sheet = _sheet(book, place)
    top, left = place.get("startRowIndex", 0), place.get("startColumnIndex", 0)
    box = Box(top, left, place.get("endRowIndex"), place.get("endColumnIndex"))
    clamped = box.clamped(len(sheet.rows), sheet.column_count)
    if (clamped.bottom or 0) <= top or (clamped.right or 0) <= left:
        raise _Wrong("The range is empty or lies outside the grid.")
    return sheet, clamped


def _dimension(book: Book, request: Mapping[str, Any]) -> tuple[Sheet, int, int]:
    span = request.get("range") or {}
    start, end = span.get("startIndex", 0), span.get("endIndex", 0)
    if end <= start:
        raise _Wrong("range.endIndex must be greater than range.startIndex")
    return _sheet(book, span), start, end


def _mask(request: Mapping[str, Any]) -> dict[str, Any]:
    fields = request.get("fields") or ""
    if not fields:
        raise _Wrong("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    return parse_mask(fields)


def _changed(cell: Cell, data: Mapping[str, Any], mask: dict[str, Any]) -> Cell:
    now = {"userEnteredValue": dict(cell.entered), "userEnteredFormat": dict(cell.format), "note": cell.note}
    if cell.validation is not None:
        now["dataValidation"] = cell.validation
    merged = merge_masked(now, data, mask)
    # An empty text clears a cell.
    entered = {name: value for name, value in merged.get("userEnteredValue", {}).items() if value != ""}
    changed = Cell(entered, merged.get("userEnteredFormat", {}), merged.get("note", ""), merged.get("dataValidation"))
    return EMPTY if changed == EMPTY else changed


def _refuse_taken_title(book: Book, title: str) -> None:
    if book.titled(title):
        raise _Wrong(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _set_properties(sheet: Sheet, wanted: Mapping[str, Any]) -> None:
    """Keeps what nothing here computes; refuses to freeze the whole grid."""
    kept = {name: value for name, value in wanted.items() if name not in _COMPUTED_PROPERTIES and value is not None}
    grid = {
        name: value
        for name, value in (wanted.get("gridProperties") or {}).items()
        if name not in {"rowCount", "columnCount"} and value
    }
    if grid.get("frozenRowCount", 0) >= len(sheet.rows):
        raise _Wrong("You can't freeze all visible rows on the sheet.")
    frozen = grid.get("frozenRowCount", 0)
    if any(area["startRowIndex"] < frozen < area["endRowIndex"] for area in sheet.merges):
        raise _Wrong("You can't freeze rows which contain only part of a merged cell.")
    sheet.properties = {**kept, "gridProperties": grid}
    if not sheet.properties.get("hidden"):
        sheet.properties.pop("hidden", None)
