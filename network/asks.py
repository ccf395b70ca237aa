"""What recruitment asks of people: calls and notes, open months, managers to find; the words of *To do*, and by whom.

Every task has a key that says what it is about, so that asking twice opens one. Answers are read by `sequences`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from network.members import ContactBy, Person, Status
from network.programs import TYPE_WORDS, Program, ProgramType
from network.sequences import Act, Enrollment, Step, StepKind
from network.sequences import Sequence as Track
from network.tasks import NewTask, Task, TaskKind, TaskState

# New searches a day, and how many may be open at once for Head Start; Tribal and Migrant and Seasonal come first and
# are never put off.
_FIND_A_DAY = 3
_FIND_OPEN = 10
_SEARCHED_FIRST = (ProgramType.AIAN, ProgramType.MSHS)
_GONE = frozenset({Status.LEFT, Status.DO_NOT_CONTACT})


class Leaders:
    """Spreads tasks over the leaders: the one with the fewest open ones, and one leader for one recipient."""

    def __init__(self, names: Sequence[str], tasks: Iterable[Task], people: Mapping[str, Person]) -> None:
        self._names = tuple(names)
        self._load: Counter[str] = Counter()
        self._of_recipient: dict[str, str] = {}
        for task in sorted(tasks, key=lambda each: each.key):
            if task.state is TaskState.OPEN:
                self._load[task.who] += 1
            person = people.get(task.subject)
            about = person.recipient_id if person is not None and person.recipient_id else task.subject
            if task.who in self._names and about:
                self._of_recipient[about] = task.who

    def choose(self, about: str) -> str:
        """The leader for a recipient (or a person without one); blank when *Settings* names none."""
        if not self._names:
            return ""
        if about not in self._of_recipient:
            chosen = min(self._names, key=lambda name: (self._load[name], self._names.index(name)))
            self._of_recipient[about] = chosen
        self._load[self._of_recipient[about]] += 1
        return self._of_recipient[about]

    def known(self, about: str) -> str:
        """The leader who already has this recipient, else the first; takes no load."""
        return self._of_recipient.get(about, next(iter(self._names), ""))


def call_key(enrollment: Enrollment, step: Step, attempt: int = 1) -> str:
    """The key of the task of one step: `call/aian/call/p-12`, with a number from the second try on."""
    key = f"{_kind_of(step)}/{enrollment.item}/{step.id}/{enrollment.person_id}"
    return key if attempt == 1 else f"{key}/{attempt}"


def open_calls(enrollment: Enrollment, track: Track, tasks: Mapping[str, Task]) -> set[str]:
    """The keys of the calls and notes of one track that still stand open: needless once it has gone on or ended."""
    found = set()
    for step in track.steps:
        attempt = 1
        while (task := tasks.get(call_key(enrollment, step, attempt))) is not None:
            attempt += 1
            if task.state is TaskState.OPEN:
                found.add(task.key)
    return found


def call_task(act: Act, step: Step, person: Person, program: Program | None, *, track: Track, who: str) -> NewTask:
    """The task of a call or a note: whom, where, what to ask, and why a person is asked to do it."""
    member = person.member
    number = member.phone or (program.phone if program else "")
    place = program.name if program else member.organization
    verb = "Write a note to" if step.kind is StepKind.NOTE else "Call"
    whom = ", ".join(part for part in (member.full_name, number or "no number known", place) if part)
    again = f" Try {act.attempt}." if act.attempt > 1 else ""
    instead = f" In place of a letter that {step.why}." if step.kind is StepKind.EMAIL and step.why else ""
    ask = f" {step.ask}" if step.ask else instead
    first = f" Ask first: {program.ask_first}." if program and program.ask_first else ""
    return NewTask(
        key=call_key(act.enrollment, step, act.attempt),
        kind=TaskKind.PERSONAL_NOTE if step.kind is StepKind.NOTE else TaskKind.CALL,
        what=f"{verb} {whom}.{again}{first}{ask}",
        why=f"{track.title}, {step.title}: {_why(step, person, track)}.",
        who=who,
        subject=person.id,
    )


def months_task(program: Program, who: str) -> NewTask:
    """Asks when a Migrant and Seasonal program is open; nothing is mailed there before somebody knows."""
    contact = ", ".join(part for part in (program.director, program.phone, program.front_desk_email) if part)
    return NewTask(
        key=f"months/{program.id}",
        kind=TaskKind.ASK_MONTHS,
        what=f"In which months is {program.name} open? Ask: {contact or 'no contact known yet'}. "
        "Type them into Programs, Open months, or answer here: months: May to November.",
        why="Migrant and Seasonal programs are written to only while they are open. We do not guess.",
        who=who,
        subject=program.id,
    )


def status_task(person: Person, who: str) -> NewTask:
    """Asks the coordinator to make the sheet say what happened; our ledger counts it already."""
    return NewTask(
        key=f"said-yes/{person.id}",
        kind=TaskKind.SET_STATUS,
        what=f"{person.member.full_name} said yes. Please choose the Status Member in Members.",
        why="The sheet should say what happened. The welcome letter does not wait for it.",
        who=who,
        subject=person.id,
    )


def number_key(person_id: str, cycle: str) -> str:
    """The key of the search for a number; a second wrong number is asked about again."""
    return f"number/{person_id}" if cycle == "1" else f"number/{person_id}/{cycle}"


def invite_again_key(day: date) -> str:
    """The key of the question, after a takeover, whether those who may have had letters are invited anew."""
    return f"takeover/invite/{day.isoformat()}"


def number_task(person: Person, program: Program | None, who: str, cycle: str = "1") -> NewTask:
    """Asks for a number that works, after a wrong one; answered done, the call is asked for again."""
    desk = f" Front desk: {program.phone or program.front_desk_email}." if program and _has_desk(program) else ""
    return NewTask(
        key=number_key(person.id, cycle),
        kind=TaskKind.ADDRESS_PROBLEM,
        what=f"Find the right number of {person.member.full_name} and type it into Members, then answer done.{desk}",
        why="The number was wrong. After done we ask for the call again.",
        who=who,
        subject=person.id,
    )


def find_tasks(
    programs: Iterable[Program], people: Iterable[Person], tasks: Mapping[str, Task], choose: Callable[[str], str]
) -> list[NewTask]:
    """Asks to find the health manager of recipients where nobody is known; Tribal, Migrant and Seasonal ones first.

    Recipients where somebody is in *Members* (whatever the status, except Left and Do not contact) need no search.
    """
    known = {person.recipient_id for person in people if person.in_sheet and person.member.status not in _GONE}
    unasked = [each for each in programs if each.id not in known and find_key(each) not in tasks]
    open_now = sum(task.kind is TaskKind.FIND_MANAGER and task.state is TaskState.OPEN for task in tasks.values())
    first = [each for each in unasked if each.types.intersection(_SEARCHED_FIRST)]
    rest = [each for each in unasked if not each.types.intersection(_SEARCHED_FIRST)]
    chosen = sorted(first, key=lambda each: each.id)[:_FIND_A_DAY]
    room = min(_FIND_A_DAY - len(chosen), _FIND_OPEN - open_now - len(chosen))
    chosen += sorted(rest, key=lambda each: each.id)[: max(0, room)]
    return [_find_task(each, choose(each.id)) for each in chosen]


def find_key(program: Program) -> str:
    """The key of the search for a recipient's health manager."""
    return f"find/{program.id}"


