"""What may go out, by whom allowed, until when: approval is bound to a fingerprint of words and audience."""

from __future__ import annotations

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
