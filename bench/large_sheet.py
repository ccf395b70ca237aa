"""The large sheet of the measurements: ten thousand made-up members of eight hundred programs, always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

MEMBERS, CHANGED, PROGRAMS = 10_000, 50, 800
LIMIT = 3.0  # seconds for what is ours of a round in which 50 rows changed
HEADER = (
    "First name",
    "Last name",
    "Email",
    "Phone",
    "Organization",
    "Role",
    "Service area",
    "Status",
    "State",
    "Notes",
)
_SYLLABLES = ("ka", "lo", "mi", "ter", "san", "do", "ri", "be", "nu", "fel", "gor", "hy", "wen", "pax", "zu")


def rows(changed: int = 0) -> Iterator[tuple[str, ...]]:
    """The rows below the header; the first `changed` of them have another note."""
    numbers = random.Random(1)
    for number in range(MEMBERS):
        first, last = ("".join(numbers.choices(_SYLLABLES, k=count)).title() for count in (3, 4))
        place = number % PROGRAMS
        who = (first, last, f"u{number}@p{place}.example.org", "(564) 555-0141", f"Program {place}")
        yield (*who, "Health manager", "Health", "Member", "WA", "changed" if number < changed else "")
