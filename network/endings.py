"""Where every Tribal and every Migrant and Seasonal recipient has got to: an end, or the *To do* that comes next.

For the coordinator's own eyes, names included; nothing here is for a public page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from network.members import Person
from network.moments import INVITATIONS
from network.programs import Program, ProgramType
from network.sequences import Enrollment, EnrollmentState
from network.tasks import Task, TaskKind, TaskState

LOST = "nobody is known there, and nobody is asked to look"
WITH_A_MEMBER = "with a member"
NOT_NOW = "not now, a leader says"
# These ask for paperwork, not for the next step towards the recipient.
_PAPERWORK = frozenset({TaskKind.APPROVE, TaskKind.SET_STATUS, TaskKind.TYPE_FACT, TaskKind.TYPED_REQUEST})
_FIRST = (ProgramType.AIAN, ProgramType.MSHS)


@dataclass(frozen=True, slots=True)
class Ending:
    """One recipient and where it stands: settled, on its way (letters are due, or a date is waited for), or lost."""

    program: Program
    kinds: tuple[ProgramType, ...]
    words: str
    is_settled: bool = True
    is_lost: bool = False


def endings_of(
    programs: Iterable[Program],
    people: Iterable[Person],
    enrollments: Iterable[Enrollment],
    tasks: Iterable[Task],
    *,
    states: Collection[str] = (),
) -> list[Ending]:
    """Says for each Tribal and each Migrant and Seasonal recipient of `states` (none given: everywhere) how it stands.

    Settled is: a member there; every invitation there at its end; or an open row of *To do* about it.
    """
    there: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.recipient_id:
            there[person.recipient_id].append(person)
    tracks: dict[str, list[Enrollment]] = defaultdict(list)
    for enrollment in enrollments:
        if enrollment.track in INVITATIONS:
            tracks[enrollment.person_id].append(enrollment)
    waiting: dict[str, list[Task]] = defaultdict(list)
    left_alone = set()
    for task in tasks:
        if task.state is TaskState.OPEN and task.kind not in _PAPERWORK:
            waiting[task.subject].append(task)
        if is_left_for_now(task):
            left_alone.add(task.subject)
    endings = []
    for program in sorted(programs, key=lambda each: each.name.casefold()):
        kinds = tuple(kind for kind in _FIRST if kind in program.types)
        if not kinds or (states and not set(states).intersection(program.states)):
            continue
        here = there[program.id]
        open_tasks = [task for subject in (program.id, *(each.id for each in here)) for task in waiting[subject]]
        ending = _ending(program, kinds, here, [e for each in here for e in tracks[each.id]], open_tasks)
        is_left = ending.is_lost and program.id in left_alone
        endings.append(Ending(program, kinds, NOT_NOW) if is_left else ending)
    return endings


def is_left_for_now(task: Task) -> bool:
    """Tells whether a leader answered "not now" to the search for a recipient's health manager."""
    return task.kind is TaskKind.FIND_MANAGER and task.answer.casefold().startswith("not now")


def _ending(
    program: Program,
    kinds: tuple[ProgramType, ...],
    here: Sequence[Person],
    tracks: Sequence[Enrollment],
    tasks: Sequence[Task],
) -> Ending:
    if any(person.is_active_member for person in here):
        return Ending(program, kinds, WITH_A_MEMBER)
    if tasks:
        first = tasks[0]
        return Ending(program, kinds, f"To do {first.ref}{f', {first.who}' if first.who else ''}: {first.what}")
    if tracks and all(each.state is EnrollmentState.ENDED for each in tracks):
        return Ending(program, kinds, "; ".join(dict.fromkeys(each.reason for each in tracks)))
    going = "; ".join(dict.fromkeys(each.reason or "on its way" for each in tracks))
    return Ending(program, kinds, going or LOST, is_settled=False, is_lost=not tracks)
