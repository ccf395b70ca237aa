"""The requests of one atomic `batchUpdate`: our tabs replaced, rows inserted under a header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from integrations.google.drafts import Draft, Written, clean, serial_of
from integrations.google.headers import Header
from integrations.google.layout import Layout, TabAt, id_for
from network.tabs import NewRow

Request = dict[str, Any]

INK = {"red": 0.122, "green": 0.31, "blue": 0.373}
WHITE = {"red": 1.0, "green": 1.0, "blue": 1.0}
# The word comes first and the colour helps: nobody has to see a colour to understand a row.
FILLS: Mapping[str, tuple[float, float, float]] = {
    "Fix": (0.984, 0.89, 0.816),
    "To fix": (0.984, 0.89, 0.816),
    "LATE": (0.984, 0.89, 0.816),
    "Waiting": (1.0, 0.965, 0.839),
    "Looks like": (1.0, 0.965, 0.839),
    "Has the same": (1.0, 0.965, 0.839),
    "Said yes": (0.867, 0.941, 0.878),
    "Asked us to stop": (0.91, 0.91, 0.925),
    "Next": (0.89, 0.933, 0.965),
    "Goes out": (0.89, 0.933, 0.965),
}
_IN_SIGHT = {"hiddenByUser": False}
_PIXELS = 7  # a character of the usual size


def replace_tab(draft: Draft, layout: Layout) -> list[Request]:
    """Makes a tab of ours what the draft says, whatever stands there; makes the tab itself when it is gone."""
    # A tab of ours that somebody renamed is known by its id and gets its name back.
    known = layout.find(draft.title) or layout.by_id(id_for(draft.title))
    tab_id = known.id if known else id_for(draft.title)
    top = 1 if draft.formula else 0
    header = draft.header + top
    rows, columns = max(len(draft.rows) + top, header + 2), draft.width
    properties = {
        "sheetId": tab_id,
        "title": draft.title,
        "hidden": draft.hidden,
        "gridProperties": {"rowCount": rows, "columnCount": columns, "frozenRowCount": header + 1},
    }
    requests: list[Request] = []
    if known is None:
        requests.append({"addSheet": {"properties": properties}})
        requests += _dress(tab_id, draft.title)
    else:
        fields = "title,hidden,gridProperties(rowCount,columnCount,frozenRowCount)"
        # What a person merged in a tab of ours would swallow what we write there.
        requests.append({"unmergeCells": {"range": {"sheetId": tab_id}}})
        requests.append({"updateSheetProperties": {"properties": properties, "fields": fields}})
    formula_row = [{"values": [{"userEnteredValue": {"formulaValue": draft.formula}}]}] if draft.formula else []
    whole = {
        "sheetId": tab_id,
        "startRowIndex": 0,
        "endRowIndex": rows,
        "startColumnIndex": 0,
        "endColumnIndex": columns,
    }
    written = [*formula_row, *({"values": _cells_of(draft, number)} for number in range(len(draft.rows)))]
    fields = "userEnteredValue,userEnteredFormat"
    requests.append({"updateCells": {"range": whole, "rows": written, "fields": fields}})
    requests += [wrap({**whole, "startRowIndex": header}), *_preface(whole, header)]
    requests.append(headline({**whole, "startRowIndex": header, "endRowIndex": header + 1}))
    requests += [width(tab_id, *each) for each in enumerate(draft.widths[:columns])]
    return requests


def insert_rows(tab: TabAt, header: Header, rows: Sequence[NewRow]) -> list[Request]:
    """Inserts rows just under the header and writes their cells; no other cell is touched."""
    first = tab.below(header.row + 1)
    span = {"sheetId": tab.id, "dimension": "ROWS", "startIndex": first, "endIndex": first + len(rows)}
    left = min(header.places.values())
    width = max(header.places.values()) - left + 1
    written = []
    for row in rows:
        values: list[dict[str, Any]] = [{} for _ in range(width)]
        for name, value in row.cells.items():
            if name in header.places and value not in {None, ""}:
                values[header.places[name] - left] = cell_of(clean(value) if isinstance(value, str) else value)
        written.append({"values": values})
    start = {"sheetId": tab.id, "rowIndex": first, "columnIndex": left}
    # The row below lends its looks, unless the header is the last row of the grid.
    return [
        {"insertDimension": {"range": span, "inheritFromBefore": first >= tab.rows}},
        # A row that somebody hid lends that too; what we add must be seen.
        {"updateDimensionProperties": {"range": span, "properties": _IN_SIGHT, "fields": "hiddenByUser"}},
        {"updateCells": {"start": start, "rows": written, "fields": "userEnteredValue,userEnteredFormat.numberFormat"}},
    ]


def _cells_of(draft: Draft, number: int) -> list[dict[str, Any]]:
    """The cells of one row; a drawing of ours, made of numbers alone, is the one thing that is no plain value."""
    cells = [cell_of(value) for value in draft.rows[number]]
    if number in draft.drawn:
        cells[draft.width - 1] = {"userEnteredValue": {"formulaValue": draft.drawn[number]}}
    return cells


def cell_of(value: Written) -> dict[str, Any]:
    """A cell that stays what it is: text is never taken for a formula or a number, a day is a day."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return {"userEnteredValue": {"stringValue": value}}
    if isinstance(value, date):
        how = (
            {"type": "DATE_TIME", "pattern": "ddd d mmm yyyy hh:mm"}
            if isinstance(value, datetime)
            else {"type": "DATE", "pattern": "ddd d mmm yyyy"}
        )
        shown = {"numberFormat": how, "horizontalAlignment": "LEFT"}
        return {"userEnteredValue": {"numberValue": serial_of(value)}, "userEnteredFormat": shown}
    return {"userEnteredValue": {"numberValue": value}}


