"""Statistics that stay honest when forty people answer: an interval beside every number, slopes that do not jump.

Plain functions of numbers. What may be *shown* of a result is decided in `disclosure`; what it means in `surveys` and
`goals`. Every function here is compared with an independent computation in its test.
"""

# The house is read as `network.statistics`, never as a bare name, so it shadows nothing.
# ruff: noqa: A005

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from statistics import NormalDist, median
from typing import Protocol

CONFIDENCE = 0.95
ROUNDS = 1000  # resamples of a bootstrap: ends of an interval are then steady to the first decimal that we show
_MANY = 400  # answers from which the normal interval and the bootstrap agree to the digits that we show


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value may well lie; both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Tells whether `value` lies inside."""
        return self.low <= value <= self.high


class Chance(Protocol):
    """A seeded generator: `random.Random(7)` and `Draws(7)` both fit."""

    def randrange(self, stop: int, /) -> int: ...


class Draws:
    """A stream of numbers fixed by its seed, so that the same answers give the same page on every machine.

    SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). For resampling
    only: anybody who knows the seed knows what comes next.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _WORD

    def randrange(self, stop: int, /) -> int:
        """The next number from 0 up to, not including, `stop`."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _WORD
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _WORD
        return ((mixed ^ (mixed >> 31)) * stop) >> 64


_WORD = (1 << 64) - 1


def wilson(count: int, of: int, confidence: float = CONFIDENCE) -> Interval:
    """The Wilson score interval of a share: never below 0, never above 1, right for small numbers too.

    E. B. Wilson, JASA 22 (1927). Without any answers nothing is known: 0 to 1.
    """
    if not 0 <= count <= of:
        raise ValueError("a share counts some of all")
    if of == 0:
        return Interval(0.0, 1.0)
    z = _z(confidence)
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Interval(0.0 if count == 0 else max(0.0, middle - reach), 1.0 if count == of else min(1.0, middle + reach))


def difference(was: float, old: Interval, now: float, new: Interval) -> Interval:
    """The interval of a change between two sets of people, from the two values and their own intervals.

    For shares with Wilson intervals this is method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890; for
    means it is the same recovery of variance from the two intervals.
    """
    change = now - was
    return Interval(
        change - sqrt((now - new.low) ** 2 + (old.high - was) ** 2),
        change + sqrt((new.high - now) ** 2 + (was - old.low) ** 2),
    )


def mean(counts: Mapping[float, int]) -> float:
    """The mean of values told as value -> how often; raises ValueError when there are none."""
    total = sum(counts.values())
    if not total:
        raise ValueError("the mean of nothing")
    return sum(value * count for value, count in counts.items()) / total


def mean_interval(counts: Mapping[float, int], chance: Chance, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a mean: percentile bootstrap up to 400 answers, the normal interval from there on."""
    total = sum(counts.values())
    if total > _MANY:
        centre = mean(counts)
        spread = sum(count * (value - centre) ** 2 for value, count in counts.items()) / (total - 1)
        reach = _z(confidence) * sqrt(spread / total)
        return Interval(centre - reach, centre + reach)
    return _middle_of(resampled_means(counts, chance), confidence)


def resampled_means(counts: Mapping[float, int], chance: Chance, rounds: int = ROUNDS) -> list[float]:
    """Means of `rounds` draws with replacement, as many answers in each as there are."""
    values = [value for value, count in counts.items() for _ in range(count)]
    if not values:
        raise ValueError("the mean of nothing")
    size = len(values)
    return [sum(values[chance.randrange(size)] for _ in range(size)) / size for _ in range(rounds)]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line: `slope` a step of x, `start` at x = 0."""

    slope: float
    start: float

    def at(self, x: float) -> float:
        """The height of the line at `x`."""
        return self.start + self.slope * x


def theil_sen(points: Sequence[tuple[float, float]]) -> Line:
    """The robust line through points: median of all pairwise slopes, so that one odd day does not turn it.

    H. Theil 1950, P. K. Sen, JASA 63 (1968). Needs two different x; raises ValueError otherwise.
    """
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
        if later[0] != earlier[0]
    ]
    if not slopes:
        raise ValueError("a slope needs two different days")
    slope = median(slopes)
    return Line(slope, median(y for _, y in points) - slope * median(x for x, _ in points))


def forecast(
    points: Sequence[tuple[float, float]], x: float, chance: Chance, confidence: float = 0.8, rounds: int = 400
) -> Interval:
    """Where the points may stand at `x`: the Theil-Sen line of resampled points, each with one of the misses seen.

    A range that held four times in five if the coming time is like the time seen; it knows nothing of plans.
    """
    points = sorted(points)
    line = theil_sen(points)
    misses = [y - line.at(at) for at, y in points]
    size = len(points)
    ends: list[float] = []
    while len(ends) < rounds:
        drawn = [points[chance.randrange(size)] for _ in range(size)]
        if len({at for at, _ in drawn}) > 1:
            ends.append(theil_sen(drawn).at(x) + misses[chance.randrange(size)])
    return _middle_of(ends, confidence)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, straight between neighbours (type 7 of Hyndman and Fan)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[floor(place)], ordered[ceil(place)]
    return low + (high - low) * (place - floor(place))


def _middle_of(values: Sequence[float], confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    return Interval(quantile(values, tail), quantile(values, 1 - tail))


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)
