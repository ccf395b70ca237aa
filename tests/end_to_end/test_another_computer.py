"""Two computers and one sheet, an old copy of the ledger, a backup put back: nobody gets a mail twice.

The commands that a person types run as real processes; what a schedule does in between runs in this one.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examples.build import build_workbook
from integrations.local.lock import use
from integrations.settings import load_settings
from integrations.wiring import open_office
from network.approvals import Approval, Decision
from network.consent import ConsentFact, FactKind
from network.errors import HeldError
from network.jobs.rounds import walk
from network.messages import State, Stream

ROOT = Path(__file__).parents[2]
START = datetime.fromisoformat("2026-10-06T10:00-07:00")
STOPPED = "This sheet is run from another computer (last seen 6 October). Restore its backup, or take over: "
KEPT_ROWS = 8  # of each status: a small office says as much and plans ten times faster


@dataclass
class Computer:
    """One home folder; several may share a workbook."""

    home: Path
    workbook: str
    settings: dict[str, str]

    def run(self, *flows: str, at: datetime = START) -> None:
        """Walks rounds in this process, one minute apart."""
        settings = load_settings(home=self.home, workbook=self.workbook, send="live", **self.settings)
        for minute, flow in enumerate(flows):
            with open_office(settings, as_of=at + timedelta(minutes=minute)) as office:
                walk(office, flow, office.clock())

    def approve_everything(self, at: datetime = START) -> None:
        with open_office(load_settings(home=self.home, workbook=self.workbook, **self.settings), as_of=at) as office:
            for asked in office.approvals.pending():
                answer = Approval(asked.item, asked.fingerprint, Decision.APPROVED, "a leader", at, asked.addressees)
                office.approvals.decide(answer)

    def type(self, *words: str, at: datetime | None = START) -> subprocess.CompletedProcess[str]:
        """A command as a person types it."""
        own = {f"HMN_{name.upper()}": value for name, value in self.settings.items()}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
        environment |= {"HMN_HOME": str(self.home), "HMN_WORKBOOK": self.workbook, "HMN_SEND": "live", **own}
        when = ("--as-of", at.isoformat()) if at else ()
        return subprocess.run(
            [sys.executable, "-m", "hmn", *words, *when],
            cwd=ROOT,
            env=environment | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def status(self, at: datetime) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.type("status", "--json", at=at).stdout)
        return told

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Whom every mail in the outbox folder went to, with its subject; not what the office writes to itself."""
        found = []
        for file in sorted((self.home / "outbox").glob("*.eml")):
            if not file.name.startswith(f"{Stream.OFFICE}-"):
                mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
                found.append((str(mail["To"]), str(mail["Subject"])))
        return found

    def everything_later(self, day: int = 1) -> None:
        """What a schedule would do on a later day, with every question to approvers answered yes."""
        at = START + timedelta(days=day)
        self.run("members", "inbox", "recruitment", "newsletter", "surveys", at=at)
        self.approve_everything(at + timedelta(minutes=10))
        self.run("recruitment", "newsletter", "outbox", at=at + timedelta(minutes=30))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet, and a first computer that has invited people and sent letters."""
    place = tmp_path_factory.mktemp("computers") / "begun"
    place.mkdir()
    shared = place / "workbook.xlsx"
    build_workbook(ROOT / "examples" / "washington", shared)
    _keep_few(shared)
    (place / "first").mkdir()
    first = Computer(place / "first", str(shared), {})
    first.run("members", "inbox", "recruitment", "members")
    first.approve_everything(START + timedelta(minutes=5))
    first.run("outbox", at=START + timedelta(minutes=25))
    assert first.mails
    return place


@pytest.fixture
def computer(begun: Path, tmp_path: Path) -> Callable[[str], Computer]:
    """Computers that share a copy of that sheet, by name."""
    place = tmp_path / "place"
    shutil.copytree(begun, place)

    def make(name: str) -> Computer:
        (place / name).mkdir(exist_ok=True)
        return Computer(place / name, str(place / "workbook.xlsx"), {})

    return make


def _keep_few(file: Path) -> None:
    book = load_workbook(file)
    sheet = book["Members"]
    column = next(cell.column for cell in sheet[1] if cell.value == "Status")
    kept: Counter[str] = Counter()
    for number in range(2, sheet.max_row + 1):
        status = str(sheet.cell(number, column).value)
        kept[status] += 1
        if kept[status] > KEPT_ROWS or status not in {"Member", "Invite"}:
            for cell in sheet[number]:
                cell.value = None
    book.save(file)


def duplicates(*computers: Computer) -> list[tuple[str, str]]:
    counted = Counter(mail for each in computers for mail in each.mails)
    return [mail for mail, number in counted.items() if number > 1]


def test_a_second_computer_stops_and_sends_nothing_until_it_takes_over(computer: Callable[[str], Computer]) -> None:
    first, second = computer("first"), computer("second")
    ours = Path(first.workbook).with_name("HMN workbook.xlsx")
    before = ours.read_bytes()
    programs = str(ROOT / "examples" / "washington" / "programs.csv")
    for words in (("run", "outbox"), ("import-programs", programs)):
        done = second.type(*words, at=START + timedelta(hours=1))
        assert done.returncode == 1, words
        assert done.stderr.startswith(STOPPED), (words, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1
    for flow in ("members", "recruitment", "newsletter", "surveys", "goals", "digest", "housekeeping", "inbox"):
        with pytest.raises(HeldError):
            second.run(flow, at=START + timedelta(hours=1))
    assert ours.read_bytes() == before, "the second computer does not fight over our tabs"
    assert not second.mails
    assert str(second.status(START)["this computer"]).startswith(STOPPED)
    doctor = second.type("doctor", "--json")
    assert doctor.returncode == 1
    said = {each["what"]: each["sentence"] for each in json.loads(doctor.stdout)}
    assert said["Guard"].startswith(STOPPED)
    assert second.type("takeover", at=START).returncode == 1, "nobody answered the question"

    taken = second.type("takeover", "--yes", at=START + timedelta(hours=1))
    assert taken.returncode == 0, taken.stderr
    assert "no letter is repeated" in taken.stdout
    stopped = first.type("run", "members", at=START + timedelta(hours=2))
    assert stopped.returncode == 1
    assert stopped.stderr.startswith(STOPPED)
    with pytest.raises(HeldError):
        first.run("outbox", at=START + timedelta(hours=2))
    sent_before = first.mails
    second.everything_later()
    assert first.mails == sent_before
    assert not duplicates(first, second)
    invited = {to for to, _ in first.mails}
    assert not [mail for mail in second.mails if mail[0] in invited], "who was written to is not written to again"


def test_a_ledger_copied_before_the_last_mails_never_sends_them_again(computer: Callable[[str], Computer]) -> None:
    first = computer("first")
    yesterday = first.home / "yesterday.db"
    with closing(sqlite3.connect(first.home / "ledger.db")) as ledger, closing(sqlite3.connect(yesterday)) as copy:
        ledger.backup(copy)
    first.run("members", "recruitment", "outbox", at=START + timedelta(days=1))
    sent = first.mails
    assert sent
    # Somebody puts the copy in its place by hand, and the folder of what was sent is lost: only the guard can tell.
    for ending in ("-wal", "-shm"):
        (first.home / f"ledger.db{ending}").unlink(missing_ok=True)
    shutil.copy(yesterday, first.home / "ledger.db")
    (first.home / "outbox").rename(first.home / "sent")
    stopped = first.type("run", "outbox", at=START + timedelta(days=1, hours=1))
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("The memory of this computer is older than the sheet (last seen 7 October)")
    taken = first.type("takeover", "--yes", at=START + timedelta(days=1, hours=1))
    assert taken.returncode == 0, taken.stderr
    first.everything_later(2)
    again = [mail for mail in first.mails if mail in sent]
    assert not again
    assert not duplicates(first)


@pytest.mark.long
def test_a_backup_is_put_back_only_while_nothing_runs_and_keeps_the_present_one(
    computer: Callable[[str], Computer],
) -> None:
    first = computer("first")
    assert first.type("backup", at=START + timedelta(hours=1)).returncode == 0
    first.run("members", "recruitment", "outbox", at=START + timedelta(days=1))
    sent = first.mails
    (first.home / "outbox").rename(first.home / "sent")
    with use(first.home):
        busy = first.type("restore", "backups/ledger-2026-10-06.db")
    assert busy.returncode == 1
    assert busy.stderr.startswith("A run is under way in this office, so nothing was put back.")
    restored = first.type("restore", "ledger-2026-10-06.db", at=START + timedelta(days=1, hours=1))
    assert restored.returncode == 0, restored.stderr
    aside = first.home / "ledger-before-restore-2026-10-07-180000.db"
    assert f"The one before is kept as {aside.name}." in restored.stdout
    with closing(sqlite3.connect(aside)) as kept:
        assert kept.execute("SELECT count(*) FROM message WHERE state = 'sent'").fetchone()[0] >= len(sent)
    stopped = first.type("run", "members", at=START + timedelta(days=1, hours=2))
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("A backup of 6 October 2026 was put back, and nobody knows what went out since.")
    assert first.type("takeover", "--yes", at=START + timedelta(days=1, hours=2)).returncode == 0
    first.everything_later(2)
    assert not [mail for mail in first.mails if mail in sent]


@pytest.mark.long
def test_what_waited_in_an_old_memory_is_asked_about_and_goes_only_when_a_person_says_so(
    computer: Callable[[str], Computer],
) -> None:
    first = computer("first")
    first.run("members", "recruitment", at=START + timedelta(days=1))
    waiting = sqlite_states(first, State.QUEUED)
    assert waiting
    assert first.type("backup", at=START + timedelta(days=1, minutes=5)).returncode == 0
    assert first.type("restore", "ledger-2026-10-07.db", at=START + timedelta(days=1, minutes=6)).returncode == 0
    said = first.type("takeover", "--yes", at=START + timedelta(days=1, minutes=7)).stdout
    assert "may have gone already: none goes by itself" in said
    first.run("members", "outbox", "members", at=START + timedelta(days=1, minutes=30))
    assert not sqlite_states(first, State.QUEUED) & waiting
    to_check = sqlite_states(first, State.TO_CHECK)
    assert to_check
    assert to_check <= waiting
    to_do = [row[1].value for row in load_workbook(first.workbook)["To do"].iter_rows()]
    assert any("may have gone before this computer took over" in str(what) for what in to_do)
    assert any("invite again to begin with letter 1" in str(what) for what in to_do)
    ref = sqlite_one(first, "SELECT reply_ref FROM message WHERE state = 'to_check' LIMIT 1")
    assert first.type("outbox", "retry", ref, at=START + timedelta(days=1, hours=1)).returncode == 0
    assert len(sqlite_states(first, State.TO_CHECK)) == len(to_check) - 1


def test_a_no_outlives_the_computer_that_heard_it(computer: Callable[[str], Computer]) -> None:
    first, second = computer("first"), computer("second")
    with open_office(load_settings(home=first.home, workbook=first.workbook), as_of=START) as office:
        ana = next(person for person in office.people.all() if person.is_active_member and person.member.email)
        address = ana.member.email or ""
        office.consents.add([ConsentFact(START, FactKind.NO, "reply", ana.id, address, evidence="mail/1")])
    first.run("members", at=START + timedelta(minutes=40))
    book = load_workbook(Path(first.workbook).with_name("HMN workbook.xlsx"))["HMN guard"]
    texts = [str(cell.value) for row in book.iter_rows() for cell in row if cell.value]
    assert book.sheet_state == "hidden"
    assert book.protection.sheet
    assert "no" in texts
    assert not [text for text in texts if "@" in text], "only hashes leave the ledger"
    shutil.rmtree(first.home)
    assert second.type("takeover", "--yes", at=START + timedelta(hours=1)).returncode == 0
    story = second.type("why", address, at=START + timedelta(hours=1))
    assert "asked us to stop" in story.stdout.casefold() or "said no" in story.stdout.casefold(), story.stdout


def sqlite_states(computer: Computer, state: State) -> set[str]:
    with closing(sqlite3.connect(computer.home / "ledger.db")) as ledger:
        rows = ledger.execute("SELECT key FROM message WHERE state = ? AND stream != 'office'", (str(state),))
        return {row[0] for row in rows}


def sqlite_one(computer: Computer, question: str) -> str:
    with closing(sqlite3.connect(computer.home / "ledger.db")) as ledger:
        return str(ledger.execute(question).fetchone()[0])
