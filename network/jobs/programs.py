"""The *Programs* tab read into the ledger, and a federal file imported into the tab.

An import only ever adds rows; what else it learns is remembered and asked for in *To do*. It may be run again, or be
killed half way: rows are recognised by their grant number, and what was not yet added is added then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from network.duplicates import Duplicate
from network.jobs import guard
from network.members import RowIssue
from network.ports import Office
from network.program_import import Flag, ImportReading, read_program_rows
from network.program_plan import ImportPlan, NumberChange, plan_import
from network.program_rows import parse_programs
from network.programs import Program
from network.reports import Page, count, table
from network.stores import Event
from network.tabs import PROGRAMS, Reading, understand
from network.tasks import NewTask, TaskKind

SEEN = "programs.seen"  # the cursor that keeps every grant number that ever stood in *Programs*
_IF_TWO = "If they are two, answer two recipients."
_MOST_QUESTIONS = 20  # more pairs than this are one task that points to the list


@dataclass(frozen=True, slots=True)
class ProgramsReport:
    """What one reading of *Programs* gave; `is_applied` tells whether the ledger follows it."""

    programs: tuple[Program, ...]
    issues: tuple[RowIssue, ...] = ()
    problems: tuple[str, ...] = ()
    is_applied: bool = True


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import did, or with `dry_run` would do."""

    found: ImportReading
    plan: ImportPlan = field(default_factory=ImportPlan)
    added: tuple[str, ...] = ()  # grant numbers that now stand in *Programs*
    pending: tuple[str, ...] = ()  # grant numbers that could not be added now
    problems: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def flags(self) -> tuple[Flag, ...]:
        return self.found.flags

    @property
    def changes(self) -> tuple[NumberChange, ...]:
        return self.plan.changes


def sync_programs(office: Office, reading: Reading, at: datetime, *, dry_run: bool = False) -> ProgramsReport:
    """Makes the ledger's programs what *Programs* says; the cells win, ids stay.

    A tab that is missing, has lost a required header or was emptied is not followed: the programs stay as they were,
    and unless the tab is simply not there, a sentence says so.
    """
    known = tuple(office.programs.all())
    tab = understand(reading, PROGRAMS)
    if tab.is_missing or tab.lacks_required:
        return ProgramsReport(known, problems=tab.problems, is_applied=False)
    if known and not tab.rows:
        sentence = "The tab Programs is empty now. We go on with the programs as they were; undo, or import them again."
        return ProgramsReport(known, problems=(*tab.problems, sentence), is_applied=False)
    read = parse_programs(tab.rows, known)
    if not dry_run:
        if read.programs != known:
            office.programs.replace(read.programs, at)
        _remember_seen(office, (grant.number for each in read.programs for grant in each.grants), at)
    return ProgramsReport(read.programs, read.issues, tab.problems)


def import_programs(
    office: Office,
    rows: Sequence[Mapping[str, object]],
    at: datetime,
    *,
    dry_run: bool = False,
    everywhere: bool = False,
) -> ImportReport:
    """Adds the grants of a federal file to *Programs*: those that serve the network's states, or `everywhere`.

    Grants that stand there are left as the coordinator typed them. A new number of a known recipient is joined to it in
    the ledger, obeyed at once, and asked for in *To do*. With `dry_run` nothing is written.
    """
    reading = office.workbook.read()
    guard.look(office, reading, at, dry_run=dry_run)
    tab = understand(reading, PROGRAMS) if reading else None
    if tab and tab.lacks_required:
        return ImportReport(ImportReading(), problems=tab.problems, dry_run=dry_run)
    remembered = office.programs.all()
    known = parse_programs(tab.rows, remembered).programs if tab and not tab.is_missing else ()
    found = read_program_rows(rows, known or remembered)
    if not found.programs:
        return ImportReport(found, problems=found.problems or ("This file names no grant.",), dry_run=dry_run)
    states = () if everywhere else office.preferences().states
    plan = _open_pairs(office, plan_import(known, found, states=states, seen=_seen(office)))
    if dry_run:
        return ImportReport(found, plan, pending=tuple(row.key for row in plan.add), dry_run=True)
    return _carry_out(office, found, plan, at)


