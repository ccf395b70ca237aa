"""What may go out, by whom allowed, until when: approval is bound to a fingerprint of words and audience."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

START_DELAY = timedelta(minutes=15)  # every approval can be called back for this long


class Decision(StrEnum):
    """What an approver said; the first to answer wins."""

    APPROVED = "approved"
    NOT_YET = "not yet"
    STOPPED = "stopped"  # an approval called back, or a plain no


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A question to the approvers about one item, shown as a rendered sample."""

    item: str  # "recruitment/head_start/letter-1/HS_EHS", "newsletter/2026-10/members/en"
    fingerprint: str  # of words and audience rule, see `fingerprint_of`
    code: str  # what an approver types: APPROVE 7K2M
    asked_at: datetime
    title: str  # what leaders read: "Letter 1 to Head Start programs"
    addressees: int
    sample: str = ""  # plain text, made with a made-up person


@dataclass(frozen=True, slots=True)
class Approval:
    """An answer to one request."""

    item: str
    fingerprint: str
    decision: Decision
    by: str  # a role or an approver's name as listed in Settings; never an address
    at: datetime
    addressees: int

    @property
    def starts_at(self) -> datetime:
        return self.at + START_DELAY


# Nothing that reads like another sign, aloud or in print: no 0 O, 1 I L, 5 S, 8 B, U V.
CODE_SIGNS = "234679ACDEFGHJKMNPQRTWXYZ"
_LARGER_AT_LEAST = 5


def fingerprint_of(words: Iterable[str], audience: str) -> str:
    """One short text for these words and this audience; another as soon as either changes.

    Only line ends and blanks at the end of a line do not count: no reader sees them.
    """
    digest = hashlib.sha256()
    for text in (audience, *words):
        seen = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
        digest.update(len(seen).to_bytes(8, "big") + seen.encode())
    return digest.hexdigest()[:32]


def code_of(item: str, fingerprint: str, attempt: int = 0) -> str:
    """Four signs that an approver types; the next `attempt` gives others, where these are taken."""
    number = int.from_bytes(hashlib.sha256(f"{item}|{fingerprint}|{attempt}".encode()).digest()[:8], "big")
    signs = ""
    for _ in range(4):
        number, place = divmod(number, len(CODE_SIGNS))
        signs += CODE_SIGNS[place]
    return signs


def is_lapsed(approval: Approval, fingerprint: str, addressees: int | None = None) -> bool:
    """Tells whether what was approved is no longer what would go: other words or rule, or a clearly larger list.

    `addressees` is given where the count belongs to the approval (an issue, a notice): more than 10 % and at least 5
    above lapses it; people leaving never do.
    """
    if approval.fingerprint != fingerprint:
        return True
    if addressees is None:
        return False
    more = addressees - approval.addressees
    return more >= _LARGER_AT_LEAST and more > approval.addressees / 10


def may_start(approval: Approval | None, fingerprint: str, now: datetime, addressees: int | None = None) -> bool:
    """Tells whether sending may begin: approved, for just this, and the quarter of an hour to call it back is over."""
    return (
        approval is not None
        and approval.decision is Decision.APPROVED
        and not is_lapsed(approval, fingerprint, addressees)
        and now >= approval.starts_at
    )


def holds_because(approval: Approval | None, fingerprint: str, addressees: int | None = None) -> str:
    """Why it may not go, in the words of the screen; blank when approved (from `starts_at` on)."""
    if approval is None:
        return "waiting for your approval"
    if is_lapsed(approval, fingerprint, addressees):
        return "text or list changed, please look again"
    return {
        Decision.APPROVED: "",
        Decision.NOT_YET: "you said: not yet",
        Decision.STOPPED: "stopped",
    }[approval.decision]
