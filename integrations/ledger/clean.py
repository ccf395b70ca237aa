"""Starts the ledger anew for another lane: what was planned and sent goes, people and every no stay."""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import (
    approval,
    approval_request,
    consent_fact,
    cursor,
    enrollment,
    lane,
    message,
    refusal,
    task,
)

# What belongs to one lane's past. People, programs, consent, refusals, responses, goals and issues' readings stay.
_OF_THE_LANE = (message, enrollment, approval, approval_request, task, lane)
_RUNS = ("outbox.%", "read.%", "sheet.version", "members.report")


def clean(ledger: Ledger) -> int:
    """Forgets every message, track, approval and task in one transaction; returns how many facts of consent stay."""
    with ledger.write() as connection:
        for table in _OF_THE_LANE:
            connection.execute(delete(table))
        connection.execute(delete(cursor).where(or_(*(cursor.c.name.like(pattern) for pattern in _RUNS))))
        facts = connection.scalar(select(func.count()).select_from(consent_fact)) or 0
        hashes = connection.scalar(select(func.count()).select_from(refusal)) or 0
    return facts + hashes
