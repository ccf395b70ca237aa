"""*HMN results*: one tab of ours that two rounds write, goals and surveys; each keeps its lines for the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from network.ports import Office
from network.tabs import SystemTab

TITLE = "HMN results"
GOALS, SURVEYS = "goals", "surveys"  # the parts, in the order of the tab
Line = tuple[str, str, str, str, str, str]  # what, now, aim, colour or range, in words, history

_COLUMNS = ("What", "Now", "Aim or of how many", "How it stands", "In words", "So far")
_WIDTHS = (44, 12, 22, 26, 80, 30)
_PREFACE = (
    "How the goals stand and what the surveys said. The words beside a colour are what counts.",
    "Fewer than five people are never shown apart, and nothing here ranks people or programs.",
)


def keep_lines(office: Office, part: str, lines: Sequence[Line], at: datetime) -> None:
    """Keeps one part's lines for the next time either round writes the tab."""
    text = json.dumps(lines, ensure_ascii=False)
    if office.cursors.get(_cursor(part)) != text:
        office.cursors.set(_cursor(part), text, at)


def kept_lines(office: Office, part: str) -> tuple[Line, ...]:
    """The lines that the other round left."""
    kept = office.cursors.get(_cursor(part))
    return tuple(tuple(line) for line in json.loads(kept)) if kept else ()


def tab_of(goal_lines: Sequence[Line], survey_lines: Sequence[Line]) -> SystemTab:
    """The whole tab: goals first, then surveys."""
    return SystemTab(TITLE, _COLUMNS, (*goal_lines, *survey_lines), _WIDTHS, _PREFACE)


def _cursor(part: str) -> str:
    return f"results.{part}"
