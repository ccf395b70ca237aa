"""What every audience keeps: a status that somebody else gave is never overwritten, a no is the only one we write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest

from network.audience import NotTaken, Subscriber
from network.ports import Audience
from tests.emulated.mailchimp import Account, running_account
from tests.fakes_outside import FakeAudience

ANA, BEA = "ana@example.org", "bea@example.org"


def a_subscriber(address: str = ANA, **fields: str) -> Subscriber:
    values = {"First name": "Ana", **{name.replace("_", " "): value for name, value in fields.items()}}
    return Subscriber(address, "subscribed", values, frozenset({"HMN manager"}), "en")


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as running:
        yield running


class AudienceContract(ABC):
    """Give an audience, and what people do there themselves."""

    @abstractmethod
    def act(self, what: str, address: str) -> None:
        """Somebody acts there: "unsubscribe", "archive", "sign up"."""

    @pytest.fixture
    def audience(self) -> Audience:
        raise NotImplementedError

    def statuses(self, audience: Audience) -> dict[str, str]:
        return {each.address: each.status for each in audience.changes(None)[0]}

    def test_who_is_added_is_subscribed_with_name_language_and_labels(self, audience: Audience) -> None:
        answer = audience.apply([a_subscriber()], [], [])
        assert not answer.not_taken
        assert [each.address for each in answer.seen] == [ANA]
        (found,) = audience.changes(None)[0]
        assert (found.status, found.fields["First name"], found.language) == ("subscribed", "Ana", "en")
        assert "HMN manager" in found.tags

    def test_adding_somebody_twice_adds_one(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        audience.apply([a_subscriber(), a_subscriber(BEA)], [], [])
        assert self.statuses(audience) == {ANA: "subscribed", BEA: "subscribed"}

    def test_adding_never_brings_back_who_said_no(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        self.act("unsubscribe", ANA)
        audience.apply([a_subscriber()], [], [])
        assert self.statuses(audience) == {ANA: "unsubscribed"}

    def test_a_change_of_a_name_never_changes_a_status(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        audience.refuse([ANA])
        audience.apply([], [a_subscriber(First_name="Anita")], [])
        (subscriber,) = audience.changes(None)[0]
        assert subscriber.status == "unsubscribed"
        assert subscriber.fields["First name"] == "Anita"

    def test_who_leaves_is_archived_and_not_lost(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        answer = audience.apply([], [], [ANA])
        assert answer.archived == {ANA}
        assert [each.status for each in answer.seen] == ["archived"]
        assert self.statuses(audience) == {ANA: "archived"}

    def test_who_said_no_before_leaving_is_not_archived_over_it(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        self.act("unsubscribe", ANA)
        answer = audience.apply([], [], [ANA])
        assert not answer.archived
        assert self.statuses(audience) == {ANA: "unsubscribed"}

    def test_who_was_archived_by_us_comes_back(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        (archived,) = audience.apply([], [], [ANA]).seen
        back = Subscriber(ANA, "archived", {"First name": "Ana"}, changed_at=archived.changed_at)
        assert not audience.apply([back], [], []).not_taken
        assert self.statuses(audience) == {ANA: "subscribed"}

    def test_who_was_touched_since_we_archived_them_stays_where_they_are(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        (archived,) = audience.apply([], [], [ANA]).seen
        self.act("sign up", ANA)
        self.act("unsubscribe", ANA)
        self.act("archive", ANA)
        back = Subscriber(ANA, "archived", {"First name": "Ana"}, changed_at=archived.changed_at)
        assert audience.apply([back], [], []).not_taken == {ANA: NotTaken.ARCHIVED}
        assert self.statuses(audience) == {ANA: "archived"}

    def test_a_no_said_elsewhere_is_kept_and_adds_nobody(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        audience.refuse([ANA, "nobody@example.org"])
        assert self.statuses(audience) == {ANA: "unsubscribed"}

    def test_only_what_changed_is_told_after_the_first_reading(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        since = audience.changes(None)[1]
        self.act("unsubscribe", ANA)
        found, _ = audience.changes(since)
        assert [(each.address, each.status) for each in found] == [(ANA, "unsubscribed")]

    def test_who_signs_up_again_themselves_is_told_with_the_moment(self, audience: Audience) -> None:
        audience.apply([a_subscriber()], [], [])
        assert audience.changes(None)[0][0].opted_in_at is None
        self.act("unsubscribe", ANA)
        self.act("sign up", ANA)
        (found,) = audience.changes(None)[0]
        assert found.status == "subscribed"
        assert found.opted_in_at is not None


class TestAudienceInMemory(AudienceContract):
    """The audience of other tests."""

    @pytest.fixture
    def audience(self) -> FakeAudience:
        self.there = FakeAudience()
        return self.there

    def act(self, what: str, address: str) -> None:
        statuses = {"unsubscribe": "unsubscribed", "archive": "archived", "sign up": "subscribed"}
        self.there.act(address, statuses[what], is_own=what == "sign up")


class TestMailchimpAudience(AudienceContract):
    """The real client at the stand-in."""

    @pytest.fixture
    def audience(self, account: Account) -> Audience:
        account.stand_in.reset()
        self.there = account
        return account.audience()

    def act(self, what: str, address: str) -> None:
        self.there.act(what, address)
