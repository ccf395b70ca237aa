"""Goals: metrics, snapshots, pace, forecast, and red, amber or green with its reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One metric on one day; unique. `base` is the denominator or the number of answers behind it, where it has one."""

    metric: str
    day: date
    value: float
    base: int | None = None
