"""The look back: once a quarter, and in January at the year, what became of goals, surveys and ideas (R63).

A page for leaders, the same page as a file, and for each goal a line in *To do* that asks: keep, change or close?
Counts and plain words, as on every page. It is made once for a period: on its first day, or later on the first day
that somebody runs the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from network.cadence import local_day
from network.coverage import coverage_sentences
from network.goals import LIGHT_WORDS, Goal, Snapshot, Unit, say, say_day, sparkline, weekly
from network.ideas import IdeaState, ideas
from network.jobs import results
from network.jobs.coverage import coverage_of
from network.jobs.goal_tasks import owner_of
from network.metrics import MEMBERS
from network.pace import Progress
from network.ports import Office
from network.reports import Page, count, literal, table
from network.tasks import NewTask, TaskKind

_NEW_OFFICE = 14  # days after the turn of a quarter on which an office that begins is still asked
_STALE = timedelta(days=92)  # a quarter of a year without a new value
_SHOWN = timedelta(days=7)  # so long it stands in the Monday mail: once
_DONE = "goals.review"


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked back at."""

    name: str  # "2026-Q3", "2026"
    words: str  # "July to September 2026", "the year 2026"
    first: date
    last: date


def period_before(on: date) -> Period:
    """The quarter that ended last before a day; in the first quarter of a year the whole year before."""
    if on.month <= 3:
        return Period(f"{on.year - 1}", f"the year {on.year - 1}", date(on.year - 1, 1, 1), date(on.year - 1, 12, 31))
    quarter = (on.month - 1) // 3
    first, last = date(on.year, 3 * quarter - 2, 1), date(on.year, 3 * quarter + 1, 1) - timedelta(days=1)
    return Period(f"{on.year}-Q{quarter}", f"{first:%B} to {last:%B %Y}", first, last)


def due_period(office: Office, history: Iterable[Snapshot], on: date) -> Period | None:
    """What must be looked back at now; None when it has been done, or when there is nothing to look back at."""
    period = period_before(on)
    kept = (office.cursors.get(_DONE) or "").split()
    if kept:
        return None if kept[0] == period.name or _is_earlier(on, kept) else period
    is_early = on <= period.last + timedelta(days=_NEW_OFFICE)
    return period if is_early and any(each.day <= period.last for each in history) else None


def mark_done(office: Office, on: date, at: datetime) -> None:
    """Remembers that the period before this day needs no look back any more."""
    kept = (office.cursors.get(_DONE) or "").split()
    if kept[:1] != [period_before(on).name] and not _is_earlier(on, kept):
        office.cursors.set(_DONE, f"{period_before(on).name} {on.isoformat()}", at)


def _is_earlier(on: date, kept: Sequence[str]) -> bool:
    """Tells whether a later period was looked back at already: somebody's clock has gone back, or asks about then."""
    return len(kept) > 1 and on < date.fromisoformat(kept[1])


def in_the_mail(office: Office, words: str, at: datetime) -> str:
    """The words of a look back that was made in the last week, so that one Monday mail shows it; else nothing.

    Words of an earlier period are no news: a run may have ended between keeping the day and keeping the words.
    """
    made = (office.cursors.get(_DONE) or "").split()[1:]
    if not made or local_day(at, office.preferences()) - date.fromisoformat(made[0]) >= _SHOWN:
        return ""
    return words if words.startswith(_title(period_before(date.fromisoformat(made[0])))) else ""


def review_tasks(office: Office, period: Period, progresses: Sequence[Progress]) -> list[NewTask]:
    """For each goal the question what becomes of it."""
    return [
        NewTask(
            key=f"goal/{each.goal.key}/review/{period.name}",
            kind=TaskKind.GOAL,
            what=f"A look back at {period.words}: “{each.goal.name}”. {each.reason} Keep, change or close it?",
            why=" ".join(part for part in (_to_decide(each), each.outlook_words) if part)
            or "Goals that nobody looks at stop helping.",
            who=owner_of(each.goal, office),
            subject=each.goal.key,
        )
        for each in progresses
    ]


