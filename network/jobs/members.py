"""Reads the sheet, makes the ledger agree with it, and says in the sheet what was understood.

Order matters: settings first (they carry the switch), programs, then people, whose organization is looked up among the
programs. A reading that changed too much at once is held (see `breaker`): only marks that stop mail are applied, and
the sheet counts as unread, so that no lane sends anything until a person has answered.

The version token is kept by `publish_today`, the last stage of a run: a run that dies before it reads again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from network.breaker import Trip, check_reading, only_marks
from network.errors import NetworkError
from network.identity import SAME, TWO, Identified, plan_people
from network.jobs import guard
from network.jobs.programs import sync_programs
from network.layout import look_remarks
from network.member_rows import MembersReading, parse_members, repeated_headers
from network.members import IssueKind, Person, RowIssue, RowKey, Status
from network.members_report import MembersReport, ReadRow, report_from_text, report_to_text
from network.ports import Office
from network.programs import Program
from network.recipients import ProgramIndex
from network.reports import Page, count, table
from network.sequences import PlannedTouch
from network.settings_rows import preferences_from_cursor, settings_to_cursor
from network.stores import Event, PeoplePlan
from network.tabs import MEMBERS, QUIET_DATES, SETTINGS, Reading, SystemTab, TabRows, text_of, understand
from network.tasks import NewTask, Task, TaskKind, TaskState
from network.today import Around, members_tab, today_tab

__all__ = [
    "MembersReport",
    "make_sure",
    "page",
    "preferences_from_cursor",
    "publish_today",
    "read_sheet",
    "sync_members",
]

SHEET_VERSION = "sheet.version"
SHEET_READ_WHOLE = "sheet.read_whole"  # when every cell was last read
READ_SHEET = "read.sheet"  # when the sheet was last read or seen unchanged, and believed
FIRST_SYNC = "members.first_sync"
LAST_REPORT = "members.report"
SETTINGS_TYPED = "settings"
BREAKER = "breaker"  # not blank: a reading is held; its number of changed members

READ_WHOLE_EVERY = timedelta(hours=6)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_GROWTH = 4  # how many more changes a "go" still covers


def read_sheet(office: Office, at: datetime, *, dry_run: bool = False) -> Reading | None:
    """Reads the sheet; None when nothing changed since the last finished run. Every six hours it reads all the same.

    Raises HeldError when another computer runs this sheet, or our memory is older than it (see `jobs.guard`).
    """
    read_whole = office.cursors.get(SHEET_READ_WHOLE)
    is_due = not read_whole or not timedelta(0) <= at - datetime.fromisoformat(read_whole) < READ_WHOLE_EVERY
    is_held = bool(office.cursors.get(BREAKER) or guard.held(office))
    reading = office.workbook.read(None if is_due or is_held else office.cursors.get(SHEET_VERSION))
    guard.look(office, reading, at, dry_run=dry_run)
    return reading


def make_sure(office: Office, at: datetime, *, dry_run: bool = False) -> None:
    """Raises HeldError when this computer must not act; for jobs that read nothing else of the sheet.

    A sheet that cannot be read now stops no planning: nothing leaves before it was read.
    """
    try:
        reading = office.workbook.read(None if guard.held(office) else office.cursors.get(SHEET_VERSION))
    except NetworkError:
        reading = None
    guard.look(office, reading, at, dry_run=dry_run)


def sync_members(office: Office, reading: Reading | None, at: datetime, *, dry_run: bool = False) -> MembersReport:
    """Makes settings, programs and people what the sheet says; `reading` None means that nothing changed.

    A second run with the same sheet changes nothing. `dry_run` writes nothing anywhere and reports the same.
    """
    if reading is None:
        if not dry_run:
            office.cursors.set(READ_SHEET, at.isoformat(), at)
        return replace(report_from_text(office.cursors.get(LAST_REPORT)), dry_run=dry_run)
    settings = settings_to_cursor(understand(reading, SETTINGS), understand(reading, QUIET_DATES))
    programs = sync_programs(office, reading, at, dry_run=dry_run)
    sheet = _read_members(office, reading, settings, programs.programs, at)
    wrong_programs = [f"Programs, row {issue.row}: {issue.sentence}" for issue in programs.issues if _is_wrong(issue)]
    typed = preferences_from_cursor(settings)
    problems = (*typed.problems, *programs.problems, *wrong_programs)
    report = _report(sheet, reading, problems, look_remarks(typed))
    if dry_run:
        return replace(report, dry_run=True)
    office.cursors.set(SETTINGS_TYPED, settings, at)
    _apply(office, sheet, at)
    office.cursors.set(READ_SHEET, (_NEVER if sheet.trip else at).isoformat(), at)
    office.cursors.set(LAST_REPORT, report_to_text(report), at)
    return report


def publish_today(
    office: Office,
    report: MembersReport,
    planned: Sequence[PlannedTouch],
    at: datetime,
    *,
    dry_run: bool = False,
    also: Sequence[SystemTab] = (),
) -> list[str]:
    """Writes our tabs, those that changed, and keeps the version that was read; returns the titles written."""
    around = Around(
        people={person.id: person for person in office.people.all()},
        facts=office.consents.all(),
        planned=planned,
        records=office.ledgerbook.records(),
        tasks=office.tasks.all(),
        preferences=office.preferences(),
    )
    tabs = [today_tab(report, around, at), members_tab(report, around), *also]
    if dry_run:
        return []
    written = list(office.workbook.publish([*tabs, guard.todays_guard(office, at)]))
    if report.is_changed and not report.held and report.version is not None:
        office.cursors.set(SHEET_VERSION, report.version, at)
        office.cursors.set(SHEET_READ_WHOLE, at.isoformat(), at)
    return written


def page(report: MembersReport) -> Page:
    """The leaders' page of the members: counts only."""
    rows = [("Fine", report.fine), ("To fix", report.to_fix), ("Waiting for a decision", report.waiting)]
    rows += [("New people", report.added), ("Changed", report.updated), ("No longer in the sheet", report.gone)]
    opening = report.held or (
        f"The list was read: {count(len(report.rows), 'row')}."
        if report.is_changed
        else "Nothing changed in the sheet."
    )
    advice = (
        "\n\nThe sentence beside each row is in *HMN today* in the sheet." if report.to_fix or report.waiting else ""
    )
    text = f"# Members\n\n{opening}\n\n{table(('What', 'How many'), rows)}{advice}"
    counts = {"rows read": len(report.rows), "rows to fix": report.to_fix, "rows waiting": report.waiting}
    return Page("hmn-members", "Members: what the sheet says", text, counts)


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One reading of *Members*, understood: what is to be applied and what is to be said."""

    tab: TabRows
    rows: MembersReading
    who: Identified
    plan: PeoplePlan  # what is applied: all of it, or only the marks
    trip: Trip | None
    known: tuple[Person, ...]
    is_first: bool
    went: bool = False  # a person has said go to the reading that was held


def _read_members(office: Office, reading: Reading, settings: str, programs: Sequence[Program], at: datetime) -> _Sheet:
    tab = understand(reading, MEMBERS)
    rows = parse_members(tab.rows, preferences_from_cursor(settings))
    known = tuple(office.people.all())
    is_first = office.cursors.get(FIRST_SYNC) is None
    who = plan_people(
        known,
        rows.rows,
        at,
        first_sync=is_first,
        new_id=office.new_id,
        answers=_answers(office.tasks.all()),
        recipient_of=ProgramIndex(programs).find,
    )
    problem = ""
    if tab.is_missing:
        problem = "the tab Members is gone. Please bring it back."
    elif tab.lacks_required:
        problem = next(iter(reversed(tab.problems)), "a header of Members is gone.")
    trip = check_reading(known, who.plan, problem)
    went = trip is not None and not problem and _said_go(office, trip)
    if problem and trip is None:
        who = replace(who, plan=PeoplePlan(), people_by_row={})  # nobody is remembered
    plan = only_marks(known, who.plan) if trip is not None and not went else who.plan
    return _Sheet(tab, rows, who, plan, None if went else trip, known, is_first, went)


def _is_wrong(issue: RowIssue) -> bool:
    return issue.kind is IssueKind.FIX


def _report(sheet: _Sheet, reading: Reading, problems: Iterable[str], look: Iterable[str]) -> MembersReport:
    issues = (*sheet.rows.issues, *sheet.who.issues, *repeated_headers(sheet.tab))
    status = {row.number: text_of(row.cells.get("Status")) for row in sheet.tab.rows}
    people = {} if sheet.trip else sheet.who.people_by_row
    rows = [
        ReadRow(row.number, row.key, status.get(row.number, ""), people.get(row.number, "")) for row in sheet.rows.rows
    ]
    rows += [
        ReadRow(issue.row, issue.key, text_of(row.cells.get("Status")))
        for row, issue in zip(sheet.tab.headers_again, repeated_headers(sheet.tab), strict=True)
        if issue.row and isinstance(issue.key, RowKey)
    ]
    return MembersReport(
        rows=tuple(sorted(rows, key=lambda row: row.number)),
        issues=tuple(sorted(issues, key=lambda issue: issue.row or 0)),
        problems=tuple(dict.fromkeys((*sheet.tab.problems, *problems))),
        remarks=(*reading.remarks, *look),
        changed_at=reading.read_at,
        is_changed=True,
        held=sheet.trip.sentence if sheet.trip else "",
        added=len(sheet.plan.add),
        updated=len(sheet.plan.update),
        gone=len(sheet.plan.gone),
        version=reading.version,
    )


def _answers(tasks: Iterable[Task]) -> dict[str, str]:
    """What people answered to "same person?", by the task's key."""
    answers: dict[str, str] = {}
    for task in tasks:
        said = task.answer.casefold().strip()
        if task.kind is TaskKind.SAME_PERSON and said:
            answers[task.key] = TWO if said.startswith("two") else SAME if said.startswith("same") else ""
    return {key: answer for key, answer in answers.items() if answer}


