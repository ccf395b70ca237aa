"""The crash matrix: workers are killed or put to sleep at any boundary, lanes fail, and every mail is accounted for.

`python -m tests.end_to_end.crash_matrix --runs 520 [--seed N] [--jobs 2]`, or `make crash-test`. Each run plans a few
mails, harms one or two real worker processes at boundaries drawn by the seed, lets others run until nothing is left to
do, and judges by two things alone: what an independent witness saw arrive (the mail server's own record, or for the
local lane a process that watches the folder) and the ledger. The last line has the counts. The exit code is 1 when a
mail came twice, was lost, is unclear although it could have been looked up, or when a balance is wrong.
"""

from __future__ import annotations

# ruff: noqa: T201 - it is a command, and its last line is what it is for
import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from network.mime import message_id
from network.stores import PeoplePlan
from network.tasks import TaskKind, TaskState
from tests.builders import NOON, a_message, a_person
from tests.emulated.mailing import ROOT, MailServerProcess, running_mail_server
from tests.end_to_end.crash_gmail import GMAIL_FAULTS, UNSENDABLE, GmailAccount, running_account
from tests.end_to_end.crash_worker import SENDER, Fuse, Job, SharedClock, work

PEOPLE = 3
# A killed process loses nothing that it wrote, on any file system; one in memory makes hundreds of runs bearable.
_IN_MEMORY = Path("/dev/shm")
HANGS_AFTER = 45.0  # seconds: a worker that takes so long would wait for ever
# A name, then what the mail server does: at which step, what, to whom, and whether it had taken the mail.
SMTP_FAULTS: dict[str, dict[str, object]] = {
    "none": {},
    "dropped after accept": {"at": "text", "do": "close", "accepted": True},
    "dropped before accept": {"at": "text", "do": "close"},
    "timeout after accept": {"at": "text", "do": "silence", "accepted": True},
    "timeout before accept": {"at": "text", "do": "silence"},
    "one recipient refused": {"at": "RCPT", "do": "550 5.1.1 no such user", "to": "p1@example.org", "times": 99},
    "refused after DATA (5xx)": {"at": "text", "do": "554 5.7.1 not wanted", "to": "p1@example.org", "times": 99},
    "put off after DATA (4xx)": {"at": "text", "do": "451 4.3.0 later"},
    "421 at MAIL": {"at": "MAIL", "do": "421 4.3.2 closing"},
    "421 after DATA": {"at": "text", "do": "421 4.3.2 closing"},
    "closed at greeting": {"at": "greeting", "do": "close"},
    "closed at RCPT": {"at": "RCPT", "do": "close"},
    "closed at DATA": {"at": "DATA", "do": "close"},
    "closed within the text": {"at": "in text", "do": "close"},
}
LOCAL_FAULTS = ("none", "full disk", "failed rename")
LANES = {
    "local": LOCAL_FAULTS,
    "smtp": tuple(SMTP_FAULTS),
    "smtp+imap": tuple(SMTP_FAULTS),
    "gmail": tuple(GMAIL_FAULTS),
}
_MAY_REFUSE = frozenset({"one recipient refused", "refused after DATA (5xx)"})


@dataclass(frozen=True)
class Case:
    """One run of the matrix."""

    database: str
    lane: str  # "local", "smtp", "gmail", or "smtp+imap" where a Sent folder can be asked
    fault: str
    harm: str  # "kill" or "sleep"
    workers: int
    boundaries: tuple[int, ...]  # for each worker of the first moment; 0: unharmed
    times: int  # how often the fault happens

    def __str__(self) -> str:
        return (
            f"{self.lane}/{self.database}, {self.fault} x{self.times}, {self.harm} at {self.boundaries} of "
            f"{self.workers}"
        )


