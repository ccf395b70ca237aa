"""Tabs that appear when their job is switched on in *Settings*: made once, behind people's other tabs.

A tab that a person deletes or renames comes back only while a line of *Settings* says that its job is on. What cannot
be made now (a file that is open, or that a rewrite would harm) stands as a sentence in *HMN today* and is tried again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from network.errors import TransientError
from network.furniture import TabPlan, later_tabs
from network.ports import Office
from network.tabs import Reading, has_tab

WANTED = "tabs.wanted"  # titles that could not be made yet, and why


def make_later_tabs(office: Office, reading: Reading | None, at: datetime) -> tuple[str, ...]:
    """Makes the tabs that are missing for the jobs switched on; returns sentences about those that cannot be made now.

    `reading` None means that the sheet did not change: then only what is left over from before is tried again.
    """
    left: list[str] = json.loads(office.cursors.get(WANTED) or "[]")
    wanted = later_tabs(office.preferences().switched_on)
    if reading is None:
        missing = [plan for plan in wanted if plan.title in left]
    else:
        missing = [plan for plan in wanted if not has_tab(reading, plan.title)]
    standing, why_not = _make(office, missing)
    still = [plan for plan in missing if plan.title not in standing]
    kept = json.dumps([plan.title for plan in still])
    if kept != (office.cursors.get(WANTED) or "[]"):
        office.cursors.set(WANTED, kept, at)
    return tuple(_sentence(plan, why_not) for plan in still)


def _make(office: Office, missing: Sequence[TabPlan]) -> tuple[Sequence[str], str]:
    if not missing:
        return (), ""
    try:
        made = office.workbook.make_tabs(missing)
    except TransientError as err:
        return (), str(err).rstrip(".")
    return made.titles, made.why_not


def _sentence(plan: TabPlan, why_not: str) -> str:
    because = f", because {why_not}" if why_not else ""
    return (
        f"The tab {plan.title} is missing: its job is on in Settings. It could not be added yet{because}. We try again;"
        f" or add it yourself, with these headers: {', '.join(plan.columns)}."
    )
