"""One worker of the crash tests: a real process on a real ledger and a real lane, harmed at a chosen boundary.

Boundaries are every call of the outbox and of the lane, before and after; every commit; every write, flush and link of
a file inside a hand-over; everything sent to and heard from a mail server or Gmail. At the chosen one the process kills
or stops itself with a real signal, so that no clean-up runs.
"""

from __future__ import annotations

import contextlib
import http.client
import mmap
import os
import resource
import signal
import smtplib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import event

from integrations.google.connect import Access
from integrations.google.gmail_connect import open_gmail
from integrations.google.gmail_mailer import GmailMailer
from integrations.ledger.consents import LedgerConsents, LedgerEvents
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import Ledger, open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.rates import LedgerRates
from integrations.ledger.records import LedgerLanes, LedgerRecords
from integrations.ledger.tasks import LedgerTasks
from integrations.local.mailer import LocalMailer
from integrations.smtp.connection import Connection
from integrations.smtp.imap import Mailbox
from integrations.smtp.journal import Journal
from integrations.smtp.mailer import SmtpMailer
from integrations.smtp.sent import ImapSentFolder
from integrations.smtp.server import IMAP_PORTS, SMTP_PORTS, read_server
from network import mime
from network.jobs.outbox import READ_INBOX, READ_SHEET, deliver
from network.messages import Fate, Message, Receipt
from network.ports import Handle, Mailer, Office
from network.tabs import SystemTab
from tests.builders import NOON, an_office, some_preferences

SENDER = "n@example.org"
PATIENCE = 0.4  # seconds: the mail server of these tests is on this computer


class SharedClock:
    """The office's clock, the same for every process, moved by the test alone."""

    def __init__(self) -> None:
        self._seconds = mmap.mmap(-1, 8)

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=struct.unpack("d", self._seconds[:8])[0])

    def set(self, since_noon: timedelta) -> None:
        self._seconds[:8] = struct.pack("d", since_noon.total_seconds())


@dataclass
class Fuse:
    """Counts boundaries; at `at` the process gets `harm`. A process is never stopped while it holds a transaction."""

    at: int = 0  # 0: never
    harm: signal.Signals = signal.SIGKILL
    crossed: int = 0

    def cross(self, *, in_transaction: bool = False) -> None:
        if in_transaction and self.harm is signal.SIGSTOP:
            return
        self.crossed += 1
        if self.crossed == self.at:
            os.kill(os.getpid(), self.harm)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def crossing(*args: Any, **kwargs: Any) -> Any:
            self.cross()
            result = call(*args, **kwargs)
            self.cross()
            return result

        return crossing


