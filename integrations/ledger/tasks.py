"""What people must do, each thing once, and what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import task
from network.tasks import NewTask, Task, TaskKind, TaskState


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

    def reserve(self, numbers: Iterable[int], at: datetime) -> None:
        with self._ledger.write() as connection:
            free = sorted(set(numbers) - set(connection.scalars(select(task.c.number))))
            for number in free:
                connection.execute(
                    self._ledger.insert_new(task).values(
                        number=number,
                        key=f"reserved/{number}",
                        kind=TaskKind.TYPE_FACT,
                        what="",
                        why="",
                        who="",
                        subject="",
                        since=at.date(),
                        state=TaskState.CLOSED,
                        answer="",
                        in_sheet=True,
                        changed_at=at,
                    )
                )
            if free and connection.dialect.name == "postgresql":
                # A number that is given does not move the sequence that gives the next one.
                highest = select(func.max(task.c.number)).scalar_subquery()
                connection.execute(select(func.setval(func.pg_get_serial_sequence("task", "number"), highest)))


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
