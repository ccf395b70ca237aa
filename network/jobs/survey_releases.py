"""When results of a survey are shown, and of whom: looked at once, and later answers only as people of their own.

A look never depends on what was answered: the first comes when the survey has closed, or without a last day when ten
have answered and three days brought nobody; the next when twenty more have answered. What a look found stays as it is,
except where a question or theme was described anew, for the words are the coordinator's and not the people's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from network.cadence import local_day
from network.disclosure import ENOUGH_AT_FIRST, ENOUGH_LATER
from network.ports import Office
from network.survey_results import SurveyResult, analyse, themes_told
from network.surveys import Response, Survey, Tally, came_since, tally
from network.themes import ThemeFinder

QUIET = timedelta(days=3)  # a survey without a last day has settled when nobody answered for so long


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a survey, as it is remembered: nothing but counts, each tally of other people."""

    tally: Tally
    asked: int | None
    since: str  # when results were first shown
    later: tuple[Tally, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)  # question or theme -> mark of how it was described

    @property
    def answered(self) -> int:
        """How many people it was made of."""
        return self.tally.answered + sum(each.answered for each in self.later)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return (self.tally, *self.later)

    def to_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Shown:
        kept = json.loads(text)
        later = tuple(Tally(**each) for each in kept.get("later", ()))
        return cls(Tally(**kept["tally"]), kept["asked"], kept["since"], later, kept.get("words", {}))


@dataclass(frozen=True, slots=True)
class Release:
    """One survey's answers so far, and what of them is shown from now on."""

    survey: Survey
    answered: int
    shown: Shown | None
    references: frozenset[str] = frozenset()  # of those who are known to have answered

    @property
    def waiting(self) -> int:
        """Answers kept that nobody has looked at yet."""
        return max(0, self.answered - (self.shown.answered if self.shown else 0))

    @property
    def themes(self) -> tuple[str, ...]:
        """Themes that five or more of one look spoke of, most often first."""
        found = [theme for each in self.shown.tallies for theme in themes_told(each, self.survey)] if self.shown else []
        return tuple(dict.fromkeys(found))


def release(
    office: Office, survey: Survey, responses: Iterable[Response], finder: ThemeFinder, *, invited: int, at: datetime
) -> Release:
    """Counts, and looks when it is time; `invited` is how many we asked ourselves. Goes through responses once."""
    moments: list[datetime] = []
    references: set[str] = set()

    def watched() -> Iterator[Response]:
        for each in responses:
            if not moments or each.submitted_at > moments[0]:
                moments[:] = [each.submitted_at]
            references.add(each.reference)
            yield each

    counted = tally(survey, watched(), finder)
    shown = _shown(office, survey, counted, _words(survey, finder), invited=invited, last=moments, at=at)
    return Release(survey, counted.answered, shown, frozenset(references - {""}))


def results_of(releases: Iterable[Release]) -> list[SurveyResult]:
    """Results of what is shown, oldest first, each compared with the newest before that asked the same."""
    told: list[SurveyResult] = []
    shown = [(each.shown.since, each.survey.key, each.survey, each.shown) for each in releases if each.shown]
    for _, _, survey, kept in sorted(shown, key=lambda each: each[:2]):
        texts = {question.text.casefold() for question in survey.questions}
        earlier = [each for each in told if texts & {question.text.casefold() for question in each.survey.questions}]
        told.append(analyse(survey, kept.tally, kept.asked, earlier[-1] if earlier else None, kept.later))
    return told


def results_shown(office: Office, surveys: Sequence[Survey]) -> list[SurveyResult]:
    """Results as they are shown now, oldest first: what metrics may be counted from."""
    kept = [(survey, kept_of(office, survey)) for survey in surveys]
    return results_of([Release(survey, each.answered, each) for survey, each in kept if each is not None])


