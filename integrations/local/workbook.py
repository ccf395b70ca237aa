"""The `Workbook` port over a local .xlsx: people keep their file, ours stands beside it.

`people_file` reads theirs and adds rows where that is safe; `our_file` holds our tabs. Rows that cannot be added now
stand in *HMN to add* of our file, with the sentence that says why, until they can.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from integrations.local import furnish, our_file, people_file
from network.errors import TransientError
from network.furniture import TabPlan, TabsMade
from network.guard import GUARD
from network.tabs import NewRow, RawTab, Reading, SystemTab

TO_ADD = "HMN to add"
_WROTE = "local.guard"  # the mark of the guard that we wrote last
_CONFLICT = re.compile(r"conflict|-(?:DESKTOP|LAPTOP)-\w+", re.IGNORECASE)


class Notes(Protocol):
    """Small texts by name, remembered between runs."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str, at: datetime) -> None: ...


@dataclass(slots=True)
class LocalWorkbook:
    """One office's workbook at `path`; `clock` gives the moment of a reading.

    `notes` remember which guard we wrote last, so that a run sees at once when somebody else has written another.
    """

    path: Path
    clock: Callable[[], datetime]
    notes: Notes | None = None
    _guard: tuple[tuple[int, ...], RawTab | None] | None = field(default=None, init=False)

    def read(self, since: str | None = None) -> Reading | None:
        """Reads every tab; None when the file is byte for byte what it was at `since`, and our guard still stands."""
        snapshot = people_file.take_snapshot(self.path)
        guard = self._read_guard()
        is_ours = self.notes is None or self.notes.get(_WROTE) in (None, _mark(guard))
        if since is not None and snapshot.version == since and is_ours:
            return None
        tabs = people_file.read_tabs(snapshot, self.path.name)
        return Reading(tabs, snapshot.version, self.clock(), self._remarks(), guard)

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        """Replaces those of our tabs that changed, in the file beside; nothing when another program holds that file."""
        wanted = {tab.title: tab for tab in tabs}
        guard = wanted.get(GUARD)
        moved = [GUARD] if guard is not None and _mark(self._read_guard()) != _mark(_as_read(guard)) else []
        written = our_file.publish(our_file.path_of(self.path), tabs, again=moved)
        if written is None:
            return []
        if guard is not None and self.notes is not None and self.notes.get(_WROTE) != _mark(_as_read(guard)):
            self.notes.set(_WROTE, _mark(_as_read(guard)), self.clock())
        return written

    def _read_guard(self) -> RawTab | None:
        """The guard as it stands in our file; read again only when the file was touched."""
        ours = our_file.path_of(self.path)
        try:
            look = ours.stat()
        except FileNotFoundError:
            return None
        touched = (look.st_mtime_ns, look.st_size, look.st_ino)
        if self._guard is None or self._guard[0] != touched:
            rows = our_file.texts_of(ours, GUARD)
            if rows is None and self._never_wrote() and our_file.is_broken(ours):
                # Somebody else's, half saved or half copied: begun anew, it would hide who runs this office.
                raise TransientError(
                    f"{ours.name} cannot be read just now; perhaps it is being saved or copied. It tells who runs this "
                    "office, so nothing goes out. If it stays so, put back an older version of it."
                )
            self._guard = (touched, None if rows is None else RawTab(GUARD, rows))
        return self._guard[1]

    def _never_wrote(self) -> bool:
        return self.notes is not None and self.notes.get(_WROTE) is None

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        """Makes those of the tabs that are not there, when the file is closed and loses nothing by it."""
        return furnish.make_tabs(self.path, plans)

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        """Adds rows at the end of people's tabs where that loses nothing; returns the keys that stand there now."""
        if not rows:
            return []
        snapshot = people_file.take_snapshot(self.path)
        tabs = people_file.read_tabs(snapshot, self.path.name)
        standing = self._standing(tabs, rows)
        new = [row for row in rows if row.key.strip().casefold() not in standing[row.tab, row.key_column]]
        unique = list({(row.tab, row.key.casefold()): row for row in new}.values())
        reason = people_file.why_not_rewritten(self.path, snapshot) if unique else ""
        is_added = not unique or (not reason and people_file.add_rows(self.path, snapshot, unique))
        self._show_pending({row.tab for row in rows}, [] if is_added else unique, reason)
        pending = set() if is_added else {(row.tab, row.key) for row in new}
        return [row.key for row in rows if (row.tab, row.key) not in pending]

    def _standing(self, tabs: Mapping[str, RawTab], rows: Sequence[NewRow]) -> dict[tuple[str, str], frozenset[str]]:
        """The keys that stand in each of the tabs the rows go to."""
        places = {(row.tab, row.key_column) for row in rows}
        return {place: people_file.keys_in(tabs, *place, self.clock()) for place in places}

    def _show_pending(self, targets: set[str], pending: Sequence[NewRow], reason: str) -> None:
        """Keeps *HMN to add* true for the tabs that were just tried, and leaves the rows of other tabs as they are."""
        ours = our_file.path_of(self.path)
        before = our_file.rows_of(ours, TO_ADD) if ours.exists() else []
        columns = ["Add to", *dict.fromkeys(name for row in pending for name in row.cells)]
        kept: list[dict[str, object]] = []
        if before:
            header, *body = before
            names = [str(name) for name in header]
            kept = [dict(zip(names, cells, strict=False)) for cells in body if cells and cells[0] not in targets]
            if kept:
                columns += [name for name in names if name not in columns]
        if not before and not pending:
            return
        rows = [[row.tab, *(row.cells.get(name) for name in columns[1:])] for row in pending]
        rows += [[_value(cells.get(name)) for name in columns] for cells in kept]
        self.publish([SystemTab(TO_ADD, columns, rows, preface=(self._pending_sentence(len(rows), reason),))])

    def _pending_sentence(self, number: int, reason: str) -> str:
        if not number:
            return "Nothing waits to be added."
        why = f" because {reason}" if reason else ""
        safe = "1 row is" if number == 1 else f"{number} rows are"
        return (
            f"{safe} safe here and not yet in your file{why}. Close the file and they go in by themselves, or copy them"
            " into the tab named under Add to."
        )

    def _remarks(self) -> tuple[str, ...]:
        remarks = []
        if people_file.is_open(self.path):
            remarks.append(
                f"{self.path.name} is open: what you save is read next time; rows of ours wait until it closes."
            )
        for other in sorted(self.path.parent.glob("*.xlsx")):
            is_ours = other == our_file.path_of(self.path)
            rest = other.stem.removeprefix(self.path.stem)
            if other != self.path and not is_ours and rest != other.stem and _CONFLICT.search(rest):
                remarks.append(
                    f"There is a second copy, {other.name}. We read only {self.path.name}: move what is missing there,"
                    " then delete the copy."
                )
        return tuple(remarks)


def _as_read(tab: SystemTab) -> RawTab:
    """A tab of texts as it will be read back."""
    rows: list[list[str]] = [[sentence] for sentence in tab.preface]
    rows += [[*tab.columns], *([str(cell) for cell in row] for row in tab.rows)]
    return RawTab(tab.title, rows)


def _mark(tab: RawTab | None) -> str:
    """Changes exactly when a text of the tab changes."""
    rows = [[str(cell) for cell in row if cell not in {None, ""}] for row in (tab.values if tab else ())]
    return hashlib.sha256(repr([row for row in rows if row]).encode()).hexdigest()


def _value(value: object) -> str | float | int | None:
    return value if value is None or isinstance(value, str | float | int) else str(value)
