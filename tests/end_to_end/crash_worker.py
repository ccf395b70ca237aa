"""One worker of the crash tests: a real process on a real ledger and the local lane, killed at a chosen boundary.

Run as `python -m tests.end_to_end.crash_worker FOLDER LEDGER_URL MOMENT KILL_AT`. Every call that crosses a boundary
(each commit of the outbox, each side of the lane's calls, the file system calls inside a dispatch) counts; at the
KILL_AT-th the process ends itself with SIGKILL, so that no clean-up runs. KILL_AT 0 means: live.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from integrations.ledger.consents import LedgerConsents, LedgerEvents
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.records import LedgerLanes, LedgerRecords
from integrations.ledger.tasks import LedgerTasks
from integrations.local.mailer import LocalMailer
from network import mime
from network.jobs.outbox import READ_INBOX, READ_SHEET, deliver
from network.messages import Message
from network.ports import Office
from tests.builders import an_office, some_preferences


class Fuse:
    """Counts boundaries and kills the process at the chosen one."""

    def __init__(self, kill_at: int) -> None:
        self.left = kill_at

    def cross(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

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
    """A sheet in which nothing changed since it was last read."""

    def read(self, since: str | None = None) -> None:
        return None


def open_desk(folder: Path, url: str, now: datetime, fuse: Fuse) -> Office:
    """The real ledger and the real lane; the sheet is a fake that never changes."""
    ledger = open_ledger(url)

    def build(message: Message, at: datetime) -> bytes:
        return mime.build(
            message,
            sender_name="N",
            sender_address="n@example.org",
            reply_to="n@example.org",
            domain="example.org",
            date=at,
        )

    return an_office(
        workbook=UnchangedSheet(),
        people=LedgerPeople(ledger),
        consents=LedgerConsents(ledger),
        outbox=Fused(LedgerOutbox(ledger), fuse),
        ledgerbook=Fused(LedgerRecords(ledger), fuse),
        lanes=LedgerLanes(ledger),
        tasks=LedgerTasks(ledger),
        events=LedgerEvents(ledger),
        cursors=LedgerCursors(ledger),
        mailer=Fused(LocalMailer(folder / "outbox", build, lambda: now), fuse),
        clock=lambda: now,
        preferences=some_preferences,
        new_id=lambda: f"worker-{os.getpid()}",
    )


def main() -> None:
    folder, url, moment, kill_at = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]), int(sys.argv[4])
    fuse = Fuse(kill_at)
    for name in ("link", "fsync"):
        setattr(os, name, fuse.around(getattr(os, name)))
    office = open_desk(folder, url, moment, fuse)
    for name in (READ_SHEET, READ_INBOX):
        office.cursors.set(name, moment.isoformat(), moment)
    deliver(office, moment)


if __name__ == "__main__":
    main()
