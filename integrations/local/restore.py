"""Puts a copy of the embedded ledger back in its place and keeps the present one aside; only while nothing runs.

The copy is made ready beside and checked before anything is touched. It is marked as put back: the next run stops until
somebody has taken over, because what went out since the copy was made is in no copy.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from integrations.local.lock import use_alone
from network.errors import ConfigurationError, TransientError

_BESIDE = "ledger.restoring"


def restore_ledger(file: Path, ledger: Path, memory_cursor: str, at: datetime) -> str:
    """Puts `file` in the place of `ledger`; returns the name under which the present one is kept, blank without one.

    Raises ConfigurationError when the file is no copy of a ledger, TransientError while a run is under way or when the
    disk refuses; then the present ledger stands as before.
    """
    source = _find(file, ledger.parent)
    if ledger.exists() and source.samefile(ledger):
        raise ConfigurationError(
            "That is the present ledger itself. Please name a copy, like backups/ledger-2026-05-03.db"
        )
    with use_alone(ledger.parent):
        beside = ledger.with_name(_BESIDE)
        try:
            _make_ready(source, beside, memory_cursor, at)
            aside = _put_aside(ledger, at)
            beside.replace(ledger)
        except OSError as err:
            raise TransientError(f"The backup could not be put back: {err.strerror}. Is the disk full?") from err
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    return aside


def _find(file: Path, office: Path) -> Path:
    for place in (file.expanduser(), office / file, office / "backups" / file):
        if place.is_file():
            return place
    known = sorted(path.name for path in (office / "backups").glob("ledger-*.db"))
    newest = f" The newest is backups/{known[-1]}." if known else ""
    raise ConfigurationError(f"There is no file {file}.{newest}")


def _make_ready(source: Path, beside: Path, memory_cursor: str, at: datetime) -> None:
    beside.unlink(missing_ok=True)
    try:
        # SQLite's own copying takes along what still stands in a write-ahead log beside the file.
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old:
            if old.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise ConfigurationError(f"{source.name} is damaged. Please choose another copy.")
            old.execute("SELECT version_num FROM alembic_version").fetchone()
            newest = old.execute("SELECT max(at) FROM cursor").fetchone()[0]
            with closing(sqlite3.connect(beside)) as copy:
                old.backup(copy)
                _mark(copy, memory_cursor, _said(newest, source), at)
    except sqlite3.OperationalError as err:
        if "disk" in str(err) or "full" in str(err):
            raise TransientError("The backup could not be put back. Is the disk full?") from err
        raise ConfigurationError(f"{source.name} is no copy of a ledger.") from err
    except sqlite3.DatabaseError as err:
        raise ConfigurationError(f"{source.name} is no copy of a ledger.") from err


def _said(newest: str | None, source: Path) -> str:
    with suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(str(newest))
        return f"A backup of {moment.day} {moment:%B %Y} was put back"
    return f"The backup {source.name} was put back"


def _mark(copy: sqlite3.Connection, cursor: str, said: str, at: datetime) -> None:
    row = copy.execute("SELECT value FROM cursor WHERE name = ?", (cursor,)).fetchone()
    memory = {**(json.loads(row[0]) if row else {}), "unsure": said}
    moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    copy.execute(
        "INSERT OR REPLACE INTO cursor (name, value, at) VALUES (?, ?, ?)", (cursor, json.dumps(memory), moment)
    )
    copy.commit()


def _put_aside(ledger: Path, at: datetime) -> str:
    """Gives the present ledger a second name; it stays in its place until the copy replaces it."""
    logs = [ledger.with_name(ledger.name + ending) for ending in ("-wal", "-shm")]
    if not ledger.exists():
        for log in logs:  # of a ledger that is gone: it would be taken for part of the copy
            log.unlink(missing_ok=True)
        return ""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(ledger)) as present:
        present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stem = f"ledger-before-restore-{at:%Y-%m-%d-%H%M%S}"
    aside = next(
        name
        for number in range(1, 1000)
        if not (name := ledger.with_name(f"{stem}{f'-{number}' if number > 1 else ''}.db")).exists()
    )
    os.link(ledger, aside)
    for log in logs:
        if log.exists() and log.stat().st_size:
            # A log that could not be written back belongs to the file beside which it stands.
            os.link(log, aside.with_name(aside.name + log.name.removeprefix(ledger.name)))
        log.unlink(missing_ok=True)
    return aside.name
