"""*HMN today* and *HMN Members*: what the sheet says back, in tabs of our own.

Nothing here depends on the talking column: in a local workbook, and wherever its formula fails, these tabs say it.
Times are the network's own. The tabs change only when what they say changes, so that a quiet day costs no write; the
last healthy run is therefore told by the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from network.consent import ConsentFacts
from network.members import IssueKind, Person, RoleKind, RowIssue
from network.members_report import MembersReport, ReadRow
from network.messages import MessageRecord, State, Stream
from network.preferences import Preferences, Sending
from network.reports import count
from network.sentences import NOTHING_SAID, Known, next_touches, open_tasks, sentence_for, short_day
from network.sequences import PlannedTouch
from network.tabs import SystemTab
from network.tasks import Task

AHEAD = timedelta(days=14)
BEHIND = timedelta(days=14)
_COLUMNS = ("What", "Who", "When", "Sentence", "Row")
_WIDTHS = (20, 34, 20, 90, 8)
_SECTIONS = (
    (IssueKind.FIX, "To fix"),
    (IssueKind.WAITING, "Waiting for you"),
    (IssueKind.NOTE, "Worth a look"),
)
_ENOUGH_MEMBERS = 3  # R3: a network is three or more managers

Line = tuple[str | int | date | None, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What the sentences need besides the rows: everybody, what they said, what is planned, sent and open."""

    people: Mapping[str, Person] = field(default_factory=dict)
    facts: Mapping[str, ConsentFacts] = field(default_factory=dict)
    planned: Sequence[PlannedTouch] = ()
    records: Sequence[MessageRecord] = ()
    tasks: Sequence[Task] = ()
    preferences: Preferences = field(default_factory=Preferences)


def today_tab(report: MembersReport, around: Around, at: datetime) -> SystemTab:
    """Draws *HMN today*: what was read, the rows to fix, what goes out in 14 days, what was sent."""
    zone = ZoneInfo(around.preferences.time_zone)
    told = _told(report, around, zone)
    rows = [
        *_rows_to_fix(report, told),
        *_going_out(around.planned, at, zone),
        *_sent(around, at, zone),
    ]
    return SystemTab("HMN today", _COLUMNS, rows, _WIDTHS, preface=_preface(report, around, at, zone))


def members_tab(report: MembersReport, around: Around) -> SystemTab:
    """Draws *HMN Members*: each row of *Members* again, in the sheet's order, with its sentence."""
    zone = ZoneInfo(around.preferences.time_zone)
    told = _told(report, around, zone)
    columns = ("What we will do", "First name", "Last name", "Email", "Organization", "Status", "Row")
    rows = [
        (
            told[row.number],
            row.key.first_name,
            row.key.last_name,
            row.key.email,
            row.key.organization,
            row.status,
            row.number,
        )
        for row in sorted(report.rows, key=lambda each: each.number)
    ]
    preface = ("Each row of your Members tab with what we will do about it. Type in Members; this tab is ours.",)
    return SystemTab("HMN Members", columns, rows, (70, 18, 20, 36, 40, 16, 8), preface)


def _told(report: MembersReport, around: Around, zone: tzinfo) -> dict[int, str]:
    """The sentence of each row by its number in this reading."""
    touches, tasks = next_touches(around.planned), open_tasks(around.tasks)
    issues: dict[int, list[RowIssue]] = {}
    for issue in report.issues:
        issues.setdefault(issue.row or 0, []).append(issue)
    told: dict[int, str] = {}
    for row in report.rows:
        person_id = row.person_id
        known = Known(
            around.people.get(person_id),
            around.facts.get(person_id, NOTHING_SAID),
            touches.get(person_id),
            tasks.get(person_id, ()),
        )
        told[row.number] = sentence_for(issues.get(row.number, ()), known, zone)
    return told


