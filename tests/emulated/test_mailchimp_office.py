"""The example office with Mailchimp: from rows in its workbook to one campaign an edition, through the real wiring.

Everything is real but Mailchimp itself: settings, the .xlsx, the ledger, the rounds that the flows walk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.build import build_workbook
from integrations.settings import Settings, load_settings
from integrations.wiring import open_office
from network.approvals import Approval, Decision
from network.errors import ConfigurationError
from network.jobs.rounds import walk
from network.ports import Office
from tests.builders import NOON
from tests.emulated.mailchimp import LIST, Account, running_account

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
KEY = {"mailchimp_api_key": "key-us6"}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workbook(WASHINGTON, tmp_path_factory.mktemp("office") / "workbook.xlsx")


def the_settings(account: Account, built: Path, **more: Any) -> Settings:
    values = {
        **KEY,
        "home": built.parent,
        "workbook": "workbook.xlsx",
        "send": "live",
        "mailchimp_audience": LIST,
        "mailchimp_base_url": f"{account.stand_in.base_url}/3.0",
    }
    return load_settings(**{**values, **more})


def go(settings: Settings, account: Account, at: datetime, *rounds: str) -> None:
    """Walks rounds, each in a process of its own, as the schedule does."""
    account.at(at)
    for name in rounds:
        with open_office(settings, as_of=at) as office:
            walk(office, name, at)


def approve_issues(office: Office, at: datetime) -> list[str]:
    asked = [each for each in office.approvals.pending() if each.item.startswith("newsletter/")]
    for request in asked:
        yes = Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", at, request.addressees)
        office.approvals.decide(yes)
    return [each.title for each in asked]


@pytest.fixture(scope="module")
def sent(account: Account, built: Path) -> Settings:
    """The office after its newsletter has gone."""
    settings = the_settings(account, built)
    go(settings, account, NOON, "members", "inbox", "newsletter")
    with open_office(settings, as_of=NOON) as office:
        assert approve_issues(office, NOON)
    after = NOON + timedelta(minutes=20)
    go(settings, account, after, "members", "inbox", "newsletter", "outbox")
    go(settings, account, after + timedelta(minutes=10), "outbox")
    return settings


def test_the_audience_is_who_agreed_and_nobody_else(sent: Settings, account: Account) -> None:
    with open_office(sent, as_of=NOON) as office:
        people = {person.member.email: person for person in office.people.all()}
    members = account.look()["members"]
    assert members
    assert all(people[email].member.newsletter for email in members)
    assert not [email for email in members if str(people[email].member.status) in ("Left", "Do not contact", "")]
    assert any("HMN es" in member["tags"] for member in members.values())


def test_each_edition_was_one_campaign_and_each_reader_got_one_mail(sent: Settings, account: Account) -> None:
    there = account.look()
    titles = Counter(each["title"] for each in there["campaigns"])
    assert len(titles) >= 2
    assert set(titles.values()) == {1}
    assert {each["status"] for each in there["campaigns"]} == {"sent"}
    mails = Counter(mail["email"] for mail in there["mails"])
    assert set(mails.values()) == {1}
    assert mails.keys() == {email for email, member in there["members"].items() if member["status"] == "subscribed"}


def test_names_are_filled_in_there_and_everybody_can_stop(sent: Settings, account: Account) -> None:
    there = account.look()
    for mail in there["mails"]:
        name = there["members"][mail["email"]]["fields"]["FNAME"]
        assert "*|" not in mail["text"].replace("*|UNSUB|*", "")
        assert not mail["text"].startswith("[")
        assert name
    assert all('href="*|UNSUB|*"' in each["html"] for each in there["campaigns"])


def test_no_issue_went_through_the_outbox(sent: Settings) -> None:
    with open_office(sent, as_of=NOON) as office:
        assert not [r for r in office.ledgerbook.records() if str(r.message.stream) == "newsletter"]
        states = {str(each.state) for each in office.issues.all() if each.campaign_id}
    assert states == {"sent"}
    assert (sent.office / "archive" / "index.html").exists()


def test_running_everything_again_sends_nothing_and_asks_little(sent: Settings, account: Account) -> None:
    mails, asked = len(account.look()["mails"]), len(account.asked())
    again = NOON + timedelta(hours=2)
    go(sent, account, again, "members", "inbox", "newsletter", "outbox", "members")
    assert len(account.look()["mails"]) == mails
    written = [each for each in account.asked()[asked:] if each["method"] != "GET"]
    assert written == []
    assert len(account.asked()) - asked <= 2


def test_a_no_at_mailchimp_is_in_the_row_and_stays(sent: Settings, account: Account) -> None:
    (gone, *_) = sorted({mail["email"] for mail in account.look()["mails"]})
    account.act("unsubscribe", gone)
    later = NOON + timedelta(days=1)
    go(sent, account, later, "members", "inbox", "members")
    with open_office(sent, as_of=later) as office:
        (person,) = [each for each in office.people.all() if each.member.email == gone]
        assert [str(fact.kind) for fact in office.consents.of(person).facts if fact.source == "mailchimp"] == ["no"]
        assert "said no" in {event.kind for event in office.events.of(person.id)}
    assert account.statuses()[gone] == "unsubscribed"


def test_a_key_without_an_audience_is_refused_with_a_sentence(account: Account, built: Path) -> None:
    settings = the_settings(account, built, mailchimp_audience=None)
    with pytest.raises(ConfigurationError, match="HMN_MAILCHIMP_AUDIENCE"), open_office(settings):
        pass


def test_an_office_whose_first_run_is_the_newsletter_knows_its_settings(tmp_path: Path) -> None:
    build_workbook(WASHINGTON, tmp_path / "workbook.xlsx")
    settings = load_settings(home=tmp_path, workbook="workbook.xlsx", send="live")
    with open_office(settings, as_of=NOON) as office:
        run = walk(office, "newsletter", NOON)
    assert run.newsletter is not None
    assert not [remark for remark in run.newsletter.remarks if "blank" in remark.sentence]
    assert {str(line.state) for line in run.newsletter.lines} <= {"waiting for approval", "collecting"}


def test_when_mailchimp_is_away_the_sheet_is_answered_all_the_same(sent: Settings, account: Account) -> None:
    account.fault("503", path="/3.0/", times=50)
    at = NOON + timedelta(days=1, hours=1)
    with open_office(sent, as_of=at) as office:
        run = walk(office, "members", at)
    account.stand_in.control("calm", {})
    page = next(each for each in run.pages if each.key == "hmn-audience")
    assert "The next run tries again" in page.markdown
    assert run.members is not None
