"""When results of a survey are shown, and of whom: looked at once, and later answers only as people of their own.

A look never depends on what was answered: the first comes when the survey has closed, or without a last day when ten
have answered and three days brought nobody; the next when twenty more have answered. What a look found stays as it is:
the same answers with other labels, in another order or under another name would be a second table to compare with the
first. A question that is new to the sheet, or of which nothing could be shown so far, is counted as it is described.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from network.cadence import local_day
from network.disclosure import ENOUGH_AT_FIRST, ENOUGH_LATER
from network.ports import Office
from network.survey_results import SurveyResult, analyse, has_lines, themes_told
from network.surveys import Question, QuestionKind, Response, Survey, Tally, came_since, fold, tally
from network.themes import ThemeFinder

_Told = TypeVar("_Told")
QUIET = timedelta(days=3)  # a survey without a last day has settled when nobody answered for so long


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a survey, as it is remembered: nothing but counts, each tally of other people."""

    tally: Tally
    asked: int | None
    since: str  # when results were first shown
    later: tuple[Tally, ...] = ()
    words: Mapping[str, str] = field(
        default_factory=dict
    )  # question or theme -> how it was described; text -> question

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
    kept_as_shown: tuple[str, ...] = ()  # questions described otherwise since their answers were shown

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
            # An answer from a day to come is a slip of some clock: nothing waits until then.
            if each.submitted_at <= at and (not moments or each.submitted_at > moments[0]):
                moments[:] = [each.submitted_at]
            references.add(each.reference)
            yield each

    counted = tally(survey, watched(), finder)
    words = _words(survey, finder)
    kept = kept_of(office, survey) or _under_another_name(office, survey, responses)
    if kept is not None:
        kept = _described_anew(_renamed(kept, survey), words, counted, _early(survey, responses, finder, kept))
    shown = _shown(office, survey, counted, words, kept, invited=invited, last=moments, at=at)
    named = {_question(each.id): each.text for each in survey.questions}
    otherwise = [text for name, text in named.items() if shown and shown.words.get(name, words[name]) != words[name]]
    return Release(survey, counted.answered, shown, frozenset(references - {""}), tuple(otherwise))


def results_of(releases: Iterable[Release]) -> list[SurveyResult]:
    """Results of what is shown, oldest first, each compared with the newest before that asked the same."""
    told: list[SurveyResult] = []
    shown = [(each.shown.since, each.survey.key, each.survey, each.shown) for each in releases if each.shown]
    for _, _, survey, kept in sorted(shown, key=lambda each: each[:2]):
        texts = {question.text.casefold() for question in survey.questions}
        earlier = [each for each in told if texts & {question.text.casefold() for question in each.survey.questions}]
        described = _as_first_described(survey, kept.words)
        told.append(analyse(described, kept.tally, kept.asked, earlier[-1] if earlier else None, kept.later))
    return told


def _as_first_described(survey: Survey, words: Mapping[str, str]) -> Survey:
    """The survey with the kinds by which its answers were first shown: another kind would join other lines."""
    kinds = {each.id: words.get(_question(each.id), "").partition("/")[0] or each.kind for each in survey.questions}
    return replace(
        survey, questions=tuple(replace(each, kind=QuestionKind(kinds[each.id])) for each in survey.questions)
    )


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
        names = dict.fromkeys((*_names(office), found.survey.name))
        office.cursors.set(_NAMES, json.dumps(list(names), ensure_ascii=False), at)


def _under_another_name(office: Office, survey: Survey, responses: Iterable[Response]) -> Shown | None:
    """What was shown of these very answers while the survey had another name: they are not looked at a second time."""
    others = [other for name in _names(office) if (other := Survey(name, ())).key != survey.key]
    ids = {each.response_id for each in responses} if others else frozenset()
    for other in reversed(others):
        if any(each.response_id in ids for each in office.responses.all(other.name)):
            return kept_of(office, other)
    return None


def _names(office: Office) -> list[str]:
    return [str(name) for name in json.loads(office.cursors.get(_NAMES) or "[]")]


def _shown(
    office: Office,
    survey: Survey,
    counted: Tally,
    words: Mapping[str, str],
    kept: Shown | None,
    *,
    invited: int,
    last: Sequence[datetime],
    at: datetime,
) -> Shown | None:
    asked = survey.asked or invited or (kept.asked if kept else None)
    is_time = any(_has_settled(office, survey, each, at) for each in last)
    if kept is None:
        is_enough = survey.closes_on is not None or counted.answered >= ENOUGH_AT_FIRST
        return Shown(counted, asked, at.isoformat(), words=words) if is_time and is_enough else None
    kept = replace(kept, asked=asked)
    if is_time and counted.answered - kept.answered >= ENOUGH_LATER:
        kept = replace(kept, later=(*kept.later, came_since(counted, kept.tallies)))
    return kept


