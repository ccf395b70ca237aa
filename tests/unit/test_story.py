"""`hmn why`: what happened to one person, in order, and what comes next, in the words of the screen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.consent import ConsentFact, FactKind
from network.jobs.recruitment import apply_recruitment, plan_recruitment
from network.jobs.story import Story, story_of
from network.members import Status
from network.programs import ProgramType
from network.stores import LaneState
from tests.builders import NOON, Desk, a_person, a_program


@pytest.fixture
def desk() -> Desk:
    made = Desk(words=PackagedWords())  # type: ignore[arg-type]
    made.programs.programs = [
        a_program("hs", "Opportunity Council", program_type=ProgramType.HS_EHS, number="10CH010550"),
        a_program("tribal", "Example Tribe", number="90CI000001"),
    ]
    made.lanes.states["local"] = LaneState(date(2026, 9, 1), "")
    for name, recipient in (("ana", "hs"), ("bea", "tribal")):
        made.people.people[name] = a_person(
            name, email=f"{name}@example.org", status=Status.INVITE, state="WA", recipient_id=recipient
        )
    return made


def plan(desk: Desk) -> None:
    apply_recruitment(desk.office, plan_recruitment(desk.office, NOON), NOON)


def told(desk: Desk, name: str) -> Story:
    (story,) = story_of(desk.office, f"{name}@example.org", NOON)
    return story


def test_nobody_reads_that_we_may_write_to_a_tribal_program_before_somebody_said_so(desk: Desk) -> None:
    plan(desk)
    story = told(desk, "bea")
    assert story.today.startswith("A call or a personal note (Tribal (AI/AN)): waits for a person")
    assert story.lines[-1].words.startswith("Tribal (AI/AN): under way: waits for a person")


def test_what_waits_and_what_comes_next_is_said(desk: Desk) -> None:
    plan(desk)
    assert told(desk, "ana").today == "Letter 1 (Head Start): waiting for your approval"
    for request in desk.approvals.pending():
        at = NOON - timedelta(days=1)
        desk.approvals.decide(Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", at, 1))
    assert told(desk, "ana").today == "next is Letter 1 (Head Start), on Tue 6 October"
    plan(desk)
    assert any(line.words == "Letter 1 (Head Start): waits to go" for line in told(desk, "ana").lines)


def test_a_no_is_the_first_thing_said(desk: Desk) -> None:
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="ana", address="ana@example.org")])
    assert told(desk, "ana").today == "we do not write: asked us to stop"
    assert [line.words for line in told(desk, "ana").lines if line.what == "consent"] == ["asked us to stop (reply)"]


def test_a_wait_says_until_when(desk: Desk) -> None:
    until = NOON + timedelta(days=20)
    desk.consents.add([ConsentFact(NOON, FactKind.LATER, "reply", person_id="ana", until=until)])
    assert told(desk, "ana").today == "we do not write: asked to be written to later until Mon 26 October"


def test_a_stranger_has_no_story(desk: Desk) -> None:
    assert story_of(desk.office, "nobody@example.org", NOON) == ()
