"""Turns under a limit of so many a minute, kept in the ledger: every process of the office shares them, and a restart
forgets none.

A limit is a bucket that holds half a minute's turns and fills evenly with the other half, so that no minute, wherever
it begins, has more than the limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import rate_bucket

A_MINUTE = 60  # turns a minute; Google's limit for one user
# Two computers' clocks never agree quite: the bucket goes by the one that is ahead, else each change of hands would
# fill it anew. A larger step back is a clock that was corrected.
_CLOCKS_DIFFER = timedelta(minutes=10)


class LedgerRates:
    """Limits by name, each of the same size."""

    def __init__(self, ledger: Ledger, per_minute: int = A_MINUTE) -> None:
        self._ledger, self._per_minute = ledger, per_minute

    def take(self, name: str, at: datetime, count: int = 1) -> float:
        """Takes `count` turns and returns 0, or takes none and returns how many seconds to wait."""
        with self._ledger.write() as connection:
            bucket = open_bucket(self._ledger, connection, name, at, self._per_minute)
            wait = bucket.seconds_until(count)
            if not wait:
                bucket.spend(connection, count)
            return wait


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit's turns as they stand in this transaction."""

    name: str
    turns: float
    per_second: float
    ahead: float  # seconds by which the bucket's clock is ahead of the caller's

    def seconds_until(self, count: int) -> float:
        """How long until it holds so many, to the next thousandth above; 0 when it does."""
        # Rounded up: a wait too small for a clock to show would be waited for ever.
        missing = self.ahead + (count - self.turns) / self.per_second
        return 0.0 if self.turns >= count else math.ceil(missing * 1000 + 1) / 1000

    def spend(self, connection: Connection, count: int) -> None:
        """Takes turns that it holds."""
        left = update(rate_bucket).where(rate_bucket.c.name == self.name).values(turns=rate_bucket.c.turns - count)
        connection.execute(left)


def open_bucket(ledger: Ledger, connection: Connection, name: str, at: datetime, per_minute: int) -> Bucket:
    """Fills the bucket up to this moment; it stays locked until the transaction ends."""
    full, per_second = per_minute / 2, per_minute / 120
    # The row comes first: two processes that both found none would each begin with a full bucket.
    connection.execute(ledger.insert_new(rate_bucket).values(name=name, turns=full, at=at))
    row = connection.execute(select(rate_bucket).where(rate_bucket.c.name == name).with_for_update()).one()
    now = row.at if at < row.at <= at + _CLOCKS_DIFFER else at
    passed = max(0.0, (now - row.at).total_seconds())
    turns = min(full, row.turns + passed * per_second)
    connection.execute(update(rate_bucket).where(rate_bucket.c.name == name).values(turns=turns, at=now))
    return Bucket(name, turns, per_second, (now - at).total_seconds())