class Fused:
    """Another object whose every method crosses two boundaries."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        return self._fuse.around(value) if callable(value) else value


class UnchangedSheet:
    """A sheet in which nothing changed since it was last read; what is published stands there."""

    def read(self, since: str | None = None) -> None:
        return None

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        return [tab.title for tab in tabs]


class FaultyDisk:
    """The local lane on a disk that is full, or that loses a file before it gets its name, for the first few mails."""

    def __init__(self, inner: LocalMailer, fault: str, times: int) -> None:
        self._inner, self._fault, self._left = inner, fault, times
        self.lane, self.prepare, self.outcome = inner.lane, inner.prepare, inner.outcome

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        if self._left <= 0:
            return self._inner.dispatch(message, handle)
        self._left -= 1
        with _full_disk() if self._fault == "full disk" else _lost_file():
            return self._inner.dispatch(message, handle)


class Guess(StrEnum):
    """What a lane of these tests does without knowing, as none of ours may: with it the matrix must find duplicates."""

    NEVER = "never"  # our own lanes
    BLIND = "blind"  # says that nothing was sent, and never looks
    ANEW = "anew"  # and makes another draft each time, so that the one which left does not stand in the way


class BlindLane:
    """A lane that repeats on a guess."""

    def __init__(self, inner: Mailer) -> None:
        self.lane, self.prepare, self.dispatch = inner.lane, inner.prepare, inner.dispatch

    def outcome(self, handle: Handle) -> Fate:
        return Fate.NOT_SENT


@dataclass(frozen=True)
class Job:
    """What one worker is to do, and on what."""

    ledger_url: str
    folder: Path
    clock: SharedClock
    lane: str = "local"
    smtp_port: int = 0
    imap_port: int = 0  # 0: no Sent folder is known
    gmail_url: str = ""
    gmail_key: Path = Path()
    unsendable: str = ""  # an address that Gmail will refuse
    disk_fault: str = ""
    disk_fault_times: int = 0
    guess: Guess = Guess.NEVER
    fuse: Fuse = field(default_factory=Fuse)


def work(job: Job) -> int:
    """Runs the outbox once in this process; returns how many boundaries it crossed."""
    fuse = job.fuse
    for owner, name in (
        (os, "link"),
        (os, "fsync"),
        (os, "write"),
        (smtplib.SMTP, "send"),
        (smtplib.SMTP, "getreply"),
        (http.client.HTTPConnection, "request"),
        (http.client.HTTPConnection, "getresponse"),
    ):
        setattr(owner, name, fuse.around(getattr(owner, name)))
    ledger = open_ledger(job.ledger_url)
    event.listen(ledger.engine, "commit", lambda _: fuse.cross(in_transaction=True))
    office = _office(job, ledger)
    for name in (READ_SHEET, READ_INBOX):
        office.cursors.set(name, job.clock().isoformat(), job.clock())
    deliver(office, job.clock())
    return fuse.crossed


def _office(job: Job, ledger: Ledger) -> Office:
    fuse, lane = job.fuse, _lane(job, ledger)
    return an_office(
        workbook=Fused(UnchangedSheet(), fuse),
        people=LedgerPeople(ledger),
        consents=LedgerConsents(ledger),
        outbox=Fused(LedgerOutbox(ledger), fuse),
        ledgerbook=Fused(LedgerRecords(ledger), fuse),
        lanes=LedgerLanes(ledger),
        tasks=Fused(LedgerTasks(ledger), fuse),
        events=LedgerEvents(ledger),
        cursors=LedgerCursors(ledger),
        mailer=Fused(lane if job.guess is Guess.NEVER else BlindLane(lane), fuse),
        clock=job.clock,
        preferences=some_preferences,
        new_id=lambda: f"worker-{os.getpid()}",
    )


def _lane(job: Job, ledger: Ledger) -> Mailer:
    if job.lane == "gmail":
        return _gmail_lane(job, ledger)
    if job.lane == "local":
        local = LocalMailer(job.folder / "outbox", _build, job.clock)
        return FaultyDisk(local, job.disk_fault, job.disk_fault_times) if job.disk_fault else local
    server = read_server(f"smtp://127.0.0.1:{job.smtp_port}", "HMN_SMTP_URL", SMTP_PORTS)
    sent_folder = None
    if job.imap_port:
        imap = read_server(f"imap://127.0.0.1:{job.imap_port}", "HMN_IMAP_URL", IMAP_PORTS)
        sent_folder = ImapSentFolder(Mailbox(imap, patience=5))
    return SmtpMailer(
        Connection(server, patience=PATIENCE, last_patience=PATIENCE),
        Journal(job.folder / "journal"),
        _build,
        sender=lambda: SENDER,
        clock=job.clock,
        sent_folder=sent_folder,
    )


def _gmail_lane(job: Job, ledger: Ledger) -> Mailer:
    def build(message: Message, at: datetime, thread_ids: Mapping[str, str]) -> bytes:
        text = _build(message, at)
        return text.replace(b"\r\nTo: ", b"\r\nX-To: ") if message.address == job.unsendable else text

    access, units = Access(job.gmail_key, job.gmail_url), LedgerRates(ledger, per_minute=10**6)
    client = open_gmail(access, units, sender=lambda: SENDER, timeout=PATIENCE)
    client.sleep = lambda _: None
    find = LedgerRecords(ledger).find
    kept = (lambda _: None) if job.guess is Guess.ANEW else find
    return GmailMailer(client, build, sender=lambda: SENDER, clock=job.clock, kept=kept)


def _build(message: Message, at: datetime) -> bytes:
    return mime.build(message, sender_name="N", sender_address=SENDER, reply_to=SENDER, domain="example.org", date=at)


@contextlib.contextmanager
def _full_disk() -> Iterator[None]:
    """The kernel takes the first bytes of any file and refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def _lost_file() -> Iterator[None]:
    """Somebody's tidying removes the file that was written beside, just before it gets its name."""
    link = os.link

    def link_of_what_is_gone(source: str, target: Any) -> None:
        Path(source).unlink()
        link(source, target)

    os.link = link_of_what_is_gone  # type: ignore[assignment]
    try:
        yield
    finally:
        os.link = link
