"""Surveys: questions, responses, and what was counted of them.

How answers are shown so that nobody is found out is in `disclosure`, what they mean in `survey_results`, how the tabs
are read in `survey_rows`, how an idea travels on in `ideas`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from network.cells import fold as fold_anew
from network.keys import NAME, fitted
from network.themes import ThemeFinder

# Headers and labels come again with every response; a hundred thousand of them are then read in seconds.
fold = lru_cache(maxsize=4096)(fold_anew)
_OPEN_FOR = timedelta(days=28)  # a survey without a last day
REFERENCE = "[Reference]"  # in a survey's link: there the person's own goes
OTHER = "Something else"  # what stands for an answer that is none of the listed ones


class QuestionKind(StrEnum):
    """How a question is answered."""

    SCALE = "scale"  # one of a few steps from low to high
    CHOICE = "choice"  # one of several
    MANY = "many"  # any of several
    TEXT = "text"  # in the person's own words; grouped by *Themes*, seen by the survey's owner only
    TOPIC = "topic"  # what should be on the agenda: ranked


class Use(StrEnum):
    """What a question is for beyond being counted."""

    NONE = ""
    GROUP = "group"  # whom somebody speaks for: a group too small to show is called instead
    IDEAS = "ideas"  # what the network should do: themes of these become items
    CONSENT = "consent to quote"  # a yes lets the owner quote the person's words, without the name
    REFERENCE = "who answers"  # tells who it was; becomes a reference and is never shown or kept as an answer


@dataclass(frozen=True, slots=True)
class Question:
    """One row of *Survey questions*."""

    survey: str
    id: str
    text: str
    kind: QuestionKind
    labels: tuple[str, ...] = ()  # scale labels from low to high, or choices
    goal: str = ""  # which goal it feeds
    use: Use = Use.NONE
    meanings: Mapping[str, str] = field(default_factory=dict, hash=False)  # label -> "very useful"


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey as *Survey questions* describes it; what holds for all of it stands in any one of its rows."""

    name: str
    questions: tuple[Question, ...]
    link: str = ""  # of the form; `[Reference]` in it becomes the person's own
    opens_on: date | None = None
    closes_on: date | None = None
    is_anonymous: bool = True
    owner: str = ""
    asked: int | None = None  # how many were asked, where we did not ask them ourselves

    @property
    def key(self) -> str:
        """The name for keys and files: "member-feedback-september-2026"."""
        return fitted("-".join("".join(c if c.isalnum() else " " for c in self.name.casefold()).split()), NAME)

    @property
    def last_day(self) -> date | None:
        """Until when it may be answered; four weeks where no day is typed, None where it never opened."""
        return self.closes_on or (self.opens_on + _OPEN_FOR if self.opens_on else None)

    def is_open(self, today: date) -> bool:
        """Tells whether people are asked to answer it on that day."""
        if not self.link or self.opens_on is None or self.last_day is None:
            return False
        return self.opens_on <= today <= self.last_day

    def of_use(self, use: Use) -> tuple[Question, ...]:
        """The questions with this use."""
        return tuple(question for question in self.questions if question.use is use)


