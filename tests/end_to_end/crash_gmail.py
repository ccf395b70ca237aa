"""The Gmail account of the crash matrix: the stand-in in a process of its own, which counts what really left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.emulated.stand_in import StandIn, running_stand_in

UNSENDABLE = "p1@example.org"  # to whom Gmail takes no mail in the run "one recipient refused"
_AT_SEND = {"method": "POST", "path": "drafts/send"}
# A name, then what happens at `drafts.send`; before the effect or after it.
GMAIL_FAULTS: dict[str, dict[str, object]] = {
    "none": {},
    "dropped after accept": {"kind": "drop", "when": "after", **_AT_SEND},
    "dropped before accept": {"kind": "drop", **_AT_SEND},
    "503 after accept": {"kind": "503", "when": "after", **_AT_SEND},
    "503 before accept": {"kind": "503", **_AT_SEND},
    "429": {"kind": "429", **_AT_SEND},
    "timeout, then accepted": {"kind": "delay", "seconds": 0.7, **_AT_SEND},
    "dropped, accepted much later": {"kind": "late", "after_requests": 6, **_AT_SEND},
    "draft made, answer dropped": {"kind": "drop", "when": "after", "method": "POST", "path": "drafts$"},
    "one recipient refused": {},
}


class GmailAccount:
    """One account at the stand-in; how the real one behaves where nobody knows is drawn anew for each run."""

    def __init__(self, google: StandIn, key: Path) -> None:
        self.google, self.key = google, key

    def forget(self, mood: int) -> None:
        """An empty account in one of its moods."""
        self.google.reset()
        chosen: Mapping[str, Any] = {
            "message_id": ("rewrite", "keep")[mood % 2],
            "consumed": ("404", "400", "sent")[mood % 3],
            "lag": (0, 0, 3, 6)[mood % 4],
            "units": 10**9,
        }
        self.google.control("gmail", chosen)

    def fault(self, **wanted: Any) -> None:
        if "kind" in wanted:
            self.google.control("faults", wanted)

    def no_fault(self) -> None:
        self.google.control("calm", {})

    def counts(self) -> Counter[str]:
        """How often each mail left, by the Message-ID that we gave it."""
        self.google.control("late", {})
        return Counter(mail["id"] for mail in self.google.control("gmail")["delivered"])


@contextmanager
def running_account(folder: Path) -> Iterator[GmailAccount]:
    """Starts the stand-in and stops it."""
    with running_stand_in() as google:
        key = folder / "gmail.json"
        key.write_text(json.dumps(google.control("credentials/authorized_user")), encoding="utf-8")
        yield GmailAccount(google, key)
