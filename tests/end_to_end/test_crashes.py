"""Killed or put to sleep anywhere and run again: every planned mail arrives once, or is listed for a person.

The matrix itself is `crash_matrix`; `make crash-test` runs hundreds of its runs, here stands a short form. What it
counts as wrong is tested in `test_crash_verdict`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT = 8  # runs: each takes most of a second, and the seed is another one each time


def matrix(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.end_to_end.crash_matrix", "--jobs", "1", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def count_of(what: str, said: str) -> int:
    found = re.search(rf"\b{what} (\d+)", said.splitlines()[-1])
    assert found, said
    return int(found[1])


def test_workers_that_die_or_sleep_anywhere_leave_every_mail_sent_once_or_listed() -> None:
    code, said = matrix("--runs", str(SHORT))
    assert code == 0, said
    assert count_of("runs", said) == SHORT, said
    for wrong in ("duplicates", "lost", "unresolved", "balance errors"):
        assert count_of(wrong, said) == 0, said


@pytest.mark.parametrize(
    ("lane", "guess"), [("smtp|dropped after accept", "blind"), ("gmail|dropped after accept", "anew")]
)
def test_the_matrix_notices_a_lane_that_sends_again_on_a_guess(lane: str, guess: str) -> None:
    code, said = matrix("--runs", "2", "--only", lane, "--guess", guess, "--sqlite")
    assert code == 1, said
    assert count_of("duplicates", said) > 0, said
    assert "WRONG" in said
