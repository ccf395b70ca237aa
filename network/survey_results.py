"""What a survey says, honestly: the response rate beside everything, ranges beside numbers, "too few" where it is so.

Made from a `Tally` alone, through `disclosure`: whatever is written from a `SurveyResult` gives nobody's answer away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from network.disclosure import (
    SMALLEST_GROUP,
    OptionShown,
    Shown,
    joined,
    mean_range,
    options_joined,
    show_choice,
    show_options,
    show_scale,
)
from network.statistics import Draws, Interval, difference, mean, mean_interval, wilson
from network.surveys import Question, QuestionKind, Survey, Tally, Use

_FEW = 10  # fewer answers than this on either side: a change cannot be told


@dataclass(frozen=True, slots=True)
class MeanShown:
    """The mean of a scale: the range that follows from the lines shown, and where the true mean may well lie."""

    low: float
    high: float
    likely: Interval
    top: int  # the highest step

    @property
    def value(self) -> float:
        """The middle of the range."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question as it may be shown; `change` is a sentence, blank where the question is new."""

    question: Question
    of: int
    shown: Shown | None = None  # one answer each
    options: tuple[OptionShown, ...] = ()  # several answers each; or themes of a text
    mean: MeanShown | None = None
    change: str = ""

    @property
    def is_too_few(self) -> bool:
        """Whether there is nothing that may be shown."""
        has_table = self.shown is not None and bool(self.shown.cells or self.shown.nearly_all)
        return not has_table and not self.options


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """A survey as it may be shown to everybody."""

    survey: Survey
    answered: int
    asked: int | None
    questions: tuple[QuestionResult, ...]
    small_groups: tuple[str, ...] = ()  # groups too small to be shown apart: to be called

    @property
    def rate(self) -> float | None:
        """The share of those asked who answered; None when nobody knows, or more answered than were asked."""
        return self.answered / self.asked if self.asked and self.answered <= self.asked else None

    def of_question(self, question_id: str) -> QuestionResult | None:
        """The result of one question."""
        return next((each for each in self.questions if each.question.id == question_id), None)


def analyse(
    survey: Survey, tally: Tally, asked: int | None, before: SurveyResult | None = None, later: Sequence[Tally] = ()
) -> SurveyResult:
    """Says what may be said of a tally; `before` is the last survey that asked some of the same questions.

    `later` are tallies of people who answered after the first was shown, each of other people.
    """
    results = tuple(_result(question, tally, before, later) for question in survey.questions if _is_told(question))
    answered = tally.answered + sum(each.answered for each in later)
    return SurveyResult(survey, answered, asked, results, _small_groups(results))


def topics_ranked(result: SurveyResult) -> list[tuple[str, int]]:
    """Topics for the next agenda, most wanted first; those that fewer than five want are not ranked."""
    wanted: dict[str, int] = {}
    for each in result.questions:
        if each.question.kind is QuestionKind.TOPIC:
            for cell in each.shown.cells if each.shown else ():
                if len(cell.labels) == 1:
                    wanted[cell.labels[0]] = wanted.get(cell.labels[0], 0) + cell.count
            for option in each.options:
                if option.count is not None:
                    wanted[option.label] = wanted.get(option.label, 0) + option.count
    return sorted(wanted.items(), key=lambda pair: (-pair[1], pair[0]))


def themes_told(tally: Tally, survey: Survey, use: Use | None = None) -> list[str]:
    """Themes that five people or more spoke of in one question, most often first; these may become items."""
    often: dict[str, int] = {}
    for question in survey.questions:
        if use is None or question.use is use:
            for theme, count in tally.themes.get(question.id, {}).items():
                often[theme] = max(often.get(theme, 0), count)
    return sorted((theme for theme, count in often.items() if count >= SMALLEST_GROUP), key=lambda each: -often[each])


def has_lines(question: Question, tally: Tally) -> bool:
    """Tells whether any count of this question is told; the kind of `question` says how it is shown."""
    shown, options = _shown(question, tally.counts.get(question.id, {}), _of(question, tally))
    return bool(shown and shown.cells) or any(option.count is not None for option in options)


def share(count: int, of: int) -> str:
    """A count with its share and where the true share may well lie: "12 of 40 (30 %, likely 18 to 45 %)"."""
    likely = wilson(count, of)
    return f"{count} of {of} ({count / of:.0%}, likely {likely.low * 100:.0f} to {likely.high:.0%})".replace("%", " %")


