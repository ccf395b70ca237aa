"""Asks the approvers about one issue or notice: the question, its row in *To do*, and the mail as it would arrive.

Asked once for a fingerprint, however often it is called: the question, the task and each test mail have their own keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count as count_up

from network.approvals import Approval, ApprovalRequest, code_of, fingerprint_of, holds_because
from network.cadence import business_days_after, local_day, say_day
from network.messages import Content, Message, Stream, reply_ref_of
from network.newsletter import IssueState
from network.ports import Office
from network.preferences import Preferences
from network.reports import count
from network.stores import Approvals
from network.tasks import NewTask, TaskKind

ASK_AHEAD = timedelta(days=7)  # an approval is asked for when the day of sending is this near
GIVEN_UP = timedelta(days=14)
_AGAIN = "asked.again"  # the cursor of the round, by item
_ASKED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the approval of something is: the state it gives, why, and whether an answer that stands came to nothing.

    With `again` the same words are asked about once more, under a new fingerprint: the first answer to one stays.
    """

    state: IssueState
    reason: str
    again: bool = False


def standing(approval: Approval | None, question: Question, today: date, preferences: Preferences) -> Standing:
    """Tells whether what is asked about may go. An approval is good until one business day after its day, or after it
    was given; later it is asked again, because what was right last week may be wrong today.
    """
    held = holds_because(approval, question.fingerprint, question.addressees)
    if approval is not None and approval.fingerprint == question.fingerprint and held.startswith("text or list"):
        return Standing(IssueState.WAITING, held, again=True)
    if held.startswith(("you said", "stopped")):
        return Standing(IssueState.HELD, held)
    if held or approval is None:
        return Standing(IssueState.WAITING, "" if approval is None else held)
    good_from = max(question.day, local_day(approval.at, preferences))
    if today > business_days_after(good_from, 1, preferences.states):
        return Standing(IssueState.WAITING, "its day went by; please say again that it may go", again=True)
    return Standing(IssueState.APPROVED, f"goes on {say_day(max(question.day, today))}")


def has_passed(day: date, today: date, preferences: Preferences, *, was_asked: bool) -> bool:
    """Tells whether a day of sending went by so long ago that nobody is asked any more: a person types a new day."""
    if was_asked:
        return today > day + GIVEN_UP
    return today > business_days_after(day, 1, preferences.states)


@dataclass(frozen=True, slots=True)
class Question:
    """What an approver is asked: may this go to so many people on that day."""

    item: str
    fingerprint: str
    title: str  # "October 2026 for members, in English"
    addressees: int
    day: date
    preview: str = ""  # where the mail can be opened, as a sentence; blank where nowhere

    @property
    def audience(self) -> str:
        """Who gets it and when, in words."""
        return f"{count(self.addressees, 'person', 'people')}, on {say_day(self.day)}"


@dataclass(frozen=True, slots=True)
class Round:
    """Which asking this is: blank the first time, then the day and the count that are asked about."""

    text: str = ""

    @property
    def day(self) -> date | None:
        return date.fromisoformat(self.text.partition("/")[0]) if self.text else None


def read_round(office: Office, item: str, day: date | None) -> Round:
    """The round that counts for a day of sending; a later day typed by a person begins anew."""
    round_ = Round(office.cursors.get(f"{_AGAIN}/{item}") or "")
    return round_ if round_.day is not None and day is not None and round_.day >= day else Round()


def next_round(office: Office, question: Question, today: date, at: datetime) -> Round:
    """Begins another round and remembers it."""
    round_ = Round(f"{max(question.day, today).isoformat()}/{question.addressees}")
    office.cursors.set(f"{_AGAIN}/{question.item}", round_.text, at)
    return round_


def fingerprint_in(round_: Round, item: str, rule: str, words: Iterable[str]) -> str:
    """The fingerprint of words and audience in this round."""
    return fingerprint_of(words, "/".join(part for part in (item, rule, round_.text) if part))


def code_for(approvals: Approvals, item: str, fingerprint: str) -> str:
    """Four signs that no other question has; the same for the same question."""
    for attempt in count_up():
        code = code_of(item, fingerprint, attempt)
        taken = approvals.by_code(code)
        if taken is None or (taken.item, taken.fingerprint) == (item, fingerprint):
            return code
    raise AssertionError("codes never run out")


def task_about(request: ApprovalRequest, what: str, why: str) -> NewTask:
    """The row of *To do* that asks; its key ends with the words it is about, so that the answer is bound to them."""
    return NewTask(
        key=f"approve/{request.item}/{request.fingerprint[:12]}",
        kind=TaskKind.APPROVE,
        what=what,
        why=why,
        subject=request.item,
    )


def note_above(question: Question, code: str, subject: str, hints: Iterable[str] = ()) -> str:
    """What stands above the sample, so that nobody takes it for the real mail."""
    above = question_above(
        code,
        what=f"{question.title}. Its subject: {subject}",
        audience=count(question.addressees, "person", "people"),
        when=f"{say_day(question.day)}, and not before 15 minutes after your yes",
        hints=hints,
    )
    return f"**May this go out?** Only approvers get this test.\n\n{above}"


def question_above(code: str, *, what: str, audience: str, when: str, hints: Iterable[str] = ()) -> str:
    """How to answer, first; then what is asked about, who would get it and when it starts."""
    lines = [
        ("Your answer", f"reply **APPROVE {code}** to this mail, or answer in *To do*"),
        ("What", what),
        ("To whom", audience),
        ("When", when),
        (
            "Not like this",
            f"change the words in the sheet, and you are asked again. Or reply NOT YET {code}, or STOP {code}",
        ),
        *(("Worth knowing", hint) for hint in hints),
    ]
    return "\n".join(f"- **{name}:** {words.rstrip('.')}." for name, words in lines)


def ask(office: Office, question: Question, code: str, sample: Content, at: datetime) -> ApprovalRequest:
    """Keeps the question, opens its task and queues the sample for every approver; again, it changes nothing."""
    request = office.approvals.ask(
        ApprovalRequest(
            item=question.item,
            fingerprint=question.fingerprint,
            code=code,
            asked_at=at,
            title=question.title,
            addressees=question.addressees,
            sample=sample.text,
        )
    )
    task = task_about(
        request,
        f"{question.title}: may it go out to {question.audience}? Type approve, not yet or stop.",
        f"Nothing goes to many people before somebody has seen it. The approvers have it by mail and may reply "
        f"APPROVE {request.code}. {question.preview}".strip(),
    )
    office.tasks.open([task], at)
    office.outbox.queue(_samples(office, question, sample, at), at)
    return request


def _samples(office: Office, question: Question, sample: Content, at: datetime) -> list[Message]:
    return [
        Message(
            stream=Stream.OFFICE,
            item=f"approve-{question.fingerprint[:12]}",
            step=reply_ref_of(address),
            person_id="office",
            address=address,
            to_name="",
            content=Content(f"May this go out? {question.title}", sample.text, sample.html),
            due_at=at,
            not_after=at + _ASKED_FOR,
            reply_ref=reply_ref_of(f"{question.item}/{question.fingerprint}/{address}"),
            is_test=True,
        )
        for address in office.preferences().approvers
    ]
