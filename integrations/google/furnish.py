"""Makes a Google Sheet ready for people, or adopts the one that stands.

`plan_furnishing` looks at the sheet and says what is missing; the plan's requests are one atomic batch. Nothing that a
person made is written over: a header is typed only into a tab that we make or that is empty, our own column stands in a
column that we insert, and her notes, choices and frozen rows stay. Planned again it plans
nothing. What she calls our columns is kept as lines of *Settings*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL

from integrations.google.batches import Request, insert_rows, replace_tab
from integrations.google.drafts import Draft, draft_of
from integrations.google.formulas import SENTENCES, STATES, is_ours
from integrations.google.furniture import (
    NEW_ROWS,
    Stands,
    dressed,
    formula_cell,
    formula_of,
    furniture,
    header_words,
    helps,
    new_tab,
    our_columns,
    talking,
    typed_header,
    widths,
    words_and_choices,
)
from integrations.google.headers import Header, find_header, spec_of
from integrations.google.layout import Layout, TabAt, free_id, tab_for
from integrations.google.look import Found, look_at
from integrations.google.transport import PatientClient
from network.adoption import UnknownHeader, look_like_members, new_lines, refuse_unused, unknown_headers
from network.furniture import Furnished, TabPlan
from network.own_headers import own_headers, with_own_headers
from network.tabs import MEMBERS, SETTINGS, Cell, NewRow, SystemTab, TabSpec


@dataclass(frozen=True, slots=True)
class Standing:
    """A tab as it stands: where, what is typed, and the columns of ours in the words of its people."""

    tab: TabAt
    values: Sequence[Sequence[Cell]]
    spec: TabSpec
    stands: Stands = field(default_factory=Stands)
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)  # by row and column, of the top rows
    is_furnished: bool = False  # it bears our warning on its header already


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What would be done, in words and as requests; what only a person can decide or explain."""

    steps: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    questions: tuple[str, ...] = ()
    unknown: tuple[UnknownHeader, ...] = ()


def furnish(
    client: PatientClient,
    sheet_id: str,
    plans: Sequence[TabPlan],
    *,
    dry_run: bool,
    headers: Mapping[str, str] | None = None,
) -> Furnished:
    """Looks at the sheet, does what is missing in one atomic batch, and says what it did; nothing when `dry_run`.

    `headers` are headers of people and the column of ours that each means. Raises ConfigurationError when one of them
    is said to be a column that we do not have.
    """
    refuse_unused(headers or {})
    found = look_at(client, sheet_id, [plan.title for plan in plans])
    settings = found.cells.get(_title_of(SETTINGS.title, found))
    lines = new_lines(headers or {}, settings)
    if settings and not _is_empty(settings) and find_header(settings, SETTINGS) is None:
        lines = ()  # nowhere to keep them; that *Settings* has no header is asked about below
    words = {**own_headers(settings or (), SETTINGS), **{name.partition(": ")[2]: ours for name, ours, _ in lines}}
    standing = {
        plan.title: _standing(plan, tab, found, words)
        for plan in plans
        if (tab := tab_for(plan.title, found.layout)) is not None
    }
    begun = _use_the_empty_tab(plans, found, standing)
    suspects = () if MEMBERS.title in standing else look_like_members(found.cells)
    asked = tuple(
        f"The tab {title} looks like your member list. Please rename it {MEMBERS.title} and run this again."
        for title in suspects
    )
    wanted = [plan for plan in plans if not (suspects and plan.title == MEMBERS.title)]
    planned = plan_furnishing(wanted, standing, found.layout, lines)
    ours = _our_tabs(found.layout)
    requests = [*begun, *(request for draft in ours for request in replace_tab(draft, found.layout)), *planned.requests]
    if requests and not dry_run:
        client.request("post", SPREADSHEET_BATCH_UPDATE_URL % sheet_id, json={"requests": requests})
    steps = (*planned.steps, *(f"Make our tab {draft.title}." for draft in ours))
    return Furnished(steps, (*asked, *planned.questions), planned.unknown)


