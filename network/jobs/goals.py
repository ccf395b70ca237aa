"""Goals measured, once a day: a snapshot each, how it stands and why, and a word to the owner when one turns.

Values from before the network measured by itself come in once, through `import_history` or a tab *Goals history*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from network.cadence import local_day
from network.goal_rows import GoalsReading, parse_goals, parse_history
from network.goals import Goal, Snapshot, key_of
from network.jobs import goal_tasks, results, review
from network.jobs.goal_report import GoalsReport, history_csv, page, result_lines, results_tab
from network.jobs.surveys import results_shown
from network.metrics import MEMBERS, Measured, Remembered, backfilled, measure, spellings
from network.pace import Progress, progress
from network.ports import Office
from network.survey_rows import parse_surveys
from network.tabs import GOALS, GOALS_HISTORY, SURVEY_QUESTIONS, Cell, Reading, TabRows, understand
from network.tasks import Task, TaskKind

__all__ = ["GoalsReport", "import_history", "page", "results_tab", "update_goals"]

_STILL_RIGHT = "still_right"  # the track whose answer confirms a person's data
_CONFIRMED = "still right"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a round found and has yet to write."""

    on: date
    tasks: Sequence[Task]
    snapshots: Sequence[Snapshot]
    gone: frozenset[str]  # keys of goals that are closed or no longer typed


def update_goals(office: Office, reading: Reading, at: datetime, dry_run: bool = False) -> GoalsReport:
    """Measures every goal of the tab for today; a second run of the day changes nothing but what changed."""
    survey_lines = results.kept_lines(office, results.SURVEYS)
    if "goals" not in office.preferences().jobs:
        return GoalsReport(survey_lines=survey_lines, off="Goals are off in Settings.")
    on = local_day(at, office.preferences())
    rows = understand(reading, GOALS)
    parsed = parse_goals(() if rows.lacks_required else rows.rows, spellings())
    tasks = office.tasks.all()
    closed = goal_tasks.closed_goals(office, parsed.goals, tasks)
    past, sentences = _typed_history(reading)
    remembered = _remembered(office, reading, tasks, on)
    measured = {goal.key: measure(goal.metric, remembered, goal) for goal in parsed.goals}
    kept = office.snapshots.history()
    today = _snapshots(parsed.goals, measured, remembered)
    earlier = [*past, *_backfilled(parsed.goals, remembered, kept)]
    history = _together(kept, earlier, today)
    open_goals = [goal for goal in parsed.goals if goal.key not in closed]
    progresses = tuple(_progress(goal, history, on, measured[goal.key]) for goal in open_goals)
    period = review.due_period(office, history.values(), on)
    asked = review.review_tasks(office, period, progresses) if period else []
    looked_at = {task.subject for task in asked}
    turned = [task for task in goal_tasks.nudges(office, progresses, tasks, on) if task.subject not in looked_at]
    ended = tuple(goal for goal in parsed.goals if goal.key in closed)
    report = GoalsReport(
        on=on,
        progresses=progresses,
        closed=ended,
        issues=parsed.issues,
        problems=(*rows.problems, *sentences),
        tasks=(*turned, *asked),
        survey_lines=survey_lines,
        period=period,
        review=review.review_page(office, period, progresses, ended, history.values(), at=at) if period else None,
    )
    if dry_run:
        return report
    new = [*_new_history(earlier, history), *today]
    return _carry_out(office, report, _Found(on, tasks, new, _gone(rows, parsed, closed, tasks)), at)


def import_history(office: Office, rows: Sequence[Mapping[str, Cell]]) -> tuple[int, tuple[str, ...]]:
    """Takes in earlier values (Metric, Day, Value), as from a CSV file; what was measured on a day wins.

    Returns how many came in, and plain sentences about rows that could not be read.
    """
    found, sentences = parse_history(rows, spellings())
    known = {(each.metric, each.day) for each in office.snapshots.history()}
    new = [each for each in found if (each.metric, each.day) not in known]
    return office.snapshots.put(new), sentences


# --- measuring -------------------------------------------------------------------------------------------------------


