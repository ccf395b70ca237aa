"""An issue of the newsletter: assembled from rows, checked, its states. Notices have their own module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class IssueState(StrEnum):
    """Where one edition of one issue is."""

    COLLECTING = "collecting"
    IN_CHECK = "in check"
    WAITING = "waiting for approval"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENT = "sent"
    REPORTED = "reported"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """One edition of one issue in one language as the ledger knows it; unique for the three."""

    issue: str
    edition: str  # "members", "directors and partners"
    language: str
    state: IssueState
    title: str  # exact, deterministic: how the campaign is found again
    changed_at: datetime
    fingerprint: str = ""
    campaign_id: str = ""
    addressees: int = 0
    reason: str = ""
    report: Mapping[str, float] = field(default_factory=dict)