# --- applying --------------------------------------------------------------------------------------------------------


def _apply(office: Office, sheet: _Sheet, at: datetime) -> None:
    if not sheet.plan.is_empty:
        office.people.apply(sheet.plan, at)
        office.events.add(_events(sheet, at))
    if sheet.trip is not None:
        _hold(office, sheet.trip, at)
        return
    _let_go(office, at)
    if sheet.is_first and not sheet.tab.is_missing and not sheet.tab.lacks_required:
        office.cursors.set(FIRST_SYNC, at.isoformat(), at)
    tasks = [*sheet.who.tasks, *_who_follows(sheet)]
    if tasks:
        office.tasks.open(tasks, at)


def _hold(office: Office, trip: Trip, at: datetime) -> None:
    """Keeps the first moment of the trip, so that one question stands until it is answered."""
    held = json.loads(office.cursors.get(BREAKER) or "{}")
    if not held:
        held = {"key": f"breaker/{at.isoformat()}", "changed": trip.changed}
        office.cursors.set(BREAKER, json.dumps(held), at)
    what = "Is this change of the member list meant?" if not trip.problem else "Please mend the header of Members."
    office.tasks.open([NewTask(held["key"], TaskKind.BREAKER, what, trip.sentence)], at)


def _let_go(office: Office, at: datetime) -> None:
    held = json.loads(office.cursors.get(BREAKER) or "{}")
    if held:
        office.cursors.set(BREAKER, "", at)
        ours = [task for task in office.tasks.all() if task.key == held["key"]]
        office.tasks.save([replace(task, state=TaskState.CLOSED) for task in ours], at)


