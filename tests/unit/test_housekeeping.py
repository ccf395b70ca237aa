"""The night: one backup, and the guard in the sheet as fresh as the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from network.errors import HeldError, TransientError
from network.guard import EVERYTHING, GUARD, Memory, guard_tab
from network.jobs import guard
from network.jobs.housekeeping import LAST_BACKUP, keep_house, page
from network.jobs.rounds import walk
from tests.builders import NOON, Desk
from tests.fakes_outside import FakeWorkbook


@pytest.fixture
def desk() -> Desk:
    """An office that runs its sheet."""
    desk = Desk()
    desk.workbook.publish([guard.todays_guard(desk.office, NOON)])
    return desk


def test_every_no_is_in_the_sheet_in_the_morning(desk: Desk) -> None:
    desk.refusals.kept["ab" * 32] = EVERYTHING
    report = keep_house(desk.office, NOON + timedelta(days=1))
    assert report.problem == ""
    assert desk.cursors.get(LAST_BACKUP)
    rows = [tuple(row) for row in desk.workbook.published[GUARD].rows]
    assert ("no", "ab" * 32, "everything") in rows
    assert ("last seen", "2026-10-07", "") in rows
    writes = desk.workbook.writes
    keep_house(desk.office, NOON + timedelta(days=1))
    assert desk.workbook.writes == writes, "twice in a night it is written once"


def test_an_office_that_never_wrote_to_the_sheet_does_not_begin_at_night() -> None:
    desk = Desk()
    keep_house(desk.office, NOON)
    assert not desk.workbook.published
    assert keep_house(desk.office, NOON, dry_run=True).dry_run


def test_the_backup_is_made_where_another_computer_runs_the_sheet_and_the_round_says_so(desk: Desk) -> None:
    desk.workbook.published[GUARD] = guard_tab(Memory("elsewhere", 1, ("theirs",)), NOON.date(), {})
    desk.workbook.version += 1
    with pytest.raises(HeldError, match="run from another computer"):
        walk(desk.office, "housekeeping", NOON)
    assert desk.cursors.get(LAST_BACKUP)
    assert desk.workbook.published[GUARD].rows[0][1] == "elsewhere", "its guard is left alone"


def test_a_sheet_that_cannot_be_written_is_told_and_harms_no_backup(desk: Desk) -> None:
    class Away(FakeWorkbook):
        def publish(self, tabs: object) -> list[str]:
            raise TransientError("Google does not answer just now.")

    desk.workbook = Away(at=NOON)
    report = keep_house(desk.office, NOON + timedelta(days=1))
    assert "Google does not answer just now." in report.problem
    assert "Google does not answer just now." in page(report).markdown


def test_the_page_says_how_to_go_back_and_what_a_database_server_needs(desk: Desk) -> None:
    report = keep_house(desk.office, NOON)
    assert "hmn restore" in page(replace(report, backup="backups/ledger-2026-10-06.db")).markdown
    assert "pg_dump" in page(replace(report, backup="")).markdown
