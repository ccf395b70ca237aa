"""Rows added to people's tabs from afar: what the Google adapter asks to be remembered.

A row is begun by exactly one process (its key is unique), so that two runs at once never send it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import pending_row

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
