"""What a goal's numbers are called, and how a course is drawn in text."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from network.goals import Direction, Goal, Snapshot, Unit, expected_on, key_of, say, sparkline, start_of, weekly

GOAL = Goal("More members", "active members", Unit.COUNT, 100, date(2026, 12, 31), 60, date(2026, 1, 1))


def at(value: float, day: date) -> Snapshot:
    return Snapshot("active members", day, value)


def test_the_line_runs_from_baseline_to_target_and_no_farther() -> None:
    days = (date(2025, 6, 1), date(2026, 1, 1), date(2026, 7, 2), date(2026, 12, 31), date(2027, 6, 1))
    assert [expected_on(GOAL, [at(70, days[0])], day) for day in days] == [60, 60, 80, 100, 100]


def test_a_goal_begins_at_its_baseline_or_at_what_was_known_then() -> None:
    points = [at(50, date(2025, 12, 1)), at(55, date(2025, 12, 30)), at(70, date(2026, 3, 1))]
    assert start_of(GOAL, points) == (60, date(2026, 1, 1))
    assert start_of(Goal("x", "y", Unit.COUNT, 100, date(2026, 12, 31), None, date(2026, 1, 1)), points) == (
        55,
        date(2026, 1, 1),
    )
    assert start_of(Goal("x", "y", Unit.COUNT, 100, date(2026, 12, 31)), points) == (50, date(2025, 12, 1))
    late = Goal("x", "y", Unit.COUNT, 100, date(2026, 12, 31), None, date(2025, 1, 1), Direction.MORE)
    assert start_of(late, points) == (50, date(2025, 1, 1))


@pytest.mark.parametrize(("name", "key"), [("More  voices, heard!", "more-voices-heard"), ("Ñandú & Co", "ñandú-co")])
def test_a_key_is_the_name_without_its_signs(name: str, key: str) -> None:
    assert key_of(name) == key


def test_a_very_long_name_has_a_key_that_can_be_kept() -> None:
    long, other = "Every family in every county " * 20, "Every family in every county " * 20 + "and beyond"
    assert len(key_of(long)) <= 80
    assert key_of(long) != key_of(other)


def test_weeks_keep_their_last_value() -> None:
    days = [at(n, date(2026, 6, 1) + timedelta(days=n)) for n in range(14)]
    assert [each.value for each in weekly(days)] == [6, 13]
    assert [each.value for each in weekly(days, most=1)] == [13]


def test_numbers_are_said_with_their_unit() -> None:
    assert [say(57.4, unit) for unit in Unit] == ["57.4", "57 %", "57.4"]
    assert [say(value, Unit.PERCENT) for value in (0.4, 3.0, 9.96, 100)] == ["0.4 %", "3 %", "10 %", "100 %"]
    assert [say(value, Unit.COUNT) for value in (7.0, 1200.0)] == ["7", "1,200"]


def test_a_sparkline_rises_with_its_values() -> None:
    assert sparkline([1, 2, 3]) == "▁▅█"
    assert sparkline([4, 4]) == "▄▄"
    assert sparkline([]) == ""
