"""Small facts that jobs remember between runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import cursor
from network.keys import CURSOR, fitted


class LedgerCursors:
    """Small facts between runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def get(self, name: str) -> str | None:
        with self._ledger.read() as connection:
            return connection.scalar(select(cursor.c.value).where(cursor.c.name == fitted(name, CURSOR)))

    def set(self, name: str, value: str, at: datetime) -> None:
        with self._ledger.write() as connection:
            connection.execute(
                self._ledger.upsert(cursor, ("name",)).values(name=fitted(name, CURSOR), value=value, at=at)
            )
