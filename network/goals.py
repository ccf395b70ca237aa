"""Goals: metrics, snapshots, pace, forecast, and red, amber or green with its reason in words.

A goal is the network's, never a person's or a program's: nothing here ranks anybody (R66). How a metric is counted is
in `metrics`, how the *Goals* tab is read in `goal_rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil, floor

from network.statistics import Draws, Interval, forecast, wilson


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


@dataclass(frozen=True, slots=True)
class Progress:
    """How a goal stands on one day."""

    goal: Goal
    on: date
    points: tuple[Snapshot, ...]  # oldest first
    light: Light
    reason: str  # why this colour, in words
    expected: float | None = None  # what the straight line asks for today
    outlook: Interval | None = None  # where it may stand on the target day
    outlook_words: str = ""

    @property
    def latest(self) -> Snapshot | None:
        """The last value measured."""
        return self.points[-1] if self.points else None

    @property
    def is_reached(self) -> bool:
        """Whether the target is met now, or was met on its day."""
        met = [each.value for each in (self.latest, on_its_day(self.goal, self.points, self.on)) if each is not None]
        return any(_meets(value, self.goal) for value in met)


_EARLY_SHARE, _EARLY_DAYS = 0.1, 14  # before that a straight line says nothing
_ON_LINE, _LITTLE = 0.05, 0.2  # of the whole way from baseline to target
_FEW = 5  # of so few, one more or less is most of the way
_FEWEST_POINTS, _SHORTEST, _FARTHEST = 5, timedelta(days=42), 3  # of a forecast: points, span, and spans ahead
_MOST_POINTS = 26  # half a year of weeks; more would make a forecast slower, not better


def key_of(name: str) -> str:
    """A goal's name for keys: "more-voices-are-heard"."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def progress(goal: Goal, history: Sequence[Snapshot], on: date, why_no_value: str = "") -> Progress:
    """Says how a goal stands on a day: its colour with the reason, what the line asks for, and the outlook."""
    points = tuple(sorted((each for each in history if each.day <= on), key=lambda each: each.day))
    if not points:
        return Progress(goal, on, (), Light.NONE, f"No number yet. {why_no_value}".strip())
    expected = expected_on(goal, points, on)
    outlook, outlook_words = _outlook(goal, points, on)
    light, reason = _judge(goal, points, on, expected, outlook)
    return Progress(goal, on, points, light, reason, expected, outlook, outlook_words)


def expected_on(goal: Goal, points: Sequence[Snapshot], on: date) -> float | None:
    """What the straight line from baseline to target asks for on a day; None when the line has no length."""
    start, start_on = _start(goal, points)
    days = (goal.target_on - start_on).days
    if days <= 0:
        return None
    way = min(1.0, max(0.0, (on - start_on).days / days))
    return start + (goal.target - start) * way


def on_its_day(goal: Goal, points: Sequence[Snapshot], on: date) -> Snapshot | None:
    """The value that a goal whose day has passed is judged by: the last one up to that day; None before."""
    if on <= goal.target_on:
        return None
    return next((each for each in reversed(points) if each.day <= goal.target_on), None)


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


def _start(goal: Goal, points: Sequence[Snapshot]) -> tuple[float, date]:
    first = next((each for each in points if goal.baseline_on is None or each.day >= goal.baseline_on), points[0])
    baseline = first.value if goal.baseline is None else goal.baseline
    return baseline, goal.baseline_on or first.day


def _meets(value: float, goal: Goal) -> bool:
    return value >= goal.target if goal.direction is Direction.MORE else value <= goal.target


def _judge(
    goal: Goal, points: Sequence[Snapshot], on: date, expected: float | None, outlook: Interval | None
) -> tuple[Light, str]:
    latest = points[-1]
    if on > goal.target_on:
        return _judge_ended(goal, points, on)
    now, by = say_apart(latest.value, goal.target, goal.unit), say_day(goal.target_on)
    target = say(goal.target, goal.unit)
    if _meets(latest.value, goal):
        return Light.GREEN, f"Reached: {now}. The goal is {target} by {by}."
    start, start_on = _start(goal, points)
    passed, whole = (on - start_on).days, (goal.target_on - start_on).days
    if _meets(start, goal):
        return _judge_kept(goal, latest, start)
    if expected is None or passed < max(_EARLY_DAYS, _EARLY_SHARE * whole):
        return Light.NONE, f"Too early for a colour: {now} now, {target} by {by}."
    asks = _in_whole(expected, goal, latest)
    behind = (asks - latest.value) / (goal.target - start)
    now = say_apart(latest.value, asks, goal.unit)
    asked = f"the straight line to {target} by {by} asks for {say(asks, goal.unit)} today"
    if behind <= _ON_LINE:
        return _temper_green(goal, f"On the line: {now}; {asked}.", outlook)
    if behind <= _LITTLE:
        return Light.AMBER, f"A little behind: {now}; {asked}."
    return _temper_red(goal, latest, asks, f"Well behind: {now}; {asked}.", outlook)


