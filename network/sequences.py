"""Sequences, steps and enrollments: what is due, what holds it, what ends it.

Pure rules about one person in one track: `next_act` says the one thing that happens next. Reading a track's file is
`tracks`; what ends a letter that is already queued is `exits`; planning for everybody at once is `invitations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from network.cadence import Place, business_days_after, next_send_time, zone_of
from network.consent import Verdict
from network.preferences import Preferences


class StepKind(StrEnum):
    """What a step asks for."""

    EMAIL = "email"
    CALL = "call"  # a To do; the sequence waits for the outcome
    NOTE = "note"  # a personal note by a named leader
    WAIT = "wait"  # wait for a person's answer


class Condition(StrEnum):
    """The few conditions a step may have; a step whose condition does not hold is left out, except the first."""

    MAY_WRITE = "may write"  # held, not left out: nothing is mailed before a person recorded that we may
    PHONE_KNOWN = "phone known"  # a call needs a number
    NEWSLETTER_NOT_ASKED = "newsletter not asked"  # the newsletter question has no answer yet


class Outcome(StrEnum):
    """What a person recorded about a prospect; kept in `Enrollment.outcome`."""

    YES = "yes"  # wants to be with us: counts at once
    MAY_WRITE = "may write"  # a letter is welcome
    LEFT_MESSAGE = "left message"  # nobody there; try again
    DONE = "done"  # the note is written
    NOT_NOW = "not now"
    WRONG_NUMBER = "wrong number"
    NEW_CONTACT = "new contact"  # somebody else is the one to write to
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence; `after` is counted in business days from the step before."""

    id: str  # "letter-1"
    kind: StepKind
    after: int
    letter: str = ""  # file stem of its words
    title: str = ""  # "Letter 1", for the screen
    why: str = ""
    conditions: tuple[str, ...] = ()
    tries: int = 1  # how often a call or note is asked for before we let it rest
    ask: str = ""  # what the one who calls should say or ask, for To do


@dataclass(frozen=True, slots=True)
class Sequence:
    """One track: who it is for, its steps, its rules; read from `templates/recruitment/<track>/sequence.toml`."""

    track: str
    title: str
    stream: str
    steps: tuple[Step, ...]
    rules: Mapping[str, object] = field(default_factory=dict)

    def is_set(self, rule: str) -> bool:
        """Tells whether a yes-or-no rule is on: `human_first`, `open_months`, `ends_on_reply`."""
        return self.rules.get(rule) is True


class EnrollmentState(StrEnum):
    """Where somebody stands in a track."""

    ACTIVE = "active"
    WAITING = "waiting"  # for a person's outcome
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One person in one track; unique for (person, track, cycle)."""

    person_id: str
    track: str
    cycle: str  # "1", or "2026-fall" for tracks that come back
    started_on: date
    step: int = 0  # index of the next step
    last_step_at: datetime | None = None
    state: EnrollmentState = EnrollmentState.ACTIVE
    reason: str = ""  # why it waits or ended, in the words of the screen
    outcome: str = ""  # "may write", as recorded by a person (see `Outcome`)
    ended_on: date | None = None

    @property
    def item(self) -> str:
        """What its messages are called: the track, with the cycle where it comes back."""
        return self.track if self.cycle == "1" else f"{self.track}-{self.cycle}"


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One line of the preview: who, what, when, why; or what holds it."""

    person_id: str
    who: str  # shown in the coordinator's own workbook only
    what: str  # "Letter 1 (Head Start)"
    at: datetime | None  # when it would leave; None while it is held with no known end
    why: str
    held: str = ""  # in the words of the screen; blank when nothing holds it