@dataclass
class Counts:
    """What the runs came to."""

    runs: int = 0
    harmed: int = 0  # runs in which a worker really was killed or stopped
    duplicates: int = 0
    lost: int = 0
    not_sure: int = 0  # unclear and listed for a person: that is allowed
    unresolved: int = 0  # unclear although the lane could have been asked, or listed nowhere
    balance_errors: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.unresolved or self.balance_errors)

    def add(self, other: Counts) -> None:
        for name in ("runs", "harmed", "duplicates", "lost", "not_sure", "unresolved", "balance_errors"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rows += other.rows
        self.wrong += other.wrong

    @property
    def last_line(self) -> str:
        return (
            f"runs {self.runs}, with a worker killed or stopped {self.harmed}: duplicates {self.duplicates}, lost "
            f"{self.lost}, not sure {self.not_sure}, unresolved {self.unresolved}, balance errors {self.balance_errors}"
        )


class Bench:
    """Everything the runs of one process share: databases, two mail servers, a witness and the clock."""

    def __init__(
        self,
        folder: Path,
        databases: dict[str, str],
        servers: dict[str, MailServerProcess],
        account: GmailAccount,
        *,
        is_blind: bool = False,
    ) -> None:
        self.account = account
        self.folder, self.databases, self.servers, self.is_blind = folder, databases, servers, is_blind
        self.clock = SharedClock()
        self.office = folder / "office"
        self.record = folder / "seen"
        self.witness = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.recorder", str(self.record)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.template = folder / "template.db"
        open_ledger(f"sqlite:///{self.template}").close()

    def close(self) -> None:
        self.witness.communicate()

    def tell_witness(self, line: str) -> None:
        assert self.witness.stdin is not None
        assert self.witness.stdout is not None
        self.witness.stdin.write(f"{line}\n".encode())
        self.witness.stdin.flush()
        assert self.witness.stdout.readline() == b"ok\n"

    def begin(self, case: Case) -> Job:
        """An empty office with a few mails planned, a healthy lane, and the clock at noon."""
        self.tell_witness("done")  # it reads what it saw: nothing may be taken away before
        shutil.rmtree(self.office, ignore_errors=True)
        (self.office / "outbox").mkdir(parents=True)
        url = self.databases[case.database] or f"sqlite:///{self.office / 'ledger.db'}"
        if case.database == "sqlite":
            shutil.copy(self.template, self.office / "ledger.db")
        ledger = open_ledger(url)
        if case.database != "sqlite":
            _empty(ledger)
        people = [a_person(f"p{n}", email=f"p{n}@example.org", status=Status.INVITE) for n in range(PEOPLE)]
        LedgerPeople(ledger).apply(PeoplePlan(add=tuple(people)), NOON)
        LedgerOutbox(ledger).queue([a_message(f"p{n}", f"p{n}@example.org") for n in range(PEOPLE)], NOON)
        ledger.close()
        self.clock.set(timedelta(minutes=1))
        job = Job(url, self.office, self.clock, is_blind=self.is_blind)
        if case.lane == "local":
            self.tell_witness(f"watch {self.office / 'outbox'}")
            return job
        if case.lane == "gmail":
            self.account.forget(sum(case.boundaries))
            unsendable = UNSENDABLE if case.fault == "one recipient refused" else ""
            url, key = self.account.google.base_url, self.account.key
            return replace(job, lane="gmail", gmail_url=url, gmail_key=key, unsendable=unsendable)
        server = self.servers[case.lane]
        server.forget()
        imap_port = server.imap_port if case.lane == "smtp+imap" else 0
        return replace(job, lane="smtp", smtp_port=server.smtp_port, imap_port=imap_port)

    def server(self, case: Case) -> MailServerProcess | GmailAccount:
        return self.account if case.lane == "gmail" else self.servers[case.lane]

    def arrived(self, case: Case) -> Counter[str]:
        if case.lane != "local":
            return self.server(case).counts()
        self.tell_witness("done")
        return Counter(self.record.read_text(encoding="utf-8").split())


def run_case(bench: Bench, case: Case, counts: Counts) -> None:
    """Harms, repairs, judges."""
    job = bench.begin(case)
    happens = {} if case.lane == "local" else (GMAIL_FAULTS if case.lane == "gmail" else SMTP_FAULTS)[case.fault]
    if happens:
        bench.server(case).fault(**{"times": case.times, **happens})  # type: ignore[arg-type]
    faulty = replace(job, disk_fault="" if case.fault == "none" else case.fault, disk_fault_times=case.times)
    first = faulty if case.lane == "local" else job
    harm = signal.SIGKILL if case.harm == "kill" else signal.SIGSTOP
    started = [_fork(replace(first, fuse=Fuse(at, harm))) for at in case.boundaries]
    ended = [_wait(process) for process in started]
    counts.harmed += any(end in {"killed", "stopped"} for end in ended)
    minutes = 10
    for process, end in zip(started, ended, strict=True):
        if end == "stopped":
            # Past the expiry of its claims somebody else does its work; then it wakes up and goes on.
            bench.clock.set(timedelta(minutes=minutes))
            _wait(_fork(job))
            os.kill(process, signal.SIGCONT)
            _wait(process)
            minutes += 10
    for _ in range(6):
        minutes += 45
        bench.clock.set(timedelta(minutes=minutes))
        _wait(_fork(job))
        if case.fault not in _MAY_REFUSE and case.lane != "local":
            bench.server(case).no_fault()
        if _is_idle(job):
            break
    _judge(bench, case, job, counts)


def _judge(bench: Bench, case: Case, job: Job, counts: Counts) -> None:
    arrived = bench.arrived(case)
    ledger = open_ledger(job.ledger_url)
    records, balance = LedgerRecords(ledger).records(), LedgerRecords(ledger).tally(bench.clock())
    listed = {
        task.subject
        for task in LedgerTasks(ledger).all()
        if task.kind is TaskKind.CHECK_DELIVERY and task.state is TaskState.OPEN
    }
    ledger.close()
    before = (counts.duplicates, counts.lost, counts.unresolved, counts.balance_errors)
    counts.runs += 1
    for record in records:
        times = arrived[message_id(record.message.key, SENDER)]
        counts.duplicates += max(0, times - 1)
        match record.state:
            case State.SENT:
                counts.lost += times == 0
            case State.TO_CHECK:
                counts.not_sure += 1
                could_be_known = case.lane in {"local", "gmail"} or (case.lane == "smtp+imap" and times > 0)
                counts.unresolved += could_be_known or record.message.key not in listed
            case State.FAILED:
                counts.balance_errors += times > 0 or case.fault not in _MAY_REFUSE
            case _:
                counts.lost += 1
                counts.balance_errors += times > 0
        counts.rows[f"{case.lane}|{case.fault}|{record.state}"] += 1
    counts.balance_errors += balance.planned != PEOPLE or len(records) != PEOPLE
    counts.rows[f"{case.lane}|{case.fault}|runs"] += 1
    if before != (counts.duplicates, counts.lost, counts.unresolved, counts.balance_errors):
        told = ", ".join(f"{r.message.person_id} {r.state} {r.reason}" for r in records)
        counts.wrong.append(f"{case}: {told}; arrived {dict(arrived)}")


# --- processes -------------------------------------------------------------------------------------------------------


def _fork(job: Job) -> int:
    """A worker process; it starts at once because everything is imported already."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work(job)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait(process: int) -> str:
    """How it ended: "done", "killed" by its fuse, or "stopped" for now."""
    until = time.monotonic() + HANGS_AFTER
    while time.monotonic() < until:
        found, status = os.waitpid(process, os.WUNTRACED | os.WNOHANG)
        if not found:
            time.sleep(0.002)
            continue
        if os.WIFSTOPPED(status):
            return "stopped"
        if os.WIFSIGNALED(status):
            return "killed"
        if os.waitstatus_to_exitcode(status):
            raise RuntimeError("a worker ended with an error; see above")
        return "done"
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise RuntimeError("a worker hung")


def _is_idle(job: Job) -> bool:
    ledger = open_ledger(job.ledger_url)
    waiting = LedgerRecords(ledger).records((State.QUEUED, State.CLAIMED, State.DISPATCHING))
    ledger.close()
    return not waiting


def _empty(ledger: Ledger) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    with ledger.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


# --- which runs ------------------------------------------------------------------------------------------------------


def some_cases(
    number: int, dice: random.Random, databases: Sequence[str], reach: dict[str, int], only: str = ""
) -> Iterator[Case]:
    """Walks every lane, database, harm, number of workers and fault in turn; the boundaries are drawn."""
    kinds = [
        (database, lane, fault, harm, workers)
        for lane, faults in LANES.items()
        for fault in faults
        for database in databases
        for harm in ("kill", "sleep")
        for workers in (1, 2)
        if only in f"{lane}|{fault}"
    ]
    drawn: list[tuple[str, str, str, str, int]] = []
    for _ in range(number):
        if not drawn:
            drawn = dice.sample(kinds, len(kinds))
        database, lane, fault, harm, workers = drawn.pop()
        first = dice.randint(1, reach[lane])
        others = [dice.choice((0, dice.randint(1, reach[lane]))) for _ in range(workers - 1)]
        yield Case(database, lane, fault, harm, workers, (first, *others), dice.randint(1, 2))


def _reach(bench: Bench) -> dict[str, int]:
    """How many boundaries a whole run crosses in each lane, so that every one of them can be drawn."""
    reach = {}
    for lane in LANES:
        case = Case("sqlite", lane, "none", "kill", 1, (0,), 0)
        job = bench.begin(case)
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            os.write(writing, str(work(job)).encode())
            os._exit(0)
        assert _wait(process) == "done"
        reach[lane] = int(os.read(reading, 20))
        os.close(reading)
        os.close(writing)
    return reach


# --- the whole -------------------------------------------------------------------------------------------------------


def run_part(runs: int, seed: int, databases: dict[str, str], *, only: str = "", is_blind: bool = False) -> Counts:
    """Runs one part of the matrix in this process."""
    counts = Counts()
    with (
        tempfile.TemporaryDirectory(prefix="hmn-crash-", dir=_fast_folder()) as name,
        contextlib.ExitStack() as closing,
    ):
        folder = Path(name)
        options = {"smtp": [], "smtp+imap": ["--pipelining", "--keeps-sent"]}
        servers = {
            lane: closing.enter_context(running_mail_server(folder / lane, chosen)) for lane, chosen in options.items()
        }
        account = closing.enter_context(running_account(folder))
        bench = Bench(folder, databases, servers, account, is_blind=is_blind)
        closing.callback(bench.close)
        for case in some_cases(runs, random.Random(seed), sorted(databases), _reach(bench), only):
            run_case(bench, case, counts)
    return counts


def _fast_folder() -> str | None:
    return str(_IN_MEMORY) if _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) else None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=520)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--part", default="", help="for our own use: the database's URL of one part")
    parser.add_argument("--only", default="", help='a part of "lane|fault", like "smtp|421"')
    parser.add_argument("--blind", action="store_true", help="a lane that resends on a guess: duplicates must show")
    options = parser.parse_args()
    if options.part:
        databases = {"sqlite": "", **({"postgresql": options.part} if options.part != "none" else {})}
        counts = run_part(options.runs, options.seed, databases, only=options.only, is_blind=options.blind)
        print(json.dumps(counts.__dict__))
        return
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    chosen = ["--only", options.only, *(["--blind"] if options.blind else [])]
    counts = _run_parts(options.runs, seed, options.jobs, chosen)
    _show(counts)
    sys.exit(not counts.is_clean)


def _run_parts(runs: int, seed: int, jobs: int, chosen: Sequence[str]) -> Counts:
    """Runs the parts side by side, each in a process with servers and databases of its own."""
    tempfile.tempdir = _fast_folder()  # PostgreSQL too
    urls = [_postgres() for _ in range(jobs)]
    on = "SQLite and PostgreSQL" if urls[0] != "none" else "SQLite (no PostgreSQL could be started)"
    print(f"{runs} runs on {on}, seed {seed}", flush=True)
    parts = []
    for number, url in enumerate(urls):
        share = runs // jobs + (number < runs % jobs)
        command = ["--runs", str(share), "--seed", str(seed + number), "--part", url, *chosen]
        parts.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.crash_matrix", *command],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    counts = Counts()
    for part in parts:
        said, _ = part.communicate()
        if part.returncode:
            sys.exit("a part of the matrix ended with an error; see above")
        found = json.loads(said.splitlines()[-1])
        counts.add(Counts(**found | {"rows": Counter(found["rows"])}))
    return counts


def _postgres() -> str:
    import pytest

    from tests.contract.ledgers import _fresh_postgres_database

    try:
        return _fresh_postgres_database()
    except pytest.skip.Exception:
        return "none"


def _show(counts: Counts) -> None:
    kinds = sorted({key.rpartition("|")[0] for key in counts.rows})
    print(f"{'lane':<10} {'fault':<26} {'runs':>5} {'sent':>5} {'refused':>8} {'not sure':>9}")
    for kind in kinds:
        lane, _, fault = kind.partition("|")
        found = [counts.rows[f"{kind}|{name}"] for name in ("runs", State.SENT, State.FAILED, State.TO_CHECK)]
        print(f"{lane:<10} {fault:<26} {found[0]:>5} {found[1]:>5} {found[2]:>8} {found[3]:>9}")
    for line in counts.wrong:
        print(f"WRONG: {line}")
    print(counts.last_line)


if __name__ == "__main__":
    main()
