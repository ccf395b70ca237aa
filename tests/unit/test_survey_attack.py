"""The difference attack: whoever keeps every page ever shown, and knows our rules, recovers no single answer.

A world is what everybody answered. The attacker sees everything that is published in each world and rules out the
worlds that would have looked otherwise; an answer is recovered where all that are left agree on it.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from network.disclosure import ENOUGH_AT_FIRST, ENOUGH_LATER, SMALLEST_GROUP, show_choice, show_options
from network.jobs.survey_releases import kept_of
from network.jobs.survey_report import SurveyReport, SurveyStanding, page, result_lines, results_csv
from network.jobs.surveys import read_surveys
from network.survey_results import analyse
from network.survey_rows import parse_surveys
from network.surveys import Question, QuestionKind, Response, Survey, Tally, Use
from network.tabs import SURVEY_QUESTIONS, understand
from tests.builders import NOON, Desk
from tests.unit.test_surveys_job import a_desk, answers, reading

LABELS = ("ash", "birch", "cedar", "dogwood")
World = tuple[tuple[int, ...], ...]  # for each group that came together: how many gave each possible answer


def given_by(people: int, ways: int) -> Iterator[tuple[int, ...]]:
    """Every way in which so many people can give so many different answers."""
    if ways == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in given_by(people - first, ways - 1):
            yield (first, *rest)


def patterns(kind: QuestionKind, labels: int) -> list[tuple[int, ...]]:
    """The different answers that one person can give, as the places of what they chose."""
    most = labels if kind is QuestionKind.MANY else 1
    return [chosen for size in range(1, most + 1) for chosen in combinations(range(labels), size)]


def published(survey: Survey, tallies: Sequence[Tally]) -> str:
    """Everything that is told of these people: page, sheet, file and who is to be called."""
    first, *later = tallies
    result = analyse(survey, first, 70, None, later)
    standing = SurveyStanding(survey, result.answered, result)
    told = page(SurveyReport(standings=(standing,))).markdown
    return f"{told}\n{result_lines([standing])}\n{results_csv(result)}\n{result.small_groups}"


def recovered(kind: QuestionKind, labels: int, sizes: Sequence[int], use: Use = Use.NONE) -> list[str]:
    """What an attacker knows for sure about the groups that came one after the other."""
    question = Question("Fall", "q", "Which?", kind, LABELS[:labels], use=use)
    survey = Survey("Fall", (question,))
    ways = patterns(kind, labels)
    worlds: defaultdict[tuple[str, ...], list[World]] = defaultdict(list)
    seen: dict[World, str] = {}
    for world in product(*(list(given_by(size, len(ways))) for size in sizes)):
        pages = []
        for end in range(1, len(world) + 1):
            if (part := world[:end]) not in seen:
                seen[part] = published(survey, [_tally(group, ways, question) for group in part])
            pages.append(seen[part])
        worlds[tuple(pages)].append(world)
    return [fact for left in worlds.values() for fact in _facts(left, ways, sizes, labels)]


def _tally(group: tuple[int, ...], ways: Sequence[tuple[int, ...]], question: Question) -> Tally:
    counts = dict.fromkeys(question.labels, 0)
    for chosen, people in zip(ways, group, strict=True):
        for place in chosen:
            counts[question.labels[place]] += people
    return Tally(sum(group), {"q": sum(group)}, {"q": counts}, {})


def _facts(left: Sequence[World], ways: Sequence[tuple[int, ...]], sizes: Sequence[int], labels: int) -> Iterator[str]:
    for group, size in enumerate(sizes):
        for place in range(labels):
            possible = {
                sum(people for chosen, people in zip(ways, world[group], strict=True) if place in chosen)
                for world in left
            }
            if len(possible) > 1:
                continue
            only = possible.pop()
            if 0 < only < SMALLEST_GROUP or size - SMALLEST_GROUP < only <= size:
                yield f"of group {group} exactly {only} of {size} said {LABELS[place]}: {left[0]}"


@pytest.mark.parametrize(
    ("kind", "labels", "most"),
    [
        (QuestionKind.CHOICE, 2, 30),
        (QuestionKind.CHOICE, 3, 16),
        (QuestionKind.CHOICE, 4, 9),
        (QuestionKind.SCALE, 2, 16),
        (QuestionKind.SCALE, 3, 9),
        (QuestionKind.MANY, 2, 14),
    ],
)
def test_one_page_recovers_no_answer(kind: QuestionKind, labels: int, most: int) -> None:
    use = Use.GROUP if kind is QuestionKind.CHOICE else Use.NONE
    for people in range(2, most + 1):
        assert recovered(kind, labels, [people], use) == []


@pytest.mark.parametrize(("labels", "sizes"), [(2, range(5, 40)), (3, range(5, 18)), (4, (10, 11))])
def test_no_count_of_several_answers_follows_from_the_others(labels: int, sizes: Sequence[int]) -> None:
    """By counts alone: each of so many people chose one answer at least, and the attacker knows it."""
    for size in sizes:
        worlds: defaultdict[object, list[tuple[int, ...]]] = defaultdict(list)
        for world in product(range(size + 1), repeat=labels):
            if (total := sum(world)) >= size:
                counts = dict(zip(LABELS, world, strict=False))
                worlds[show_choice(counts) if total == size else show_options(counts, size)].append(world)
        for left in worlds.values():
            for possible in map(set, zip(*left, strict=True)):
                told = {count for count in possible if len(possible) == 1}
                corners = {*range(1, SMALLEST_GROUP), *range(size - SMALLEST_GROUP + 1, size + 1)}
                assert told.isdisjoint(corners), left[0]


@pytest.mark.parametrize(
    ("kind", "labels", "sizes"),
    [
        (QuestionKind.CHOICE, 2, (ENOUGH_AT_FIRST, ENOUGH_LATER)),
        (QuestionKind.CHOICE, 2, (23, 21)),
        (QuestionKind.SCALE, 2, (12, ENOUGH_LATER)),
    ],
)
def test_comparing_pages_recovers_no_answer(kind: QuestionKind, labels: int, sizes: Sequence[int]) -> None:
    assert recovered(kind, labels, sizes, Use.GROUP if kind is QuestionKind.CHOICE else Use.NONE) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "labels", "sizes"),
    [
        (QuestionKind.CHOICE, 2, (12, 20, 20)),
        (QuestionKind.CHOICE, 3, (14, 20)),
        (QuestionKind.SCALE, 3, (10, 20)),
        (QuestionKind.CHOICE, 4, (16,)),
        (QuestionKind.MANY, 2, (10, 20)),
        (QuestionKind.MANY, 2, (40,)),
    ],
)
def test_comparing_more_pages_recovers_no_answer_either(kind: QuestionKind, labels: int, sizes: Sequence[int]) -> None:
    assert recovered(kind, labels, sizes, Use.GROUP if kind is QuestionKind.CHOICE else Use.NONE) == []


def test_the_attack_finds_what_a_careless_page_tells() -> None:
    """The attack itself can fail: told outright, a single answer is recovered."""
    assert list(_facts([((1, 9),)], patterns(QuestionKind.CHOICE, 2), [10], 2))


def looks(desk: Desk) -> tuple[int, str, int] | None:
    (survey,) = parse_surveys(understand(reading(desk), SURVEY_QUESTIONS).rows, ()).surveys
    kept = kept_of(desk.office, survey)
    return (kept.answered, kept.since, len(kept.later)) if kept else None


@pytest.mark.parametrize("closes", ["", "2026-10-08"])
def test_when_something_is_shown_depends_on_nobodys_answer(closes: str) -> None:
    """Else the moment would tell: shown today and not yesterday means that the last one said what was lacking."""
    courses = []
    for seed in range(4):
        chance, desk = random.Random(seed), a_desk(closes=closes)
        course = []
        arrivals = random.Random(99)
        for day in range(60):
            now = NOON + timedelta(days=day)
            for _ in range(arrivals.choice((0, 0, 0, 0, 0, 0, 0, 1, 9))):
                number = len(desk.surveys.responses)
                given = {
                    "Which day?": (chance.choice(("Monday", "Friday")),),
                    "Which kind?": (chance.choice(("Head Start", "Tribal", "Migrant")),),
                    "What next?": (chance.choice(("dentist", "nothing")),),
                }
                desk.surveys.responses.append(Response("Fall", f"r{number}", now, given))
            read_surveys(desk.office, reading(desk), now)
            course.append(looks(desk))
        courses.append(course)
    assert courses[0][-1] is not None
    assert courses[1:] == courses[:1] * 3


def test_a_changed_answer_does_not_show() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    before = page(read_surveys(desk.office, reading(desk), NOON)).markdown
    for number, each in enumerate(desk.surveys.responses[:7]):
        changed = {**each.answers, "Which day?": ("Monday" if number % 2 else "Friday",), "What next?": ("dentist",)}
        desk.surveys.responses[number] = replace(each, submitted_at=NOON, answers=changed)
    after = page(read_surveys(desk.office, reading(desk), NOON + timedelta(days=9))).markdown
    assert after == before


def a_scale_that_was_shown(counts: Sequence[int], labels: str = "1; 2; 3; 4; 5") -> Desk:
    """Forty people rated something from 1 to 5; what they said has been shown."""
    desk = a_desk()
    desk.workbook.tabs["Survey questions"].append(
        ["Fall", "ease", "How easy?", "scale", labels, "", "", "", "", "", ""]
    )
    rated = [str(step) for step, people in enumerate(counts, start=1) for _ in range(people)]
    desk.surveys.responses = [
        replace(each, answers={**each.answers, "How easy?": (step,)})
        for each, step in zip(answers(len(rated)), rated, strict=True)
    ]
    read_surveys(desk.office, reading(desk), NOON)
    return desk


def lines(desk: Desk, at: timedelta = timedelta(hours=1)) -> str:
    """The lines of the scale as the sheet shows them."""
    (found,) = (
        line
        for line in result_lines(read_surveys(desk.office, reading(desk), NOON + at).standings)
        if "easy" in line[0]
    )
    return f"{found[2]}: {found[4]}"


def describe(desk: Desk, **cells: str) -> None:
    header, row = desk.workbook.tabs["Survey questions"][0], desk.workbook.tabs["Survey questions"][-1]
    for name, text in cells.items():
        row[list(header).index(name)] = text


@pytest.mark.parametrize(
    "cells",
    [
        {"Labels": "5; 4; 3; 2; 1"},
        {"Kind": "choice"},
        {"Labels": "1; 3; 4; 5"},
        {"Labels": "3; 1; 2; 4; 5"},
        {"Question": "simple"},
        {"Question": "simple", "Labels": "5; 4; 3; 2; 1"},
        {"Question": "How easy?", "Text": ""},
    ],
)
def test_answers_that_were_shown_are_never_shown_a_second_time_in_other_lines(cells: dict[str, str]) -> None:
    """From 1 upwards: six said 1, eleven 2 or 3. From 5 downwards: nine said 3, eight 2 or 1; so two people said 2."""
    desk = a_scale_that_was_shown((6, 2, 9, 11, 12))
    before = lines(desk)
    assert "1: 6; 2 or 3" in before
    desk.surveys.responses += [
        replace(each, answers={**each.answers, "How easy?": ("2",)}) for each in answers(1, start=40)
    ]
    describe(desk, **cells)
    assert lines(desk, timedelta(days=9)) in (before, re.sub(r" On average.*", "", before))


def test_a_survey_that_gets_another_name_does_not_show_the_late_answers_with_it() -> None:
    desk = a_scale_that_was_shown((6, 2, 9, 11, 12))
    before = lines(desk)
    desk.surveys.responses += [
        replace(each, answers={**each.answers, "How easy?": ("1",)}) for each in answers(1, start=40)
    ]
    for row in desk.workbook.tabs["Survey questions"][1:]:
        row[0] = "Feedback of the fall"
    assert lines(desk, timedelta(days=9)) == before
    assert lines(desk, timedelta(days=10)) == before
    next_year = [replace(each, response_id=f"next {each.response_id}") for each in answers(30)]
    desk.surveys.responses = [replace(each, answers={**each.answers, "How easy?": ("3",)}) for each in next_year]
    for row in desk.workbook.tabs["Survey questions"][1:]:
        row[0] = "Next year"
    assert "Nearly everyone said: 3" in lines(desk, timedelta(days=20))


def test_a_scale_in_the_wrong_order_has_no_mean_and_the_sheet_says_why_its_lines_stay() -> None:
    desk = a_scale_that_was_shown((6, 2, 9, 11, 12), "5; 4; 3; 2; 1")
    before = read_surveys(desk.office, reading(desk), NOON + timedelta(hours=1))
    assert "On average" in page(before).markdown
    describe(desk, Labels="1; 2; 3; 4; 5")
    after = read_surveys(desk.office, reading(desk), NOON + timedelta(hours=2))
    assert "On average" not in page(after).markdown
    assert "“How easy?” of “Fall” is described otherwise since its answers were shown." in page(after).markdown


def test_a_choice_whose_wording_is_put_right_is_shown_with_its_right_wording() -> None:
    desk = a_scale_that_was_shown((6, 7, 9, 10, 8), "one; two; three; four; five")
    assert "four: 10" in lines(desk)
    describe(desk, Labels="one; two; three; FOUR of five; five")
    assert "FOUR of five: 10" in lines(desk)


def test_choices_that_fitted_no_answer_are_counted_once_they_are_put_right() -> None:
    desk = a_desk()
    desk.workbook.tabs["Survey questions"][1][4] = "Lunes; Viernes"
    desk.surveys.responses = answers(40)
    assert "Nearly everyone said: Something else." in page(read_surveys(desk.office, reading(desk), NOON)).markdown
    desk.workbook.tabs["Survey questions"][1][4] = "Monday; Friday"
    assert "| Friday | 26 of 40" in page(read_surveys(desk.office, reading(desk), NOON)).markdown


def test_themes_and_questions_described_later_are_counted_once_the_sheet_says_them() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    read_surveys(desk.office, reading(desk), NOON)
    desk.workbook.tabs["Themes"].append(["Nothing at all", "nothing", "Noor"])
    desk.surveys.responses += answers(1, start=40, days_ago=0)
    report = read_surveys(desk.office, reading(desk), NOON + timedelta(days=9))
    assert "Nothing at all" in report.standings[0].themes
    assert report.standings[0].waiting == 1


def test_a_theme_described_after_each_late_answer_does_not_tell_what_it_speaks_of() -> None:
    desk = a_desk()
    wrote = [replace(each, answers={**each.answers, "What next?": ("a bus",)}) for each in answers(4)]
    desk.surveys.responses = [*wrote, *answers(36, start=4)]
    read_surveys(desk.office, reading(desk), NOON)
    late = replace(wrote[0], response_id="late", submitted_at=NOON + timedelta(days=1))
    for day, name in ((2, "Before"), (3, "After")):
        desk.workbook.tabs["Themes"].append([name, "bus", "Noor"])
        report = read_surveys(desk.office, reading(desk), NOON + timedelta(days=day))
        assert name not in report.standings[0].themes
        desk.surveys.responses.append(late)