def plan_furnishing(
    plans: Sequence[TabPlan],
    standing: Mapping[str, Standing],
    layout: Layout,
    lines: Sequence[tuple[str, str, str]] = (),
) -> Furnishing:
    """Plans every tab that is missing, empty or not furnished yet, in order; `lines` are to be added to *Settings*."""
    done = [_settings_lines(standing.get(SETTINGS.title), lines)]
    new = 0
    for plan in plans:
        found = standing.get(plan.title)
        is_new = found is None or _is_empty(found.values)
        whole = replace(plan, rows=(*plan.rows, *lines)) if plan.title == SETTINGS.title and is_new else plan
        if found is None:
            made = new_tab(whole, free_id(plan.title, layout), layout.end_of_people + new)
            done.append(Furnishing((f"Make the tab {plan.title}.",), tuple(made)))
            new += 1
        else:
            done.append(_filled(whole, found) if is_new else _adopted(plan, found))
    return Furnishing(
        tuple(step for each in done for step in each.steps),
        tuple(request for each in done for request in each.requests),
        tuple(question for each in done for question in each.questions),
        tuple(header for each in done for header in each.unknown),
    )


def _title_of(title: str, found: Found) -> str:
    tab = tab_for(title, found.layout)
    return tab.title if tab is not None else ""


def _standing(plan: TabPlan, tab: TabAt, found: Found, words: Mapping[str, str]) -> Standing:
    spec = spec_of(plan.title)
    top = found.tops.get(tab.title)
    known = spec if plan.title == SETTINGS.title else with_own_headers(spec, words)
    is_furnished = header_words(plan.title) in found.warnings[tab.title]
    values = found.cells[tab.title]
    if top is None:
        return Standing(tab, values, known, is_furnished=is_furnished)
    header = find_header(values, known)
    row = header.row if header else 0
    stands = Stands(
        frozenset(column for at, column in top.notes if at == row),
        frozenset(column for at, column in top.choices if at > row),
        top.frozen,
        tab.below(row + 1),
        bool(tab.tall),
        top.sized,
    )
    return Standing(tab, values, known, stands, top.formulas, is_furnished)


def _use_the_empty_tab(plans: Sequence[TabPlan], found: Found, standing: dict[str, Standing]) -> list[Request]:
    """The one empty tab of a new file becomes the first of ours instead of standing beside them."""
    tabs = found.layout.tabs
    if len(tabs) != 1 or standing or not plans or not _is_empty(found.cells[tabs[0].title]):
        return []
    standing[plans[0].title] = Standing(tabs[0], [], spec_of(plans[0].title))
    properties = {"sheetId": tabs[0].id, "title": plans[0].title}
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


def _filled(plan: TabPlan, found: Standing) -> Furnishing:
    """An empty tab gets what a new one would have."""
    header = Header(0, {name: place for place, name in enumerate(plan.columns)})
    size = {
        "rowCount": max(found.tab.rows, len(plan.rows) + 1),
        "columnCount": max(found.tab.columns, len(plan.columns)),
    }
    properties = {"sheetId": found.tab.id, "gridProperties": size}
    fields = "gridProperties(rowCount,columnCount)"
    requests: list[Request] = [{"updateSheetProperties": {"properties": properties, "fields": fields}}]
    requests += [*typed_header(plan, found.tab.id), *furniture(plan, found.tab.id, header)]
    return Furnishing((f"Type the headers into the empty tab {plan.title}.",), tuple(requests))


def _settings_lines(found: Standing | None, lines: Sequence[tuple[str, str, str]]) -> Furnishing:
    """Adds what her columns are called to a *Settings* that stands; a new one is made with these lines."""
    if not lines:
        return Furnishing()
    steps = tuple(f"Write into Settings: {name} is {ours}." for name, ours, _ in lines)
    header = None if found is None else find_header(found.values, found.spec)
    if found is None or header is None:
        return Furnishing(steps)
    rows = [
        NewRow(SETTINGS.title, "Setting", name, {"Setting": name, "Value": ours, "Note": note})
        for name, ours, note in lines
    ]
    return Furnishing(steps, tuple(insert_rows(found.tab, header, rows)))


