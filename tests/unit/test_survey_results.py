"""Results say how many answered, how sure a number is, and nothing about anybody."""

from __future__ import annotations

from dataclasses import replace

from network.statistics import mean
from network.survey_results import SurveyResult, analyse, share, themes_told, topics_ranked
from network.surveys import Question, QuestionKind, Survey, Tally, Use

STEPS = ("1", "2", "3", "4", "5")
GROUP = Question(
    "Fall", "group", "Which kind?", QuestionKind.CHOICE, ("Head Start", "Tribal", "Migrant"), use=Use.GROUP
)
SCALE = Question("Fall", "useful", "How useful?", QuestionKind.SCALE, STEPS)
MANY = Question("Fall", "parts", "Which parts?", QuestionKind.MANY, ("Meetings", "Newsletter", "Calls"))
TOPIC = Question("Fall", "topic", "Which topic?", QuestionKind.TOPIC, ("Lead", "Teeth", "Asthma"))
WHY = Question("Fall", "why", "Why?", QuestionKind.TEXT, use=Use.IDEAS)
QUOTE = Question("Fall", "quote", "May we quote?", QuestionKind.CHOICE, ("Yes", "No"), use=Use.CONSENT)
FALL = Survey("Fall", (GROUP, SCALE, MANY, TOPIC, WHY, QUOTE))


def a_tally(answered: int = 40, **counts: dict[str, int]) -> Tally:
    ordinary: dict[str, dict[str, int]] = {
        "group": {"Head Start": 30, "Tribal": 7, "Migrant": 3},
        "useful": {"1": 1, "2": 3, "3": 8, "4": 16, "5": 12},
        "parts": {"Meetings": 30, "Newsletter": 37, "Calls": 2},
        "topic": {"Lead": 8, "Teeth": 20, "Asthma": 12},
    }
    return Tally(
        answered,
        dict.fromkeys((*ordinary, "why"), answered),
        ordinary | counts,
        {"why": {"Travel": 9, "Spanish": 4, "Forms": 12}},
    )


def result(tally: Tally, before: SurveyResult | None = None, asked: int | None = 70) -> SurveyResult:
    return analyse(FALL, tally, asked, before)


def test_the_response_rate_stands_beside_the_result() -> None:
    assert result(a_tally()).rate == 40 / 70
    assert result(a_tally(), asked=None).rate is None
    assert result(a_tally(), asked=30).rate is None, "more answered than were asked: the link was passed on"


def test_a_mean_is_told_with_its_range() -> None:
    shown = result(a_tally()).of_question("useful")
    assert shown is not None
    assert shown.mean is not None
    true = mean({1: 1, 2: 3, 3: 8, 4: 16, 5: 12})
    assert shown.mean.low <= true <= shown.mean.high
    assert shown.mean.likely.low < shown.mean.low
    assert shown.mean.likely.high > shown.mean.high


def test_small_groups_are_named_so_that_somebody_calls_them() -> None:
    apart = {"Head Start": 28, "Tribal": 7, "Migrant": 5}
    assert result(a_tally(group=apart)).small_groups == ()
    assert result(a_tally()).small_groups == ("Tribal", "Migrant"), "they share a line, so both are called"
    empty = {"Head Start": 33, "Tribal": 7, "Migrant": 0}
    assert result(a_tally(group=empty)).small_groups == ("Tribal", "Migrant"), "whether anybody answered is not told"
    alone = {"Head Start": 5, "Tribal": 0, "Migrant": 0}
    assert result(a_tally(5, group=alone)).small_groups == GROUP.labels, "else it would tell who the five are"


def test_an_option_nearly_all_or_nearly_none_chose_has_no_count() -> None:
    shown = result(a_tally()).of_question("parts")
    assert shown is not None
    assert [(each.count, each.is_nearly_all, each.is_small) for each in shown.options] == [
        (30, False, False),
        (None, True, False),
        (None, False, True),
    ]


def test_options_of_which_each_person_chose_one_are_shown_as_one_table() -> None:
    shown = result(a_tally(parts={"Meetings": 28, "Newsletter": 10, "Calls": 2})).of_question("parts")
    assert shown is not None
    assert shown.shown is not None, "otherwise the two that are left out would follow from the rest"
    assert [cell.count for cell in shown.shown.cells] == [28, 12]


def test_topics_are_ranked_for_the_agenda() -> None:
    assert topics_ranked(result(a_tally())) == [("Teeth", 20), ("Asthma", 12), ("Lead", 8)]
    several = a_tally(topic={"Lead": 16, "Teeth": 30, "Asthma": 2})
    assert topics_ranked(result(several)) == [("Teeth", 30), ("Lead", 16)]


def test_a_theme_that_five_spoke_of_is_told() -> None:
    assert themes_told(a_tally(), FALL) == ["Forms", "Travel"]
    assert themes_told(a_tally(), FALL, Use.GROUP) == []


def test_texts_and_consent_are_never_part_of_a_result() -> None:
    shown = result(a_tally())
    assert shown.of_question("quote") is None
    text = shown.of_question("why")
    assert text is not None
    assert text.is_too_few


def test_a_change_is_told_only_when_chance_does_not_explain_it() -> None:
    low = {"1": 12, "2": 14, "3": 8, "4": 6, "5": 0}
    before = result(a_tally(useful=low))
    assert "Higher than last time" in _change(result(a_tally(), before))
    assert "Lower than last time" in _change(result(a_tally(useful=low), result(a_tally())))
    assert "No clear change" in _change(result(a_tally(), result(a_tally())))
    few = replace(a_tally(9, useful={"1": 0, "2": 0, "3": 0, "4": 4, "5": 5}))
    assert "Too few to say" in _change(result(few, before))
    assert _change(result(a_tally())) == "", "asked for the first time"


def _change(shown: SurveyResult) -> str:
    question = shown.of_question("useful")
    assert question is not None
    return question.change


def test_a_share_is_told_with_its_wilson_interval() -> None:
    assert share(12, 40) == "12 of 40 (30 %, likely 18 to 45 %)"


def test_later_answers_are_added_only_as_a_table_that_may_be_shown_alone() -> None:
    first = a_tally(useful={"1": 5, "2": 5, "3": 8, "4": 12, "5": 10})
    same = a_tally(25, useful={"1": 5, "2": 5, "3": 5, "4": 5, "5": 5})
    other = a_tally(20, useful={"1": 0, "2": 0, "3": 0, "4": 1, "5": 19})
    both = analyse(FALL, first, 90, None, [same]).of_question("useful")
    assert both is not None
    assert both.shown is not None
    assert [cell.count for cell in both.shown.cells] == [10, 10, 13, 17, 15]
    assert both.of == 65
    not_added = analyse(FALL, first, 90, None, [other]).of_question("useful")
    assert not_added == analyse(FALL, first, 90).of_question("useful")


def test_joined_lines_still_hold_the_true_mean_in_their_range() -> None:
    tallies = [a_tally(useful={"1": 1, "2": 3, "3": 8, "4": 16, "5": 12}) for _ in range(3)]
    shown = analyse(FALL, tallies[0], None, None, tallies[1:]).of_question("useful")
    assert shown is not None
    assert shown.mean is not None
    assert shown.mean.low <= mean({1: 1, 2: 3, 3: 8, 4: 16, 5: 12}) <= shown.mean.high
