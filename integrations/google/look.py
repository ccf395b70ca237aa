"""What `init` sees of a Google Sheet: the cells of its tabs, and what people made besides in those it will furnish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.google.headers import spec_of
from integrations.google.layout import FIELDS, Layout, tab_for, whole
from integrations.google.transport import PatientClient
from network.tabs import Cell

Place = tuple[int, int]
"""A row and a column, counted from 0."""
_USUAL = 100  # pixels: a column that nobody has touched
_TOP = 12  # a header stands among the first ten rows, and its choices below it
_TOP_FIELDS = (
    "sheets(properties(title,gridProperties(frozenRowCount)),"
    "data(rowData(values(note,dataValidation(condition(type)),userEnteredValue(formulaValue))),"
    "columnMetadata(pixelSize)))"
)


@dataclass(frozen=True, slots=True)
class Top:
    """The first rows of a tab, besides what they show."""

    notes: frozenset[Place] = frozenset()
    choices: frozenset[Place] = frozenset()
    formulas: Mapping[Place, str] = field(default_factory=dict)
    frozen: int = 0  # rows
    sized: frozenset[int] = frozenset()  # columns that somebody made wider or narrower


@dataclass(frozen=True, slots=True)
class Found:
    """One look at the file, by the titles of its tabs."""

    layout: Layout
    cells: Mapping[str, Sequence[Sequence[Cell]]]
    warnings: Mapping[str, frozenset[str]]  # the words on protected ranges
    tops: Mapping[str, Top]


def look_at(client: PatientClient, sheet_id: str, wanted: Sequence[str]) -> Found:
    """Asks for the tabs, for the cells of the visible ones, and for the tops of those that `wanted` names, if any."""
    fields = f"{FIELDS},sheets(protectedRanges(description))"
    answer = client.fetch_sheet_metadata(sheet_id, {"fields": fields, "includeGridData": "false"})
    layout = Layout.from_answer(answer)
    warnings = {
        sheet["properties"]["title"]: frozenset(
            each.get("description", "") for each in sheet.get("protectedRanges", ())
        )
        for sheet in answer["sheets"]
    }
    meant = {tab.title for title in wanted if (tab := tab_for(title, layout)) is not None}
    titles = [tab.title for tab in layout.tabs if not tab.hidden or tab.title in meant]
    blocks = client.values_batch_get(
        sheet_id, [whole(title) for title in titles], {"valueRenderOption": "UNFORMATTED_VALUE"}
    )
    cells = {
        title: [[None if cell == "" else cell for cell in row] for row in block.get("values", ())]
        for title, block in zip(titles, blocks["valueRanges"], strict=True)
    }
    tops = _tops(client, sheet_id, [title for title in titles if title in meant and spec_of(title).columns])
    return Found(layout, cells, warnings, tops)


def _tops(client: PatientClient, sheet_id: str, titles: Sequence[str]) -> dict[str, Top]:
    if not titles:
        return {}
    ranges = [f"{whole(title)}!1:{_TOP}" for title in titles]
    params: dict[str, Any] = {"fields": _TOP_FIELDS, "ranges": ranges}
    answer = client.fetch_sheet_metadata(sheet_id, params)
    return {sheet["properties"]["title"]: _top(sheet) for sheet in answer.get("sheets", ())}


def _top(sheet: Mapping[str, Any]) -> Top:
    cells = list(_cells(sheet))
    formulas = {
        place: str(cell["userEnteredValue"]["formulaValue"]) for place, cell in cells if cell.get("userEnteredValue")
    }
    return Top(
        frozenset(place for place, cell in cells if cell.get("note")),
        frozenset(place for place, cell in cells if cell.get("dataValidation")),
        formulas,
        sheet["properties"].get("gridProperties", {}).get("frozenRowCount", 0),
        frozenset(
            column
            for column, about in enumerate(sheet.get("data", [{}])[0].get("columnMetadata", ()))
            if about.get("pixelSize", _USUAL) != _USUAL
        ),
    )


def _cells(sheet: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for row, line in enumerate(sheet.get("data", [{}])[0].get("rowData", ())):
        for column, cell in enumerate(line.get("values", ())):
            yield (row, column), cell
