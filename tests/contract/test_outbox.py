"""The outbox keeps its promises on every database."""

from __future__ import annotations

import resource
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.ledger.claims import DAILY_CAP, PERSON_CAP
from integrations.ledger.consents import LedgerConsents
from integrations.ledger.engine import Ledger, open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.records import LedgerLanes, LedgerRecords
from network.consent import ConsentFact, FactKind, may_write
from network.errors import TransientError
from network.messages import GO, Message, Receipt, Ruling, State, Stream
from network.preferences import Caps
from network.stores import Limits, PeoplePlan
from tests.builders import NOON, a_message, a_person
from tests.contract.ledgers import DATABASES, a_ledger

LATER = NOON + timedelta(minutes=10)


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(request.param, tmp_path) as opened:
        yield opened


def limits(*, lane_day: int = 60, person_day: int = 1, person_week: int = 3) -> Limits:
    return Limits(
        caps=Caps(per_person_day=person_day, per_person_week=person_week),
        day_starts=NOON - timedelta(hours=10),
        week_starts=NOON - timedelta(days=7),
        lane="local",
        lane_day=lane_day,
    )


def letter(person: str = "p1", step: str = "letter-1", **fields: Any) -> Message:
    return a_message(person_id=person, step=step, address=fields.pop("address", f"{person}@example.org"), **fields)


class TestQueue:
    """A message is planned once for ever."""

    def test_the_same_message_is_queued_once_for_ever(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        assert outbox.queue([letter(), letter()], NOON) == 1
        assert outbox.queue([letter()], LATER) == 0

    def test_two_people_of_one_address_get_one_mail_and_the_other_shows_as_skipped(self, ledger: Ledger) -> None:
        LedgerOutbox(ledger).queue(
            [letter("p1", address="one@example.org"), letter("p2", address="one@example.org")], NOON
        )
        states = Counter(record.state for record in LedgerRecords(ledger).records())
        assert states == {State.QUEUED: 1, State.SKIPPED: 1}
        assert LedgerRecords(ledger).tally(NOON).planned == 2

    def test_words_that_changed_before_the_claim_go_out_new(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter(fingerprint="old")], NOON)
        outbox.queue([letter(fingerprint="new")], NOON)
        (claim,) = outbox.claim("w", 5, LATER, limits())
        assert claim.message.fingerprint == "new"