def _said_go(office: Office, trip: Trip) -> bool:
    """Tells whether a person has said go to a change of about this size; a much larger one is asked about again."""
    held = json.loads(office.cursors.get(BREAKER) or "{}")
    answers = [task.answer.casefold().strip() for task in office.tasks.all() if held and task.key == held["key"]]
    return answers == ["go"] and trip.changed <= held["changed"] + _GROWTH


def _who_follows(sheet: _Sheet) -> list[NewTask]:
    """Somebody has left: who is the health manager there now?"""
    before = {person.id: person for person in sheet.known}
    return [
        NewTask(
            f"successor/{person.id}",
            TaskKind.FIND_MANAGER,
            f"Who is the health manager at {person.member.organization or 'this program'} now?",
            f"{person.member.full_name} is marked Left.",
            subject=person.id,
        )
        for person in sheet.plan.update
        if person.member.status is Status.LEFT and before[person.id].member.status is not Status.LEFT
    ]


def _events(sheet: _Sheet, at: datetime) -> list[Event]:
    before = {person.id: person for person in sheet.known}
    events = [Event(at, "seen", "First seen in the sheet.", person.id) for person in sheet.plan.add]
    for person in sheet.plan.update:
        changed = ", ".join(_changed_columns(before[person.id], person))
        events.append(Event(at, "changed", f"The row changed: {changed or 'other cells'}.", person.id))
    return [*events, *(Event(at, "gone", "The row is no longer in the sheet.", who) for who in sheet.plan.gone)]


_COLUMNS: tuple[tuple[str, Callable[[Person], object]], ...] = (
    ("name", lambda person: person.member.full_name),
    ("email", lambda person: person.member.email),
    ("phone", lambda person: person.member.phone),
    ("organization", lambda person: person.member.organization),
    ("role", lambda person: person.member.role),
    ("status", lambda person: person.member.status),
    ("newsletter", lambda person: person.member.newsletter),
    ("program", lambda person: person.recipient_id),
    ("back in the sheet", lambda person: person.in_sheet),
)


def _changed_columns(before: Person, now: Person) -> list[str]:
    return [name for name, value_of in _COLUMNS if value_of(before) != value_of(now)]
