"""Which rows of To do close by themselves: what they asked for happened elsewhere, or nobody needs it any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from network.members import Person, Status
from network.sequences import Enrollment, EnrollmentState
from network.settled import Facts, settled_tasks
from network.tasks import Task, TaskKind, TaskState
from tests.builders import NOON, a_person, a_program

ANA = a_person("ana", recipient_id="hs", status=Status.LEFT)
SINCE = date(2026, 10, 1)


def a_task(kind: TaskKind, key: str, subject: str = "ana") -> Task:
    return Task("T-1", key, kind, "What to do", "", "Noor", subject, SINCE)


def facts(*people: Person, **fields: Any) -> Facts:
    values: dict[str, Any] = {
        "people": {person.id: person for person in people},
        "programs": {"hs": a_program("hs", "Opportunity Council")},
        "approval_of": lambda _: None,
        "questions": {},
    }
    return Facts(**values | fields)


@pytest.mark.parametrize("key", ["call/aian/call/ana", "call/aian/call/ana/2", "note/aian/note/ana"])
def test_a_call_is_needless_once_its_track_is_over(key: str) -> None:
    kind = TaskKind.PERSONAL_NOTE if key.startswith("note") else TaskKind.CALL
    task = a_task(kind, key)
    over = Enrollment("ana", "aian", "1", SINCE, state=EnrollmentState.ENDED)
    assert settled_tasks([task], facts(ANA, ended=frozenset({(over.person_id, over.item)}))) == [task]
    other = replace(over, cycle="2")
    assert settled_tasks([task], facts(ANA, ended=frozenset({(other.person_id, other.item)}))) == []
    assert (
        settled_tasks([replace(task, state=TaskState.ANSWERED)], facts(ANA, ended=frozenset({("ana", "aian")}))) == []
    )


def test_the_search_for_a_successor_stays_open_until_somebody_new_is_there() -> None:
    task = a_task(TaskKind.FIND_MANAGER, "successor/ana")
    before = a_person("ben", recipient_id="hs", first_seen=NOON - timedelta(days=100))
    assert settled_tasks([task], facts(ANA)) == []
    assert settled_tasks([task], facts(ANA, before)) == []
    assert settled_tasks([task], facts(ANA, a_person("eva", recipient_id="hs", first_seen=NOON))) == [task]
    assert settled_tasks([task], facts()) == [task]  # the one who left was forgotten
    alone = replace(ANA, recipient_id=None)
    assert settled_tasks([task], facts(alone, a_person("eva", recipient_id=None, first_seen=NOON))) == []


def test_a_pair_of_recipients_that_were_joined_is_no_question_any_more() -> None:
    task = a_task(TaskKind.SAME_RECIPIENT, "programs/duplicate/hs/hs-2", "hs")
    assert settled_tasks([task], facts()) == [task]
    both = {"hs": a_program("hs"), "hs-2": a_program("hs-2")}
    assert settled_tasks([task], facts(programs=both)) == []


@pytest.mark.parametrize(
    ("unclear", "is_open"),
    [
        ({("mail", 2)}, True),
        ({("mail", 3)}, False),  # sent once more, and asked about anew
        ({("another", 2)}, False),
        (set(), False),  # found, dropped or sent meanwhile
    ],
)
def test_a_mail_that_is_sure_by_now_needs_no_look(unclear: set[tuple[str, int]], is_open: bool) -> None:
    task = a_task(TaskKind.CHECK_DELIVERY, "check/mail/2", "mail")
    assert (settled_tasks([task], facts(unclear=frozenset(unclear))) == []) is is_open


BEN = a_person("ben", email="ben@example.org", recipient_id="hs", first_seen=NOON)


@pytest.mark.parametrize(
    ("person", "dead", "is_open"),
    [
        (BEN, {"ben"}, True),
        (BEN, set(), False),  # the row has another address, or mail arrived from this one
        (replace(BEN, member=replace(BEN.member, email=None)), set(), True),  # nobody knows an address yet
        (replace(BEN, member=replace(BEN.member, status=Status.LEFT)), {"ben"}, False),
        (replace(BEN, in_sheet=False), {"ben"}, False),
        (None, set(), False),
    ],
)
def test_an_address_that_was_mended_is_no_question_any_more(
    person: Person | None, dead: set[str], is_open: bool
) -> None:
    task = a_task(TaskKind.ADDRESS_PROBLEM, "address/ben/bounce-1", "ben")
    known = facts(*([person] if person else []), dead=frozenset(dead))
    assert (settled_tasks([task], known) == []) is is_open


def test_somebody_who_is_said_to_be_gone_is_asked_about_until_they_left_or_somebody_new_is_there() -> None:
    task = a_task(TaskKind.ADDRESS_PROBLEM, "reply/digest", "ben")
    assert settled_tasks([task], facts(BEN)) == [], "their own first day is no successor"
    assert settled_tasks([task], facts(BEN, a_person("eva", recipient_id="hs", first_seen=NOON))) == [task]
    assert settled_tasks([task], facts(replace(BEN, member=replace(BEN.member, status=Status.LEFT)))) == [task]
