"""Editions of newsletter issues, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from integrations.ledger.codec import Codec
from integrations.ledger.engine import Ledger
from integrations.ledger.tables import issue
from network.newsletter import IssueRecord

_ISSUE = Codec(IssueRecord)


class LedgerIssues:
    """Editions of newsletter issues; the exact title is unique."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> Sequence[IssueRecord]:
        with self._ledger.read() as connection:
            rows = connection.execute(select(issue.c.body).order_by(issue.c.issue, issue.c.edition, issue.c.language))
            return [_ISSUE.load(row.body) for row in rows]

    def save(self, record: IssueRecord) -> None:
        with self._ledger.write() as connection:
            connection.execute(
                self._ledger.upsert(issue, ("issue", "edition", "language")).values(
                    issue=record.issue,
                    edition=record.edition,
                    language=record.language,
                    title=record.title,
                    body=_ISSUE.dump(record),
                    changed_at=record.changed_at,
                )
            )
