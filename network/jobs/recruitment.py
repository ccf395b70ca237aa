"""Recruitment, welcome, "Is this still right?": planned for everybody, carried out, previewed and told.

What is due and why is decided in `invitations`; this use case reads what is remembered, renders only what goes now,
and writes in an order that a kill cannot harm: messages and tasks first (their keys are unique), enrollments after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from network.approvals import Approval, ApprovalRequest
from network.cadence import local_day, start_of_day
from network.exits import ColleagueFacts, exit_reason
from network.invitations import BY_PHONE, plan
from network.jobs.lane import test_copies
from network.jobs.recruitment_mail import (
    approval_task,
    check_letter,
    mails_to_approvers,
    write_letter,
    write_request,
    write_requested,
)
from network.letters import (
    load_letters,
    overrides_from_text,
    overrides_to_text,
    read_overrides,
)
from network.members import Person, RowIssue
from network.messages import Message, State
from network.ports import Office
from network.preferences import Sending
from network.rendering import Letterhead
from network.reports import Page, count, table
from network.sequences import EnrollmentState, PlannedTouch
from network.situation import ON_ITS_WAY, Agenda, Delivery, Situation, assume
from network.stores import Event
from network.tabs import MESSAGES, Reading, understand
from network.tasks import TaskState
from network.tracks import load_tracks

__all__ = [
    "ColleagueFacts",
    "RecruitmentPlan",
    "RecruitmentReport",
    "apply_recruitment",
    "exit_reason",
    "keep_letters",
    "letters_to_mend",
    "page",
    "plan_recruitment",
    "preview",
    "requested_letter",
]

LETTERS = "letters"  # the cursor that keeps the coordinator's own wording
TO_MEND = "letters.to_mend"
WAITING = "recruitment.waiting"  # what waits for an approver: items with their fingerprints
RUNS_AT = time(9, 5)  # weekdays, in the network's zone
_OFF = "Recruitment is off in Settings."


@dataclass(frozen=True, slots=True)
class RecruitmentPlan:
    """What one run would do: the agenda, the letters rendered, the questions to approvers."""

    agenda: Agenda
    messages: tuple[Message, ...] = ()
    requests: tuple[ApprovalRequest, ...] = ()
    samples: tuple[Message, ...] = ()  # the questions by mail, to the approvers
    problems: tuple[str, ...] = ()  # sentences about letters that cannot go as they stand
    off: str = ""  # why nothing was planned at all

    @property
    def waiting(self) -> Mapping[str, int]:
        """How many wait, by reason, in the words of the screen."""
        return dict(self.agenda.held)


@dataclass(frozen=True, slots=True)
class RecruitmentReport:
    """What one run did, in counts."""

    at: datetime
    entered: Mapping[str, int] = field(default_factory=dict)
    queued: int = 0
    tasks: int = 0
    asked: int = 0  # approvals asked for
    ended: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    problems: tuple[str, ...] = ()
    note: str = ""


def plan_recruitment(office: Office, at: datetime) -> RecruitmentPlan:
    """Says everything that should happen at `at`: who enters, which letters go, what people must do. Writes nothing."""
    preferences = office.preferences()
    if "recruitment" not in preferences.jobs:
        return RecruitmentPlan(Agenda(at), off=_OFF)
    situation = read_situation(office)
    agenda = plan(situation, at)
    problems = tuple(sorted({letter.problem for letter in situation.letters.values() if letter.problem}))
    if not (agenda.letters or agenda.approvals):
        return RecruitmentPlan(agenda, problems=problems)
    letterhead = Letterhead.load(office.words, preferences)
    messages = tuple(write_letter(letterhead, due, situation) for due in agenda.letters)
    requests: list[ApprovalRequest] = []
    hints: dict[str, list[str]] = {}
    for need in agenda.approvals.values():
        errors, hints[need.item] = check_letter(letterhead, need, preferences, at)
        problems += tuple(errors)
        if not errors:  # nobody is asked about a letter that must be mended first, so it cannot go
            requests.append(write_request(letterhead, need, preferences, office.approvals, at))
    mails = tuple(mails_to_approvers(letterhead, requests, preferences, at, hints, needs=agenda.approvals))
    return RecruitmentPlan(agenda, messages, tuple(requests), mails, tuple(dict.fromkeys(problems)))


def apply_recruitment(
    office: Office, planned: RecruitmentPlan, at: datetime, *, dry_run: bool = False
) -> RecruitmentReport:
    """Carries the plan out: queues, opens tasks, asks, remembers. A second time it changes nothing.

    In a rehearsal nothing is written anywhere; with `HMN_SEND=off` the letters are only put in the preview folder.
    """
    agenda = planned.agenda
    counts = RecruitmentReport(
        at=at,
        entered=dict(agenda.entered),
        queued=len(planned.messages),
        tasks=len(agenda.tasks),
        asked=len(planned.requests),
        ended=dict(agenda.ended),
        waiting=planned.waiting,
        problems=planned.problems,
        note=planned.off,
    )
    if planned.off:
        return counts
    if dry_run:
        return replace(counts, note="This was a rehearsal: nothing was written.")
    if not office.is_live:
        for message in planned.messages:
            office.shelf.put(f"preview/{message.file_stem}.html", message.content.html)
        return replace(counts, note="HMN_SEND is off: the letters stand in the preview folder, nothing else happened.")
    known = {task.key for task in office.tasks.all()}
    asked = _ask_approvers(office, planned, at)
    withdrawn = _withdraw(office, agenda, at)
    preferences = office.preferences()
    if preferences.sending is Sending.ONLY_TO_ME:
        tests = office.outbox.queue(test_copies(planned.messages, preferences), at)
        _end_only(office, agenda, at)
        note = f"Sending goes only to you: {count(tests, 'test')} planned, nobody was enrolled and no letter queued."
        return RecruitmentReport(at, waiting=counts.waiting, asked=asked, withdrawn=withdrawn, note=note)
    queued = office.outbox.queue(planned.messages, at)
    opened = office.tasks.open(agenda.tasks, at)
    office.enrollments.save(agenda.enrollments, at)
    _close_needless(office, agenda, at)
    office.events.add(Event(at, kind, words, person_id) for person_id, kind, words in agenda.story)
    return replace(
        counts,
        queued=queued,
        tasks=sum(task.key not in known for task in opened),
        asked=asked,
        withdrawn=withdrawn,
    )


def preview(office: Office, at: datetime, days: int = 14) -> Sequence[PlannedTouch]:
    """Says who gets what, when and why in the next days, and who is held and why: the live rules with a moved clock.

    It assumes what nobody can know: that mail goes out when it is due, and that no person answers or decides anything.
    """
    preferences = office.preferences()
    if "recruitment" not in preferences.jobs:
        return []
    situation = read_situation(office)
    touches = _already_queued(situation, at)
    held: dict[tuple[str, str], PlannedTouch] = {}
    moment = at
    while moment <= at + timedelta(days=days):
        agenda = plan(situation, moment)
        for touch in agenda.touches:
            if touch.held:
                held.setdefault(_about(touch), touch)
            else:
                held.pop(_about(touch), None)
                touches.append(touch)
        later = _next_run(situation, moment)
        situation = assume(situation, agenda, later)
        moment = later
    going = {_about(touch) for touch in touches}
    touches += [touch for key, touch in held.items() if key not in going]
    return sorted(touches, key=lambda touch: (touch.at is None, touch.at or at, touch.who, touch.what))


def requested_letter(office: Office, person: Person, language: str, at: datetime) -> Message | None:
    """The invitation a person has now, in the language they asked for; None where there is none in it.

    It answers a request, so it goes as an ANSWER: at any hour, without a new approval, once.
    """
    situation = read_situation(office)
    letterhead = Letterhead.load(office.words, situation.preferences)
    return write_requested(letterhead, situation, person, language, at)


def page(report: RecruitmentReport) -> Page:
    """The leaders' page: counts in plain words; no person and no program is named."""
    letters = sum(report.ended.values())
    rows: list[tuple[str, int, str]] = [
        *(("Entered", number, title) for title, number in sorted(report.entered.items())),
        ("Letters waiting to go", report.queued, ""),
        ("New in To do", report.tasks, ""),
        ("Waiting for your approval", report.asked, "new questions"),
        *(("Waiting", number, reason) for reason, number in sorted(report.waiting.items())),
        *(("Ended", number, reason) for reason, number in sorted(report.ended.items())),
    ]
    if report.withdrawn:
        rows.append(("Taken back", report.withdrawn, "no longer wanted"))
    shown = [row for row in rows if row[1]]
    opening = report.note or (
        f"{count(report.queued, 'letter')} planned, {count(report.tasks, 'new task')} for a person, "
        f"{count(letters, 'conversation')} came to an end."
    )
    problems = "\n".join(f"- {problem}" for problem in report.problems)
    body = table(("What", "How many", "Which, or why"), shown) if shown else "Nothing was due."
    text = "\n\n".join(part for part in ("# Invitations and welcome", opening, body, problems) if part)
    counts = {"letters": report.queued, "tasks": report.tasks, "entered": sum(report.entered.values())}
    return Page("hmn-recruitment", "Invitations and welcome", text, counts)


