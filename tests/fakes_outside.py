"""The outside world in memory: a sheet, a mail lane, an inbox, an audience and the rest, each with a memory.

They keep the promises of `network.ports` and nothing more; what was done to them stands in their public fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from network.audience import AudienceAnswer, NotTaken, Subscriber
from network.campaigns import CampaignDraft, CampaignStatus
from network.errors import PermanentError, TransientError, UnsupportedFeature
from network.furniture import TabPlan, TabsMade
from network.goals import Snapshot
from network.guard import GUARD
from network.messages import Fate, Message, Receipt
from network.ports import Handle, Incoming
from network.survey_outline import Outline
from network.surveys import Response
from network.tabs import Cell, NewRow, RawTab, Reading, SystemTab


@dataclass
class FakeWorkbook:
    """A sheet whose cells a test may change at any moment; `edit` counts up the version as a person's edit does."""

    tabs: dict[str, list[list[Cell]]] = field(default_factory=dict)
    published: dict[str, SystemTab] = field(default_factory=dict)
    added: list[NewRow] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
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
        return Reading(tabs, str(self.version), self.at, self.remarks, self._guard())

    def _guard(self) -> RawTab | None:
        tab = self.published.get(GUARD)
        return None if tab is None else RawTab(GUARD, [list(tab.columns), *([str(c) for c in row] for row in tab.rows)])

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

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        standing = {title.casefold() for title in self.tabs}
        missing = [plan for plan in plans if plan.title.casefold() not in standing]
        if missing and self.is_closed_to_additions:
            stand = tuple(plan.title for plan in plans if plan not in missing)
            return TabsMade(stand, "workbook.xlsx is open")
        for plan in missing:
            self.put(plan.title, plan.columns, *plan.rows)
            self.made.append(plan.title)
            self.writes += 1
        return TabsMade(tuple(plan.title for plan in plans))

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
    """Subscribers by address; `act` is what a person or an administrator does there."""

    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    refusals: dict[str, NotTaken] = field(default_factory=dict)  # address -> why it cannot be added
    reads: int = 0
    writes: int = 0
    now: datetime = datetime(2026, 10, 1, tzinfo=UTC)

    def changes(self, since: str | None) -> tuple[Sequence[Subscriber], str]:
        self.reads += 1
        known = list(self.subscribers.values())
        if since is not None:
            known = [each for each in known if each.status != "archived" and str(each.changed_at) >= since]
        return known, max((str(each.changed_at) for each in self.subscribers.values()), default=since or "")

    def apply(self, add: Sequence[Subscriber], change: Sequence[Subscriber], remove: Sequence[str]) -> AudienceAnswer:
        self.writes += 1
        not_taken: dict[str, NotTaken] = {}
        archived = set()
        for each in add:
            known = self.subscribers.get(each.address)
            if each.address in self.refusals:
                not_taken[each.address] = self.refusals[each.address]
            elif known is None or (
                known.status == "archived" and each.changed_at and str(known.changed_at) <= str(each.changed_at)
            ):
                self._keep(replace(each, status="subscribed", opted_in_at=None))
            elif known.status == "archived":
                not_taken[each.address] = NotTaken.ARCHIVED
        for each in change:
            self._keep(replace(each, status=self.subscribers[each.address].status))
        for address in remove:
            if self.subscribers[address].status in ("subscribed", "pending"):
                self._keep(replace(self.subscribers[address], status="archived"))
                archived.add(address)
        touched = [*(each.address for each in (*add, *change)), *remove]
        seen = [self.subscribers[address] for address in touched if address in self.subscribers]
        return AudienceAnswer(not_taken, tuple(seen), frozenset(archived))

    def refuse(self, addresses: Sequence[str]) -> None:
        self.writes += 1
        for address in addresses:
            if (known := self.subscribers.get(address)) is not None and known.status in ("subscribed", "pending"):
                self._keep(replace(known, status="unsubscribed"))

    def act(self, address: str, status: str, *, is_own: bool = False) -> None:
        """The person themselves (`is_own`: by the form) or somebody at the office changes a status there."""
        known = self.subscribers.get(address, Subscriber(address, status, {}))
        self._keep(replace(known, status=status))
        if is_own:
            self.subscribers[address] = replace(self.subscribers[address], opted_in_at=self.now)

    def _keep(self, subscriber: Subscriber) -> None:
        self.now += timedelta(seconds=1)
        self.subscribers[subscriber.address] = replace(subscriber, changed_at=self.now)