def _has_settled(office: Office, survey: Survey, last: datetime, at: datetime) -> bool:
    if survey.closes_on is None:
        # Of an anonymous answer only the day is kept: it may have come at the day's end.
        return at >= last + QUIET + (timedelta(days=1) if survey.is_anonymous else timedelta())
    return local_day(at, office.preferences()) > survey.closes_on


def _words(survey: Survey, finder: ThemeFinder) -> dict[str, str]:
    """How everything is described now; also which question goes by which text, so that another name hides nothing."""
    described = {_question(each.id): f"{each.kind}/{_mark((each.kind, each.labels))}" for each in survey.questions}
    described |= {_theme(each.name): _mark(each.words) for each in finder.themes}
    return described | {_asked(text): each.id for each in survey.questions for text in (each.id, each.text)}


def _question(question_id: str) -> str:
    return f"question/{question_id}"


def _theme(name: str) -> str:
    return f"theme/{name}"


def _asked(text: str) -> str:
    return f"asked/{fold(text)}"


def _mark(described: object) -> str:
    return hashlib.sha256(repr(described).encode()).hexdigest()[:12]


def _renamed(kept: Shown, survey: Survey) -> Shown:
    """The same under the names that the questions have now."""
    ids = {each.id for each in survey.questions}
    for each in survey.questions:
        before = next(
            (kept.words[_asked(text)] for text in (each.id, each.text) if _asked(text) in kept.words), each.id
        )
        if _question(each.id) in kept.words or before in ids or _question(before) not in kept.words:
            continue
        words = {name: mark for name, mark in kept.words.items() if name != _question(before)}
        words = {name: each.id if mark == before else mark for name, mark in words.items()}
        words[_question(each.id)] = kept.words[_question(before)]
        first, *later = (_with_name(tally, before, each.id) for tally in kept.tallies)
        kept = replace(kept, tally=first, later=tuple(later), words=words)
    return kept


def _with_name(standing: Tally, before: str, now: str) -> Tally:
    def named(found: Mapping[str, _Told]) -> dict[str, _Told]:
        return {now if name == before else name: value for name, value in found.items()}

    return Tally(standing.answered, named(standing.of), named(standing.counts), named(standing.themes))


def _early(survey: Survey, responses: Iterable[Response], finder: ThemeFinder, kept: Shown) -> Callable[[], Tally]:
    """Counts, when it is asked for, those whom the first look was at: who answered before its day."""
    day = datetime.fromisoformat(kept.since).date()
    return lambda: tally(survey, (each for each in responses if each.submitted_at.date() < day), finder)


def _described_anew(kept: Shown, words: Mapping[str, str], counted: Tally, early: Callable[[], Tally]) -> Shown:
    """Counts again what is new in the sheet; what was worded otherwise only where it cannot be compared.

    The counts of a new question or theme have never been shown; it is asked of those alone whom the first look was at,
    for who came since would show in it. Other words for one of which something was shown would show the same answers
    twice, joined otherwise.
    """
    is_quiet = counted.answered == kept.answered
    anew = {
        name
        for name, mark in words.items()
        if name not in kept.words
        or (is_quiet and kept.words[name] != mark and not _was_shown(kept, name))
        or (is_quiet and _is_same_table(kept, name, mark, counted))
    }
    if not anew:
        return kept
    if not is_quiet and (counted := early()).answered > kept.tally.answered:
        return kept
    questions = [name for name in counted.of if _question(name) in anew]
    themes = [theme.removeprefix(_theme("")) for theme in anew if theme.startswith(_theme(""))]
    first = _with(kept.tally, counted, questions, themes)
    later = tuple(_without(each, questions, themes) for each in kept.later)
    return replace(kept, tally=first, later=later, words={**kept.words, **{name: words[name] for name in anew}})


def _was_shown(kept: Shown, name: str) -> bool:
    """Whether a line with a count of this question was ever told."""
    question_id = name.removeprefix(_question(""))
    if not name.startswith(_question("")) or question_id not in kept.tally.counts:
        return False
    kind = QuestionKind(kept.words[name].partition("/")[0])
    return has_lines(Question("", question_id, "", kind), kept.tally)


def _is_same_table(kept: Shown, name: str, mark: str, counted: Tally) -> bool:
    """Whether only the words of the labels differ, line by line: then nothing is shown that was not."""
    before, now = (each.counts.get(name.removeprefix(_question(""))) for each in (kept.tally, counted))
    has_same_kind = kept.words[name].partition("/")[0] == mark.partition("/")[0]
    if before is None or now is None or kept.later or not has_same_kind:
        return False
    return list(before.values()) == list(now.values())


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


_NAMES = "surveys.shown"  # of surveys of which something was shown


def _cursor(survey: Survey) -> str:
    return f"survey.{survey.key}.shown"
