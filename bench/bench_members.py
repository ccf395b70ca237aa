"""How long a reading of 10,000 members takes when 50 rows changed: the file, the rules, the ledger, our tabs.

Run ``python -m bench.bench_members``. A real SQLite ledger and a real .xlsx are used; the promise (parsing, planning
and ledger under 3 seconds) leaves out reading and writing .xlsx files, which are shown beside it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from openpyxl import Workbook

from bench.large_sheet import CHANGED, HEADER, LIMIT, MEMBERS, rows
from integrations.settings import Settings
from integrations.wiring import open_office
from network.jobs.members import publish_today, read_sheet, sync_members
from tests.builders import NOON

T = TypeVar("T")


def main() -> int:
    """Prints seconds and the ratio to the limit; returns 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        path = settings.workbook_path or Path(folder) / "workbook.xlsx"
        with open_office(settings, as_of=NOON) as office:
            for title, changed in (("first reading", 0), (f"{CHANGED} of {MEMBERS:,} changed", CHANGED)):
                _write(path, changed)
                reading, read = _timed(lambda: read_sheet(office, NOON))
                report, synced = _timed(lambda seen=reading: sync_members(office, seen, NOON))  # type: ignore[misc]
                _, published = _timed(lambda known=report: publish_today(office, known, [], NOON))  # type: ignore[misc]
                print(f"{title}: read {read:.2f} s, sync {synced:.2f} s, our tabs {published:.2f} s")
    print(f"parsing, planning and ledger: {synced:.2f} s of {LIMIT:.0f} s allowed ({synced / LIMIT:.0%})")
    return int(synced > LIMIT)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = perf_counter()
    return work(), perf_counter() - started


def _write(path: Path, changed: int) -> None:
    book = Workbook(write_only=True)
    members = book.create_sheet("Members")
    members.append(HEADER)
    for row in rows(changed):
        members.append(row)
    sheet = book.create_sheet("Settings")
    sheet.append(("Setting", "Value"))
    sheet.append(("Sending", "off"))
    book.save(path)


if __name__ == "__main__":
    sys.exit(main())
