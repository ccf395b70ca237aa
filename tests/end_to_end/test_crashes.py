"""Killed anywhere and run again: every planned mail arrives exactly once, or is listed for a person."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from integrations.ledger.engine import open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.people import LedgerPeople
from integrations.ledger.records import LedgerRecords
from network.members import Status
from network.messages import State
from network.ports import PeoplePlan
from tests.builders import NOON, a_message, a_person

PEOPLE = 3
MOST_BOUNDARIES = 90  # more than one whole run crosses; a run that crosses fewer simply ends alive
# `make crash-test` kills at every boundary; the ordinary suite at a few of each kind.
KILLS = range(1, MOST_BOUNDARIES) if os.environ.get("HMN_TEST_ALL_CRASHES") else (3, 8, 11, 14, 17, 20, 24, 31, 45)


def plan(url: str) -> None:
    ledger = open_ledger(url)
    people = [a_person(f"p{n}", email=f"p{n}@example.org", status=Status.INVITE) for n in range(PEOPLE)]
    LedgerPeople(ledger).apply(PeoplePlan(add=tuple(people)), NOON)
    LedgerOutbox(ledger).queue([a_message(f"p{n}", f"p{n}@example.org") for n in range(PEOPLE)], NOON)
    ledger.close()


def work(folder: Path, url: str, minutes: int, kill_at: int) -> int:
    moment = (NOON + timedelta(minutes=minutes)).isoformat()
    command = [sys.executable, "-m", "tests.end_to_end.crash_worker", str(folder), url, moment, str(kill_at)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


def arrived(folder: Path) -> Counter[str]:
    mails = [message_from_bytes(file.read_bytes(), policy=policy.SMTP) for file in (folder / "outbox").glob("*.eml")]
    return Counter(str(mail["To"].addresses[0].addr_spec) for mail in mails)


@pytest.mark.parametrize("kill_at", KILLS)
def test_a_worker_killed_at_any_boundary_leaves_every_mail_sent_once(tmp_path: Path, kill_at: int) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    plan(url)
    work(tmp_path, url, 1, kill_at)
    for minutes in (10, 20, 30):  # each time past the expiry of what the one before may have held
        work(tmp_path, url, minutes, 0)
    assert arrived(tmp_path) == {f"p{n}@example.org": 1 for n in range(PEOPLE)}
    ledger = open_ledger(url)
    balance = LedgerRecords(ledger).tally(NOON + timedelta(minutes=40))
    ledger.close()
    assert (balance.sent, balance.planned, balance.to_check) == (PEOPLE, PEOPLE, 0)


def test_a_whole_run_crosses_fewer_boundaries_than_the_test_can_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    plan(url)
    assert work(tmp_path, url, 1, 20) == -9, "the fuse works"
    assert work(tmp_path, url, 10, MOST_BOUNDARIES) == 0, "no boundary lies beyond the tested range"


def test_two_workers_at_once_send_each_mail_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    plan(url)
    workers = [threading.Thread(target=work, args=(tmp_path, url, 1, 0)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert arrived(tmp_path) == {f"p{n}@example.org": 1 for n in range(PEOPLE)}
    ledger = open_ledger(url)
    assert {record.state for record in LedgerRecords(ledger).records()} == {State.SENT}
    ledger.close()
