"""Goals measured, once a day: a snapshot each, how it stands and why, and a word to the owner when one turns.

Values from before the network measured by itself come in once, through `import_history` or a tab *Goals history*.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import StringIO

from network.cadence import local_day
from network.goal_rows import GoalsReading, parse_goals, parse_history
from network.goals import LIGHT_WORDS, Goal, Snapshot, Unit, key_of, say, say_day, start_of, weekly
from network.jobs import goal_tasks, results, review
from network.jobs.surveys import results_shown
from network.members import IssueKind, RowIssue
from network.metrics import CATALOGUE, MEMBERS, Measured, Remembered, backfilled, measure, spellings
from network.pace import Progress, progress
from network.ports import Charts, Office
from network.reports import Page, count, literal
from network.survey_rows import parse_surveys
from network.tabs import GOALS, GOALS_HISTORY, SURVEY_QUESTIONS, Cell, Reading, SystemTab, TabRows, understand
from network.tasks import NewTask, Task, TaskKind

_STILL_RIGHT = "still_right"  # the track whose answer confirms a person's data
_CONFIRMED = "still right"


@dataclass(frozen=True, slots=True)
class GoalsReport:
    """What one round found and did."""

    on: date | None = None
    progresses: tuple[Progress, ...] = ()
    closed: tuple[Goal, ...] = ()  # answered *close*: no chart, history kept
    issues: tuple[RowIssue, ...] = ()
    problems: tuple[str, ...] = ()
    measured: int = 0  # snapshots that are new or changed today
    tasks: tuple[NewTask, ...] = ()
    survey_lines: tuple[results.Line, ...] = ()
    off: str = ""
    period: review.Period | None = None  # looked back at in this round
    review: Page | None = None


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


def page(report: GoalsReport, charts: Charts) -> Page:
    """The page of the dashboard: each goal with its picture, its colour with the reason, and the outlook."""
    if report.off:
        return Page("hmn-goals", "Goals", f"# Goals\n\n{report.off}")
    parts = ["# Goals"]
    if not report.progresses:
        parts.append("No goal is set yet. Type one into the tab *Goals*.")
    else:
        parts.append(
            f"{goals_in_a_sentence(report)} In each picture the solid line is what was measured, the dashed line the"
            " straight way to the goal; the words say what it means."
        )
    parts += [_of_goal(each, charts) for each in report.progresses]
    if report.closed:
        names = "; ".join(literal(goal.name) for goal in report.closed)
        parts.append(f"Closed, their history is kept: {names}.")
    sentences = [*report.problems, *(f"Row {issue.row}: {issue.sentence}" for issue in report.issues)]
    if sentences:
        parts.append("## To put right in the sheet\n\n" + "\n".join(f"- {sentence}" for sentence in sentences))
    counts = {
        "goals": len(report.progresses),
        "reached": sum(each.is_reached for each in report.progresses),
        "values measured today": report.measured,
        "things opened in To do": len(report.tasks),
    }
    return Page("hmn-goals", "Goals", "\n\n".join(parts), counts)


def results_tab(report: GoalsReport) -> SystemTab:
    """*HMN results* with this round's lines; the surveys' lines stand as their round left them."""
    return results.tab_of(_lines(report), report.survey_lines)


def history_csv(history: Sequence[Snapshot]) -> str:
    """Every value ever measured, one line each."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Metric", "Day", "Value", "Of how many"))
    for each in sorted(history, key=lambda each: (each.metric, each.day)):
        writer.writerow((each.metric, each.day.isoformat(), f"{each.value:g}", "" if each.base is None else each.base))
    return text.getvalue()


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
    results.keep_lines(office, results.GOALS, _lines(report), at)
    if measured:
        office.shelf.put("goals/history.csv", history_csv(office.snapshots.history()))
    if report.review is not None and report.period is not None:
        office.shelf.put(review.path_of(report.period), f"{report.review.markdown}\n")
    review.mark_done(office, found.on, at)
    return replace(report, measured=measured, tasks=tuple(opened))


# --- in words --------------------------------------------------------------------------------------------------------


def _of_goal(each: Progress, charts: Charts) -> str:
    goal = each.goal
    parts = [f"## {literal(goal.name)}", f"**{each.light.capitalize()}.** {each.reason}"]
    recent = weekly(each.points, 60)
    if len(recent) > 1:
        title = f"{goal.name}, in percent" if goal.unit is Unit.PERCENT else goal.name
        picture = charts.line(title, recent, _plan(each))
        parts.append(f"![{_description(each, recent)}]({picture})")
    if each.outlook_words:
        parts.append(each.outlook_words)
    details = [f"Counted here: {CATALOGUE[goal.metric].meaning}"]
    if each.latest is not None:
        of = f" of {each.latest.base}" if each.latest.base is not None and goal.unit is Unit.PERCENT else ""
        details.append(f"Last value: {say(each.latest.value, goal.unit)}{of}, on {say_day(each.latest.day)}.")
    parts.append(" ".join(details))
    return "\n\n".join(parts)


def _plan(each: Progress) -> list[tuple[date, float]]:
    """The straight line from baseline to target, where both ends are known."""
    goal = each.goal
    start, start_on = start_of(goal, each.points)
    return [(start_on, start), (goal.target_on, goal.target)] if start_on < goal.target_on else []


def _description(each: Progress, recent: Sequence[Snapshot]) -> str:
    """What the picture shows, for those who do not see it."""
    goal, first, last = each.goal, recent[0], recent[-1]
    start, end = (f"{say(point.value, goal.unit)} on {say_day(point.day)}" for point in (first, last))
    aim = f"{say(goal.target, goal.unit)} by {say_day(goal.target_on)}"
    return f"{goal.name}: from {start} to {end}; the goal is {aim}".replace("[", "(").replace("]", ")")


def _lines(report: GoalsReport) -> tuple[results.Line, ...]:
    lines: list[results.Line] = []
    for each in report.progresses:
        goal = each.goal
        now = say(each.latest.value, goal.unit) if each.latest else ""
        aim = f"{say(goal.target, goal.unit)} by {say_day(goal.target_on)}"
        words = " ".join(part for part in (each.reason, each.outlook_words) if part)
        shape = tuple(point.value for point in weekly(each.points))
        lines.append((goal.name, now, aim, str(each.light), words, shape))
    lines += [(goal.name, "", "", "closed", "Closed; its history is kept.", "") for goal in report.closed]
    lines += [
        (str(issue.key) or GOALS.title, "", "", "to put right", issue.sentence, "")
        for issue in report.issues
        if issue.kind is IssueKind.FIX
    ]
    lines += [(GOALS.title, "", "", "to put right", sentence, "") for sentence in report.problems]
    return tuple(lines)


def goals_in_a_sentence(report: GoalsReport) -> str:
    """One line for a brief: "3 goals on the line or reached, 1 a little behind, 1 well behind, 1 too early to say"."""
    lights = [each.light for each in report.progresses]
    parts = [f"{lights.count(light)} {words}" for light, words in LIGHT_WORDS.items() if light in lights]
    return f"{count(len(lights), 'goal')}: {', '.join(parts)}." if lights else "No goal is set."
