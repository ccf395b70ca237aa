"""The sentence beside each row of *Members*: what we understood, what to fix, what will be sent next.

One row, one sentence, the most important thing first: what was asked of us, what to fix, what waits for a person, what
comes next. Every sentence that asks for something ends with what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from network.consent import ConsentFact, ConsentFacts, FactKind, said_no
from network.members import IssueKind, Person, RowIssue, Status
from network.messages import Stream
from network.sequences import PlannedTouch
from network.tasks import Task, TaskKind, TaskState

OK = "OK"
_SHORT = 80  # letters of a reason that may stand in every row
NOTHING_SAID = ConsentFacts()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the person of a row beyond the row itself."""

    person: Person | None = None
    facts: ConsentFacts = NOTHING_SAID
    next_touch: PlannedTouch | None = None
    tasks: tuple[Task, ...] = ()  # open ones about this person
    invites: bool = True  # whether recruitment is switched on
    is_forgotten: bool = False  # the row stands, and its person was forgotten as *To do* asks


def sentence_for(issues: Sequence[RowIssue], known: Known, zone: tzinfo) -> str:
    """Says the one thing that stands beside a row."""
    if known.is_forgotten:
        return "Forgotten, as asked in To do: nothing is sent. Please delete this row."
    fixes = [issue.sentence for issue in issues if issue.kind is IssueKind.FIX]
    asked = _asked(known, zone)
    if fixes:
        return " ".join(part for part in (asked, f"Fix: {' '.join(dict.fromkeys(fixes))}") if part)
    if asked:
        return asked
    person = known.person
    waits = [issue.sentence for issue in issues if issue.kind is IssueKind.WAITING]
    if waits:
        return _waiting(waits[0])
    for task in known.tasks:
        if task.kind is TaskKind.SET_STATUS and person is not None and person.member.status is not Status.MEMBER:
            return f"Said yes {_day(task.since)}, please set Status to Member."
        if task.kind is TaskKind.SAME_PERSON:
            return f"Waiting: {task.what} Answer {task.ref} in To do."
    said = _status(known, zone) if person is not None else OK
    notes = [issue.sentence for issue in issues if issue.kind is IssueKind.NOTE]
    return f"{said.rstrip('.')}. {' '.join(dict.fromkeys(notes))}" if notes else said


def held_words(touch: PlannedTouch) -> str:
    """Why a touch waits, in a few words; what is wrong with a letter is long and stands in *HMN today* once."""
    return "its letter must be mended first, see HMN today" if _is_long(touch.held) else touch.held.rstrip(".")


def letter_problems(planned: Iterable[PlannedTouch]) -> tuple[str, ...]:
    """What is wrong with letters that wait, each once."""
    return tuple(dict.fromkeys(touch.held for touch in planned if _is_long(touch.held)))


def next_touches(planned: Iterable[PlannedTouch]) -> dict[str, PlannedTouch]:
    """The next line of the preview for each person: the earliest that has a day, else one that is held."""
    chosen: dict[str, PlannedTouch] = {}
    for touch in planned:
        known = chosen.get(touch.person_id)
        if known is None or _rank(touch) < _rank(known):
            chosen[touch.person_id] = touch
    return chosen


def open_tasks(tasks: Iterable[Task]) -> dict[str, tuple[Task, ...]]:
    """The open tasks about each person, by the person's id."""
    by_person: dict[str, tuple[Task, ...]] = {}
    for task in tasks:
        if task.state is TaskState.OPEN and task.subject:
            by_person[task.subject] = (*by_person.get(task.subject, ()), task)
    return by_person


def short_day(at: datetime | date, zone: tzinfo) -> str:
    """A day as it stands in a sentence: "Tue 6 May"."""
    day = at.astimezone(zone).date() if isinstance(at, datetime) else at
    return f"{day:%a} {_day(day)}"


def _is_long(held: str) -> bool:
    return held.endswith(".") or len(held) > _SHORT


def _rank(touch: PlannedTouch) -> tuple[bool, bool, float]:
    return (bool(touch.held), touch.at is None, touch.at.timestamp() if touch.at else 0.0)


def _asked(known: Known, zone: tzinfo) -> str:
    person = known.person
    if person is None:
        return ""
    addresses = tuple(dict.fromkeys((*person.addresses, person.member.email or "")))
    if not said_no(person.id, addresses, known.facts.facts, Stream.RECRUITMENT):
        return ""
    said = max((fact for fact in known.facts.facts if fact.kind is FactKind.NO), key=lambda fact: fact.at)
    who = person.member.email or person.member.full_name
    return (
        f"Asked us to stop on {_day(said.at.astimezone(zone).date())}. To bring back, type in To do:"
        f" asked back {who}, by phone, and the day."
    )


def _waiting(sentence: str) -> str:
    return sentence if sentence.startswith(("Looks like", "Has the same")) else f"Waiting: {sentence}"


def _status(known: Known, zone: tzinfo) -> str:
    person = known.person
    if person is None:
        return OK
    place = person.member.organization or "this program"
    if person.member.status is Status.ON_HOLD:
        return "On hold: nothing is sent. Choose Member or Invite when that ends."
    if person.member.status is Status.LEFT:
        return f"Left: nothing is sent. Who is the health manager at {place} now? Add a row."
    if person.member.status is Status.DO_NOT_CONTACT:
        return "Do not contact: nothing is sent. Only you can change that."
    if _is_bounced(person.member.email, known.facts.facts):
        return f"Fix: mail to this address comes back. Who is the health manager at {place} now? Type their address."
    touch = known.next_touch
    if touch is not None and touch.held:
        return f"Waiting: {touch.what}, {held_words(touch).removeprefix('waiting ')}."
    if touch is not None and touch.at is not None:
        return f"Next: {touch.what} on {short_day(touch.at, zone)}"
    if person.member.status is Status.INVITE and not known.invites:
        return "Waiting: nobody is invited while Job: recruitment is off in Settings."
    return OK


def _is_bounced(address: str | None, facts: Sequence[ConsentFact]) -> bool:
    bounced = False
    for fact in sorted(facts, key=lambda each: each.at):
        if address and fact.address == address and fact.kind in (FactKind.BOUNCE_HARD, FactKind.ADDRESS_WORKS):
            bounced = fact.kind is FactKind.BOUNCE_HARD
    return bounced


def _day(day: date) -> str:
    return f"{day.day} {day:%B}" if len(f"{day:%B}") <= 4 else f"{day.day} {day:%b}"