def _find_task(program: Program, who: str) -> NewTask:
    desk = ", ".join(part for part in (program.phone, program.front_desk_email) if part)
    director = ", ".join(part for part in (program.director, program.director_email) if part)
    ways = [f"Front desk: {desk}." if desk else "", f"Director: {director}." if director else ""]
    first = f"Ask first: {program.ask_first}." if program.ask_first else ""
    until = f"Do not write until {program.do_not_write_until}." if program.do_not_write_until else ""
    said = (
        " ".join(part for part in (first, *ways, until) if part)
        or "No contact is known: ask the state association or the T/TA specialist."
    )
    kinds = " and ".join(sorted(TYPE_WORDS[kind] for kind in program.types))
    return NewTask(
        key=find_key(program),
        kind=TaskKind.FIND_MANAGER,
        what=f"Find the health manager of {program.name}. {said} Add the person to Members with the Status Invite.",
        why=f"{kinds}: nobody there is in touch with us yet, and no federal file names health managers.",
        who=who,
        subject=program.id,
    )


def _why(step: Step, person: Person, track: Track) -> str:
    if step.kind is not StepKind.EMAIL:
        return step.why
    if person.member.contact_by is ContactBy.PHONE:
        return "this person prefers the phone, so the letter becomes a call"
    if not person.member.email:
        return "no email address is known, so the letter becomes a call"
    return f"a person comes first: may we write? ({track.title} to a Tribal program)"


def _kind_of(step: Step) -> str:
    return "note" if step.kind is StepKind.NOTE else "call"


def _has_desk(program: Program) -> bool:
    return bool(program.phone or program.front_desk_email)
