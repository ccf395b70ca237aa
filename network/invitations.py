"""Planning all tracks at once: who enters, what is due, what a person must do, what holds and what ends it.

Pure: a `Situation` in, an `Agenda` out; nothing is rendered and nothing is written. `jobs.recruitment` reads the one,
carries out the other, and previews by planning again and again with a moved clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from network.approvals import fingerprint_of, holds_because
from network.asks import Leaders, call_task, find_tasks, months_task, number_task, status_task
from network.cadence import Place, is_open, local_day, next_send_time, not_after, place_of
from network.cases import case_of, step_name
from network.consent import ConsentFacts
from network.exits import NOBODY, colleagues_of, track_exit
from network.members import Person, Status
from network.messages import State, Stream
from network.programs import Program, ProgramType
from network.sequences import (
    NO_SEASON,
    SAID_YES,
    Act,
    ActKind,
    Condition,
    Enrollment,
    EnrollmentState,
    Outcome,
    PlannedTouch,
    Step,
    StepKind,
    carried_out,
    next_act,
    read_outcome,
)
from network.sequences import Sequence as Track
from network.situation import ON_ITS_WAY, Agenda, ApprovalNeed, Delivery, DueLetter, Situation
from network.tracks import (
    Letter,
    audience_words,
    calendar_cycle,
    invitation_for,
    is_on,
    program_type_of_person,
    welcomes,
)

SAME_ADDRESS = "another row with the same address is written to"
DAY_IS_FULL = "today's letters are planned; it goes on a later day"
ENOUGH_TODAY = "one letter a day is enough"
ENOUGH_THIS_WEEK = "enough letters this week"
TRACK_IS_OFF = "this track is off in Settings"
CHANGED_TRACK = "the role or the program type has changed"
NOT_A_MEMBER = "no longer a member"
UNKNOWN = "no longer known"

_UNCOUNTED = frozenset({Stream.NEWSLETTER, Stream.ANSWER, Stream.OFFICE})
_APART = timedelta(minutes=3)  # between two letters of a day: people write like this, and no inbox is flooded
_ASK_AHEAD = timedelta(days=5)  # an approval is asked for before the letter is due


def plan(situation: Situation, at: datetime) -> Agenda:
    """Plans everything that is due at `at` for everybody. The same situation and moment give the same agenda."""
    return _Planner(situation, at).run()


class _Planner:
    """One planning: indexes built once, then one pass over everybody; see `plan`."""

    def __init__(self, situation: Situation, at: datetime) -> None:
        self.s = situation
        self.at = at
        self.today = local_day(at, situation.preferences)
        self.agenda = Agenda(at)
        self.colleagues = colleagues_of(situation.people.values(), situation.enrollments)
        self.leaders = Leaders(situation.preferences.leaders, situation.tasks.values(), situation.people)
        self.by_person: dict[str, list[Enrollment]] = defaultdict(list)
        for enrollment in situation.enrollments:
            self.by_person[enrollment.person_id].append(enrollment)
        self.counted = [each for each in situation.deliveries.values() if each.stream not in _UNCOUNTED]
        self.of_person: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in self.counted:
            self.of_person[delivery.person_id].append(delivery)
        self.written_to = self._addresses_written_to()
        self.replaced: set[tuple[str, str]] = set()
        self.prints: dict[tuple[str, str, str], str] = {}
        self.wanted: list[tuple[int, DueLetter]] = []

    def run(self) -> Agenda:
        agenda = self.agenda
        for person_id in sorted(self.s.people):
            self._enter(self.s.people[person_id])
        going = [each for each in self.s.enrollments if each.state is not EnrollmentState.ENDED]
        for enrollment in sorted([*going, *agenda.enrollments], key=lambda each: (each.person_id, each.track)):
            self._go_on(enrollment)
        self._let_go()
        agenda.tasks += find_tasks(self.s.programs.values(), self.s.people.values(), self.s.tasks, self.leaders.choose)
        # The last word about each enrollment and each task counts.
        agenda.enrollments = list({(e.person_id, e.track, e.cycle): e for e in agenda.enrollments}.values())
        agenda.tasks = [task for task in {task.key: task for task in agenda.tasks}.values() if self._is_new(task.key)]
        return agenda

    # --- entering a track ---------------------------------------------------------------------------------------------

    def _enter(self, person: Person) -> None:
        own = self.by_person.get(person.id, [])
        if person.member.status is Status.INVITE and person.in_sheet:
            self._enter_invitation(person, own)
        said_yes = any(read_outcome(each.outcome) is Outcome.YES for each in own)
        if not (person.is_active_member or said_yes):
            return
        taken = {(each.track, each.cycle) for each in own}
        for track in self.s.tracks.values():
            cycle = "1" if welcomes(track, person, said_yes=said_yes) else None
            cycle = cycle or calendar_cycle(track, person, self.today, self.at)
            if cycle and (track.track, cycle) not in taken and is_on(track) and self._may_start(person, track):
                self._start(person, track, cycle)

    def _enter_invitation(self, person: Person, own: Iterable[Enrollment]) -> None:
        track = invitation_for(person, self._program(person), self.s.tracks)
        before = [each for each in own if self._is_invitation(each)]
        if track is None or not is_on(track) or any(each.track == track.track for each in before):
            return
        going = [each for each in before if each.state is not EnrollmentState.ENDED]
        if before and not going:
            return  # invited once already: a person decides what comes next
        if any(each.step > 0 for each in going) and not (track.is_set("human_first") or track.is_set("open_months")):
            return  # letters have gone out: finish what was begun, unless the new track is the more careful one
        email = person.member.email
        if email and self.written_to.setdefault(email, person.id) != person.id:
            self._hold(person, track, None, SAME_ADDRESS)
            return
        if self._may_start(person, track):
            self.replaced |= {(person.id, each.track) for each in going}
            self._start(person, track, "1")

    def _may_start(self, person: Person, track: Track) -> bool:
        facts = self.s.facts.get(person.id, ConsentFacts())
        return track_exit(Stream(track.stream), person, facts, NOBODY) == ""

    def _start(self, person: Person, track: Track, cycle: str) -> None:
        self.agenda.enrollments.append(Enrollment(person.id, track.track, cycle, self.today))
        self.agenda.entered[track.title] += 1
        self.agenda.story.append((person.id, "enrolled", f"Entered: {track.title}."))

    # --- going on in a track ------------------------------------------------------------------------------------------

    def _go_on(self, enrollment: Enrollment) -> None:
        person = self.s.people.get(enrollment.person_id)
        track = self.s.tracks.get(enrollment.track)
        if person is None or track is None:
            self._end(enrollment, UNKNOWN, None)
            return
        if why := self._over(enrollment, person, track):
            self._end(enrollment, why, person)
            return
        if not is_on(track):
            self._hold(person, track, None, TRACK_IS_OFF)
            return
        case = case_of(self.s, enrollment, person, track, self.at)
        act = next_act(enrollment, track, case, self.at, self.s.preferences)
        match act.kind:
            case ActKind.END:
                self._end(act.enrollment, act.reason, person)
            case ActKind.ASK:
                self._ask(act, person, track)
            case ActKind.LETTER:
                self._want(act, person, track, case.place)
            case ActKind.HOLD:
                self._keep(enrollment, act, person, track)

    def _over(self, enrollment: Enrollment, person: Person, track: Track) -> str:
        if (person.id, enrollment.track) in self.replaced:
            return CHANGED_TRACK
        if track.stream == Stream.STILL_RIGHT and not person.is_active_member:
            return NOT_A_MEMBER
        facts = self.s.facts.get(person.id, ConsentFacts())
        colleagues = self.colleagues.get(person.id, NOBODY)
        return track_exit(Stream(track.stream), person, facts, colleagues)

    # --- what follows from an act -------------------------------------------------------------------------------------

    def _end(self, enrollment: Enrollment, reason: str, person: Person | None) -> None:
        ended = carried_out(Act(ActKind.END, enrollment, reason), self.at)
        self.agenda.enrollments.append(ended)
        self.agenda.ended[reason] += 1
        self.agenda.story.append((enrollment.person_id, "ended", f"{self._title(enrollment)} ended: {reason}."))
        for delivery in self.of_person.get(enrollment.person_id, ()):
            if delivery.state is State.QUEUED and delivery.key.split("/")[1] == enrollment.item:
                self.agenda.withdrawn[delivery.key] = reason
        if person is None:
            return
        who = self.leaders.known(person.recipient_id or person.id)
        if reason == SAID_YES and person.member.status is Status.INVITE:
            self.agenda.tasks.append(status_task(person, who))
        if read_outcome(ended.outcome) is Outcome.WRONG_NUMBER:
            self.agenda.tasks.append(number_task(person, self._program(person), who))

    def _ask(self, act: Act, person: Person, track: Track) -> None:
        step = act.step
        if step is None:
            return
        program = self._program(person)
        who = self.leaders.choose(person.recipient_id or person.id)
        task = call_task(act, step, person, program, track=track, who=who)
        self.agenda.tasks.append(task)
        self.agenda.enrollments.append(carried_out(act, self.at))
        self.agenda.held[act.reason] += 1
        self.agenda.story.append((person.id, "asked", f"{track.title}, {step.title}: a leader was asked to do it."))
        self._show(person, f"{step.title or step.kind} ({track.title})", self.at, step.why)

    def _keep(self, before: Enrollment, act: Act, person: Person, track: Track) -> None:
        if act.enrollment != before:
            self.agenda.enrollments.append(act.enrollment)
        program = self._program(person)
        if act.reason == NO_SEASON and program is not None:
            self.agenda.tasks.append(months_task(program, self.leaders.choose(program.id)))
        if act.step is not None and act.at is not None and act.step.kind is StepKind.EMAIL and not act.reason:
            if act.at - self.at <= _ASK_AHEAD and self._may_be_mailed(act, person):
                self._approval_hold(act.step, person, track)
            self.agenda.held["not due yet"] += 1
            return
        self._hold(person, track, act.step, act.reason or "not due yet", act.at)

    def _may_be_mailed(self, act: Act, person: Person) -> bool:
        must_hear = program_type_of_person(person, self._program(person)) is ProgramType.AIAN
        must_hear = must_hear or (act.step is not None and Condition.MAY_WRITE in act.step.conditions)
        return not must_hear or read_outcome(act.enrollment.outcome) is Outcome.MAY_WRITE

    def _want(self, act: Act, person: Person, track: Track, place: Place) -> None:
        """A letter is due: it goes unless its words, its approval, the person's caps or the day's cap hold it."""
        step = act.step
        if step is None:
            return
        letter = self.s.letters[track.track, step.letter]
        reason = letter.problem or self._approval_hold(step, person, track) or self._enough(person)
        if reason:
            self._hold(person, track, step, reason)
            return
        item, fingerprint = self._approval_item(step, person, track)
        approval = self.s.approval_of(item)
        earliest = max(self.at, approval.starts_at) if approval else self.at
        due = next_send_time(max(act.at or self.at, earliest), place, self.s.preferences)
        if due is None or local_day(due, self.s.preferences) != self.today:
            self._hold(person, track, step, "", due)
            return
        due_letter = DueLetter(
            person=person,
            program=self._program(person),
            track=track,
            act=replace(act, at=due),
            letter=letter,
            item=act.enrollment.item,
            step=step_name(step, act.attempt),
            due_at=due,
            not_after=not_after(due, place, self.s.preferences),
            leader=self.leaders.known(person.recipient_id or person.id),
            approval_item=item,
            fingerprint=fingerprint,
        )
        priority = track.rules.get("priority")
        self.wanted.append((priority if isinstance(priority, int) else 9, due_letter))

    def _let_go(self) -> None:
        """Gives the day's room to the letters that want to go, the most careful tracks first, some minutes apart."""
        caps = self.s.preferences.caps
        is_first_day = self.s.first_live_day in (None, self.today)
        room = (min(caps.first_day, caps.per_day) if is_first_day else caps.per_day) - self._used_today()
        gone = 0
        addressed = {f"{each.key.rsplit('/', 1)[0]}/@{each.address}" for each in self.counted}
        for _, letter in sorted(self.wanted, key=_turn):
            title = f"{letter.act.step.title if letter.act.step else ''} ({letter.track.title})"
            address = f"{letter.key.rsplit('/', 1)[0]}/@{letter.person.member.email}"
            if address in addressed:
                self._end(letter.act.enrollment, SAME_ADDRESS, letter.person)
                continue
            if gone >= room:
                self._hold(letter.person, letter.track, letter.act.step, DAY_IS_FULL)
                continue
            addressed.add(address)
            later = letter.due_at + gone * _APART
            place = place_of(letter.person.member.state, letter.program, keeps_season=True)
            due = later if is_open(later, place, self.s.preferences) else letter.due_at
            letter = replace(letter, due_at=due, act=replace(letter.act, at=due))  # noqa: PLW2901
            gone += 1
            self.agenda.letters.append(letter)
            self.agenda.enrollments.append(carried_out(letter.act, self.at))
            self.agenda.story.append((letter.person.id, "planned", f"{letter.letter.title} was planned."))
            self._show(letter.person, title, due, letter.act.reason)

    # --- approvals and caps -------------------------------------------------------------------------------------------

    def _approval_item(self, step: Step, person: Person, track: Track) -> tuple[str, str]:
        """What an approval is about: letter and program type; an invitation to a Tribal program: that program alone."""
        kind = program_type_of_person(person, self._program(person))
        audience = f"{track.stream}/{track.track}/{step.letter}/{kind}"
        if kind is ProgramType.AIAN and track.stream == Stream.RECRUITMENT:
            audience += f"/{person.recipient_id}"
        known = (track.track, step.letter, audience)
        if known not in self.prints:
            self.prints[known] = fingerprint_of(_all_words(self.s.letters[track.track, step.letter]), audience)
        return audience, self.prints[known]

    def _approval_hold(self, step: Step, person: Person, track: Track) -> str:
        item, fingerprint = self._approval_item(step, person, track)
        reason = holds_because(self.s.approval_of(item), fingerprint)
        if reason and not self.s.letters[track.track, step.letter].problem:
            letter = self.s.letters[track.track, step.letter]
            kind = program_type_of_person(person, self._program(person))
            need = self.agenda.approvals.get(item)
            title = f"{letter.title}, to {audience_words(track, kind)}"
            self.agenda.approvals[item] = (
                replace(need, addressees=need.addressees + 1)
                if need
                else ApprovalNeed(item, fingerprint, title, 1, track, letter, kind)
            )
        return reason

    def _enough(self, person: Person) -> str:
        caps = self.s.preferences.caps
        days = [
            local_day(each.moved_at if each.state is State.SENT else each.due_at, self.s.preferences)
            for each in self.of_person.get(person.id, ())
            if each.state is State.SENT or each.state in ON_ITS_WAY
        ]
        if sum(day >= self.today for day in days) >= caps.per_person_day:
            return ENOUGH_TODAY
        week = self.today - timedelta(days=6)
        return ENOUGH_THIS_WEEK if sum(day >= week for day in days) >= caps.per_person_week else ""

    def _used_today(self) -> int:
        preferences = self.s.preferences
        return sum(
            (each.state in ON_ITS_WAY and local_day(each.due_at, preferences) <= self.today)
            or (each.state is State.SENT and local_day(each.moved_at, preferences) == self.today)
            for each in self.counted
        )

    # --- small things -------------------------------------------------------------------------------------------------

    def _hold(
        self, person: Person, track: Track, step: Step | None, reason: str, until: datetime | None = None
    ) -> None:
        self.agenda.held[reason or "not due yet"] += 1
        title = f"{step.title or step.kind} ({track.title})" if step else track.title
        if reason != "not due yet" and reason:
            self._show(person, title, until, step.why if step else "", reason)

    def _show(self, person: Person, what: str, at: datetime | None, why: str, held: str = "") -> None:
        who = person.member.full_name or person.member.email or person.id
        self.agenda.touches.append(PlannedTouch(person.id, who, what, at, why, held))

    def _program(self, person: Person) -> Program | None:
        return self.s.programs.get(person.recipient_id or "")

    def _is_invitation(self, enrollment: Enrollment) -> bool:
        track = self.s.tracks.get(enrollment.track)
        return track is not None and track.stream == Stream.RECRUITMENT

    def _is_new(self, key: str) -> bool:
        return key not in self.s.tasks

    def _title(self, enrollment: Enrollment) -> str:
        track = self.s.tracks.get(enrollment.track)
        return track.title if track else enrollment.track

    def _addresses_written_to(self) -> dict[str, str]:
        """Which person an address is invited as; two rows with one address get one invitation."""
        invited = sorted(each.person_id for each in self.s.enrollments if self._is_invitation(each))
        found: dict[str, str] = {}
        for person_id in invited:
            person = self.s.people.get(person_id)
            if person is not None and person.member.email:
                found.setdefault(person.member.email, person_id)
        return found


def _turn(wanted: tuple[int, DueLetter]) -> tuple[int, datetime, str]:
    priority, letter = wanted
    return priority, letter.due_at, letter.key


def _all_words(letter: Letter) -> list[str]:
    return [
        text
        for language, words in sorted(letter.editions.items())
        for text in (language, words.subject, words.preheader, words.markdown, words.text)
    ]
