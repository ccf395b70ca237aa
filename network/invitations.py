"""Planning all tracks at once: who enters, what is due, what a person must do, what holds and what ends it.

Pure: a `Situation` in, an `Agenda` out; nothing is rendered and nothing is written. `jobs.recruitment` reads the one,
carries out the other, and previews by planning again and again with a moved clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from network.asks import Leaders, call_key, call_task, find_tasks, months_task, number_task, open_calls, status_task
from network.cadence import Place, is_open, local_day, next_send_time, not_after, place_of
from network.cases import case_of, step_name
from network.consent import ConsentFacts
from network.entries import is_invitation, who_enters
from network.exits import NOBODY, colleagues_of, track_exit
from network.members import Person, Status
from network.messages import State, Stream
from network.programs import Program, ProgramType
from network.questions import Questions
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
from network.situation import ON_ITS_WAY, Agenda, Delivery, DueLetter, Situation
from network.tasks import TaskKind
from network.tracks import (
    Starts,
    is_on,
    program_type_of_person,
)

SAME_ADDRESS = "another row with the same address is written to"
CALLS_ARE_FULL = "today's calls are given out; it is asked for on a later day"
DAY_IS_FULL = "today's letters are planned; it goes on a later day"
ENOUGH_TODAY = "one letter a day is enough"
ENOUGH_THIS_WEEK = "enough letters this week"
TRACK_IS_OFF = "this track is off in Settings"
CHANGED_TRACK = "the role or the program type has changed"
NOT_A_MEMBER = "no longer a member"
UNKNOWN = "no longer known"

BY_PHONE = ", by phone"  # a letter that becomes a call, in the preview

# All else takes room of a day; a person's caps leave out the newsletter as well.
_OFFICE_OWN = frozenset({Stream.ANSWER, Stream.OFFICE})
_APART = timedelta(minutes=3)  # between two letters of a day: people write like this, and no inbox is flooded
_CALLS_A_DAY = 4  # new calls and notes for each leader; *Settings* may say `Calls a day`
_ASK_AHEAD = timedelta(days=5)  # an approval is asked for before the letter is due


def plan(situation: Situation, at: datetime) -> Agenda:
    """Plans everything that is due at `at` for everybody. The same situation and moment give the same agenda."""
    return _Planner(situation, at).run()


class _Planner:
    """One planning: indexes built once, then one pass over everybody; see `plan`."""

    def __init__(self, situation: Situation, at: datetime) -> None:
        self.s = situation
        self.at = at.replace(second=0, microsecond=0)  # people plan by the minute, and so a preview comes true
        self.today = local_day(at, situation.preferences)
        self.agenda = Agenda(at)
        self.colleagues = colleagues_of(situation.people.values(), situation.enrollments)
        self.leaders = Leaders(situation.preferences.leaders, situation.tasks.values(), situation.people)
        self.counted = [each for each in situation.deliveries.values() if each.stream not in _OFFICE_OWN]
        self.of_person: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in self.counted:
            if delivery.stream is not Stream.NEWSLETTER:
                self.of_person[delivery.person_id].append(delivery)
        self.replaced: set[tuple[str, str]] = set()
        self.questions = Questions(situation)
        self.wanted: list[tuple[int, DueLetter]] = []
        self.calls: list[tuple[int, Act, Person, Track]] = []

    def run(self) -> Agenda:
        agenda = self.agenda
        self._enter()
        going = [each for each in self.s.enrollments if each.state is not EnrollmentState.ENDED]
        for enrollment in sorted([*going, *agenda.enrollments], key=lambda each: (each.person_id, each.track)):
            self._go_on(enrollment)
        self._welcome_who_said_yes()
        self._let_go()
        self._give_out_calls()
        self._ask_ahead_for_the_welcome(going)
        agenda.approvals = self.questions.needs
        ours = set(self.s.preferences.states)
        here = [each for each in self.s.programs.values() if not ours or ours.intersection(each.states)]
        agenda.tasks += find_tasks(here, self.s.people.values(), self.s.tasks, self.leaders.choose)
        # The last word about each enrollment and each task counts.
        agenda.enrollments = list({(e.person_id, e.track, e.cycle): e for e in agenda.enrollments}.values())
        agenda.tasks = [task for task in {task.key: task for task in agenda.tasks}.values() if self._is_new(task.key)]
        return agenda

    def _enter(self) -> None:
        entries = who_enters(self.s, self.today, self.at)
        self.replaced = entries.replaced
        for person, track in entries.same_address:
            self._hold(person, track, None, SAME_ADDRESS)
        for enrollment in entries.enrollments:
            self._begin(enrollment)

    def _begin(self, enrollment: Enrollment) -> None:
        self.agenda.enrollments.append(enrollment)
        self.agenda.entered[self._title(enrollment)] += 1
        self.agenda.story.append((enrollment.person_id, "enrolled", f"Entered: {self._title(enrollment)}."))

    def _welcome_who_said_yes(self) -> None:
        """Who said yes on the phone is welcomed by the run that hears of it: a day later is late."""
        ended = {e.person_id: e for e in self.agenda.enrollments if e.reason == SAID_YES}
        if not ended:
            return
        before = {(e.person_id, e.track, e.cycle) for e in (*self.s.enrollments, *self.agenda.enrollments)}
        now = replace(self.s, enrollments=[*self.s.enrollments, *ended.values()], people=_only(self.s.people, ended))
        for enrollment in who_enters(now, self.today, self.at).enrollments:
            if (enrollment.person_id, enrollment.track, enrollment.cycle) not in before:
                self._begin(enrollment)
                self._go_on(enrollment)

    def _ask_ahead_for_the_welcome(self, going: Iterable[Enrollment]) -> None:
        """Asks for the approval of a welcome once invitations are under way, so that the first yes does not wait."""
        latest = {(e.person_id, e.track, e.cycle): e for e in (*going, *self.agenda.enrollments)}
        invited: dict[ProgramType, Person] = {}
        for each in latest.values():
            person = self.s.people.get(each.person_id)
            is_under_way = each.step > 0 or each.state is EnrollmentState.WAITING
            if person is not None and is_under_way and is_invitation(self.s, each):
                invited.setdefault(program_type_of_person(person, self._program(person)), person)
        for track in self.s.tracks.values():
            if track.rules.get("starts") == Starts.MEMBER and is_on(track):
                first = next(step for step in track.steps if step.kind is StepKind.EMAIL)
                for person in invited.values():
                    self.questions.hold(first, person, track, addressees=0)

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
        if enrollment.state is EnrollmentState.WAITING and act.enrollment.state is not EnrollmentState.WAITING:
            self.agenda.needless |= open_calls(enrollment, track, self.s.tasks)
            self.agenda.enrollments.append(act.enrollment)
        match act.kind:
            case ActKind.END:
                self._end(act.enrollment, act.reason, person)
            case ActKind.ASK:
                self.calls.append((_priority(track), act, person, track))
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
            self.agenda.tasks.append(number_task(person, self._program(person), who, enrollment.cycle))

    def _give_out_calls(self) -> None:
        """Opens the day's calls and notes, the most careful tracks first: no more than leaders can make."""
        per_leader = self.s.preferences.extra.get("calls a day", "").strip()
        room = int(per_leader) if per_leader.isdecimal() else _CALLS_A_DAY
        room *= max(1, len(self.s.preferences.leaders))
        kinds = (TaskKind.CALL, TaskKind.PERSONAL_NOTE)
        room -= sum(task.kind in kinds and task.since == self.today for task in self.s.tasks.values())
        for _, act, person, track in sorted(self.calls, key=_call_turn):
            if room > 0 or self._is_asked(act):
                self._ask(act, person, track)
                room -= 1
            else:
                self._hold(person, track, act.step, CALLS_ARE_FULL)

    def _is_asked(self, act: Act) -> bool:
        return act.step is not None and call_key(act.enrollment, act.step, act.attempt) in self.s.tasks

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
        by_phone = BY_PHONE if step.kind is StepKind.EMAIL else ""
        self._show(person, f"{step.title or step.kind}{by_phone} ({track.title})", self.at, step.why)

    def _keep(self, before: Enrollment, act: Act, person: Person, track: Track) -> None:
        if act.enrollment != before:
            self.agenda.enrollments.append(act.enrollment)
        program = self._program(person)
        if act.reason == NO_SEASON and program is not None:
            self.agenda.tasks.append(months_task(program, self.leaders.choose(program.id)))
        if act.step is not None and act.at is not None and act.step.kind is StepKind.EMAIL and not act.reason:
            if act.at - self.at <= _ASK_AHEAD and self._may_be_mailed(act, person):
                self.questions.hold(act.step, person, track)
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
        key = f"{track.stream}/{act.enrollment.item}/{step_name(step, act.attempt)}/{person.id}"
        if (before := self.s.deliveries.get(key)) is not None:
            # Queued by a run that was cut off before it could remember the step.
            self.agenda.enrollments.append(carried_out(replace(act, at=before.due_at), self.at))
            return
        reason = letter.problem or self.questions.hold(step, person, track) or self._enough(person)
        if reason:
            self._hold(person, track, step, reason)
            return
        item, fingerprint = self.questions.item_of(step, person, track)
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
        self.wanted.append((_priority(track), due_letter))

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

    # --- caps -------------------------------------------------------------------------------------------

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

    def _is_new(self, key: str) -> bool:
        return key not in self.s.tasks

    def _title(self, enrollment: Enrollment) -> str:
        track = self.s.tracks.get(enrollment.track)
        return track.title if track else enrollment.track


def _only(people: Mapping[str, Person], ids: Container[str]) -> dict[str, Person]:
    return {person_id: person for person_id, person in people.items() if person_id in ids}


def _turn(wanted: tuple[int, DueLetter]) -> tuple[int, datetime, str]:
    priority, letter = wanted
    return priority, letter.due_at, letter.key


def _call_turn(call: tuple[int, Act, Person, Track]) -> tuple[int, date, str]:
    priority, act, person, _ = call
    return priority, act.enrollment.started_on, person.id


def _priority(track: Track) -> int:
    priority = track.rules.get("priority")
    return priority if isinstance(priority, int) else 9
