"""What the use cases need remembered, one small Protocol for each noun; the ledger keeps them.

The constraints behind these carry the promises: a message has one row for ever, a fact is only added, the first
answer wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from network.approvals import Approval, ApprovalRequest
from network.consent import ConsentFact, ConsentFacts
from network.goals import Snapshot
from network.members import Person
from network.messages import Balance, Claim, Message, MessageRecord, Receipt, Ruling, State, Stream
from network.newsletter import IssueRecord
from network.preferences import Caps
from network.programs import Program
from network.sequences import Enrollment
from network.surveys import Response
from network.tasks import NewTask, Task


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """What one reading of *Members* changes; applied in one transaction."""

    add: tuple[Person, ...] = ()
    update: tuple[Person, ...] = ()
    gone: tuple[str, ...] = ()  # ids of people whose row vanished

    @property
    def is_empty(self) -> bool:
        return not (self.add or self.update or self.gone)


class People(Protocol):
    """Everybody we know."""

    def all(self) -> Sequence[Person]: ...

    def get(self, person_id: str) -> Person | None: ...

    def apply(self, plan: PeoplePlan, at: datetime) -> None: ...

    def forget(self, person_id: str, at: datetime) -> None:
        """Removes the person; only the salted hashes of refusals stay."""


class Programs(Protocol):
    """Grant recipients as last read from the sheet or imported."""

    def all(self) -> Sequence[Program]: ...

    def replace(self, programs: Sequence[Program], at: datetime) -> None: ...

    def note(self, program_id: str, *, at: datetime, facts: Mapping[str, str]) -> None:
        """Keeps what we were told (open months, whom to ask, do not write until) until the sheet says it."""


class Consents(Protocol):
    """Consent facts, append-only."""

    def add(self, facts: Iterable[ConsentFact]) -> int:
        """Adds facts not yet known (same kind, subject, source and evidence); returns how many were new."""

    def of(self, person: Person) -> ConsentFacts:
        """The facts touching one person, their addresses and their organization, oldest first."""

    def all(self) -> Mapping[str, ConsentFacts]:
        """The same for everybody, by person id, in one query."""


class Refusals(Protocol):
    """Every no as a slow salted hash of the addresses it covers: what outlives a person's record and this computer."""

    def noes(self) -> Mapping[str, frozenset[Stream]]:
        """The hashes of every no that stands now, each with the streams it stops."""

    def keep(self, noes: Mapping[str, frozenset[Stream]], at: datetime) -> int:
        """Keeps noes known by hash alone; returns how many people known here are refused by them now.

        Whoever has such an address, today or one day, is refused. Slow: every address we know is hashed once.
        """


class Enrollments(Protocol):
    """Who is in which track, and how far."""

    def all(self) -> Sequence[Enrollment]: ...

    def save(self, enrollments: Iterable[Enrollment], at: datetime) -> None:
        """Inserts or updates; unique for (person, track, cycle)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one lane may take now; checked and reserved inside the claim's transaction."""

    caps: Caps
    day_starts: datetime  # start of today in the network's zone
    week_starts: datetime
    lane: str
    lane_day: int  # today's cap of the lane: the first live day is lower
    lease: timedelta = timedelta(minutes=5)


