"""*HMN results*: one tab of ours that two rounds write, goals and surveys; each keeps its lines for the other."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from io import StringIO

from network.goals import sparkline
from network.ports import Office
from network.reports import harmless
from network.tabs import SystemTab

TITLE = "HMN results"
FILE = "results.csv"  # the same lines among the office's files
GOALS, SURVEYS = "goals", "surveys"  # the parts, in the order of the tab
Shape = str | tuple[float, ...]  # a drawing in text, or the values to draw, oldest first
Line = tuple[str, str, str, str, str, Shape]  # what, now, aim, colour or range, in words, history

_COLUMNS = ("What", "Now", "Aim or of how many", "How it stands", "In words", "So far")
_WIDTHS = (44, 12, 22, 26, 80, 30)
_PREFACE = (
    "How the goals stand and what the surveys said. The words beside a colour are what counts.",
    "Green: on the line or reached. Amber: a little behind, or unsure. Red: well behind.",
    "Fewer than five people are never shown apart, and nothing here ranks people or programs.",
)


def keep_lines(office: Office, part: str, lines: Sequence[Line], at: datetime) -> None:
    """Keeps one part's lines for the next time either round writes the tab."""
    text = json.dumps(lines, ensure_ascii=False)
    if office.cursors.get(_cursor(part)) == text:
        return
    office.cursors.set(_cursor(part), text, at)
    office.shelf.put(FILE, as_csv(tab_of(*(kept_lines(office, each) for each in (GOALS, SURVEYS)))))


def kept_lines(office: Office, part: str) -> tuple[Line, ...]:
    """The lines that the other round left."""
    kept = office.cursors.get(_cursor(part))
    return tuple((*line[:5], _shape(line[5])) for line in json.loads(kept)) if kept else ()


def tab_of(goal_lines: Sequence[Line], survey_lines: Sequence[Line]) -> SystemTab:
    """The whole tab: goals first, then surveys. Values to draw also stand as text."""
    lines = (*goal_lines, *survey_lines)
    trends = {place: line[5] for place, line in enumerate(lines) if not isinstance(line[5], str) and len(line[5]) > 1}
    rows = [(*line[:5], line[5] if isinstance(line[5], str) else _drawn(line[5])) for line in lines]
    return SystemTab(TITLE, _COLUMNS, rows, _WIDTHS, _PREFACE, trends=trends)


def as_csv(tab: SystemTab) -> str:
    """The tab's table for another program; no cell of it is a formula to a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(tab.columns)
    writer.writerows([harmless(str(cell)) for cell in row] for row in tab.rows)
    return text.getvalue()


def _drawn(values: Sequence[float]) -> str:
    return sparkline(values) if len(values) > 1 else ""


def _shape(kept: str | list[float]) -> Shape:
    return kept if isinstance(kept, str) else tuple(kept)


def _cursor(part: str) -> str:
    return f"results.{part}"
