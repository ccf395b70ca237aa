"""Settings in, an `Office` out: the only module that names a concrete adapter, each imported when it is used."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.settings import InboxName, MailerName, Send, Settings, load_settings
from network.errors import ConfigurationError
from network.survey_sources import SeveralSources

if TYPE_CHECKING:
    from integrations.google.gmail_client import GmailClient
    from integrations.ledger.engine import Ledger
    from integrations.smtp.imap import Mailbox
    from network.furniture import Furnished, TabPlan, TabsMade
    from network.messages import Message
    from network.ports import (
        Audience,
        Campaigns,
        Inbox,
        Leftovers,
        Links,
        Mailer,
        Office,
        SurveySource,
        Words,
        Workbook,
    )
    from network.preferences import Preferences
    from network.stores import Ledgerbook
    from network.tabs import NewRow, Reading, SystemTab

Clock = Callable[[], datetime]


@contextmanager
def open_office(settings: Settings | None = None, *, as_of: datetime | None = None) -> Iterator[Office]:
    """Opens the office that the settings describe and closes it after use.

    With `as_of` the office's clock starts there and runs on from it. Raises ConfigurationError with one sentence when a
    setting names something that is missing or that this version cannot use.
    """
    settings = settings or load_settings()
    _refuse_what_is_missing(settings)
    _make_folder(settings.office)
    from integrations.ledger.engine import open_ledger
    from integrations.local.lock import use

    with ExitStack() as closing:
        closing.enter_context(use(settings.office))
        ledger = open_ledger(settings.ledger)
        closing.callback(ledger.close)
        yield _office(settings, ledger, clock_from(as_of), closing)


def clean_ledger(settings: Settings | None = None) -> int:
    """Starts the ledger anew for another lane and keeps every no; returns how many facts of consent stay."""
    from integrations.ledger.clean import clean
    from integrations.ledger.engine import open_ledger

    ledger = open_ledger((settings or load_settings()).ledger)
    try:
        return clean(ledger)
    finally:
        ledger.close()


def restore_ledger(file: Path, at: datetime, settings: Settings | None = None) -> str:
    """Puts a copy of the ledger back while nothing runs; returns the name under which the present one is kept."""
    from integrations.local.restore import restore_ledger as restore
    from network.jobs.guard import MEMORY

    settings = settings or load_settings()
    ledger = _ledger_file(settings)
    if ledger is None:
        raise ConfigurationError(
            "The ledger is in a database (HMN_LEDGER_URL). Put it back with that database's own tools (pg_restore), "
            "then type: hmn takeover"
        )
    _make_folder(settings.office)
    return restore(file, ledger, MEMORY, at)


def _ledger_file(settings: Settings) -> Path | None:
    """The embedded ledger; None where the settings name a database."""
    return settings.office / "ledger.db" if settings.ledger_url is None else None


def furnish_workbook(
    plans: Sequence[TabPlan],
    *,
    dry_run: bool,
    headers: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Furnished:
    """Makes or adopts the workbook that the settings name, and says what was done and what a person must decide.

    `headers` are headers of people and the column of ours that each means.
    """
    settings = settings or load_settings()
    if settings.workbook_path is not None:
        from integrations.local.furnish import furnish as furnish_file

        return furnish_file(settings.workbook_path, plans, dry_run=dry_run, headers=headers)
    from integrations.google.connect import Access, furnish_sheet

    return furnish_sheet(
        settings.workbook,
        Access(settings.google_credentials, settings.google_base_url),
        plans,
        dry_run=dry_run,
        headers=headers,
    )


def read_program_file(path: Path) -> Sequence[Mapping[str, object]]:
    """Reads a federal file of grant recipients (CSV, JSON, Excel, also packed) into rows by header."""
    from integrations.local.program_files import read_program_file as read

    return read(path)


def packaged_words() -> Words:
    """The texts we ship, for those who look at them without an office."""
    from integrations.local.words import PackagedWords

    return PackagedWords()


def write_mail(
    message: Message,
    preferences: Preferences,
    at: datetime,
    settings: Settings | None = None,
    thread_ids: Mapping[str, str] | None = None,
) -> bytes:
    """The mail as every lane sends it, headers and bodies; `thread_ids` as in `network.mime`."""
    from network import mime

    settings = settings or load_settings()
    return mime.build(
        message,
        sender_name=preferences.sender_name,
        sender_address=preferences.sender_address,
        reply_to=preferences.reply_to,
        domain=preferences.sender_address,
        date=at,
        thread_ids=thread_ids,
        unsubscribe_url=settings.unsubscribe_url or "",
    )


def _make_folder(office: Path) -> None:
    try:
        office.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigurationError(f"HMN_HOME must be a folder that we may write to ({err.strerror}).") from err


def clock_from(as_of: datetime | None) -> Clock:
    """A clock in aware UTC: the machine's, or one that starts at `as_of` and runs at the usual pace."""
    if as_of is None:
        return lambda: datetime.now(UTC)
    if as_of.tzinfo is None:
        raise ConfigurationError("--as-of needs a time zone, like 2026-10-06T10:00-07:00.")
    start, started = as_of.astimezone(UTC), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - started)


