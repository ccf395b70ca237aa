"""What the runs of one process of the crash matrix share: databases, the far side of each lane, a witness, a clock."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from integrations.ledger.engine import Ledger, open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.records import LedgerRecords
from integrations.ledger.tables import metadata
from integrations.ledger.tasks import LedgerTasks
from network.members import Status
from network.messages import State
from network.stores import PeoplePlan
from network.tasks import TaskKind, TaskState
from tests.builders import NOON, a_message, a_person
from tests.emulated.mailing import ROOT, MailServerProcess, running_mail_server
from tests.end_to_end.crash_faults import UNSENDABLE, Case
from tests.end_to_end.crash_gmail import GmailAccount, running_account
from tests.end_to_end.crash_verdict import Seen
from tests.end_to_end.crash_worker import Guess, Job, SharedClock

PEOPLE = 3
# A killed process loses nothing that it wrote, on any file system; one in memory makes hundreds of runs bearable.
_IN_MEMORY = Path("/dev/shm")
_SERVERS = {"smtp": [], "smtp+imap": ["--pipelining", "--keeps-sent"]}


class Bench:
    """One office after the other, each with a few mails planned."""

    def __init__(
        self,
        folder: Path,
        databases: Mapping[str, str],
        servers: Mapping[str, MailServerProcess],
        account: GmailAccount,
        guess: Guess,
    ) -> None:
        self.databases, self._servers, self._account, self._guess = databases, servers, account, guess
        self.clock = SharedClock()
        self._office = folder / "office"
        self._record = folder / "seen"
        self._witness = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.recorder", str(self._record)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._template = folder / "template.db"
        open_ledger(f"sqlite:///{self._template}").close()

    def close(self) -> None:
        """Sends the witness home."""
        self._witness.communicate()

    def begin(self, case: Case) -> Job:
        """An empty office with a few mails planned, a healthy lane, and the clock at noon."""
        self._tell_witness("done")  # it reads what it saw: nothing may be taken away before
        shutil.rmtree(self._office, ignore_errors=True)
        (self._office / "outbox").mkdir(parents=True)
        url = self.databases[case.database] or f"sqlite:///{self._office / 'ledger.db'}"
        if case.database == "sqlite":
            shutil.copy(self._template, self._office / "ledger.db")
        ledger = open_ledger(url)
        if case.database != "sqlite":
            _empty(ledger)
        people = [a_person(f"p{n}", email=f"p{n}@example.org", status=Status.INVITE) for n in range(PEOPLE)]
        LedgerPeople(ledger).apply(PeoplePlan(add=tuple(people)), NOON)
        LedgerOutbox(ledger).queue([a_message(f"p{n}", f"p{n}@example.org") for n in range(PEOPLE)], NOON)
        ledger.close()
        self.clock.set(timedelta(minutes=1))
        job = Job(url, self._office, self.clock, guess=self._guess)
        if case.lane == "local":
            self._tell_witness(f"watch {self._office / 'outbox'}")
            return job
        if case.lane == "gmail":
            self._account.forget(sum(case.boundaries))
            unsendable = UNSENDABLE if case.fault == "one recipient refused" else ""
            url, key = self._account.google.base_url, self._account.key
            return replace(job, lane="gmail", gmail_url=url, gmail_key=key, unsendable=unsendable)
        server = self._servers[case.lane]
        server.forget()
        imap_port = server.imap_port if case.lane == "smtp+imap" else 0
        return replace(job, lane="smtp", smtp_port=server.smtp_port, imap_port=imap_port)

    def break_lane(self, case: Case) -> None:
        """From now on the lane's far side does what the fault says; a broken disk is the worker's own."""
        if case.happens:
            self._far_side(case).fault(**case.happens)  # type: ignore[arg-type]

    def mend_lane(self, case: Case) -> None:
        """The far side is well again."""
        if case.lane != "local":
            self._far_side(case).no_fault()

    def is_idle(self, job: Job) -> bool:
        """Nothing is left to do."""
        ledger = open_ledger(job.ledger_url)
        waiting = LedgerRecords(ledger).records((State.QUEUED, State.CLAIMED, State.DISPATCHING))
        ledger.close()
        return not waiting

    def seen(self, case: Case, job: Job) -> Seen:
        """How the run ended: by the witness's own record, and by the ledger."""
        arrived = self._arrived(case)
        ledger = open_ledger(job.ledger_url)
        records, balance = LedgerRecords(ledger).records(), LedgerRecords(ledger).tally(self.clock())
        listed = {
            task.subject
            for task in LedgerTasks(ledger).all()
            if task.kind is TaskKind.CHECK_DELIVERY and task.state is TaskState.OPEN
        }
        ledger.close()
        return Seen(arrived, records, balance, listed)

    def _far_side(self, case: Case) -> MailServerProcess | GmailAccount:
        return self._account if case.lane == "gmail" else self._servers[case.lane]

    def _arrived(self, case: Case) -> Counter[str]:
        if case.lane != "local":
            return self._far_side(case).counts()
        self._tell_witness("done")
        return Counter(self._record.read_text(encoding="utf-8").split())

    def _tell_witness(self, line: str) -> None:
        assert self._witness.stdin is not None
        assert self._witness.stdout is not None
        self._witness.stdin.write(f"{line}\n".encode())
        self._witness.stdin.flush()
        assert self._witness.stdout.readline() == b"ok\n"


@contextlib.contextmanager
def running_bench(databases: Mapping[str, str], guess: Guess) -> Iterator[Bench]:
    """Starts mail servers, the stand-in for Gmail and the witness, and ends them."""
    with (
        tempfile.TemporaryDirectory(prefix="hmn-crash-", dir=fast_folder()) as name,
        contextlib.ExitStack() as closing,
    ):
        folder = Path(name)
        servers = {
            lane: closing.enter_context(running_mail_server(folder / lane, options))
            for lane, options in _SERVERS.items()
        }
        account = closing.enter_context(running_account(folder))
        bench = Bench(folder, databases, servers, account, guess)
        closing.callback(bench.close)
        yield bench


def fast_folder() -> str | None:
    """A folder in memory, where this machine has one."""
    return str(_IN_MEMORY) if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) else None


def _empty(ledger: Ledger) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    with ledger.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
