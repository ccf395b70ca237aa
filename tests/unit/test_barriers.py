"""What keeps people from joining: heard in replies to the letters that ask, counted, and joined to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from network.barriers import NAME, QUESTION, barriers_in
from network.jobs.inbox import read_inbox
from network.jobs.surveys import page, read_surveys
from network.members import Status
from network.messages import State
from network.mime import message_id
from tests.builders import NOON, Desk, a_message, a_person, an_incoming
from tests.unit.test_surveys_job import a_desk, deliver, reading


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1. Practical forms.\n2. Time, and the drive.", ("Time", "Distance")),
        ("1) less travel please\n2) permission from my supervisor\n3) Tuesday", ("Permission",)),
        ("1. Nothing\n2. El tiempo y la distancia", ("Time", "Distance")),
        ("I have no time in fall.", ("Time",)),
        ("Queda muy lejos para mí.", ("Distance",)),
        ("Tuesday is a good time to call me.", ()),
        ("Time is not a problem. It is too far.", ("Distance",)),
        ("Yes, please call.", ()),
        ("", ()),
        ("Thanks!\n\nOn Mon, Oct 5, 2026, Noor wrote:\n> 2. What stands in the way: no time, too far?", ()),
        ("2. 🤷", ()),
    ],
)
def test_only_what_the_writer_names_is_heard(text: str, named: tuple[str, ...]) -> None:
    assert barriers_in(text) == named


def an_office(people: int, step: str = "letter-2") -> Desk:
    desk = a_desk()
    for number in range(people):
        person = a_person(f"p{number}", email=f"p{number}@example.org", status=Status.INVITE)
        desk.people.people[person.id] = person
        desk.outbox.queue([a_message(person.id, f"p{number}@example.org", step=step, reply_ref=f"REF{number}")], NOON)
    deliver(desk, NOON)
    return desk


def reply(desk: Desk, number: int, text: str, step: str = "letter-2", mail: str = "") -> None:
    sent = a_message(f"p{number}", f"p{number}@example.org", step=step)
    references = (message_id(sent.key, "example.org"),)
    desk.inbox.mails.append(
        an_incoming(text, f"p{number}@example.org", id=f"<{mail or number}@x>", references=references)
    )
    read_inbox(desk.office, NOON + timedelta(hours=1))


def heard(desk: Desk) -> list[tuple[str, ...]]:
    return [each.answers[QUESTION] for each in desk.responses.all(NAME)]


def test_a_reply_to_the_letter_that_asks_is_an_answer_once() -> None:
    desk = an_office(2)
    reply(desk, 0, "1. forms\n2. time")
    reply(desk, 0, "2. and distance", mail="again")
    assert heard(desk) == [("Time",)]
    reply(desk, 1, "2. permission")
    assert sorted(heard(desk)) == [("Permission",), ("Time",)]


@pytest.mark.parametrize("text", ["STOP. No time for this.", "Yes, call me.", "Please remove me, too far."])
def test_a_no_and_what_names_nothing_are_no_answers(text: str) -> None:
    desk = an_office(1)
    reply(desk, 0, text)
    assert heard(desk) == []


def test_a_letter_that_did_not_ask_brings_no_answer() -> None:
    desk = an_office(1, step="letter-1")
    reply(desk, 0, "I have no time.", step="letter-1")
    assert heard(desk) == []


def test_nothing_beside_the_answer_tells_who_wrote_it() -> None:
    desk = an_office(1)
    reply(desk, 0, "1. forms\n2. time, my boss Maria says")
    (kept,) = desk.responses.all(NAME)
    assert kept.reference == ""
    assert kept.submitted_at.day == 1
    assert "Maria" not in repr(kept)
    story = repr(desk.events.events) + repr(desk.tasks.tasks)
    assert kept.response_id not in story


def test_it_is_shown_beside_how_many_were_asked_when_ten_have_answered() -> None:
    desk = an_office(40)
    for number in range(9):
        reply(desk, number, "2. time" if number % 2 else "2. time and distance")
    later = NOON + timedelta(days=30)
    assert "Too few" not in page(read_surveys(desk.office, reading(desk), later)).markdown
    assert "9 answers so far" in page(read_surveys(desk.office, reading(desk), later)).markdown
    for number in range(9, 14):
        reply(desk, number, "2. permission")
    words = page(read_surveys(desk.office, reading(desk), later)).markdown
    assert "14 of 40" in words
    assert "| Time | 9 of 14" in words
    assert "| Permission | 5 of 14" in words
    assert not [row for row in desk.outbox.rows.values() if row.state is State.QUEUED], "nobody is asked by it"


def test_an_office_that_heard_nothing_shows_no_such_survey() -> None:
    desk = an_office(3)
    assert NAME not in page(read_surveys(desk.office, reading(desk), NOON)).markdown
