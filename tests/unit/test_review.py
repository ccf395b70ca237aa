"""The look back: once a period, however late; every goal is asked about; the pack stands as a page and as a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from network.goals import Goal, Snapshot, Unit
from network.ideas import idea_task
from network.jobs import results
from network.jobs.digest import leaders_page
from network.jobs.goals import GoalsReport, import_history, update_goals
from network.jobs.review import is_stale, period_before
from network.jobs.rounds import walk
from network.pace import Progress, progress
from network.tasks import Task, TaskState
from tests.builders import NOON, Desk, a_person, a_program

HEADER = ("Goal", "Metric", "Baseline", "Baseline on", "Target", "Target on", "Direction", "Value", "Owner")
MEMBERS = ("More voices", "active members", 40.0, "2026-01-01", 80.0, "2026-12-31", "more", None, "Noor")
VISITS = ("Visits", "manual", 0.0, "2026-01-01", 10.0, "2026-08-01", "more", 4.0, "")


def a_desk() -> Desk:
    desk = Desk()
    desk.programs.programs = [a_program()]
    desk.workbook.put("Goals", HEADER, MEMBERS, VISITS)
    for number in range(70):
        desk.people.people[f"p{number}"] = a_person(f"p{number}", email=f"p{number}@example.org")
    import_history(desk.office, [{"Metric": "active members", "Day": "2026-06-30", "Value": 61.0}])
    return desk


def on(year: int, month: int, day: int) -> datetime:
    return datetime.combine(date(year, month, day), NOON.time(), NOON.tzinfo)


def update(desk: Desk, at: datetime) -> GoalsReport:
    reading = desk.workbook.read()
    assert reading is not None
    return update_goals(desk.office, reading, at)


def reviews(desk: Desk) -> list[Task]:
    return [task for task in desk.tasks.tasks.values() if "/review/" in task.key]


@pytest.mark.parametrize(
    ("day", "name", "words"),
    [
        (date(2026, 10, 1), "2026-Q3", "July to September 2026"),
        (date(2026, 12, 31), "2026-Q3", "July to September 2026"),
        (date(2027, 1, 1), "2026", "the year 2026"),
        (date(2027, 3, 31), "2026", "the year 2026"),
        (date(2027, 4, 1), "2027-Q1", "January to March 2027"),
        (date(2027, 7, 9), "2027-Q2", "April to June 2027"),
    ],
)
def test_a_period_is_a_quarter_or_in_january_the_year(day: date, name: str, words: str) -> None:
    period = period_before(day)
    assert (period.name, period.words) == (name, words)
    assert period.last < day
    assert period.first < period.last


def test_each_goal_is_asked_about_once_a_period() -> None:
    desk = a_desk()
    for day in range(40):
        update(desk, on(2026, 9, 25) + timedelta(days=day))
    assert [task.key for task in reviews(desk)] == [
        "goal/more-voices/review/2026-Q3",
        "goal/visits/review/2026-Q3",
    ]
    first, second = reviews(desk)
    assert first.what.startswith("A look back at July to September 2026: “More voices”. ")
    assert first.what.endswith("Keep, change or close it?")
    assert (first.who, second.who) == ("Noor", "Noor Haddenfield"), "without an owner the first leader is asked"
    assert "Its day has passed" in second.why


def test_an_answer_of_keep_is_asked_again_at_the_next_look_back_and_not_before() -> None:
    desk = a_desk()
    update(desk, on(2026, 9, 30))
    update(desk, on(2026, 10, 1))
    desk.tasks.save([replace(each, state=TaskState.ANSWERED, answer="keep") for each in reviews(desk)], NOON)
    update(desk, on(2026, 12, 20))
    assert len(reviews(desk)) == 2
    update(desk, on(2027, 1, 4))
    update(desk, on(2027, 1, 5))
    assert [task.key.split("/")[-1] for task in reviews(desk)] == ["2026-Q3", "2026-Q3", "2026", "2026"]
    assert "A look back at the year 2026" in reviews(desk)[2].what


def test_an_office_that_slept_through_the_turn_of_the_quarter_looks_back_when_it_wakes() -> None:
    desk = a_desk()
    update(desk, on(2026, 9, 20))
    late = update(desk, on(2026, 11, 20))
    assert late.period is not None
    assert (late.period.name, len(reviews(desk))) == ("2026-Q3", 2)


def test_a_clock_that_goes_back_asks_about_no_earlier_period() -> None:
    desk = a_desk()
    update(desk, on(2027, 1, 2))
    update(desk, on(2026, 12, 30))
    assert update(desk, on(2027, 1, 3)).review is None
    assert {task.key.rpartition("/")[2] for task in reviews(desk)} == {"2026"}
    assert {task.state for task in reviews(desk)} == {TaskState.OPEN}


def test_a_new_office_is_not_asked_about_what_it_has_not_seen() -> None:
    fresh = a_desk()
    fresh.snapshots.snapshots.clear()
    assert update(fresh, on(2026, 10, 6)).period is None, "nothing was measured before"
    assert update(a_desk(), on(2026, 11, 20)).period is None, "nor is one that begins in the middle of a quarter"
    assert update(a_desk(), on(2026, 10, 6)).period is not None, "but what it brought along is looked at"


def test_a_rehearsal_shows_the_pack_and_leaves_the_period_open() -> None:
    desk = a_desk()
    reading = desk.workbook.read()
    assert reading is not None
    assert update_goals(desk.office, reading, NOON, dry_run=True).review is not None
    assert (reviews(desk), desk.shelf.files) == ([], {})
    assert update(desk, NOON).review is not None


def test_the_pack_tells_goals_decisions_members_surveys_and_ideas() -> None:
    desk = a_desk()
    desk.tasks.open([idea_task("fall", "Fall", "Dentists", "Noor"), idea_task("fall", "Fall", "Travel", "Noor")], NOON)
    idea = next(iter(desk.tasks.tasks.values()))
    desk.tasks.save([replace(idea, state=TaskState.ANSWERED, answer="done: Rosa made a list", answered_at=NOON)], NOON)
    results.keep_lines(desk.office, results.SURVEYS, [("Fall", "40", "40 of 70 answered.", "", "", "")], NOON)
    report = update(desk, NOON)
    assert report.review is not None
    told = report.review.markdown
    assert desk.shelf.files["reviews/2026-Q3.md"] == told + "\n"
    assert told.startswith("# A look back at July to September 2026\n\nMade on 6 October 2026")
    assert "| More voices | on the line or reached | 61 | 61 | 80 by 31 December 2026 | ▁█ |" in told
    assert "| Goal | Today | 1 July | 30 September | Aim |" in told
    assert "| not measured yet | not measured yet |" in told
    assert "- **Visits**: Its day has passed. Change the day or the number in Goals, or close it." in told
    assert "Active members on 1 July 2026: 61; on 30 September 2026: 61." in told
    assert "- Fall: 40 of 70 answered." in told
    assert "2 ideas, 1 of them answered.\n\n- New: Travel.\n- Done: Dentists." in told
    for name in ("Noor", "Rosa", "Ana"):
        assert name not in told


def test_the_pack_is_a_page_of_the_goals_round_and_stands_in_one_monday_mail() -> None:
    desk = a_desk()
    pages = [page.key for page in walk(desk.office, "goals", NOON).pages]
    assert pages == ["hmn-goals", "hmn-review"]
    assert "A look back at July" in leaders_page(desk.office, NOON + timedelta(days=6)).markdown
    assert [page.key for page in walk(desk.office, "goals", NOON + timedelta(days=1)).pages] == ["hmn-goals"]
    assert "A look back at July" not in leaders_page(desk.office, NOON + timedelta(days=7)).markdown


def test_the_pack_of_an_earlier_period_is_no_news_when_a_run_ended_half_way() -> None:
    desk = a_desk()
    walk(desk.office, "goals", NOON)
    update(desk, on(2027, 1, 4))  # everything of the round but the page
    assert "A look back" not in leaders_page(desk.office, on(2027, 1, 5)).markdown


def test_an_office_without_goals_still_has_a_look_back() -> None:
    desk = a_desk()
    desk.workbook.put("Goals", HEADER)
    report = update(desk, NOON)
    assert report.review is not None
    assert "No goal is set." in report.review.markdown
    assert "No goal has ended, and none stands still." in report.review.markdown


def a_progress(days: list[tuple[int, float]], *, by_hand: bool = False) -> Progress:
    today = date(2026, 10, 6)
    goal = Goal("Visits", "manual", Unit.COUNT, 90, date(2027, 1, 1), 0, date(2026, 1, 1), is_of_goal=by_hand)
    return progress(goal, [Snapshot("manual", today - timedelta(days=ago), value) for ago, value in days], today)


def test_a_goal_is_stale_without_a_new_value_for_a_quarter_of_a_year() -> None:
    assert is_stale(a_progress([]))
    assert is_stale(a_progress([(120, 5), (100, 6)]))
    assert not is_stale(a_progress([(120, 5), (0, 5)])), "what is measured every day may stay the same"
    assert is_stale(a_progress([(120, 5), (0, 5)], by_hand=True)), "a number by hand that stays the same is not new"
    assert not is_stale(a_progress([(120, 5), (80, 6), (0, 6)], by_hand=True))
