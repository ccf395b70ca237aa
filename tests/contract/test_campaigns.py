"""What every place that sends campaigns keeps: one campaign for a title, changed until it is sent, sent once.

Run over the campaigns in memory; an adapter of a campaign provider joins by another fixture parameter. Without a
provider an issue goes through the outbox, whose contract stands in `test_outbox`.
"""

from __future__ import annotations

import pytest

from network.errors import PermanentError
from network.ports import CampaignDraft, Campaigns
from tests.fakes_outside import FakeCampaigns

TITLE = "October 2026, members, English"


@pytest.fixture(params=[FakeCampaigns], ids=["memory"])
def campaigns(request: pytest.FixtureRequest) -> Campaigns:
    made: Campaigns = request.param()
    return made


def a_draft(subject: str = "School has started") -> CampaignDraft:
    return CampaignDraft(
        title=TITLE,
        subject=subject,
        preview="",
        html="<p>Hello</p>",
        text="Hello",
        tags=frozenset({"members"}),
        recipients=("ana@example.org", "bea@example.org"),
        reply_to="hmn@example.org",
        from_name="Noor",
    )


def test_a_campaign_is_found_by_its_exact_title(campaigns: Campaigns) -> None:
    assert campaigns.find(TITLE) is None
    made = campaigns.put(a_draft())
    assert campaigns.find(TITLE) == made
    assert campaigns.find(TITLE.lower()) is None


def test_putting_it_again_makes_no_second_one(campaigns: Campaigns) -> None:
    first = campaigns.put(a_draft())
    assert campaigns.put(a_draft("School starts")).id == first.id


def test_it_tells_how_many_it_would_reach(campaigns: Campaigns) -> None:
    assert campaigns.put(a_draft()).recipients == 2


def test_it_is_sent_once(campaigns: Campaigns) -> None:
    made = campaigns.put(a_draft())
    campaigns.send(made.id)
    found = campaigns.find(TITLE)
    assert found is not None
    assert found.state == "sent"
    with pytest.raises(PermanentError):
        campaigns.send(made.id)


def test_what_was_sent_is_not_changed(campaigns: Campaigns) -> None:
    campaigns.send(campaigns.put(a_draft()).id)
    with pytest.raises(PermanentError):
        campaigns.put(a_draft("Too late"))
