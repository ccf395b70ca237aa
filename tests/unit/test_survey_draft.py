"""Drafting *Survey questions*: a row for each new question, once; what cannot be known is said and not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from network.jobs.survey_draft import draft_survey, page
from network.survey_outline import Asked, Outline, guessed, new_questions
from network.survey_rows import parse_surveys
from network.surveys import QuestionKind, Response, Survey, Use
from network.tabs import SURVEY_QUESTIONS, understand
from tests.builders import NOON, Desk

HEADER = ("Survey", "Question", "Kind", "Choices", "Labels", "Goal", "Use", "Link", "Note")
LINK = "https://docs.google.com/forms/d/e/1/viewform"
FORM = Outline(
    "Spring",
    (
        Asked("Which day?", QuestionKind.CHOICE, ("Monday", "Friday, late"), check="Look at Other."),
        Asked("How useful?", QuestionKind.SCALE, ("1", "2", "3"), {"1": "not useful", "3": "very useful"}),
        Asked("What next?", QuestionKind.TEXT),
        Asked("May we quote you?", QuestionKind.CHOICE, ("Yes", "No"), use=Use.CONSENT),
    ),
    ("“Reference” tells who answers.",),
    LINK,
)


def a_desk(*rows: Sequence[str]) -> Desk:
    desk = Desk()
    desk.surveys.asked = FORM
    desk.workbook.put("Survey questions", HEADER, *rows)
    return desk


def described(desk: Desk) -> Survey:
    reading = desk.workbook.read()
    assert reading is not None
    read = parse_surveys(understand(reading, SURVEY_QUESTIONS).rows, ())
    assert read.issues == ()
    (survey,) = read.surveys
    return survey


def test_a_draft_describes_the_form_and_is_understood_as_it_stands() -> None:
    desk = a_desk()
    drafted = draft_survey(desk.office, "place")
    assert len(drafted.added) == 4
    survey = described(desk)
    assert (survey.name, survey.link, survey.is_anonymous, survey.opens_on) == ("Spring", LINK, True, None)
    kinds = {each.text: (each.kind, each.labels, dict(each.meanings), each.use) for each in survey.questions}
    assert kinds == {each.text: (each.kind, each.labels, dict(each.meanings), each.use) for each in FORM.questions}
    assert all(each.goal == "" for each in survey.questions)


def test_a_second_draft_adds_nothing_and_a_third_only_what_is_new() -> None:
    desk = a_desk()
    draft_survey(desk.office, "place")
    again = draft_survey(desk.office, "place")
    assert (again.rows, again.known) == ((), 4)
    desk.surveys.asked = Outline("Spring", (*FORM.questions, Asked("One more?", QuestionKind.TEXT)))
    assert [row.cells["Question"] for row in draft_survey(desk.office, "place").rows] == ["One more?"]
    assert described(desk).link == LINK


def test_what_a_person_typed_stays_and_joins_the_survey_they_named() -> None:
    desk = a_desk(
        ("Our spring survey", "which day", "topic", "Monday; Tuesday", "", "", "", "", "mine"),
        ("Our spring survey", "How useful?", "scale", "1-3", "", "", "", "", ""),
        ("Our spring survey", "What next", "text", "", "", "", "ideas", "", ""),
    )
    before = [list(row) for row in desk.workbook.tabs["Survey questions"]]
    drafted = draft_survey(desk.office, "place")
    assert [row.cells["Question"] for row in drafted.rows] == ["May we quote you?"]
    assert drafted.survey == "Our spring survey"
    assert [row for row in desk.workbook.tabs["Survey questions"] if row in before] == before


def test_the_same_question_in_another_survey_is_no_obstacle() -> None:
    desk = a_desk(("Fall", "What next?", "text", "", "", "", "", "", ""))
    assert len(draft_survey(desk.office, "place").added) == 4


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    desk = a_desk()
    drafted = draft_survey(desk.office, "place", dry_run=True)
    assert desk.workbook.added == []
    assert len(drafted.rows) == 4
    assert "4 rows would be added to *Survey questions*" in page(drafted).markdown


def test_a_file_that_is_open_is_said_to_be() -> None:
    desk = a_desk()
    desk.workbook.is_closed_to_additions = True
    assert "most likely because the file is open" in page(draft_survey(desk.office, "place")).markdown


def test_a_header_that_is_gone_is_one_sentence_and_nothing_is_added() -> None:
    desk = Desk()
    desk.surveys.asked = FORM
    desk.workbook.put("Survey questions", ("Survey", "Wording", "Choices"))
    drafted = draft_survey(desk.office, "place")
    assert drafted.rows == ()
    assert any("has no column" in problem for problem in drafted.problems)
    assert page(drafted).markdown


def test_the_page_says_what_to_check() -> None:
    words = page(draft_survey(a_desk().office, "place")).markdown
    for expected in ("Look at Other.", "“Reference” tells who answers.", "[Reference]", "Goal:", "Opens on"):
        assert expected in words


def test_an_office_whose_surveys_are_off_is_told_where_to_switch_them_on() -> None:
    desk = a_desk()
    desk.preferences = replace(desk.preferences, jobs=frozenset())
    assert "type on beside Job: surveys" in page(draft_survey(desk.office, "place")).markdown


def test_two_questions_of_one_title_are_one_row() -> None:
    twice = Outline("Spring", (Asked("Why?", QuestionKind.TEXT), Asked("why", QuestionKind.TEXT)))
    assert [each.text for each in new_questions(twice, None)] == ["Why?"]


# --- guessed from answers --------------------------------------------------------------------------------------------


def answered(question: str, *values: Sequence[str]) -> list[Response]:
    return [
        Response("Spring", f"r{number}", NOON + timedelta(hours=number), {question: tuple(each)})
        for number, each in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "kind", "labels"),
    [
        ([["Monday"]] * 6 + [["Friday"]] * 9, QuestionKind.CHOICE, ("Friday", "Monday")),
        ([["Calls;Meetings"]] * 6 + [["Meetings"]] * 3, QuestionKind.MANY, ("Calls", "Meetings")),
        ([["Calls", "Meetings"]] * 6, QuestionKind.MANY, ("Calls", "Meetings")),
        ([["4"]] * 6 + [["2"]], QuestionKind.SCALE, ("1", "2", "3", "4", "5")),
        ([["0"]] * 6 + [["10"]] * 5, QuestionKind.SCALE, tuple(str(step) for step in range(11))),
        ([[f"words of my own {number}"] for number in range(30)], QuestionKind.TEXT, ()),
        ([["yes"]] * 4, QuestionKind.TEXT, ()),
        ([["98101"]] * 6 + [["98102"]] * 6, QuestionKind.CHOICE, ("98101", "98102")),
    ],
)
def test_a_kind_is_guessed_from_what_many_said(
    values: list[list[str]], kind: QuestionKind, labels: tuple[str, ...]
) -> None:
    (asked,) = guessed("Spring", answered("Q?", *values)).questions
    assert (asked.kind, asked.labels) == (kind, labels)


def test_what_fewer_than_five_said_never_becomes_a_choice() -> None:
    rare = [["Monday"]] * 20 + [["Friday"]] * 20 + [["my sister, who is ill"]] * 4
    (asked,) = guessed("Spring", answered("Q?", *rare)).questions
    assert asked.labels == ("Friday", "Monday")
    assert "five or more" in asked.check


def test_nothing_to_draft_from_is_said() -> None:
    assert guessed("Spring", []).remarks == ("There are no answers yet, so there is nothing to draft from.",)


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("May we quote your words, without your name?", Use.CONSENT),
        ("¿Podemos citar sus palabras?", Use.CONSENT),
        ("Who are you?", Use.NONE),
    ],
)
def test_what_a_question_is_for_is_taken_only_from_plain_words(text: str, use: Use) -> None:
    (asked,) = guessed("Spring", answered(text, *[["Yes"]] * 6, *[["No"]] * 6)).questions
    assert asked.use is use
