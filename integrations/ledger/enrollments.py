"""Who is in which track, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from integrations.ledger.codec import Codec
from integrations.ledger.engine import Ledger
from integrations.ledger.tables import enrollment
from network.sequences import Enrollment

_ENROLLMENT = Codec(Enrollment)


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
