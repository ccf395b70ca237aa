"""What the use cases need from the world, as small Protocols written from the caller's side; and the `Office` of them.

No vendor's word stands here. `integrations.wiring` is the only place that knows which adapter fills which port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from network.approvals import Approval, ApprovalRequest
from network.audience import AudienceAnswer, Subscriber
from network.campaigns import CampaignDraft, CampaignStatus
from network.consent import ConsentFact, ConsentFacts
from network.goals import Snapshot
from network.members import Person
from network.messages import Balance, Claim, Fate, Message, MessageRecord, Receipt, Ruling, State
from network.newsletter import IssueRecord
from network.preferences import Caps, Preferences
from network.programs import Program
from network.sequences import Enrollment
from network.surveys import Response
from network.tabs import NewRow, Reading, SystemTab
from network.tasks import NewTask, Task

# --- the outside -----------------------------------------------------------------------------------------------------


class Workbook(Protocol):
    """The coordinator's sheet. Never edits or deletes a cell that a person may edit."""

    def read(self, since: str | None = None) -> Reading | None:
        """Reads every people's tab in one go; None when nothing changed since the version token `since`."""

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        """Replaces those of our own tabs whose content changed; returns their titles."""

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        """Adds rows to people's tabs, each at most once; returns the keys that now stand there.

        A key that is not returned could not be added now (the file is open, the answer was unclear): it stays pending.
        """


@dataclass(frozen=True, slots=True)
class Handle:
    """What `prepare` gives: enough to dispatch once and to look the outcome up after a crash."""

    message_key: str
    values: Mapping[str, str]


class Mailer(Protocol):
    """One lane. `dispatch` is called at most once for a handle; a crash or an unclear answer goes to `outcome`."""

    lane: str

    def prepare(self, message: Message) -> Handle:
        """Makes everything ready that may be repeated."""

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        """Sends. Raises PermanentError when refused, TransientError(request_left=False) when nothing left."""

    def outcome(self, handle: Handle) -> Fate:
        """Looks up what became of a dispatch whose answer is unknown."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail that arrived in the network's mailbox, parsed but not judged; stays in memory, never in the ledger."""

    id: str  # stable: Message-ID or the provider's id
    received_at: datetime
    sender: str  # normalised address
    subject: str
    text: str  # decoded plain text, quoted parts included
    headers: Mapping[str, str]  # lower-case names, last value wins
    references: tuple[str, ...] = ()  # Message-IDs of In-Reply-To and References
    bounced_address: str = ""  # Final-Recipient of a delivery status notification
    bounce_status: str = ""  # "5.1.1"
    bounce_action: str = ""  # "failed", "delayed"


class Inbox(Protocol):
    """The network's mailbox, read only."""

    def fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        """Returns what arrived after the cursor `since`, oldest first, and the new cursor."""


class Audience(Protocol):
    """The newsletter's subscribers, wherever they are kept."""

    def changes(self, since: str | None) -> tuple[Sequence[Subscriber], str]:
        """Returns subscribers changed since the cursor (some of them again), and the new cursor; None reads everybody.

        Archived ones are told of only when everybody is read.
        """

    def apply(self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]) -> AudienceAnswer:
        """Adds, updates (never a status) and archives.

        One to add whose status is "archived" is brought back, if nothing happened there since its `changed_at`.
        """

    def refuse(self, addresses: Sequence[str]) -> None:
        """Records a no said elsewhere: the only status ever written to an existing subscriber."""


class Campaigns(Protocol):
    """Where issues are handed over and sent once. `merge` has the provider's own tag for each placeholder it fills."""

    merge: Mapping[str, str]  # "First name" -> its tag; "stop link" -> the tag of the link that ends the newsletter

    def begin(self, draft: CampaignDraft) -> CampaignStatus:
        """Finds the one campaign of exactly this title, or makes it, with nobody to get it and no words yet.

        Keep its id before anything else. More than one of this title stops for a person. After a TransientError with
        `request_left` wait ten minutes: it may still appear.
        """

    def put(self, campaign_id: str, draft: CampaignDraft) -> CampaignStatus:
        """Gives a draft its words and readers and reads it back; repeatable until it is sent.

        Raises PermanentError when what stands there is not what was put, above all when it would go to everybody.
        """

    def send(self, campaign_id: str, at: datetime | None = None) -> None:
        """Sends once, or schedules for `at` (a quarter of an hour in UTC); what is already on its way stays so.

        An unclear answer is a TransientError with `request_left`: look, never repeat. UnsupportedFeature when the
        provider does not schedule; PermanentError with its reasons when the campaign is not ready.
        """

    def recall(self, campaign_id: str) -> None:
        """Makes a scheduled campaign a draft again."""

    def look(self, campaign_id: str, *, with_report: bool = False) -> CampaignStatus | None:
        """How it stands; None when it is gone."""


class SurveySource(Protocol):
    """Where responses come from."""

    def fetch(self, since: datetime | None) -> Sequence[Response]:
        """Returns responses submitted at or after `since` (with overlap); the caller upserts."""


class Words(Protocol):
    """The texts we ship: files under templates/, by their path."""

    def read(self, path: str) -> str:
        """Returns the text of `recruitment/head_start/letter-1.md`; PermanentError names a missing file."""

    def list(self, folder: str) -> Sequence[str]:
        """Returns the paths directly under a folder, sorted."""


class Shelf(Protocol):
    """Files of the office that people may open: preview, archive, exports."""

    def put(self, path: str, body: str) -> str:
        """Writes `archive/2026-10.html` (beside and renamed) and returns where it stands, for a sentence."""


class Charts(Protocol):
    """Pictures for a page, drawn without a file."""

    def line(self, title: str, points: Sequence[Snapshot], plan: Sequence[tuple[date, float]] = ()) -> str:
        """Draws values over time, with the plan's line where there is one, as a `data:` address for Markdown."""


class Backups(Protocol):
    """Copies of the ledger, made while it is in use."""

    def make(self, at: datetime) -> str:
        """Makes today's copy, once, and returns where it stands; blank where the database is backed up elsewhere."""

    def prune(self, keep: int) -> int:
        """Removes all but the newest `keep` copies; returns how many went."""


# --- what is remembered ----------------------------------------------------------------------------------------------


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


class Responses(Protocol):
    """Survey responses; never joined to a person where the survey is anonymous."""

    def upsert(self, responses: Sequence[Response]) -> int: ...

    def all(self, survey: str) -> Sequence[Response]: ...


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


# --- the office ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Office:
    """One network's ports, opened by `integrations.wiring` and handed to every use case."""

    workbook: Workbook
    mailer: Mailer
    inbox: Inbox
    audience: Audience | None  # None: the newsletter goes out as single mails through the outbox
    campaigns: Campaigns | None
    surveys: SurveySource
    words: Words
    shelf: Shelf
    charts: Charts
    backups: Backups
    people: People
    programs: Programs
    consents: Consents
    enrollments: Enrollments
    outbox: Outbox
    ledgerbook: Ledgerbook
    lanes: Lanes
    approvals: Approvals
    tasks: Tasks
    responses: Responses
    snapshots: Snapshots
    issues: Issues
    cursors: Cursors
    events: Events
    clock: Callable[[], datetime]  # aware UTC; a demo or a simulation hands in its own
    new_id: Callable[[], str]
    is_live: bool  # HMN_SEND=live; the coordinator's switch stands in Preferences
    preferences: Callable[
        [], Preferences
    ]  # as last read from *Settings*; defaults (sending off) before the first reading
