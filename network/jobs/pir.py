"""A PIR file taken in: the health of children over all programs here, as yearly values that goals may begin from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from network.goals import Unit, say, say_day
from network.pir import PirReading, read_pir
from network.ports import Office
from network.reports import Page, count, table


@dataclass(frozen=True, slots=True)
class PirImport:
    """What a file said, and how many values were new or changed."""

    reading: PirReading
    recipients: int  # here, in the states of *Settings*
    new: int = 0
    dry_run: bool = False


def import_pir(office: Office, rows: Iterable[Mapping[str, object]], *, dry_run: bool = False) -> PirImport:
    """Takes in the yearly shares of a PIR file for the programs here; the same file once more changes nothing."""
    states = set(office.preferences().states)
    programs = [each for each in office.programs.all() if not states or states.intersection(each.states)]
    reading = read_pir(rows, programs)
    snapshots = [each.snapshot for each in reading.years]
    known = {(each.metric, each.day): each for each in office.snapshots.history()}
    new = sum(known.get((each.metric, each.day)) != each for each in snapshots)
    if not dry_run and new:
        office.snapshots.put(snapshots)
    return PirImport(reading, len(programs), new, dry_run)


def page(report: PirImport) -> Page:
    """What came in, and how a goal begins from it; no program is told apart."""
    parts = ["# Children's health, from PIR"]
    if report.reading.years:
        rows = [
            (
                each.metric,
                each.year,
                say(each.value, Unit.PERCENT),
                f"{each.children:,}",
                f"{each.recipients} of {report.recipients}",
            )
            for each in report.reading.years
        ]
        parts.append(table(("Metric", "Year", "Share", "Children", "Recipients here"), rows))
        latest = max(report.reading.years, key=lambda each: each.year)
        day = say_day(latest.snapshot.day)
        parts.append(
            "All programs here are added up. Compare years with care: not every recipient stands in each of them.\n\n"
            f"To begin a goal from it, type a metric of this table, leave *Baseline* blank and type {day} in *Baseline"
            " on*. The next federal file brings its next value."
        )
    if report.reading.problems:
        parts.append("\n".join(f"- {sentence}" for sentence in report.reading.problems))
    parts.append(
        "This was a rehearsal: nothing was written."
        if report.dry_run
        else f"{count(report.new, 'value')} new or changed."
    )
    counts = {"values": len(report.reading.years), "new or changed": report.new}
    return Page("hmn-pir", "Children's health, from PIR", "\n\n".join(parts), counts)


def summary(report: PirImport) -> dict[str, object]:
    """The same for another program."""
    return {
        "years": [
            {
                "metric": each.metric,
                "year": each.year,
                "percent": each.value,
                "children": each.children,
                "recipients": each.recipients,
            }
            for each in report.reading.years
        ],
        "recipients here": report.recipients,
        "rows of programs here": report.reading.rows,
        "new or changed": report.new,
        "dry run": report.dry_run,
        "problems": list(report.reading.problems),
    }