def _remembered(office: Office, reading: Reading, tasks: Sequence[Task], on: date) -> Remembered:
    described = parse_surveys(understand(reading, SURVEY_QUESTIONS).rows, ())
    confirmed: dict[str, date] = {}
    for each in office.enrollments.all():
        if each.track == _STILL_RIGHT and each.reason == _CONFIRMED and each.ended_on is not None:
            confirmed[each.person_id] = max(each.ended_on, confirmed.get(each.person_id, date.min))
    return Remembered(
        on=on,
        people=office.people.all(),
        programs=office.programs.all(),
        states=office.preferences().states,
        records=office.ledgerbook.records(),
        tasks=tasks,
        issues=office.issues.all(),
        results=results_shown(office, described.surveys),
        confirmed=confirmed,
    )


def _snapshots(goals: Sequence[Goal], measured: Mapping[str, Measured | str], remembered: Remembered) -> list[Snapshot]:
    """One for each metric and day, however many goals share the metric; the number of members on every day."""
    values = {MEMBERS: measure(MEMBERS, remembered)} if remembered.people else {}
    values |= {goal.metric_key: measured[goal.key] for goal in goals}
    return [
        Snapshot(metric, remembered.on, value.value, value.base)
        for metric, value in values.items()
        if isinstance(value, Measured)
    ]


def _backfilled(goals: Sequence[Goal], remembered: Remembered, kept: Sequence[Snapshot]) -> list[Snapshot]:
    """The past of metrics that were never measured before, where what they count is dated."""
    known = {each.metric for each in kept}
    new = dict.fromkeys(goal.metric for goal in goals if not goal.is_of_goal and goal.metric not in known)
    return [each for metric in new for each in backfilled(metric, remembered)]


def _gone(rows: TabRows, parsed: GoalsReading, closed: frozenset[str], tasks: Sequence[Task]) -> frozenset[str]:
    """Goals that nobody needs to answer about: closed, or their row was removed; never for a row we cannot read."""
    if rows.is_missing or rows.lacks_required:
        return closed
    typed = {goal.key for goal in parsed.goals} | {key_of(str(issue.key)) for issue in parsed.issues}
    return closed | {task.subject for task in tasks if task.kind is TaskKind.GOAL and task.subject not in typed}


def _typed_history(reading: Reading) -> tuple[tuple[Snapshot, ...], tuple[str, ...]]:
    rows = understand(reading, GOALS_HISTORY)
    return parse_history([row.cells for row in rows.rows], spellings()) if not rows.is_missing else ((), ())


def _together(
    kept: Sequence[Snapshot], past: Sequence[Snapshot], today: Sequence[Snapshot]
) -> dict[tuple[str, date], Snapshot]:
    """All values by metric and day: what we measured wins over what was typed, today's over what stood before."""
    return {(each.metric, each.day): each for each in (*past, *kept, *today)}


def _new_history(past: Sequence[Snapshot], history: Mapping[tuple[str, date], Snapshot]) -> list[Snapshot]:
    return [each for each in past if history[each.metric, each.day] == each]


def _progress(goal: Goal, history: Mapping[tuple[str, date], Snapshot], on: date, measured: Measured | str) -> Progress:
    own = [each for (metric, _), each in history.items() if metric == goal.metric_key]
    why = measured if isinstance(measured, str) else ""
    found = progress(goal, own, on, why)
    return replace(found, reason=f"{found.reason} {why}".strip()) if why and found.points else found


# --- carrying out ----------------------------------------------------------------------------------------------------


def _carry_out(office: Office, report: GoalsReport, found: _Found, at: datetime) -> GoalsReport:
    measured = office.snapshots.put(found.snapshots)
    known = {task.key for task in office.tasks.all()}
    opened = [task for task in report.tasks if task.key not in known]
    standing = office.tasks.open(opened, at)
    goal_tasks.settle_tasks(office, found.gone, standing, at)
    goal_tasks.remember_closed(office, report.closed, found.tasks, at)
    goal_tasks.keep_watch(office, report.progresses, {task.subject for task in opened}, at, found.on)
    results.keep_lines(office, results.GOALS, result_lines(report), at)
    if measured:
        office.shelf.put("goals/history.csv", history_csv(office.snapshots.history()))
    if report.review is not None and report.period is not None:
        office.shelf.put(review.path_of(report.period), f"{report.review.markdown}\n")
    review.mark_done(office, found.on, at)
    return replace(report, measured=measured, tasks=tuple(opened))
