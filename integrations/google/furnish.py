"""Makes a Google Sheet ready for people: tabs, headers, choices, talking columns, colours; adopts what stands.

`plan_furnishing` looks at the sheet and says what is missing; the plan's requests are one atomic batch. Nothing that a
person typed is written over: a header is typed only into a tab that we make or that is empty, or into an empty cell of
the header row. Planned again over a furnished sheet it plans nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL

from integrations.google.batches import Request, cell_of, colour_rules, headline, protect, replace_tab, width, wrap
from integrations.google.drafts import Draft, draft_of
from integrations.google.formulas import SENTENCES, STATE, STATES, TALKING, state_formula, talking_formula
from integrations.google.headers import BROKEN, Header, find_header, spec_of
from integrations.google.layout import FIELDS, Layout, TabAt, id_for, whole
from integrations.google.transport import PatientClient
from network.cells import fold
from network.furniture import Furnished, TabPlan
from network.tabs import Cell, SystemTab

NEW_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """A tab as it stands: what the reading of `init` found."""

    id: int
    rows: int
    columns: int
    values: Sequence[Sequence[Cell]]
    is_furnished: bool = False  # it bears our warning on its header already


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What would be done, in words and as requests; `questions` are columns that only a person can map."""

    steps: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    questions: tuple[str, ...] = ()


def furnish(client: PatientClient, sheet_id: str, plans: Sequence[TabPlan], *, dry_run: bool) -> Furnished:
    """Looks at the sheet, does what is missing in one atomic batch, and says what it did; nothing when `dry_run`."""
    params: dict[str, Any] = {"fields": f"{FIELDS},sheets(protectedRanges(description))", "includeGridData": "false"}
    answer = client.fetch_sheet_metadata(sheet_id, params)
    layout = Layout.from_answer(answer)
    cells = _cells(client, sheet_id, layout)
    warnings = {
        sheet["properties"]["title"]: {each.get("description", "") for each in sheet.get("protectedRanges", ())}
        for sheet in answer["sheets"]
    }
    standing = {
        plan.title: Standing(
            tab.id, tab.rows, tab.columns, cells[tab.title], _header_words(plan.title) in warnings[tab.title]
        )
        for plan in plans
        if (tab := _tab_for(plan.title, layout)) is not None
    }
    begun = _use_the_empty_tab(plans, layout, cells, standing)
    planned = plan_furnishing(plans, standing)
    ours = _our_tabs(layout)
    requests = [*begun, *(request for draft in ours for request in replace_tab(draft, layout)), *planned.requests]
    if requests and not dry_run:
        client.request("post", SPREADSHEET_BATCH_UPDATE_URL % sheet_id, json={"requests": requests})
    return Furnished((*planned.steps, *(f"Make our tab {draft.title}." for draft in ours)), planned.questions)


def plan_furnishing(plans: Sequence[TabPlan], standing: Mapping[str, Standing]) -> Furnishing:
    """Plans every tab that is missing, empty or not furnished yet, in order."""
    steps: list[str] = []
    requests: list[Request] = []
    questions: list[str] = []
    for plan in plans:
        found = standing.get(plan.title)
        done = _new_tab(plan) if found is None else _adopted(plan, found)
        steps += done.steps
        requests += done.requests
        questions += done.questions
    return Furnishing(tuple(steps), tuple(requests), tuple(questions))


def make_tab(title: str, columns: Sequence[str]) -> tuple[list[Request], int]:
    """A people's tab with its header and what helps typing, and the id it gets."""
    made = _new_tab(TabPlan(title, columns))
    return list(made.requests), id_for(title)


def _cells(client: PatientClient, sheet_id: str, layout: Layout) -> dict[str, list[list[Cell]]]:
    titles = [tab.title for tab in layout.tabs if not tab.hidden]
    how: dict[str, Any] = {"valueRenderOption": "UNFORMATTED_VALUE"}
    answer = client.values_batch_get(sheet_id, [whole(title) for title in titles], how)
    return {
        title: [[None if cell == "" else cell for cell in row] for row in block.get("values", ())]
        for title, block in zip(titles, answer["valueRanges"], strict=True)
    }


def _tab_for(title: str, layout: Layout) -> TabAt | None:
    """The visible tab that is meant by a title, whichever of its names it bears."""
    spellings = [fold(name) for name in (title, *spec_of(title).aliases)]
    by_name = {fold(tab.title): tab for tab in layout.tabs if not tab.hidden}
    return next((by_name[spelling] for spelling in spellings if spelling in by_name), None)


