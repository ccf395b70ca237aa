"""Children's health in the network's programs, from the federal Program Information Report (PIR): baselines for goals.

PIR comes once a year and covers programs, not the network's work: good for a baseline and a direction, not for praise
or blame. Programs are summed; none is told apart. Column names are those of the cleaned file that HHS/ACF-pir-data
published in November 2023.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from network.goals import Snapshot

CHILDREN = "total_cumulative_enrolled_children"
COLUMNS = {
    "children up to date on health care": "children_up_to_date_on_epdst_at_enrollment_end",  # the file's own spelling
    "children with ongoing health care": (
        "children_with_ongoing_source_of_continuous_accessible_health_care_at_end_enrollment"
    ),
    "children with health insurance": "children_with_health_insurance_at_end_of_enrollment_year",
}
_FEWEST_PROGRAMS = 5  # of fewer, a sum would show single programs


def pir_snapshots(rows: Iterable[Mapping[str, object]], grant_numbers: Collection[str]) -> tuple[Snapshot, ...]:
    """The percentage of children for each metric and year, over the programs of these grants; `base` is children.

    A program counts for a metric when both numbers are there: blank means not applicable, not none. Years with fewer
    than five programs are left out. The day is the last of June, when most program years have ended.
    """
    wanted = {number.strip().upper() for number in grant_numbers}
    sums: defaultdict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        if str(row.get("grant_number") or "").strip().upper() not in wanted:
            continue
        year, children = _number(row.get("year")), _number(row.get(CHILDREN))
        for metric, column in COLUMNS.items():
            count = _number(row.get(column))
            if year is not None and children and count is not None and count <= children:
                total = sums[metric, int(year)]
                total[0] += count
                total[1] += children
                total[2] += 1
    return tuple(
        Snapshot(metric, date(year, 6, 30), round(100 * count / children, 1), int(children))
        for (metric, year), (count, children, programs) in sorted(sums.items())
        if programs >= _FEWEST_PROGRAMS
    )


def _number(cell: object) -> float | None:
    try:
        value = float(str(cell).replace(",", ""))
    except ValueError:
        return None
    return value if value >= 0 else None
