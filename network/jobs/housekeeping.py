"""Nightly order: a backup of the ledger, no more old copies than are of use, no drafts that will never be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from network.errors import HeldError, NetworkError
from network.jobs import guard, members
from network.jobs.leftovers import clear_leftovers
from network.ports import Office
from network.reports import Page, count

LAST_BACKUP = "backup.last"
KEPT_BACKUPS = 14


@dataclass(frozen=True, slots=True)
class HousekeepingReport:
    """What the night brought."""

    backup: str  # where the copy stands, relative to the office; blank where the database is backed up elsewhere
    removed: int
    dry_run: bool = False
    problem: str = ""  # why the guard in the sheet could not be written
    cleared: int = 0  # drafts of ours that will never be sent


def keep_house(office: Office, at: datetime, *, dry_run: bool = False) -> HousekeepingReport:
    """Makes one copy of the ledger a day and keeps the newest fourteen; run twice, it leaves one copy."""
    if dry_run:
        return HousekeepingReport("", 0, dry_run=True)
    backup = office.backups.make(at)
    removed = office.backups.prune(KEPT_BACKUPS)
    if backup:
        office.cursors.set(LAST_BACKUP, at.isoformat(), at)
    return HousekeepingReport(backup, removed, problem=_refresh_guard(office, at), cleared=clear_leftovers(office, at))


def _refresh_guard(office: Office, at: datetime) -> str:
    """Writes every no and the day into the sheet, also where no members run did; returns why it could not."""
    if not guard.recall(office).installation:
        return ""  # nothing of ours stands in the sheet yet: the first members run writes it
    try:
        members.make_sure(office, at)
        office.workbook.publish([guard.todays_guard(office, at)])
    except HeldError:
        return ""  # the round itself ends with that sentence
    except NetworkError as err:
        return f"The sheet could not be written: {err}"
    return ""


def page(report: HousekeepingReport) -> Page:
    """The leaders' page: whether everything could be restored tomorrow."""
    if report.dry_run:
        words = "This was a rehearsal: no backup was made."
    elif report.backup:
        words = (
            f"The office's memory was copied to **{report.backup}**. "
            f"{count(report.removed, 'older copy was', 'older copies were')} removed; {KEPT_BACKUPS} are kept. "
            f"To go back to it: `hmn restore {report.backup}`, then `hmn takeover`."
        )
    else:
        words = (
            "The ledger is on a database server, which makes its own backups. The maintainer sees to it that it does "
            "(`pg_dump`, every night)."
        )
    if report.cleared:
        gone = count(report.cleared, "draft of a mail", "drafts of mails")
        words += f"\n\n{gone} that will never go: taken out of the mailbox."
    words += f"\n\n{report.problem}" if report.problem else ""
    return Page("hmn-housekeeping", "Housekeeping", f"# Housekeeping\n\n{words}", {"backups": int(bool(report.backup))})
