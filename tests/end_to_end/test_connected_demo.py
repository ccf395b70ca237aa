"""`hmn demo --connected`: the example office's day through the real clients of Google Sheets, Gmail and Mailchimp."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.prefect, pytest.mark.long]


def test_the_day_goes_through_every_client_and_each_person_gets_one_mail(tmp_path: Path) -> None:
    office = tmp_path / "connected office"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "hmn", "demo", "--connected", "--office", str(office)],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path), "COLUMNS": "140"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    seen = dict(re.findall(r"│ ([^│]+?) +│ (\d+) +│\n", done.stdout[done.stdout.index("stand-in") :]))
    assert seen["requests that nobody understood"] == "0"
    assert "40 of 70 (57 %" in done.stdout, "the answers came through Google Forms"
    assert not list((office / "surveys").glob("*.csv"))
    assert int(seen["Mailchimp campaigns"]) == 3
    assert int(seen["mails sent by Mailchimp"]) > 20
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in (office / "outbox").glob("*.eml")]
    assert len(mails) == int(seen["mails sent by Gmail"]) > 20
    said = [(mail["To"], mail["Subject"]) for mail in mails]
    assert len(set(said)) == len(said)
    sent = re.search(r"│ Sent +│ (\d+)", done.stdout)
    assert sent is not None
    assert int(sent[1]) == len(mails)
