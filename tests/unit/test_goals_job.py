"""A round of goals: a snapshot a day, a word to the owner when one turns, reviews, a page that says its pictures."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from network.goals import Snapshot
from network.jobs import results, surveys
from network.jobs.goal_report import goals_in_a_sentence, history_csv
from network.jobs.goals import GoalsReport, import_history, page, results_tab, update_goals
from network.sequences import Enrollment, EnrollmentState
from network.surveys import Response
from network.tabs import Reading
from tests.builders import NOON, Desk, a_person, a_program
from tests.fakes_outside import FakeCharts

EXAMPLE = Path(__file__).parents[2] / "examples" / "washington"
TODAY = date(2026, 10, 6)
HEADER = ("Goal", "Metric", "Baseline", "Baseline on", "Target", "Target on", "Direction", "Value", "Owner")
MEMBERS = ("More voices", "active members", 40.0, "2026-01-01", 80.0, "2026-12-31", "more", None, "Noor")
LATER = NOON + timedelta(days=28)  # no turn of a quarter


def a_desk(*rows: tuple[object, ...], members: int = 70) -> Desk:
    desk = Desk()
    desk.workbook.put("Goals", HEADER, *(rows or (MEMBERS,)))  # type: ignore[arg-type]
    for number in range(members):
        desk.people.people[f"p{number}"] = a_person(f"p{number}", email=f"p{number}@example.org")
    return desk


def reading(desk: Desk) -> Reading:
    found = desk.workbook.read()
    assert found is not None
    return found


def update(desk: Desk, at: datetime = LATER) -> GoalsReport:
    return update_goals(desk.office, reading(desk), at)


def leave(desk: Desk, count: int) -> None:
    for person_id in list(desk.people.people)[:count]:
        del desk.people.people[person_id]


def test_one_snapshot_a_metric_and_day() -> None:
    desk = a_desk(MEMBERS, ("Again", *MEMBERS[1:]))
    first, second = update(desk), update(desk)
    assert (first.measured, second.measured) == (1, 0)
    assert [(each.metric, each.value) for each in desk.snapshots.history()] == [("active members", 70)]
    leave(desk, 1)
    update(desk)
    assert [each.value for each in desk.snapshots.history()] == [69]
    update(desk, LATER + timedelta(days=1))
    assert [each.value for each in desk.snapshots.history()] == [69, 69]


def test_a_second_run_of_the_day_writes_nothing_new() -> None:
    desk = a_desk()
    update(desk, NOON)
    before = (dict(desk.snapshots.snapshots), dict(desk.cursors.values), dict(desk.tasks.tasks), dict(desk.shelf.files))
    update(desk, NOON)
    after = (desk.snapshots.snapshots, desk.cursors.values, desk.tasks.tasks, desk.shelf.files)
    assert before == after


def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    desk, dry = a_desk(), a_desk()
    told = update_goals(dry.office, reading(dry), LATER, dry_run=True)
    assert page(told, FakeCharts()).markdown == page(update(desk), FakeCharts()).markdown
    assert not any([dry.snapshots.snapshots, dry.cursors.values, dry.tasks.tasks, dry.shelf.files])


def test_a_goal_without_a_number_says_what_to_type() -> None:
    by_hand = ("Visits", "manual", 0.0, "2026-01-01", 10.0, "2026-12-31", "more", None, "")
    desk = a_desk(by_hand, members=0)
    told = page(update(desk), FakeCharts()).markdown
    assert "**No colour yet.** No number yet. Type the number of today in the column Value." in told
    assert not desk.snapshots.history()


def test_the_number_of_members_is_kept_without_any_goal() -> None:
    desk = a_desk(("Visits", "manual", 0.0, "2026-01-01", 10.0, "2026-12-31", "more", 3.0, "Noor"))
    update(desk)
    assert [(each.metric, each.value) for each in desk.snapshots.history()] == [
        ("active members", 70),
        ("manual/visits", 3),
    ]


def test_what_is_dated_is_counted_backwards_on_the_first_day() -> None:
    desk = a_desk(("Friends", "referrals", 0.0, "2026-01-01", 10.0, "2026-12-31", "more", None, "Noor"), members=0)
    for number, days in enumerate((10, 20, 200)):
        referred = a_person(f"r{number}", referred_by="Ana", first_seen=LATER - timedelta(days=days))
        desk.people.people[referred.id] = referred
    first = update(desk)
    points = first.progresses[0].points
    assert [each.value for each in points][-5:] == [1, 1, 2, 3, 3]
    assert min(each.day for each in points) > (LATER - timedelta(days=200)).date(), "nobody was known before"
    assert update(desk).measured == 0


def test_a_wrong_row_stops_no_other() -> None:
    desk = a_desk(("Odd", "shoe size", None, None, 1.0, "2026-12-31", "", None, ""), MEMBERS)
    report = update(desk)
    assert [each.goal.name for each in report.progresses] == ["More voices"]
    assert "Row 2: We know no metric “shoe size”." in page(report, FakeCharts()).markdown
    told = {row[0]: row[3:5] for row in results_tab(report).rows}
    assert told["Odd"][0] == "to put right", "and the sheet says it too"
    assert str(told["Odd"][1]).startswith("We know no metric “shoe size”.")


def test_earlier_values_come_in_once_and_never_over_our_own() -> None:
    desk = a_desk()
    update(desk, NOON)
    rows = [
        {"Metric": "active members", "Day": "2026-09-01", "Value": "62"},
        {"Metric": "active members", "Day": "2026-10-06", "Value": "1"},
        {"Metric": "shoe size", "Day": "2026-09-01", "Value": "1"},
    ]
    came, sentences = import_history(desk.office, rows)
    assert (came, len(sentences)) == (1, 1)
    assert [each.value for each in desk.snapshots.history()] == [62, 70]
    assert import_history(desk.office, rows)[0] == 0


def test_a_tab_of_earlier_values_comes_in_by_itself() -> None:
    desk = a_desk()
    desk.workbook.put("Goals history", ("Metric", "Day", "Value"), ("active members", "2026-09-01", 62.0))
    assert update(desk).measured == 2
    assert update(desk).measured == 0
    assert [each.value for each in desk.snapshots.history()] == [62, 70]


def test_confirmed_data_are_those_who_said_still_right() -> None:
    goal = ("Fresh", "data confirmed this year", 0.0, "2026-01-01", 90.0, "2026-12-31", "more", None, "")
    desk = a_desk(goal, members=4)
    ended = Enrollment("p0", "still_right", "2026", date(2026, 9, 1), 1, None, EnrollmentState.ENDED, "still right")
    other = replace(ended, person_id="p1", reason="asked us to stop")
    desk.enrollments.save([replace(each, ended_on=date(2026, 9, 2)) for each in (ended, other)], NOON)
    (found,) = update(desk).progresses
    assert found.latest == Snapshot("data confirmed this year", LATER.date(), 25, 4)


def test_a_survey_question_feeds_its_goal_only_through_what_is_shown() -> None:
    useful = ("Useful", "survey mean", 3.0, "2026-01-01", 4.5, "2026-12-31", "more", None, "")
    desk = a_desk(useful)
    desk.workbook.put(
        "Survey questions",
        ("Survey", "Question", "Kind", "Labels", "Goal"),
        ("Fall", "How useful?", "scale", "1; 2; 3; 4; 5", "Useful"),
    )
    at = NOON - timedelta(days=9)
    desk.surveys.responses = [Response("Fall", f"r{n}", at, {"How useful?": (str(3 + n % 3),)}) for n in range(30)]
    assert "No answers yet" in update(desk, NOON).progresses[0].reason
    surveys.read_surveys(desk.office, reading(desk), NOON)
    (found,) = update(desk, NOON).progresses
    assert found.latest == Snapshot("survey mean/useful", TODAY, 4.0, 30)
    desk.surveys.responses.append(Response("Fall", "late", NOON, {"How useful?": ("1",)}))
    later = NOON + timedelta(days=9)
    surveys.read_surveys(desk.office, reading(desk), later)
    assert update(desk, later).progresses[0].latest == Snapshot("survey mean/useful", later.date(), 4.0, 30)


def test_both_rounds_write_one_tab_and_keep_each_others_lines() -> None:
    desk = a_desk()
    desk.workbook.put("Survey questions", ("Survey", "Question", "Kind", "Labels"), ("Fall", "Day?", "choice", "a; b"))
    goal_tab = results_tab(update(desk))
    survey_tab = surveys.results_tab(surveys.read_surveys(desk.office, reading(desk), LATER))
    assert [row[0] for row in survey_tab.rows] == ["More voices", "Fall"]
    assert results_tab(update(desk)) == survey_tab
    assert goal_tab.title == survey_tab.title == results.TITLE


def test_the_page_says_the_pictures_in_words_and_names_nobody() -> None:
    desk = a_desk()
    import_history(desk.office, [{"Metric": "active members", "Day": "2026-02-01", "Value": 41.0}])
    charts = FakeCharts()
    told = page(update(desk), charts).markdown
    assert "![More voices: from 41 on 1 February 2026 to 70 on 3 November 2026; the goal is 80 by 31 December" in told
    assert "Noor" not in told
    assert charts.drawn == ["More voices"]
    assert "data:" not in page(update(desk), charts).short, "a mail shows no pictures"


def test_a_share_is_told_with_the_numbers_behind_it() -> None:
    goal = ("Corners", "coverage", 0.0, "2026-01-01", 90.0, "2026-12-31", "more", None, "Noor")
    desk = a_desk(goal, members=1)
    desk.programs.programs = [a_program(f"wa-{n}", number=f"90CI00999{n}") for n in range(3)]
    desk.people.people["p0"] = replace(desk.people.people["p0"], recipient_id="wa-1")
    assert "Last value: 33 % (1 of 3), on 3 November 2026." in page(update(desk), FakeCharts()).markdown


def test_a_job_that_is_off_measures_nothing() -> None:
    desk = a_desk()
    desk.preferences = replace(desk.preferences, jobs=frozenset())
    assert page(update(desk), FakeCharts()).markdown == "# Goals\n\nGoals are off in Settings."
    assert not desk.snapshots.history()


def test_every_value_can_be_taken_along() -> None:
    desk = a_desk()
    update(desk)
    assert desk.shelf.files["goals/history.csv"] == "Metric,Day,Value,Of how many\nactive members,2026-11-03,70,\n"
    assert history_csv([Snapshot("coverage", TODAY, 12.5, 48)]).endswith("coverage,2026-10-06,12.5,48\n")


def test_the_lines_of_results_are_a_file_that_runs_no_formula() -> None:
    desk = a_desk(("=HYPERLINK(1)", *MEMBERS[1:]), (' +1, "x"\ny', *MEMBERS[1:]))
    update(desk)
    rows = list(csv.reader(desk.shelf.files["results.csv"].splitlines(keepends=True)))
    assert rows[0] == ["What", "Now", "Aim or of how many", "How it stands", "In words", "So far"]
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)", '\'+1, "x" y']
    assert not any(cell.lstrip()[:1] in "=+-@" for row in rows for cell in row if cell)


def test_a_summary_counts_the_colours() -> None:
    desk = a_desk(MEMBERS, ("Visits", "manual", 0.0, "2026-01-01", 10.0, "2026-12-31", "more", None, ""))
    assert goals_in_a_sentence(update(desk)) == "2 goals: 1 a little behind or unsure, 1 too early to say."


def test_the_example_office_has_a_reason_for_each_of_its_goals() -> None:
    desk = Desk()
    for tab, file in (("Goals", "goals.csv"), ("Goals history", "goals-history.csv")):
        with (EXAMPLE / file).open(encoding="utf-8", newline="") as lines:
            header, *rows = [[cell.removeprefix("{number} ") for cell in row] for row in csv.reader(lines)]
        desk.workbook.put(tab, header, *rows)
    desk.programs.programs = [a_program()]
    report = update(desk, NOON)
    assert not report.issues
    assert len(report.progresses) == 6
    assert all(each.reason and each.points for each in report.progresses)
