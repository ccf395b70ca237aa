"""Rows that are added to people's tabs: what they are called, where they are seen, and the requests that add them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.google.batches import Request, insert_rows
from integrations.google.furniture import NEW_ROWS, new_tab
from integrations.google.headers import Header
from integrations.google.layout import Layout, TabAt, free_id
from integrations.google.memory import RowName
from network.furniture import TabPlan, plan_of
from network.tabs import Cell, NewRow, RawTab, text_of


def name_of(row: NewRow) -> RowName:
    """What a row is remembered by."""
    return (row.tab, row.key.strip().casefold())


def texts_in(tab: RawTab | None) -> frozenset[str]:
    """Every text in a tab, folded: a key counts as standing wherever it stands."""
    cells: set[Cell] = {cell for row in (tab.values if tab else ()) for cell in row if cell is not None}
    return frozenset(text_of(cell).casefold() for cell in cells)


def additions(
    layout: Layout, headers: Mapping[str, Header | None], rows: Mapping[str, Sequence[NewRow]]
) -> list[Request]:
    """The requests of one atomic batch that adds the rows, by the titles of their tabs; missing tabs are made."""
    requests: list[Request] = []
    for title, wanted in rows.items():
        header, tab = headers[title], layout.find(title)
        if not wanted:
            continue
        if header is None or tab is None:
            requests += _made_with(layout, title, wanted)
        else:
            requests += insert_rows(tab, header, wanted)
    return requests


def _made_with(layout: Layout, title: str, rows: Sequence[NewRow]) -> list[Request]:
    """A people's tab that is not there yet: as it is made when its job begins, then the rows."""
    named = list(dict.fromkeys(name for row in rows for name in row.cells))
    plan = plan_of(title) or TabPlan(title, named)
    tab = TabAt(free_id(title, layout), title, NEW_ROWS, len(plan.columns))
    header = Header(0, {name: place for place, name in enumerate(plan.columns)})
    return [*new_tab(plan, tab.id), *insert_rows(tab, header, rows)]
