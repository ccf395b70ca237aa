"""Responses become answers to the questions that the tab describes, and are counted one at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.surveys import (
    OTHER,
    Question,
    QuestionKind,
    Response,
    Survey,
    Use,
    answers_of,
    recognised,
    survey_of,
    tally,
)
from network.themes import Theme, ThemeFinder

NOON = datetime(2026, 10, 6, 17, tzinfo=UTC)
SCALE = Question("Spring", "usefulness", "How useful was it?", QuestionKind.SCALE, ("poor", "fair", "good"))
DAY = Question("Spring", "day", "Which day?", QuestionKind.CHOICE, ("Monday", "Friday"))
PARTS = Question("Spring", "parts", "Which parts?", QuestionKind.MANY, ("Meetings", "Forms, samples", "Calls"))
WHY = Question("Spring", "why", "Why?", QuestionKind.TEXT)
WHO = Question("Spring", "who", "Who are you?", QuestionKind.TEXT, use=Use.REFERENCE)
SPRING = Survey("Spring", (SCALE, DAY, PARTS, WHY, WHO))
FALL = Survey("Fall 2026", (Question("Fall 2026", "season", "Is it your season?", QuestionKind.TEXT),))
FINDER = ThemeFinder((Theme("Travel", ("drive",)), Theme("Time", ("hour",))))


def a_response(survey: str = "Spring", number: int = 1, reference: str = "", **answers: str) -> Response:
    return Response(survey, f"r{number}", NOON, {name: (value,) for name, value in answers.items()}, reference)


@pytest.mark.parametrize(
    ("question", "typed", "answers"),
    [
        (SCALE, "good", ("good",)),
        (SCALE, "3", ("good",)),
        (SCALE, "3 - Good", ("good",)),
        (SCALE, "great", ()),
        (DAY, " friday ", ("Friday",)),
        (DAY, "Sunday", (OTHER,)),
        (PARTS, "Meetings;Calls", ("Meetings", "Calls")),
        (PARTS, "Forms, samples, Calls", ("Forms, samples", "Calls")),
        (PARTS, "Calls, Tea", ("Calls", OTHER)),
        (PARTS, "Calls;Calls", ("Calls",)),
        (WHY, "  Because.  ", ("Because.",)),
        (WHY, " ", ()),
    ],
)
def test_an_answer_is_one_of_the_listed_ones(question: Question, typed: str, answers: tuple[str, ...]) -> None:
    assert answers_of(question, (typed,)) == answers


def test_numbers_that_are_labels_are_themselves() -> None:
    from_zero = Question("Spring", "score", "Score?", QuestionKind.SCALE, ("0", "1", "2"))
    assert answers_of(from_zero, ("1",)) == ("1",)


def test_a_survey_is_found_by_name_or_by_its_questions() -> None:
    assert survey_of(a_response("SPRING"), (FALL, SPRING)) is SPRING
    assert survey_of(Response("export (1)", "r", NOON, {"Which day?": ("Friday",)}), (FALL, SPRING)) is SPRING
    assert survey_of(Response("export (1)", "r", NOON, {"Another question": ("x",)}), (FALL, SPRING)) is None


def test_a_response_that_fits_two_surveys_alike_belongs_to_none() -> None:
    twin = Survey("Twin", SPRING.questions)
    assert survey_of(Response("export", "r", NOON, {"Which day?": ("Friday",)}), (SPRING, twin)) is None


def test_answers_are_kept_by_question_and_strangers_are_named() -> None:
    raw = Response("Spring", "r", NOON, {"which DAY": ("friday",), "why": ("x",), "Shoe size": ("40",)})
    response, unknown = recognised(raw, SPRING)
    assert response.answers == {"day": ("Friday",), "why": ("x",)}
    assert unknown == ("Shoe size",)


def test_who_answers_becomes_a_reference_and_is_no_answer() -> None:
    response, _ = recognised(a_response(who="ana@example.org", day="Friday"), SPRING)
    assert (response.reference, dict(response.answers)) == ("ana@example.org", {"day": ("Friday",)})


def test_a_tally_counts_each_answer_and_theme_once_a_person() -> None:
    responses = [
        Response("Spring", "1", NOON, {"day": ("Friday",), "parts": ("Calls", "Meetings"), "why": ("drive, drive",)}),
        Response("Spring", "2", NOON, {"day": ("Friday",), "why": ("an hour of driving",)}),
        Response("Spring", "3", NOON, {}),
    ]
    counted = tally(SPRING, iter(responses), FINDER)
    assert counted.answered == 3
    assert counted.counts["day"] == {"Monday": 0, "Friday": 2}
    assert counted.counts["parts"] == {"Meetings": 1, "Forms, samples": 0, "Calls": 1}
    assert counted.of == {"usefulness": 0, "day": 2, "parts": 1, "why": 2}
    assert counted.themes["why"] == {"Travel": 2, "Time": 1}


@given(st.lists(st.sampled_from(["Monday", "Friday", OTHER]), max_size=30))
def test_the_order_of_responses_does_not_matter(days: list[str]) -> None:
    responses = [Response("Spring", str(n), NOON, {"day": (day,)}) for n, day in enumerate(days)]
    assert tally(SPRING, responses, FINDER) == tally(SPRING, reversed(responses), FINDER)


def test_a_survey_has_a_key_for_files() -> None:
    assert Survey("Member feedback, September 2026", ()).key == "member-feedback-september-2026"
