"""What ends a track: the person's own no, joining, an answer from the organization; never what was before it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from network.consent import ConsentFact, ConsentFacts, FactKind
from network.exits import (
    ANSWERED,
    COLLEAGUE_ANSWERED,
    COLLEAGUE_JOINED,
    JOINED,
    NOBODY,
    ColleagueFacts,
    colleagues_of,
    exit_reason,
    has_answered,
    track_exit,
)
from network.members import Person, Status
from network.messages import Stream
from network.sequences import Enrollment, EnrollmentState, Outcome
from tests.builders import NOON, a_message, a_person

TODAY = NOON.date()
RUNNING = Enrollment("p-ana", "head_start", "1", TODAY)


def a_prospect(person_id: str = "p-ana", **fields: Any) -> Person:
    values: dict[str, Any] = {
        "status": Status.INVITE,
        "recipient_id": "hs",
        "already_known": False,
        "email": f"{person_id}@example.org",
    }
    return a_person(person_id, **(values | fields))


def ended(person_id: str, reason: str, on: date = TODAY, outcome: str = "") -> Enrollment:
    return Enrollment(
        person_id, "head_start", "1", TODAY, state=EnrollmentState.ENDED, reason=reason, outcome=outcome, ended_on=on
    )


def test_joining_ends_an_invitation_and_no_other_stream() -> None:
    joined = a_prospect(status=Status.MEMBER)
    assert track_exit(Stream.RECRUITMENT, joined, ConsentFacts(), NOBODY) == JOINED
    assert track_exit(Stream.WELCOME, joined, ConsentFacts(), NOBODY) == ""
    assert track_exit(Stream.STILL_RIGHT, joined, ConsentFacts(), NOBODY) == ""


def test_the_answer_of_a_colleague_ends_only_tracks_that_had_begun() -> None:
    people = [a_prospect(), a_prospect("p-ben")]
    around = colleagues_of(people, [RUNNING, ended("p-ben", ANSWERED)])
    assert track_exit(Stream.RECRUITMENT, people[0], ConsentFacts(), around["p-ana"]) == COLLEAGUE_ANSWERED
    yesterday = TODAY - timedelta(days=1)
    around = colleagues_of(people, [RUNNING, ended("p-ben", ANSWERED, yesterday)])
    assert track_exit(Stream.RECRUITMENT, people[0], ConsentFacts(), around["p-ana"]) == ""


def test_a_colleague_who_joins_while_the_track_runs_ends_it() -> None:
    colleague = a_prospect("p-ben", status=Status.MEMBER, became_member_at=NOON)
    around = colleagues_of([a_prospect(), colleague], [RUNNING])
    assert track_exit(Stream.RECRUITMENT, a_prospect(), ConsentFacts(), around["p-ana"]) == COLLEAGUE_JOINED
    elsewhere = replace(colleague, recipient_id="other")
    assert colleagues_of([a_prospect(), elsewhere], [RUNNING])["p-ana"].joined is False


def test_people_without_a_known_recipient_have_no_colleagues() -> None:
    people = [a_prospect(recipient_id=None), a_prospect("p-ben", recipient_id=None)]
    assert colleagues_of(people, [RUNNING, ended("p-ben", ANSWERED)])["p-ana"].answered is False


def test_a_yes_counts_as_an_answer_and_the_end_of_the_letters_does_not() -> None:
    assert has_answered(ended("p", "said yes", outcome=Outcome.YES))
    assert not has_answered(ended("p", "all letters are sent, no answer yet"))
    assert not has_answered(RUNNING)


def test_a_letter_whose_track_has_ended_goes_no_more() -> None:
    message = a_message()
    facts = ColleagueFacts(ended={"head_start": "not now"})
    assert exit_reason(message, a_prospect(), ConsentFacts(), facts) == "not now"
    assert exit_reason(message, None, ConsentFacts(), NOBODY) == "no longer known"
    assert exit_reason(replace(message, stream=Stream.NEWSLETTER), None, ConsentFacts(), NOBODY) == ""


kinds = st.sampled_from([FactKind.NO, FactKind.YES, FactKind.AWAY, FactKind.BOUNCE_SOFT])


@given(st.lists(st.tuples(kinds, st.integers(0, 100)), max_size=8), st.sampled_from(list(Status)))
def test_whoever_said_no_last_gets_nothing_whatever_else_happened(
    course: list[tuple[FactKind, int]], status: Status
) -> None:
    facts = tuple(
        ConsentFact(NOON + timedelta(days=day, seconds=place), kind, "reply", person_id="p-ana")
        for place, (kind, day) in enumerate(course)
    )
    answers = [fact.kind for fact in sorted(facts, key=lambda f: f.at) if fact.kind in (FactKind.NO, FactKind.YES)]
    person = a_prospect(status=status)
    found = exit_reason(a_message(), person, ConsentFacts(facts), NOBODY)
    if answers and answers[-1] is FactKind.NO:
        assert found == "asked us to stop"
    else:
        assert found != "asked us to stop"
