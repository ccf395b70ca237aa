"""The Gmail lane killed or put to sleep anywhere: its drafts leave nothing unclear, so nothing may be unresolved.

A short form of the matrix for this lane alone; `make crash-test` runs it among the others.
"""

from __future__ import annotations

from tests.end_to_end.test_crashes import count_of, matrix

SHORT = 6  # runs


def test_every_mail_leaves_gmail_once_and_none_is_left_in_doubt() -> None:
    code, said = matrix("--runs", str(SHORT), "--only", "gmail|")
    assert code == 0, said
    assert count_of("runs", said) == SHORT, said
    for wrong in ("duplicates", "lost", "not sure", "unresolved", "balance errors"):
        assert count_of(wrong, said) == 0, said


def test_even_a_lane_that_guesses_mails_nothing_twice_because_its_draft_is_gone() -> None:
    _, said = matrix("--runs", "1", "--only", "gmail|dropped after accept", "--blind")
    assert count_of("runs", said) == 1, said
    assert count_of("duplicates", said) == 0, said
