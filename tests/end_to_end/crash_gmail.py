"""The Gmail account of the crash matrix: the stand-in in a process of its own, which writes down what really left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.emulated.stand_in import StandIn, running_stand_in


class GmailAccount:
    """One account at the stand-in; how the real one behaves where nobody knows is drawn anew for each run."""

    def __init__(self, google: StandIn, key: Path, record: Path) -> None:
        self.google, self.key, self._record = google, key, record

    def forget(self, mood: int) -> None:
        """An empty account in one of its moods, and a new page of the record."""
        self.google.reset()
        self._record.write_bytes(b"")
        chosen: Mapping[str, Any] = {
            "message_id": ("rewrite", "keep")[mood % 2],
            "consumed": ("404", "400", "sent")[mood % 3],
            "lag": (0, 0, 3, 6)[mood % 4],
            "units": 10**9,
        }
        self.google.control("gmail", chosen)

    def fault(self, **wanted: Any) -> None:
        """Something goes wrong at the next requests."""
        self.google.control("faults", wanted)

    def no_fault(self) -> None:
        """Nothing goes wrong any more."""
        self.google.control("calm", {})

    def counts(self) -> Counter[str]:
        """How often each mail left, by the Message-ID that we gave it: from the file that the account itself wrote."""
        self.google.control("late", {})
        lines = self._record.read_text(encoding="utf-8").splitlines()
        return Counter(json.loads(line)["id"] for line in lines)


@contextmanager
def running_account(folder: Path) -> Iterator[GmailAccount]:
    """Starts the stand-in and stops it."""
    record = folder / "gmail-delivered.jsonl"
    with running_stand_in(record) as google:
        key = folder / "gmail.json"
        key.write_text(json.dumps(google.control("credentials/authorized_user")), encoding="utf-8")
        yield GmailAccount(google, key, record)
