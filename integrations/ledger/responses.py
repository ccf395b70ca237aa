"""Survey responses as they came in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import response
from network.surveys import Response


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