def _refuse_what_is_missing(settings: Settings) -> None:
    if _uses_gmail(settings) and not (settings.gmail_credentials or settings.google_credentials):
        raise ConfigurationError(
            "HMN_MAILER=gmail and HMN_INBOX=gmail need HMN_GMAIL_CREDENTIALS: the file that signing in to the "
            "network's Gmail account made."
        )
    if settings.mailer is MailerName.SMTP and settings.smtp_url is None:
        raise ConfigurationError("HMN_MAILER=smtp needs HMN_SMTP_URL, like smtp://user:password@mail.example.org:587.")
    if settings.inbox is InboxName.IMAP and settings.imap_url is None:
        raise ConfigurationError("HMN_INBOX=imap needs HMN_IMAP_URL, like imaps://user:password@mail.example.org:993.")
    if settings.mailchimp_api_key is not None and not settings.mailchimp_audience:
        raise ConfigurationError(
            "HMN_MAILCHIMP_API_KEY needs HMN_MAILCHIMP_AUDIENCE: the id that Mailchimp shows under Audience, Settings."
        )


def _office(settings: Settings, ledger: Ledger, clock: Clock, closing: ExitStack) -> Office:
    from integrations.ledger.approvals import LedgerApprovals
    from integrations.ledger.consents import LedgerConsents, LedgerEvents
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.enrollments import LedgerEnrollments
    from integrations.ledger.issues import LedgerIssues
    from integrations.ledger.outbox import LedgerOutbox
    from integrations.ledger.people import LedgerPeople, LedgerPrograms
    from integrations.ledger.records import LedgerLanes, LedgerRecords
    from integrations.ledger.refusals import LedgerRefusals
    from integrations.ledger.responses import LedgerResponses
    from integrations.ledger.snapshots import LedgerSnapshots
    from integrations.ledger.tasks import LedgerTasks
    from integrations.local.backups import LocalBackups
    from integrations.local.charts import LocalCharts
    from integrations.local.shelf import LocalShelf
    from integrations.local.words import PackagedWords
    from network.ports import Office
    from network.settings_rows import preferences_from_cursor

    home = settings.office
    cursors = LedgerCursors(ledger)

    def preferences() -> Preferences:
        return preferences_from_cursor(cursors.get("settings"))

    audience, campaigns = _newsletter(settings, closing)
    gmail = _gmail(settings, ledger, preferences, closing) if _uses_gmail(settings) else None
    records = LedgerRecords(ledger)
    return Office(
        workbook=_workbook(settings, ledger, clock),
        mailer=_gmail_mailer(settings, gmail, preferences, clock, records)
        if gmail is not None and settings.mailer is MailerName.GMAIL
        else _mailer(settings, preferences, clock, closing),
        inbox=_inbox(settings, clock, closing, gmail),
        audience=audience,
        campaigns=campaigns,
        surveys=_surveys(settings, ledger, preferences().time_zone, clock),
        words=PackagedWords(),
        shelf=LocalShelf(home),
        charts=LocalCharts(),
        backups=LocalBackups(_ledger_file(settings), home / "backups"),
        people=LedgerPeople(ledger),
        programs=LedgerPrograms(ledger),
        consents=LedgerConsents(ledger),
        refusals=LedgerRefusals(ledger),
        enrollments=LedgerEnrollments(ledger),
        outbox=LedgerOutbox(
            ledger, per_minute=settings.smtp_per_minute if settings.mailer is MailerName.SMTP else None
        ),
        ledgerbook=records,
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
        links=_links(settings),
        leftovers=_leftovers(settings, gmail),
    )