class Passage(StrEnum):
    """What became of the letter of the step before."""

    NONE = "none"  # no letter went before
    ON_ITS_WAY = "on its way"
    TO_CHECK = "not sure it arrived"
    SENT = "sent"
    DROPPED = "dropped"  # a person decided that it does not go
    NOT_SENT = "not sent"  # skipped, too late, or bounced at an address that has changed since: may be tried once more
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the rules need to know about one enrolled person at one moment."""

    place: Place
    mail: Verdict  # may we mail this person
    call: Verdict  # may we reach them at all
    passage: Passage = Passage.NONE
    passed_at: datetime | None = None  # when the letter before was sent
    repeats: int = 0  # how often the letter before was already tried again
    answer: str = ""  # the answer to the task the enrollment waits for; blank while it is open
    answered_at: datetime | None = None
    asked: int = 0  # how often the task of this step was asked for
    taken_back: int = 0  # how many of these were closed by us before anybody answered
    wants_phone: bool = False  # the phone is the way they want: a mail becomes a call
    has_phone: bool = False
    must_hear_first: bool = False  # AI/AN: nothing is mailed before somebody recorded *may write*
    newsletter_asked: bool = False
    lacks_season: bool = False  # the track keeps the season and nobody has told us the open months


class ActKind(StrEnum):
    """The one thing that happens next."""

    LETTER = "letter"  # mail the step's letter
    ASK = "ask"  # open a task for the step
    HOLD = "hold"  # wait, with the reason and, where known, until when
    END = "end"


@dataclass(frozen=True, slots=True)
class Act:
    """What happens next to an enrollment, and the enrollment as it stands after the answers we have."""

    kind: ActKind
    enrollment: Enrollment
    reason: str = ""
    at: datetime | None = None  # when: due for a letter or a task, looked at again for a hold
    step: Step | None = None
    attempt: int = 1  # which try of the letter or of the task


_ASKED = frozenset({StepKind.CALL, StepKind.NOTE})
_ENDS = {
    Outcome.YES: "said yes",
    Outcome.NOT_NOW: "not now",
    Outcome.WRONG_NUMBER: "wrong number",
    Outcome.NEW_CONTACT: "somebody else was named",
    Outcome.STOP: "a leader stopped it",
}
SAID_YES = _ENDS[Outcome.YES]
TRIED_ENOUGH = "not reached; we let it rest"
NO_ANSWER = "all letters are sent, no answer yet"
NOT_DELIVERED = "the letter could not be delivered"
NO_SEASON = "its open months are not known yet"
NO_NUMBER = "prefers the phone, and we have no number"
ALL_YEAR_CLOSED = "no open day within a year, see Settings and Quiet dates"


@lru_cache(maxsize=4096)
def read_outcome(answer: str) -> Outcome | None:
    """Reads the answer to a call or note, however it was typed ("Reached – may write", "reached-yes"); else None."""
    folded = " ".join(answer.casefold().replace("-", " ").replace("–", " ").split())
    folded = folded.removeprefix("reached").lstrip(" :,")
    if folded.startswith("new contact"):
        return Outcome.NEW_CONTACT
    aliases = {"approve": Outcome.MAY_WRITE, "stopped": Outcome.STOP}
    return next((each for each in Outcome if each == folded), aliases.get(folded))


def next_act(enrollment: Enrollment, sequence: Sequence, case: Case, at: datetime, preferences: Preferences) -> Act:
    """Says the one thing that happens next to this person in this track, at `at`.

    Called again after the act was carried out (`carried_out`) it says the thing after that; called again before, the
    same. An ended enrollment stays ended.
    """
    if enrollment.state is EnrollmentState.ENDED:
        return Act(ActKind.END, enrollment, enrollment.reason)
    now = enrollment
    if now.state is EnrollmentState.WAITING:
        answered = _after_answer(now, sequence, case, at, preferences)
        if isinstance(answered, Act):
            return answered
        now = answered
    elif (stuck := _after_letter(now, sequence, case, at, preferences)) is not None:
        return stuck
    if read_outcome(now.outcome) is Outcome.YES:
        return _end(now, SAID_YES)
    while now.step < len(sequence.steps):
        step = sequence.steps[now.step]
        if _is_left_out(step, case):
            now = replace(now, step=now.step + 1)
            continue
        due = _due(now, step, case, preferences)
        if step.kind is StepKind.WAIT and due is not None and due <= at:
            now = replace(now, step=now.step + 1, last_step_at=due)
            continue
        return _act_of(now, step, due, case, at)
    return _end(now, NO_ANSWER if sequence.stream == "recruitment" else "done")


def carried_out(act: Act, at: datetime) -> Enrollment:
    """The enrollment after the act: the letter is queued (due at `act.at`), the task is open, the track has ended."""
    now = act.enrollment
    match act.kind:
        case ActKind.LETTER:
            return replace(now, step=now.step + 1, last_step_at=act.at, state=EnrollmentState.ACTIVE, reason="")
        case ActKind.ASK:
            # An outcome belongs to the task it answered: a new question starts without one.
            return replace(now, last_step_at=at, state=EnrollmentState.WAITING, reason=act.reason, outcome="")
        case ActKind.END:
            return replace(now, state=EnrollmentState.ENDED, reason=act.reason, ended_on=at.date())
        case ActKind.HOLD:
            return now


def _act_of(now: Enrollment, step: Step, due: datetime | None, case: Case, at: datetime) -> Act:
    if case.lacks_season:
        return _hold(now, step, NO_SEASON)
    is_mail = step.kind is StepKind.EMAIL
    must_hear = is_mail and (case.must_hear_first or Condition.MAY_WRITE in step.conditions)
    needs_word = must_hear and read_outcome(now.outcome) is not Outcome.MAY_WRITE
    by_phone = step.kind in _ASKED or needs_word or (is_mail and case.wants_phone)
    verdict = case.call if by_phone or step.kind is StepKind.WAIT else case.mail
    if not verdict.allowed:
        return _hold(now, step, verdict.reason or "", verdict.until)
    if is_mail and case.wants_phone and not case.has_phone:
        return _hold(now, step, NO_NUMBER)
    if due is None:
        return _hold(now, step, ALL_YEAR_CLOSED)
    if due > at:
        return _hold(now, step, "", due)
    if by_phone:
        what = (
            f"a call before {step.title}"
            if needs_word
            else f"a call in place of {step.title}"
            if is_mail
            else step.title
        )
        reason = f"waits for a person: {what or step.kind}"
        return Act(ActKind.ASK, now, reason, due, step, attempt=case.taken_back + 1)
    return Act(ActKind.LETTER, now, step.why, due, step)


def _after_answer(
    now: Enrollment, sequence: Sequence, case: Case, at: datetime, preferences: Preferences
) -> Enrollment | Act:
    """An enrollment that waits for a task, moved on by its answer; an Act when it still waits, rests or ends."""
    step = sequence.steps[now.step] if now.step < len(sequence.steps) else None
    if step is not None and not case.answer and (_is_mailed_again(step, case) or case.taken_back == case.asked > 0):
        return replace(now, state=EnrollmentState.ACTIVE, reason="")
    outcome = read_outcome(case.answer or now.outcome)
    if step is None or (outcome is None and not case.answer):
        return _hold(now, step, now.reason)
    if outcome in _ENDS:
        return _end(replace(now, outcome=outcome or ""), _ENDS[outcome])
    answered = replace(now, state=EnrollmentState.ACTIVE, last_step_at=case.answered_at or now.last_step_at, reason="")
    if outcome is Outcome.MAY_WRITE:
        answered = replace(answered, outcome=outcome)
    is_settled = outcome is Outcome.MAY_WRITE or step.tries == 1
    waits_for_word = step.kind is StepKind.EMAIL and not case.wants_phone
    if is_settled and not (waits_for_word and outcome is not Outcome.MAY_WRITE):
        # A mail that had to hear a word first is mailed now; a call in place of a mail counts as the step.
        return answered if waits_for_word else replace(answered, step=now.step + 1)
    tries = step.tries if step.kind in _ASKED else 3
    if case.asked >= tries:
        return _end(answered, TRIED_ENOUGH)
    due = _moment(answered.last_step_at or at, 5, case, preferences)
    if due is None or due > at:
        return _hold(now, step, f"{step.title or 'call'}: once more", due)
    return Act(ActKind.ASK, now, now.reason, due, step, attempt=case.asked + 1)


def _is_mailed_again(step: Step, case: Case) -> bool:
    """A call in place of a letter that nobody has made yet is no longer needed: they want mail now."""
    must_hear = case.must_hear_first or Condition.MAY_WRITE in step.conditions
    return step.kind is StepKind.EMAIL and not case.wants_phone and not must_hear and case.mail.allowed


def _after_letter(
    now: Enrollment, sequence: Sequence, case: Case, at: datetime, preferences: Preferences
) -> Act | None:
    """What the letter of the step before still holds up; None when the way is free."""
    step = sequence.steps[now.step - 1] if 0 < now.step <= len(sequence.steps) else None
    match case.passage:
        case Passage.ON_ITS_WAY:
            return _hold(now, step, f"{step.title if step else 'the letter'} is waiting to go")
        case Passage.TO_CHECK:
            return _hold(now, step, "not sure it arrived")
        case Passage.REFUSED:
            return _end(now, NOT_DELIVERED)
        case Passage.NOT_SENT if step is not None:
            if case.repeats:
                return _end(now, NOT_DELIVERED)
            again = replace(now, step=now.step - 1)
            due = _moment(at, 0, case, preferences)
            act = _act_of(again, step, due, case, at)
            return replace(act, attempt=2) if act.kind is not ActKind.HOLD else replace(act, enrollment=now)
        case _:
            return None


def _due(now: Enrollment, step: Step, case: Case, preferences: Preferences) -> datetime | None:
    """When a step is due: so many business days after the one before, at the next open moment."""
    base = max((moment for moment in (case.passed_at, now.last_step_at) if moment), default=None)
    if base is None:
        start = datetime.combine(now.started_on, preferences.window.opens, zone_of(case.place, preferences))
        return _moment(start, step.after, case, preferences)
    return _moment(base, step.after, case, preferences)


def _moment(base: datetime, days: int, case: Case, preferences: Preferences) -> datetime | None:
    local = base.astimezone(zone_of(case.place, preferences))
    day = business_days_after(local.date(), days, case.place.states)
    moment = local if days == 0 else datetime.combine(day, preferences.window.opens, local.tzinfo)
    return next_send_time(moment, case.place, preferences)


def _is_left_out(step: Step, case: Case) -> bool:
    return (Condition.PHONE_KNOWN in step.conditions and not case.has_phone) or (
        Condition.NEWSLETTER_NOT_ASKED in step.conditions and case.newsletter_asked
    )


def _hold(now: Enrollment, step: Step | None, reason: str, until: datetime | None = None) -> Act:
    return Act(ActKind.HOLD, now, reason, until, step)


def _end(now: Enrollment, reason: str) -> Act:
    return Act(ActKind.END, now, reason)