def _use_the_empty_tab(
    plans: Sequence[TabPlan], layout: Layout, cells: Mapping[str, object], standing: dict[str, Standing]
) -> list[Request]:
    """The one empty tab of a new file becomes the first of ours instead of standing beside them."""
    if len(layout.tabs) != 1 or standing or not plans or cells[layout.tabs[0].title]:
        return []
    (tab,) = layout.tabs
    standing[plans[0].title] = Standing(tab.id, tab.rows, tab.columns, [])
    properties = {"sheetId": tab.id, "title": plans[0].title}
    return [{"updateSheetProperties": {"properties": properties, "fields": "title"}}]


def _our_tabs(layout: Layout) -> list[Draft]:
    """The tabs that the talking columns look into, which must stand before them, and a first *HMN today*."""
    said = ("Nothing was read yet; the first run fills this tab.",)
    drafts = (
        Draft(SENTENCES, (("Key", "Sentence"),), 0, (60, 90), hidden=True),
        Draft(STATES, (("Ref or What", "State"),), 0, (30, 70), hidden=True),
        draft_of(SystemTab("HMN today", ("What",), (), (60,), preface=said)),
    )
    return [draft for draft in drafts if layout.find(draft.title) is None]


def _header_words(title: str) -> str:
    """Stands on the warning over a header, and so tells a tab that was furnished before."""
    return f"The header of {title}: we find columns by these words."


def _new_tab(plan: TabPlan) -> Furnishing:
    tab_id = id_for(plan.title)
    grid = {"rowCount": NEW_ROWS, "columnCount": max(len(plan.columns), 1), "frozenRowCount": 1}
    properties = {"sheetId": tab_id, "title": plan.title, "gridProperties": grid}
    requests: list[Request] = [{"addSheet": {"properties": properties}}]
    header = Header(0, {name: place for place, name in enumerate(plan.columns)})
    requests += _typed_header(plan, tab_id)
    requests += _furniture(plan, tab_id, header)
    return Furnishing((f"Make the tab {plan.title}.",), tuple(requests))


def _adopted(plan: TabPlan, found: Standing) -> Furnishing:
    if not any(cell is not None for row in found.values for cell in row):
        header = Header(0, {name: place for place, name in enumerate(plan.columns)})
        grown: list[Request] = []
        if len(plan.columns) > found.columns:
            grown = [_grown(found, len(plan.columns))]
        requests = [*grown, *_typed_header(plan, found.id), *_furniture(plan, found.id, header)]
        return Furnishing((f"Type the headers into the empty tab {plan.title}.",), tuple(requests))
    if not spec_of(plan.title).columns:
        return Furnishing()
    header_found = find_header(found.values, spec_of(plan.title))
    if header_found is None:
        names = ", ".join(column.name for column in spec_of(plan.title).columns if column.required)
        question = f"The tab {plan.title} has no header row that we know. Type these in its first row: {names}."
        return Furnishing(questions=(question,))
    questions = tuple(
        f"The tab {plan.title} has no column {column.name}. Which of its columns is it? Type {column.name} there."
        for column in spec_of(plan.title).columns
        if column.required and column.name not in header_found.places
    )
    if found.is_furnished:
        return Furnishing(questions=questions)
    header, room, steps = _with_talking_column(plan, found, header_found)
    # How an adopted tab is laid out stays as its people made it.
    requests = [*room, *_furniture(plan, found.id, header, wraps=False)]
    steps = (f"Adopt the tab {plan.title} as it stands: choices, notes, colours, a header in sight.", *steps)
    return Furnishing(steps, tuple(requests), questions)