class Outbox(Protocol):
    """Messages on their way out; the constraints that nobody gets one twice live behind this."""

    def queue(self, messages: Sequence[Message], at: datetime) -> int:
        """Queues those whose key and address key are new; returns how many were."""

    def claim(self, owner: str, count: int, now: datetime, limits: Limits) -> Sequence[Claim]:
        """Takes up to `count` due messages for one owner, reserving person-day, person-week and lane-day."""

    def start(
        self, claims: Sequence[Claim], now: datetime, recheck: Callable[[Message, Person | None, ConsentFacts], Ruling]
    ) -> Sequence[Claim]:
        """Marks them dispatching by compare-and-set on (owner, attempt), if `recheck` still lets them go.

        The person and the facts are read in the same transaction. Returns those that are still ours and go; the commit
        stands before the caller sends anything.
        """

    def settle(
        self, claim: Claim, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        """Writes the end of one claim; False when it was no longer ours."""

    def prepare(self, claim: Claim, handle: Mapping[str, str], now: datetime) -> bool:
        """Keeps the lane's handle before anything leaves; False when it was no longer ours."""


class Ledgerbook(Protocol):
    """The outbox as people ask about it, and the repairs after a crash."""

    def records(self, states: Sequence[State] = ()) -> Sequence[MessageRecord]:
        """Every message in one of these states (all states when none is named), by due time."""

    def find(self, key_or_ref: str) -> MessageRecord | None:
        """One message by its key or by the reference that stands in its mail."""

    def tally(self, now: datetime) -> Balance:
        """How the whole ledger balances (promise 1)."""

    def expire(self, now: datetime) -> Sequence[MessageRecord]:
        """Puts expired claims back in the queue and messages past `not_after` to missed.

        Returns expired dispatches: their fate must be looked up, they are never simply repeated.
        """

    def resolve(
        self, record: MessageRecord, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        """Moves one message on from exactly the state and attempt of `record`; False when it has moved meanwhile.

        Allowed: a dispatch of unknown fate or a to_check to sent, queued (shown not sent, or a person's retry),
        to_check, or skipped (dropped); a queued message to skipped when it is no longer wanted.
        """

    def doubt(self, reason: str, now: datetime) -> int:
        """Takes everything on its way out of the queue, because it may have gone already; returns how many mails.

        Mail to members becomes to_check with this reason; what the office wrote to itself, and answers, are skipped.
        """


@dataclass(frozen=True, slots=True)
class LaneState:
    """What we remember of a lane."""

    first_live_day: date | None
    paused: str  # why, in words; blank when it runs


class Lanes(Protocol):
    """Lanes and whether they run."""

    def state(self, lane: str) -> LaneState: ...

    def begin(self, lane: str, day: date) -> LaneState:
        """Remembers the first live day of a lane, once."""

    def pause(self, lane: str, why: str) -> None:
        """Stops a lane until a person lets it go on; a blank `why` lets it go on."""

    def others(self, lane: str) -> Sequence[str]:
        """Other lanes that hold receipts in this ledger."""


class Approvals(Protocol):
    """Questions to approvers and their answers; the first answer to a fingerprint wins."""

    def ask(self, request: ApprovalRequest) -> ApprovalRequest:
        """Keeps the question; asking again for the same fingerprint returns the one that stands."""

    def decide(self, approval: Approval) -> bool:
        """Keeps the first answer (or a stop of an approval); False when another stood before."""

    def find(self, item: str) -> Approval | None:
        """The latest answer for an item, whatever its fingerprint."""

    def pending(self) -> Sequence[ApprovalRequest]: ...

    def by_code(self, code: str) -> ApprovalRequest | None: ...


class Tasks(Protocol):
    """What people must do."""

    def open(self, tasks: Sequence[NewTask], at: datetime) -> Sequence[Task]:
        """Opens those whose key is new; returns all of them as they stand."""

    def all(self) -> Sequence[Task]: ...

    def save(self, tasks: Sequence[Task], at: datetime) -> None:
        """Writes state, answer and who."""

    def reserve(self, numbers: Iterable[int], at: datetime) -> None:
        """Closes these numbers for good where they are free: rows of another memory stand under them in the sheet."""


class Responses(Protocol):
    """Survey responses; never joined to a person where the survey is anonymous."""

    def upsert(self, responses: Sequence[Response]) -> int:
        """Keeps those that are new or say something else and are not older; returns how many were."""

    def all(self, survey: str) -> Iterable[Response]:
        """Those of one survey, by id, one at a time; may be gone through again and again."""


class Snapshots(Protocol):
    """Metrics by day."""

    def put(self, snapshots: Sequence[Snapshot]) -> int: ...

    def history(self) -> Sequence[Snapshot]: ...


class Issues(Protocol):
    """Editions of newsletter issues and how far they are."""

    def all(self) -> Sequence[IssueRecord]: ...

    def save(self, record: IssueRecord) -> None: ...


class Cursors(Protocol):
    """Small facts that jobs remember between runs: version tokens, last runs, last healthy readings."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """Why something happened to somebody: ids, kinds and plain words, no address."""

    at: datetime
    kind: str  # "seen", "changed", "invited", "skipped", "sent", "replied", "said no", ...
    words: str
    person_id: str | None = None
    subject: str = ""


class Events(Protocol):
    """The append-only story behind `hmn why`."""

    def add(self, events: Iterable[Event]) -> None: ...

    def of(self, person_id: str) -> Sequence[Event]: ...
