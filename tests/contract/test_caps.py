"""Caps under load: with workers side by side, each on connections of its own, nobody ever gets one mail too many."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from integrations.ledger.engine import Ledger, open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.rates import LedgerRates
from integrations.ledger.records import LedgerRecords
from network.messages import FIRST_NOTICE, GO, Claim, Message, State, Stream
from network.preferences import Caps
from network.stores import Limits
from tests.builders import NOON, a_message
from tests.contract.ledgers import DATABASES, fresh_postgres_database

DAY = timedelta(days=1)
STREAMS = (Stream.RECRUITMENT, Stream.SURVEY)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}" if request.param == "sqlite" else fresh_postgres_database()


def limits_at(now: datetime, *, lane_day: int = 1000, **caps: int) -> Limits:
    return Limits(
        caps=Caps(**{"per_person_day": 1, "per_person_week": 100} | caps),
        day_starts=now.replace(hour=0, minute=0),
        week_starts=now - timedelta(days=7),
        lane="smtp",
        lane_day=lane_day,
    )


def mail(person: str, stream: Stream, at: datetime, item: str = "x", hours: int = 6) -> Message:
    return a_message(
        person, f"{person}@example.org", stream=stream, item=item, due_at=at, not_after=at + timedelta(hours=hours)
    )


@contextmanager
def two_workers(url: str) -> Iterator[Sequence[Ledger]]:
    ledgers = [open_ledger(url) for _ in range(2)]
    try:
        yield ledgers
    finally:
        for each in ledgers:
            each.close()


def claim_at_once(outboxes: Sequence[LedgerOutbox], now: datetime, limits: Limits) -> list[Claim]:
    """What workers claim that ask at the same moment."""
    return at_once([partial(each.claim, "w", 5, now, limits) for each in outboxes])


def at_once(works: Sequence[Callable[[], Sequence[Claim]]]) -> list[Claim]:
    """What workers claim that start at the same moment."""
    barrier = threading.Barrier(len(works), timeout=30)
    claims: list[Claim] = []
    faults: list[Exception] = []

    def run(work: Callable[[], Sequence[Claim]]) -> None:
        try:
            barrier.wait()
            claims.extend(work())
        except Exception as err:  # noqa: BLE001 - told by the test's own thread
            faults.append(err)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    return claims


def many_rounds(url: str, rounds: int) -> None:
    """One person, two streams, two workers: each day of the rounds gives exactly one mail."""
    with two_workers(url) as ledgers:
        outboxes = [LedgerOutbox(ledger) for ledger in ledgers]
        for number in range(rounds):
            now = NOON + number * DAY
            outboxes[0].queue([mail("ana", stream, now, f"day-{number}") for stream in STREAMS], now)
            claims = claim_at_once(outboxes, now, limits_at(now))
            assert len(claims) == 1, f"round {number}"
            LedgerRecords(ledgers[0]).expire(now + timedelta(hours=7))
            assert outboxes[0].start(claims, now, lambda *_: GO) == []  # gone with the day: nobody sends it later


def test_one_person_and_two_streams_get_one_mail_a_day_from_two_workers(url: str) -> None:
    many_rounds(url, 15)


@pytest.mark.long
def test_one_person_and_two_streams_get_one_mail_a_day_in_a_thousand_rounds(url: str) -> None:
    many_rounds(url, 1000)


def test_a_week_takes_no_more_than_its_cap_whoever_sends(url: str) -> None:
    taken: Counter[int] = Counter()
    with two_workers(url) as ledgers:
        outboxes = [LedgerOutbox(ledger) for ledger in ledgers]
        for day in range(14):
            now = NOON + day * DAY
            outboxes[0].queue([mail("ana", stream, now, f"day-{day}", hours=9) for stream in STREAMS], now)
            taken[day] += len(claim_at_once(outboxes, now, limits_at(now, per_person_week=3)))
    assert max(taken.values()) == 1
    for day in range(8):
        assert sum(taken[each] for each in range(day, day + 7)) <= 3
    assert sum(taken.values()) == 6


def test_the_lane_takes_exactly_its_day_from_two_workers(url: str) -> None:
    with two_workers(url) as ledgers:
        outboxes = [LedgerOutbox(ledger) for ledger in ledgers]
        outboxes[0].queue([mail(f"p{n}", Stream.RECRUITMENT, NOON) for n in range(30)], NOON)

        def work(outbox: LedgerOutbox) -> list[Claim]:
            taken: list[Claim] = []
            while claims := outbox.claim("w", 2, NOON, limits_at(NOON, lane_day=11)):
                taken += claims
            return taken

        claims = at_once([partial(work, each) for each in outboxes])
    assert len({claim.message.key for claim in claims}) == len(claims) == 11


def test_no_minute_of_a_lane_has_more_than_its_limit_and_a_restart_forgets_no_turn(url: str) -> None:
    taken: list[datetime] = []
    limits = limits_at(NOON)
    with two_workers(url) as ledgers:
        LedgerOutbox(ledgers[0]).queue([mail(f"p{n}", Stream.RECRUITMENT, NOON) for n in range(80)], NOON)
    for second in range(0, 180, 20):
        with two_workers(url) as ledgers:  # each time both begin anew; the clock of one of them is 40 seconds ahead
            works = []
            for number, ledger in enumerate(ledgers):
                outbox = LedgerOutbox(ledger, per_minute=12, sleep=lambda _: None)
                now = NOON + timedelta(seconds=second + 40 * number)
                works.append(partial(outbox.claim, "w", 3, now, limits))
            taken += [claim.expires - limits.lease for claim in at_once(works)]
    for start in taken:
        assert sum(start <= at < start + timedelta(minutes=1) for at in taken) <= 12
    assert len(taken) >= 18, "six at once, and six more each minute"


def test_a_worker_waits_for_its_turn_outside_any_transaction_and_not_for_ever(url: str) -> None:
    waits: list[float] = []
    with two_workers(url) as (ledger, other):

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            LedgerOutbox(other).queue([mail(f"late-{len(waits)}", Stream.RECRUITMENT, NOON)], NOON)  # nobody is locked

        outbox = LedgerOutbox(ledger, per_minute=4, sleep=sleep)
        outbox.queue([mail(f"p{n}", Stream.RECRUITMENT, NOON) for n in range(3)], NOON)
        assert len(outbox.claim("w", 5, NOON, limits_at(NOON))) == 2
        assert waits == []
        assert len(outbox.claim("w", 5, NOON, limits_at(NOON))) == 1
        assert waits == [pytest.approx(30, abs=0.01)]
        slow = LedgerOutbox(ledger, per_minute=1, sleep=sleep)
        assert slow.claim("w", 5, NOON, limits_at(NOON)) == [], "a wait of more than a minute is left to the next run"
        empty = LedgerOutbox(ledger, per_minute=4, sleep=sleep)
        assert empty.claim("w", 5, NOON - timedelta(hours=1), limits_at(NOON)) == [], "nothing is due: nobody waits"
        assert len(waits) == 1


def test_a_bucket_goes_by_the_clock_that_is_ahead_and_forgives_one_that_was_corrected(url: str) -> None:
    with two_workers(url) as (ledger, _):
        rates = LedgerRates(ledger, per_minute=60)
        ahead = NOON + timedelta(seconds=5)
        while not rates.take("x", ahead):
            pass
        for _ in range(20):  # two computers take turns: neither fills it for the other
            assert rates.take("x", NOON) > 0
            assert rates.take("x", ahead) > 0
        wait = rates.take("x", NOON - timedelta(days=3))
        assert 0 < wait < 2.1


# --- a clock that jumps ----------------------------------------------------------------------------------------------


def test_a_clock_set_back_gives_nobody_a_second_mail_and_the_lane_no_larger_day(url: str) -> None:
    with two_workers(url) as (ledger, _):
        outbox = LedgerOutbox(ledger)
        outbox.queue([mail("ana", stream, NOON, hours=99) for stream in STREAMS], NOON)
        outbox.queue([mail("bea", Stream.RECRUITMENT, NOON, hours=99)], NOON)
        assert len(outbox.claim("w", 1, NOON + timedelta(hours=5), limits_at(NOON, lane_day=1))) == 1
        assert outbox.claim("w", 5, NOON, limits_at(NOON, lane_day=1)) == []
        again = outbox.claim("w", 5, NOON, limits_at(NOON))
        assert [claim.message.person_id for claim in again] == ["bea"]


@pytest.mark.parametrize("state", [State.CLAIMED, State.DISPATCHING])
def test_a_claim_of_a_clock_that_ran_ahead_is_over_when_the_clock_is_right_again(url: str, state: State) -> None:
    with two_workers(url) as (ledger, _):
        outbox, records, ahead = LedgerOutbox(ledger), LedgerRecords(ledger), NOON + 3 * DAY
        outbox.queue([mail("ana", Stream.RECRUITMENT, NOON, hours=99)], NOON)
        claims = outbox.claim("w", 1, ahead, limits_at(ahead))
        if state is State.DISPATCHING:
            outbox.start(claims, ahead, lambda *_: GO)
        unclear = records.expire(NOON)
        (record,) = records.records()
        if state is State.CLAIMED:
            assert record.state is State.QUEUED
        else:
            assert [each.state for each in unclear] == [State.DISPATCHING], "looked up, never simply repeated"


def test_a_clock_that_jumps_ahead_makes_late_mail_missed_and_sends_none_of_it(url: str) -> None:
    with two_workers(url) as (ledger, _):
        outbox, records, ahead = LedgerOutbox(ledger), LedgerRecords(ledger), NOON + 30 * DAY
        outbox.queue([mail("ana", Stream.RECRUITMENT, NOON)], NOON)
        assert outbox.claim("w", 5, ahead, limits_at(ahead)) == []
        records.expire(ahead)
        assert [each.state for each in records.records()] == [State.MISSED]


@pytest.mark.parametrize("step", ["change-1", "cancel"])
def test_whoever_read_of_a_meeting_reads_that_it_changes_whatever_else_they_got_today(url: str, step: str) -> None:
    with two_workers(url) as (ledger, _):
        outbox = LedgerOutbox(ledger)
        notice = a_message("p", "p@example.org", stream=Stream.NOTICE, item="thursday", step=FIRST_NOTICE, due_at=NOON)
        correction = replace(notice, step=step, due_at=NOON + timedelta(hours=1))
        letter = mail("p", Stream.RECRUITMENT, NOON + timedelta(hours=2))
        for message in (notice, correction, letter):
            outbox.queue([message], NOON)
            claimed = outbox.claim("w", 5, message.due_at, limits_at(NOON))
            assert [each.message.key for each in claimed] == ([] if message is letter else [message.key])
