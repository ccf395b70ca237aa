"""Survey responses as they came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import response
from network.keys import RESPONSE, fitted
from network.surveys import Response

_PAGE = 500  # rows at a time: memory does not grow with the number of answers


class LedgerResponses:
    """Survey responses, the latest submission of each winning."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def upsert(self, responses: Sequence[Response]) -> int:
        latest: dict[tuple[str, str], Response] = {}
        for each in map(_as_kept, responses):
            known = latest.get((each.survey, each.response_id))
            if known is None or known.submitted_at <= each.submitted_at:
                latest[each.survey, each.response_id] = each
        changed = 0
        wanted = list(latest.values())
        for start in range(0, len(wanted), _PAGE):
            with self._ledger.write() as connection:
                changed += self._put(connection, wanted[start : start + _PAGE])
        return changed

    def all(self, survey: str) -> Iterable[Response]:
        return _Kept(self._ledger, fitted(survey, RESPONSE))

    def _put(self, connection: Connection, responses: Sequence[Response]) -> int:
        ids, surveys = [each.response_id for each in responses], {each.survey for each in responses}
        standing = {
            (row.survey, row.response_id): row
            for row in connection.execute(
                select(response).where(response.c.response_id.in_(ids), response.c.survey.in_(surveys))
            )
        }
        new = [each for each in responses if _is_news(each, standing.get((each.survey, each.response_id)))]
        if new:
            rows = [
                {
                    "survey": each.survey,
                    "response_id": each.response_id,
                    "submitted_at": each.submitted_at,
                    "answers": {question: list(values) for question, values in each.answers.items()},
                    "reference": each.reference,
                }
                for each in new
            ]
            connection.execute(self._ledger.upsert(response, ("survey", "response_id")), rows)
        return len(new)


class _Kept:
    """The responses of one survey, read page by page each time somebody goes through them."""

    def __init__(self, ledger: Ledger, survey: str) -> None:
        self._ledger, self._survey = ledger, survey

    def __iter__(self) -> Iterator[Response]:
        last = ""
        while True:
            with self._ledger.read() as connection:
                rows = connection.execute(
                    select(response)
                    .where(response.c.survey == self._survey, response.c.response_id > last)
                    .order_by(response.c.response_id)
                    .limit(_PAGE)
                ).all()
            yield from map(_response_of, rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1].response_id


def _as_kept(each: Response) -> Response:
    survey, response_id = fitted(each.survey, RESPONSE), fitted(each.response_id, RESPONSE)
    if (survey, response_id) == (each.survey, each.response_id):
        return each
    return replace(each, survey=survey, response_id=response_id)


def _is_news(each: Response, standing: Any) -> bool:
    """Whether it is new, or not older than what stands and says something else.

    A reference that is no longer given goes, also where only the day is told since the survey became anonymous.
    """
    if standing is None:
        return True
    lost = standing.reference and not each.reference and standing.submitted_at.date() <= each.submitted_at.date()
    return bool(standing.submitted_at <= each.submitted_at or lost) and _response_of(standing) != each


def _response_of(row: Any) -> Response:
    answers = {question: tuple(values) for question, values in row.answers.items()}
    return Response(row.survey, row.response_id, row.submitted_at, answers, row.reference)
