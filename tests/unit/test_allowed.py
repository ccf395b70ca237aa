"""What people have just let go is planned at once; where nobody acted, nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.local.words import PackagedWords
from network.approvals import START_DELAY, Approval, Decision
from network.jobs.allowed import plan_what_was_allowed
from network.jobs.recruitment import apply_recruitment, plan_recruitment
from network.members import Status
from network.messages import Stream
from network.preferences import Sending
from network.programs import ProgramType
from network.stores import LaneState
from network.tasks import TaskState
from tests.builders import NOON, Desk, a_person, a_program

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def desk() -> Desk:
    """An office whose morning planning has asked for an approval and for a call."""
    made = Desk(words=PackagedWords())  # type: ignore[arg-type]
    made.programs.programs = [
        a_program("hs", "Opportunity Council", program_type=ProgramType.HS_EHS, number="10CH010550"),
        a_program("tribal", "Example Tribe", number="90CI000001"),
    ]
    made.lanes.states["local"] = LaneState(date(2026, 9, 1), "")
    for name, recipient in (("ana", "hs"), ("bea", "tribal")):
        made.people.people[name] = a_person(
            name,
            name=f"{name.title()} Example",
            email=f"{name}@example.org",
            status=Status.INVITE,
            state="WA",
            recipient_id=recipient,
            already_known=False,
        )
    apply_recruitment(made.office, plan_recruitment(made.office, NOON), NOON)
    return made


def approve(desk: Desk, item: str, at: datetime = NOON) -> None:
    request = next(each for each in desk.approvals.pending() if each.item == item)
    desk.approvals.decide(Approval(item, request.fingerprint, Decision.APPROVED, "Noor", at, request.addressees))


def letters(desk: Desk) -> list[str]:
    return sorted(key for key, record in desk.outbox.rows.items() if record.message.stream is not Stream.OFFICE)


def test_nothing_happens_where_nobody_acted(desk: Desk) -> None:
    before = (dict(desk.outbox.rows), dict(desk.tasks.tasks), desk.enrollments.all())
    assert plan_what_was_allowed(desk.office, LATER) is None
    assert (dict(desk.outbox.rows), dict(desk.tasks.tasks), desk.enrollments.all()) == before


def test_an_approved_letter_is_planned_when_its_quarter_of_an_hour_is_over(desk: Desk) -> None:
    approve(desk, "recruitment/head_start/letter-1/HS_EHS")
    assert plan_what_was_allowed(desk.office, NOON + START_DELAY - timedelta(minutes=1)) is None
    assert plan_what_was_allowed(desk.office, LATER) is not None
    assert letters(desk) == ["recruitment/head_start/letter-1/ana"]
    assert plan_what_was_allowed(desk.office, LATER + timedelta(minutes=10)) is None  # once


def test_an_approval_of_older_words_sets_nothing_going(desk: Desk) -> None:
    item = "recruitment/head_start/letter-1/HS_EHS"
    desk.approvals.decide(Approval(item, "of other words", Decision.APPROVED, "Noor", NOON, 1))
    assert plan_what_was_allowed(desk.office, LATER) is None


def test_a_yes_on_the_phone_is_welcomed_on_the_same_day(desk: Desk) -> None:
    approve(desk, "welcome/welcome/letter-1/AIAN")
    task = desk.tasks.tasks["call/aian/call/bea"]
    desk.tasks.tasks[task.key] = replace(task, answer="reached-yes", answered_at=NOON, state=TaskState.ANSWERED)
    assert plan_what_was_allowed(desk.office, LATER) is not None
    assert letters(desk) == ["welcome/welcome/letter-1/bea"]
    assert plan_what_was_allowed(desk.office, LATER + timedelta(minutes=10)) is None


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 10, 10, 17, 0, tzinfo=UTC),  # a Saturday
        datetime(2026, 10, 7, 15, 0, tzinfo=UTC),  # 08:00 in Seattle: the morning's planning does it at 09:05
    ],
)
def test_it_waits_for_a_planning_day(desk: Desk, at: datetime) -> None:
    approve(desk, "recruitment/head_start/letter-1/HS_EHS")
    assert plan_what_was_allowed(desk.office, at) is None


def test_a_rehearsal_and_an_office_that_is_off_plan_nothing(desk: Desk) -> None:
    approve(desk, "recruitment/head_start/letter-1/HS_EHS")
    assert plan_what_was_allowed(desk.office, LATER, dry_run=True) is None
    desk.is_live = False
    assert plan_what_was_allowed(desk.office, LATER) is None


def test_only_to_me_makes_tests_and_enrols_nobody() -> None:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    desk.programs.programs = [a_program("hs", "Opportunity Council", program_type=ProgramType.HS_EHS)]
    desk.lanes.states["local"] = LaneState(date(2026, 9, 1), "")
    desk.people.people["ana"] = a_person("ana", status=Status.INVITE, state="WA", recipient_id="hs")
    desk.preferences = replace(desk.preferences, sending=Sending.ONLY_TO_ME)
    apply_recruitment(desk.office, plan_recruitment(desk.office, NOON), NOON)
    approve(desk, "recruitment/head_start/letter-1/HS_EHS", NOON - timedelta(days=1))
    for _ in range(2):
        apply_recruitment(desk.office, plan_recruitment(desk.office, NOON), NOON)
    assert desk.enrollments.all() == []
    assert letters(desk) == []
    tests = [record.message for record in desk.outbox.rows.values() if record.message.is_test]
    assert [(test.address, test.content.subject.startswith("[Test]")) for test in tests] == [("hmn@example.org", True)]
    desk.preferences = replace(desk.preferences, sending=Sending.ON)
    apply_recruitment(desk.office, plan_recruitment(desk.office, NOON), NOON)
    assert letters(desk) == ["recruitment/head_start/letter-1/ana"]
