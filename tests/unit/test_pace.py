"""A goal has a colour only with its reason, a forecast only as a range, and nothing is said too early."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.goals import (
    Direction,
    Goal,
    Light,
    Snapshot,
    Unit,
    expected_on,
    has_turned,
    say_apart,
)
from network.pace import Progress, progress

START, END = date(2026, 1, 1), date(2026, 12, 31)
MIDDLE = date(2026, 7, 2)  # exactly half of the way
GOAL = Goal("More members", "active members", Unit.COUNT, 100, END, 60, START)
SHARE = replace(GOAL, unit=Unit.PERCENT, is_sample=True, baseline=20, target=80)


def at(value: float, day: date = MIDDLE, base: int | None = None) -> Snapshot:
    return Snapshot("active members", day, value, base)


def stand(value: float, day: date = MIDDLE, goal: Goal = GOAL, base: int | None = None) -> Progress:
    return progress(goal, [at(value, day, base)], day)


def monthly(first: float, step: float, months: int = 6) -> list[Snapshot]:
    return [at(first + step * month, START + timedelta(days=30 * month)) for month in range(months)]


@pytest.mark.parametrize(
    ("value", "light", "says"),
    [
        (100, Light.GREEN, "Reached: 100"),
        (80, Light.GREEN, "On the line: 80; the straight line to 100 by 31 December 2026 asks for 80 today."),
        (78, Light.GREEN, "On the line"),
        (74, Light.AMBER, "A little behind: 74"),
        (70, Light.RED, "Well behind: 70"),
        (55, Light.RED, "Well behind"),
    ],
)
def test_a_colour_comes_from_the_line_and_says_so(value: float, light: Light, says: str) -> None:
    found = stand(value)
    assert (found.light, says in found.reason) == (light, True), found.reason


@pytest.mark.parametrize(("value", "light"), [(10, Light.GREEN), (20, Light.GREEN), (22, Light.AMBER), (30, Light.RED)])
def test_less_may_be_better(value: float, light: Light) -> None:
    fewer = replace(GOAL, baseline=30, target=10, direction=Direction.LESS)
    assert stand(value, goal=fewer).light is light


def test_early_in_the_time_there_is_no_colour() -> None:
    found = stand(60, START + timedelta(days=20))
    assert (found.light, "Too early" in found.reason) == (Light.NONE, True)


def test_without_a_number_there_is_no_colour_but_a_reason() -> None:
    found = progress(GOAL, [], MIDDLE, "Type the number of today in the column Value.")
    assert (found.light, found.reason) == (Light.NONE, "No number yet. Type the number of today in the column Value.")


def test_after_its_day_a_goal_is_reached_or_not() -> None:
    after = END + timedelta(days=1)
    assert stand(99, after).light is Light.RED
    assert "has passed" in stand(99, after).reason
    assert stand(100, after).light is Light.GREEN


def test_a_goal_is_judged_by_the_value_of_its_day_and_what_came_later_is_said() -> None:
    after = END + timedelta(days=40)
    fell = progress(GOAL, [at(100, END - timedelta(days=2)), at(90, after)], after)
    assert (fell.light, fell.is_reached) == (Light.GREEN, True)
    assert fell.reason == "Reached: 100 on its day, 31 December 2026. The goal was 100. Now: 90."
    rose = progress(GOAL, [at(90, END), at(101, after)], after)
    assert (rose.light, rose.reason.startswith("Reached after its day")) == (Light.GREEN, True)
    missed = progress(GOAL, [at(90, END), at(95, after)], after)
    assert (missed.light, missed.reason) == (
        Light.RED,
        "The day of this goal, 31 December 2026, has passed: 90, not 100. Now: 95.",
    )
    assert stand(50, after, replace(SHARE, is_sample=False), base=2).light is Light.AMBER, "two programs are not red"


@pytest.mark.parametrize("baseline", [100, 120, None])
def test_what_was_met_from_the_start_is_to_be_kept(baseline: float | None) -> None:
    kept = replace(GOAL, baseline=baseline, baseline_on=START if baseline else None)
    first = [] if baseline else [at(120, START)]
    lights = [progress(kept, [*first, at(value)], MIDDLE) for value in (100, 95, 60)]
    assert [each.light for each in lights] == [Light.GREEN, Light.AMBER, Light.RED]
    assert lights[1].reason == "A little below what is to be kept: 95, not 100."
    fewer = replace(GOAL, baseline=10, target=10, direction=Direction.LESS)
    assert stand(20, goal=fewer).reason == "Well above what is to be kept: 20, not 10."


def test_half_a_person_puts_nobody_behind() -> None:
    small = replace(GOAL, baseline=0, target=5)
    assert stand(2, goal=small).light is Light.GREEN, "2.5 are asked for"
    assert "asks for 2 today" in stand(2, goal=small).reason
    assert stand(1, goal=small).light is Light.AMBER or stand(1, goal=small).light is Light.RED


def test_two_values_that_differ_never_read_alike() -> None:
    almost = stand(79.6, goal=replace(SHARE, is_sample=False, baseline=20), base=500, day=END)
    assert "79.6 %" in almost.reason
    assert say_apart(79.96, 80, Unit.PERCENT) == "79.96 %"
    assert say_apart(4.46, 4.5, Unit.SCORE) == "4.46"
    assert say_apart(3, 3, Unit.COUNT) == "3"


def test_red_is_not_shown_for_a_handful() -> None:
    found = stand(20, goal=replace(SHARE, is_sample=False), base=2)
    assert (found.light, "only 2 to count" in found.reason) == (Light.AMBER, True)


def test_red_is_not_shown_for_what_chance_may_have_done() -> None:
    assert stand(35, goal=SHARE, base=10).light is Light.AMBER
    assert "chance" in stand(35, goal=SHARE, base=10).reason
    assert stand(35, goal=SHARE, base=400).light is Light.RED


def test_what_catches_up_is_amber_and_what_slows_down_too() -> None:
    catching_up = [at(60, START), *(at(40 + 8 * n, MIDDLE - timedelta(days=70 - 10 * n)) for n in range(4))]
    late = progress(GOAL, [at(40 + 6 * n, MIDDLE - timedelta(days=7 * (5 - n))) for n in range(6)], MIDDLE)
    assert "catching up" not in progress(GOAL, catching_up, MIDDLE).reason, "four weeks are no trend"
    assert (late.light, late.outlook) == (Light.RED, None), "five weeks are too short to look half a year ahead"
    climbing = progress(GOAL, [at(30 + 4 * n, MIDDLE - timedelta(days=7 * (10 - n))) for n in range(11)], MIDDLE)
    assert (climbing.light, "catching up" in climbing.reason) == (Light.AMBER, True)
    flat = progress(GOAL, [at(80, MIDDLE - timedelta(days=7 * n)) for n in range(11)], MIDDLE)
    assert (flat.light, "slowed down" in flat.reason) == (Light.AMBER, True)


def test_the_outlook_is_a_range_with_a_verdict() -> None:
    reaching = progress(GOAL, monthly(60, 6), MIDDLE)
    assert reaching.outlook is not None
    assert reaching.outlook.low <= reaching.outlook.high
    assert reaching.outlook_words.startswith("If things go on as they did, it stands at ")
    assert reaching.outlook_words.endswith("That reaches the goal.")
    missing = progress(GOAL, monthly(60, 1), MIDDLE)
    assert "does not reach" in missing.outlook_words


def test_an_outlook_from_too_little_is_too_early() -> None:
    assert progress(GOAL, monthly(60, 6, months=3), MIDDLE).outlook_words == "Too early to say where this is going."
    far = replace(GOAL, target_on=END + timedelta(days=3000))
    assert "too far away" in progress(far, monthly(60, 3), MIDDLE).outlook_words


def test_a_share_is_never_forecast_above_everybody() -> None:
    rising = replace(SHARE, target=100, is_sample=False)
    found = progress(rising, [replace(each, value=each.value) for each in monthly(20, 15)], MIDDLE)
    assert found.outlook is not None
    assert found.outlook.high <= 100


def test_a_blank_baseline_is_the_first_value_measured() -> None:
    open_goal = replace(GOAL, baseline=None, baseline_on=None)
    points = [at(60, START), at(70, MIDDLE)]
    assert expected_on(open_goal, points, MIDDLE) == pytest.approx(80, abs=0.2)
    assert progress(open_goal, points, MIDDLE).light is Light.RED


values = st.lists(st.tuples(st.integers(0, 500), st.floats(0, 200)), min_size=1, max_size=40)
baselines = st.sampled_from([None, 0.0, 60.0, 100.0, 150.0])


@given(values, st.sampled_from([Direction.MORE, Direction.LESS]), st.integers(0, 500), baselines)
def test_every_history_has_a_colour_and_a_reason(
    measured: list[tuple[int, float]], direction: Direction, today: int, baseline: float | None
) -> None:
    goal = replace(GOAL, direction=direction, target=100 if direction is Direction.MORE else 20, baseline=baseline)
    history = [at(value, START + timedelta(days=day)) for day, value in measured]
    found = progress(goal, history, START + timedelta(days=today))
    assert found.reason
    assert all(each.day <= found.on for each in found.points)
    if found.is_reached:
        assert found.light is Light.GREEN
    elif found.latest is not None and found.light is Light.GREEN:
        assert "On the line" in found.reason
        assert found.expected is not None, "green and not reached is on a line"


def test_only_getting_worse_is_a_turn() -> None:
    worse = [(a, b) for a in Light for b in Light if has_turned(a, b)]
    assert worse == [(Light.GREEN, Light.AMBER), (Light.GREEN, Light.RED), (Light.AMBER, Light.RED)]