def _preface(report: MembersReport, around: Around, at: datetime, zone: tzinfo) -> tuple[str, ...]:
    lines = [report.held] if report.held else []
    if report.changed_at is not None:
        moment = report.changed_at.astimezone(zone)
        rows = f"{report.fine:,} fine, {report.to_fix:,} to fix"
        rows += f", {report.waiting:,} waiting for you" if report.waiting else ""
        lines.append(f"Last change read {moment:%H:%M} on {short_day(moment, zone)}: {rows}.")
    lines.append(
        {
            Sending.OFF: "Sending is off: nothing leaves. Choose on in Settings when you are ready.",
            Sending.ONLY_TO_ME: "Sending goes only to you, as a test. Choose on in Settings when you are ready.",
            Sending.ON: "Sending is on.",
        }[around.preferences.sending]
    )
    lines += [*report.problems, *report.remarks, *_scope(around)]
    lines.append(f"Last healthy run: {short_day(at, zone)}.")
    return tuple(dict.fromkeys(lines))


def _scope(around: Around) -> list[str]:
    """Whether this is a network (R3) and how complete its list is (R1)."""
    active = [person for person in around.people.values() if person.is_active_member]
    lines: list[str] = []
    managers = [person for person in active if _is_manager(person)]
    places = {person.recipient_id or person.member.organization for person in managers}
    if len(managers) < _ENOUGH_MEMBERS:
        is_are = "is" if len(managers) == 1 else "are"
        lines.append(
            f"There {is_are} {count(len(managers), 'active manager')}; a network needs three. Whom can you invite?"
        )
    elif len(places) == 1:
        lines.append("All active managers are from one program; a network needs at least two. Whom can you invite?")
    if active:
        full = sum(_is_complete(person) for person in active)
        missing = len(active) - full
        lines.append(
            f"The list is complete for {full:,} of {count(len(active), 'active member')}."
            + (f" {missing:,} lack an email, role, organization or service area." if missing else "")
        )
    return lines


def _is_manager(person: Person) -> bool:
    return person.member.role_kind in (RoleKind.MANAGER, RoleKind.UNKNOWN)


def _is_complete(person: Person) -> bool:
    member = person.member
    has_area = bool(member.service_area) or not _is_manager(person)
    return bool(member.email and member.role and member.organization) and has_area


def _rows_to_fix(report: MembersReport, told: Mapping[int, str]) -> Iterable[Line]:
    rows = {row.number: row for row in report.rows}
    told_already: set[int] = set()
    for kind, title in _SECTIONS:
        numbers = {issue.row for issue in report.issues if issue.kind is kind and issue.row is not None}
        for number in sorted(numbers - told_already):
            yield (title, _who(rows.get(number)), None, told.get(number, ""), number)
        told_already |= numbers


def _who(row: ReadRow | None) -> str:
    if row is None:
        return ""
    name = " ".join(part for part in (row.key.first_name.strip(), row.key.last_name.strip()) if part)
    return name or row.key.email.strip() or row.key.organization.strip()


def _going_out(planned: Sequence[PlannedTouch], at: datetime, zone: tzinfo) -> Iterable[Line]:
    soon = [touch for touch in planned if touch.at is None or touch.at <= at + AHEAD]
    for touch in sorted(soon, key=lambda each: (each.at is None, each.at or at, each.who, each.what)):
        when = _moment(touch.at, zone) if touch.at is not None and not touch.held else "not yet"
        parts = (f"{touch.what}.", touch.why, f"Waits: {touch.held}." if touch.held else "")
        yield ("Goes out next", touch.who, when, " ".join(part for part in parts if part), None)


def _sent(around: Around, at: datetime, zone: tzinfo) -> Iterable[Line]:
    sent = [
        record
        for record in around.records
        if record.state is State.SENT
        and record.message.stream is not Stream.OFFICE
        and record.changed_at >= at - BEHIND
    ]
    for record in sorted(sent, key=lambda each: each.changed_at, reverse=True):
        yield ("Sent", record.message.to_name, _moment(record.changed_at, zone), record.message.content.subject, None)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{short_day(at, zone)} {at.astimezone(zone):%H:%M}"