def review_page(
    office: Office,
    period: Period,
    progresses: Sequence[Progress],
    closed: Sequence[Goal],
    history: Iterable[Snapshot],
    *,
    at: datetime,
) -> Page:
    """The pack: the goals, those to decide about, the members, what surveys said and what came of it."""
    on = local_day(at, office.preferences())
    own = [
        ("The goals", _goals(progresses, closed, period)),
        ("To decide", _decisions(progresses)),
        ("Members", _members(history, period)),
    ]
    # What stands in the Monday mail every week need not stand there twice.
    whole = [
        *own,
        ("Who is not here yet", "\n".join(f"- {line}" for line in coverage_sentences(coverage_of(office, at)))),
        ("What members told us", _surveys(results.kept_lines(office, results.SURVEYS))),
        ("What came of it", _ideas(office)),
    ]
    opening = (
        f"{_title(period)}\n\nMade on {say_day(on)} for the leaders. *To do* asks of each goal: keep, change or close?"
    )
    text, short = (
        "\n\n".join([opening, *(f"## {title}\n\n{words}" for title, words in sections)]) for sections in (whole, own)
    )
    return Page("hmn-review", f"A look back at {period.words}", text, short=short)


def _title(period: Period) -> str:
    return f"# A look back at {period.words}"


def path_of(period: Period) -> str:
    """Where the pack stands among the office's files."""
    return f"reviews/{period.name}.md"


def is_stale(each: Progress) -> bool:
    """Tells whether a goal has had no new value for a quarter of a year; a number by hand is new when it changes."""
    if not each.points:
        return True
    news = each.points[-1]
    if each.goal.is_of_goal:
        same = [point for point in each.points if point.value != news.value]
        news = next((point for point in each.points if not same or point.day > same[-1].day), news)
    return each.on - news.day > _STALE


def _to_decide(each: Progress) -> str:
    if each.is_reached:
        return "It is reached. Close it and set the next one, or raise it."
    if each.goal.target_on < each.on:
        return "Its day has passed. Change the day or the number in Goals, or close it."
    if is_stale(each):
        return "It has had no new value for a quarter of a year. Is it still worth a goal?"
    return ""


def _goals(progresses: Sequence[Progress], closed: Sequence[Goal], period: Period) -> str:
    if not progresses and not closed:
        return "No goal is set. Type one into the tab *Goals*."
    rows = [
        (
            literal(each.goal.name),
            LIGHT_WORDS[each.light],
            _at(each.points, period.first, each.goal.unit),
            _at(each.points, period.last, each.goal.unit),
            f"{say(each.goal.target, each.goal.unit)} by {say_day(each.goal.target_on)}",
            sparkline([point.value for point in weekly(each.points)]),
        )
        for each in progresses
    ]
    rows += [(literal(goal.name), "closed; its history is kept", "", "", "", "") for goal in closed]
    # The year stands in the title; a page on the dashboard is narrow.
    ends = (f"{day.day} {day:%B}" for day in (period.first, period.last))
    return table(("Goal", "Today", *ends, "Aim", "So far"), rows)


def _at(points: Sequence[Snapshot], day: date, unit: Unit) -> str:
    known = [point for point in points if point.day <= day]
    return say(known[-1].value, unit) if known else "not measured yet"


def _decisions(progresses: Sequence[Progress]) -> str:
    lines = [f"- **{literal(each.goal.name)}**: {words}" for each in progresses if (words := _to_decide(each))]
    return "\n".join(lines) or "No goal has ended, and none stands still."


def _members(history: Iterable[Snapshot], period: Period) -> str:
    own = sorted((each for each in history if each.metric == MEMBERS), key=lambda each: each.day)
    before, after = (_at(own, day, Unit.COUNT) for day in (period.first, period.last))
    return f"Active members on {say_day(period.first)}: {before}; on {say_day(period.last)}: {after}."


def _surveys(lines: Sequence[results.Line]) -> str:
    told = [
        f"- {literal(what)}{'' if what.endswith('?') else ':'} {literal(words or aim)}"
        for what, _, aim, _, words, _ in lines
        if words or aim
    ]
    return "\n".join(told) or "No survey has shown results yet."


def _ideas(office: Office) -> str:
    found = ideas(office.tasks.all())
    if not found:
        return "No ideas from surveys yet."
    ended = sum(idea.is_ended for idea in found)
    lines = [f"{count(len(found), 'idea')}, {ended} of them answered.\n"]
    for state in IdeaState:
        themes = dict.fromkeys(literal(idea.theme) for idea in found if idea.state is state)
        if themes:
            lines.append(f"- {state.capitalize()}: {'; '.join(themes)}.")
    return "\n".join(lines)
