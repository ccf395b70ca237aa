"""Goals: what one is, the values measured for it, the line from its baseline to its target, and how numbers are said.

A goal is the network's, never a person's or a program's: nothing here ranks anybody (R66). How a goal stands is in
`pace`, how a metric is counted in `metrics`, how the *Goals* tab is read in `goal_rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from network.keys import NAME, fitted


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One metric on one day; unique. `base` is the denominator or the number of answers behind it, where it has one."""

    metric: str
    day: date
    value: float
    base: int | None = None


class Unit(StrEnum):
    """What a number counts, and between which ends it lies."""

    COUNT = "count"  # 0 and more
    PERCENT = "percent"  # 0 to 100
    SCORE = "score"  # the mean of a scale, from 1


class Direction(StrEnum):
    """Which way is better."""

    MORE = "more"
    LESS = "less"


class Light(StrEnum):
    """How a goal stands; never shown without its reason."""

    GREEN = "green"  # on the line or reached
    AMBER = "amber"  # a little behind, or nobody can say
    RED = "red"  # well behind, or its day has passed
    NONE = "no colour yet"  # nothing to judge by, or too early


LIGHT_WORDS = {
    Light.GREEN: "on the line or reached",
    Light.AMBER: "a little behind or unsure",
    Light.RED: "well behind",
    Light.NONE: "too early to say",
}
"""How a colour is said where there is no room for its reason."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of *Goals*."""

    name: str
    metric: str  # a name of the catalogue
    unit: Unit
    target: float
    target_on: date
    baseline: float | None = None  # blank: the first value measured
    baseline_on: date | None = None
    direction: Direction = Direction.MORE
    owner: str = ""
    note: str = ""
    value: float | None = None  # typed by hand
    is_of_goal: bool = False  # the metric means something for this goal only: a survey question, a number by hand
    is_sample: bool = False  # the value comes from those who happened to answer

    @property
    def key(self) -> str:
        """The name for keys: "more-voices-are-heard"."""
        return key_of(self.name)

    @property
    def metric_key(self) -> str:
        """Under which name its snapshots are kept."""
        return f"{self.metric}/{self.key}" if self.is_of_goal else self.metric


_MOST_POINTS = 26  # half a year of weeks; more would make a forecast slower, not better


def key_of(name: str) -> str:
    """A goal's name for keys: "more-voices-are-heard". A very long one is cut and keeps a mark of the rest."""
    return fitted("-".join("".join(c if c.isalnum() else " " for c in name.casefold()).split()), NAME)


def start_of(goal: Goal, points: Sequence[Snapshot]) -> tuple[float, date]:
    """Where a goal begins: its baseline, or what was measured then."""
    first = points[0]
    if goal.baseline_on is not None:
        # What was known on that day, as it is for a value that comes once a year; else the first one after it.
        first = next((each for each in reversed(points) if each.day <= goal.baseline_on), first)
    baseline = first.value if goal.baseline is None else goal.baseline
    return baseline, goal.baseline_on or first.day


def expected_on(goal: Goal, points: Sequence[Snapshot], on: date) -> float | None:
    """What the straight line from baseline to target asks for on a day; None when the line has no length."""
    start, start_on = start_of(goal, points)
    days = (goal.target_on - start_on).days
    if days <= 0:
        return None
    way = min(1.0, max(0.0, (on - start_on).days / days))
    return start + (goal.target - start) * way


def has_turned(before: Light, now: Light) -> bool:
    """Tells whether a goal got worse since it was last looked at: only then does its owner hear of it."""
    order = (Light.GREEN, Light.AMBER, Light.RED)
    return now in order and before in order and order.index(now) > order.index(before)


def say(value: float, unit: Unit) -> str:
    """A value with its unit: "57 %", "0.4 %", "62", "3.8"."""
    if unit is Unit.PERCENT:
        # Below ten a decimal is a large part of the whole.
        return f"{value:.0f} %" if value >= 9.95 or float(value).is_integer() else f"{value:.1f} %"
    if unit is Unit.SCORE or not float(value).is_integer():
        return f"{value:,.1f}"
    return f"{value:,.0f}"


def say_apart(value: float, other: float, unit: Unit) -> str:
    """The same, finer where two values that differ would read alike: "79.6 %" beside a target of 80."""
    words = say(value, unit)
    if value == other or words != say(other, unit):
        return words
    digits = next((digits for digits in (1, 2, 3) if f"{value:.{digits}f}" != f"{other:.{digits}f}"), 3)
    return f"{value:,.{digits}f} %" if unit is Unit.PERCENT else f"{value:,.{digits}f}"


def say_day(day: date) -> str:
    """A day with its year: "31 December 2026"."""
    return f"{day.day} {day:%B %Y}"


def sparkline(values: Sequence[float]) -> str:
    """Draws values as one line of text, lowest to highest: "▁▂▄▆█"."""
    if not values:
        return ""
    low, high = min(values), max(values)
    if high == low:
        return _BARS[3] * len(values)
    return "".join(_BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] for value in values)


_BARS = "▁▂▃▄▅▆▇█"


def weekly(points: Sequence[Snapshot], most: int = _MOST_POINTS) -> list[Snapshot]:
    """The last value of each week, the latest weeks only: what charts and forecasts are made of."""
    by_week = {each.day.isocalendar()[:2]: each for each in sorted(points, key=lambda each: each.day)}
    return list(by_week.values())[-most:]
