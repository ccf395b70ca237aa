"""The fakes keep the promises of the ports they stand for, so that a test on them means something."""

from __future__ import annotations

from datetime import timedelta

from network.messages import GO, State
from network.preferences import Caps
from network.stores import Limits, PeoplePlan
from tests.builders import NOON, Desk, a_message, a_person, an_office

LIMITS = Limits(Caps(), NOON - timedelta(hours=10), NOON - timedelta(days=1), "local", 60)


def test_an_office_has_every_port() -> None:
    office = an_office()
    missing = {name for name in office.__dataclass_fields__ if getattr(office, name) is None}
    # No campaign provider: the local way; nobody looks at links, and no lane keeps drafts.
    assert missing == {"audience", "campaigns", "links", "leftovers"}


def test_the_desk_and_its_office_share_their_memory() -> None:
    desk = Desk()
    desk.office.people.apply(PeoplePlan(add=(a_person(),)), NOON)
    assert [person.id for person in desk.people.all()] == ["p-ana"]


def test_a_message_is_queued_once_for_a_person_and_once_for_an_address() -> None:
    office = Desk().office
    assert office.outbox.queue([a_message(), a_message()], NOON) == 1
    assert office.outbox.queue([a_message("p-bea")], NOON) == 0


def test_a_claim_leaves_room_for_one_mail_a_day() -> None:
    office = Desk().office
    office.outbox.queue([a_message(), a_message(step="letter-2")], NOON)
    assert len(office.outbox.claim("worker", 10, NOON, LIMITS)) == 1


def test_only_the_owner_settles() -> None:
    office = Desk().office
    office.outbox.queue([a_message()], NOON)
    (claim,) = office.outbox.claim("worker", 10, NOON, LIMITS)
    (started,) = office.outbox.start([claim], NOON, lambda *_: GO)
    assert office.outbox.settle(started, State.SENT, NOON)
    assert not office.outbox.settle(started, State.SENT, NOON)
