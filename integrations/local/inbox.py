"""A folder of mails (maildir, or `.eml` files laid beside) as the network's mailbox: for a first look. Read only.

A mail is new when its file appeared since the cursor. The cursor is the change time of the newest file seen, with the
names of the files around it, because two mails may share one tick of the clock; a mail program that renames a file
may show us a mail again, which harms nothing (the caller takes each mail in once). When the clock has been set back,
everything is read again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from network.incoming import read_mail, sent_at
from network.ports import Incoming

_PARTS = ("new", "cur", "tmp")
_TICK_NS = 2_000_000_000
_ADRIFT_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class _Found:
    name: str  # without the marks that mail programs add behind a colon
    path: Path
    changed_ns: int


class LocalInbox:
    """The `Inbox` port over a maildir; the folder is made when it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        """Returns what arrived after the cursor, oldest first by its date, and the new cursor."""
        found = sorted(self._files(), key=lambda each: (each.changed_ns, each.name))
        newest, seen = _read_cursor(since)
        if newest > time.time_ns() + _ADRIFT_NS:
            newest, seen = 0, frozenset()
        fresh = [each for each in found if each.changed_ns >= newest - _TICK_NS and each.name not in seen]
        last = max([newest, *(each.changed_ns for each in fresh)])
        around = sorted(each.name for each in found if each.changed_ns >= last - _TICK_NS)
        mails = [mail for each in fresh if (mail := _read(each)) is not None]
        mails.sort(key=lambda mail: mail.received_at)  # two of one second stay as they came
        return mails, json.dumps({"changed": last, "seen": around})

    def _files(self) -> Iterator[_Found]:
        for part in _PARTS:
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        for folder in (self._folder, *(self._folder / part for part in _PARTS[:2])):
            for path in folder.iterdir():
                is_mail = folder != self._folder or path.suffix == ".eml"
                if is_mail and not path.name.startswith(".") and path.is_file():
                    yield _Found(path.name.partition(":")[0], path, path.stat().st_ctime_ns)


def _read(found: _Found) -> Incoming | None:
    try:
        raw = found.path.read_bytes()
        arrived = datetime.fromtimestamp(found.path.stat().st_mtime, UTC)
    except FileNotFoundError:  # moved by a mail program this very moment: it is found under its new name next time
        return None
    return read_mail(raw, sent_at(raw) or arrived, fallback_id=f"<{found.name}@maildir>")


def _read_cursor(since: str | None) -> tuple[int, frozenset[str]]:
    try:
        kept = json.loads(since or "{}")
        return int(kept.get("changed", 0)), frozenset(kept.get("seen", ()))
    except (ValueError, TypeError, AttributeError):
        return 0, frozenset()
