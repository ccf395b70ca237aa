"""What every audience keeps: a status that somebody else gave is never overwritten, a no is the only one we write.

Run over the audience in memory; an adapter of a campaign provider joins by another fixture parameter.
"""

from __future__ import annotations

import pytest

from network.ports import Audience, Subscriber
from tests.fakes_outside import FakeAudience


@pytest.fixture(params=[FakeAudience], ids=["memory"])
def audience(request: pytest.FixtureRequest) -> Audience:
    made: Audience = request.param()
    return made


def a_subscriber(address: str = "ana@example.org", **fields: str) -> Subscriber:
    return Subscriber(address, "subscribed", {"FNAME": "Ana", **fields})


def statuses(audience: Audience) -> dict[str, str]:
    return {each.address: each.status for each in audience.changes(None)[0]}


def test_who_is_added_is_subscribed(audience: Audience) -> None:
    assert audience.apply([a_subscriber()], [], []) == {}
    assert statuses(audience) == {"ana@example.org": "subscribed"}


def test_a_change_of_a_name_never_changes_a_status(audience: Audience) -> None:
    audience.apply([a_subscriber()], [], [])
    audience.refuse(["ana@example.org"])
    audience.apply([], [a_subscriber(FNAME="Anita")], [])
    (subscriber,) = audience.changes(None)[0]
    assert subscriber.status == "unsubscribed"
    assert subscriber.fields["FNAME"] == "Anita"


def test_who_leaves_is_archived_and_not_lost(audience: Audience) -> None:
    audience.apply([a_subscriber()], [], [])
    audience.apply([], [], ["ana@example.org"])
    assert statuses(audience) == {"ana@example.org": "archived"}


def test_a_no_said_elsewhere_is_kept_even_for_somebody_unknown(audience: Audience) -> None:
    audience.refuse(["nobody@example.org"])
    assert statuses(audience) == {"nobody@example.org": "unsubscribed"}
