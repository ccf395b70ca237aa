"""Settings in, an `Office` out: the only module that names a concrete adapter, each imported when it is used."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.settings import InboxName, MailerName, Send, Settings, load_settings
from network.errors import ConfigurationError

if TYPE_CHECKING:
    from integrations.ledger.engine import Ledger
    from network.messages import Message
    from network.ports import Inbox, Mailer, Office, Workbook
    from network.preferences import Preferences

Clock = Callable[[], datetime]


@contextmanager
def open_office(settings: Settings | None = None, *, as_of: datetime | None = None) -> Iterator[Office]:
    """Opens the office that the settings describe and closes it after use.

    With `as_of` the office's clock starts there and runs on from it. Raises ConfigurationError with one sentence when a
    setting names something that is missing or that this version cannot use.
    """
    settings = settings or load_settings()
    _refuse_what_is_missing(settings)
    settings.office.mkdir(parents=True, exist_ok=True)
    from integrations.ledger.engine import open_ledger

    ledger = open_ledger(settings.ledger)
    try:
        yield _office(settings, ledger, clock_from(as_of))
    finally:
        ledger.close()


def read_program_file(path: Path) -> Sequence[Mapping[str, object]]:
    """Reads a federal file of grant recipients (CSV, JSON, Excel, also packed) into rows by header."""
    from integrations.local.program_files import read_program_file as read

    return read(path)


def clock_from(as_of: datetime | None) -> Clock:
    """A clock in aware UTC: the machine's, or one that starts at `as_of` and runs at the usual pace."""
    if as_of is None:
        return lambda: datetime.now(UTC)
    if as_of.tzinfo is None:
        raise ConfigurationError("--as-of needs a time zone, like 2026-10-06T10:00-07:00.")
    start, started = as_of.astimezone(UTC), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - started)


def _refuse_what_is_missing(settings: Settings) -> None:
    if settings.mailer is not MailerName.LOCAL:
        raise ConfigurationError(f"HMN_MAILER={settings.mailer} is not part of this version yet; please use local.")
    if settings.inbox is not InboxName.LOCAL:
        raise ConfigurationError(f"HMN_INBOX={settings.inbox} is not part of this version yet; please use local.")
    if settings.workbook_path is None:
        raise ConfigurationError(
            "HMN_WORKBOOK must name an .xlsx file; Google Sheets are not part of this version yet."
        )
    if settings.mailchimp_api_key is not None:
        raise ConfigurationError("HMN_MAILCHIMP_API_KEY is set, but Mailchimp is not part of this version yet.")


def _office(settings: Settings, ledger: Ledger, clock: Clock) -> Office:
    from integrations.ledger.approvals import LedgerApprovals
    from integrations.ledger.consents import LedgerConsents, LedgerEvents
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.enrollments import LedgerEnrollments
    from integrations.ledger.issues import LedgerIssues
    from integrations.ledger.outbox import LedgerOutbox
    from integrations.ledger.people import LedgerPeople, LedgerPrograms
    from integrations.ledger.records import LedgerLanes, LedgerRecords
    from integrations.ledger.responses import LedgerResponses
    from integrations.ledger.snapshots import LedgerSnapshots
    from integrations.ledger.tasks import LedgerTasks
    from integrations.local.backups import LocalBackups
    from integrations.local.charts import LocalCharts
    from integrations.local.shelf import LocalShelf
    from integrations.local.surveys import LocalSurveys
    from integrations.local.words import PackagedWords
    from network.ports import Office
    from network.settings_rows import preferences_from_cursor

    home = settings.office
    cursors = LedgerCursors(ledger)

    def preferences() -> Preferences:
        return preferences_from_cursor(cursors.get("settings"))

    return Office(
        workbook=_workbook(settings, clock),
        mailer=_mailer(settings, preferences, clock),
        inbox=_inbox(settings),
        audience=None,
        campaigns=None,
        surveys=LocalSurveys(home / "surveys", preferences().time_zone),
        words=PackagedWords(),
        shelf=LocalShelf(home),
        charts=LocalCharts(),
        backups=LocalBackups(home / "ledger.db" if settings.ledger_url is None else None, home / "backups"),
        people=LedgerPeople(ledger),
        programs=LedgerPrograms(ledger),
        consents=LedgerConsents(ledger),
        enrollments=LedgerEnrollments(ledger),
        outbox=LedgerOutbox(ledger),
        ledgerbook=LedgerRecords(ledger),
        lanes=LedgerLanes(ledger),
        approvals=LedgerApprovals(ledger),
        tasks=LedgerTasks(ledger),
        responses=LedgerResponses(ledger),
        snapshots=LedgerSnapshots(ledger),
        issues=LedgerIssues(ledger),
        cursors=cursors,
        events=LedgerEvents(ledger),
        clock=clock,
        new_id=lambda: uuid.uuid4().hex,
        is_live=settings.send is Send.LIVE,
        preferences=preferences,
    )


def _workbook(settings: Settings, clock: Clock) -> Workbook:
    from integrations.local.workbook import LocalWorkbook

    path = settings.workbook_path or Path("workbook.xlsx")
    return LocalWorkbook(path, clock)


def _mailer(settings: Settings, preferences: Callable[[], Preferences], clock: Clock) -> Mailer:
    from integrations.local.mailer import LocalMailer
    from network import mime

    def build(message: Message, at: datetime) -> bytes:
        chosen = preferences()
        return mime.build(
            message,
            sender_name=chosen.sender_name,
            sender_address=chosen.sender_address,
            reply_to=chosen.reply_to,
            domain=chosen.sender_address,
            date=at,
            unsubscribe_url=settings.unsubscribe_url or "",
        )

    return LocalMailer(settings.office / "outbox", build, clock)


def _inbox(settings: Settings) -> Inbox:
    from integrations.local.inbox import LocalInbox

    return LocalInbox(settings.office / "inbox")
