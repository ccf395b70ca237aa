"""Rows added to people's tabs from afar, and turns under a rate limit: what the Google adapter asks to be remembered.

A row is begun by exactly one process (its key is unique), so that two runs at once never send it twice. A turn comes
from a bucket that holds half a minute's turns and fills evenly: no minute has more than the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import pending_row, rate_bucket

A_MINUTE = 60  # turns a minute; Google's limit for one user
_STANDS, _SENT = "stands", "sent"

RowName = tuple[str, str]


class LedgerAddedRows:
    """The rows of one workbook."""

    def __init__(self, ledger: Ledger, workbook: str) -> None:
        self._ledger, self._workbook = ledger, workbook

    def standing(self, rows: Iterable[RowName]) -> frozenset[RowName]:
        wanted = frozenset(rows)
        with self._ledger.read() as connection:
            found = connection.execute(
                select(pending_row.c.tab, pending_row.c.key).where(
                    pending_row.c.workbook == self._workbook, pending_row.c.state == _STANDS
                )
            )
            return wanted & {(row.tab, row.key) for row in found}

    def unclear(self) -> Mapping[RowName, datetime | None]:
        with self._ledger.read() as connection:
            found = connection.execute(
                select(pending_row).where(pending_row.c.workbook == self._workbook, pending_row.c.state == _SENT)
            )
            return {(row.tab, row.key): row.looked_at for row in found}

    def begin(self, rows: Iterable[RowName], at: datetime) -> frozenset[RowName]:
        with self._ledger.write() as connection:
            begun = []
            for tab, key in rows:
                values = {"workbook": self._workbook, "tab": tab, "key": key, "state": _SENT, "at": at}
                if self._ledger.add_new(connection, pending_row, {**values, "looked_at": None}):
                    begun.append((tab, key))
            return frozenset(begun)

    def looked(self, rows: Iterable[RowName], at: datetime) -> None:
        self._change(rows, looked_at=at)

    def settle(self, rows: Iterable[RowName], at: datetime, *, stands: bool) -> None:
        names = list(rows)
        if stands:
            self.begin(names, at)
            self._change(names, state=_STANDS, at=at)
            return
        with self._ledger.write() as connection:
            for name in names:
                connection.execute(delete(pending_row).where(self._is(name), pending_row.c.state == _SENT))

    def _change(self, rows: Iterable[RowName], **values: object) -> None:
        with self._ledger.write() as connection:
            for name in rows:
                connection.execute(update(pending_row).where(self._is(name)).values(**values))

    def _is(self, name: RowName) -> ColumnElement[bool]:
        tab, key = name
        return and_(pending_row.c.workbook == self._workbook, pending_row.c.tab == tab, pending_row.c.key == key)


class LedgerRates:
    """Limits by name, shared by every process of the office."""

    def __init__(self, ledger: Ledger, per_minute: int = A_MINUTE) -> None:
        self._ledger = ledger
        self._size, self._per_second = per_minute / 2, per_minute / 2 / 60

    def take(self, name: str, at: datetime, count: int = 1) -> float:
        """Takes `count` turns and returns 0, or returns how many seconds to wait; a clock set back fills nothing."""
        with self._ledger.write() as connection:
            row = connection.execute(
                select(rate_bucket).where(rate_bucket.c.name == name).with_for_update()
            ).one_or_none()
            passed = max(0.0, (at - row.at).total_seconds()) if row else 0.0
            turns = min(self._size, row.turns + passed * self._per_second) if row else self._size
            wait = 0.0 if turns >= count else (count - turns) / self._per_second
            kept = {"name": name, "turns": turns if wait else turns - count, "at": at}
            connection.execute(self._ledger.upsert(rate_bucket, ("name",)).values(**kept))
            return wait
