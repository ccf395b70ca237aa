"""Our statistics against scipy, against published worked examples, and against what must always hold."""

from __future__ import annotations

import random
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from network.statistics import (
    Draws,
    difference,
    forecast,
    mean,
    mean_interval,
    quantile,
    resampled_means,
    theil_sen,
    wilson,
)

shares = st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
tallies = st.dictionaries(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), st.integers(0, 12), min_size=1).filter(
    lambda counts: sum(counts.values()) > 1
)


@given(shares, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_wilson_interval_is_scipys(share: tuple[int, int], confidence: float) -> None:
    ours = wilson(*share, confidence)
    theirs = stats.binomtest(*share).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_is_known_of_a_share_of_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="some of all"):
        wilson(3, 2)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_newcombes_worked_example(count: int, of: int, low: float, high: float) -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
    interval = wilson(count, of)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("now", "was", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_change_of_shares_is_newcombes_worked_example(
    now: tuple[int, int], was: tuple[int, int], low: float, high: float
) -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
    interval = difference(was[0] / was[1], wilson(*was), now[0] / now[1], wilson(*now))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_the_robust_line_is_sens_worked_example() -> None:
    # P. K. Sen, Journal of the American Statistical Association 63 (1968), section 6: the slope is 4.
    line = theil_sen(list(zip((1, 2, 3, 4, 10, 12, 18), (9, 15, 19, 20, 45, 55, 78), strict=True)))
    assert line.slope == pytest.approx(4.0)


@given(shares, shares)
def test_the_change_of_shares_follows_from_scipys_intervals(before: tuple[int, int], after: tuple[int, int]) -> None:
    old = stats.binomtest(*before).proportion_ci(method="wilson")
    new = stats.binomtest(*after).proportion_ci(method="wilson")
    was, now = before[0] / before[1], after[0] / after[1]
    ours = difference(was, wilson(*before), now, wilson(*after))
    assert ours.low == pytest.approx(now - was - sqrt((now - new.low) ** 2 + (old.high - was) ** 2), abs=1e-9)
    assert ours.high == pytest.approx(now - was + sqrt((new.high - now) ** 2 + (was - old.low) ** 2), abs=1e-9)


@given(tallies)
def test_the_mean_is_numpys(counts: dict[float, int]) -> None:
    assert mean(counts) == pytest.approx(np.average(list(counts), weights=list(counts.values())))


def test_the_mean_of_nothing_is_refused() -> None:
    for counts in ({}, {3.0: 0}):
        with pytest.raises(ValueError, match="nothing"):
            mean(counts)
        with pytest.raises(ValueError, match="nothing"):
            resampled_means(counts, Draws(1))


def test_the_bootstrap_of_a_mean_agrees_with_scipys() -> None:
    counts = {1.0: 2, 2.0: 4, 3.0: 9, 4.0: 16, 5.0: 9}
    answers = [value for value, count in counts.items() for _ in range(count)]
    theirs = stats.bootstrap(
        (answers,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    for chance in (Draws(1), random.Random(1)):
        ours = mean_interval(counts, chance)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.05)


def test_with_many_answers_the_interval_of_a_mean_is_scipys_normal_one() -> None:
    counts = {1.0: 200, 2.0: 400, 3.0: 900, 4.0: 1600, 5.0: 900}
    answers = [value for value, count in counts.items() for _ in range(count)]
    theirs = stats.norm.interval(0.95, loc=np.mean(answers), scale=stats.sem(answers))
    ours = mean_interval(counts, Draws(1))
    assert (ours.low, ours.high) == pytest.approx(theirs)


def test_the_change_of_means_agrees_with_welch() -> None:
    before = {1.0: 6, 2.0: 8, 3.0: 10, 4.0: 8, 5.0: 8}
    after = {1.0: 2, 2.0: 4, 3.0: 6, 4.0: 16, 5.0: 12}
    old, new = ([value for value, count in each.items() for _ in range(count)] for each in (before, after))
    theirs = stats.ttest_ind(new, old, equal_var=False).confidence_interval()
    chance = Draws(3)
    ours = difference(mean(before), mean_interval(before, chance), mean(after), mean_interval(after, chance))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.08)


def test_the_change_of_means_of_many_agrees_with_welch() -> None:
    before, after = {1.0: 400, 3.0: 600}, {1.0: 300, 3.0: 900}
    old, new = ([value for value, count in each.items() for _ in range(count)] for each in (before, after))
    theirs = stats.ttest_ind(new, old, equal_var=False).confidence_interval()
    chance = Draws(3)
    ours = difference(mean(before), mean_interval(before, chance), mean(after), mean_interval(after, chance))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.001)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(-50, 50)), min_size=2, max_size=25).filter(
        lambda points: len({x for x, _ in points}) > 1
    )
)
def test_the_robust_line_is_scipys(points: list[tuple[int, int]]) -> None:
    with np.errstate(invalid="ignore"):  # scipy also computes an interval, which two points do not have
        theirs = stats.theilslopes([y for _, y in points], [x for x, _ in points])
    ours = theil_sen(points)
    assert (ours.slope, ours.start) == pytest.approx((theirs.slope, theirs.intercept))


def test_one_odd_day_does_not_turn_the_line() -> None:
    steady = [(float(day), 10.0 + day) for day in range(10)]
    assert theil_sen([*steady[:5], (5.0, 900.0), *steady[6:]]).slope == pytest.approx(1.0)


def test_a_slope_needs_two_days() -> None:
    with pytest.raises(ValueError, match="two different days"):
        theil_sen([(3.0, 1.0), (3.0, 2.0)])


def test_the_forecast_of_a_straight_line_is_the_line() -> None:
    ends = forecast([(float(day), 2.0 * day) for day in range(10)], 20.0, Draws(1))
    assert (ends.low, ends.high) == pytest.approx((40.0, 40.0))


def test_the_forecast_holds_the_truth_about_as_often_as_it_says() -> None:
    maker = random.Random(11)
    held = 0
    for trial in range(60):
        points = [(float(x), 5 + 0.5 * x + maker.gauss(0, 2)) for x in range(16)]
        held += forecast(points, 18.0, Draws(trial), rounds=150).holds(5 + 0.5 * 18 + maker.gauss(0, 2))
    assert 0.6 <= held / 60 <= 0.95


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 1))
def test_a_quantile_is_numpys(values: list[float], share: float) -> None:
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), abs=1e-6)


def test_draws_are_even_and_repeat_with_their_seed() -> None:
    first = Draws(7)
    drawn = [first.randrange(10) for _ in range(10_000)]
    again = Draws(7)
    assert drawn == [again.randrange(10) for _ in range(10_000)]
    assert stats.chisquare([drawn.count(number) for number in range(10)]).pvalue > 0.001


def test_draws_are_splitmix64() -> None:
    # The first three outputs for seed 1234567, as published with the reference implementation.
    stream = Draws(1234567)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [stream.randrange(1 << 64) for _ in range(3)] == expected
