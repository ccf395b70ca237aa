"""Pace: how a goal stands against its line, red, amber or green with its reason in words, and where it may end.

Colours are tempered on purpose: leaders of forty people must not be fooled by small numbers, by chance, or by a value
that nobody has counted for a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor

from network.goals import (
    Direction,
    Goal,
    Light,
    Snapshot,
    Unit,
    expected_on,
    say,
    say_apart,
    say_day,
    start_of,
    weekly,
)
from network.statistics import Draws, Interval, forecast, wilson


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
_OLD = timedelta(days=35)  # what is older is told with its day
_ON_LINE, _LITTLE = 0.05, 0.2  # of the whole way from baseline to target
_FEW = 5  # of so few, one more or less is most of the way
_FEWEST_POINTS, _SHORTEST, _FARTHEST = 5, timedelta(days=42), 3  # of a forecast: points, span, and spans ahead


def progress(goal: Goal, history: Sequence[Snapshot], on: date, why_no_value: str = "") -> Progress:
    """Says how a goal stands on a day: its colour with the reason, what the line asks for, and the outlook."""
    points = tuple(sorted((each for each in history if each.day <= on), key=lambda each: each.day))
    if not points:
        return Progress(goal, on, (), Light.NONE, f"No number yet. {why_no_value}".strip())
    expected = expected_on(goal, points, on)
    outlook, outlook_words = _outlook(goal, points, on)
    light, reason = _judge(goal, points, on, outlook)
    return Progress(goal, on, points, light, reason, expected, outlook, outlook_words)


def on_its_day(goal: Goal, points: Sequence[Snapshot], on: date) -> Snapshot | None:
    """The value that a goal whose day has passed is judged by: the last one up to that day; None before."""
    if on <= goal.target_on:
        return None
    return next((each for each in reversed(points) if each.day <= goal.target_on), None)


def _meets(value: float, goal: Goal) -> bool:
    return value >= goal.target if goal.direction is Direction.MORE else value <= goal.target


def _judge(goal: Goal, points: Sequence[Snapshot], on: date, outlook: Interval | None) -> tuple[Light, str]:
    latest = points[-1]
    if on > goal.target_on:
        return _judge_ended(goal, points, on)
    now, by = say_apart(latest.value, goal.target, goal.unit), say_day(goal.target_on)
    target = say(goal.target, goal.unit)
    if _meets(latest.value, goal):
        return Light.GREEN, f"Reached: {now}. The goal is {target} by {by}."
    start, start_on = start_of(goal, points)
    # What comes once a year is held against the line of its own day, not against what nobody has counted yet.
    seen_on = on if _is_new(latest, on) else latest.day
    passed, whole = (seen_on - start_on).days, (goal.target_on - start_on).days
    expected = expected_on(goal, points, seen_on)
    if _meets(start, goal):
        return _judge_kept(goal, latest, start)
    if expected is None or passed < max(_EARLY_DAYS, _EARLY_SHARE * whole):
        return Light.NONE, f"Too early for a colour: {now} {_when(latest, on)}, {target} by {by}."
    asks = _in_whole(expected, goal, latest)
    behind = (asks - latest.value) / (goal.target - start)
    now = say_apart(latest.value, asks, goal.unit)
    verb, when = ("asks", "today") if _is_new(latest, on) else ("asked", _when(latest, on))
    asked = f"the straight line to {target} by {by} {verb} for {say(asks, goal.unit)} {when}"
    if behind <= _ON_LINE:
        return _temper_green(goal, f"On the line: {now}; {asked}.", outlook)
    if behind <= _LITTLE:
        return Light.AMBER, f"A little behind: {now}; {asked}."
    return _temper_red(goal, latest, asks, f"Well behind: {now}; {asked}.", outlook)


def _is_new(latest: Snapshot, on: date) -> bool:
    return on - latest.day <= _OLD


def _when(latest: Snapshot, on: date) -> str:
    return "now" if _is_new(latest, on) else f"on {say_day(latest.day)}"


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
    where = low if low == high else f"{low.removesuffix(' %')} to {high}"
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
