"""An owner hears once when a goal turns, and what they answer is obeyed: kept, changed, closed and taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from network.goals import Light, Snapshot
from network.jobs.goals import GoalsReport, page, update_goals
from network.tasks import Task, TaskState
from tests.builders import NOON, Desk
from tests.fakes_outside import FakeCharts

HEADER = ("Goal", "Metric", "Baseline", "Baseline on", "Target", "Target on", "Direction", "Value", "Owner")
START = NOON + timedelta(days=28)  # no turn of a quarter
ON_LINE, BEHIND, FAR_BEHIND = 85.0, 78.0, 60.0


def a_desk() -> Desk:
    desk = Desk()
    type_goal(desk, ON_LINE)
    return desk


def type_goal(desk: Desk, value: float, target: float = 100.0, owner: str = "Noor", name: str = "Visits") -> None:
    row = (name, "manual", 0.0, "2026-01-01", target, "2026-12-31", "more", value, owner)
    desk.workbook.put("Goals", HEADER, row)


def update(desk: Desk, day: int, value: float | None = None) -> GoalsReport:
    if value is not None:
        type_goal(desk, value)
    reading = desk.workbook.read()
    assert reading is not None
    return update_goals(desk.office, reading, START + timedelta(days=day))


def nudges(desk: Desk) -> list[Task]:
    return [task for task in desk.tasks.tasks.values() if "/turned/" in task.key]


def answer(desk: Desk, task: Task, words: str, at: datetime = START) -> None:
    desk.tasks.save([replace(task, state=TaskState.ANSWERED, answer=words, answered_at=at)], at)


def test_the_owner_hears_when_a_goal_turns_and_not_again_while_it_stays() -> None:
    desk = a_desk()
    assert update(desk, 0).progresses[0].light is Light.GREEN
    assert nudges(desk) == []
    assert update(desk, 1, BEHIND).progresses[0].light is Light.AMBER
    (nudge,) = nudges(desk)
    assert (nudge.who, nudge.what.startswith("The goal “Visits” turned amber. A little behind")) == ("Noor", True)
    for day in range(1, 20):
        update(desk, day)
    assert len(nudges(desk)) == 1


def test_a_second_turn_within_a_week_waits_until_the_week_is_over() -> None:
    desk = a_desk()
    update(desk, 0)
    update(desk, 1, BEHIND)
    for day in range(2, 8):
        update(desk, day, FAR_BEHIND)
        assert len(nudges(desk)) == 1
    update(desk, 8)
    assert ["turned red" in task.what for task in nudges(desk)] == [False, True]
    first, second = nudges(desk)
    assert (first.state, second.state) == (TaskState.CLOSED, TaskState.OPEN), "the newer row asks; the older is over"


def test_a_goal_that_flutters_around_its_line_is_told_once() -> None:
    desk = a_desk()
    for day in range(40):
        update(desk, day, BEHIND if day % 2 else ON_LINE)
    assert len(nudges(desk)) == 1


def test_a_goal_that_was_well_for_a_week_may_turn_again() -> None:
    desk = a_desk()
    update(desk, 0)
    update(desk, 1, BEHIND)
    for day in range(2, 12):
        update(desk, day, 95.0)
    update(desk, 12, BEHIND)
    assert len(nudges(desk)) == 2


def test_a_run_that_ended_between_its_two_writes_tells_nobody_twice() -> None:
    desk = a_desk()
    update(desk, 0)
    before = dict(desk.cursors.values)
    update(desk, 1, BEHIND)
    desk.cursors.values = before
    for day in range(2, 30):
        update(desk, day, BEHIND)
    assert len(nudges(desk)) == 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([ON_LINE, BEHIND, FAR_BEHIND, 100.0]), min_size=5, max_size=45))
def test_no_course_of_a_goal_tells_its_owner_twice_in_a_week(values: list[float]) -> None:
    desk = a_desk()
    for day, value in enumerate(values):
        update(desk, day, value)
    days = [task.since for task in nudges(desk)]
    assert all(later - earlier >= timedelta(days=7) for earlier, later in pairwise(days))


def test_a_goal_without_an_owner_is_told_to_the_first_leader() -> None:
    desk = a_desk()
    update(desk, 0)
    type_goal(desk, BEHIND, owner="")
    update(desk, 1)
    assert nudges(desk)[0].who == "Noor Haddenfield"


def test_a_new_aim_is_a_new_goal_and_no_turn() -> None:
    desk = a_desk()
    update(desk, 0)
    type_goal(desk, ON_LINE, target=200.0)
    assert update(desk, 1).progresses[0].light is Light.RED
    assert nudges(desk) == []


def close(desk: Desk) -> Task:
    update(desk, 0)
    update(desk, 1, BEHIND)
    (nudge,) = nudges(desk)
    answer(desk, nudge, "close")
    return nudge


def test_a_closed_goal_leaves_the_charts_and_keeps_its_history() -> None:
    desk = a_desk()
    close(desk)
    closed = update(desk, 2)
    charts = FakeCharts()
    assert "Closed, their history is kept: Visits." in page(closed, charts).markdown
    assert (charts.drawn, closed.progresses) == ([], ())
    assert len(desk.snapshots.history()) == 3, "what is measured goes on"
    assert nudges(desk)[0].state is TaskState.ANSWERED


def test_a_closed_goal_is_taken_up_again_by_a_new_number_or_another_answer() -> None:
    desk = a_desk()
    nudge = close(desk)
    update(desk, 2)
    type_goal(desk, BEHIND, target=120.0)
    assert [each.goal.target for each in update(desk, 3).progresses] == [120]
    type_goal(desk, BEHIND)
    assert update(desk, 4).progresses == (), "the goal that was closed stays closed"
    answer(desk, nudge, "keep")
    assert len(update(desk, 5).progresses) == 1


def test_a_goal_that_was_taken_up_again_can_be_closed_again() -> None:
    desk = a_desk()
    nudge = close(desk)
    assert update(desk, 2).progresses == ()
    answer(desk, nudge, "keep", START + timedelta(days=3))
    type_goal(desk, BEHIND, target=120.0)
    assert len(update(desk, 3).progresses) == 1
    answer(desk, nudge, "close", START + timedelta(days=4))
    assert update(desk, 4).progresses == ()
    assert update(desk, 5).progresses == ()


def test_a_row_that_is_removed_takes_its_open_question_along() -> None:
    desk = a_desk()
    update(desk, 0)
    update(desk, 1, BEHIND)
    type_goal(desk, BEHIND, target=float("nan"))
    update(desk, 2)
    assert nudges(desk)[0].state is TaskState.OPEN, "a row that cannot be read is not gone"
    del desk.workbook.tabs["Goals"]
    update(desk, 2)
    assert nudges(desk)[0].state is TaskState.OPEN, "nor is one of a tab that is missing"
    type_goal(desk, 1.0, name="Another")
    update(desk, 3)
    assert nudges(desk)[0].state is TaskState.CLOSED


def test_no_name_of_a_goal_confuses_the_questions_of_another() -> None:
    desk = Desk()
    rows = [
        (name, "manual", 0.0, "2026-01-01", 100.0, "2026-12-31", "more", ON_LINE, "Noor")
        for name in ("Review", "turned", "turned amber", "Ñandú | [x](http://x) “y”")
    ]
    desk.workbook.put("Goals", HEADER, *rows)
    assert len(update(desk, 0).progresses) == 4
    desk.workbook.put("Goals", HEADER, *[(*row[:7], BEHIND, "Noor") for row in rows])
    told = page(update(desk, 1), FakeCharts()).markdown
    assert len(nudges(desk)) == 4
    assert "[x](http" not in told
    assert Snapshot("manual/ñandú-x-http-x-y", (START + timedelta(days=1)).date(), BEHIND) in desk.snapshots.history()
