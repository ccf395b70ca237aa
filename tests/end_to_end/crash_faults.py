"""What can go wrong in each lane, and which runs the matrix makes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
UNSENDABLE = "p1@example.org"  # to whom nobody takes mail in the runs that refuse a recipient
# A name, then what the mail server does: at which step, what, to whom, and whether it had taken the mail.
SMTP_FAULTS: dict[str, dict[str, object]] = {
    "none": {},
    "dropped after accept": {"at": "text", "do": "close", "accepted": True},
    "dropped before accept": {"at": "text", "do": "close"},
    "timeout after accept": {"at": "text", "do": "silence", "accepted": True},
    "timeout before accept": {"at": "text", "do": "silence"},
    "one recipient refused": {"at": "RCPT", "do": "550 5.1.1 no such user", "to": UNSENDABLE, "times": 99},
    "refused after DATA (5xx)": {"at": "text", "do": "554 5.7.1 not wanted", "to": UNSENDABLE, "times": 99},
    "put off after DATA (4xx)": {"at": "text", "do": "451 4.3.0 later"},
    "421 at MAIL": {"at": "MAIL", "do": "421 4.3.2 closing"},
    "421 after DATA": {"at": "text", "do": "421 4.3.2 closing"},
    "closed at greeting": {"at": "greeting", "do": "close"},
    "closed at RCPT": {"at": "RCPT", "do": "close"},
    "closed at DATA": {"at": "DATA", "do": "close"},
    "closed within the text": {"at": "in text", "do": "close"},
}
_AT_SEND = {"method": "POST", "path": "drafts/send"}
# A name, then what happens at `drafts.send`; before the effect or after it.
GMAIL_FAULTS: dict[str, dict[str, object]] = {
    "none": {},
    "dropped after accept": {"kind": "drop", "when": "after", **_AT_SEND},
    "dropped before accept": {"kind": "drop", **_AT_SEND},
    "timeout after accept": {"kind": "delay", "seconds": 0.7, **_AT_SEND},
    "timeout before accept": {"kind": "drop", "seconds": 0.7, **_AT_SEND},
    "503 after accept": {"kind": "503", "when": "after", **_AT_SEND},
    "503 before accept": {"kind": "503", **_AT_SEND},
    "429": {"kind": "429", **_AT_SEND},
    "429 for a whole run": {"kind": "429", **_AT_SEND, "times": 12},
    "dropped, accepted much later": {"kind": "late", "after_requests": 6, **_AT_SEND},
    "draft made, answer dropped": {"kind": "drop", "when": "after", "method": "POST", "path": "drafts$"},
    "one recipient refused": {},
}
LOCAL_FAULTS: dict[str, dict[str, object]] = {"none": {}, "full disk": {}, "failed rename": {}}
LANES: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "local": LOCAL_FAULTS,
    "smtp": SMTP_FAULTS,
    "smtp+imap": SMTP_FAULTS,
    "gmail": GMAIL_FAULTS,
}
MAY_REFUSE = frozenset({"one recipient refused", "refused after DATA (5xx)"})
# The local lane has few faults and as many boundaries as the others: more runs for each, so that all are met.
_OFTEN = {"local": 3}


@dataclass(frozen=True)
class Case:
    """One run of the matrix."""

    database: str
    lane: str  # "local", "smtp", "gmail", or "smtp+imap" where a Sent folder can be asked
    fault: str
    harm: str  # "kill" or "sleep"
    workers: int
    boundaries: tuple[int, ...]  # for each worker of the first moment; 0: unharmed
    times: int  # how often the fault happens

    def __str__(self) -> str:
        return (
            f"{self.lane}/{self.database}, {self.fault} x{self.times}, {self.harm} at {self.boundaries} of "
            f"{self.workers}"
        )

    @property
    def happens(self) -> dict[str, object]:
        """What the lane's far side is told to do; empty where nothing goes wrong there."""
        wanted = LANES[self.lane][self.fault]
        return {"times": self.times, **wanted} if wanted else {}


def some_cases(
    number: int,
    dice: random.Random,
    databases: Sequence[str],
    reach: Mapping[str, int],
    *,
    only: str = "",
    share: tuple[int, int] = (0, 1),
) -> Iterator[Case]:
    """Walks every lane, database, harm, number of workers and fault in turn, and every boundary of this share.

    Of several processes that share the runs each takes every so-manieth boundary: together they meet all of them.
    """
    kinds = [
        (database, lane, fault, harm, workers)
        for lane, faults in LANES.items()
        for fault in faults
        for database in databases
        for harm in ("kill", "sleep")
        for workers in (1, 2)
        for _ in range(_OFTEN.get(lane, 1))
        if only in f"{lane}|{fault}"
    ]
    boundaries = {lane: _shuffled([*range(1 + share[0], reach[lane] + 1, share[1])], dice) for lane in reach}
    walk = _shuffled(kinds, dice)
    for _ in range(number):
        database, lane, fault, harm, workers = next(walk)
        others = [next(boundaries[lane]) if dice.random() < 0.5 else 0 for _ in range(workers - 1)]
        yield Case(database, lane, fault, harm, workers, (next(boundaries[lane]), *others), dice.randint(1, 2))


def _shuffled(things: Sequence[T], dice: random.Random) -> Iterator[T]:
    """All of them in a drawn order, then all again in another."""
    while True:
        yield from dice.sample(things, len(things))