def _adopted(plan: TabPlan, found: Standing) -> Furnishing:
    """A tab of people as they made it, with what helps typing; of one adopted before, only what has changed."""
    if not found.spec.columns:
        return Furnishing()
    header = find_header(found.values, found.spec)
    unknown = unknown_headers(plan.title, found.values, found.spec)
    if header is None:
        names = ", ".join(column.name for column in found.spec.columns if column.required)
        question = (
            f"The tab {plan.title} has no header row that we know. A row above the others must name the columns, such"
            f" as {names}. If there is none, please insert one."
        )
        return Furnishing(questions=(question,), unknown=unknown)
    questions = tuple(
        f"The tab {plan.title} has no column {column.name}. Which of its columns is it? Type {column.name} there, or a"
        f" line into Settings: Column: and the name it has there, with the value {column.name}."
        for column in found.spec.columns
        if column.required and column.name not in header.places
    )
    header, room, steps = _with_our_column(plan, found, header)
    if found.is_furnished:
        # Our column was taken away, or its header typed over: it comes back, and nothing else is done twice.
        again = (*room, *talking(found.tab.id, header, found.spec), *dressed(plan, found.tab.id, header, found.spec))
        done = Furnishing(steps, again) if room else _mended(plan, found, header)
        return replace(done, questions=questions, unknown=unknown if questions else ())
    shifted = 1 if plan.title == MEMBERS.title and room else 0
    there = replace(
        found.stands,
        notes=frozenset(place + shifted for place in found.stands.notes),
        choices=frozenset(place + shifted for place in found.stands.choices),
        sized=frozenset(place + shifted for place in found.stands.sized),
    )
    looks = dressed(plan, found.tab.id, header, found.spec) if room else []
    ours = (*helps(plan, found.tab.id, header, found.spec, there), *looks)
    requests = [*_rows_below(found, header), *room, *ours, *widths(plan, found.tab.id, header, there)]
    steps = (f"Adopt the tab {plan.title} as it stands: choices, notes, colours, a header in sight.", *steps)
    return Furnishing(steps, tuple(requests), questions, unknown)


def _rows_below(found: Standing, header: Header) -> list[Request]:
    """Rows for a tab cut down to its header: Google freezes not all of a tab, and there must be room to type."""
    if found.tab.rows > max(header.row + 1, found.stands.header_ends):
        return []
    properties = {"sheetId": found.tab.id, "gridProperties": {"rowCount": found.tab.rows + NEW_ROWS}}
    return [{"updateSheetProperties": {"properties": properties, "fields": "gridProperties.rowCount"}}]


def _mended(plan: TabPlan, found: Standing, header: Header) -> Furnishing:
    """The formula anew where it no longer looks at the columns that there are, and help for columns that are new."""
    steps: list[str] = []
    requests: list[Request] = []
    broken = _our_formula(found, header)
    if broken is not None and not our_columns(header, found.spec):
        # It shows an error, because a column it looked at is gone, or because a value stands in its way (that is told).
        ours = {column.name: broken for column in found.spec.columns if column.is_ours}
        header = Header(header.row, {**header.places, **ours})
    for name in our_columns(header, found.spec):
        typed = found.formulas.get((header.row, header.places[name]), "")
        if _plain(typed) != _plain(formula_of(header, name)):
            why = "the columns it looks at have changed" if typed else "its formula was typed over"
            steps.append(f"Mend the column {name} of {plan.title}: {why}.")
            requests.append(formula_cell(found.tab.id, header, name))
            requests += words_and_choices(plan, found.tab.id, header, found.stands)
    return Furnishing(tuple(steps), tuple(requests))


def _our_formula(found: Standing, header: Header) -> int | None:
    """The column whose header cell holds our formula, whatever it shows; None when it stands nowhere."""
    places = (place for (row, place), typed in found.formulas.items() if row == header.row)
    return next((place for place in places if is_ours(found.formulas[header.row, place])), None)


def _with_our_column(plan: TabPlan, found: Standing, header: Header) -> tuple[Header, list[Request], tuple[str, ...]]:
    """Inserts our column: a new first one for sentences, one behind the last for the state; no cell is written over."""
    ours = next((column.name for column in found.spec.columns if column.is_ours), "")
    if not ours or ours in header.places or _our_formula(found, header) is not None:
        return header, [], ()
    is_first = plan.title == MEMBERS.title
    place = 0 if is_first else max((len(row) for row in found.values), default=0)
    span = {"sheetId": found.tab.id, "dimension": "COLUMNS", "startIndex": place, "endIndex": place + 1}
    room: list[Request] = [{"insertDimension": {"range": span, "inheritFromBefore": not is_first}}]
    moved = {name: at + is_first for name, at in header.places.items()}
    where = "in front of" if is_first else "to"
    return Header(header.row, {**moved, ours: place}), room, (f"Add the column {ours} {where} {plan.title}.",)


def _plain(formula: str) -> str:
    return "".join(formula.split()).casefold()


def _is_empty(values: Sequence[Sequence[Cell]]) -> bool:
    return not any(cell is not None for row in values for cell in row)