@dataclass(frozen=True, slots=True)
class Response:
    """One person's answers; upserted by (survey, response id) with the latest submission winning."""

    survey: str
    response_id: str
    submitted_at: datetime
    answers: Mapping[str, tuple[str, ...]]  # question id -> values; an unanswered question has no key
    reference: str = ""  # personal reference where the survey is not anonymous


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of a survey: all that results are made of, and all that is remembered of a release."""

    answered: int
    of: Mapping[str, int]  # question id -> how many answered it
    counts: Mapping[str, Mapping[str, int]]  # question id -> label -> how many
    themes: Mapping[str, Mapping[str, int]]  # question id of a text -> theme -> how many


def survey_of(response: Response, surveys: Sequence[Survey]) -> Survey | None:
    """Finds which survey a response belongs to: by name, else the one that shares most of its questions."""
    for survey in surveys:
        if fold(survey.name) == fold(response.survey):
            return survey
    headers = {fold(header) for header in response.answers}
    shared = [(len(headers & _spellings(survey)), survey) for survey in surveys]
    most, best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return best if most > 0 and [count for count, _ in shared].count(most) == 1 else None


def recognised(response: Response, survey: Survey) -> tuple[Response, tuple[str, ...]]:
    """Puts a response into the survey's own terms; returns also the questions that nobody has described.

    Answers are kept under question ids with the listed labels; the answer to *who answers* becomes the reference only.
    """
    by_header = _by_header(survey)
    answers: dict[str, tuple[str, ...]] = {}
    unknown: list[str] = []
    reference = response.reference
    for header, values in response.answers.items():
        question = by_header.get(fold(header))
        if question is None:
            unknown.append(header)
        elif question.use is Use.REFERENCE:
            reference = reference or " ".join(values).strip()
        elif labelled := answers_of(question, values):
            answers[question.id] = labelled
    return replace(response, survey=survey.name, answers=answers, reference=reference), tuple(unknown)


def answers_of(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    """The listed labels that were chosen, or the words written; an answer that is not listed is *Something else*."""
    written = tuple(value.strip() for value in values if value.strip())
    if question.kind is QuestionKind.TEXT or not written:
        return written
    if not question.labels:
        return (OTHER,)  # nobody's own words become a line of a table
    by_label = _by_spelling(question)
    chosen = [found for value in written for found in _labels_in(value, by_label, question.kind in _SEVERAL)]
    if question.kind is QuestionKind.SCALE:
        chosen = [label for label in chosen if label != OTHER]
    unique = tuple(dict.fromkeys(chosen))
    return unique if question.kind in _SEVERAL else unique[:1]


@lru_cache(maxsize=64)
def _by_header(survey: Survey) -> Mapping[str, Question]:
    return {fold(spelling): question for question in survey.questions for spelling in (question.id, question.text)}


@lru_cache(maxsize=512)
def _by_spelling(question: Question) -> Mapping[str, str]:
    """Each spelling of an answer and the label it means."""
    by_label = {fold(label): label for label in question.labels}
    if question.kind is QuestionKind.SCALE:
        # Forms often give the number of the step where the sheet names it, or "5 - very useful".
        steps = {fold(f"{step}"): label for step, label in enumerate(question.labels, start=1)}
        steps |= {fold(f"{step}{label}"): label for step, label in enumerate(question.labels, start=1)}
        by_meaning = {fold(meaning): label for label, meaning in question.meanings.items()}
        by_meaning |= {fold(f"{label}{meaning}"): label for label, meaning in question.meanings.items()}
        by_label = steps | by_meaning | by_label
    return by_label


def tally(survey: Survey, responses: Iterable[Response], finder: ThemeFinder) -> Tally:
    """Counts responses, one at a time: memory grows with the number of different answers, not of people."""
    answered = 0
    of: Counter[str] = Counter()
    counts = {question.id: Counter(_listed(question)) for question in _counted(survey)}
    themes = {question.id: Counter(dict.fromkeys(finder.names, 0)) for question in _texts(survey)}
    for response in responses:
        answered += 1
        for question_id, values in response.answers.items():
            if question_id in counts:
                counts[question_id].update(values)
                of[question_id] += 1
            elif question_id in themes:
                themes[question_id].update(finder.find(" ".join(values)))
                of[question_id] += 1
    return Tally(
        answered,
        {question.id: of[question.id] for question in (*_counted(survey), *_texts(survey))},
        {question.id: _in_order(question, counts[question.id]) for question in _counted(survey)},
        {name: dict(found) for name, found in themes.items()},
    )


def came_since(now: Tally, before: Sequence[Tally]) -> Tally:
    """The tally of those who answered since the others were made; an answer that was edited counts for nothing less."""

    def less(counts: Mapping[str, int], parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
        taken = list(parts)
        return {label: max(0, count - sum(part.get(label, 0) for part in taken)) for label, count in counts.items()}

    return Tally(
        max(0, now.answered - sum(each.answered for each in before)),
        less(now.of, [each.of for each in before]),
        {name: less(counts, [each.counts.get(name, {}) for each in before]) for name, counts in now.counts.items()},
        {name: less(found, [each.themes.get(name, {}) for each in before]) for name, found in now.themes.items()},
    )


_SEVERAL = frozenset({QuestionKind.MANY, QuestionKind.TOPIC})


def _counted(survey: Survey) -> list[Question]:
    hidden = (Use.REFERENCE, Use.CONSENT)
    return [each for each in survey.questions if each.kind is not QuestionKind.TEXT and each.use not in hidden]


def _texts(survey: Survey) -> list[Question]:
    return [each for each in survey.questions if each.kind is QuestionKind.TEXT and each.use is not Use.REFERENCE]


def _listed(question: Question) -> dict[str, int]:
    """Every label at zero: the order of a table is the order of the question, whatever was answered first."""
    return dict.fromkeys(question.labels, 0)


def _in_order(question: Question, counted: Mapping[str, int]) -> dict[str, int]:
    """Listed labels as listed, others by name: never in the order in which people answered."""
    others = sorted(label for label in counted if label not in question.labels)
    return {label: counted[label] for label in (*question.labels, *others)}


def _spellings(survey: Survey) -> set[str]:
    return {fold(spelling) for question in survey.questions for spelling in (question.id, question.text)}


def _labels_in(value: str, by_label: Mapping[str, str], may_be_several: bool) -> list[str]:
    """Reads one cell: a label, or several in one cell, which Google Forms joins with ";" and its sheet with ", "."""
    if fold(value) in by_label:
        return [by_label[fold(value)]]
    if not may_be_several:
        return [OTHER]
    parts = [part for part in value.split(";") if part.strip()]
    if len(parts) == 1:
        parts = _split_at_commas(value, by_label)
    return [by_label.get(fold(part), OTHER) for part in parts]


def _split_at_commas(value: str, by_label: Mapping[str, str]) -> list[str]:
    """Splits "Forms, samples, Meetings" at the commas that are not part of a label."""
    pieces = value.split(",")
    parts: list[str] = []
    while pieces:
        size = next((n for n in range(len(pieces), 0, -1) if fold(",".join(pieces[:n])) in by_label), 1)
        parts.append(",".join(pieces[:size]))
        pieces = pieces[size:]
    return [part for part in parts if part.strip()]
