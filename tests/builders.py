"""Small builders for tests: a member, a person, a program, a message, and an office filled with fakes.

Every builder gives something ordinary; a test names only what matters to it. The fakes stand in `tests.fakes_outside`
and `tests.fakes_ledger`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from network.members import Member, Person, RoleKind, RowKey, Status
from network.messages import Content, Message, Stream
from network.ports import Incoming, Office
from network.preferences import Preferences, Sending
from network.programs import Grant, Program, ProgramType
from tests.fakes_ledger import (
    FakeApprovals,
    FakeConsents,
    FakeCursors,
    FakeEnrollments,
    FakeEvents,
    FakeIssues,
    FakeLanes,
    FakeOutbox,
    FakePeople,
    FakePrograms,
    FakeRefusals,
    FakeResponses,
    FakeSnapshots,
    FakeTasks,
)
from tests.fakes_outside import (
    FakeAudience,
    FakeBackups,
    FakeCampaigns,
    FakeCharts,
    FakeInbox,
    FakeMailer,
    FakeShelf,
    FakeSurveySource,
    FakeWords,
    FakeWorkbook,
)

NOON = datetime(2026, 10, 6, 17, 0, tzinfo=UTC)
"""A Tuesday in season, 10:00 in Seattle: inside every send window of the examples."""


def a_member(name: str = "Ana Torres", email: str | None = "ana@example.org", **fields: Any) -> Member:
    """A health manager who takes part; `name` is first and last name in one, any field may be given."""
    first, _, last = name.partition(" ")
    organization = fields.pop("organization", "Lummi Nation")
    values: dict[str, Any] = {
        "key": RowKey(email or "", first, last, organization),
        "first_name": first,
        "last_name": last,
        "email": email,
        "phone": None,
        "organization": organization,
        "role": "Health manager",
        "role_kind": RoleKind.MANAGER,
        "service_area": "Health",
        "status": Status.MEMBER,
    }
    return Member(**values | fields)


def a_person(person_id: str = "p-ana", member: Member | None = None, **fields: Any) -> Person:
    """Somebody known since a year; fields of `Person` go in by name, everything else goes to `a_member`."""
    own = {"first_seen", "already_known", "in_sheet", "became_member_at", "recipient_id", "addresses"}
    member = member or a_member(**{name: value for name, value in fields.items() if name not in own})
    values: dict[str, Any] = {
        "first_seen": NOON - timedelta(days=365),
        "already_known": True,
        "addresses": (member.email,) if member.email else (),
    }
    return Person(person_id, member, **values | {name: value for name, value in fields.items() if name in own})


def a_program(program_id: str = "wa-lummi", name: str = "Lummi Nation", **fields: Any) -> Program:
    """A recipient with one grant; `program_type`, `states` and `number` describe the grant."""
    grant = Grant(
        fields.pop("number", "90CI009995"),
        name,
        fields.pop("program_type", ProgramType.AIAN),
        fields.pop("states", ("WA",)),
    )
    return Program(program_id, name, fields.pop("other_names", ()), fields.pop("grants", (grant,)), **fields)


def a_message(person_id: str = "p-ana", address: str = "ana@example.org", **fields: Any) -> Message:
    """Letter 1 to a Head Start prospect, due at noon."""
    values: dict[str, Any] = {
        "stream": Stream.RECRUITMENT,
        "item": "head_start",
        "step": "letter-1",
        "to_name": "Ana Torres",
        "content": Content("A question", "Hello Ana", "<p>Hello Ana</p>"),
        "due_at": NOON,
        "not_after": NOON + timedelta(days=7),
    }
    return Message(person_id=person_id, address=address, **values | fields)


def an_incoming(text: str = "Yes, please.", sender: str = "ana@example.org", **fields: Any) -> Incoming:
    """A plain human reply that arrived at noon."""
    values: dict[str, Any] = {"id": "<1@example.org>", "received_at": NOON, "subject": "Re: A question", "headers": {}}
    return Incoming(sender=sender, text=text, **values | fields)


def some_preferences(**fields: Any) -> Preferences:
    """An office in Washington State that is switched on."""
    values: dict[str, Any] = {
        "network_name": "Washington Health Manager Network",
        "sender_name": "Noor Haddenfield",
        "sender_address": "hmn@example.org",
        "reply_to": "hmn@example.org",
        "postal_address": "1 Example Street, Olympia WA 98501",
        "time_zone": "America/Los_Angeles",
        "states": ("WA",),
        "leaders": ("Noor Haddenfield", "Lucía Campoverde"),
        "leader_addresses": {"Noor Haddenfield": "noor@example.org", "Lucía Campoverde": "lucia@example.org"},
        "approvers": ("noor@example.org",),
        "sending": Sending.ON,
    }
    return Preferences(**values | fields)


def some_ids(prefix: str = "id-") -> Callable[[], str]:
    """Gives id-1, id-2, ... so that a failing test can be read."""
    numbers = iter(range(1, 1_000_000))
    return lambda: f"{prefix}{next(numbers)}"


@dataclass
class Desk:
    """An office's fakes by name, typed as the fakes they are, and the office made of them."""

    workbook: FakeWorkbook = field(default_factory=FakeWorkbook)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    audience: FakeAudience | None = None  # no campaign provider: the local way
    campaigns: FakeCampaigns | None = None
    surveys: FakeSurveySource = field(default_factory=FakeSurveySource)
    words: FakeWords = field(default_factory=FakeWords)
    shelf: FakeShelf = field(default_factory=FakeShelf)
    people: FakePeople = field(default_factory=FakePeople)
    programs: FakePrograms = field(default_factory=FakePrograms)
    consents: FakeConsents = field(init=False)
    refusals: FakeRefusals = field(default_factory=FakeRefusals)
    enrollments: FakeEnrollments = field(default_factory=FakeEnrollments)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    lanes: FakeLanes = field(default_factory=FakeLanes)
    approvals: FakeApprovals = field(default_factory=FakeApprovals)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    responses: FakeResponses = field(default_factory=FakeResponses)
    snapshots: FakeSnapshots = field(default_factory=FakeSnapshots)
    issues: FakeIssues = field(default_factory=FakeIssues)
    cursors: FakeCursors = field(default_factory=FakeCursors)
    events: FakeEvents = field(default_factory=FakeEvents)
    preferences: Preferences = field(default_factory=some_preferences)
    now: datetime = NOON
    is_live: bool = True
    new_id: Callable[[], str] = field(default_factory=some_ids)

    def __post_init__(self) -> None:
        self.consents = FakeConsents(self.people)
        self.outbox.people, self.outbox.consents = self.people, self.consents
        self.workbook.at = self.now

    @property
    def office(self) -> Office:
        """The office as a use case gets it; changes of the desk's fields show at once."""
        return an_office(
            **{
                name: getattr(self, name)
                for name in self.__dataclass_fields__
                if name not in {"preferences", "now", "is_live", "new_id"}
            },
            clock=lambda: self.now,
            preferences=lambda: self.preferences,
            is_live=self.is_live,
            new_id=self.new_id,
        )


