"""Reads *Goals*: goals out, a plain sentence for each row that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import NoReturn

from rapidfuzz import fuzz, process

from network.cells import Read, fold, quoted, read_date
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
    better: Direction | None = None  # which way is better by its nature; None: as the goal says


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
            if not goal.owner:
                words = f"Nobody stands in Owner of {quoted(goal.name)}. Type who should hear when it turns."
                issues.append(RowIssue("Goals", goal.name, IssueKind.NOTE, words, "Owner", row.number))
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
        value: Read[float] = read_number(row.get("Value"), "Value", kind) if kind else Read()
        if kind is None:
            sentences.append(f"Row {number}: we know no metric {quoted(text_of(row.get('Metric')))}.")
        elif day.value is None or value.value is None:
            wrong = day.sentence or value.sentence or "Type a day such as 2024-05-14 and a number."
            sentences.append(f"Row {number}: {wrong}")
        else:
            found.append(Snapshot(kind.name, day.value, value.value))
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
    if not any(letter.isalnum() for letter in name):
        _fix("Goal", f"The goal {quoted(name)} has no letter in its name. Please give it a name in words.")
    kind = _metric(text_of(cells.get("Metric")), metrics)
    target = _read_number(cells, "Target", kind)
    if target is None:
        _fix("Target", "Type in Target the number that should be reached.")
    target_on = _read_day(cells, "Target on")
    if target_on is None:
        _fix("Target on", "Type in Target on the day by which it should be reached, such as 2027-06-30.")
    baseline, baseline_on = _read_number(cells, "Baseline", kind), _read_day(cells, "Baseline on")
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
        direction=_direction(text_of(cells.get("Direction")), baseline, target, kind),
        owner=text_of(cells.get("Owner")),
        note=text_of(cells.get("Note")),
        value=_read_number(cells, "Value", kind),
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


def _direction(typed: str, baseline: float | None, target: float, kind: MetricKind) -> Direction:
    natural = None if baseline is None or baseline == target else _way(baseline, target)
    direction = _DIRECTIONS.get(fold(typed)) if typed else kind.better or natural or Direction.MORE
    if direction is None:
        _fix("Direction", f"Direction holds {quoted(typed)}. Type more or less: which way is better?")
    if natural is not None and direction is not natural:
        said = f"Direction says {direction}" if typed else f"Of {kind.name}, {direction} is better"
        way = "below" if direction is Direction.MORE else "above"
        _fix("Target", f"{said}, but the target lies {way} the baseline. Please change one of them.")
    return direction


def _way(baseline: float, target: float) -> Direction:
    return Direction.LESS if target < baseline else Direction.MORE


def _read_number(cells: Mapping[str, Cell], column: str, kind: MetricKind) -> float | None:
    read = read_number(cells.get(column), column, kind)
    if read.sentence:
        _fix(column, read.sentence)
    return read.value


def read_number(cell: Cell, column: str, kind: MetricKind) -> Read[float]:
    """Reads a number of a metric as people type it; what may mean two numbers, or none, is a sentence.

    A share may be typed as 40, "40 %" or, in a cell formatted as percent, 0.4.
    """
    if not text_of(cell):
        return Read()
    is_share_sign = False
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        value = float(cell)
    else:
        typed = text_of(cell)
        found = _NUMBER.fullmatch(typed)
        if found is None:
            return Read(sentence=_no_number(typed, column))
        value, is_share_sign = float(_BETWEEN.sub("", found[1])), bool(found[2])
        if is_share_sign and kind.unit is not Unit.PERCENT and not kind.is_of_goal:
            return Read(
                sentence=f"{column} holds {quoted(typed)}, but {kind.name} is no share. Type a number without %."
            )
    if kind.unit is Unit.PERCENT and not is_share_sign and 0 < value <= 1:
        return _part_of_one(value, column, kind)
    wrong = _out_of_bounds(value, column, kind)
    return Read(sentence=wrong) if wrong else Read(value)


_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:[,' \u00a0\u202f]\d{3})+|\d+)(?:\.(?:\d{1,2}|\d{4,}))?|[+-]?0\.\d+) ?(%?)")
_BETWEEN = re.compile("[,' \u00a0\u202f]")
_THOUSAND = re.compile(r"(\d{1,3})\.(\d{3})")


def _no_number(typed: str, column: str) -> str:
    if found := _THOUSAND.fullmatch(typed):
        return (
            f"{column} holds {quoted(typed)}. Is that {int(found[1])} or {found[1]}{found[2]}? Please type one of them."
        )
    if re.fullmatch(r"[+-]?\d+,\d+ ?%?", typed):
        return f"{column} holds {quoted(typed)}. Type a fraction with a point, such as {typed.replace(',', '.')}."
    return f"{column} holds {quoted(typed)}. Type a number, such as 40."


def _part_of_one(value: float, column: str, kind: MetricKind) -> Read[float]:
    """A cell formatted as percent holds 0.4 for 40 %; of what should be small, a plain 0.5 may mean half a percent."""
    if kind.better is not Direction.LESS or value < _SMALL:
        return Read(round(value * 100, 6))
    if value == 1:
        return Read(1.0)
    return Read(
        sentence=f"{column} holds {value:g}. Is that {value:g} % or {value * 100:g} %? Type it with a percent sign."
    )


_MOST = 1e9  # more is a slip of the finger
_SMALL = 0.2  # a fifth of the readers leaving at once is no target


def _out_of_bounds(value: float, column: str, kind: MetricKind) -> str:
    if not isfinite(value) or abs(value) > _MOST:
        return f"{column} holds no number that can be reached. Type a number, such as 40."
    if kind.unit is Unit.PERCENT and not 0 <= value <= 100:
        return f"{column} holds {value:g}, but {kind.name} is a share. Type a number from 0 to 100."
    if kind.unit is Unit.SCORE and value < 1:
        return f"{column} holds {value:g}, but the lowest step of a scale is 1."
    if kind.unit is Unit.COUNT and not kind.is_of_goal and (value < 0 or not value.is_integer()):
        return f"{column} holds {value:g}, but {kind.name} are counted. Type a whole number, such as 40."
    return ""


def _read_day(cells: Mapping[str, Cell], column: str) -> date | None:
    read = read_date(cells.get(column), column)
    if read.sentence:
        _fix(column, read.sentence)
    return read.value
