"""What the consequences of a reply are made of: the moment it is looked at, facts, ended tracks, tasks.

What follows from which reply is decided in `consequences` and, for a no, in `refusals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from network.consent import ConsentFact, ConsentFacts, FactKind, Reason
from network.exits import ANSWERED, COLLEAGUE_ANSWERED
from network.members import Person
from network.messages import Stream
from network.preferences import Preferences
from network.sequences import Enrollment, EnrollmentState
from network.tasks import NewTask, TaskKind
from network.tracks import FOLDERS

INVITATIONS = frozenset(
    track for track, folder in FOLDERS.items() if folder.startswith("recruitment/") and track != "directors_term"
)
_BOUNCES = frozenset({FactKind.BOUNCE_HARD, FactKind.BOUNCE_SOFT})


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a reply is looked at, and what is known of its writer."""

    mail: str  # a digest of the mail's id: evidence that tells nothing
    at: datetime  # when facts count from
    received: date
    sender: str
    preferences: Preferences
    facts: ConsentFacts
    enrollments: Sequence[Enrollment] = ()  # the writer's and their colleagues'
    leader: str = ""  # who gets the next task


@dataclass(frozen=True, slots=True)
class OurAnswer:
    """A confirmation to be written: which words (`templates/answers/`), which time, what stands in them."""

    words: str
    step: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Consequences:
    """Everything that follows from one mail."""

    kind: str  # what the report counts it as
    story: str = ""  # the line of `hmn why`; blank for nobody we know
    facts: tuple[ConsentFact, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    tasks: tuple[NewTask, ...] = ()
    answer: OurAnswer | None = None
    stops: bool = False  # queued mail of the writer is withdrawn


def answered(person: Person, moment: Moment) -> tuple[Enrollment, ...]:
    """A reply ends the invitation of the whole organization."""
    return (*end_tracks(moment, [person.id], ANSWERED), *colleagues_answered(person, moment))


def colleagues_answered(person: Person, moment: Moment) -> tuple[Enrollment, ...]:
    others = [each.person_id for each in moment.enrollments if each.person_id != person.id]
    return end_tracks(moment, others, COLLEAGUE_ANSWERED)


def invitations_of(person: Person, moment: Moment) -> list[Enrollment]:
    return [each for each in moment.enrollments if each.person_id == person.id and each.track in INVITATIONS]


def end_tracks(moment: Moment, people: Sequence[str], why: str, *, item: str = "") -> tuple[Enrollment, ...]:
    """Their enrollments that run and began before the mail came, ended: an old mail read twice ends no new track.

    A no ends every track; "still right" the question of `item` that it answers; anything else the invitations.
    """
    return tuple(
        replace(each, state=EnrollmentState.ENDED, reason=str(why), ended_on=moment.received)
        for each in moment.enrollments
        if each.person_id in people
        and each.state is not EnrollmentState.ENDED
        and each.started_on <= moment.received
        and (why == Reason.SAID_NO or (each.item == item if item else each.track in INVITATIONS))
    )


def new_fact(
    kind: FactKind,
    moment: Moment,
    person_id: str | None = None,
    address: str | None = None,
    *,
    stream: Stream | None = None,
    until: datetime | None = None,
) -> ConsentFact:
    return ConsentFact(
        moment.at, kind, "reply", person_id, address or None, None, stream, until, evidence=f"mail/{moment.mail}"
    )


def hold_of(person: Person, moment: Moment) -> ConsentFact:
    return replace(new_fact(FactKind.HOLD_ORGANIZATION, moment, person.id), organization_id=person.recipient_id)


def address_works(moment: Moment) -> tuple[ConsentFact, ...]:
    """Mail that a person sends from an address that bounced shows that it works."""
    told = {*_BOUNCES, FactKind.ADDRESS_WORKS}
    last = [each.kind for each in moment.facts.facts if each.address == moment.sender and each.kind in told]
    return (new_fact(FactKind.ADDRESS_WORKS, moment, address=moment.sender),) if last and last[-1] in _BOUNCES else ()


def answer_task(person: Person, moment: Moment, what: str) -> NewTask:
    return new_task(
        TaskKind.ANSWER_REPLY,
        f"{name_of(person)} {what}. Please open the mail in the network mailbox and answer it.",
        "Answered within a day, people stay with us.",
        person,
        moment,
    )


def new_task(kind: TaskKind, what: str, why: str, person: Person, moment: Moment) -> NewTask:
    return NewTask(f"reply/{moment.mail}", kind, what, why, moment.leader, person.id)


def name_of(person: Person) -> str:
    return person.member.full_name or "somebody without a name"


def program_of(person: Person) -> str:
    return person.member.organization or "this program"
