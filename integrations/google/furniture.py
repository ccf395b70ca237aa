"""The requests that make one tab of people ready: header, notes, choices, colours, the talking column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.google.batches import Request, cell_of, colour_rules, headline, protect, width, wrap
from integrations.google.formulas import STATE, TALKING, state_formula, talking_formula
from integrations.google.headers import Header, spec_of
from network.furniture import TabPlan
from network.tabs import TabSpec

NEW_ROWS = 1000
_WORTH_FOLDING = 2  # columns
_MOST_FROZEN = 12  # rows: more would leave no room on a screen
_FORMULAS = {TALKING: talking_formula, STATE: state_formula}


@dataclass(frozen=True, slots=True)
class Stands:
    """What people have made of an adopted tab besides its cells; places are columns counted from 0."""

    notes: frozenset[int] = frozenset()  # on its header
    choices: frozenset[int] = frozenset()  # lists and other rules under its header
    frozen: int = 0  # rows
    header_ends: int = 0  # the row below the header and all that is merged with it; 0: right below it
    has_tall_cells: bool = False  # merged over several rows
    sized: frozenset[int] = frozenset()  # columns that somebody made wider or narrower


def new_tab(plan: TabPlan, tab_id: int, index: int | None = None) -> list[Request]:
    """A tab of people with its header, its first rows and what helps typing; `index` is its place among the tabs."""
    grid = {"rowCount": NEW_ROWS, "columnCount": max(len(plan.columns), 1), "frozenRowCount": 1}
    properties: dict[str, Any] = {"sheetId": tab_id, "title": plan.title, "gridProperties": grid}
    if index is not None:
        properties["index"] = index
    header = Header(0, {name: place for place, name in enumerate(plan.columns)})
    return [{"addSheet": {"properties": properties}}, *typed_header(plan, tab_id), *furniture(plan, tab_id, header)]


def header_words(title: str) -> str:
    """Stands on the warning over a header, and so tells a tab that was furnished before."""
    return f"The header of {title}: we find columns by these words."


def typed_header(plan: TabPlan, tab_id: int) -> list[Request]:
    lines = [[cell_of(name) for name in plan.columns], *([cell_of(value) for value in row] for row in plan.rows)]
    start = {"sheetId": tab_id, "rowIndex": 0, "columnIndex": 0}
    rows = [{"values": line} for line in lines]
    return [{"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}]


def furniture(plan: TabPlan, tab_id: int, header: Header) -> list[Request]:
    """Everything that helps typing in a tab that we make."""
    wide = max(header.places.values(), default=0) + 1
    top = header.row
    area = {
        "sheetId": tab_id,
        "startRowIndex": top,
        "endRowIndex": top + 1,
        "startColumnIndex": 0,
        "endColumnIndex": wide,
    }
    return [
        headline(area),
        wrap({"sheetId": tab_id}),
        *(width(tab_id, *each) for each in enumerate(plan.widths)),
        *helps(plan, tab_id, header, spec_of(plan.title)),
    ]


def helps(plan: TabPlan, tab_id: int, header: Header, spec: TabSpec, stands: Stands | None = None) -> list[Request]:
    """A header in sight, notes, choices, the talking column, folded columns; what stands there is left alone."""
    top, there = header.row, stands or Stands()
    end = max(top + 1, there.header_ends)
    # Google freezes no half of a merged cell, and makes no filter over one of several rows.
    rows = max(end, there.frozen) if end <= _MOST_FROZEN else there.frozen
    frozen = {"sheetId": tab_id, "gridProperties": {"frozenRowCount": rows}}
    area = {"startRowIndex": top, "endRowIndex": top + 1}
    return [
        {"updateSheetProperties": {"properties": frozen, "fields": "gridProperties.frozenRowCount"}},
        protect(tab_id, header_words(plan.title), **area),
        *words_and_choices(plan, tab_id, header, there),
        *talking(tab_id, header, spec),
        *_folded(plan, tab_id, header),
        *([_open_view(tab_id, header)] if plan.has_open_view and not there.has_tall_cells else []),
    ]


def words_and_choices(plan: TabPlan, tab_id: int, header: Header, there: Stands) -> list[Request]:
    """Notes on headers and lists to choose from, where people have made none of their own."""
    notes = [
        _note(tab_id, header.row, place, words)
        for name, words in plan.notes.items()
        if (place := header.places.get(name)) is not None and place not in there.notes
    ]
    choices = [
        _drop_down(tab_id, header.row, place, of)
        for name, of in plan.choices.items()
        if (place := header.places.get(name)) is not None and place not in there.choices
    ]
    return [*notes, *choices]


def talking(tab_id: int, header: Header, spec: TabSpec) -> list[Request]:
    """The one formula of a talking column, its colours and the warning on it."""
    requests: list[Request] = []
    for name in our_columns(header, spec):
        place = header.places[name]
        requests.append(formula_cell(tab_id, header, name))
        words = f"{name} is written by the system. A value typed here stops the whole column."
        requests.append(protect(tab_id, words, startColumnIndex=place, endColumnIndex=place + 1))
        if not place:
            requests += colour_rules(tab_id, header.row + 1)
    return requests


def dressed(plan: TabPlan, tab_id: int, header: Header, spec: TabSpec) -> list[Request]:
    """The looks of our own column in a tab of people's: wide enough for a sentence, its header like ours elsewhere."""
    requests: list[Request] = []
    for name in our_columns(header, spec):
        place, at = header.places[name], list(plan.columns).index(name)
        column = {"sheetId": tab_id, "startColumnIndex": place, "endColumnIndex": place + 1}
        below = {**column, "startRowIndex": header.row + 1}
        requests += [wrap(below), width(tab_id, place, plan.widths[at])] if at < len(plan.widths) else []
        requests.append(headline({**column, "startRowIndex": header.row, "endRowIndex": header.row + 1}))
    return requests


