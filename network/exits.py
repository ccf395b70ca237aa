"""What ends a letter or a track: joined, answered, said no. The same rules when planning and at the last look.

What merely holds (away, on hold, a season) is `consent` and `sequences`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from network.consent import ConsentFacts, Reason, said_no
from network.members import Person
from network.messages import Message, Stream
from network.sequences import Enrollment, EnrollmentState, Outcome, read_outcome

JOINED = "has joined"
COLLEAGUE_JOINED = "a colleague has joined"
COLLEAGUE_ANSWERED = "a colleague has answered"
ANSWERED = "answered us"


@dataclass(frozen=True, slots=True)
class ColleagueFacts:
    """What happened around one person since their track began; read again just before a letter leaves."""

    joined: bool = False  # a colleague of the same recipient became a member meanwhile
    answered: bool = False  # a colleague of the same recipient answered or said yes
    ended: Mapping[str, str] | None = None  # item -> why the person's own track ended


NOBODY = ColleagueFacts()


def colleagues_of(people: Iterable[Person], enrollments: Iterable[Enrollment]) -> dict[str, ColleagueFacts]:
    """What happened around everybody who is in a track, by person id: computed once a run, in one pass.

    A colleague who joined or answered before a track began ends nothing: a person invited the next one on purpose.
    """
    persons = {person.id: person for person in people}
    enrolled: dict[str, list[Enrollment]] = defaultdict(list)
    for enrollment in enrollments:
        if enrollment.person_id in persons:
            enrolled[enrollment.person_id].append(enrollment)
    # What happened at each recipient: by whom and on which day. Few people have joined or answered.
    joined: dict[str, list[tuple[str, date]]] = defaultdict(list)
    answered: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for person in persons.values():
        if person.recipient_id and person.is_active_member and person.became_member_at is not None:
            joined[person.recipient_id].append((person.id, person.became_member_at.date()))
    for own in enrolled.values():
        for each in own:
            if has_answered(each) and (recipient := persons[each.person_id].recipient_id):
                answered[recipient].append((each.person_id, each.ended_on or each.started_on))
    facts = {}
    for person_id, own in enrolled.items():
        person = persons[person_id]
        began = max(each.started_on for each in own)
        there = person.recipient_id or ""
        facts[person_id] = ColleagueFacts(
            joined=any(who != person_id and day >= began for who, day in joined.get(there, ())),
            answered=any(who != person_id and day >= began for who, day in answered.get(there, ())),
            ended={each.item: each.reason for each in own if each.state is EnrollmentState.ENDED},
        )
    return facts


def has_answered(enrollment: Enrollment) -> bool:
    """Tells whether this track ended because the person spoke to us: a reply or a yes."""
    if enrollment.state is not EnrollmentState.ENDED:
        return False
    return enrollment.reason == ANSWERED or read_outcome(enrollment.outcome) is Outcome.YES


def exit_reason(message: Message, person: Person | None, facts: ConsentFacts, colleagues: ColleagueFacts) -> str:
    """Why a queued letter must never go any more, in the words of the screen; blank when it may.

    Asked when a run plans and again in the transaction that dispatches. Streams without a track (newsletter, notices,
    surveys, answers, office) are ended by the consent gate alone.
    """
    if message.stream not in (Stream.RECRUITMENT, Stream.WELCOME, Stream.STILL_RIGHT):
        return ""
    if person is None:
        return "no longer known"
    if colleagues.ended and (why := colleagues.ended.get(message.item)):
        return why
    return track_exit(message.stream, person, facts, colleagues)


def track_exit(stream: Stream, person: Person, facts: ConsentFacts, colleagues: ColleagueFacts) -> str:
    """Why a track in this stream is over for this person; blank when it goes on."""
    known = (*person.addresses, *((person.member.email,) if person.member.email else ()))
    if said_no(person.id, known, facts.facts, stream):
        return Reason.SAID_NO
    if stream is not Stream.RECRUITMENT:
        return ""
    if person.is_active_member:
        return JOINED
    if colleagues.answered:
        return COLLEAGUE_ANSWERED
    return COLLEAGUE_JOINED if colleagues.joined else ""