def colour_rules(tab_id: int, first_row: int = 0) -> list[Request]:
    """Colours the rows whose first cell begins with one of our words."""
    area = {"sheetId": tab_id, "startRowIndex": first_row, "startColumnIndex": 0}
    requests = []
    for word, (red, green, blue) in FILLS.items():
        condition = {
            "type": "CUSTOM_FORMULA",
            "values": [{"userEnteredValue": f'=LEFT($A{first_row + 1},{len(word)})="{word}"'}],
        }
        look = {"backgroundColor": {"red": red, "green": green, "blue": blue}}
        rule = {"ranges": [area], "booleanRule": {"condition": condition, "format": look}}
        requests.append({"addConditionalFormatRule": {"rule": rule, "index": 0}})
    return requests


def protect(tab_id: int, words: str, **area: int) -> Request:
    """Warns whoever types there; it forbids nothing."""
    kept = {"range": {"sheetId": tab_id, **area}, "description": words, "warningOnly": True}
    return {"addProtectedRange": {"protectedRange": kept}}


def _dress(tab_id: int, title: str) -> Iterable[Request]:
    return [
        protect(tab_id, f"{title} is written by the system; what you type here is replaced."),
        *colour_rules(tab_id),
    ]


def _preface(whole: Mapping[str, int], rows: int) -> list[Request]:
    """Sentences above a table run on over its columns; the first one is what people look for."""
    if not rows:
        return []
    look = {"wrapStrategy": "OVERFLOW_CELL", "textFormat": {"bold": False}}
    first = {"wrapStrategy": "OVERFLOW_CELL", "textFormat": {"bold": True}}
    fields = "userEnteredFormat(wrapStrategy,textFormat)"
    areas = (({**whole, "endRowIndex": rows}, look), ({**whole, "endRowIndex": 1}, first))
    return [
        {"repeatCell": {"range": area, "cell": {"userEnteredFormat": style}, "fields": fields}} for area, style in areas
    ]


def wrap(area: Mapping[str, int]) -> Request:
    """Lets long texts run over several lines."""
    look = {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}
    fields = "userEnteredFormat(wrapStrategy,verticalAlignment)"
    return {"repeatCell": {"range": dict(area), "cell": {"userEnteredFormat": look}, "fields": fields}}


def headline(area: Mapping[str, int]) -> Request:
    """Makes a header row of it."""
    look = {"backgroundColor": INK, "textFormat": {"bold": True, "foregroundColor": WHITE}}
    fields = "userEnteredFormat(backgroundColor,textFormat)"
    return {"repeatCell": {"range": dict(area), "cell": {"userEnteredFormat": look}, "fields": fields}}


def width(tab_id: int, column: int, characters: int) -> Request:
    """Makes a column as wide as so many characters."""
    span = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    size = {"pixelSize": characters * _PIXELS + 12}
    return {"updateDimensionProperties": {"range": span, "properties": size, "fields": "pixelSize"}}
