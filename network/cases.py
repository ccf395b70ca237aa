"""One enrolled person's `Case`: what the rules of a track need to know, gathered from the situation."""

from __future__ import annotations

from datetime import datetime

from network.asks import call_key
from network.cadence import place_of
from network.consent import ConsentFacts, FactKind, may_write
from network.members import ContactBy, Person
from network.messages import State, Stream
from network.programs import Program, ProgramType
from network.sequences import Case, Enrollment, EnrollmentState, Outcome, Passage, Step, StepKind
from network.sequences import Sequence as Track
from network.situation import ON_ITS_WAY, Delivery, Situation
from network.tasks import Task, TaskState
from network.tracks import program_type_of_person

_ANY_ADDRESS = "by phone"  # asks the gate everything but whether an address works


def case_of(situation: Situation, enrollment: Enrollment, person: Person, track: Track, at: datetime) -> Case:
    """Gathers what `next_act` needs: consent, place, the fate of the letter before, the answer that is waited for."""
    program = situation.programs.get(person.recipient_id or "")
    facts = situation.facts.get(person.id, ConsentFacts())
    stream = Stream(track.stream)
    email = person.member.email or ""
    passage, passed_at, repeats = _passage(situation, enrollment, person, track, facts)
    asked = _tasks_of(situation, enrollment, track)
    answer, answered_at = _answer(enrollment, asked)
    is_tribal = program_type_of_person(person, program) is ProgramType.AIAN
    return Case(
        place=place_of(person.member.state, program, keeps_season=track.is_set("open_months")),
        mail=may_write(person, email, facts, stream, at),
        call=may_write(person, _ANY_ADDRESS, facts, stream, at),
        passage=passage,
        passed_at=passed_at,
        repeats=repeats,
        answer=answer,
        answered_at=answered_at,
        asked=len(asked) if enrollment.state is EnrollmentState.WAITING else 0,
        taken_back=sum(task.state is TaskState.CLOSED and not task.answer for task in asked),
        wants_phone=_wants_phone(person),
        has_phone=bool(person.member.phone),
        must_hear_first=is_tribal and stream is Stream.RECRUITMENT,
        newsletter_asked=person.member.newsletter is not None or _answered_newsletter(facts),
        lacks_season=track.is_set("open_months") and _has_season(program) and not (program and program.open_months),
    )


def step_name(step: Step, attempt: int) -> str:
    """What a message of this step is called; a letter that never went may be tried once more under its own name."""
    return step.id if attempt == 1 else f"{step.id}-again"


def _has_season(program: Program | None) -> bool:
    """Who has moved on to a Head Start program while letters were under way has no season to ask for."""
    return program is None or ProgramType.MSHS in program.types


def _wants_phone(person: Person) -> bool:
    """The phone is the way: they said so, or the row names no address. A mistyped address is mended, not called."""
    member = person.member
    return member.contact_by is ContactBy.PHONE or (bool(member.phone) and not member.email and not member.key.email)


def _passage(
    situation: Situation, enrollment: Enrollment, person: Person, track: Track, facts: ConsentFacts
) -> tuple[Passage, datetime | None, int]:
    if not 0 < enrollment.step <= len(track.steps):
        return Passage.NONE, None, 0
    step = track.steps[enrollment.step - 1]
    again = situation.deliveries.get(_message_key(track, enrollment, step_name(step, 2)))
    delivery = again or situation.deliveries.get(_message_key(track, enrollment, step.id))
    if step.kind is not StepKind.EMAIL or delivery is None:
        return Passage.NONE, None, 0
    repeats = 1 if again is not None else 0
    return _passage_of(delivery, person, facts), delivery.moved_at, repeats


def _passage_of(delivery: Delivery, person: Person, facts: ConsentFacts) -> Passage:
    if delivery.state in ON_ITS_WAY:
        return Passage.ON_ITS_WAY
    if delivery.state is State.SENT:
        moved_away = delivery.address != person.member.email
        bounced = any(
            fact.kind is FactKind.BOUNCE_HARD and fact.address == delivery.address and fact.at >= delivery.moved_at
            for fact in facts.facts
        )
        return Passage.NOT_SENT if moved_away and bounced else Passage.SENT
    if delivery.state is State.SKIPPED:
        return Passage.DROPPED if delivery.reason.startswith("dropped") else Passage.NOT_SENT
    return {
        State.TO_CHECK: Passage.TO_CHECK,
        State.FAILED: Passage.REFUSED,
        State.MISSED: Passage.NOT_SENT,
    }[delivery.state]


def _tasks_of(situation: Situation, enrollment: Enrollment, track: Track) -> list[Task]:
    """The tasks of the step that comes next, in the order in which they were asked for."""
    if enrollment.step >= len(track.steps):
        return []
    step, found = track.steps[enrollment.step], list[Task]()
    while (task := situation.tasks.get(call_key(enrollment, step, len(found) + 1))) is not None:
        found.append(task)
    return found


def _answer(enrollment: Enrollment, asked: list[Task]) -> tuple[str, datetime | None]:
    """The answer to the latest task of the step, and when it came; a task that we closed ourselves is no answer."""
    if enrollment.state is not EnrollmentState.WAITING or not asked:
        return "", None
    latest = asked[-1]
    is_open = latest.state is TaskState.OPEN or (latest.state is TaskState.CLOSED and not latest.answer)
    if is_open or latest.answer.casefold().startswith("hand to"):
        return "", None
    return latest.answer or Outcome.DONE, latest.answered_at


def _answered_newsletter(facts: ConsentFacts) -> bool:
    return any(fact.stream is Stream.NEWSLETTER and fact.kind in (FactKind.YES, FactKind.NO) for fact in facts.facts)


def _message_key(track: Track, enrollment: Enrollment, step: str) -> str:
    return f"{track.stream}/{enrollment.item}/{step}/{enrollment.person_id}"
