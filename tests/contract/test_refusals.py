"""Noes by hash, numbers that are used up, mails that may have gone: what a takeover asks of the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.ledger.consents import LedgerConsents
from integrations.ledger.digests import slow_digest
from integrations.ledger.engine import Ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.records import LedgerRecords
from integrations.ledger.refusals import LedgerRefusals
from integrations.ledger.tasks import LedgerTasks
from network.consent import ConsentFact, FactKind, may_write
from network.guard import EVERYTHING
from network.messages import TAKEN_OVER, State, Stream
from network.outbox import limits_at
from network.stores import LaneState, PeoplePlan
from network.tasks import NewTask, TaskKind, TaskState
from tests.builders import NOON, a_message, a_person, some_preferences
from tests.contract.ledgers import DATABASES, a_ledger

ANA, BEN = "ana@example.org", "ben@example.org"


def quick(spelling: str) -> str:
    """In place of the slow hash."""
    return hashlib.sha256(spelling.encode()).hexdigest()


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(request.param, tmp_path) as opened:
        opened.digest = quick
        yield opened


def knows(ledger: Ledger, person_id: str, *addresses: str) -> None:
    person = a_person(person_id, email=addresses[0], addresses=addresses)
    LedgerPeople(ledger).apply(PeoplePlan(add=(person,)), NOON)


def says(ledger: Ledger, kind: FactKind, minutes: int, person_id: str | None = None, **fields: object) -> None:
    at = NOON + timedelta(minutes=minutes)
    LedgerConsents(ledger).add([ConsentFact(at, kind, "reply", person_id, **fields)])  # type: ignore[arg-type]


def may(ledger: Ledger, person_id: str, stream: Stream = Stream.NOTICE) -> bool:
    person = LedgerPeople(ledger).get(person_id)
    assert person is not None
    facts = LedgerConsents(ledger).of(person)
    return may_write(person, person.member.email or "", facts, stream, NOON + timedelta(days=9)).allowed


def test_a_no_covers_every_address_of_the_person_and_goes_when_it_is_taken_back(ledger: Ledger) -> None:
    knows(ledger, "p-ana", ANA, "old@example.org")
    refusals = LedgerRefusals(ledger)
    assert refusals.noes() == {}
    says(ledger, FactKind.NO, 1, "p-ana", address=ANA, evidence="1")
    assert refusals.noes() == {quick(ANA): EVERYTHING, quick("old@example.org"): EVERYTHING}
    says(ledger, FactKind.YES, 2, "p-ana", stream=Stream.NEWSLETTER, evidence="2")
    assert refusals.noes()[quick(ANA)] == EVERYTHING - {Stream.NEWSLETTER}
    says(ledger, FactKind.YES, 3, "p-ana", evidence="3")
    assert refusals.noes() == {}


def test_a_no_of_somebody_we_do_not_know_stands_too(ledger: Ledger) -> None:
    says(ledger, FactKind.NO, 1, address="stranger@example.org", evidence="1")
    assert LedgerRefusals(ledger).noes() == {quick("stranger@example.org"): EVERYTHING}


def test_a_mark_refuses_who_is_known_now_and_who_comes_one_day_in_just_its_streams(ledger: Ledger) -> None:
    knows(ledger, "p-ana", ANA)
    refusals = LedgerRefusals(ledger)
    marks = {quick(ANA): frozenset({Stream.NEWSLETTER}), quick(BEN): EVERYTHING, "0" * 64: EVERYTHING}
    assert refusals.keep(marks, NOON) == 1
    assert refusals.keep(marks, NOON + timedelta(minutes=1)) == 0, "told twice it is kept once"
    assert may(ledger, "p-ana")
    assert not may(ledger, "p-ana", Stream.NEWSLETTER)
    knows(ledger, "p-ben", BEN)
    assert not may(ledger, "p-ben")
    assert refusals.noes() == marks, "what came in goes out again"


def test_who_said_yes_again_after_a_mark_is_no_longer_among_the_noes(ledger: Ledger) -> None:
    knows(ledger, "p-ana", ANA)
    LedgerRefusals(ledger).keep({quick(ANA): EVERYTHING}, NOON)
    says(ledger, FactKind.YES, 5, "p-ana", evidence="start")
    assert may(ledger, "p-ana")
    assert LedgerRefusals(ledger).noes() == {}


def test_whoever_is_forgotten_leaves_a_mark_and_no_address(ledger: Ledger) -> None:
    knows(ledger, "p-ana", ANA)
    says(ledger, FactKind.NO, 1, "p-ana", address=ANA, evidence="1")
    assert LedgerRefusals(ledger).noes()
    LedgerPeople(ledger).forget("p-ana", NOON)
    assert LedgerRefusals(ledger).noes() == {quick(ANA): EVERYTHING}
    with ledger.read() as connection:
        assert not connection.exec_driver_sql("SELECT address FROM address_digest").all()


def test_the_real_hash_is_slow_salted_and_always_the_same() -> None:
    assert slow_digest(ANA) == slow_digest(ANA)
    assert len(slow_digest(ANA)) == 64
    assert slow_digest(ANA) != quick(ANA)


def test_everything_on_its_way_is_doubted_and_no_worker_settles_it_any_more(ledger: Ledger) -> None:
    outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
    people = [a_message(f"p-{n}", f"p{n}@example.org") for n in range(3)]
    outbox.queue([*people, a_message("office", "o@example.org", stream=Stream.OFFICE)], NOON)
    limits = limits_at(NOON, some_preferences(), "local", LaneState(None, ""))
    claims = outbox.claim("worker", 2, NOON, limits)
    assert claims
    assert records.doubt(TAKEN_OVER, NOON) == 3
    assert not outbox.settle(claims[0], State.SENT, NOON)
    assert {record.state for record in records.records()} == {State.TO_CHECK, State.SKIPPED}
    assert records.tally(NOON).planned == 4
    assert records.tally(NOON).to_check == 3


def test_numbers_that_are_used_up_are_never_given_again(ledger: Ledger) -> None:
    tasks = LedgerTasks(ledger)
    (first,) = tasks.open([NewTask("a", TaskKind.TYPE_FACT, "What", "")], NOON)
    tasks.reserve([1, 7, 3, 7], NOON)
    tasks.reserve([], NOON)
    tasks.reserve([7], NOON)
    (second,) = tasks.open([NewTask("b", TaskKind.TYPE_FACT, "What", "")], NOON)
    assert (first.ref, second.ref) == ("T-1", "T-8")
    states = {task.ref: task.state for task in tasks.all()}
    closed = TaskState.CLOSED
    assert states == {"T-1": TaskState.OPEN, "T-3": closed, "T-7": closed, "T-8": TaskState.OPEN}