def kept_of(office: Office, survey: Survey) -> Shown | None:
    """What is remembered as shown."""
    text = office.cursors.get(_cursor(survey))
    return Shown.from_text(text) if text else None


def keep(office: Office, found: Release, at: datetime) -> None:
    """Remembers what is shown."""
    if found.shown is not None and found.shown != kept_of(office, found.survey):
        office.cursors.set(_cursor(found.survey), found.shown.to_text(), at)


def _shown(
    office: Office,
    survey: Survey,
    counted: Tally,
    words: Mapping[str, str],
    *,
    invited: int,
    last: Sequence[datetime],
    at: datetime,
) -> Shown | None:
    kept = kept_of(office, survey)
    asked = survey.asked or invited or (kept.asked if kept else None)
    is_time = any(_has_settled(office, survey, each, at) for each in last)
    if kept is None:
        is_enough = survey.closes_on is not None or counted.answered >= ENOUGH_AT_FIRST
        return Shown(counted, asked, at.isoformat(), words=words) if is_time and is_enough else None
    kept = replace(_described_anew(kept, words, counted), asked=asked)
    if is_time and counted.answered - kept.answered >= ENOUGH_LATER:
        kept = replace(kept, later=(*kept.later, came_since(counted, kept.tallies)))
    return kept


def _has_settled(office: Office, survey: Survey, last: datetime, at: datetime) -> bool:
    if survey.closes_on is None:
        # Of an anonymous answer only the day is kept: it may have come at the day's end.
        return at >= last + QUIET + (timedelta(days=1) if survey.is_anonymous else timedelta())
    return local_day(at, office.preferences()) > survey.closes_on


def _words(survey: Survey, finder: ThemeFinder) -> dict[str, str]:
    described: dict[str, object] = {f"question/{each.id}": (each.kind, each.labels) for each in survey.questions}
    described |= {f"theme/{each.name}": each.words for each in finder.themes}
    return {name: hashlib.sha256(repr(each).encode()).hexdigest()[:12] for name, each in described.items()}


def _described_anew(kept: Shown, words: Mapping[str, str], counted: Tally) -> Shown:
    """Counts again what is new in the sheet; what was worded otherwise only while nobody has answered since.

    The counts of a new question or theme have never been shown, so there is nothing to compare them with.
    """
    is_quiet = counted.answered == kept.answered
    anew = {name for name, mark in words.items() if name not in kept.words or (is_quiet and kept.words[name] != mark)}
    if not anew:
        return kept
    questions = [name for name in counted.of if f"question/{name}" in anew]
    themes = [theme.removeprefix("theme/") for theme in anew if theme.startswith("theme/")]
    first = _with(kept.tally, counted, questions, themes)
    later = tuple(_without(each, questions, themes) for each in kept.later)
    return replace(kept, tally=first, later=later, words={**kept.words, **{name: words[name] for name in anew}})


def _with(standing: Tally, counted: Tally, questions: Sequence[str], themes: Sequence[str]) -> Tally:
    found = {name: dict(standing.themes.get(name, {})) for name in counted.themes}
    for name, counts in counted.themes.items():
        found[name] |= counts if name in questions else {theme: counts[theme] for theme in themes if theme in counts}
    return Tally(
        standing.answered,
        {**standing.of, **{name: counted.of[name] for name in questions}},
        {**standing.counts, **{name: counted.counts[name] for name in questions if name in counted.counts}},
        found,
    )


def _without(standing: Tally, questions: Sequence[str], themes: Sequence[str]) -> Tally:
    return Tally(
        standing.answered,
        {name: 0 if name in questions else number for name, number in standing.of.items()},
        {name: {} if name in questions else counts for name, counts in standing.counts.items()},
        {
            name: {theme: 0 if theme in themes or name in questions else count for theme, count in counts.items()}
            for name, counts in standing.themes.items()
        },
    )


def _cursor(survey: Survey) -> str:
    return f"survey.{survey.key}.shown"
