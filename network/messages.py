"""A message to one person: its key, its content, its delivery states and how a run balances."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from network.keys import NAME, fitted


class Stream(StrEnum):
    """Why we write; consent and caps are decided for each stream."""

    RECRUITMENT = "recruitment"  # person-to-person invitation
    WELCOME = "welcome"  # the first days of a member
    STILL_RIGHT = "still_right"  # "Is this still right?" and the directors' term mail
    NEWSLETTER = "newsletter"  # an issue, one person at a time where no Mailchimp is used
    NOTICE = "notice"  # "write to the members about Thursday"
    SURVEY = "survey"  # invitation and reminders
    ANSWER = "answer"  # what the person asked for: confirmation of STOP, a requested Spanish letter
    OFFICE = "office"  # to leaders and coordinators: the Monday mail, test mails, alarms


class State(StrEnum):
    """Where a message is on its way out."""

    QUEUED = "queued"  # waiting for a claim
    CLAIMED = "claimed"  # one worker holds it until the claim expires
    DISPATCHING = "dispatching"  # a request may have left; never simply repeated
    SENT = "sent"  # the provider accepted it, with a receipt
    TO_CHECK = "to_check"  # nobody knows whether it was accepted; looked up, else a person decides
    FAILED = "failed"  # refused for good, with the reason
    SKIPPED = "skipped"  # no longer wanted (consent, exit, dropped), with the reason
    MISSED = "missed"  # past its `not_after`


TAKEN_OVER = "may have gone before this computer took over"  # a reason: only a person lets such a mail go again

FINAL_STATES = frozenset({State.SENT, State.FAILED, State.SKIPPED, State.MISSED})


@dataclass(frozen=True, slots=True)
class Content:
    """The words of one message, rendered: what a member reads."""

    subject: str
    text: str
    html: str


FIRST_NOTICE = "notice"  # the step of a notice itself; later ones change or cancel it


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person. `key` is unique for ever; `address_key` keeps two persons of one address apart."""

    stream: Stream
    item: str  # which letter, issue, notice or survey: "head_start", "2026-10", ...
    step: str  # which part of it: "letter-1", "reminder-2"
    person_id: str
    address: str  # normalised
    to_name: str
    content: Content
    due_at: datetime
    not_after: datetime
    language: str = "en"
    reply_ref: str = ""  # opaque; stands in List-Unsubscribe and tells who answers, from whatever address
    in_reply_to: str = ""  # message key of the first letter of the same thread
    list_id: str = ""
    approval_item: str = ""  # which approval covers it; blank where none is needed
    fingerprint: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_test: bool = False

    @property
    def key(self) -> str:
        return f"{self._part}/{self.person_id}"

    @property
    def is_correction(self) -> bool:
        """Tells whether it changes or cancels what a notice said: it goes whatever else this person got today."""
        return self.stream is Stream.NOTICE and self.step != FIRST_NOTICE

    @property
    def address_key(self) -> str:
        return f"{self._part}/@{self.address}"

    @property
    def _part(self) -> str:
        """What the mail is, without to whom: a survey and a theme in it may have long names."""
        return f"{self.stream}/{fitted(self.item, NAME)}/{fitted(self.step, NAME)}"

    @property
    def file_stem(self) -> str:
        """A name safe for any file system that tells nothing about the person."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:24]


def reply_ref_of(key: str) -> str:
    """Eight signs for a mail's `reply_ref`: the same for ever; they tell us who answers, and nobody else anything."""
    return base64.b32encode(hashlib.sha256(key.encode()).digest())[:8].decode()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A small file that travels with a message: a calendar entry."""

    name: str
    media_type: str  # "text/calendar; method=REQUEST"
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A message held by one worker: fenced by (owner, attempt), worthless after `expires`."""

    message: Message
    owner: str
    attempt: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider said when it accepted a message; `raw` stays for questions later, without addresses."""

    lane: str
    provider_id: str
    at: datetime
    raw: Mapping[str, str] = field(default_factory=dict)


class Fate(StrEnum):
    """What a provider says about a dispatch whose answer we did not get."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The last look before a message leaves: go, wait (it stays queued), or skip for good; with the reason in words."""

    goes: bool
    reason: str = ""
    is_final: bool = False  # skip for good; else it waits
    until: datetime | None = None  # when to look again, where that is known


GO = Ruling(goes=True)


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message as the ledger knows it."""

    message: Message
    state: State
    reason: str
    attempt: int
    changed_at: datetime
    planned_at: datetime
    receipt: Receipt | None = None
    handle: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Balance:
    """`planned = sent + skipped + missed + failed + to_check + waiting`, with every reason counted (promise 1)."""

    sent: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    missed: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    to_check: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        return (
            self.sent
            + sum(self.skipped.values())
            + self.missed
            + sum(self.failed.values())
            + self.to_check
            + sum(self.waiting.values())
        )