def _judge_ended(goal: Goal, points: Sequence[Snapshot], on: date) -> tuple[Light, str]:
    """After its day a goal is judged by the value it had then; what came later is said beside it."""
    latest, then = points[-1], on_its_day(goal, points, on)
    target, by = say(goal.target, goal.unit), say_day(goal.target_on)
    now = say_apart(latest.value, goal.target, goal.unit)
    if then is not None and _meets(then.value, goal):
        later = f" Now: {now}." if latest.value != then.value else ""
        return Light.GREEN, f"Reached: {say(then.value, goal.unit)} on its day, {by}. The goal was {target}.{later}"
    if _meets(latest.value, goal):
        return Light.GREEN, f"Reached after its day, {by}: {now}. The goal is {target}."
    missed = now if then is None else say_apart(then.value, goal.target, goal.unit)
    later = f" Now: {now}." if then is not None and latest.value != then.value else ""
    reason = f"The day of this goal, {by}, has passed: {missed}, not {target}.{later}"
    return _temper_red(goal, then or latest, goal.target, reason, None)


def _judge_kept(goal: Goal, latest: Snapshot, start: float) -> tuple[Light, str]:
    """A goal that was met from the start is to be kept: there is no line to it, only how far below it has come."""
    now, target = say_apart(latest.value, goal.target, goal.unit), say(goal.target, goal.unit)
    side = "below" if goal.direction is Direction.MORE else "above"
    gap = abs(goal.target - latest.value) / (max(abs(goal.target), abs(start)) or 1)
    if gap <= _LITTLE:
        return Light.AMBER, f"A little {side} what is to be kept: {now}, not {target}."
    return _temper_red(goal, latest, goal.target, f"Well {side} what is to be kept: {now}, not {target}.", None)


def _in_whole(expected: float, goal: Goal, latest: Snapshot) -> float:
    """What the line asks for: of people and programs only whole ones, so that half of one puts nobody behind."""
    if goal.unit is not Unit.COUNT or not all(float(each).is_integer() for each in (goal.target, latest.value)):
        return expected
    return float(floor(expected + _HAIR) if goal.direction is Direction.MORE else ceil(expected - _HAIR))


_HAIR = 1e-9  # what adding fractions may be off by


def _temper_green(goal: Goal, reason: str, outlook: Interval | None) -> tuple[Light, str]:
    if outlook is not None and not _meets(_best(outlook, goal), goal):
        return Light.AMBER, f"{reason} But it has slowed down: going on like this would not reach it."
    return Light.GREEN, reason


def _temper_red(
    goal: Goal, latest: Snapshot, expected: float, reason: str, outlook: Interval | None
) -> tuple[Light, str]:
    """Red is kept for what is surely behind: not for a handful, not for chance, not for what is catching up."""
    if latest.base is not None and latest.base < _FEW:
        return Light.AMBER, f"{reason} Amber, not red: there are only {latest.base} to count."
    if goal.is_sample and _may_be_chance(goal, latest, expected):
        return Light.AMBER, f"{reason} Amber, not red: with {latest.base or 'so few'} answers this may be chance."
    if outlook is not None and _meets(_worst(outlook, goal), goal):
        return Light.AMBER, f"{reason} Amber, not red: it is catching up."
    return Light.RED, reason


def _may_be_chance(goal: Goal, latest: Snapshot, expected: float) -> bool:
    if latest.base is None or latest.base == 0:
        return True
    if goal.unit is not Unit.PERCENT:
        return latest.base < 4 * _FEW
    return wilson(round(latest.value * latest.base / 100), latest.base).holds(expected / 100)


def _outlook(goal: Goal, points: Sequence[Snapshot], on: date) -> tuple[Interval | None, str]:
    """Where the goal may stand on its day if things go on as they did, and what that means; or why nobody can say."""
    if on >= goal.target_on or _meets(points[-1].value, goal):
        return None, ""
    recent = weekly(points)
    span = recent[-1].day - recent[0].day
    if len(recent) < _FEWEST_POINTS or span < _SHORTEST:
        return None, "Too early to say where this is going."
    if goal.target_on - on > _FARTHEST * span:
        return None, "The day is too far away to say from what was seen so far."
    days = [((each.day - recent[0].day).days, each.value) for each in recent]
    ends = forecast(days, (goal.target_on - recent[0].day).days, Draws(len(recent)))
    ends = Interval(_bounded(ends.low, goal.unit), _bounded(ends.high, goal.unit))
    places = 0 if goal.unit is Unit.COUNT else 1
    low, high = say(round(ends.low, places), goal.unit), say(round(ends.high, places), goal.unit)
    where = low if low == high else f"{low} to {high}"
    if _meets(_worst(ends, goal), goal):
        verdict = "That reaches the goal."
    elif _meets(_best(ends, goal), goal):
        verdict = "That may reach the goal or miss it."
    else:
        verdict = "That does not reach the goal: something has to change, or the goal."
    return ends, f"If things go on as they did, it stands at {where} on {say_day(goal.target_on)}. {verdict}"


def _bounded(value: float, unit: Unit) -> float:
    least = 1.0 if unit is Unit.SCORE else 0.0
    return min(100.0, max(least, value)) if unit is Unit.PERCENT else max(least, value)


def _best(ends: Interval, goal: Goal) -> float:
    return ends.high if goal.direction is Direction.MORE else ends.low


def _worst(ends: Interval, goal: Goal) -> float:
    return ends.low if goal.direction is Direction.MORE else ends.high
