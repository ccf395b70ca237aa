"""One sentence beside each row: what was asked of us, what to fix, what waits, what comes next."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from network.consent import ConsentFact, ConsentFacts, FactKind
from network.members import IssueKind, RowIssue, Status
from network.messages import Stream
from network.sentences import Known, next_touches, open_tasks, sentence_for, short_day
from network.sequences import PlannedTouch
from network.tasks import Task, TaskKind, TaskState
from tests.builders import NOON, a_member, a_person

SEATTLE = ZoneInfo("America/Los_Angeles")
MAY_4 = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)  # still 3 May in Seattle
KEY = a_member().key


def issue(kind: IssueKind, sentence: str) -> RowIssue:
    return RowIssue("Members", KEY, kind, sentence, row=2)


def fact(kind: FactKind, **fields: Any) -> ConsentFacts:
    return ConsentFacts((ConsentFact(MAY_4, kind, "reply", **fields),))


def beside(known: Known, *issues: RowIssue) -> str:
    return sentence_for(issues, known, SEATTLE)


def task(kind: TaskKind, **fields: object) -> Task:
    return Task("T-7", "key", kind, "Are Ana and Anna one person?", "", "", "p-ana", date(2026, 5, 4), **fields)  # type: ignore[arg-type]


def test_a_row_that_is_understood_is_ok() -> None:
    assert beside(Known(a_person())) == "OK"
    assert beside(Known()) == "OK"


def test_a_note_follows_the_ok() -> None:
    note = issue(IssueKind.NOTE, "Role is blank, so this person counts as a manager.")
    assert beside(Known(a_person()), note) == "OK. Role is blank, so this person counts as a manager."


def test_every_fix_stands_in_one_sentence() -> None:
    fixes = [issue(IssueKind.FIX, "Type a name."), issue(IssueKind.FIX, "Type an address.")]
    assert beside(Known(a_person()), *fixes) == "Fix: Type a name. Type an address."


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (Status.ON_HOLD, "On hold: nothing is sent. Choose Member or Invite when that ends."),
        (Status.LEFT, "Left: nothing is sent. Who is the health manager at Lummi Nation now? Add a row."),
        (Status.DO_NOT_CONTACT, "Do not contact: nothing is sent. Only you can change that."),
    ],
)
def test_a_mark_of_the_coordinator_is_repeated(status: Status, begins: str) -> None:
    assert beside(Known(a_person(status=status))) == begins


def test_somebody_who_asked_us_to_stop_is_named_with_the_day_and_the_way_back() -> None:
    known = Known(a_person(), fact(FactKind.NO, person_id="p-ana"))
    assert beside(known, issue(IssueKind.NOTE, "noted")) == (
        "Asked us to stop on 3 May. To bring back, type in To do: asked back ana@example.org, by phone, and the day."
    )
    assert beside(known, issue(IssueKind.FIX, "Type a name.")).endswith("Fix: Type a name.")


def test_a_no_to_the_newsletter_alone_stops_no_letter() -> None:
    facts = ConsentFacts((ConsentFact(MAY_4, FactKind.NO, "reply", person_id="p-ana", stream=Stream.NEWSLETTER),))
    assert beside(Known(a_person(), facts)) == "OK"


def test_what_waits_for_a_person_says_so() -> None:
    waiting = issue(IssueKind.WAITING, "is this person already with you? Choose Member or Invite.")
    assert beside(Known(a_person()), waiting) == ("Waiting: is this person already with you? Choose Member or Invite.")
    alike = issue(IssueKind.WAITING, "Looks like the row of Anna (row 3): same person? Answer in To do.")
    assert beside(Known(a_person()), alike).startswith("Looks like the row of Anna")


def test_open_questions_about_a_person_stand_beside_their_row() -> None:
    invited = a_person(status=Status.INVITE)
    yes = task(TaskKind.SET_STATUS)
    assert beside(Known(invited, tasks=(yes,))) == "Said yes 4 May, please set Status to Member."
    assert beside(Known(a_person(), tasks=(yes,))) == "OK"
    same = task(TaskKind.SAME_PERSON)
    assert beside(Known(a_person(), tasks=(same,))) == ("Waiting: Are Ana and Anna one person? Answer T-7 in To do.")
    assert open_tasks([same, task(TaskKind.CALL, state=TaskState.CLOSED)]) == {"p-ana": (same,)}


def test_an_address_that_does_not_work_asks_for_another() -> None:
    assert beside(Known(a_person(), fact(FactKind.BOUNCE_HARD, address="ana@example.org"))) == (
        "Fix: mail to this address comes back. Who is the health manager at Lummi Nation now? Type their address."
    )


def test_the_next_letter_is_named_with_its_day_in_the_networks_zone() -> None:
    soon = PlannedTouch("p-ana", "Ana Torres", "Letter 2", NOON, "")
    later = PlannedTouch("p-ana", "Ana Torres", "Letter 3", NOON.replace(month=11), "")
    held = PlannedTouch("p-ana", "Ana Torres", "Letter 2", None, "", held="waiting for approval")
    assert next_touches([later, soon, held]) == {"p-ana": soon}
    invited = a_person(status=Status.INVITE)
    assert beside(Known(invited, next_touch=soon)) == "Next: Letter 2 on Tue 6 Oct"
    assert beside(Known(invited, next_touch=held)) == "Waiting: Letter 2, for approval."
    assert short_day(MAY_4, SEATTLE) == "Sun 3 May"


def test_a_letter_that_must_be_mended_makes_a_short_sentence_that_ends_once() -> None:
    wrong = PlannedTouch("p-ana", "Ana", "Letter 1 (Head Start)", None, "", held="Letter 1: type a Meeting link.")
    assert beside(Known(a_person(status=Status.INVITE), next_touch=wrong)) == (
        "Waiting: Letter 1 (Head Start), its letter must be mended first, see HMN today."
    )


def test_an_invite_is_told_that_recruitment_is_off() -> None:
    invited = a_person(status=Status.INVITE)
    assert beside(Known(invited, invites=False)) == (
        "Waiting: nobody is invited while Job: recruitment is off in Settings."
    )
    assert beside(Known(invited)) == "OK"
    assert beside(Known(a_person(), invites=False)) == "OK"