def widths(plan: TabPlan, tab_id: int, header: Header, there: Stands) -> list[Request]:
    """Room for what stands in columns whose width nobody has chosen; the others stay as people made them."""
    return [
        width(tab_id, place, signs)
        for name, signs in zip(plan.columns, plan.widths, strict=False)
        if (place := header.places.get(name)) is not None and place not in there.sized
    ]


def our_columns(header: Header, spec: TabSpec) -> list[str]:
    """The talking columns of this tab. *Members* has a State too, and that one is people's."""
    return [column.name for column in spec.columns if column.is_ours and column.name in header.places]


def formula_cell(tab_id: int, header: Header, name: str) -> Request:
    """Writes the header cell of a talking column."""
    cell = {"userEnteredValue": {"formulaValue": formula_of(header, name)}, "note": f"{name} is ours: it fills itself."}
    start = {"sheetId": tab_id, "rowIndex": header.row, "columnIndex": header.places[name]}
    return {"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue,note"}}


def formula_of(header: Header, name: str) -> str:
    """What stands in the header cell of a talking column."""
    return _FORMULAS[name](header)


def _note(tab_id: int, row: int, column: int, words: str) -> Request:
    start = {"sheetId": tab_id, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [{"values": [{"note": words}]}], "fields": "note"}}


def _drop_down(tab_id: int, top: int, column: int, choices: Sequence[str]) -> Request:
    """A list to choose from; other words may be typed, because a refused word would be a lost one."""
    area = {"sheetId": tab_id, "startRowIndex": top + 1, "startColumnIndex": column, "endColumnIndex": column + 1}
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": choice} for choice in choices]}
    rule = {"condition": condition, "showCustomUi": True, "strict": False}
    return {"setDataValidation": {"range": area, "rule": rule}}


def _folded(plan: TabPlan, tab_id: int, header: Header) -> list[Request]:
    """Folds the columns that few look at, as far as they stand side by side."""
    first = header.places.get(plan.collapsed_from)
    if first is None:
        return []
    columns = list(plan.columns)
    seldom = {header.places.get(name) for name in columns[columns.index(plan.collapsed_from) :]}
    last = first
    while last in seldom:
        last += 1
    if last - first < _WORTH_FOLDING:
        return []
    span = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": first, "endIndex": last}
    group = {"range": span, "depth": 1, "collapsed": True}
    return [
        {"addDimensionGroup": {"range": span}},
        {"updateDimensionGroup": {"dimensionGroup": group, "fields": "collapsed"}},
    ]


def _open_view(tab_id: int, header: Header) -> Request:
    place, wide = header.places.get("Answer", 0), max(header.places.values()) + 1
    area = {"sheetId": tab_id, "startRowIndex": header.row, "startColumnIndex": 0, "endColumnIndex": wide}
    criteria = {"columnIndex": place, "filterCriteria": {"condition": {"type": "BLANK"}}}
    return {"addFilterView": {"filter": {"title": "Open", "range": area, "filterSpecs": [criteria]}}}
