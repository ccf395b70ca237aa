"""The lane that mail leaves by and the mailbox that replies are read in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.settings import InboxName, MailerName, Settings, load_settings
from integrations.wiring.places import Clock

if TYPE_CHECKING:
    from integrations.google.gmail_client import GmailClient
    from integrations.ledger.engine import Ledger
    from integrations.smtp.imap import Mailbox
    from network.messages import Message
    from network.ports import Inbox, Leftovers, Mailer
    from network.preferences import Preferences
    from network.stores import Ledgerbook


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


def uses_gmail(settings: Settings) -> bool:
    """Tells whether mail leaves or arrives through Gmail's own API."""
    return settings.mailer is MailerName.GMAIL or settings.inbox is InboxName.GMAIL


def gmail_of(
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


def gmail_mailer(
    settings: Settings,
    gmail: GmailClient,
    preferences: Callable[[], Preferences],
    clock: Clock,
    records: Ledgerbook,
) -> Mailer:
    """The Gmail lane; `records` know the draft that was kept for a mail."""
    from integrations.google.gmail_mailer import GmailMailer

    def build(message: Message, at: datetime, thread_ids: Mapping[str, str]) -> bytes:
        return write_mail(message, preferences(), at, settings, thread_ids)

    return GmailMailer(gmail, build, sender=lambda: preferences().sender_address, clock=clock, kept=records.find)


def leftovers_of(settings: Settings, gmail: GmailClient | None) -> Leftovers | None:
    """The drafts of the Gmail lane; no other lane keeps what it made ready."""
    if gmail is None or settings.mailer is not MailerName.GMAIL:
        return None
    from integrations.google.gmail_drafts import GmailDrafts

    return GmailDrafts(gmail)


def mailer_of(settings: Settings, preferences: Callable[[], Preferences], clock: Clock, closing: ExitStack) -> Mailer:
    """The lane that HMN_MAILER names, Gmail's apart."""

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


def inbox_of(settings: Settings, clock: Clock, closing: ExitStack, gmail: GmailClient | None) -> Inbox:
    """The mailbox that HMN_INBOX names."""
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