def keep_letters(office: Office, reading: Reading, at: datetime) -> tuple[RowIssue, ...]:
    """Remembers the coordinator's own wording from *Messages*; returns a sentence for each row that needs a fix.

    The sentences are kept as well (`letters_to_mend`): they must stand in the sheet until the cell is mended.
    """
    rows = understand(reading, MESSAGES)
    if rows.is_missing:
        return ()
    overrides, issues = read_overrides(rows.rows, load_tracks(office.words.read))
    text = overrides_to_text(overrides)
    if text != (office.cursors.get(LETTERS) or "[]"):
        office.cursors.set(LETTERS, text, at)
    wrong = json.dumps([f"{each.tab}, row {each.row}: {each.sentence}" for each in issues], ensure_ascii=False)
    if wrong != (office.cursors.get(TO_MEND) or "[]"):
        office.cursors.set(TO_MEND, wrong, at)
    return tuple(issues)


def letters_to_mend(office: Office) -> tuple[str, ...]:
    """What stands wrong in *Messages*, with its row, as last read."""
    return tuple(json.loads(office.cursors.get(TO_MEND) or "[]"))


# --- reading ----------------------------------------------------------------------------------------------------------


def read_situation(office: Office) -> Situation:
    """Everything that planning looks at, read once from what is remembered."""
    preferences = office.preferences()
    tracks = load_tracks(office.words.read, preferences.extra)
    overrides = overrides_from_text(office.cursors.get(LETTERS))
    return Situation(
        people={person.id: person for person in office.people.all()},
        programs={program.id: program for program in office.programs.all()},
        facts=office.consents.all(),
        enrollments=tuple(office.enrollments.all()),
        tasks={task.key: task for task in office.tasks.all()},
        deliveries={
            record.message.key: Delivery(
                key=record.message.key,
                person_id=record.message.person_id,
                address=record.message.address,
                stream=record.message.stream,
                state=record.state,
                due_at=record.message.due_at,
                moved_at=record.receipt.at if record.receipt else record.changed_at,
                reason=record.reason,
            )
            for record in office.ledgerbook.records()
        },
        approval_of=_once(office.approvals.find),
        tracks=tracks,
        letters=load_letters(office.words, tracks, overrides, preferences),
        preferences=preferences,
        first_live_day=office.lanes.state(office.mailer.lane).first_live_day,
    )