@dataclass
class FakeCampaigns:
    """Campaigns by id; each is sent at most once, to those of its readers who are subscribed at that moment."""

    audience: FakeAudience = field(default_factory=FakeAudience)
    merge: Mapping[str, str] = field(
        default_factory=lambda: {"First name": "*|FNAME|*", "Program": "*|HMNPROGRAM|*", "stop link": "*|UNSUB|*"}
    )
    drafts: dict[str, CampaignDraft] = field(default_factory=dict)
    statuses: dict[str, CampaignStatus] = field(default_factory=dict)
    scheduled: dict[str, datetime] = field(default_factory=dict)
    mailed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reports: dict[str, dict[str, float]] = field(default_factory=dict)
    can_schedule: bool = True
    loses_answers: int = 0  # how many of the next sends happen without an answer
    drops: int = 0  # how many of the next sends never arrive
    everybody: bool = False  # the known fault: the list of readers is lost

    def begin(self, draft: CampaignDraft) -> CampaignStatus:
        for known in self.statuses.values():
            if self.drafts[known.id].title == draft.title:
                return known
        made = CampaignStatus(f"c{len(self.statuses) + 1}", "draft", 0)
        self.statuses[made.id], self.drafts[made.id] = made, replace(draft, recipients=())
        return made

    def put(self, campaign_id: str, draft: CampaignDraft) -> CampaignStatus:
        if self.statuses[campaign_id].state != "draft":
            raise PermanentError("This issue was already handed over.")
        self.drafts[campaign_id] = draft
        reached = len(self._readers(campaign_id))
        self.statuses[campaign_id] = replace(self.statuses[campaign_id], recipients=reached)
        return self.statuses[campaign_id]

    def send(self, campaign_id: str, at: datetime | None = None) -> None:
        if self.statuses[campaign_id].state != "draft":
            return
        if at is not None and not self.can_schedule:
            raise UnsupportedFeature("This plan does not schedule.")
        if self.drops:
            self.drops -= 1
            raise TransientError("No answer.", request_left=True)
        if at is None:
            self.go(campaign_id)
        else:
            assert at.minute % 15 == 0
            self.scheduled[campaign_id] = at
            self.statuses[campaign_id] = replace(self.statuses[campaign_id], state="scheduled")
        if self.loses_answers:
            self.loses_answers -= 1
            raise TransientError("No answer.", request_left=True)

    def go(self, campaign_id: str) -> None:
        """The mails leave."""
        assert campaign_id not in self.mailed
        self.mailed[campaign_id] = tuple(self._readers(campaign_id))
        self.statuses[campaign_id] = replace(self.statuses[campaign_id], state="sent")

    def tick(self, now: datetime) -> None:
        """The clock there does what is due."""
        for campaign_id, at in list(self.scheduled.items()):
            if at <= now:
                del self.scheduled[campaign_id]
                self.go(campaign_id)

    def recall(self, campaign_id: str) -> None:
        if self.scheduled.pop(campaign_id, None):
            self.statuses[campaign_id] = replace(self.statuses[campaign_id], state="draft")

    def look(self, campaign_id: str, *, with_report: bool = False) -> CampaignStatus | None:
        known = self.statuses.get(campaign_id)
        if known is None or not with_report:
            return known
        delivered = {"delivered": float(len(self.mailed.get(campaign_id, ())))}
        return replace(known, report=self.reports.get(campaign_id, delivered))

    def _readers(self, campaign_id: str) -> list[str]:
        subscribed = [each.address for each in self.audience.subscribers.values() if each.status == "subscribed"]
        wanted = self.drafts[campaign_id].recipients
        return [address for address in subscribed if self.everybody or address in wanted]


@dataclass
class FakeSurveySource:
    """Responses as they came in, at one place; `broken` is what reading it raises, `asked` what it is known to ask."""

    responses: list[Response] = field(default_factory=list)
    broken: Exception | None = None
    asked: Outline = field(default_factory=lambda: Outline("Fall"))

    def places(self) -> Sequence[str]:
        return ["place"]

    def fetch(self, place: str, since: datetime | None) -> Sequence[Response]:
        if self.broken:
            raise self.broken
        return [each for each in self.responses if since is None or each.submitted_at >= since]

    def outline(self, place: str) -> Outline:
        return self.asked


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
