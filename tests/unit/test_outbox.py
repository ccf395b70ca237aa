"""The last look before a mail leaves, and the limits of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.approvals import Approval, Decision
from network.cadence import Place
from network.consent import ConsentFact, ConsentFacts, FactKind
from network.members import Status
from network.messages import Ruling, Stream
from network.outbox import (
    AT_ONCE,
    BATCH,
    NOT_APPROVED,
    OUTSIDE_WINDOW,
    SENDING_IS_OFF,
    UNDO_TIME,
    LastLook,
    is_fresh,
    limits_at,
    next_stride,
    was_away,
)
from network.preferences import Caps, Sending
from network.stores import LaneState
from tests.builders import NOON, a_member, a_message, a_person, some_preferences

APPROVED = Approval("letter-1", "f1", Decision.APPROVED, "Noor", NOON - timedelta(hours=1), 10)


def look(*, facts: tuple[ConsentFact, ...] = (), person: Any = ..., message: Any = None, **fields: Any) -> Ruling:
    values: dict[str, Any] = {
        "now": NOON,
        "preferences": some_preferences(),
        "approvals": {"letter-1": APPROVED},
        "place_of": lambda _: Place(("WA",)),
        "exit_reason": lambda *_: "",
    }
    someone = a_person(status=Status.INVITE) if person is ... else person
    return LastLook(**values | fields)(message or a_message(), someone, ConsentFacts(facts))


def test_an_invited_person_with_no_word_against_it_gets_the_letter() -> None:
    assert look().goes


@pytest.mark.parametrize("sending", [Sending.OFF, Sending.ONLY_TO_ME])
def test_nothing_goes_to_a_member_unless_sending_is_on(sending: Sending) -> None:
    ruling = look(preferences=some_preferences(sending=sending))
    assert (ruling.goes, ruling.reason, ruling.is_final) == (False, SENDING_IS_OFF, False)


def test_only_to_me_lets_the_offices_own_mail_go_and_off_does_not() -> None:
    mail = a_message(stream=Stream.OFFICE)
    assert look(message=mail, preferences=some_preferences(sending=Sending.ONLY_TO_ME)).goes
    assert not look(message=mail, preferences=some_preferences(sending=Sending.OFF)).goes


def test_a_persons_no_is_final_and_an_absence_waits_until_its_end() -> None:
    no = ConsentFact(NOON - timedelta(days=1), FactKind.NO, "reply", person_id="p-ana")
    assert look(facts=(no,)).is_final
    back = NOON + timedelta(days=5)
    away = replace(no, kind=FactKind.AWAY, until=back)
    assert look(facts=(away,)) == Ruling(False, "away", until=back)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(Status.DO_NOT_CONTACT, True), (Status.LEFT, True), (Status.ON_HOLD, False), (Status.BLANK, False)],
)
def test_a_mark_set_after_queueing_stops_the_letter(status: Status, is_final: bool) -> None:
    ruling = look(person=a_person(status=status))
    assert (ruling.goes, ruling.is_final) == (False, is_final)


def test_somebody_forgotten_gets_nothing_more() -> None:
    assert look(person=None).is_final


def test_a_track_that_ended_ends_its_letters() -> None:
    assert look(exit_reason=lambda *_: "a colleague answered us") == Ruling(
        False, "a colleague answered us", is_final=True
    )


def test_a_letter_waits_for_its_own_approval_and_for_the_quarter_of_an_hour_after_it() -> None:
    letter = a_message(approval_item="letter-1", fingerprint="f1")
    assert look(message=letter).goes
    assert look(message=letter, approvals={}).reason == NOT_APPROVED
    assert look(message=replace(letter, fingerprint="other words")).reason == NOT_APPROVED
    stopped = replace(APPROVED, decision=Decision.STOPPED)
    assert look(message=letter, approvals={"letter-1": stopped}).reason == NOT_APPROVED
    fresh = replace(APPROVED, at=NOON - timedelta(minutes=14))
    assert look(message=letter, approvals={"letter-1": fresh}) == Ruling(False, UNDO_TIME, until=fresh.starts_at)


def test_a_letter_that_comes_up_late_in_the_evening_waits_for_the_morning() -> None:
    evening = NOON + timedelta(hours=9)
    ruling = look(now=evening)
    assert ruling.reason == OUTSIDE_WINDOW
    assert ruling.until == NOON + timedelta(hours=23)


def test_what_a_person_asked_for_goes_at_any_hour_even_after_a_no() -> None:
    no = ConsentFact(NOON, FactKind.NO, "reply", person_id="p-ana")
    mail = a_message(stream=Stream.ANSWER)
    assert look(message=mail, facts=(no,), now=NOON + timedelta(hours=9)).goes


def test_nobody_is_written_to_at_a_dead_address_not_even_with_an_answer() -> None:
    dead = ConsentFact(NOON, FactKind.BOUNCE_HARD, "provider", address="ana@example.org")
    assert look(message=a_message(stream=Stream.ANSWER), facts=(dead,)).is_final


def test_a_newsletter_needs_a_yes_of_its_own() -> None:
    issue = a_message(stream=Stream.NEWSLETTER)
    assert look(message=issue, person=a_person(newsletter=None)).is_final
    assert look(message=issue, person=a_person(member=a_member(newsletter=True))).goes


def test_the_first_live_day_is_capped_lower_and_the_day_is_the_networks() -> None:
    preferences = some_preferences(caps=Caps(first_day=10, per_day=60))
    first = limits_at(NOON, preferences, "local", LaneState(date(2026, 10, 6), ""))
    second = limits_at(NOON + timedelta(days=1), preferences, "local", LaneState(date(2026, 10, 6), ""))
    assert (first.lane_day, second.lane_day) == (10, 60)
    assert first.day_starts.isoformat() == "2026-10-06T00:00:00-07:00"


def test_a_first_day_in_the_future_was_a_wrong_clock_and_lifts_no_cap() -> None:
    preferences = some_preferences(caps=Caps(first_day=10, per_day=60))
    assert limits_at(NOON, preferences, "local", LaneState(date(2027, 10, 6), "")).lane_day == 10


def test_a_reading_is_fresh_for_half_an_hour_and_one_from_the_future_is_not() -> None:
    assert is_fresh((NOON - timedelta(minutes=29)).isoformat(), NOON)
    assert not is_fresh((NOON - timedelta(minutes=31)).isoformat(), NOON)
    assert not is_fresh((NOON + timedelta(minutes=5)).isoformat(), NOON)
    assert not is_fresh(None, NOON)


def test_the_office_was_away_after_more_than_a_day() -> None:
    assert was_away((NOON - timedelta(days=7)).isoformat(), NOON) == timedelta(days=7)
    assert was_away((NOON - timedelta(hours=23)).isoformat(), NOON) is None
    assert was_away(None, NOON) is None


@given(stride=st.integers(1, BATCH), milliseconds=st.integers(0, 600_000))
def test_what_is_marked_dispatching_at_once_takes_less_than_five_seconds(stride: int, milliseconds: int) -> None:
    took = timedelta(milliseconds=milliseconds)
    following = next_stride(stride, took)
    assert 1 <= following <= BATCH
    assert following == 1 or following * took / stride <= AT_ONCE


def test_a_quick_lane_soon_takes_a_whole_batch() -> None:
    stride = 1
    for _ in range(5):
        stride = next_stride(stride, timedelta(milliseconds=stride))
    assert stride == BATCH
