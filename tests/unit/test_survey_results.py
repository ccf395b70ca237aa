"""Results say how many answered, how sure a number is, and nothing about anybody."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from network.disclosure import SMALLEST_GROUP, mean_range
from network.statistics import mean
from network.survey_results import SurveyResult, analyse, may_replace, share, themes_told, topics_ranked
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
    assert result(a_tally()).small_groups == ("Migrant",)
    empty = {"Head Start": 33, "Tribal": 7, "Migrant": 0}
    assert result(a_tally(group=empty)).small_groups == ("Migrant",), "whether anybody answered is not told either"


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


def test_results_are_replaced_only_when_the_comparison_tells_nobody_apart() -> None:
    first = a_tally()
    one_more = a_tally(41, useful={"1": 1, "2": 3, "3": 8, "4": 16, "5": 13})
    assert may_replace(FALL, first, first)
    assert not may_replace(FALL, first, one_more)
    many_more = Tally(
        70,
        dict.fromkeys(first.of, 70),
        {
            "group": {"Head Start": 50, "Tribal": 15, "Migrant": 5},
            "useful": {"1": 1, "2": 10, "3": 14, "4": 26, "5": 19},
            "parts": {"Meetings": 45, "Newsletter": 50, "Calls": 12},
            "topic": {"Lead": 18, "Teeth": 30, "Asthma": 22},
        },
        {"why": {"Travel": 20}},
    )
    assert may_replace(FALL, first, many_more)


people = st.lists(
    st.tuples(st.sampled_from(STEPS), st.sampled_from(GROUP.labels), st.sampled_from(TOPIC.labels)),
    min_size=20,
    max_size=90,
)


@given(people, st.randoms(use_true_random=False))
def test_comparing_everything_ever_shown_tells_no_small_group_apart(
    answers: list[tuple[str, str, str]], chance: random.Random
) -> None:
    """People answer one after another and results are shown whenever they may be: the attacker keeps every page."""
    released: list[Tally] = []
    for end in sorted(chance.sample(range(1, len(answers) + 1), k=min(15, len(answers)))):
        now = _counted(answers[:end])
        if not released or may_replace(FALL, released[-1], now):
            released.append(now)
    for question in (SCALE, GROUP, TOPIC):
        for earlier, later in combinations(released, 2):
            old, new = (analyse(FALL, each, None).of_question(question.id) for each in (earlier, later))
            assert old is not None
            assert new is not None
            if old.shown and new.shown:
                before = {cell.labels: cell.count for cell in old.shown.cells}
                came = [cell.count - before[cell.labels] for cell in new.shown.cells if cell.labels in before]
                assert all(number == 0 or abs(number) >= SMALLEST_GROUP for number in came)
            if new.shown and new.mean:
                assert (new.mean.low, new.mean.high) == mean_range(STEPS, new.shown), "a mean tells no more than lines"


def _counted(answers: list[tuple[str, str, str]]) -> Tally:
    counts = {
        question.id: {label: sum(answer[place] == label for answer in answers) for label in question.labels}
        for place, question in enumerate((SCALE, GROUP, TOPIC))
    }
    return Tally(len(answers), dict.fromkeys(counts, len(answers)), counts, {})
