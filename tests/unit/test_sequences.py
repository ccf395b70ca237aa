"""One person in one track: what happens next, what holds it, what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.cadence import Place
from network.consent import ALLOWED, Reason, Verdict
from network.sequences import (
    NO_ANSWER,
    NO_NUMBER,
    NO_SEASON,
    NOT_DELIVERED,
    SAID_YES,
    TRIED_ENOUGH,
    Act,
    ActKind,
    Case,
    Condition,
    Enrollment,
    EnrollmentState,
    Outcome,
    Passage,
    Sequence,
    Step,
    StepKind,
    carried_out,
    next_act,
    read_outcome,
)
from tests.builders import NOON, some_preferences

SEATTLE = Place(("WA",))
PREFERENCES = some_preferences()
LETTER = Step("letter-1", StepKind.EMAIL, 0, "letter-1", "Letter 1")
SECOND = Step("letter-2", StepKind.EMAIL, 7, "letter-2", "Letter 2")
CALL = Step("call", StepKind.CALL, 0, title="Call", tries=3)
WAIT = Step("wait", StepKind.WAIT, 10, title="Wait")
AIAN = Sequence(
    "aian",
    "Tribal (AI/AN)",
    "recruitment",
    (CALL, replace(LETTER, after=1, conditions=(Condition.MAY_WRITE,)), WAIT),
)
HEAD_START = Sequence("head_start", "Head Start", "recruitment", (LETTER, SECOND, WAIT))
START = Enrollment("p", "head_start", "1", NOON.date())


def a_case(**fields: object) -> Case:
    return Case(**({"place": SEATTLE, "mail": ALLOWED, "call": ALLOWED} | fields))  # type: ignore[arg-type]


def act_on(enrollment: Enrollment, at: datetime = NOON, track: Sequence = HEAD_START, **case: object) -> Act:
    return next_act(enrollment, track, a_case(**case), at, PREFERENCES)


def test_the_first_letter_is_due_at_once() -> None:
    act = act_on(START)
    assert (act.kind, act.step) == (ActKind.LETTER, LETTER)
    assert carried_out(act, NOON).step == 1


def test_the_second_letter_comes_seven_business_days_after_the_first_was_sent() -> None:
    after_first = carried_out(act_on(START), NOON)
    act = act_on(after_first, passage=Passage.SENT, passed_at=NOON)
    assert (act.kind, act.reason) == (ActKind.HOLD, "")
    # 6 October, seven business days on, with 12 October a holiday: 16 October at nine o'clock in Seattle.
    assert act.at == datetime(2026, 10, 16, 16, 0, tzinfo=UTC)
    assert act_on(after_first, act.at, passage=Passage.SENT, passed_at=NOON).step == SECOND


def test_nothing_follows_while_the_letter_before_is_on_its_way_or_unclear() -> None:
    after_first = carried_out(act_on(START), NOON)
    later = NOON + timedelta(days=30)
    for passage in (Passage.ON_ITS_WAY, Passage.TO_CHECK):
        act = act_on(after_first, later, passage=passage)
        assert act.kind is ActKind.HOLD
        assert act.reason


def test_a_letter_that_never_went_is_tried_once_more_and_then_never() -> None:
    after_first = carried_out(act_on(START), NOON)
    again = act_on(after_first, passage=Passage.NOT_SENT)
    assert (again.kind, again.step, again.attempt) == (ActKind.LETTER, LETTER, 2)
    assert carried_out(again, NOON).step == 1
    assert act_on(after_first, passage=Passage.NOT_SENT, repeats=1).reason == NOT_DELIVERED


def test_a_letter_that_a_person_dropped_is_not_tried_again() -> None:
    after_first = carried_out(act_on(START), NOON)
    assert act_on(after_first, NOON + timedelta(days=30), passage=Passage.DROPPED).step == SECOND


def test_a_refused_letter_ends_the_track() -> None:
    act = act_on(carried_out(act_on(START), NOON), passage=Passage.REFUSED)
    assert (act.kind, act.reason) == (ActKind.END, NOT_DELIVERED)


def test_the_track_ends_when_the_last_wait_is_over() -> None:
    waiting = Enrollment("p", "head_start", "1", NOON.date(), step=2, last_step_at=NOON)
    assert act_on(waiting, NOON + timedelta(days=5)).kind is ActKind.HOLD
    act = act_on(waiting, NOON + timedelta(days=20))
    assert (act.kind, act.reason) == (ActKind.END, NO_ANSWER)


def test_an_ended_track_stays_ended() -> None:
    ended = carried_out(Act(ActKind.END, START, "said no"), NOON)
    assert act_on(ended, NOON + timedelta(days=900)).kind is ActKind.END
    assert ended.ended_on == NOON.date()


def test_what_the_consent_gate_says_holds_with_its_reason_and_date() -> None:
    until = NOON + timedelta(days=3)
    act = act_on(START, mail=Verdict(False, Reason.AWAY, until))
    assert (act.kind, act.reason, act.at) == (ActKind.HOLD, "away", until)


def test_the_phone_turns_a_letter_into_a_call_and_the_answer_moves_on() -> None:
    act = act_on(START, wants_phone=True, has_phone=True)
    assert (act.kind, act.step) == (ActKind.ASK, LETTER)
    waiting = carried_out(act, NOON)
    assert waiting.state is EnrollmentState.WAITING
    assert act_on(waiting, wants_phone=True, has_phone=True).kind is ActKind.HOLD
    moved = act_on(
        waiting, NOON + timedelta(days=1), wants_phone=True, has_phone=True, answer="left message", answered_at=NOON
    )
    assert moved.enrollment.step == 1


def test_the_phone_without_a_number_is_said() -> None:
    assert act_on(START, wants_phone=True).reason == NO_NUMBER


def test_an_unknown_season_holds_and_is_never_guessed() -> None:
    assert act_on(START, lacks_season=True).reason == NO_SEASON


def test_a_yes_on_the_phone_ends_the_invitation() -> None:
    waiting = carried_out(act_on(START, track=AIAN), NOON)
    act = act_on(waiting, track=AIAN, answer="Reached - yes", asked=1)
    assert (act.kind, act.reason) == (ActKind.END, SAID_YES)
    assert read_outcome(act.enrollment.outcome) is Outcome.YES


def test_tribal_programs_get_a_letter_only_after_a_recorded_may_write() -> None:
    waiting = carried_out(act_on(START, track=AIAN), NOON)
    act = act_on(waiting, track=AIAN, answer="reached-may write", answered_at=NOON, asked=1)
    assert act.kind is ActKind.HOLD  # due tomorrow
    due = act_on(waiting, NOON + timedelta(days=1), track=AIAN, answer="reached-may write", answered_at=NOON, asked=1)
    assert (due.kind, due.enrollment.outcome) == (ActKind.LETTER, Outcome.MAY_WRITE)


def test_a_call_that_reached_nobody_is_made_three_times_and_then_rests() -> None:
    waiting = carried_out(act_on(START, track=AIAN), NOON)
    again = act_on(waiting, NOON + timedelta(days=9), track=AIAN, answer="left message", answered_at=NOON, asked=1)
    assert (again.kind, again.attempt) == (ActKind.ASK, 2)
    rests = act_on(waiting, NOON + timedelta(days=9), track=AIAN, answer="left message", answered_at=NOON, asked=3)
    assert (rests.kind, rests.reason) == (ActKind.END, TRIED_ENOUGH)


def test_a_call_asked_for_again_starts_without_the_old_outcome() -> None:
    enrollment = replace(START, outcome=Outcome.MAY_WRITE)
    asked = carried_out(act_on(enrollment, track=AIAN), NOON)
    assert asked.outcome == ""
    assert act_on(asked, track=AIAN).kind is ActKind.HOLD


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [
        ("reached-yes", Outcome.YES),
        ("Reached – may write", Outcome.MAY_WRITE),
        ("MAY WRITE", Outcome.MAY_WRITE),
        ("left message", Outcome.LEFT_MESSAGE),
        ("new contact: ana@example.org", Outcome.NEW_CONTACT),
        ("Not now", Outcome.NOT_NOW),
        ("they will think about it", None),
        ("", None),
    ],
)
def test_outcomes_are_read_as_people_type_them(typed: str, outcome: Outcome | None) -> None:
    assert read_outcome(typed) is outcome


answers = st.sampled_from(
    ["", "reached-yes", "reached-may write", "left message", "done", "not now", "wrong number", "spoke to the desk"]
)
verdicts = st.sampled_from([ALLOWED, Verdict(False, Reason.ON_HOLD), Verdict(False, Reason.SAID_NO)])


@given(st.lists(st.tuples(answers, st.integers(0, 20), verdicts, st.sampled_from(list(Passage))), max_size=12))
def test_no_course_of_calls_and_days_mails_a_tribal_program_before_may_write(
    course: list[tuple[str, int, Verdict, Passage]],
) -> None:
    enrollment = replace(START, track="aian")
    at, allowed, asked = NOON, False, 0
    for answer, days, verdict, passage in course:
        at += timedelta(days=days)
        waits = enrollment.state is EnrollmentState.WAITING
        allowed = allowed or (waits and read_outcome(answer) is Outcome.MAY_WRITE)
        act = act_on(
            enrollment,
            at,
            AIAN,
            mail=verdict,
            call=verdict,
            passage=passage,
            passed_at=at,
            answer=answer if waits else "",
            answered_at=at,
            asked=asked,
            must_hear_first=True,
        )
        if act.kind is ActKind.LETTER:
            assert allowed
            assert verdict.allowed
        asked += act.kind is ActKind.ASK
        enrollment = carried_out(act, at) if act.kind is not ActKind.HOLD else act.enrollment
        assert 0 <= enrollment.step <= len(AIAN.steps)


@given(st.integers(0, 60), verdicts, st.booleans())
def test_the_same_question_has_the_same_answer(days: int, verdict: Verdict, wants_phone: bool) -> None:
    at = NOON + timedelta(days=days)
    case = {"mail": verdict, "wants_phone": wants_phone, "has_phone": True}
    assert act_on(START, at, **case) == act_on(START, at, **case)  # type: ignore[arg-type]
