"""What 100,000 subscribers at Mailchimp cost one sync: seconds, requests, and memory for each of them.

Run ``python -m bench.bench_audience``. The real adapter reads pages that are made up as they are asked for, so that
nothing but ours is measured. Memory may grow with the audience, and for each subscriber it must not.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from integrations.local.words import PackagedWords
from integrations.mailchimp.audience import PAGE, MailchimpAudience
from network.jobs.audience import sync_audience
from tests.builders import NOON, Desk

SMALL, LARGE = 10_000, 100_000
MOST_BYTES = 3_000  # for each subscriber, at the peak
MOST_GROWTH = 1.25  # of these bytes, from the small audience to the large one


@dataclass
class Pages:
    """A client whose audience is made up page by page; it remembers how often it was asked."""

    size: int
    asked: int = 0
    api: Any = field(init=False)

    def __post_init__(self) -> None:
        self.api = SimpleNamespace(lists=SimpleNamespace(get_list_members_info=self.page))

    def ask(self, method: Callable[..., Any], *args: Any, **query: Any) -> dict[str, Any]:
        self.asked += 1
        found: dict[str, Any] = method(*args, **query)
        return found

    def page(self, _list: str, *, offset: int, **query: Any) -> dict[str, Any]:
        total = 0 if "status" in query or "since_last_changed" in query else self.size
        rows = range(offset, min(offset + PAGE, total))
        return {"members": [_member(number) for number in rows], "total_items": total}


def main() -> int:
    """Prints the costs and their ratio; returns 1 when a subscriber of many costs more than one of few."""
    small, large = _measured(SMALL), _measured(LARGE)
    growth = large / small
    print(f"bytes for each subscriber: {small:.0f} of {SMALL:,}, {large:.0f} of {LARGE:,}; ratio {growth:.2f}")
    print(f"at most {MOST_BYTES:,} and {MOST_GROWTH} allowed")
    return int(large > MOST_BYTES or growth > MOST_GROWTH)


def _measured(size: int) -> float:
    """The peak of a full reading and of one without a change, for each subscriber."""
    client = Pages(size)
    desk = Desk(words=PackagedWords(), audience=MailchimpAudience(client, "list"))  # type: ignore[arg-type]
    tracemalloc.start()
    seconds = _sync(desk), _sync(desk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{size:,}: first {seconds[0]:.1f} s, without a change {seconds[1]:.1f} s, {client.asked} requests in all")
    return peak / size


def _sync(desk: Desk) -> float:
    started = perf_counter()
    sync_audience(desk.office, NOON)
    return perf_counter() - started


def _member(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "email_address": f"reader{number}@p{number % 800}.example.org",
        "status": "subscribed",
        "merge_fields": {"FNAME": f"Reader {number}", "LNAME": "Example", "HMNPROGRAM": f"Program {number % 800}"},
        "tags": [{"id": 1, "name": "HMN manager"}],
        "language": "en",
        "last_changed": "2026-10-01T12:00:00+00:00",
        "timestamp_opt": "",
    }


if __name__ == "__main__":
    sys.exit(main())
