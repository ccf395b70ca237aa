"""An office out of its settings: every port filled, and everything closed after use."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from integrations.settings import InboxName, MailerName, Send, Settings, load_settings
from integrations.wiring.mail import gmail_mailer, gmail_of, inbox_of, leftovers_of, mailer_of, uses_gmail
from integrations.wiring.places import Clock, ledger_file, make_folder
from integrations.wiring.sheets import surveys_of, workbook_of
from network.errors import ConfigurationError

if TYPE_CHECKING:
    from integrations.ledger.engine import Ledger
    from network.ports import Audience, Campaigns, Links, Office
    from network.preferences import Preferences


@contextmanager
def open_office(settings: Settings | None = None, *, as_of: datetime | None = None) -> Iterator[Office]:
    """Opens the office that the settings describe and closes it after use.

    With `as_of` the office's clock starts there and runs on from it. Raises ConfigurationError with one sentence when a
    setting names something that is missing or that this version cannot use.
    """
    settings = settings or load_settings()
    _refuse_what_is_missing(settings)
    make_folder(settings.office)
    from integrations.ledger.engine import open_ledger
    from integrations.local.lock import use

    with ExitStack() as closing:
        closing.enter_context(use(settings.office))
        ledger = open_ledger(settings.ledger)
        closing.callback(ledger.close)
        yield _office(settings, ledger, clock_from(as_of), closing)


def clock_from(as_of: datetime | None) -> Clock:
    """A clock in aware UTC: the machine's, or one that starts at `as_of` and runs at the usual pace."""
    if as_of is None:
        return lambda: datetime.now(UTC)
    if as_of.tzinfo is None:
        raise ConfigurationError("--as-of needs a time zone, like 2026-10-06T10:00-07:00.")
    start, started = as_of.astimezone(UTC), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - started)


def _refuse_what_is_missing(settings: Settings) -> None:
    if uses_gmail(settings) and not (settings.gmail_credentials or settings.google_credentials):
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
    gmail = gmail_of(settings, ledger, preferences, closing) if uses_gmail(settings) else None
    records = LedgerRecords(ledger)
    return Office(
        workbook=workbook_of(settings, ledger, clock),
        mailer=gmail_mailer(settings, gmail, preferences, clock, records)
        if gmail is not None and settings.mailer is MailerName.GMAIL
        else mailer_of(settings, preferences, clock, closing),
        inbox=inbox_of(settings, clock, closing, gmail),
        audience=audience,
        campaigns=campaigns,
        surveys=surveys_of(settings, ledger, preferences().time_zone, clock),
        words=PackagedWords(),
        shelf=LocalShelf(home),
        charts=LocalCharts(),
        backups=LocalBackups(ledger_file(settings), home / "backups"),
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
        leftovers=leftovers_of(settings, gmail),
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