def _with_talking_column(
    plan: TabPlan, found: Standing, header: Header
) -> tuple[Header, list[Request], tuple[str, ...]]:
    """Makes room for our column: a new first column for sentences, one behind the last for the state."""
    ours = next((column.name for column in spec_of(plan.title).columns if column.is_ours), "")
    if not ours or ours in header.places or BROKEN in found.values[header.row]:
        return header, [], ()
    if plan.title == "Members":
        span = {"sheetId": found.id, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
        moved = {name: place + 1 for name, place in header.places.items()}
        room: list[Request] = [{"insertDimension": {"range": span, "inheritFromBefore": False}}]
        return Header(header.row, {ours: 0, **moved}), room, (f"Add the column {ours} in front of {plan.title}.",)
    last = max((len(row) for row in found.values), default=0)
    room = [_grown(found, last + 1)] if last >= found.columns else []
    return Header(header.row, {**header.places, ours: last}), room, (f"Add the column {ours} to {plan.title}.",)


def _typed_header(plan: TabPlan, tab_id: int) -> list[Request]:
    lines = [[cell_of(name) for name in plan.columns], *([cell_of(value) for value in row] for row in plan.rows)]
    start = {"sheetId": tab_id, "rowIndex": 0, "columnIndex": 0}
    rows = [{"values": line} for line in lines]
    return [{"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}]


def _furniture(plan: TabPlan, tab_id: int, header: Header, *, wraps: bool = True) -> list[Request]:
    top = header.row
    wide = max(header.places.values(), default=0) + 1
    area = {
        "sheetId": tab_id,
        "startRowIndex": top,
        "endRowIndex": top + 1,
        "startColumnIndex": 0,
        "endColumnIndex": wide,
    }
    frozen = {"sheetId": tab_id, "gridProperties": {"frozenRowCount": top + 1}}
    fields = "gridProperties.frozenRowCount"
    requests: list[Request] = [
        {"updateSheetProperties": {"properties": frozen, "fields": fields}},
        headline(area),
        protect(
            tab_id,
            _header_words(plan.title),
            startRowIndex=top,
            endRowIndex=top + 1,
        ),
    ]
    requests += [
        _note(tab_id, top, header.places[name], words) for name, words in plan.notes.items() if name in header.places
    ]
    requests += [
        _drop_down(tab_id, top, header.places[name], of) for name, of in plan.choices.items() if name in header.places
    ]
    if wraps:
        requests += [wrap({"sheetId": tab_id}), *(width(tab_id, *each) for each in enumerate(plan.widths))]
    requests += _talking(plan.title, tab_id, header)
    if plan.collapsed_from in header.places:
        requests += _folded(tab_id, header.places[plan.collapsed_from], wide)
    if plan.has_open_view:
        requests.append(_open_view(tab_id, header, wide))
    return requests


def _talking(title: str, tab_id: int, header: Header) -> list[Request]:
    """The one formula of a talking column, its colours and the warning on it."""
    formulas = {TALKING: talking_formula, STATE: state_formula}
    # *Members* has a State too, and that one is people's.
    ours = [column.name for column in spec_of(title).columns if column.is_ours and column.name in header.places]
    requests: list[Request] = []
    for name in ours:
        place = header.places[name]
        cell = {
            "userEnteredValue": {"formulaValue": formulas[name](header)},
            "note": f"{name} is ours: it fills itself.",
        }
        start = {"sheetId": tab_id, "rowIndex": header.row, "columnIndex": place}
        requests.append(
            {"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue,note"}}
        )
        words = f"{name} is written by the system. A value typed here stops the whole column."
        requests.append(protect(tab_id, words, startColumnIndex=place, endColumnIndex=place + 1))
        if not place:
            requests += colour_rules(tab_id, header.row + 1)
    return requests


def _note(tab_id: int, row: int, column: int, words: str) -> Request:
    start = {"sheetId": tab_id, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [{"values": [{"note": words}]}], "fields": "note"}}


def _drop_down(tab_id: int, top: int, column: int, choices: Sequence[str]) -> Request:
    """A list to choose from; other words may be typed, because a refused word would be a lost one."""
    area = {"sheetId": tab_id, "startRowIndex": top + 1, "startColumnIndex": column, "endColumnIndex": column + 1}
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": choice} for choice in choices]}
    rule = {"condition": condition, "showCustomUi": True, "strict": False}
    return {"setDataValidation": {"range": area, "rule": rule}}


def _folded(tab_id: int, first: int, last: int) -> list[Request]:
    span = {"sheetId": tab_id, "dimension": "COLUMNS", "startIndex": first, "endIndex": last}
    group = {"range": span, "depth": 1, "collapsed": True}
    return [
        {"addDimensionGroup": {"range": span}},
        {"updateDimensionGroup": {"dimensionGroup": group, "fields": "collapsed"}},
    ]


def _open_view(tab_id: int, header: Header, wide: int) -> Request:
    place = header.places.get("Answer", 0)
    area = {"sheetId": tab_id, "startRowIndex": header.row, "startColumnIndex": 0, "endColumnIndex": wide}
    criteria = {"columnIndex": place, "filterCriteria": {"condition": {"type": "BLANK"}}}
    return {"addFilterView": {"filter": {"title": "Open", "range": area, "filterSpecs": [criteria]}}}


def _grown(found: Standing, columns: int) -> Request:
    properties: dict[str, Any] = {"sheetId": found.id, "gridProperties": {"columnCount": columns}}
    return {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.columnCount"}}
