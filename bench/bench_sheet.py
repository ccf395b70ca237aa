"""How long our part of a round takes over a Google Sheet of 10,000 members when 50 rows changed.

Run ``python -m bench.bench_sheet``. Real HTTP, gspread's client, a real SQLite ledger; Google is played by the stand-in
in a process of its own, so that the processor time of this process is ours alone: requests and answers, parsing,
planning, ledger, our tabs. The promise (parsing, planning and ledger under 3 seconds) is the line "sync".
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

from bench.large_sheet import CHANGED, HEADER, LIMIT, MEMBERS, rows
from integrations.settings import Settings
from integrations.wiring import open_office
from network.jobs.members import publish_today, read_sheet, sync_members
from network.ports import Office
from tests.builders import NOON
from tests.emulated.stand_in import StandIn, running_stand_in

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time here, and by the clock on the wall, the stand-in's work included."""

    ours: float
    wall: float


def main() -> int:
    """Prints seconds and the ratio to the limit; returns 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder, running_stand_in() as google:
        google.reset()
        google.make({"Members": [HEADER, *rows()], "Settings": [("Setting", "Value"), ("Sending", "off")]})
        key = Path(folder) / "key.json"
        key.write_text(json.dumps(google.control("credentials/authorized_user")), encoding="utf-8")
        settings = Settings(
            home=Path(folder), workbook=google.sheet, google_credentials=key, google_base_url=google.base_url
        )
        with open_office(settings, as_of=NOON) as office:
            _round(office, google, "first reading")
            google.edit(
                *(
                    {"do": "type", "tab": "Members", "at": f"H{row + 2}", "values": [["Maybe"]]}
                    for row in range(CHANGED)
                )
            )
            synced = _round(office, google, f"{CHANGED} of {MEMBERS:,} changed")
            _round(office, google, "nothing changed but our own tabs")
            _round(office, google, "nothing changed")
    print(f"parsing, planning and ledger: {synced:.2f} s of {LIMIT:.0f} s allowed ({synced / LIMIT:.0%})")
    return int(synced > LIMIT)


def _round(office: Office, google: StandIn, title: str) -> float:
    before = len(google.asked())
    reading, read = _timed(lambda: read_sheet(office, NOON))
    report, synced = _timed(lambda: sync_members(office, reading, NOON))
    _, told = _timed(lambda: publish_today(office, report, [], NOON))
    asked = len(google.asked()) - before
    ours, wall = (sum(getattr(each, part) for each in (read, synced, told)) for part in ("ours", "wall"))
    print(
        f"{title}: read {read.ours:.2f} s, sync {synced.ours:.2f} s, our tabs {told.ours:.2f} s;"
        f" together {ours:.2f} s of ours, {wall:.2f} s with the stand-in, {asked} requests"
    )
    return synced.ours


def _timed(work: Callable[[], T]) -> tuple[T, Spent]:
    wall, ours = perf_counter(), process_time()
    done = work()
    return done, Spent(process_time() - ours, perf_counter() - wall)


if __name__ == "__main__":
    sys.exit(main())