def _is_told(question: Question) -> bool:
    return question.use not in (Use.CONSENT, Use.REFERENCE)


def _of(question: Question, tally: Tally) -> int:
    return tally.of.get(question.id, 0)


def _result(question: Question, tally: Tally, before: SurveyResult | None, later: Sequence[Tally]) -> QuestionResult:
    of = _of(question, tally)
    if question.kind is QuestionKind.TEXT:
        return QuestionResult(question, of + sum(_of(question, each) for each in later))
    counts = tally.counts.get(question.id, {})
    shown, options = _shown(question, counts, of)
    for each in later:
        shown, options, of = _with_later(question, each, (shown, options, of))
    if question.kind is not QuestionKind.SCALE or shown is None:
        return QuestionResult(question, of, shown, options)
    # Of a scale whose order was corrected after it was shown the lines stay as they were, and a mean would be wrong.
    result = QuestionResult(
        question, of, shown, mean=_mean(list(counts), shown) if _is_ordered(question, counts) else None
    )
    past = next((each for each in before.questions if _is_same(each.question, question)), None) if before else None
    change = _change(past, result) if past else ""
    return QuestionResult(question, of, shown, mean=result.mean, change=change)


def _is_ordered(question: Question, counts: Mapping[str, int]) -> bool:
    return tuple(counts) == question.labels


_Told = tuple[Shown | None, tuple[OptionShown, ...], int]  # a table or options, and of how many


def _with_later(question: Question, tally: Tally, told: _Told) -> _Told:
    """What is told with the answers of later people, where they can be added."""
    shown, options, of = told
    more = _of(question, tally)
    new_shown, new_options = _shown(question, tally.counts.get(question.id, {}), more)
    if shown is not None and new_shown is not None and (both := joined(shown, new_shown)):
        return both, (), of + more
    if shown is None and new_shown is None and (all_options := options_joined(options, new_options)):
        return None, all_options, of + more
    return told


def _shown(question: Question, counts: Mapping[str, int], of: int) -> tuple[Shown | None, tuple[OptionShown, ...]]:
    if question.kind is QuestionKind.SCALE:
        return show_scale(counts), ()
    # Where each person gave one answer the counts add up, and one that is left out could be worked out from the rest.
    if question.kind is QuestionKind.CHOICE or sum(counts.values()) == of:
        return show_choice(counts), ()
    return None, show_options(counts, of)


def _mean(labels: Sequence[str], shown: Shown) -> MeanShown | None:
    told = mean_range(labels, shown)
    if told is None:
        return None
    scores = {label: number for number, label in enumerate(labels, start=1)}
    counts: dict[float, int] = {float(scores[cell.mostly]): cell.count for cell in shown.cells}
    # The spread is taken from the lines shown, so that the interval gives away no more than they do.
    spread, centre = mean_interval(counts, Draws(shown.of)), mean(counts)
    likely = Interval(max(1.0, told[0] + spread.low - centre), min(len(labels), told[1] + spread.high - centre))
    return MeanShown(*told, likely, len(labels))


def _is_same(one: Question, other: Question) -> bool:
    return one.text.casefold() == other.text.casefold() and one.labels == other.labels


def _change(past: QuestionResult, now: QuestionResult) -> str:
    """What changed since last time, as far as it can be told."""
    if past.mean is None or now.mean is None or min(past.of, now.of) < _FEW:
        return "Too few to say whether this changed."
    moved = difference(past.mean.value, past.mean.likely, now.mean.value, now.mean.likely)
    numbers = f"from {past.mean.value:.1f} to {now.mean.value:.1f}"
    if moved.holds(0):
        return f"No clear change since last time ({numbers}; chance alone could do that)."
    return f"{'Higher' if moved.low > 0 else 'Lower'} than last time ({numbers}); more than chance."


def _small_groups(results: Sequence[QuestionResult]) -> tuple[str, ...]:
    """Groups that no line shows apart, empty ones too: read off the tables, so it tells no more than they do."""
    return tuple(
        label
        for each in results
        if each.question.use is Use.GROUP
        for label in each.question.labels
        if label not in _apart(each)
    )


def _apart(each: QuestionResult) -> set[str]:
    if each.shown is None:
        return {option.label for option in each.options if option.count is not None or option.is_nearly_all}
    return {each.shown.nearly_all, *(cell.labels[0] for cell in each.shown.cells if len(cell.labels) == 1)}