def _newsletter(settings: Settings, closing: ExitStack) -> tuple[Audience | None, Campaigns | None]:
    """Who keeps the newsletter's readers and sends it; nobody but the outbox where no key is set."""
    if settings.mailchimp_api_key is None:
        return None, None
    from integrations.mailchimp.audience import MailchimpAudience
    from integrations.mailchimp.campaigns import MailchimpCampaigns
    from integrations.mailchimp.client import MailchimpClient

    client = MailchimpClient(settings.mailchimp_api_key.get_secret_value(), settings.mailchimp_base_url)
    closing.callback(client.close)
    audience = settings.mailchimp_audience or ""
    return MailchimpAudience(client, audience), MailchimpCampaigns(client, audience)


def _links(settings: Settings) -> Links | None:
    if not settings.check_links:
        return None
    from integrations.web.links import WebLinks

    return WebLinks()


def _workbook(settings: Settings, ledger: Ledger, clock: Clock) -> Workbook:
    path = settings.workbook_path
    if path is None:
        return _WhenUsed(lambda: _google_workbook(settings, ledger, clock))
    from integrations.ledger.cursors import LedgerCursors
    from integrations.local.workbook import LocalWorkbook

    return LocalWorkbook(path, clock, LedgerCursors(ledger))


def _google_workbook(settings: Settings, ledger: Ledger, clock: Clock) -> Workbook:
    from integrations.google.connect import Access, open_sheet, sheet_id_of
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.pending_rows import LedgerAddedRows
    from integrations.ledger.rates import LedgerRates

    sheet_id = sheet_id_of(settings.workbook)
    return open_sheet(
        sheet_id,
        Access(settings.google_credentials, settings.google_base_url),
        notes=LedgerCursors(ledger),
        added=LedgerAddedRows(ledger, sheet_id),
        rates=LedgerRates(ledger),
        clock=clock,
    )


class _WhenUsed:
    """A workbook that is opened when it is first used: a command that only looks into the ledger signs in nowhere."""

    def __init__(self, opened: Callable[[], Workbook]) -> None:
        self._opened = opened
        self._workbook: Workbook | None = None

    def read(self, since: str | None = None) -> Reading | None:
        return self._now().read(since)

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        return self._now().publish(tabs)

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        return self._now().add_rows(rows)

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        return self._now().make_tabs(plans)

    def _now(self) -> Workbook:
        if self._workbook is None:
            self._workbook = self._opened()
        return self._workbook


def _surveys(settings: Settings, ledger: Ledger, time_zone: str, clock: Clock) -> SurveySource:
    """Every place that answers come from; Google is signed in to when a form or spreadsheet is first read."""
    from integrations.local.surveys import LocalSurveys

    files = settings.response_files
    if settings.workbook_path in files:
        raise ConfigurationError("HMN_RESPONSES names the members' workbook. Keep answers in a file of their own.")
    local = LocalSurveys(settings.office / "surveys", time_zone, files)
    has_google = bool(settings.forms or settings.response_sheets)
    return SeveralSources({"files": local}, (lambda: _google_surveys(settings, ledger, clock)) if has_google else None)


def _google_surveys(settings: Settings, ledger: Ledger, clock: Clock) -> Mapping[str, SurveySource]:
    from integrations.google.connect import Access
    from integrations.google.feedback import open_feedback
    from integrations.ledger.cursors import LedgerCursors
    from integrations.ledger.rates import LedgerRates

    return open_feedback(
        settings.forms,
        settings.response_sheets,
        Access(settings.google_credentials, settings.google_base_url),
        workbook="" if settings.workbook_path else settings.workbook,
        notes=LedgerCursors(ledger),
        rates=LedgerRates(ledger),
        clock=clock,
    )


