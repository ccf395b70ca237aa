"""What a spam filter says: SpamAssassin's local rules give none of our mails more than half a point (of five)."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hmn.exhibits import MEMBERS, Exhibit, exhibits
from integrations.local.words import PackagedWords
from network.messages import Message
from network.mime import build

MOST = 0.5


def written(shown: Exhibit, date: datetime) -> bytes:
    message = Message(
        stream=shown.stream,
        item=shown.name,
        step="1",
        person_id="p",
        address="ana@example.org",
        to_name=MEMBERS[shown.member].member.first_name,
        content=shown.content,
        due_at=date,
        not_after=date,
        reply_ref="7K2M9Q",
    )
    return build(
        message,
        sender_name="Rosa Delgado",
        sender_address="rosa@wahmn.example.org",
        reply_to="network@wahmn.example.org",
        domain="wahmn.example.org",
        date=date,
    )


@pytest.mark.skipif(shutil.which("spamassassin") is None, reason="SpamAssassin is not installed here")
@pytest.mark.parametrize("members", [("ordinary",), pytest.param(tuple(MEMBERS), marks=pytest.mark.long)])
def test_spamassassin_gives_each_mail_at_most_half_a_point(tmp_path: Path, members: tuple[str, ...]) -> None:
    shown = [each for each in exhibits(PackagedWords()) if each.member in members]
    today = datetime.now(UTC)  # the filter counts an old date against a mail
    box = tmp_path / "mails"
    box.write_bytes(b"".join(b"From us Mon Oct  5 12:00:00 2026\n" + written(each, today) + b"\n" for each in shown))
    command = ["spamassassin", "--local", "--test-mode", "--mbox", str(box)]
    run = subprocess.run(command, capture_output=True, timeout=300, check=False)
    report = r"Content analysis details: +\((-?[\d.]+) points(.{0,600})"
    reports = re.findall(report, run.stdout.decode("utf-8", "replace"), re.DOTALL)
    assert len(reports) == len(shown), run.stderr[-2000:]
    counted = {
        f"{each.name}, {each.member}": why
        for each, (score, why) in zip(shown, reports, strict=True)
        if float(score) > MOST
    }
    assert not counted
