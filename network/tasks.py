"""What a person must do and why; the short answers they may give; and requests they type themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from network.keys import TASK, fitted


class TaskKind(StrEnum):
    """Every kind of *To do*; each has its own short list of answers (see `ANSWERS`)."""

    APPROVE = "approve"  # look at a sample and say whether it may go out
    CALL = "call"  # phone somebody: a sequence waits for the outcome
    PERSONAL_NOTE = "personal_note"  # write a note by hand: a sequence waits
    ANSWER_REPLY = "answer_reply"  # a human reply waits in the network mailbox
    SET_STATUS = "set_status"  # the sheet should say what happened: "Said yes 4 May"
    SAME_PERSON = "same_person"  # two rows or two addresses: one person?
    FIND_MANAGER = "find_manager"  # nobody is known at a program
    ASK_MONTHS = "ask_months"  # when is this Migrant and Seasonal program open?
    TYPE_FACT = "type_fact"  # type into Programs what we were told
    CHECK_DELIVERY = "check_delivery"  # not sure it arrived
    AFTER_PAUSE = "after_pause"  # we were away; go or drop
    BREAKER = "breaker"  # the sheet changed so much that we stopped
    ADDRESS_PROBLEM = "address_problem"  # a bounce: who is the health manager now?
    ASK_NEWSLETTER = "ask_newsletter"  # left the newsletter: are meeting notices wanted?
    STORY_CONSENT = "story_consent"  # may this new member be named?
    STORY = "story"  # a success came by reply: may it be published, with the name, without, or not?
    SURVEY = "survey"  # too few to show; an item of the loop
    GOAL = "goal"  # a goal turned; keep, change or close?
    SAME_RECIPIENT = "same_recipient"  # two names in Programs: one recipient?
    REFERRAL = "referral"  # somebody else should be invited
    TAKEN_OVER = "taken_over"  # another computer may have invited them: once more, or let it rest?
    TYPED_REQUEST = "typed_request"  # what a person typed into a new row: why, forget, ...


ANSWERS: dict[TaskKind, tuple[str, ...]] = {
    TaskKind.APPROVE: ("approve", "not yet", "stop"),
    TaskKind.CALL: ("reached-yes", "reached-may write", "left message", "not now", "wrong number", "new contact: …"),
    TaskKind.PERSONAL_NOTE: ("done", "reached-may write", "not now", "hand to …"),
    TaskKind.ANSWER_REPLY: ("done", "hand to …", "stop"),
    TaskKind.SET_STATUS: ("done",),
    TaskKind.SAME_PERSON: ("same person", "two people"),
    TaskKind.SAME_RECIPIENT: ("two recipients", "done"),
    TaskKind.FIND_MANAGER: ("done", "not now", "hand to …"),
    TaskKind.ASK_MONTHS: ("done", "months: …"),
    TaskKind.TYPE_FACT: ("done",),
    TaskKind.CHECK_DELIVERY: ("retry", "drop"),
    TaskKind.AFTER_PAUSE: ("go", "drop"),
    TaskKind.BREAKER: ("go", "stop"),
    TaskKind.ADDRESS_PROBLEM: ("done", "not now"),
    TaskKind.ASK_NEWSLETTER: ("done", "stop"),
    TaskKind.STORY_CONSENT: ("approve", "not yet"),
    TaskKind.STORY: ("with name: …", "without name: …", "no"),
    TaskKind.SURVEY: ("on the agenda", "doing: …", "done: …", "not now: …"),
    TaskKind.GOAL: ("keep", "change", "close"),
    TaskKind.REFERRAL: ("done", "not now"),
    TaskKind.TAKEN_OVER: ("invite again", "done"),
    TaskKind.TYPED_REQUEST: ("done",),
}


class TaskState(StrEnum):
    """What *To do* says about itself."""

    OPEN = "open"
    ANSWERED = "got it"
    CLOSED = "no longer needed"


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be opened; `key` makes it unique, so asking twice opens one."""

    key: str  # "approve/recruitment/head_start/letter-1/HS_EHS"
    kind: TaskKind
    what: str
    why: str
    who: str = ""
    subject: str = ""  # the id of what it is about: person, program, item, message key

    def __post_init__(self) -> None:
        # A key may be made of an answer, a theme or a name that somebody typed, however long.
        object.__setattr__(self, "key", fitted(self.key, TASK))


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its reference (`T-142`), as people see it in *To do*."""

    ref: str
    key: str
    kind: TaskKind
    what: str
    why: str
    who: str
    subject: str
    since: date
    state: TaskState = TaskState.OPEN
    answer: str = ""
    answered_at: datetime | None = None
    in_sheet: bool = False  # whether our row was seen in *To do* at least once
