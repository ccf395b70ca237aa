"""What every place that sends campaigns keeps: one for a title, never to everybody, changed until sent, sent once.

Without a provider an issue goes through the outbox, whose contract stands in `test_outbox`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from network.audience import Subscriber
from network.campaigns import STOP_LINK, CampaignDraft
from network.errors import PermanentError, UnsupportedFeature
from network.ports import Campaigns
from tests.emulated.mailchimp import Account, running_account
from tests.fakes_outside import FakeCampaigns

TITLE = "October 2026, members, English"
NOON = datetime(2026, 10, 6, 12, 7, tzinfo=UTC)
QUARTER = datetime(2026, 10, 6, 12, 15, tzinfo=UTC)
ANA, BEA, CEM = "ana@example.org", "bea@example.org", "cem@example.org"


def a_draft(subject: str = "School has started") -> CampaignDraft:
    return CampaignDraft(
        title=TITLE,
        subject=subject,
        preview="",
        html='<p>Hello</p><a href="*|UNSUB|*">Stop</a>',
        text="Hello *|UNSUB|*",
        recipients=(ANA, BEA, "gone@example.org"),
        reply_to="hmn@example.org",
        from_name="Noor",
    )


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as running:
        yield running


class CampaignsContract(ABC):
    """Give campaigns whose audience has Ana, Bea and Cem, its switches and clock, and who was mailed."""

    @pytest.fixture
    def campaigns(self) -> Campaigns:
        raise NotImplementedError

    @abstractmethod
    def mailed(self) -> Sequence[str]:
        """Every address that got a mail, once for each mail."""

    @abstractmethod
    def unsubscribe(self, address: str) -> None:
        """Somebody leaves there."""

    @abstractmethod
    def later(self, moment: datetime) -> None:
        """The clock there goes on."""

    @abstractmethod
    def without_scheduling(self) -> None:
        """The plan does not schedule."""

    def a_put(self, campaigns: Campaigns) -> str:
        made = campaigns.begin(a_draft())
        return campaigns.put(made.id, a_draft()).id

    def test_a_new_campaign_reaches_nobody(self, campaigns: Campaigns) -> None:
        made = campaigns.begin(a_draft())
        assert (made.state, made.recipients) == ("draft", 0)

    def test_beginning_again_makes_no_second_one(self, campaigns: Campaigns) -> None:
        first = campaigns.begin(a_draft())
        assert campaigns.begin(a_draft("School starts")).id == first.id
        assert campaigns.begin(replace(a_draft(), title=TITLE.lower())).id != first.id

    def test_it_reaches_exactly_the_readers_named_and_of_them_who_is_subscribed(self, campaigns: Campaigns) -> None:
        made = campaigns.begin(a_draft())
        assert campaigns.put(made.id, a_draft()).recipients == 2
        self.unsubscribe(BEA)
        assert campaigns.put(made.id, a_draft()).recipients == 1
        assert campaigns.put(made.id, replace(a_draft(), recipients=(ANA, CEM))).recipients == 2

    def test_it_is_sent_once_however_often_it_is_asked(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        campaigns.send(made)
        campaigns.send(made)
        self.later(NOON + timedelta(minutes=5))
        campaigns.send(made)
        assert sorted(self.mailed()) == [ANA, BEA]
        found = campaigns.look(made, with_report=True)
        assert found is not None
        assert found.state == "sent"
        assert found.report["delivered"] == 2

    def test_who_leaves_before_it_goes_gets_nothing(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        self.unsubscribe(ANA)
        campaigns.send(made)
        assert self.mailed() == [BEA]

    def test_a_scheduled_one_goes_at_its_quarter_of_an_hour(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        campaigns.send(made, QUARTER)
        found = campaigns.look(made)
        assert found is not None
        assert found.state == "scheduled"
        assert self.mailed() == []
        self.later(QUARTER)
        assert sorted(self.mailed()) == [ANA, BEA]

    def test_a_recalled_one_does_not_go(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        campaigns.send(made, QUARTER)
        campaigns.recall(made)
        self.later(QUARTER + timedelta(hours=1))
        assert self.mailed() == []
        found = campaigns.look(made)
        assert found is not None
        assert found.state == "draft"

    def test_a_plan_that_does_not_schedule_says_so(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        self.without_scheduling()
        with pytest.raises(UnsupportedFeature):
            campaigns.send(made, QUARTER)
        campaigns.send(made)
        assert len(self.mailed()) == 2

    def test_what_was_sent_is_not_changed(self, campaigns: Campaigns) -> None:
        made = self.a_put(campaigns)
        campaigns.send(made)
        with pytest.raises(PermanentError):
            campaigns.put(made, a_draft("Too late"))

    def test_one_that_is_gone_is_told_as_gone(self, campaigns: Campaigns) -> None:
        assert campaigns.look("nothing") is None

    def test_there_is_a_tag_for_the_link_that_stops_it(self, campaigns: Campaigns) -> None:
        assert campaigns.merge[STOP_LINK]
        assert campaigns.merge["First name"]


class TestCampaignsInMemory(CampaignsContract):
    """The campaigns of other tests."""

    @pytest.fixture
    def campaigns(self) -> FakeCampaigns:
        self.there = FakeCampaigns()
        for address in (ANA, BEA, CEM):
            self.there.audience.act(address, "subscribed")
        return self.there

    def mailed(self) -> Sequence[str]:
        return [address for mails in self.there.mailed.values() for address in mails]

    def unsubscribe(self, address: str) -> None:
        self.there.audience.act(address, "unsubscribed")

    def later(self, moment: datetime) -> None:
        self.there.tick(moment)

    def without_scheduling(self) -> None:
        self.there.can_schedule = False


class TestMailchimpCampaigns(CampaignsContract):
    """The real client at the stand-in."""

    @pytest.fixture
    def campaigns(self, account: Account) -> Campaigns:
        account.stand_in.reset()
        account.at(NOON)
        self.there = account
        account.audience().apply([Subscriber(each, "subscribed", {}) for each in (ANA, BEA, CEM)], [], [])
        return account.campaigns()

    def mailed(self) -> Sequence[str]:
        return [each["email"] for each in self.there.look()["mails"]]

    def unsubscribe(self, address: str) -> None:
        self.there.act("unsubscribe", address)

    def later(self, moment: datetime) -> None:
        self.there.at(moment)

    def without_scheduling(self) -> None:
        self.there.set_up(can_schedule=False)
