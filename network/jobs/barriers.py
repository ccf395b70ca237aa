"""Keeps what replies to the letters name as standing in the way, once a person, and tells nobody who it was."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from network.barriers import NAME, QUESTION, asks_for_barriers, barriers_in, standing_survey
from network.jobs.survey_intake import has_spent, spend
from network.messages import Message, MessageRecord, State
from network.ports import Incoming, Office
from network.surveys import Response, Survey

_GONE_OUT = frozenset({State.SENT, State.TO_CHECK})


def keep_barriers(office: Office, mail: Incoming, letter: Message, person_id: str, at: datetime) -> bool:
    """Keeps the barriers that a person's reply names; False when it names none or they were heard before.

    The answer has the month it came in and an id that only the mail itself leads to.
    """
    named = barriers_in(mail.text) if asks_for_barriers(letter) else ()
    survey = standing_survey(0)
    if not named or has_spent(office, survey, person_id):
        return False
    answer_id = hashlib.sha256(f"{NAME}|{mail.id}".encode("utf-8", "replace")).hexdigest()[:16]
    month = min(mail.received_at, at).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # The answer first: a crash in between repeats it under the same id.
    office.responses.upsert([Response(NAME, answer_id, month, {QUESTION: named})])
    spend(office, survey, person_id, at)
    return True


def standing_surveys(office: Office, described: Sequence[Survey], records: Sequence[MessageRecord]) -> list[Survey]:
    """The standing survey, once somebody has answered, unless the sheet describes one of its name."""
    if any(each.key == standing_survey(0).key for each in described):
        return []
    if next(iter(office.responses.all(NAME)), None) is None:
        return []
    asked = {each.message.person_id for each in records if each.state in _GONE_OUT and asks_for_barriers(each.message)}
    return [standing_survey(len(asked))]
