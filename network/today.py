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
from network.sentences import (
    NOTHING_SAID,
    Known,
    held_words,
    letter_problems,
    next_touches,
    open_tasks,
    sentence_for,
    short_day,
)
from network.sequences import PlannedTouch
from network.tabs import SystemTab
from network.tasks import Task

AHEAD = timedelta(days=14)
BEHIND = timedelta(days=14)
_COLUMNS = ("What", "Who", "When", "Sentence", "Row")
_WIDTHS = (20, 34, 20, 90, 8)
_FIX, _WAIT, _LOOK = "To fix", "Waiting for you", "Worth a look"
# Sentences that ask a person.
_ASKS = ("Forgotten", "Said yes", "Looks like", "Has the same", "Waiting: Are ", "Waiting: Is ")
_LONGEST_NAME = 60
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
    to_do = _rows_to_do(report, told)
    rows = [
        *(line for lines in to_do.values() for line in lines),
        *_going_out(around.planned, at, zone),
        *_sent(around, at, zone),
    ]
    return SystemTab("HMN today", _COLUMNS, rows, _WIDTHS, preface=_preface(report, to_do, around, at, zone))


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
            invites="recruitment" in around.preferences.jobs,
            is_forgotten=bool(person_id) and person_id not in around.people,
        )
        told[row.number] = sentence_for(issues.get(row.number, ()), known, zone)
    return told


def _preface(
    report: MembersReport, to_do: Mapping[str, Sequence[Line]], around: Around, at: datetime, zone: tzinfo
) -> tuple[str, ...]:
    lines = [report.held] if report.held else []
    if report.changed_at is not None:
        moment = report.changed_at.astimezone(zone)
        to_fix, waiting = len(to_do[_FIX]), len(to_do[_WAIT])
        rows = f"{len(report.rows) - to_fix - waiting:,} fine, {to_fix:,} to fix"
        rows += f", {waiting:,} waiting for you" if waiting else ""
        lines.append(f"Last change read {moment:%H:%M} on {short_day(moment, zone)}: {rows}.")
    lines.append(
        {
            Sending.OFF: "Sending is off: nothing leaves. Choose on in Settings when you are ready.",
            Sending.ONLY_TO_ME: "Sending goes only to you, as a test. Choose on in Settings when you are ready.",
            Sending.ON: "Sending is on.",
        }[around.preferences.sending]
    )
    lines += [*report.problems, *letter_problems(around.planned), *report.remarks, *_scope(around)]
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
        lack = "lacks" if missing == 1 else "lack"
        lines.append(
            f"The list is complete for {full:,} of {count(len(active), 'active member')}."
            + (f" {missing:,} {lack} an email, role, organization or service area." if missing else "")
        )
    return lines


def _is_manager(person: Person) -> bool:
    return person.member.role_kind in (RoleKind.MANAGER, RoleKind.UNKNOWN)


def _is_complete(person: Person) -> bool:
    member = person.member
    has_area = bool(member.service_area) or not _is_manager(person)
    return bool(member.email and member.role and member.organization) and has_area


def _rows_to_do(report: MembersReport, told: Mapping[int, str]) -> dict[str, list[Line]]:
    """The rows that want something of a person, by section; a row stands in the most urgent one only.

    What the row's sentence asks for counts as well as what was wrong in the sheet: an address whose mail comes back, a
    yes that the Status does not show yet.
    """
    rows = {row.number: row for row in report.rows}
    kinds: dict[int, set[IssueKind]] = {}
    for issue in report.issues:
        if issue.row is not None:
            kinds.setdefault(issue.row, set()).add(issue.kind)
    found: dict[str, list[Line]] = {_FIX: [], _WAIT: [], _LOOK: []}
    for number in sorted({*kinds, *told}):
        said, about = told.get(number, ""), kinds.get(number, set())
        if IssueKind.FIX in about or said.startswith("Fix:"):
            section = _FIX
        elif IssueKind.WAITING in about or said.startswith(_ASKS):
            section = _WAIT
        elif IssueKind.NOTE in about:
            section = _LOOK
        else:
            continue
        found[section].append((section, _who(rows.get(number)), None, said, number))
    return found


def _who(row: ReadRow | None) -> str:
    if row is None:
        return ""
    name = " ".join(part for part in (row.key.first_name.strip(), row.key.last_name.strip()) if part)
    shown = name or row.key.email.strip() or row.key.organization.strip()
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _going_out(planned: Sequence[PlannedTouch], at: datetime, zone: tzinfo) -> Iterable[Line]:
    soon = [touch for touch in planned if touch.at is None or touch.at <= at + AHEAD]
    now = at.astimezone(zone).date()

    def order(touch: PlannedTouch) -> tuple[bool, datetime, str, str]:
        is_today = touch.at is not None and touch.at.astimezone(zone).date() <= now
        return (touch.at is None, at if is_today or touch.at is None else touch.at, touch.who, touch.what)

    for touch in sorted(soon, key=order):
        when = "not yet"
        if touch.at is not None and not touch.held:
            # What is due now is due a little later in every run: a time would be another one each five minutes.
            when = "today" if touch.at.astimezone(zone).date() <= now else _moment(touch.at, zone)
        what = f"{touch.what}: {touch.why.rstrip('.')}." if touch.why else f"{touch.what}."
        parts = (what, f"Not yet: {held_words(touch)}." if touch.held else "")
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