def page(report: ImportReport) -> Page:
    """Tells leaders about an import in counts; no recipient is named."""
    counts = {
        "grants added": len(report.added),
        "grants waiting to be added": len(report.pending),
        "new numbers of known recipients": len(report.changes),
        "taken out by hand, not added again": len(report.plan.taken_out),
        "recipients outside our states": report.plan.elsewhere,
        "things to look at": len(report.flags),
        "pairs that may be one recipient": len(report.plan.duplicates),
    }
    lines = ["# Programs imported" if not report.dry_run else "# Programs: what an import would do", ""]
    lines += [*report.problems, ""] if report.problems else []
    lines.append(table(("What", "How many"), list(counts.items())))
    if report.pending and not report.dry_run:
        waiting = count(len(report.pending), "row")
        lines += ["", f"{waiting} could not be added now, most likely because the file is open. They are added later."]
    return Page("hmn-programs", "Programs", "\n".join(lines), counts)


def _carry_out(office: Office, found: ImportReading, plan: ImportPlan, at: datetime) -> ImportReport:
    # First what must not be lost: that a known recipient has a new number. Then the rows, recognisable by their number.
    for change in plan.changes:
        office.programs.note(change.program_id, at=at, facts={f"Grant number {change.old}": change.new})
    if list(plan.programs) != list(office.programs.all()):
        office.programs.replace(plan.programs, at)
    office.tasks.open([*map(_number_task, plan.changes), *_duplicate_tasks(plan.duplicates)], at)
    office.events.add(
        Event(at, "changed", f"Grant number {each.old} became {each.new}", subject=each.program_id)
        for each in plan.changes
    )
    standing = set(office.workbook.add_rows(plan.add)) if plan.add else set()
    _remember_seen(office, standing, at)
    added = tuple(row.key for row in plan.add if row.key in standing)
    return ImportReport(found, plan, added, tuple(row.key for row in plan.add if row.key not in standing))


def _number_task(change: NumberChange) -> NewTask:
    return NewTask(
        key=f"programs/number/{change.old}/{change.new}",
        kind=TaskKind.TYPE_FACT,
        what=f"In Programs, type {change.new} over {change.old} ({change.name}).",
        why="The federal file gives this recipient a new grant number. We already use it.",
        subject=change.program_id,
    )


def _duplicate_tasks(duplicates: Sequence[Duplicate]) -> list[NewTask]:
    why = "Two rows of one recipient would get two invitations. Nothing was joined."
    if len(duplicates) > _MOST_QUESTIONS:
        first = "; ".join(f"{each.one} and {each.other}" for each in duplicates[:3])
        what = f"{len(duplicates)} pairs in Programs may be one recipient each. The first: {first}."
        return [NewTask("programs/duplicates", TaskKind.TYPE_FACT, what, why)]
    return [
        NewTask(_pair_key(each), TaskKind.SAME_RECIPIENT, f"{each.sentence} {_IF_TWO}", why, subject=each.one)
        for each in duplicates
    ]


def _open_pairs(office: Office, plan: ImportPlan) -> ImportPlan:
    """The plan without the pairs of which a person said that they are two: that is not asked again."""
    answers = {task.key: task.answer for task in office.tasks.all() if task.kind is TaskKind.SAME_RECIPIENT}
    left = tuple(each for each in plan.duplicates if not answers.get(_pair_key(each), "").startswith("two"))
    return replace(plan, duplicates=left)


def _pair_key(pair: Duplicate) -> str:
    return f"programs/duplicate/{pair.one}/{pair.other}"


def _seen(office: Office) -> frozenset[str]:
    return frozenset(json.loads(office.cursors.get(SEEN) or "[]"))


def _remember_seen(office: Office, numbers: Iterable[str], at: datetime) -> None:
    before = _seen(office)
    after = before.union(numbers)
    if after != before:
        office.cursors.set(SEEN, json.dumps(sorted(after)), at)
