"""Who enters a track today: rows set to *Invite*, new members and yeses, and the months of the calendar tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from network.asks import invite_again_key, number_key
from network.consent import ConsentFacts
from network.exits import NOBODY, track_exit
from network.members import Person, Status
from network.messages import TAKEN_OVER, Stream
from network.sequences import Enrollment, EnrollmentState, Outcome, read_outcome
from network.sequences import Sequence as Track
from network.situation import Situation
from network.tasks import TaskState
from network.tracks import calendar_cycle, invitation_for, is_on, welcomes


@dataclass(slots=True)
class Entries:
    """New enrollments, the ones they take the place of, and people whose address is already written to."""

    enrollments: list[Enrollment] = field(default_factory=list)
    replaced: set[tuple[str, str]] = field(default_factory=set)  # (person id, track)
    same_address: list[tuple[Person, Track]] = field(default_factory=list)


def who_enters(situation: Situation, today: date, at: datetime) -> Entries:
    """Says who enters which track. Nobody enters one twice in a cycle, nor against their own no."""
    entries = Entries()
    by_person: dict[str, list[Enrollment]] = defaultdict(list)
    for enrollment in situation.enrollments:
        by_person[enrollment.person_id].append(enrollment)
    written_to = _addresses_written_to(situation)
    for person_id in sorted(situation.people):
        person = situation.people[person_id]
        own = by_person.get(person_id, [])
        if person.member.status is Status.INVITE and person.in_sheet:
            _invite(situation, person, own, written_to, entries, today)
        said_yes = any(read_outcome(each.outcome) is Outcome.YES for each in own)
        if not (person.is_active_member or said_yes):
            continue
        taken = {(each.track, each.cycle) for each in own}
        for track in situation.tracks.values():
            cycle = "1" if welcomes(track, person, said_yes=said_yes) else None
            cycle = cycle or calendar_cycle(track, person, today, at)
            if cycle and (track.track, cycle) not in taken and is_on(track) and _may_start(situation, person, track):
                entries.enrollments.append(Enrollment(person_id, track.track, cycle, today))
    return entries


def is_invitation(situation: Situation, enrollment: Enrollment) -> bool:
    """Tells whether this is an invitation, the only kind that an answer or a colleague ends."""
    track = situation.tracks.get(enrollment.track)
    return track is not None and track.stream == Stream.RECRUITMENT


def _invite(  # noqa: PLR0917 - one row and where what follows from it is noted
    situation: Situation,
    person: Person,
    own: Iterable[Enrollment],
    written_to: dict[str, str],
    entries: Entries,
    today: date,
) -> None:
    program = situation.programs.get(person.recipient_id or "")
    track = invitation_for(person, program, situation.tracks)
    before = [each for each in own if is_invitation(situation, each)]
    if track is None or not is_on(track):
        return
    going = [each for each in before if each.state is not EnrollmentState.ENDED]
    if before and not going:
        last = max(before, key=lambda each: (each.ended_on or each.started_on, each.cycle))
        is_wanted = _has_new_number(situation, last) or _is_invited_again(situation, last)
        if is_wanted and _may_start(situation, person, track):
            entries.enrollments.append(Enrollment(person.id, track.track, str(int(last.cycle) + 1), today))
        return  # invited once already: a person decides what comes next
    if any(each.track == track.track for each in before):
        return
    if any(each.step > 0 for each in going) and not (track.is_set("human_first") or track.is_set("open_months")):
        return  # letters have gone out: finish what was begun, unless the new track is the more careful one
    email = person.member.email
    if email and written_to.setdefault(email, person.id) != person.id:
        entries.same_address.append((person, track))
    elif _may_start(situation, person, track):
        entries.replaced |= {(person.id, each.track) for each in going}
        entries.enrollments.append(Enrollment(person.id, track.track, "1", today))


def _has_new_number(situation: Situation, last: Enrollment) -> bool:
    """Tells whether the call that met a wrong number can be made after all: somebody answered done."""
    task = situation.tasks.get(number_key(last.person_id, last.cycle))
    is_mended = task is not None and task.state is TaskState.ANSWERED and task.answer.casefold().startswith("done")
    return is_mended and read_outcome(last.outcome) is Outcome.WRONG_NUMBER


def _is_invited_again(situation: Situation, last: Enrollment) -> bool:
    """Tells whether a person decided, after a takeover, that those who may have had letters are invited anew."""
    task = situation.tasks.get(invite_again_key(last.ended_on or last.started_on))
    is_wanted = task is not None and task.state is TaskState.ANSWERED and task.answer.startswith("invite again")
    return is_wanted and last.reason == TAKEN_OVER


def _may_start(situation: Situation, person: Person, track: Track) -> bool:
    facts = situation.facts.get(person.id, ConsentFacts())
    return track_exit(Stream(track.stream), person, facts, NOBODY) == ""


def _addresses_written_to(situation: Situation) -> dict[str, str]:
    """Which person an address is invited as; two rows with one address get one invitation."""
    invited = sorted(each.person_id for each in situation.enrollments if is_invitation(situation, each))
    found: dict[str, str] = {}
    for person_id in invited:
        person = situation.people.get(person_id)
        if person is not None and person.member.email:
            found.setdefault(person.member.email, person_id)
    return found
