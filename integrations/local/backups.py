"""Copies of the embedded ledger, made with SQLite's own online copy while others read and write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from network.errors import TransientError


class LocalBackups:
    """One copy a day under `backups/`; a ledger on PostgreSQL is backed up with PostgreSQL's own tools."""

    def __init__(self, ledger: Path | None, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder

    def make(self, at: datetime) -> str:
        """Copies the ledger whole and checks the copy; a copy of the same day is replaced by the newer one."""
        if self._ledger is None or not self._ledger.exists():
            return ""
        target = self._folder / f"ledger-{at:%Y-%m-%d}.db"
        beside = target.with_suffix(".writing")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._ledger)) as source, closing(sqlite3.connect(beside)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file: read-only places can hold it
                verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise TransientError("The backup of the ledger is damaged; the next run makes it again.")
            beside.replace(target)
        except (OSError, sqlite3.Error) as err:
            raise TransientError(f"The backup could not be written: {err}. Is the disk full?") from err
        return f"{self._folder.name}/{target.name}"

    def prune(self, keep: int) -> int:
        """Removes the oldest copies; the newest `keep` stay."""
        copies = sorted(self._folder.glob("ledger-????-??-??.db"))
        gone = copies[: max(0, len(copies) - keep)]
        for copy in gone:
            copy.unlink()
        return len(gone)