def an_office(**ports: Any) -> Office:
    """An office filled with fakes for every port; a test hands in the ports it looks at."""
    people = ports.get("people", FakePeople())
    consents = ports.get("consents", FakeConsents(people))
    outbox = ports.get("outbox", FakeOutbox(people=people, consents=consents))
    values: dict[str, Any] = {
        "workbook": FakeWorkbook(at=NOON),
        "mailer": FakeMailer(),
        "inbox": FakeInbox(),
        "audience": None,
        "campaigns": None,
        "surveys": FakeSurveySource(),
        "words": FakeWords(),
        "shelf": FakeShelf(),
        "backups": FakeBackups(),
        "charts": FakeCharts(),
        "people": people,
        "programs": FakePrograms(),
        "consents": consents,
        "refusals": FakeRefusals(),
        "enrollments": FakeEnrollments(),
        "outbox": outbox,
        "ledgerbook": outbox,
        "lanes": FakeLanes(),
        "approvals": FakeApprovals(),
        "tasks": FakeTasks(),
        "responses": FakeResponses(),
        "snapshots": FakeSnapshots(),
        "issues": FakeIssues(),
        "cursors": FakeCursors(),
        "events": FakeEvents(),
        "clock": lambda: NOON,
        "new_id": some_ids(),
        "is_live": True,
        "preferences": some_preferences,
    }
    return Office(**values | ports)
