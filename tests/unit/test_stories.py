"""A success told by reply: asked about, printed once, and only as far as its writer agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.jobs.inbox import read_inbox
from network.jobs.newsletter import prepare_issues, send_issues
from network.jobs.outbox import LAST_RUN, READ_INBOX, READ_SHEET, SHEET_VERSION, deliver
from network.members import Status
from network.messages import Receipt, State, Stream
from network.outbox import NOT_APPROVED
from network.rendering import Letterhead
from network.tabs import Cell, Reading
from network.tasks import Task, TaskKind, TaskState
from network.to_do import understand_answer
from tests.builders import NOON, Desk, a_person, an_incoming, some_preferences

HEADER = ("Issue", "Send on", "For", "Section", "Title", "Text")
OCTOBER = ("October 2026", "2026-10-06", "members", "Health", "Lead tests", "Ask the clinic.")
NOVEMBER = ("November 2026", "2026-11-10", "members", "Health", "Asthma", "Look at each plan.")
QUARTER = timedelta(minutes=16)
TOLD = "We now check hearing in the first week."
LATER = NOON + timedelta(days=35, hours=1)


def a_desk(*rows: tuple[Cell, ...]) -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]  # the same port
    desk.preferences = some_preferences(blocks=frozenset({"One success"}))
    for name in ("ana", "bea"):
        fields: dict[str, Any] = {"email": f"{name}@example.org", "newsletter": True, "state": "WA"}
        desk.people.people[f"p-{name}"] = a_person(f"p-{name}", name=f"{name.title()} Torres", **fields)
    desk.workbook.put("Newsletter", HEADER, *(rows or (OCTOBER, NOVEMBER)))
    return desk


def reading_of(desk: Desk) -> Reading:
    reading = desk.workbook.read()
    assert reading is not None
    return reading


def a_reply(desk: Desk, text: str, sender: str = "ana@example.org", number: int = 1) -> list[Task]:
    desk.inbox.mails.append(an_incoming(text, sender, id=f"<{number}@example.org>"))
    read_inbox(desk.office, NOON)
    return [task for task in desk.tasks.all() if task.kind is TaskKind.STORY]


def a_story(desk: Desk, answer: str = f"without name: {TOLD}", number: int = 1, at: datetime = NOON) -> Task:
    (*_, task) = a_reply(desk, f"STORY\n\n{TOLD} Not one child is missed now.", number=number)
    answered = replace(task, state=TaskState.ANSWERED, answer=answer, answered_at=at)
    desk.tasks.save([answered], at)
    return answered


@lru_cache(maxsize=1)
def letterhead() -> Letterhead:
    return Letterhead.load(PackagedWords(), some_preferences())


def run(desk: Desk, at: datetime = NOON) -> None:
    desk.now = at
    prepare_issues(desk.office, reading_of(desk), at, letterhead=letterhead())
    send_issues(desk.office, reading_of(desk), at, letterhead=letterhead())


def sample(desk: Desk) -> str:
    return desk.approvals.pending()[-1].sample


def approve(desk: Desk, at: datetime) -> None:
    for request in desk.approvals.pending():
        answer = Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", at, request.addressees)
        desk.office.approvals.decide(answer)


def deliver_all(desk: Desk, at: datetime) -> None:
    desk.now = at
    for name in (READ_SHEET, READ_INBOX, LAST_RUN):
        desk.cursors.set(name, at.isoformat(), at)
    desk.cursors.set(SHEET_VERSION, reading_of(desk).version or "", at)
    desk.outbox.look_again.clear()
    assert not deliver(desk.office, at).held


def send(desk: Desk, at: datetime) -> str:
    """One issue from the question to its last mail; its text."""
    run(desk, at)
    approve(desk, at)
    run(desk, at + QUARTER)
    texts = []
    for key, row in desk.outbox.rows.items():
        if row.message.stream is Stream.NEWSLETTER and row.state is State.QUEUED:
            texts.append(row.message.content.text)
            receipt = Receipt("local", row.message.file_stem, at)
            desk.outbox.rows[key] = replace(row, state=State.SENT, changed_at=at, receipt=receipt)
    run(desk, at + timedelta(days=1))
    return texts[0]


# --- the reply --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "STORY\n\nWe now check hearing in the first week. Nobody is missed, but it took us a year.",
        "Story: we stopped losing forms. The nurse puts them into one folder now.",
        "Hello Noor,\n\nI would like to share a success story with you all: our dentist comes to us.",
        "HISTORIA\n\nAhora revisamos la vista en la primera semana, y no falta nadie.",
    ],
)
def test_a_story_becomes_a_row_that_asks_for_consent_and_keeps_no_word_of_it(text: str) -> None:
    desk = a_desk()
    (task,) = a_reply(desk, text)
    assert "with your name, without, or not?" in task.what
    assert "Ana Torres" in task.what
    assert "dentist" not in task.what + task.why
    assert "folder" not in task.what + task.why
    assert a_reply(desk, text) == [task], "read twice, asked once"


@pytest.mark.parametrize(
    "text",
    [
        "Story",
        "Thank you, see you on Thursday.",
        "STOP",
        "That is another story for another day, I am afraid.",
        "We always enjoy the success stories in your newsletter. See you all on Thursday.",
        "Story of the dentist: can you send me the link to it again? I lost it.",
    ],
)
def test_what_is_no_story_asks_nothing(text: str) -> None:
    assert a_reply(a_desk(), text) == []


def test_a_stranger_tells_no_story_in_a_members_name() -> None:
    assert a_reply(a_desk(), f"STORY\n\n{TOLD} Not one child is missed.", "stranger@example.org") == []


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        (f"with name: {TOLD}", ("with name", TOLD, "")),
        (f"Without name - {TOLD}", ("without name", TOLD, "")),
        (f"sin nombre: {TOLD}", ("without name", TOLD, "")),
        ("no", ("no", "", "")),
        ("They said no.", ("no", "", "")),
        ("approve", None),
    ],
)
def test_the_answer_says_whether_the_name_may_be_printed(typed: str, choice: tuple[str, str, str] | None) -> None:
    assert understand_answer(TaskKind.STORY, typed) == choice


# --- the issue --------------------------------------------------------------------------------------------------------


def test_without_an_answer_or_with_a_no_nothing_is_printed() -> None:
    desk = a_desk()
    a_reply(desk, f"STORY\n\n{TOLD} Not one child is missed now.")
    run(desk)
    assert "One success" not in sample(desk)
    again = a_desk()
    a_story(again, answer="no")
    run(again)
    assert "One success" not in sample(again)


@pytest.mark.parametrize(("answer", "is_named"), [(f"with name: {TOLD}", True), (f"without name: {TOLD}", False)])
def test_a_yes_prints_the_typed_words_with_or_without_the_name(answer: str, is_named: bool) -> None:
    desk = a_desk()
    a_story(desk, answer)
    run(desk)
    assert TOLD in sample(desk)
    assert ("Ana Torres" in sample(desk)) is is_named


def test_a_story_is_told_once_by_the_next_issue() -> None:
    desk = a_desk()
    a_story(desk)
    assert TOLD in send(desk, NOON)
    assert TOLD not in send(desk, LATER)


def test_of_two_stories_each_has_an_issue_of_its_own_the_older_first() -> None:
    desk = a_desk()
    a_story(desk, "without name: The second.", number=2, at=NOON - timedelta(hours=1))
    a_story(desk, "without name: The first.", number=1, at=NOON - timedelta(hours=2))
    october, november = send(desk, NOON), send(desk, LATER)
    assert ("The first." in october, "The second." in october) == (True, False)
    assert ("The first." in november, "The second." in november) == (False, True)


def test_a_story_that_comes_after_the_question_waits_for_the_next_issue() -> None:
    desk = a_desk()
    run(desk)
    a_story(desk, at=NOON + timedelta(minutes=5))
    assert TOLD not in send(desk, NOON + QUARTER)
    assert TOLD in send(desk, LATER)


@pytest.mark.parametrize("why", ["taken back", "left", "forgotten"])
def test_a_yes_that_is_gone_takes_the_story_out_and_lapses_the_approval(why: str) -> None:
    desk = a_desk()
    task = a_story(desk, f"with name: {TOLD}")
    run(desk)
    assert TOLD in sample(desk)
    if why == "taken back":
        desk.tasks.save([replace(task, answer="no")], NOON)
    elif why == "left":
        person = desk.people.people["p-ana"]
        desk.people.people["p-ana"] = replace(person, member=replace(person.member, status=Status.LEFT))
    else:
        del desk.people.people["p-ana"]
    run(desk, NOON + QUARTER)
    assert TOLD not in sample(desk)


@pytest.mark.parametrize("why", ["taken back", "left"])
def test_a_yes_taken_back_calls_back_every_mail_that_has_not_gone(why: str) -> None:
    desk = a_desk()
    task = a_story(desk, f"with name: {TOLD}")
    run(desk)
    approve(desk, NOON)
    at = NOON + QUARTER
    run(desk, at)
    first, second = sorted(key for key in desk.outbox.rows if key.startswith("newsletter/"))
    desk.outbox.rows[first] = replace(desk.outbox.rows[first], state=State.SENT)
    if why == "left":
        person = desk.people.people["p-ana"]
        desk.people.people["p-ana"] = replace(person, member=replace(person.member, status=Status.LEFT))
    else:
        desk.tasks.save([replace(task, answer="no")], at)
    deliver_all(desk, at)
    assert desk.outbox.rows[second].state is State.QUEUED
    assert desk.outbox.rows[second].reason == NOT_APPROVED
    at = NOON + timedelta(days=1)
    run(desk, at)
    assert TOLD not in sample(desk), "asked again without it"
    assert not [name for name, page in desk.shelf.files.items() if name.startswith("archive/") and TOLD in page]
    deliver_all(desk, at)
    assert desk.outbox.rows[second].state is State.QUEUED, "a question is no answer"
    approve(desk, at)
    run(desk, at + QUARTER)
    deliver_all(desk, at + QUARTER)
    (mail,) = [each for each in desk.mailer.sent if each.stream is Stream.NEWSLETTER]
    assert mail.key == second, "who had it gets no second one"
    assert TOLD not in mail.content.text
    assert {str(each.state) for each in desk.issues.all() if each.issue == "october-2026"} == {"scheduled"}


def test_a_success_that_people_wrote_themselves_leaves_the_story_for_the_next_issue() -> None:
    own = ("October 2026", "2026-10-06", "members", "Un logro", "Ours", "We wrote this ourselves.")
    desk = a_desk(OCTOBER, own, NOVEMBER)
    a_story(desk)
    assert TOLD not in send(desk, NOON)
    assert TOLD in send(desk, LATER)
