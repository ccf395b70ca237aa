"""Nightly order: a backup of the ledger, and no more old copies than are of use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


def keep_house(office: Office, at: datetime, *, dry_run: bool = False) -> HousekeepingReport:
    """Makes one copy of the ledger a day and keeps the newest fourteen; run twice, it leaves one copy."""
    if dry_run:
        return HousekeepingReport("", 0, dry_run=True)
    backup = office.backups.make(at)
    removed = office.backups.prune(KEPT_BACKUPS)
    if backup:
        office.cursors.set(LAST_BACKUP, at.isoformat(), at)
    return HousekeepingReport(backup, removed)


def page(report: HousekeepingReport) -> Page:
    """The leaders' page: whether everything could be restored tomorrow."""
    if report.dry_run:
        words = "This was a rehearsal: no backup was made."
    elif report.backup:
        words = (
            f"The office's memory was copied to **{report.backup}**. "
            f"{count(report.removed, 'older copy was', 'older copies were')} removed; {KEPT_BACKUPS} are kept. "
            "To go back to one, the maintainer puts it in the place of `ledger.db` while nothing runs."
        )
    else:
        words = "The ledger is on a database server, which makes its own backups."
    return Page("hmn-housekeeping", "Housekeeping", f"# Housekeeping\n\n{words}", {"backups": int(bool(report.backup))})
