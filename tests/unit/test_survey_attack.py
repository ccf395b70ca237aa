"""The difference attack: whoever keeps every page ever shown, and knows our rules, recovers no single answer.

A world is what everybody answered. The attacker sees everything that is published in each world and rules out the
worlds that would have looked otherwise; an answer is recovered where all that are left agree on it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from network.disclosure import ENOUGH_AT_FIRST, ENOUGH_LATER, SMALLEST_GROUP
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


def test_themes_and_questions_described_later_are_counted_once_the_sheet_says_them() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    read_surveys(desk.office, reading(desk), NOON)
    desk.workbook.tabs["Themes"].append(["Nothing at all", "nothing", "Noor"])
    desk.surveys.responses += answers(1, start=40)
    report = read_surveys(desk.office, reading(desk), NOON + timedelta(days=9))
    assert "Nothing at all" in report.standings[0].themes
    assert report.standings[0].waiting == 1
