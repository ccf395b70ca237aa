"""Reads *Goals*: goals out, a plain sentence for each row that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from rapidfuzz import fuzz, process

from network.cells import fold, quoted, read_date
from network.goals import Direction, Goal, Snapshot, Unit
from network.members import IssueKind, RowIssue
from network.tabs import Cell, Row, text_of

_DIRECTIONS = {
    **dict.fromkeys(("more", "up", "higher", "increase", "moreisbetter"), Direction.MORE),
    **dict.fromkeys(("less", "fewer", "down", "lower", "decrease", "lessisbetter"), Direction.LESS),
}


@dataclass(frozen=True, slots=True)
class MetricKind:
    """What reading a goal needs to know of its metric; the catalogue itself is in `metrics`."""

    name: str
    unit: Unit
    is_of_goal: bool = False
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class GoalsReading:
    """What the tab says."""

    goals: tuple[Goal, ...]
    issues: tuple[RowIssue, ...]


def parse_goals(rows: Sequence[Row], metrics: Mapping[str, MetricKind]) -> GoalsReading:
    """Reads the rows; `metrics` maps every spelling of a metric, folded, to its kind."""
    goals: dict[str, Goal] = {}
    issues: list[RowIssue] = []
    for row in rows:
        try:
            goal = _goal(row, metrics)
            if goal.key in goals:
                _fix(
                    "Goal", f"The goal {quoted(goal.name)} stands here twice. We use the first; please rename this one."
                )
            goals[goal.key] = goal
        except _UnusableRow as unusable:
            key = text_of(row.cells.get("Goal"))
            issues.append(RowIssue("Goals", key, IssueKind.FIX, unusable.sentence, unusable.column, row.number))
    return GoalsReading(tuple(goals.values()), tuple(issues))


def parse_history(
    rows: Sequence[Mapping[str, Cell]], metrics: Mapping[str, MetricKind]
) -> tuple[tuple[Snapshot, ...], tuple[str, ...]]:
    """Reads values from before the network measured by itself: Metric, Day, Value; returns also plain sentences."""
    found: list[Snapshot] = []
    sentences: list[str] = []
    for number, row in enumerate(rows, start=2):
        kind = metrics.get(fold(text_of(row.get("Metric"))))
        day = read_date(row.get("Day"), "Day")
        value = _number(row.get("Value"), kind.unit) if kind else None
        if kind is None:
            sentences.append(f"Row {number}: we know no metric {quoted(text_of(row.get('Metric')))}.")
        elif day.value is None or value is None:
            sentences.append(f"Row {number}: {day.sentence or 'Type a day such as 2024-05-14 and a number.'}")
        else:
            found.append(Snapshot(kind.name, day.value, value))
    return tuple(found), tuple(sentences)


class _UnusableRow(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column, self.sentence = column, sentence


def _fix(column: str, sentence: str) -> NoReturn:
    raise _UnusableRow(column, sentence)


def _goal(row: Row, metrics: Mapping[str, MetricKind]) -> Goal:
    cells = row.cells
    name = text_of(cells.get("Goal"))
    if not name:
        _fix("Goal", "Give this goal a name in the column Goal.")
    kind = _metric(text_of(cells.get("Metric")), metrics)
    target = _read_number(cells, "Target", kind.unit)
    if target is None:
        _fix("Target", "Type in Target the number that should be reached.")
    target_on = _read_day(cells, "Target on")
    if target_on is None:
        _fix("Target on", "Type in Target on the day by which it should be reached, such as 2027-06-30.")
    baseline, baseline_on = _read_number(cells, "Baseline", kind.unit), _read_day(cells, "Baseline on")
    if baseline_on is not None and baseline_on >= target_on:
        _fix("Target on", "The target day lies before the baseline day. Please type a later one.")
    return Goal(
        name=name,
        metric=kind.name,
        unit=kind.unit,
        target=target,
        target_on=target_on,
        baseline=baseline,
        baseline_on=baseline_on,
        direction=_direction(text_of(cells.get("Direction")), baseline, target),
        owner=text_of(cells.get("Owner")),
        note=text_of(cells.get("Note")),
        value=_read_number(cells, "Value", kind.unit),
        is_of_goal=kind.is_of_goal,
        is_sample=kind.is_sample,
    )


def _metric(typed: str, metrics: Mapping[str, MetricKind]) -> MetricKind:
    names = sorted({kind.name for kind in metrics.values()})
    if not typed:
        _fix("Metric", f"Choose a metric: {', '.join(names)}.")
    if (kind := metrics.get(fold(typed))) is not None:
        return kind
    alike = process.extractOne(typed, names, scorer=fuzz.token_set_ratio, score_cutoff=70)
    guess = f"Is it {alike[0]}?" if alike else f"Choose one of these: {', '.join(names)}."
    _fix("Metric", f"We know no metric {quoted(typed)}. {guess} Type manual for a number that you enter yourself.")


def _direction(typed: str, baseline: float | None, target: float) -> Direction:
    natural = Direction.LESS if baseline is not None and target < baseline else Direction.MORE
    if not typed:
        return natural
    direction = _DIRECTIONS.get(fold(typed))
    if direction is None:
        _fix("Direction", f"Direction holds {quoted(typed)}. Type more or less: which way is better?")
    if baseline is not None and baseline != target and direction is not natural:
        way = "below" if direction is Direction.MORE else "above"
        _fix(
            "Direction",
            f"Direction says {direction}, but the target lies {way} the baseline. Please change one of them.",
        )
    return direction


def _read_number(cells: Mapping[str, Cell], column: str, unit: Unit) -> float | None:
    value = _number(cells.get(column), unit)
    if value is None and text_of(cells.get(column)):
        _fix(column, f"{column} holds {quoted(text_of(cells.get(column)))}. Type a number, such as 40.")
    return value


def _number(cell: Cell, unit: Unit) -> float | None:
    """A number as typed. A share may be typed as 40, "40 %" or, in a cell formatted as percent, 0.4."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return cell * 100 if unit is Unit.PERCENT and 0 < cell <= 1 else float(cell)
    found = re.fullmatch(r"([+-]?\d[\d,]*(?:\.\d+)?) ?(%?)", text_of(cell))
    if found is None:
        return None
    value = float(found[1].replace(",", ""))
    return value * 100 if unit is Unit.PERCENT and not found[2] and 0 < value <= 1 else value


def _read_day(cells: Mapping[str, Cell], column: str) -> date | None:
    read = read_date(cells.get(column), column)
    if read.sentence:
        _fix(column, read.sentence)
    return read.value
