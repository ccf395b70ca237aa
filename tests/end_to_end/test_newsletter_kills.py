"""A real `hmn run` that is killed in the middle of the newsletter, again and again: one campaign, one mail for each.

The office, its workbook and its ledger are files; Mailchimp is the stand-in in a process of its own, slowed down so
that most of a run is spent in the middle of some request. What a killed process asked for still happens there. The
wires alone are counted: what Mailchimp mailed, and what lies in the outbox.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examples.build import build_workbook
from integrations.settings import load_settings
from integrations.wiring import open_office
from network.approvals import Approval, Decision
from network.jobs.rounds import walk
from tests.builders import NOON
from tests.emulated.mailchimp import LIST, Account, running_account

ROOT = Path(__file__).parents[2]
KILLS = 9  # of one history, while its mails go out
READERS = 32  # who asked for the newsletter in the example of Washington
SUBJECTS = ("Thursday at noon", "Jueves al mediod")  # of the notice


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's workbook, with its notice on the day of the issue and room for everything on that day."""
    path = build_workbook(ROOT / "examples" / "washington", tmp_path_factory.mktemp("example") / "workbook.xlsx")
    book = load_workbook(path)
    header, *rows = book["Messages"].iter_rows()
    columns = {str(cell.value): number for number, cell in enumerate(header)}
    notice = next(row for row in rows if str(row[columns["Subject"]].value or "").startswith(SUBJECTS))
    notice[columns["Send on"]].value = NOON.date()
    for row in book["Settings"].iter_rows():
        if row[0].value in ("First-day cap", "Daily cap"):
            row[1].value = 500  # everything may go on this day
    book["Quiet dates"].delete_rows(2, book["Quiet dates"].max_row)
    for column in book["Programs"].iter_cols(min_row=1):
        for cell in column[1:] if column[0].value in ("Open months", "Do not write until") else ():
            cell.value = None
    book.save(path)
    return path


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as account:
        yield account


class Day:
    """One day of an office whose processes die."""

    def __init__(self, home: Path, account: Account | None, seed: int) -> None:
        self.home, self.account, self.chance = home, account, random.Random(seed)
        self.at = NOON
        self.killed = 0
        self.settings = {"home": str(home), "workbook": str(home / "workbook.xlsx"), "send": "live"}
        if account is not None:
            there = {"mailchimp_api_key": "key-us6", "mailchimp_audience": LIST}
            self.settings |= {**there, "mailchimp_base_url": f"{account.stand_in.base_url}/3.0"}
        self.whole_run = 2.0  # seconds; measured by the first run that is left alone

    def go_on(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)
        if self.account is not None:
            self.account.at(self.at)

    def start(self, flow: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
        environment |= {f"HMN_{name.upper()}": value for name, value in self.settings.items()}
        command = [sys.executable, "-m", "hmn", "run", flow, "--as-of", self.at.isoformat()]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def leave_alone(self, flow: str) -> None:
        begun = time.monotonic()
        assert self.start(flow).wait(timeout=120) == 0, flow
        self.whole_run = time.monotonic() - begun

    def kill(self, flow: str) -> None:
        process = self.start(flow)
        time.sleep(self.whole_run * self.chance.uniform(0.4, 1.0))
        process.send_signal(signal.SIGKILL)
        self.killed += process.wait(timeout=30) == -signal.SIGKILL

    def in_peace(self, *flows: str) -> None:
        """The same rounds, where nobody dies: in this process, which is quicker."""
        for flow in flows:
            with open_office(load_settings(**self.settings), as_of=self.at) as office:
                walk(office, flow, office.clock())

    def approve(self) -> None:
        with open_office(load_settings(**self.settings), as_of=self.at) as office:
            for asked in office.approvals.pending():
                if asked.item.startswith(("newsletter/", "notice/")):
                    yes = (asked.item, asked.fingerprint, Decision.APPROVED, "Noor", self.at, asked.addressees)
                    office.approvals.decide(Approval(*yes))

    def states(self) -> dict[str, str]:
        with open_office(load_settings(**self.settings), as_of=self.at) as office:
            known = [each for each in office.issues.all() if each.addressees and each.issue == "october-2026"]
            return {each.title: str(each.state) for each in known}

    def mails(self) -> list[tuple[str, str]]:
        """Address and subject of everything in the outbox."""
        found = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in (self.home / "outbox").glob("*.eml")
        ]
        return [(str(mail["To"].addresses[0].addr_spec), str(mail["Subject"])) for mail in found]


def play(day: Day, kills: int) -> None:
    """From a sheet that nobody has read to the evening on which everything has gone."""
    day.go_on(0)
    if day.account is not None:
        day.account.fault("delay", seconds=0.04, path="/3.0/", times=100_000)
    for flow in ("members", "newsletter"):
        day.leave_alone("inbox")
        day.kill(flow)
        day.kill(flow)
        day.leave_alone(flow)
        day.approve() if flow == "newsletter" else None
    day.go_on(16)
    for number in range(kills):
        if number % 3 == 0:
            day.in_peace("members", "inbox")
        day.kill("outbox" if number % 3 == 2 else "newsletter")
        day.go_on(day.chance.choice((0, 1, 11)))
    for _ in range(5):
        day.go_on(25)  # what a killed process had claimed is free again after a while
        day.in_peace("members", "inbox", "newsletter", "outbox")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("has_mailchimp", [True, False], ids=["mailchimp", "outbox"])
def test_whenever_a_run_is_killed_every_reader_gets_each_mail_once(
    has_mailchimp: bool, seed: int, workbook: Path, account: Account, tmp_path: Path
) -> None:
    account.stand_in.reset()
    shutil.copy(workbook, tmp_path / "workbook.xlsx")
    day = Day(tmp_path, account if has_mailchimp else None, seed)
    play(day, KILLS)
    assert day.killed >= KILLS // 2, "too few were killed at work"
    assert set(day.states().values()) == {"sent"}, day.states()
    there = account.look()
    titles = Counter(each["title"] for each in there["campaigns"])
    if has_mailchimp:
        assert len(titles) == 3
        assert set(titles.values()) == {1}, titles
        readers = [mail["email"] for mail in there["mails"]]
    else:
        assert not titles
        readers = [to for to, subject in day.mails() if not subject.startswith((*SUBJECTS, "May this go out?"))]
    assert Counter(readers).most_common(1)[0][1] == 1, "an issue came twice"
    assert len(readers) == READERS
    notices = Counter(to for to, subject in day.mails() if subject.startswith(SUBJECTS))
    assert set(notices.values()) == {1}, "the notice came twice"
    assert len(notices) == 52
