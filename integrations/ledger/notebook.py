"""What jobs remember: enrollments, tasks, approvals, responses, snapshots, issues and cursors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from integrations.ledger.codec import Codec
from integrations.ledger.engine import Ledger
from integrations.ledger.tables import (
    approval,
    approval_request,
    cursor,
    enrollment,
    issue,
    response,
    snapshot,
    task,
)
from network.approvals import Approval, ApprovalRequest, Decision
from network.goals import Snapshot
from network.newsletter import IssueRecord
from network.sequences import Enrollment
from network.surveys import Response
from network.tasks import NewTask, Task, TaskKind, TaskState

_ENROLLMENT = Codec(Enrollment)
_ISSUE = Codec(IssueRecord)


class LedgerEnrollments:
    """Who is in which track; one row for (person, track, cycle)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> Sequence[Enrollment]:
        with self._ledger.read() as connection:
            rows = connection.execute(
                select(enrollment.c.body).order_by(enrollment.c.person_id, enrollment.c.track, enrollment.c.cycle)
            ).all()
        return [_ENROLLMENT.load(row.body) for row in rows]

    def save(self, enrollments: Iterable[Enrollment], at: datetime) -> None:
        with self._ledger.write() as connection:
            for each in enrollments:
                connection.execute(
                    self._ledger.upsert(enrollment, ("person_id", "track", "cycle")).values(
                        person_id=each.person_id,
                        track=each.track,
                        cycle=each.cycle,
                        body=_ENROLLMENT.dump(each),
                        state=each.state,
                        changed_at=at,
                    )
                )


class LedgerTasks:
    """Tasks by a key that makes each of them once, whoever asks for it again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def open(self, tasks: Sequence[NewTask], at: datetime) -> Sequence[Task]:
        keys = [each.key for each in tasks]
        with self._ledger.write() as connection:
            for each in tasks:
                connection.execute(
                    self._ledger.insert_new(task).values(
                        key=each.key,
                        kind=each.kind,
                        what=each.what,
                        why=each.why,
                        who=each.who,
                        subject=each.subject,
                        since=at.date(),
                        state=TaskState.OPEN,
                        answer="",
                        in_sheet=False,
                        changed_at=at,
                    )
                )
            rows = connection.execute(select(task).where(task.c.key.in_(keys)).order_by(task.c.number)).all()
        return [_task(row) for row in rows]

    def all(self) -> Sequence[Task]:
        with self._ledger.read() as connection:
            return [_task(row) for row in connection.execute(select(task).order_by(task.c.number))]

    def save(self, tasks: Sequence[Task], at: datetime) -> None:
        with self._ledger.write() as connection:
            for each in tasks:
                connection.execute(
                    update(task)
                    .where(task.c.key == each.key)
                    .values(
                        who=each.who,
                        state=each.state,
                        answer=each.answer,
                        answered_at=each.answered_at,
                        in_sheet=each.in_sheet,
                        changed_at=at,
                    )
                )


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
            row = connection.execute(
                select(approval_request).where(
                    approval_request.c.item == request.item, approval_request.c.fingerprint == request.fingerprint
                )
            ).one()
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
        answered = select(approval.c.item).where(
            approval.c.item == approval_request.c.item,
            approval.c.fingerprint == approval_request.c.fingerprint,
            approval.c.decision != Decision.NOT_YET,
        )
        newest = select(approval_request).where(~answered.exists()).order_by(approval_request.c.asked_at.desc())
        with self._ledger.read() as connection:
            rows = connection.execute(newest).all()
        latest: dict[str, ApprovalRequest] = {}
        for row in rows:  # an older text of the same item is no longer a question
            latest.setdefault(row.item, _request(row))
        return sorted(latest.values(), key=lambda each: (each.asked_at, each.item))

    def by_code(self, code: str) -> ApprovalRequest | None:
        with self._ledger.read() as connection:
            row = connection.execute(
                select(approval_request).where(approval_request.c.code == code.strip().upper())
            ).one_or_none()
        return None if row is None else _request(row)


class LedgerResponses:
    """Survey responses, the latest submission of each winning."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def upsert(self, responses: Sequence[Response]) -> int:
        changed = 0
        with self._ledger.write() as connection:
            for each in responses:
                same = (response.c.survey == each.survey) & (response.c.response_id == each.response_id)
                standing = connection.scalar(select(response.c.submitted_at).where(same))
                if standing is not None and standing >= each.submitted_at:
                    continue
                connection.execute(
                    self._ledger.upsert(response, ("survey", "response_id")).values(
                        survey=each.survey,
                        response_id=each.response_id,
                        submitted_at=each.submitted_at,
                        answers={question: list(values) for question, values in each.answers.items()},
                        reference=each.reference,
                    )
                )
                changed += 1
        return changed

    def all(self, survey: str) -> Sequence[Response]:
        with self._ledger.read() as connection:
            rows = connection.execute(
                select(response).where(response.c.survey == survey).order_by(response.c.submitted_at)
            ).all()
        return [
            Response(
                row.survey,
                row.response_id,
                row.submitted_at,
                {question: tuple(values) for question, values in row.answers.items()},
                row.reference,
            )
            for row in rows
        ]


class LedgerSnapshots:
    """One value a metric and day."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def put(self, snapshots: Sequence[Snapshot]) -> int:
        changed = 0
        with self._ledger.write() as connection:
            for each in snapshots:
                same = (snapshot.c.metric == each.metric) & (snapshot.c.day == each.day)
                standing = connection.execute(select(snapshot.c.value, snapshot.c.base).where(same)).one_or_none()
                if standing is not None and (standing.value, standing.base) == (each.value, each.base):
                    continue
                connection.execute(
                    self._ledger.upsert(snapshot, ("metric", "day")).values(
                        metric=each.metric, day=each.day, value=each.value, base=each.base
                    )
                )
                changed += 1
        return changed

    def history(self) -> Sequence[Snapshot]:
        with self._ledger.read() as connection:
            rows = connection.execute(select(snapshot).order_by(snapshot.c.metric, snapshot.c.day)).all()
        return [Snapshot(row.metric, row.day, row.value, row.base) for row in rows]


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


class LedgerCursors:
    """Small facts between runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def get(self, name: str) -> str | None:
        with self._ledger.read() as connection:
            return connection.scalar(select(cursor.c.value).where(cursor.c.name == name))

    def set(self, name: str, value: str, at: datetime) -> None:
        with self._ledger.write() as connection:
            connection.execute(self._ledger.upsert(cursor, ("name",)).values(name=name, value=value, at=at))


def _may_replace(standing: Decision, new: Decision) -> bool:
    """A "not yet" may become anything, an approval may be stopped; nothing else changes an answer."""
    return standing is Decision.NOT_YET or (standing is Decision.APPROVED and new is Decision.STOPPED)


def _request(row: Any) -> ApprovalRequest:
    return ApprovalRequest(row.item, row.fingerprint, row.code, row.asked_at, row.title, row.addressees, row.sample)


def _task(row: Any) -> Task:
    return Task(
        ref=f"T-{row.number}",
        key=row.key,
        kind=TaskKind(row.kind),
        what=row.what,
        why=row.why,
        who=row.who,
        subject=row.subject,
        since=row.since,
        state=TaskState(row.state),
        answer=row.answer,
        answered_at=row.answered_at,
        in_sheet=row.in_sheet,
    )
