"""A no is a no: in whatever order people edit, write, move, are forgotten, ledgers are restored and computers change.

A Hypothesis state machine over the real SQLite ledger and the real jobs that read sheet and mailbox. Beside them stands
a model of four human beings and what each of them said last; the ledger may be more careful than the model, never less.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from integrations.ledger.consents import LedgerConsents, LedgerEvents
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import Ledger, open_ledger
from integrations.ledger.enrollments import LedgerEnrollments
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople, LedgerPrograms
from integrations.ledger.records import LedgerLanes, LedgerRecords
from integrations.ledger.refusals import LedgerRefusals
from integrations.ledger.tasks import LedgerTasks
from integrations.local.words import PackagedWords
from network.consent import AUTOMATIC, ConsentFact, FactKind, may_write
from network.errors import HeldError
from network.jobs import guard
from network.jobs.inbox import read_inbox
from network.jobs.members import read_sheet, sync_members
from network.jobs.takeover import take_over
from network.members import Person
from network.messages import Stream
from network.ports import Office
from network.stores import PeoplePlan
from tests.builders import NOON, a_person, an_incoming, an_office, some_ids, some_preferences
from tests.fakes_outside import FakeInbox, FakeWorkbook

SHARED = "office@example.org"
HEADER = ("First name", "Last name", "Email", "Organization", "Status", "Newsletter")
STATUSES = ("Member", "Invite", "On hold", "Left", "Do not contact", "")
WHO = st.integers(0, 3)


@dataclass
class Human:
    """A human being as the model knows them."""

    first: str
    last: str
    address: str
    organization: str
    status: str = "Member"
    is_in_sheet: bool = True
    said_no: bool = False
    wants_newsletter: bool = False  # said NEWSLETTER after the no
    refused: set[str] = field(default_factory=set)  # addresses a no stands for, also when everything else is forgotten
    addresses: set[str] = field(default_factory=set)
    is_forgotten: bool = False

    @property
    def row(self) -> tuple[str, ...]:
        return (self.first, self.last, self.address, self.organization, self.status, "yes")

    def says_no(self) -> None:
        self.said_no, self.wants_newsletter = True, False
        self.refused |= self.addresses

    def says_yes(self) -> None:
        self.said_no, self.wants_newsletter, self.refused = False, False, set()

    def moves(self, address: str) -> None:
        self.address = address
        self.addresses.add(address)


@lru_cache(maxsize=1)
def empty_ledger() -> Path:
    """A ledger with its tables; copying it is quicker than making them."""
    file = Path(tempfile.mkdtemp(prefix="hmn-consent-")) / "empty.db"
    atexit.register(shutil.rmtree, file.parent)
    open_ledger(f"sqlite:///{file}").close()
    return file


def quick_digest(spelling: str) -> str:
    """In place of the slow hash, which would take most of the time here."""
    return hashlib.sha256(spelling.encode()).hexdigest()


class ConsentMachine(RuleBasedStateMachine):
    """One office; after every step the ledger has read everything there is to read."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hmn-consent-"))
        self.now = NOON
        self.sheet, self.inbox = FakeWorkbook(), FakeInbox()
        self.new_id = some_ids("p-")
        self.unsubscribed: list[ConsentFact] = []  # what the newsletter's provider remembers for ever
        self.backup: Path | None = None
        self.is_held = False
        shutil.copy(empty_ledger(), self.folder / "ledger.db")
        self.ledger = self.opened()

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def opened(self) -> Ledger:
        return open_ledger(f"sqlite:///{self.folder / 'ledger.db'}", digest=quick_digest)

    @property
    def office(self) -> Office:
        ledger = self.ledger
        return an_office(
            workbook=self.sheet,
            inbox=self.inbox,
            words=PackagedWords(),
            people=LedgerPeople(ledger),
            programs=LedgerPrograms(ledger),
            consents=LedgerConsents(ledger),
            refusals=LedgerRefusals(ledger),
            enrollments=LedgerEnrollments(ledger),
            outbox=LedgerOutbox(ledger),
            ledgerbook=LedgerRecords(ledger),
            lanes=LedgerLanes(ledger),
            tasks=LedgerTasks(ledger),
            events=LedgerEvents(ledger),
            cursors=LedgerCursors(ledger),
            preferences=some_preferences,
            clock=lambda: self.now,
            new_id=self.new_id,
        )

    # --- people ------------------------------------------------------------------------------------------------------

    @initialize()
    def four_people(self) -> None:
        names = (("Ana", "Torres"), ("Birgit", "Olsen"), ("Chidi", "Okafor"), ("Dolores", "Quintana"))
        self.humans = [Human(first, last, f"{first.lower()}@example.org", f"Program {last}") for first, last in names]
        for human in self.humans:
            human.addresses.add(human.address)
        self.reads()

    def reads(self) -> None:
        """The office reads sheet, newsletter provider and mailbox, as it does before anything goes out."""
        self.now += timedelta(minutes=5)
        self.sheet.at = self.now
        self.sheet.put("Members", HEADER, *(human.row for human in self.humans if human.is_in_sheet))
        office = self.office
        try:
            reading = read_sheet(office, self.now)
        except HeldError:
            self.is_held = True  # nothing is planned, sent or written here until somebody takes over
        else:
            self.is_held = False
            sync_members(office, reading, self.now)
        office.consents.add(self.unsubscribed)
        read_inbox(office, self.now)

    def mail(self, human: Human, text: str, sender: str = "") -> None:
        number = len(self.inbox.mails) + 1
        self.now += timedelta(minutes=1)
        self.inbox.mails.append(
            an_incoming(text, sender or human.address, id=f"<{number}@example.org>", received_at=self.now, subject="")
        )
        self.reads()

    def known(self, human: Human) -> list[Person]:
        """The persons of the ledger that are this human: by name, or by an address that only this human had."""
        name = (human.first, human.last)
        return [each for each in self.office.people.all() if (each.member.first_name, each.member.last_name) == name]

    # --- what may happen ---------------------------------------------------------------------------------------------

    @rule(who=WHO, status=st.sampled_from(STATUSES))
    def the_coordinator_chooses_a_status(self, who: int, status: str) -> None:
        self.humans[who].status = status
        self.reads()

    @rule(who=WHO, number=st.integers(1, 3))
    def somebody_has_a_new_address(self, who: int, number: int) -> None:
        human = self.humans[who]
        human.moves(f"{human.first.lower()}{number}@example.org")
        self.reads()

    @rule(who=WHO)
    def somebody_uses_the_offices_shared_address(self, who: int) -> None:
        self.humans[who].moves(SHARED)
        self.reads()

    @rule(who=WHO, number=st.integers(1, 2))
    def somebody_changes_the_organization(self, who: int, number: int) -> None:
        self.humans[who].organization = f"Program {number}"
        self.reads()

    @rule(who=WHO)
    def a_row_is_deleted_or_comes_back(self, who: int) -> None:
        self.humans[who].is_in_sheet ^= True
        self.reads()

    @rule()
    def the_sheet_is_sorted_the_other_way(self) -> None:
        self.humans.reverse()
        self.reads()

    @rule(who=WHO, text=st.sampled_from(("STOP", "Please stop.", "BAJA", "unsubscribe")))
    def somebody_says_stop(self, who: int, text: str) -> None:
        human = self.humans[who]
        human.says_no()
        self.mail(human, text)

    @rule(who=WHO)
    def somebody_leaves_the_newsletter_at_its_provider(self, who: int) -> None:
        """That stops every automatic stream too, and all the provider tells is the address."""
        human = self.humans[who]
        human.says_no()
        evidence = f"unsubscribed/{len(self.unsubscribed)}"
        self.now += timedelta(minutes=1)
        self.unsubscribed.append(
            ConsentFact(self.now, FactKind.NO, "mailchimp", address=human.address, evidence=evidence)
        )
        self.reads()

    @rule(who=WHO)
    def somebody_says_start(self, who: int) -> None:
        human = self.humans[who]
        human.says_yes()
        self.mail(human, "START")

    @rule(who=WHO)
    def somebody_wants_the_newsletter_alone(self, who: int) -> None:
        self.humans[who].wants_newsletter = True
        self.mail(self.humans[who], "NEWSLETTER")

    @rule(who=WHO)
    def a_leader_records_that_somebody_asked_back(self, who: int) -> None:
        known = self.known(self.humans[who])
        if len(known) == 1:
            self.humans[who].says_yes()
            self.now += timedelta(minutes=1)
            fact = ConsentFact(self.now, FactKind.YES, "leader", person_id=known[0].id, evidence=f"phone {self.now}")
            self.office.consents.add([fact])
            self.reads()

    @rule(who=WHO)
    def a_mail_bounces(self, who: int) -> None:
        human = self.humans[who]
        fact = ConsentFact(self.now, FactKind.BOUNCE_HARD, "provider", address=human.address, evidence=f"{self.now}")
        self.office.consents.add([fact])
        self.reads()

    @rule(who=WHO, address=st.sampled_from((SHARED, "stranger@example.com")))
    def an_ordinary_mail_arrives(self, who: int, address: str) -> None:
        self.mail(self.humans[who], "Thank you, see you on Thursday!", address)

    @rule(who=WHO, comes_back=st.booleans())
    def somebody_is_forgotten(self, who: int, comes_back: bool) -> None:
        """All that stays is a mark for each address that a no stood for."""
        human = self.humans[who]
        for person in self.known(human):
            self.office.people.forget(person.id, self.now)
        human.is_forgotten, human.is_in_sheet = True, comes_back
        human.addresses = {human.address}
        human.wants_newsletter = False
        self.reads()

    @rule()
    def the_nightly_backup_is_made(self) -> None:
        self.ledger.close()
        self.backup = self.folder / "backup.db"
        shutil.copy(self.folder / "ledger.db", self.backup)
        self.kept = [replace(human, refused=set(human.refused)) for human in self.humans]
        self.ledger = self.opened()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def the_backup_is_restored(self) -> None:
        """Mailbox and newsletter remember what was said since; what a leader recorded is typed in the sheet still.

        People forgotten since are known again, with what they had said; an *asked back* is not (more careful: fine).
        """
        assert self.backup is not None
        self.exchange_ledger(self.backup)
        self.reads()

    def exchange_ledger(self, file: Path) -> None:
        self.ledger.close()
        for name in ("ledger.db-wal", "ledger.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(file, self.folder / "ledger.db")
        self.ledger = self.opened()

    # --- computers ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_held)
    @rule()
    def our_tabs_are_written(self) -> None:
        self.sheet.publish([guard.todays_guard(self.office, self.now)])

    @precondition(lambda self: not self.is_held)
    @rule()
    def mail_leaves(self) -> None:
        assert not guard.raise_generation(self.office, self.now)

    @precondition(lambda self: not self.is_held)
    @rule()
    def another_computer_takes_over(self) -> None:
        """It knows nobody; the old one wrote its tabs a few minutes ago and is never seen again."""
        self.our_tabs_are_written()
        self.exchange_ledger(empty_ledger())
        self.reads()
        assert self.is_held, "it does not act on a sheet that another computer runs"
        self.somebody_takes_over()

    @precondition(lambda self: self.is_held)
    @rule()
    def somebody_takes_over(self) -> None:
        self.now += timedelta(minutes=5)
        take_over(self.office, self.now)
        self.reads()
        assert not self.is_held

    @rule()
    def a_takeover_is_typed_where_none_is_needed(self) -> None:
        if not self.is_held and guard.recall(self.office).installation:
            before = self.office.consents.all()
            assert not take_over(self.office, self.now).is_needed
            assert self.office.consents.all() == before

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def nobody_who_said_no_may_be_written_to(self) -> None:
        office = self.office
        if self.is_held:
            assert guard.held(office)
            return
        for human in getattr(self, "humans", []):
            if not human.said_no:
                continue
            for person in self.known(human):
                address = person.member.email or ""
                if human.is_forgotten and address not in human.refused:
                    continue  # nothing that we kept says who this is
                for stream in AUTOMATIC:
                    if stream is Stream.NEWSLETTER and human.wants_newsletter:
                        continue
                    verdict = may_write(person, address, office.consents.of(person), stream, self.now)
                    assert not verdict.allowed, f"{human.first} said no and may be written to in {stream}"

    @invariant()
    def everybody_at_once_and_one_by_one_are_told_the_same(self) -> None:
        office = self.office
        together = office.consents.all()
        for person in office.people.all():
            assert set(together[person.id].facts) == set(office.consents.of(person).facts)


TestConsentMachine = ConsentMachine.TestCase
TestConsentMachine.settings = settings(
    max_examples=settings().max_examples // 2,  # each is a life of 25 steps on a real ledger
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


# --- examples that were once wrong -----------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    shutil.copy(empty_ledger(), tmp_path / "ledger.db")
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    people = [a_person(f"p-{name}", name=f"{name} Torres", email=SHARED) for name in ("Ana", "Bea")]
    LedgerPeople(opened).apply(PeoplePlan(add=tuple(people)), NOON)
    yield opened
    opened.close()


def may(ledger: Ledger, person_id: str, stream: Stream = Stream.SURVEY) -> bool:
    person = LedgerPeople(ledger).get(person_id)
    assert person is not None
    return may_write(person, SHARED, LedgerConsents(ledger).of(person), stream, NOON + timedelta(days=9)).allowed


def said(kind: FactKind, days: int = 0, **fields: Any) -> ConsentFact:
    return ConsentFact(NOON + timedelta(days=days), kind, "reply", **fields)


@pytest.mark.parametrize("who", [None, "p-Ana", "p-Bea"])
def test_forgetting_one_of_two_at_an_address_keeps_the_no_of_the_other(ledger: Ledger, who: str | None) -> None:
    LedgerConsents(ledger).add([said(FactKind.NO, person_id=who, address=SHARED)])
    LedgerPeople(ledger).forget("p-Ana", NOON)
    assert not may(ledger, "p-Bea")


def test_a_start_of_one_does_not_undo_the_stop_of_another_at_the_same_address(ledger: Ledger) -> None:
    LedgerConsents(ledger).add(
        [
            said(FactKind.NO, person_id="p-Ana", address=SHARED),
            said(FactKind.YES, 1, person_id="p-Bea", address=SHARED),
        ]
    )
    assert not may(ledger, "p-Ana")
    assert may(ledger, "p-Bea")


def test_who_kept_only_the_newsletter_and_was_forgotten_is_not_invited_again(ledger: Ledger) -> None:
    facts = [
        said(FactKind.NO, person_id="p-Ana", address=SHARED),
        said(FactKind.YES, 1, person_id="p-Ana", address=SHARED, stream=Stream.NEWSLETTER),
    ]
    LedgerConsents(ledger).add(facts)
    people = LedgerPeople(ledger)
    people.forget("p-Ana", NOON)
    people.forget("p-Bea", NOON)
    people.apply(PeoplePlan(add=(a_person("p-new", name="Ana Torres", email=SHARED),)), NOON + timedelta(days=2))
    assert not may(ledger, "p-new")


def test_a_person_who_is_forgotten_stands_in_no_fact_of_another(ledger: Ledger) -> None:
    people = LedgerPeople(ledger)
    people.apply(PeoplePlan(add=(a_person("p-Cy", name="Cy Olsen", email="cy@example.org"),)), NOON)
    LedgerConsents(ledger).add([said(FactKind.NO, person_id="p-Bea", address="cy@example.org")])
    people.forget("p-Cy", NOON)
    assert not may(ledger, "p-Bea")
    bea = people.get("p-Bea")
    assert bea is not None
    assert {fact.address for fact in LedgerConsents(ledger).of(bea).facts} == {None}