def _once(find: Callable[[str], Approval | None]) -> Callable[[str], Approval | None]:
    known: dict[str, Approval | None] = {}

    def look(item: str) -> Approval | None:
        if item not in known:
            known[item] = find(item)
        return known[item]

    return look


def _already_queued(situation: Situation, at: datetime) -> list[PlannedTouch]:
    touches = []
    for delivery in situation.deliveries.values():
        person = situation.people.get(delivery.person_id)
        item, step = delivery.key.split("/")[1:3]
        track = situation.tracks.get(item.split("-")[0])
        if delivery.state not in ON_ITS_WAY or person is None or track is None:
            continue
        found = next((each for each in track.steps if each.id == step.removesuffix("-again")), None)
        what = f"{found.title if found else step} ({track.title})"
        when = max(delivery.due_at, at)
        touches.append(PlannedTouch(person.id, person.member.full_name, what, when, "planned, waiting to go"))
    return touches


def _about(touch: PlannedTouch) -> tuple[str, str]:
    return touch.person_id, touch.what.replace(BY_PHONE, "")


def _next_run(situation: Situation, moment: datetime) -> datetime:
    day = local_day(moment, situation.preferences)
    while True:
        run = start_of_day(day, situation.preferences, RUNS_AT)
        if run > moment and day.weekday() < 5:
            return run
        day += timedelta(days=1)


# --- writing ----------------------------------------------------------------------------------------------------------


def _ask_approvers(office: Office, planned: RecruitmentPlan, at: datetime) -> int:
    """Asks what is new, in *To do* and by mail, and remembers what waits for an answer; returns how many are new."""
    known = {task.key for task in office.tasks.all()}
    requests = [office.approvals.ask(request) for request in planned.requests]
    opened = office.tasks.open([approval_task(each, planned.agenda.approvals[each.item]) for each in requests], at)
    office.outbox.queue(planned.samples, at)
    waiting = json.dumps({item: need.fingerprint for item, need in sorted(planned.agenda.approvals.items())})
    if waiting != (office.cursors.get(WAITING) or "{}"):
        office.cursors.set(WAITING, waiting, at)
    return sum(task.key not in known for task in opened)


def _end_only(office: Office, agenda: Agenda, at: datetime) -> None:
    """While sending goes only to the coordinator nobody enters a track or moves on in one; a no still ends it."""
    known = {(each.person_id, each.track, each.cycle) for each in office.enrollments.all()}
    ended = [
        each
        for each in agenda.enrollments
        if each.state is EnrollmentState.ENDED and (each.person_id, each.track, each.cycle) in known
    ]
    office.enrollments.save(ended, at)


def _close_needless(office: Office, agenda: Agenda, at: datetime) -> None:
    """Closes calls that nobody needs to make any more; an answer that came meanwhile stays."""
    needless = [task for task in office.tasks.all() if task.key in agenda.needless and task.state is TaskState.OPEN]
    if needless:
        office.tasks.save([replace(task, state=TaskState.CLOSED) for task in needless], at)


def _withdraw(office: Office, agenda: Agenda, at: datetime) -> int:
    if not agenda.withdrawn:
        return 0
    return sum(
        office.ledgerbook.resolve(record, State.SKIPPED, at, reason=agenda.withdrawn[record.message.key])
        for record in office.ledgerbook.records([State.QUEUED])
        if record.message.key in agenda.withdrawn
    )
