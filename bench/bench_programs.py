"""How long the national import takes, as a ratio to merely reading the same file as CSV.

Run ``python -m bench.bench_programs FILE`` with a PIR file or a service-locations file; without one a made-up nation of
the same size (2,025 grants, 3,411 program rows) is measured, and beside it 19,000 service locations.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from integrations.local.program_files import read_program_file
from network.program_import import import_summary, read_program_rows
from network.program_plan import plan_import
from network.recipients import ProgramIndex
from tests.builders import a_member

GRANTS, PROGRAM_ROWS, LOCATIONS, MEMBERS = 2_025, 3_411, 19_000, 10_000
STATES = (
    "AK",
    "AL",
    "AZ",
    "CA",
    "CO",
    "CT",
    "FL",
    "GA",
    "ID",
    "IL",
    "KS",
    "ME",
    "MN",
    "MT",
    "NC",
    "NY",
    "OR",
    "TX",
    "WA",
    "WI",
)
T = TypeVar("T")
LIMIT = 5.0  # seconds, for the national import


def main(path: Path | None = None) -> int:
    """Prints seconds and ratios; returns 1 when the national import takes longer than promised."""
    with tempfile.TemporaryDirectory() as folder:
        national = path or _made_up(Path(folder) / "pir.csv", PROGRAM_ROWS)
        locations = _made_up(Path(folder) / "locations.csv", LOCATIONS)
        slowest = max(_measure(national), _measure(locations))
    print(f"national import: {slowest:.2f} s of {LIMIT:.0f} s allowed")
    return int(slowest > LIMIT)


def _measure(path: Path) -> float:
    plain, _ = _timed(lambda: _read_csv(path))
    reading, rows = _timed(lambda: read_program_file(path))
    joining, found = _timed(lambda: read_program_rows(rows))
    planning, plan = _timed(lambda: plan_import((), found))
    again, _ = _timed(lambda: plan_import(plan.programs, found))
    summing, _ = _timed(lambda: import_summary(found))
    index = ProgramIndex(found.programs)
    members = [a_member(organization=found.programs[at % len(found.programs)].name) for at in range(MEMBERS)]
    matching, _ = _timed(lambda: [index.find(member) for member in members])
    whole = reading + joining + planning + summing
    print(f"{path.name}: {len(rows):,} rows, {len(found.programs):,} recipients, {len(plan.add):,} rows to add")
    for what, seconds in (
        ("plain CSV reading", plain),
        ("reading any file", reading),
        ("joining into recipients", joining),
        ("planning the first import", planning),
        ("planning it again", again),
        ("the summary", summing),
        ("the whole import", whole),
        (f"matching {MEMBERS:,} members", matching),
    ):
        print(f"  {what:<28}{seconds * 1000:8.1f} ms   {seconds / plain:6.1f} x plain CSV reading")
    return whole


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _made_up(path: Path, count: int) -> Path:
    header = (
        "grant_number",
        "region",
        "service_state",
        "grantee_name",
        "program_name",
        "program_number",
        "program_type",
    )
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(header)
        for at in range(count):
            grant = at % GRANTS
            recipient = grant % 1_586
            state = STATES[recipient % len(STATES)]
            code, region, kind = (("CI", 11, "AIAN HS"), ("CM", 12, "Migrant HS"), ("CH", 5, "HS"))[
                min(recipient % 12, 2)
            ]
            number = f"{'05' if code == 'CH' else '90'}{code}{10_000 + grant:06}"
            name = f"Made-up Organization {recipient} of {state}, Inc."
            writer.writerow((number, f"Region {region}", state, name, name, ("000", "200")[at % 2], kind))
    return path


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