class TestClaim:
    """One worker, and never more than the caps."""

    def test_a_message_is_held_by_one_worker_at_a_time(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter()], NOON)
        assert len(outbox.claim("a", 5, LATER, limits())) == 1
        assert outbox.claim("b", 5, LATER, limits()) == []

    def test_the_lane_takes_no_more_than_its_day(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter(f"p{number}") for number in range(7)], NOON)
        assert len(outbox.claim("a", 50, LATER, limits(lane_day=3))) == 3
        assert outbox.claim("a", 50, LATER, limits(lane_day=3)) == []
        assert LedgerRecords(ledger).tally(LATER).waiting[DAILY_CAP] == 4

    def test_a_cap_raised_the_same_day_lets_the_rest_go(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter(f"p{number}") for number in range(5)], NOON)
        outbox.claim("a", 50, LATER, limits(lane_day=2))
        assert len(outbox.claim("a", 50, LATER, limits(lane_day=10))) == 3

    def test_one_person_gets_one_mail_a_day_over_all_streams(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter(), letter(stream=Stream.SURVEY, item="spring")], NOON)
        assert len(outbox.claim("a", 5, LATER, limits())) == 1
        assert LedgerRecords(ledger).tally(LATER).waiting[PERSON_CAP] == 1

    def test_answers_and_office_mail_pass_every_cap(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue(
            [letter(), letter(stream=Stream.ANSWER, item="stop"), letter(stream=Stream.OFFICE, item="monday")], NOON
        )
        assert len(outbox.claim("a", 5, LATER, limits(lane_day=1))) == 3

    def test_letters_to_one_person_go_before_the_many_copies_of_an_issue(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        early = NOON - timedelta(hours=1)
        issue = [
            letter(f"r{n}", stream=Stream.NEWSLETTER, item="2026-10", due_at=early) for n in range(250)
        ]  # more than one page of the query
        outbox.queue([*issue, letter("p1")], NOON)
        claims = outbox.claim("a", 252, LATER, limits(lane_day=252))
        assert claims[0].message.person_id == "p1"
        assert len({claim.message.key for claim in claims}) == 251

    def test_an_issue_leaves_room_for_the_letters_that_are_still_to_go_today(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        issue = [letter(f"r{n}", stream=Stream.NEWSLETTER, item="2026-10") for n in range(5)]
        outbox.queue([*issue, *(letter(f"p{n}", due_at=NOON + timedelta(hours=1)) for n in range(3))], NOON)
        first = outbox.claim("a", 50, LATER, limits(lane_day=5))
        assert [claim.message.stream for claim in first] == [Stream.NEWSLETTER] * 2
        assert LedgerRecords(ledger).tally(LATER).waiting[DAILY_CAP] == 3
        rest = outbox.claim("a", 50, NOON + timedelta(hours=2), limits(lane_day=5))
        assert [claim.message.stream for claim in rest] == [Stream.RECRUITMENT] * 3

    def test_a_paused_lane_gives_nothing(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter()], NOON)
        LedgerLanes(ledger).pause("local", "the password is wrong")
        assert outbox.claim("a", 5, LATER, limits()) == []

    def test_workers_side_by_side_never_exceed_a_cap(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        streams = (Stream.RECRUITMENT, Stream.SURVEY)
        outbox.queue([letter(f"p{number}", stream=stream) for number in range(12) for stream in streams], NOON)
        taken: list[str] = []

        def work(owner: str) -> None:
            while claims := outbox.claim(owner, 2, LATER, limits(lane_day=10)):
                taken.extend(claim.message.person_id for claim in claims)

        workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(taken) == 10
        assert max(Counter(taken).values()) == 1


class TestStart:
    """The last look, in the transaction that lets a mail go."""

    def test_a_no_said_after_the_claim_still_stops_the_mail(self, ledger: Ledger) -> None:
        outbox, people, consents = LedgerOutbox(ledger), LedgerPeople(ledger), LedgerConsents(ledger)
        person = a_person("p1", email="p1@example.org")
        people.apply(PeoplePlan(add=(person,)), NOON)
        outbox.queue([letter()], NOON)
        claims = outbox.claim("a", 5, LATER, limits())
        consents.add([ConsentFact(LATER, FactKind.NO, "reply", address="p1@example.org")])

        def last_look(message: Message, someone: object, facts: object) -> Ruling:
            verdict = may_write(someone, message.address, facts, message.stream, LATER)  # type: ignore[arg-type]
            return GO if verdict.allowed else Ruling(False, str(verdict.reason), is_final=True)

        assert outbox.start(claims, LATER, last_look) == []
        (record,) = LedgerRecords(ledger).records()
        assert (record.state, record.reason) == (State.SKIPPED, "asked us to stop")

    def test_a_worker_that_slept_past_its_claim_cannot_start_or_settle(self, ledger: Ledger) -> None:
        outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
        outbox.queue([letter()], NOON)
        asleep = outbox.claim("a", 5, LATER, limits())
        awake = LATER + timedelta(minutes=6)
        assert records.expire(awake) == []
        (other,) = outbox.claim("b", 5, awake, limits())
        assert outbox.start(asleep, awake, lambda *_: GO) == []
        assert outbox.start([other], awake, lambda *_: GO) == [other]
        assert not outbox.settle(asleep[0], State.SENT, awake)
        assert outbox.settle(other, State.SENT, awake, receipt=Receipt("local", "x", awake))

    def test_a_message_that_must_wait_goes_back_and_frees_its_place(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter("p1"), letter("p2")], NOON)
        claims = outbox.claim("a", 1, LATER, limits(lane_day=1))
        outbox.start(claims, LATER, lambda *_: Ruling(False, "sending is off", until=LATER + timedelta(hours=1)))
        assert len(outbox.claim("a", 5, LATER, limits(lane_day=1))) == 1


class TestRepair:
    """After a crash nothing is repeated blindly and nothing is lost."""

    def test_an_expired_dispatch_is_given_out_for_looking_up_and_never_queued_by_itself(self, ledger: Ledger) -> None:
        outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
        outbox.queue([letter()], NOON)
        outbox.start(outbox.claim("a", 5, LATER, limits()), LATER, lambda *_: GO)
        after = LATER + timedelta(hours=1)
        (unclear,) = records.expire(after)
        assert outbox.claim("b", 5, after, limits()) == []
        assert records.resolve(unclear, State.TO_CHECK, after, reason="no answer")
        assert not records.resolve(unclear, State.QUEUED, after), "the record is stale"

    def test_what_is_too_late_is_missed_and_the_run_still_balances(self, ledger: Ledger) -> None:
        outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
        outbox.queue([letter("p1", not_after=LATER), letter("p2", not_after=NOON + timedelta(days=9))], NOON)
        records.expire(NOON + timedelta(days=1))
        balance = records.tally(NOON + timedelta(days=1))
        assert (balance.missed, balance.planned) == (1, 2)

    def test_five_refusals_in_a_row_pause_the_lane(self, ledger: Ledger) -> None:
        outbox = LedgerOutbox(ledger)
        outbox.queue([letter(f"p{number}") for number in range(6)], NOON)
        for claim in outbox.start(outbox.claim("a", 5, LATER, limits()), LATER, lambda *_: GO):
            outbox.settle(claim, State.FAILED, LATER, reason="refused")
        assert LedgerLanes(ledger).state("local").paused
        assert outbox.claim("a", 5, LATER, limits()) == []


def test_a_corrected_address_takes_the_waiting_letter_with_it(ledger: Ledger) -> None:
    outbox, people = LedgerOutbox(ledger), LedgerPeople(ledger)
    people.apply(PeoplePlan(add=(a_person("p1", email="typo@example.org"),)), NOON)
    outbox.queue([letter(address="typo@example.org")], NOON)
    people.apply(PeoplePlan(update=(a_person("p1", email="right@example.org"),)), LATER)
    (claim,) = outbox.claim("a", 5, LATER, limits())
    assert claim.message.address == "right@example.org"


def test_an_answer_goes_where_the_mail_came_from_though_the_row_names_another_address_by_now(ledger: Ledger) -> None:
    outbox, people = LedgerOutbox(ledger), LedgerPeople(ledger)
    people.apply(PeoplePlan(add=(a_person("p1", email="wrote@example.org"),)), NOON)
    outbox.queue([letter(address="wrote@example.org", stream=Stream.ANSWER, item="stop")], NOON)
    people.apply(PeoplePlan(update=(a_person("p1", email="successor@example.org"),)), LATER)
    (claim,) = outbox.claim("a", 5, LATER, limits())
    assert claim.message.address == "wrote@example.org"


def test_a_ledger_that_somebody_else_writes_to_is_a_plain_error_that_may_be_tried_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    busy, waiting = open_ledger(url), open_ledger(url, patience=1)
    outbox = LedgerOutbox(waiting)
    with busy.write(), pytest.raises(TransientError, match="busy") as caught:
        outbox.queue([letter()], NOON)
    assert not caught.value.request_left
    assert outbox.queue([letter()], NOON) == 1
    busy.close()
    waiting.close()


def test_a_disk_that_is_full_is_a_plain_error_and_the_ledger_is_as_it_was(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
    outbox.queue([letter("p0")], NOON)
    many = [letter(f"p{number}", fingerprint="x" * 4000) for number in range(1, 60)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(path.stat().st_size for path in tmp_path.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, hard))  # the kernel refuses more, as a full disk does
    try:
        with pytest.raises(TransientError, match="disk is full"):
            outbox.queue(many, NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert records.tally(NOON).planned == 1
    assert outbox.queue(many, NOON) == len(many)
    ledger.close()


def test_a_mail_that_is_put_off_again_and_again_is_tried_less_and_less_often(ledger: Ledger) -> None:
    outbox = LedgerOutbox(ledger)
    outbox.queue([letter(not_after=NOON + timedelta(days=9))], NOON)
    waits, now = [], LATER
    for _ in range(7):
        (claim,) = outbox.start(outbox.claim("a", 5, now, limits()), now, lambda *_: GO)
        outbox.settle(claim, State.QUEUED, now, reason="later, please")
        minutes = next(m for m in range(5, 300, 5) if outbox.claim("b", 5, now + timedelta(minutes=m), limits()))
        waits.append(minutes)
        now += timedelta(minutes=minutes + 6)
        LedgerRecords(ledger).expire(now)
    assert waits == sorted(waits)
    assert waits[0] == 5
    assert waits[-1] == 120
