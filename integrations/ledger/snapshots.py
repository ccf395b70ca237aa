"""Metrics by day."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import snapshot
from network.goals import Snapshot


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
