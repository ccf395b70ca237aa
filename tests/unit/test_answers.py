"""What an answer about an unclear mail does: to the attempt that was asked about, and to no later one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from network.jobs.answers import carry_out
from network.messages import State
from network.tasks import Task, TaskKind
from network.to_do import Answer
from tests.builders import NOON, Desk, a_message

KEY = a_message().key


def asked_about(attempt: int) -> Task:
    key = f"check/{KEY}/{attempt}"
    return Task("T-1", key, TaskKind.CHECK_DELIVERY, "Not sure it arrived", "", "", KEY, date(2026, 10, 6))


def answered(choice: str, desk: Desk, attempt: int, at: datetime = NOON) -> str:
    return carry_out(desk.office, Answer(asked_about(attempt), choice, choice), at)


def a_desk(state: State, attempt: int) -> Desk:
    desk = Desk()
    desk.outbox.queue([a_message(not_after=NOON + timedelta(days=2))], NOON)
    desk.outbox.rows[KEY] = replace(desk.outbox.rows[KEY], state=state, attempt=attempt)
    return desk


@pytest.mark.parametrize(("choice", "state"), [("retry", State.QUEUED), ("drop", State.SKIPPED)])
def test_an_unclear_mail_goes_once_more_or_never(choice: str, state: State) -> None:
    desk = a_desk(State.TO_CHECK, 1)
    assert answered(choice, desk, 1) == ""
    assert desk.outbox.rows[KEY].state is state


@pytest.mark.parametrize("choice", ["retry", "drop"])
@pytest.mark.parametrize(
    ("state", "attempt"),
    [(State.DISPATCHING, 2), (State.TO_CHECK, 2), (State.CLAIMED, 2), (State.QUEUED, 1), (State.SENT, 1)],
)
def test_an_answer_to_an_old_row_touches_no_later_attempt(choice: str, state: State, attempt: int) -> None:
    desk = a_desk(state, attempt)
    assert answered(choice, desk, 1) == ""
    assert (desk.outbox.rows[KEY].state, desk.outbox.rows[KEY].attempt) == (state, attempt)


def test_a_retry_that_is_too_late_is_said_and_the_mail_stays_unclear() -> None:
    desk = a_desk(State.TO_CHECK, 1)
    assert "type drop" in answered("retry", desk, 1, NOON + timedelta(days=3))
    assert desk.outbox.rows[KEY].state is State.TO_CHECK
    assert answered("drop", desk, 1, NOON + timedelta(days=3)) == ""
