"""Questions to approvers and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import approval, approval_request
from network.approvals import Approval, ApprovalRequest, Decision


class LedgerApprovals:
    """One row for (item, fingerprint); the first answer stands, except that it may be called back."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def ask(self, request: ApprovalRequest) -> ApprovalRequest:
        with self._ledger.write() as connection:
            connection.execute(
                self._ledger.insert_new(approval_request).values(
                    item=request.item,
                    fingerprint=request.fingerprint,
                    code=request.code,
                    asked_at=request.asked_at,
                    title=request.title,
                    addressees=request.addressees,
                    sample=request.sample,
                )
            )
            of_item = approval_request.c.item == request.item
            same = of_item & (approval_request.c.fingerprint == request.fingerprint)
            newest = select(func.max(approval_request.c.asked_at)).where(of_item).scalar_subquery()
            # Words that come back after others were asked for are the question again.
            connection.execute(
                update(approval_request)
                .where(same, approval_request.c.asked_at < newest)
                .values(asked_at=request.asked_at)
            )
            row = connection.execute(select(approval_request).where(same)).one()
        return _request(row)

    def decide(self, decision: Approval) -> bool:
        with self._ledger.write() as connection:
            same = (approval.c.item == decision.item) & (approval.c.fingerprint == decision.fingerprint)
            standing = connection.scalar(select(approval.c.decision).where(same).with_for_update())
            if standing is not None and not _may_replace(Decision(standing), decision.decision):
                return False
            connection.execute(
                self._ledger.upsert(approval, ("item", "fingerprint")).values(
                    item=decision.item,
                    fingerprint=decision.fingerprint,
                    decision=decision.decision,
                    by=decision.by,
                    at=decision.at,
                    addressees=decision.addressees,
                )
            )
        return True

    def find(self, item: str) -> Approval | None:
        with self._ledger.read() as connection:
            row = connection.execute(
                select(approval).where(approval.c.item == item).order_by(approval.c.at.desc()).limit(1)
            ).one_or_none()
        if row is None:
            return None
        return Approval(row.item, row.fingerprint, Decision(row.decision), row.by, row.at, row.addressees)

    def pending(self) -> Sequence[ApprovalRequest]:
        """The newest question of each item, unless it has an answer; "not yet" leaves it open."""
        same = (approval.c.item == approval_request.c.item) & (approval.c.fingerprint == approval_request.c.fingerprint)
        questions = (
            select(approval_request, approval.c.decision)
            .outerjoin(approval, same)
            .order_by(approval_request.c.asked_at.desc())
        )
        newest: dict[str, Any] = {}
        with self._ledger.read() as connection:
            for row in connection.execute(questions):
                newest.setdefault(row.item, row)
        open_ones = [_request(row) for row in newest.values() if row.decision in (None, Decision.NOT_YET)]
        return sorted(open_ones, key=lambda each: (each.asked_at, each.item))

    def by_code(self, code: str) -> ApprovalRequest | None:
        with self._ledger.read() as connection:
            row = connection.execute(
                select(approval_request).where(approval_request.c.code == code.strip().upper())
            ).one_or_none()
        return None if row is None else _request(row)


def _may_replace(standing: Decision, new: Decision) -> bool:
    """A "not yet" may become anything, an approval may be stopped; nothing else changes an answer."""
    return standing is Decision.NOT_YET or (standing is Decision.APPROVED and new is Decision.STOPPED)


def _request(row: Any) -> ApprovalRequest:
    return ApprovalRequest(row.item, row.fingerprint, row.code, row.asked_at, row.title, row.addressees, row.sample)
