"""*Survey questions* and *Themes*: what people type there, and the sentence for each row that cannot be used."""

from __future__ import annotations

from datetime import date

import pytest

from network.survey_rows import SurveysReading, parse_surveys
from network.surveys import QuestionKind, Use
from network.tabs import Cell, Row


def row(number: int = 2, **cells: Cell) -> Row:
    return Row(number, {name.replace("_", " "): value for name, value in cells.items()})


def reading(*questions: Row) -> SurveysReading:
    return parse_surveys(questions, ())


def test_rows_of_one_survey_stand_together() -> None:
    surveys = reading(
        row(Survey="Spring", Question="How useful?", Kind="scale", Choices="1; 2; 3"),
        row(Survey="Fall", Question="Which day?", Kind="choice", Choices="Monday; Friday"),
        row(Survey="spring ", Question="Anything else?", Kind="Text"),
    ).surveys
    assert [(survey.name, len(survey.questions)) for survey in surveys] == [("Spring", 2), ("Fall", 1)]


def test_what_holds_for_the_whole_survey_may_stand_in_any_row() -> None:
    (survey,) = reading(
        row(Survey="Spring", Question="How useful?", Kind="scale", Choices="1-5"),
        row(
            Survey="Spring",
            Link="https://example.org/f?ref=[Reference]",
            Opens_on=46000.0,
            Closes_on="2026-01-15",
            Anonymous="no",
            Owner="Noor",
            Asked=70.0,
        ),
    ).surveys
    assert survey.link == "https://example.org/f?ref=[Reference]"
    assert (survey.opens_on, survey.closes_on) == (date(2025, 12, 9), date(2026, 1, 15))
    assert (survey.is_anonymous, survey.owner, survey.asked) == (False, "Noor", 70)
    assert survey.questions[0].labels == ("1", "2", "3", "4", "5")


@pytest.mark.parametrize("typed", [None, "", "yes", "maybe"])
def test_only_a_plain_no_makes_a_survey_not_anonymous(typed: str | None) -> None:
    (survey,) = reading(row(Question="Why?", Kind="text", Anonymous=typed)).surveys
    assert survey.is_anonymous


def test_labels_may_say_what_a_step_means() -> None:
    (survey,) = reading(row(Question="How?", Kind="Scale", Choices="1; 2; 3", Labels="1 = hard; 3 = easy")).surveys
    assert (survey.questions[0].labels, survey.questions[0].meanings) == (("1", "2", "3"), {"1": "hard", "3": "easy"})


def test_a_question_may_have_a_short_name_and_a_use() -> None:
    (survey,) = reading(
        row(Question="quote", Text="May we?", Kind="choice", Labels="Yes; No", Use="Consent to quote")
    ).surveys
    (question,) = survey.questions
    assert (question.id, question.text, question.use) == ("quote", "May we?", Use.CONSENT)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Question": "How?", "Kind": "stars"}, "“stars”. Choose scale, choice, many, text or topic."),
        ({"Question": "How?"}, "Choose a Kind"),
        ({"Kind": "text"}, "Type the question"),
        ({"Question": "How?", "Kind": "scale"}, "1; 2; 3; 4; 5"),
        ({"Question": "How?", "Kind": "choice", "Choices": "Yes"}, "semicolons"),
        ({"Question": "What next?", "Kind": "topic"}, "choose the Kind text"),
        ({"Question": "How?", "Kind": "text", "Use": "fun"}, "Leave it blank or choose group, ideas"),
        ({"Question": "How?", "Kind": "text", "Closes on": "soon"}, "Type it like 2024-05-14"),
    ],
)
def test_a_row_that_cannot_be_used_says_what_to_type(cells: dict[str, Cell], says: str) -> None:
    (issue,) = parse_surveys([Row(7, cells)], ()).issues
    assert says in issue.sentence
    assert issue.row == 7


def test_a_question_that_stands_twice_is_used_once() -> None:
    reads = reading(row(Question="Why?", Kind="text"), row(Question="WHY", Kind="text"))
    assert len(reads.surveys[0].questions) == 1
    assert "twice" in reads.issues[0].sentence


def test_themes_are_read_with_their_words_of_both_columns() -> None:
    reads = parse_surveys((), [Row(2, {"Theme": "Travel", "Words": "drive; hour", "Words in Spanish": "viaje"})])
    assert reads.themes[0].words == ("drive", "hour", "viaje")


@pytest.mark.parametrize("cells", [{"Theme": "Travel"}, {"Words": "drive"}])
def test_a_theme_needs_a_name_and_words(cells: dict[str, Cell]) -> None:
    reads = parse_surveys((), [Row(2, cells)])
    assert (len(reads.themes), len(reads.issues)) == (0, 1)


def test_a_theme_that_stands_twice_is_used_once() -> None:
    rows = [Row(number, {"Theme": "Travel", "Words": "drive"}) for number in (2, 3)]
    reads = parse_surveys((), rows)
    assert (len(reads.themes), len(reads.issues)) == (1, 1)


def test_kinds_are_understood_as_forms_call_them() -> None:
    rows = [
        row(Question=f"Question {kind}", Kind=kind, Choices="a; b")
        for kind in ("Checkboxes", "Multiple choice", "RATING")
    ]
    (survey,) = parse_surveys(rows, ()).surveys
    assert [each.kind for each in survey.questions] == [QuestionKind.MANY, QuestionKind.CHOICE, QuestionKind.SCALE]
