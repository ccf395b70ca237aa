"""Whatever people, the provider and crashes do, in whatever order: nobody comes back, no no is mailed, nothing twice.

The rules over the real client and the stand-in. What is true is kept beside them by a small model: who is out at the
provider until they come in again themselves, and who said no to us. A kill may come before or after any call to the
provider and any write to the ledger; what was written stays written. The last tests put a fault into an adapter and
show that each promise is really looked at.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from integrations.mailchimp.audience import MailchimpAudience
from integrations.mailchimp.campaigns import MailchimpCampaigns
from network.approvals import Approval, Decision
from network.audience import AudienceAnswer, Subscriber
from network.consent import ConsentFact, FactKind, said_no
from network.errors import NetworkError
from network.jobs import campaign_delivery, campaign_follow_up, issue_delivery
from network.jobs.audience import sync_audience
from network.jobs.issues import plan_issues
from network.members import Language, Person, Status
from network.messages import Stream
from network.rendering import Letterhead
from network.tabs import Cell, Reading
from tests.builders import NOON, Desk, a_person, some_preferences
from tests.emulated.mailchimp import LIST, Account
from tests.emulated.stand_in import StandIn
from tests.fakes_ledger import FakeCursors, FakeIssues

HEADER = ("Issue", "Send on", "For", "Language", "Section", "Title", "Text")
ROWS: tuple[tuple[Cell, ...], ...] = (
    ("October 2026", "2026-10-06", "all", "English", "Health", "Lead tests", "Dear [First name], ask the clinic."),
    ("October 2026", "2026-10-06", "all", "Spanish", "Salud", "Plomo", "Pregunte en la clínica."),
)
PEOPLE = tuple(f"p{number}" for number in range(4))
OURS = ("sync", "sync", "newsletter", "newsletter", "approve", "a quarter", "a day", "restore", "backup", "kill")
SHEET = ("leave", "return", "yes", "no cell", "rename", "move", "share", "Spanish")
SAID = ("STOP", "STOP NEWSLETTER", "START")
THERE = (
    "unsubscribe",
    "sign up",
    "admin unsubscribe",
    "admin subscribe",
    "archive",
    "delete for good",
    "bounce",
    "edit",
)
MOODS = ("fault before", "fault after")
MOODS_THERE = ("502", "drop", "429", "truncated", "504", "late")
PATHS = ("/members", "/campaigns", "/actions/", "/segments", "/content", "")
ACTS = st.tuples(
    st.sampled_from((*OURS, *SHEET, *SAID, *THERE, *MOODS)),
    st.sampled_from(PEOPLE),
    st.sampled_from(MOODS_THERE),
    st.sampled_from(PATHS),
)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Deadly:
    """A port that kills the process at one of its calls, before or after its effect."""

    port: Any
    calls_left: int = -1
    is_before: bool = True

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.port, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self.calls_left -= 1
            if self.calls_left == 0 and self.is_before:
                raise Killed
            answer = found(*args, **options)
            if self.calls_left == 0:
                raise Killed
            return answer

        return call


@lru_cache(maxsize=1)
def letterhead() -> Letterhead:
    return Letterhead.load(PackagedWords(), some_preferences())


@dataclass
class History:
    """One history under way, and what is true in it."""

    account: Account
    desk: Desk = field(default_factory=Desk)
    at: datetime = NOON
    out: set[str] = field(default_factory=set)  # addresses that left there, until they come in again
    checked: int = 0  # mails that were looked at
    saved: tuple[Any, ...] = ()
    audience_of: Callable[[Account], Any] = Account.audience  # a test of the test hands in a careless one
    campaigns_of: Callable[[Account], Any] = Account.campaigns

    def __post_init__(self) -> None:
        self.account.at(self.at)
        self.cursors, self.issues = FakeCursors(), FakeIssues()
        self.ports = [
            Deadly(port)
            for port in (self.audience_of(self.account), self.campaigns_of(self.account), self.cursors, self.issues)
        ]
        ports: dict[str, Any] = dict(zip(("audience", "campaigns", "cursors", "issues"), self.ports, strict=True))
        self.desk = Desk(words=PackagedWords(), **ports)  # type: ignore[arg-type]  # the same port
        for person_id in PEOPLE:
            self.put(person_id)
        self.desk.workbook.put("Newsletter", HEADER, *ROWS)
        self.backup()

    def put(self, person_id: str, **fields: Any) -> None:
        known = self.desk.people.people.get(person_id)
        email = known.member.email if known else f"{person_id}@example.org"
        values: dict[str, Any] = {"email": email, "newsletter": True, "state": "WA"} | fields
        person: Person = a_person(person_id, **values)
        addresses = dict.fromkeys((*(known.addresses if known else ()), values["email"]))
        self.desk.people.people[person_id] = replace(person, addresses=tuple(addresses))

    def address(self, person_id: str) -> str:
        return self.desk.people.people[person_id].member.email or ""

    def backup(self) -> None:
        self.saved = deepcopy((self.cursors.values, self.issues.records))

    # --- what we do ---------------------------------------------------------------------------------------------------

    def sync(self) -> None:
        self.desk.now = self.at
        for name in ("read.sheet", "read.inbox"):
            self.desk.cursors.set(name, self.at.isoformat(), self.at)
        self.desk.cursors.set("sheet.version", self.reading().version or "", self.at)
        sync_audience(self.desk.office, self.at)

    def newsletter(self) -> None:
        """What `jobs.newsletter` does in a run, on a letterhead that is compiled once for all histories."""
        self.sync()
        office = self.desk.office
        for plan in plan_issues(office, self.reading(), self.at, letterhead()).editions:
            issue_delivery.prepare_edition(office, plan, letterhead(), self.at)
        for plan in plan_issues(office, self.reading(), self.at, letterhead()).editions:
            campaign_delivery.hand_over(office, plan, letterhead(), self.at)
        for record in office.issues.all():
            campaign_follow_up.follow_up(office, record, self.at)

    def reading(self) -> Reading:
        found = self.desk.workbook.read()
        assert found is not None
        return found

    def try_to(self, do: Any) -> None:
        try:
            do()
        except (NetworkError, Killed):
            return

    # --- one act ------------------------------------------------------------------------------------------------------

    def act(self, what: str, person_id: str, mood: str, path: str) -> None:
        address = self.address(person_id)
        match what:
            case "sync":
                self.try_to(self.sync)
            case "newsletter":
                self.try_to(self.newsletter)
            case "approve":
                for request in self.desk.office.approvals.pending():
                    yes = Approval(
                        request.item, request.fingerprint, Decision.APPROVED, "Noor", self.at, request.addressees
                    )
                    self.desk.office.approvals.decide(yes)
            case "a quarter" | "a day":
                # The office runs every few minutes; only its last run before the hour may have been a bad one.
                self.account.stand_in.control("calm", {})
                self.account.stand_in.control("late", {})
                self.try_to(self.newsletter)
                self.at += timedelta(minutes=16) if what == "a quarter" else timedelta(hours=22, minutes=30)
                self.account.at(self.at)
            case "backup":
                self.backup()
            case "restore":
                self.cursors.values, self.issues.records = deepcopy(self.saved)
            case "kill":
                number = MOODS_THERE.index(mood) * len(PATHS) + PATHS.index(path)
                port = self.ports[number % len(self.ports)]
                port.calls_left, port.is_before = 1 + number // len(self.ports), bool(number % 2)
            case "fault before" | "fault after":
                self.account.fault(mood, what.removeprefix("fault "), path=f"/3.0/.*{path}", times=1 + len(path) % 5)
            case "leave":
                self.put(person_id, status=Status.LEFT)
            case "return" | "yes":
                self.put(person_id)
            case "no cell":
                self.put(person_id, newsletter=False)
            case "rename":
                self.put(person_id, name=f"Renamed {len(self.cursors.values)}")
            case "move":
                self.put(person_id, email=f"{person_id}.new@example.org")
            case "share":
                self.put(person_id, email=f"{PEOPLE[0]}@example.org")
            case "Spanish":
                self.put(person_id, language=Language.SPANISH)
            case "STOP" | "STOP NEWSLETTER" | "START":
                kind = FactKind.YES if what == "START" else FactKind.NO
                stream = Stream.NEWSLETTER if what == "STOP NEWSLETTER" else None
                number = sum(len(each.facts) for each in self.desk.consents.all().values())
                self.at += timedelta(seconds=1)
                fact = ConsentFact(
                    self.at, kind, "reply", person_id=person_id, address=address, stream=stream, evidence=str(number)
                )
                self.desk.consents.add([fact])
            case _:
                self.act_there(what, address)
        self.check()

    def act_there(self, what: str, address: str) -> None:
        members = self.account.look()["members"]
        if what != "sign up" and address not in members:
            return
        more = {"fields": {"LNAME": f"L{len(members)}"}} if what == "edit" else {}
        self.account.act(what, address, **more)
        if what in ("sign up", "admin subscribe"):
            self.out.discard(address)
        elif what != "edit":
            self.out.add(address)

    # --- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        found = self.account.look()
        statuses = {email: member["status"] for email, member in found["members"].items()}
        back = {email for email in self.out if statuses.get(email) == "subscribed"}
        assert not back, "came back without having asked"
        # Whoever is unsubscribed there, by our telling too, comes in again by themselves alone.
        self.out |= {email for email, status in statuses.items() if status in ("unsubscribed", "cleaned")}
        for mail in found["mails"][self.checked :]:
            assert mail["email"] not in self.said_no(), "a no was mailed"
        self.checked = len(found["mails"])
        mails = Counter(mail["email"] for mail in found["mails"])
        assert not [email for email, number in mails.items() if number > 1], "an issue came twice"
        titles = Counter(each["title"] for each in found["campaigns"])
        assert not [title for title, number in titles.items() if number > 1], "a second campaign"

    def said_no(self) -> set[str]:
        facts = self.desk.consents.all()
        return {
            address
            for person in self.desk.people.people.values()
            for address in person.addresses
            if said_no(person.id, person.addresses, facts[person.id].facts, Stream.NEWSLETTER)
        }


@settings(max_examples=settings().max_examples // 3)
@given(acts=st.lists(ACTS, min_size=10, max_size=45), can_schedule=st.booleans(), starts_early=st.booleans())
def test_no_history_brings_anybody_back_mails_a_no_or_makes_a_second_campaign(
    running: StandIn, acts: list[tuple[str, str, str, str]], can_schedule: bool, starts_early: bool
) -> None:
    running.reset()
    account = Account(running)
    history = History(account, at=NOON - timedelta(hours=2) if starts_early else NOON)
    account.set_up(can_schedule=can_schedule)
    for first in ("newsletter", "approve", "a quarter"):
        history.act(first, PEOPLE[0], "502", "")
    for each in acts:
        history.act(*each)
    history.account.stand_in.control("calm", {})
    for last in ("newsletter", "a quarter", "a quarter"):
        history.act(last, PEOPLE[0], "502", "")


# One person's way in and out, by every door, with backups in between: short steps, so that many ways are gone.
DOORS = ("sync", "leave", "return", "unsubscribe", "sign up", "archive", "admin subscribe", "STOP", "backup", "restore")


@given(st.lists(st.sampled_from(DOORS), min_size=4, max_size=25))
def test_nobody_is_brought_back_through_any_door(running: StandIn, acts: list[str]) -> None:
    running.reset()
    history = History(Account(running))
    history.act("sync", PEOPLE[0], "", "")
    for each in acts:
        history.act(each, PEOPLE[0], "", "")
        history.at += timedelta(minutes=1)
        history.account.at(history.at)
    history.act("return", PEOPLE[0], "", "")
    history.act("sync", PEOPLE[0], "", "")


def test_an_ordinary_history_reaches_everybody_once(running: StandIn) -> None:
    running.reset()
    history = History(Account(running))
    for each in ("newsletter", "approve", "a quarter", "newsletter", "a quarter", "newsletter"):
        history.act(each, PEOPLE[0], "502", "")
    assert sorted(mail["email"] for mail in history.account.look()["mails"]) == [
        f"{each}@example.org" for each in PEOPLE
    ]
    assert {str(each.state) for each in history.desk.issues.all() if each.addressees} == {"sent"}


# --- the test itself can fail -----------------------------------------------------------------------------------------


class ForgetsTheirNo(MailchimpAudience):
    """Takes everybody for subscribed and writes that status with every change, as many a sync does."""

    def changes(self, since: str | None) -> tuple[Sequence[Subscriber], str]:
        found, cursor = super().changes(since)
        return [replace(each, status="subscribed") for each in found], cursor

    def apply(self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]) -> AudienceAnswer:
        answer = super().apply(add, change, remove)
        for each in change:
            member = hashlib.md5(each.address.encode(), usedforsecurity=False).hexdigest()
            self._client.ask(self._lists.update_list_member, LIST, member, {"status": "subscribed"})
        return answer


class BringsEverybodyBack(MailchimpAudience):
    """Takes whoever is in the archive out of it, whatever happened there since."""

    def apply(self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]) -> AudienceAnswer:
        trusting = [replace(each, changed_at=datetime.max.replace(tzinfo=UTC)) for each in add]
        return super().apply(trusting, change, remove)


class TellsNobody(MailchimpAudience):
    """Keeps a no said elsewhere to itself."""

    def refuse(self, addresses: Sequence[str]) -> None:
        """Does nothing."""


class LooksForNothing(MailchimpCampaigns):
    """Makes a campaign without looking whether there is one."""

    def _titled(self, title: str) -> list[dict[str, Any]]:
        return []


AGAIN = ("newsletter", "approve", "backup", "a quarter", "newsletter", "restore", "newsletter", "a quarter")


@pytest.mark.parametrize(
    ("careless", "acts", "says"),
    [
        (ForgetsTheirNo, ("sync", "admin unsubscribe", "rename", "sync"), "came back"),
        (BringsEverybodyBack, ("sync", "leave", "sync", "unsubscribe", "archive", "return", "sync"), "came back"),
        (TellsNobody, ("newsletter", "approve", "a quarter", "newsletter", "STOP", "a day"), "a no was mailed"),
        (LooksForNothing, AGAIN, "twice|a second campaign"),
    ],
)
def test_a_careless_adapter_is_found_out(running: StandIn, careless: type[Any], acts: Sequence[str], says: str) -> None:
    def made(account: Account) -> Any:
        return careless(account.client(), LIST)

    def live() -> None:
        for each in acts:
            history.act(each, PEOPLE[0], "502", "")

    running.reset()
    account, early = Account(running), NOON - timedelta(hours=2)
    if issubclass(careless, MailchimpAudience):
        history = History(account, at=early, audience_of=made)
    else:
        history = History(account, campaigns_of=made)
    with pytest.raises(AssertionError, match=says):
        live()
