"""What the use cases need from the world, as small Protocols written from the caller's side; and the `Office` of them.

No vendor's word stands here. `integrations.wiring` is the only place that knows which adapter fills which port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from network.audience import AudienceAnswer, Subscriber
from network.campaigns import CampaignDraft, CampaignStatus
from network.furniture import TabPlan, TabsMade
from network.goals import Snapshot
from network.links import LinkFate
from network.messages import Fate, Message, Receipt
from network.preferences import Preferences
from network.stores import (
    Approvals,
    Consents,
    Cursors,
    Enrollments,
    Events,
    Issues,
    Lanes,
    Ledgerbook,
    Outbox,
    People,
    Programs,
    Refusals,
    Responses,
    Snapshots,
    Tasks,
)
from network.survey_outline import Outline
from network.surveys import Response
from network.tabs import NewRow, Reading, SystemTab

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

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        """Makes those people's tabs of the plans that are not there, each once; says which of them stand now."""


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


@runtime_checkable
class Greets(Protocol):
    """A lane that can be tried without sending anything."""

    def greet(self) -> str:
        """Signs in, or looks at its folder, and says what answered; raises what stands in the way of sending."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that a lane made ready and that still lies there."""

    stem: str  # the message's `file_stem`
    values: Mapping[str, str]  # the part of a handle's values that names it
    made_at: datetime


class Leftovers(Protocol):
    """What a lane keeps of mails that it made ready, where it keeps any."""

    def find(self) -> Sequence[Leftover]:
        """Everything of ours that lies there; never a person's."""

    def clear(self, leftover: Leftover) -> None:
        """Takes one away; it may be gone already."""


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


class Links(Protocol):
    """Pages of other people, looked at from outside."""

    def look(self, addresses: Sequence[str]) -> Mapping[str, LinkFate]:
        """What a reader who follows each address would find; never raises for what a server does.

        An address of which nothing can be known now is left out: without the Internet all of them.
        """


class SurveySource(Protocol):
    """Where responses come from: one or several places (a form, a file, a spreadsheet), each by a name that stays."""

    def places(self) -> Sequence[str]:
        """The places that there are now."""

    def fetch(self, place: str, since: datetime | None) -> Iterable[Response]:
        """Gives responses of one place submitted at or after `since`, some of them again, each under its own id.

        In no promised order, and one at a time where there may be many; the caller upserts. Raises PermanentError or
        ConfigurationError with a sentence when a person must mend something at this place.
        """

    def outline(self, place: str) -> Outline:
        """What is asked there, as far as the place tells."""


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
    refusals: Refusals
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
    links: Links | None = None  # None: nobody looks at links
    leftovers: Leftovers | None = None  # None: the lane keeps nothing of what it made ready
