"""Who is using the office now: every run holds a shared lock, putting a backup back needs it alone.

The lock is the system's own (`flock`), so a killed process leaves none behind. Where there is no such lock (Windows)
nothing is locked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from network.errors import TransientError

if sys.platform != "win32":
    import fcntl

_FILE = ".in-use"


@contextmanager
def use(office: Path) -> Iterator[None]:
    """Marks the office as in use; waits while a backup is put back."""
    with _locked(office, alone=False):
        yield


@contextmanager
def use_alone(office: Path) -> Iterator[None]:
    """Keeps everybody else out; TransientError at once when somebody is in."""
    with _locked(office, alone=True):
        yield


@contextmanager
def _locked(office: Path, *, alone: bool) -> Iterator[None]:
    try:
        file = (office / _FILE).open("a")
    except OSError:  # a folder that cannot be written is spoken of by the ledger, in a better sentence
        yield
        return
    with file:
        try:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError as err:
            raise TransientError(
                "A run is under way in this office, so nothing was put back. Stop hmn up, wait until it ends, then try "
                "again."
            ) from err
        yield
