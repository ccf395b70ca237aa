"""A full disk and a ledger that another program holds: one sentence, nothing is lost, the next run goes on."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from examples.build import build_workbook
from integrations.ledger.engine import open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.settings import load_settings
from integrations.wiring import open_office
from network.jobs.rounds import walk
from network.messages import State, Stream
from tests.builders import NOON, a_message

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An office that has read its sheet and has three mails to send."""
    home = tmp_path / "office"
    home.mkdir()
    build_workbook(ROOT / "examples" / "washington", home / "workbook.xlsx")
    for minute, flow in enumerate(("members", "inbox")):
        with open_office(load_settings(home=home, send="live"), as_of=NOON + timedelta(minutes=minute)) as office:
            walk(office, flow, office.clock())
            mails = [a_message(f"p-{n}", f"p{n}@example.org", stream=Stream.OFFICE) for n in range(3)]
            office.outbox.queue(mails, NOON)
    return home


def run(home: Path, flow: str, *, largest: int | None = None, at: str = "2026-10-06T10:05-07:00") -> str:
    """What a run said when it failed, blank when it did not; with `largest` no file may grow beyond so many bytes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
    environment |= {"HMN_HOME": str(home), "HMN_SEND": "live", "HMN_WORKBOOK": str(home / "workbook.xlsx")}

    def fill_the_disk() -> None:
        if largest is not None:  # the kernel refuses more, as a full disk does
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    done = subprocess.run(
        [sys.executable, "-m", "hmn", "run", flow, "--as-of", at],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=fill_the_disk,
    )
    assert done.returncode == (1 if done.stderr else 0), done.stderr
    assert len(done.stderr.strip().splitlines()) <= 1, done.stderr
    return done.stderr.strip()


def states(home: Path) -> dict[str, int]:
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return dict(
            ledger.execute("SELECT state, count(*) FROM message WHERE key LIKE '%/head_start/%' GROUP BY state")
        )


def test_while_the_disk_is_full_nothing_is_lost_and_the_next_run_goes_on(home: Path) -> None:
    people = (home / "workbook.xlsx").read_bytes()
    for flow, largest in (("members", 30_000), ("outbox", 30_000), ("outbox", 2_000)):
        said = run(home, flow, largest=largest)
        assert "disk" in said or not said, (largest, flow, said)
        assert states(home).get(State.SENT, 0) <= len(list((home / "outbox").glob("*.eml")))
        assert sum(states(home).values()) == 3
    assert (home / "workbook.xlsx").read_bytes() == people
    assert run(home, "members", at="2026-10-06T10:20-07:00") == ""
    assert run(home, "outbox", at="2026-10-06T10:21-07:00") == ""
    assert states(home) == {State.SENT: 3}
    assert len([file for file in (home / "outbox").glob("office-*.eml") if file.stat().st_size]) >= 3
    assert not list(home.rglob("*.new"))


def test_a_ledger_that_another_program_holds_is_waited_for_then_one_sentence(home: Path) -> None:
    busy, impatient = (open_ledger(f"sqlite:///{home / 'ledger.db'}", patience=1) for _ in range(2))
    with busy.write(), pytest.raises(Exception, match="its database is busy") as said:
        LedgerOutbox(impatient).queue([a_message("p-9", "p9@example.org")], NOON)
    assert "Nothing was changed; the next run tries again." in str(said.value)
    busy.close()
    impatient.close()
    assert states(home) == {State.QUEUED: 3}
    assert run(home, "outbox") == ""
    assert states(home) == {State.SENT: 3}
