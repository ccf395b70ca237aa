"""The outside world in memory: a sheet, a mail lane, an inbox, an audience and the rest, each with a memory.

They keep the promises of `network.ports` and nothing more; what was done to them stands in their public fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from network.errors import PermanentError
from network.goals import Snapshot
from network.messages import Fate, Message, Receipt
from network.ports import CampaignDraft, CampaignStatus, Handle, Incoming, Subscriber
from network.surveys import Response
from network.tabs import Cell, NewRow, RawTab, Reading, SystemTab


@dataclass
class FakeWorkbook:
    """A sheet whose cells a test may change at any moment; `edit` counts up the version as a person's edit does."""

    tabs: dict[str, list[list[Cell]]] = field(default_factory=dict)
    published: dict[str, SystemTab] = field(default_factory=dict)
    added: list[NewRow] = field(default_factory=list)
    writes: int = 0
    reads: int = 0
    is_closed_to_additions: bool = False
    at: datetime | None = None
    remarks: tuple[str, ...] = ()
    version: int = 1

    def put(self, title: str, header: Sequence[Cell], *rows: Sequence[Cell]) -> FakeWorkbook:
        """Types a whole tab."""
        self.tabs[title] = [list(header), *(list(row) for row in rows)]
        self.version += 1
        return self

    def edit(self, title: str, row: int, column: int, value: Cell) -> None:
        """Types one cell; row 0 is the header."""
        self.tabs[title][row][column] = value
        self.version += 1

    def read(self, since: str | None = None) -> Reading | None:
        self.reads += 1
        if since == str(self.version):
            return None
        assert self.at is not None, "set FakeWorkbook.at to the moment of the reading"
        tabs = {title: RawTab(title, [list(row) for row in rows]) for title, rows in self.tabs.items()}
        return Reading(tabs, str(self.version), self.at, self.remarks)

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        changed = [tab for tab in tabs if self.published.get(tab.title) != tab]
        self.published |= {tab.title: tab for tab in changed}
        self.writes += bool(changed)
        return [tab.title for tab in changed]

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        if self.is_closed_to_additions:
            return []
        for row in rows:
            self._add(row)
        return [row.key for row in rows]

    def _add(self, row: NewRow) -> None:
        if row.key in {each.key for each in self.added if each.tab == row.tab}:
            return
        self.added.append(row)
        self.writes += 1
        table = self.tabs.setdefault(row.tab, [list(row.cells)])
        cells = {name: value if isinstance(value, str | int | float) else None for name, value in row.cells.items()}
        table.insert(1, [cells.get(str(name)) for name in table[0]])
        self.version += 1


@dataclass
class FakeMailer:
    """A lane that keeps what it sent; `fails` maps a message key to the exception that dispatch raises."""

    lane: str = "local"
    sent: list[Message] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    at: datetime | None = None

    def prepare(self, message: Message) -> Handle:
        return Handle(message.key, {"draft": message.file_stem})

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        if message.key in self.fails:
            raise self.fails[message.key]
        self.sent.append(message)
        return Receipt(self.lane, handle.values.get("draft", message.file_stem), self.at or message.due_at)

    def outcome(self, handle: Handle) -> Fate:
        if handle.message_key in self.fates:
            return self.fates[handle.message_key]
        return Fate.SENT if handle.message_key in {each.key for each in self.sent} else Fate.NOT_SENT


@dataclass
class FakeInbox:
    """A mailbox; the cursor is how many mails were already handed out."""

    mails: list[Incoming] = field(default_factory=list)

    def fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        return self.mails[int(since or 0) :], str(len(self.mails))


@dataclass
class FakeAudience:
    """Subscribers by address."""

    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)  # address -> why it cannot be added

    def changes(self, since: str | None) -> tuple[Sequence[Subscriber], str]:
        return list(self.subscribers.values()), "1"

    def apply(
        self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]
    ) -> Mapping[str, str]:
        for each in add:
            if each.address not in self.refusals:
                self.subscribers[each.address] = each
        for each in change:
            status = self.subscribers[each.address].status
            self.subscribers[each.address] = replace(each, status=status)
        for address in remove:
            self.subscribers[address] = replace(self.subscribers[address], status="archived")
        return {each.address: self.refusals[each.address] for each in add if each.address in self.refusals}

    def refuse(self, addresses: Sequence[str]) -> None:
        self.refused += addresses
        for address in addresses:
            known = self.subscribers.get(address, Subscriber(address, "unsubscribed", {}))
            self.subscribers[address] = replace(known, status="unsubscribed")


@dataclass
class FakeCampaigns:
    """Campaigns by title; each is sent at most once."""

    drafts: dict[str, CampaignDraft] = field(default_factory=dict)
    statuses: dict[str, CampaignStatus] = field(default_factory=dict)
    sends: list[str] = field(default_factory=list)
    reports: dict[str, dict[str, float]] = field(default_factory=dict)

    def find(self, title: str) -> CampaignStatus | None:
        return self.statuses.get(title)

    def put(self, draft: CampaignDraft) -> CampaignStatus:
        if (known := self.statuses.get(draft.title)) is not None and known.state != "draft":
            raise PermanentError("This issue was already handed over.")
        self.drafts[draft.title] = draft
        self.statuses[draft.title] = CampaignStatus(draft.title, "draft", len(draft.recipients))
        return self.statuses[draft.title]

    def send(self, campaign_id: str) -> None:
        if campaign_id in self.sends:
            raise PermanentError("This issue was already sent.")
        self.sends.append(campaign_id)
        self.statuses[campaign_id] = replace(self.statuses[campaign_id], state="sent")

    def report(self, campaign_id: str) -> Mapping[str, float]:
        return self.reports.get(campaign_id, {})


@dataclass
class FakeSurveySource:
    """Responses as they came in."""

    responses: list[Response] = field(default_factory=list)

    def fetch(self, since: datetime | None) -> Sequence[Response]:
        return [each for each in self.responses if since is None or each.submitted_at >= since]


@dataclass
class FakeWords:
    """Texts by path."""

    texts: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> str:
        if path not in self.texts:
            raise PermanentError(f"There is no text {path}.")
        return self.texts[path]

    def list(self, folder: str) -> Sequence[str]:
        start = folder.rstrip("/") + "/"
        return sorted({start + path.removeprefix(start).split("/")[0] for path in self.texts if path.startswith(start)})


@dataclass
class FakeShelf:
    """Files by path."""

    files: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, body: str) -> str:
        self.files[path] = body
        return path


@dataclass
class FakeBackups:
    """Copies by day."""

    made: list[str] = field(default_factory=list)

    def make(self, at: datetime) -> str:
        name = f"backups/ledger-{at:%Y-%m-%d}.db"
        if name not in self.made:
            self.made.append(name)
        return name

    def prune(self, keep: int) -> int:
        gone = max(0, len(self.made) - keep)
        del self.made[:gone]
        return gone


@dataclass
class FakeCharts:
    """Draws nothing but remembers what was asked for."""

    drawn: list[str] = field(default_factory=list)

    def line(self, title: str, points: Sequence[Snapshot], plan: Sequence[tuple[date, float]] = ()) -> str:
        self.drawn.append(title)
        return "data:image/svg+xml;base64,PHN2Zy8+"
