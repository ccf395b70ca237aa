"""*Goals*: what people type there, and the sentence for each row that cannot be used."""

from __future__ import annotations

from datetime import date
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.goal_rows import parse_goals, parse_history
from network.goals import Direction, Goal, Unit
from network.members import IssueKind
from network.metrics import CATALOGUE, spellings
from network.tabs import Cell, Row

METRICS = spellings()
ORDINARY: dict[str, Cell] = {
    "Goal": "More voices",
    "Metric": "Active members",
    "Baseline": 48.0,
    "Baseline on": "2025-12-01",
    "Target": "70",
    "Target on": 46387.0,
    "Direction": "more",
    "Owner": "Noor",
}


def one(**cells: Cell) -> Goal:
    reading = parse_goals(
        [Row(2, ORDINARY | {name.replace("_", " "): value for name, value in cells.items()})], METRICS
    )
    assert not reading.issues
    return reading.goals[0]


def sentence(**cells: Cell) -> str:
    reading = parse_goals(
        [Row(2, ORDINARY | {name.replace("_", " "): value for name, value in cells.items()})], METRICS
    )
    assert not reading.goals
    return reading.issues[0].sentence


def test_a_row_is_a_goal() -> None:
    goal = one()
    assert (goal.name, goal.metric, goal.unit, goal.owner) == ("More voices", "active members", Unit.COUNT, "Noor")
    assert (goal.baseline, goal.baseline_on) == (48, date(2025, 12, 1))
    assert (goal.target, goal.target_on, goal.direction) == (70, date(2026, 12, 31), Direction.MORE)
    assert goal.key == "more-voices"
    assert goal.metric_key == "active members"


@pytest.mark.parametrize("typed", [60.0, "60", "60 %", "60%", 0.6, "0.6"])
def test_a_share_may_be_typed_in_any_way(typed: Cell) -> None:
    assert one(Metric="AI/AN coverage", Baseline=11.0, Target=typed).target == 60


def test_one_percent_with_its_sign_is_one_percent() -> None:
    goal = one(Metric="newsletter unsubscribed", Baseline="3 %", Target="1 %", Direction="less")
    assert (goal.target, goal.direction) == (1, Direction.LESS)


def test_the_direction_follows_from_the_metric_or_from_the_numbers() -> None:
    assert one(Metric="manual", Direction=None, Baseline=90.0, Target=70.0).direction is Direction.LESS
    assert one(Direction="", Baseline=None).direction is Direction.MORE
    assert one(Metric="newsletter unsubscribed", Direction="", Baseline=None, Target="1 %").direction is Direction.LESS


def test_of_what_should_be_small_a_plain_number_is_a_percent() -> None:
    for typed in (1.0, "1", "1 %", 0.01):
        assert one(Metric="newsletter unsubscribed", Baseline=None, Direction="", Target=typed).target == 1
    for typed in (0.005, "0.5 %"):
        assert one(Metric="newsletter unsubscribed", Baseline=None, Direction="", Target=typed).target == 0.5


@pytest.mark.parametrize("typed", ["1,000", "1 000", "1\u202f000", "1'000", "1000", 1000.0])
def test_thousands_may_be_typed_in_any_plain_way(typed: Cell) -> None:
    assert one(Target=typed).target == 1000


def test_a_goal_to_keep_what_there_is_may_have_its_baseline_as_target() -> None:
    assert one(Baseline=70.0).target == 70


def test_a_goal_without_an_owner_is_used_and_asks_for_one() -> None:
    reading = parse_goals([Row(2, ORDINARY | {"Owner": None})], METRICS)
    assert len(reading.goals) == 1
    assert (reading.issues[0].kind, reading.issues[0].column) == (IssueKind.NOTE, "Owner")


@given(
    st.one_of(st.text(max_size=12), st.floats(), st.booleans(), st.integers(-5, 5000)), st.sampled_from([*CATALOGUE])
)
def test_whatever_is_typed_is_a_number_within_its_bounds_or_a_sentence(typed: Cell, metric: str) -> None:
    cells = ORDINARY | {"Metric": metric, "Target": typed, "Baseline": None, "Direction": None}
    reading = parse_goals([Row(2, cells)], METRICS)
    if reading.goals:
        goal = reading.goals[0]
        assert isfinite(goal.target)
        assert goal.unit is not Unit.PERCENT or 0 <= goal.target <= 100
    else:
        assert reading.issues[0].sentence


def test_a_metric_of_its_own_is_kept_under_the_goals_name() -> None:
    assert one(Metric="manual", Value=12.0).metric_key == "manual/more-voices"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Goal": ""}, "Give this goal a name"),
        ({"Metric": "actve member"}, "Is it active members?"),
        ({"Metric": "zzzz"}, "Choose one of these: AI/AN coverage"),
        ({"Metric": ""}, "Choose a metric"),
        ({"Target": None}, "Type in Target the number"),
        ({"Target": "many"}, "Type a number, such as 40."),
        ({"Target on": ""}, "such as 2027-06-30"),
        ({"Target on": "next year"}, "we cannot read"),
        ({"Target on": "2025-01-01"}, "before the baseline day"),
        ({"Direction": "sideways"}, "Type more or less"),
        ({"Direction": "less"}, "the target lies above the baseline"),
        ({"Target": True}, "Type a number"),
        ({"Goal": "***"}, "no letter in its name"),
        ({"Target": "80%"}, "active members is no share"),
        ({"Target": 0.8}, "Type a whole number"),
        ({"Target": "1.000"}, "Is that 1 or 1000?"),
        ({"Target": "1,5"}, "with a point, such as 1.5"),
        ({"Target": "12,34"}, "with a point"),
        ({"Target": "-5"}, "Type a whole number"),
        ({"Target": float("inf")}, "no number that can be reached"),
        ({"Target": 1e308}, "no number that can be reached"),
        ({"Target": 40.0}, "Direction says more, but the target lies below the baseline"),
        ({"Target": 40.0, "Direction": None}, "Of active members, more is better, but the target lies below"),
        ({"Metric": "AI/AN coverage", "Target": "120"}, "from 0 to 100"),
        ({"Metric": "survey mean", "Target": 0.5}, "lowest step of a scale is 1"),
        (
            {"Metric": "newsletter unsubscribed", "Target": 0.5, "Baseline": None, "Direction": ""},
            "Is that 0.5 % or 50",
        ),
    ],
)
def test_a_row_that_cannot_be_used_says_what_to_type(cells: dict[str, Cell], says: str) -> None:
    assert says in sentence(**cells)


def test_a_goal_that_stands_twice_is_used_once() -> None:
    reading = parse_goals([Row(2, ORDINARY), Row(3, ORDINARY)], METRICS)
    assert (len(reading.goals), "twice" in reading.issues[0].sentence) == (1, True)


def test_earlier_values_are_read_and_odd_rows_named() -> None:
    history, sentences = parse_history(
        [
            {"Metric": "AI/AN coverage", "Day": "2026-01-01", "Value": "11"},
            {"Metric": "AI/AN coverage", "Day": "2026-02-01", "Value": 0.17},
            {"Metric": "shoe size", "Day": "2026-02-01", "Value": 40.0},
            {"Metric": "response rate", "Day": "soon", "Value": 40.0},
            {"Metric": "response rate", "Day": "2026-02-01", "Value": ""},
        ],
        METRICS,
    )
    assert [(each.metric, each.value) for each in history] == [("AI/AN coverage", 11), ("AI/AN coverage", 17)]
    assert [each.split(":")[0] for each in sentences] == ["Row 4", "Row 5", "Row 6"]