def _uses_gmail(settings: Settings) -> bool:
    return settings.mailer is MailerName.GMAIL or settings.inbox is InboxName.GMAIL


def _gmail(
    settings: Settings, ledger: Ledger, preferences: Callable[[], Preferences], closing: ExitStack
) -> GmailClient:
    """The account behind HMN_GMAIL_CREDENTIALS, for lane and inbox together; signed in at the first request."""
    from integrations.google.connect import Access
    from integrations.google.gmail_connect import open_gmail
    from integrations.ledger.rates import LedgerRates

    client = open_gmail(
        Access(settings.gmail_credentials or settings.google_credentials, settings.google_base_url),
        LedgerRates(ledger, per_minute=settings.gmail_units),
        sender=lambda: preferences().sender_address,
    )
    closing.callback(client.close)
    return client


def _gmail_mailer(
    settings: Settings,
    gmail: GmailClient,
    preferences: Callable[[], Preferences],
    clock: Clock,
    records: Ledgerbook,
) -> Mailer:
    from integrations.google.gmail_mailer import GmailMailer

    def build(message: Message, at: datetime, thread_ids: Mapping[str, str]) -> bytes:
        return write_mail(message, preferences(), at, settings, thread_ids)

    return GmailMailer(gmail, build, sender=lambda: preferences().sender_address, clock=clock, kept=records.find)


def _leftovers(settings: Settings, gmail: GmailClient | None) -> Leftovers | None:
    """The drafts of the Gmail lane; no other lane keeps what it made ready."""
    if gmail is None or settings.mailer is not MailerName.GMAIL:
        return None
    from integrations.google.gmail_drafts import GmailDrafts

    return GmailDrafts(gmail)


def _mailer(settings: Settings, preferences: Callable[[], Preferences], clock: Clock, closing: ExitStack) -> Mailer:
    def build(message: Message, at: datetime) -> bytes:
        return write_mail(message, preferences(), at, settings)

    if settings.mailer is MailerName.SMTP and settings.smtp_url is not None:
        from integrations.smtp.connection import Connection
        from integrations.smtp.journal import Journal
        from integrations.smtp.mailer import SmtpMailer
        from integrations.smtp.sent import ImapSentFolder
        from integrations.smtp.server import SMTP_PORTS, read_server

        server = read_server(settings.smtp_url.get_secret_value(), "HMN_SMTP_URL", SMTP_PORTS)
        mailbox = _mailbox(settings, closing)
        lane = SmtpMailer(
            Connection(server),
            Journal(settings.office / "journal"),
            build,
            sender=lambda: preferences().sender_address,
            clock=clock,
            sent_folder=ImapSentFolder(mailbox) if mailbox else None,
        )
        closing.callback(lane.close)
        return lane
    from integrations.local.mailer import LocalMailer

    return LocalMailer(settings.office / "outbox", build, clock)


def _inbox(settings: Settings, clock: Clock, closing: ExitStack, gmail: GmailClient | None) -> Inbox:
    if settings.inbox is InboxName.GMAIL and gmail is not None:
        from integrations.google.gmail_inbox import GmailInbox

        return GmailInbox(gmail, clock)
    if settings.inbox is InboxName.IMAP and (mailbox := _mailbox(settings, closing)):
        from integrations.smtp.inbox import ImapInbox

        return ImapInbox(mailbox, clock)
    from integrations.local.inbox import LocalInbox

    return LocalInbox(settings.office / "inbox")


def _mailbox(settings: Settings, closing: ExitStack) -> Mailbox | None:
    """The account behind HMN_IMAP_URL: read for replies, and where SMTP looks for what it sent."""
    if settings.imap_url is None:
        return None
    from integrations.smtp.imap import Mailbox
    from integrations.smtp.server import IMAP_PORTS, read_server

    mailbox = Mailbox(read_server(settings.imap_url.get_secret_value(), "HMN_IMAP_URL", IMAP_PORTS))
    closing.callback(mailbox.close)
    return mailbox
