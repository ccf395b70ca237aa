"""Each metric of the catalogue counts what it says, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from network.disclosure import Cell, OptionShown, Shown
from network.goals import Goal, Unit
from network.ideas import idea_task
from network.members import Person, RoleKind, Status
from network.messages import MessageRecord, State, Stream
from network.metrics import CATALOGUE, Measured, Remembered, backfilled, measure, spellings
from network.newsletter import IssueRecord, IssueState
from network.programs import Program, ProgramType
from network.statistics import Interval
from network.survey_results import MeanShown, QuestionResult, SurveyResult
from network.surveys import Question, QuestionKind, Survey
from network.tasks import Task, TaskKind, TaskState
from tests.builders import NOON, a_message, a_person, a_program

TODAY = NOON.date()
GOAL = Goal("Useful", "survey mean", Unit.SCORE, 4.5, date(2027, 6, 30))


def remembered(**fields: object) -> Remembered:
    return replace(Remembered(TODAY), **fields)  # type: ignore[arg-type]


def a_record(person_id: str, stream: Stream = Stream.RECRUITMENT, state: State = State.SENT) -> MessageRecord:
    return MessageRecord(a_message(person_id, f"{person_id}@example.org", stream=stream), state, "", 1, NOON, NOON)


def a_task(kind: TaskKind, since: date, answered: datetime | None = None, key: str = "k", subject: str = "") -> Task:
    state = TaskState.ANSWERED if answered else TaskState.OPEN
    return Task("T-1", key, kind, "", "", "", subject, since, state, "done: x" if answered else "", answered)


def people(*statuses: tuple[str, Status, str | None]) -> list[Person]:
    return [
        a_person(name, status=status, recipient_id=recipient, email=f"{name}@example.org")
        for name, status, recipient in statuses
    ]


def programs() -> list[Program]:
    return [
        a_program("wa-lummi"),
        a_program("wa-yakama", "Yakama Nation", number="90CI009990"),
        a_program("wa-field", "Field", number="90CM009834", program_type=ProgramType.MSHS),
        a_program("wa-city", "City", number="10CH010001", program_type=ProgramType.HS_EHS),
        a_program("or-other", "Other", number="10CH010002", program_type=ProgramType.HS_EHS, states=("OR",)),
    ]


SOME = people(
    ("ana", Status.MEMBER, "wa-lummi"),
    ("ben", Status.MEMBER, "wa-lummi"),
    ("cleo", Status.INVITE, "wa-city"),
    ("dan", Status.LEFT, "wa-field"),
    ("eve", Status.MEMBER, None),
)


@pytest.mark.parametrize(
    ("name", "value", "base"),
    [
        ("active members", 3, None),
        ("programs represented", 1, 4),
        ("coverage", 25, 4),
        ("AI/AN coverage", 50, 2),
        ("MSHS coverage", 0, 1),
        ("Head Start coverage", 0, 1),
    ],
)
def test_members_and_programs_are_counted_in_scope(name: str, value: float, base: int | None) -> None:
    assert measure(name, remembered(people=SOME, programs=programs(), states=("WA",))) == Measured(value, base)


def test_coverage_of_no_known_program_is_not_zero() -> None:
    for name in ("programs represented", "coverage", "MSHS coverage", "directors who have our contact"):
        assert isinstance(measure(name, remembered(people=SOME)), str)


def test_a_director_has_our_contact_after_a_mail_or_as_a_member() -> None:
    directors = [
        a_person("d1", role_kind=RoleKind.DIRECTOR, status=Status.INVITE, recipient_id="wa-lummi"),
        a_person("d2", role_kind=RoleKind.DIRECTOR, status=Status.MEMBER, recipient_id="wa-yakama"),
        a_person("d3", role_kind=RoleKind.DIRECTOR, status=Status.INVITE, recipient_id="wa-city"),
        a_person("m1", status=Status.INVITE, recipient_id="wa-field"),
    ]
    records = [a_record("d1"), a_record("m1"), a_record("d3", state=State.QUEUED), a_record("d3", Stream.ANSWER)]
    found = measure(
        "directors who have our contact",
        remembered(people=directors, programs=programs(), states=("WA",), records=records),
    )
    assert found == Measured(50, 4)


def test_data_are_confirmed_for_a_year() -> None:
    confirmed = {"ana": TODAY - timedelta(days=30), "ben": TODAY - timedelta(days=366), "dan": TODAY}
    assert measure("data confirmed this year", remembered(people=SOME, confirmed=confirmed)) == Measured(33.3, 3)
    assert isinstance(measure("data confirmed this year", remembered()), str)


def a_result(question: QuestionResult | None = None, answered: int = 40, asked: int | None = 70) -> SurveyResult:
    return SurveyResult(Survey("Fall", ()), answered, asked, (question,) if question else ())


def test_the_response_rate_is_the_latest_that_is_known() -> None:
    results = [a_result(answered=10), a_result(answered=40), a_result(asked=None)]
    assert measure("response rate", remembered(results=results)) == Measured(57.1, 70)
    assert "Asked" in str(measure("response rate", remembered(results=[a_result(asked=None)])))


def a_scale(cells: tuple[Cell, ...], mean: MeanShown | None) -> QuestionResult:
    labels = ("1", "2", "3", "4", "5")
    question = Question("Fall", "useful", "How useful?", QuestionKind.SCALE, labels, goal="USEFUL ")
    return QuestionResult(question, 40, Shown(40, cells), mean=mean)


FULL = (Cell(("1", "2", "3"), 10, "3"), Cell(("4",), 18, "4"), Cell(("5",), 12, "5"))


def test_a_survey_mean_belongs_to_the_question_that_names_the_goal() -> None:
    shown = a_scale(FULL, MeanShown(3.9, 4.1, Interval(3.6, 4.3), 5))
    assert measure("survey mean", remembered(results=[a_result(shown)]), GOAL) == Measured(4.0, 40)
    assert "Too few" in str(measure("survey mean", remembered(results=[a_result(a_scale((), None))]), GOAL))
    assert "names this goal" in str(measure("survey mean", remembered(results=[a_result()]), GOAL))
    other = replace(GOAL, name="Another")
    assert "names this goal" in str(measure("survey mean", remembered(results=[a_result(shown)]), other))


def test_a_survey_share_counts_only_lines_that_are_shown() -> None:
    assert measure("survey share", remembered(results=[a_result(a_scale(FULL, None))]), GOAL) == Measured(75, 40)
    straddling = (Cell(("1", "2"), 10, "2"), Cell(("3", "4"), 18, "3"), Cell(("5",), 12, "5"))
    assert "Too few" in str(measure("survey share", remembered(results=[a_result(a_scale(straddling, None))]), GOAL))
    many = Question("Fall", "parts", "Which?", QuestionKind.MANY, ("Meetings", "Calls"), goal="Useful")
    options = QuestionResult(many, 40, options=(OptionShown("Meetings", 30), OptionShown("Calls", None)))
    assert measure("survey share", remembered(results=[a_result(options)]), GOAL) == Measured(75, 40)


def an_issue(name: str, **report: float) -> IssueRecord:
    return IssueRecord(name, "members", "en", IssueState.REPORTED, name, NOON, report=report)


def test_the_newsletter_is_counted_over_three_issues() -> None:
    issues = [
        replace(an_issue("1", delivered=10, bounced=10, clicked=10), changed_at=NOON - timedelta(days=90)),
        an_issue("2", delivered=90, bounced=10, clicked=30, unsubscribed=1),
        an_issue("3", delivered=100, bounced=0, clicked=20, unsubscribed=2),
        an_issue("4", delivered=110, bounced=0, clicked=10),
    ]
    assert measure("newsletter delivered", remembered(issues=issues)) == Measured(96.8, 310)
    assert measure("newsletter clicked", remembered(issues=issues)) == Measured(20, 300)
    assert measure("newsletter unsubscribed", remembered(issues=issues)) == Measured(1, 300)
    assert isinstance(measure("newsletter clicked", remembered()), str)


def test_without_a_report_our_own_outbox_says_what_was_delivered() -> None:
    states = (State.SENT, State.SENT, State.SENT, State.FAILED, State.QUEUED)
    records = [a_record(f"p{n}", Stream.NEWSLETTER, state) for n, state in enumerate(states)]
    assert measure("newsletter delivered", remembered(records=records)) == Measured(75, 4)
    assert isinstance(measure("newsletter delivered", remembered()), str)


def test_our_own_outbox_too_is_counted_over_three_issues() -> None:
    records = []
    for issue in range(5):
        for reader in range(4):
            record = a_record(f"p{reader}", Stream.NEWSLETTER, State.FAILED if reader > issue else State.SENT)
            message = replace(record.message, item=f"2026-0{issue + 1}")
            records.append(replace(record, message=message, changed_at=NOON + timedelta(days=30 * issue)))
    assert measure("newsletter delivered", remembered(records=records)) == Measured(91.7, 12)


def test_a_reply_that_was_handed_on_is_not_answered_yet() -> None:
    handed = replace(
        a_task(TaskKind.ANSWER_REPLY, date(2026, 9, 20), datetime(2026, 9, 20, 12, tzinfo=UTC)),
        state=TaskState.OPEN,
        answer="hand to Rosa",
    )
    assert measure("replies answered within a day", remembered(tasks=[handed])) == Measured(0, 1)


def test_an_empty_office_counts_nothing_or_says_why_and_never_divides_by_it() -> None:
    for name in CATALOGUE:
        told = measure(name, remembered(), GOAL)
        assert told == Measured(0) if name in ("active members", "referrals") else isinstance(told, str) and told


def test_the_past_of_what_is_dated_is_counted_as_it_was_on_each_day() -> None:
    reply = a_task(TaskKind.ANSWER_REPLY, date(2026, 8, 20), datetime(2026, 8, 21, 12, tzinfo=UTC))
    late = a_task(TaskKind.ANSWER_REPLY, date(2026, 9, 10), datetime(2026, 9, 20, 12, tzinfo=UTC))
    known = remembered(people=SOME, tasks=[reply, late])
    past = backfilled("replies answered within a day", known)
    assert {each.value for each in past if each.day < date(2026, 9, 10)} == {100}
    assert {each.value for each in past if each.day > date(2026, 9, 12)} == {50}
    assert min(each.day for each in past) > date(2026, 8, 20)
    assert backfilled("coverage", known) == [], "who was with us then, nobody knows"


def test_a_reply_is_answered_within_a_day_or_not() -> None:
    noon = datetime(2026, 9, 2, 12, tzinfo=UTC)
    tasks = [
        a_task(TaskKind.ANSWER_REPLY, date(2026, 9, 1), noon),
        a_task(TaskKind.ANSWER_REPLY, date(2026, 8, 20), noon),
        a_task(TaskKind.ANSWER_REPLY, date(2026, 9, 20)),
        a_task(TaskKind.ANSWER_REPLY, date(2025, 9, 20)),
        a_task(TaskKind.ANSWER_REPLY, TODAY),
        a_task(TaskKind.CALL, date(2026, 9, 20)),
    ]
    assert measure("replies answered within a day", remembered(tasks=tasks)) == Measured(33.3, 3)
    assert isinstance(measure("replies answered within a day", remembered()), str)


def test_retention_looks_at_those_who_joined_one_to_two_years_ago() -> None:
    long_ago, recent = TODAY - timedelta(days=500), TODAY - timedelta(days=20)
    members = [a_person(f"m{n}", joined_on=long_ago) for n in range(4)]
    members += [a_person(f"l{n}", joined_on=long_ago, status=Status.LEFT) for n in range(2)]
    members += [a_person("new", joined_on=recent), a_person("old", joined_on=TODAY - timedelta(days=900))]
    assert measure("retention over 12 months", remembered(people=members)) == Measured(66.7, 6)
    assert "too few" in str(measure("retention over 12 months", remembered(people=members[:3])))


def test_referrals_are_those_of_the_last_year() -> None:
    referred = a_person("r", referred_by="Ana", first_seen=NOON - timedelta(days=10))
    earlier = a_person("e", referred_by="Ana", first_seen=NOON - timedelta(days=400))
    assert measure("referrals", remembered(people=[referred, earlier, *SOME])) == Measured(1)


def test_ideas_closed_are_those_that_ended_with_an_answer() -> None:
    new = idea_task("fall", "Fall", "Dentists", "Noor")
    tasks = [a_task(TaskKind.SURVEY, TODAY, answered, new.key, new.subject) for answered in (NOON, None, None, None)]
    assert measure("ideas closed", remembered(tasks=tasks)) == Measured(25, 4)
    assert isinstance(measure("ideas closed", remembered()), str)


def test_a_number_by_hand_is_the_one_typed() -> None:
    assert measure("manual", remembered(), replace(GOAL, value=7.0)) == Measured(7)
    assert "column Value" in str(measure("manual", remembered(), GOAL))


def test_every_metric_is_documented_and_no_spelling_means_two() -> None:
    page = (Path(__file__).parents[2] / "docs" / "goals.md").read_text(encoding="utf-8")
    for metric in CATALOGUE.values():
        assert f"| {metric.name} | {metric.meaning} |" in page
    count = sum(1 + len(metric.aliases) for metric in CATALOGUE.values())
    assert len(spellings()) == count
