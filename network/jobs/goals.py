"""Goals measured, once a day: a snapshot each, how it stands and why, and a word to the owner when one turns.

Values from before the network measured by itself come in once, through `import_history` or a tab *Goals history*.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import StringIO

from network.cadence import local_day
from network.goal_rows import parse_goals, parse_history
from network.goals import Goal, Light, Progress, Snapshot, has_turned, progress, say, say_day, sparkline, weekly
from network.jobs import results
from network.jobs.surveys import results_shown
from network.members import RowIssue
from network.metrics import Measured, Remembered, measure, spellings
from network.pir import pir_snapshots
from network.ports import Charts, Office
from network.reports import Page, count
from network.survey_rows import parse_surveys
from network.tabs import GOALS, GOALS_HISTORY, SURVEY_QUESTIONS, Cell, Reading, SystemTab, understand
from network.tasks import NewTask, Task, TaskKind

_STILL_RIGHT = "still_right"  # the track whose answer confirms a person's data
_CONFIRMED = "still right"
_REVIEW_DAYS = 14  # from the first day of a quarter: a day without a run loses no review


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


def update_goals(office: Office, reading: Reading, at: datetime, dry_run: bool = False) -> GoalsReport:
    """Measures every goal of the tab for today; a second run of the day changes nothing but what changed."""
    survey_lines = results.kept_lines(office, results.SURVEYS)
    if "goals" not in office.preferences().jobs:
        return GoalsReport(survey_lines=survey_lines, off="Goals are off in Settings.")
    on = local_day(at, office.preferences())
    rows = understand(reading, GOALS)
    parsed = parse_goals(() if rows.lacks_required else rows.rows, spellings())
    tasks = office.tasks.all()
    closed = {task.subject for task in tasks if _is_closing(task)}
    past, sentences = _typed_history(reading)
    remembered = _remembered(office, reading, tasks, on)
    measured = {goal.key: measure(goal.metric, remembered, goal) for goal in parsed.goals}
    today = _snapshots(parsed.goals, measured, on)
    history = _together(office.snapshots.history(), past, today)
    open_goals = [goal for goal in parsed.goals if goal.key not in closed]
    progresses = tuple(_progress(goal, history, on, measured[goal.key]) for goal in open_goals)
    report = GoalsReport(
        on=on,
        progresses=progresses,
        closed=tuple(goal for goal in parsed.goals if goal.key in closed),
        issues=parsed.issues,
        problems=(*rows.problems, *sentences),
        tasks=(*_nudges(office, progresses, on), *_reviews(progresses, on)),
        survey_lines=survey_lines,
    )
    return report if dry_run else _carry_out(office, report, [*_new_history(past, history), *today], at)


def import_history(office: Office, rows: Sequence[Mapping[str, Cell]]) -> tuple[int, tuple[str, ...]]:
    """Takes in earlier values (Metric, Day, Value), as from a CSV file; what was measured on a day wins.

    Returns how many came in, and plain sentences about rows that could not be read.
    """
    found, sentences = parse_history(rows, spellings())
    known = {(each.metric, each.day) for each in office.snapshots.history()}
    new = [each for each in found if (each.metric, each.day) not in known]
    return office.snapshots.put(new), sentences


def import_pir(office: Office, rows: Iterable[Mapping[str, object]]) -> int:
    """Takes in the health columns of a PIR file for the programs here, as yearly values; returns how many were new."""
    grants = {grant.number for program in office.programs.all() for grant in program.grants}
    return office.snapshots.put(pir_snapshots(rows, grants))


def page(report: GoalsReport, charts: Charts) -> Page:
    """The page of the dashboard: each goal with its picture, its colour with the reason, and the outlook."""
    if report.off:
        return Page("hmn-goals", "Goals", f"# Goals\n\n{report.off}")
    parts = ["# Goals"]
    if not report.progresses:
        parts.append("No goal is set yet. Type one into the tab *Goals*.")
    parts += [_of_goal(each, charts) for each in report.progresses]
    if report.closed:
        names = "; ".join(goal.name for goal in report.closed)
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


def _snapshots(goals: Sequence[Goal], measured: Mapping[str, Measured | str], on: date) -> list[Snapshot]:
    """One for each metric and day, however many goals share the metric."""
    found: dict[str, Snapshot] = {}
    for goal in goals:
        value = measured[goal.key]
        if isinstance(value, Measured):
            found[goal.metric_key] = Snapshot(goal.metric_key, on, value.value, value.base)
    return list(found.values())


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


# --- what people must do ---------------------------------------------------------------------------------------------


def _nudges(office: Office, progresses: Sequence[Progress], on: date) -> list[NewTask]:
    """A word to the owner of a goal that got worse; the key holds the week, so there is at most one a week."""
    year, week, _ = on.isocalendar()
    return [
        NewTask(
            key=f"goal/{each.goal.key}/{year}-W{week:02}",
            kind=TaskKind.GOAL,
            what=f"The goal “{each.goal.name}” turned {each.light}. {each.reason} Type keep, change or close.",
            why=each.outlook_words or "So that somebody looks at it while there is time.",
            who=each.goal.owner,
            subject=each.goal.key,
        )
        for each in progresses
        if has_turned(_last_light(office, each.goal), each.light)
    ]


def _reviews(progresses: Sequence[Progress], on: date) -> list[NewTask]:
    """At the turn of a quarter each goal is looked at: keep, change or close?"""
    if (on.month - 1) % 3 or on.day > _REVIEW_DAYS:
        return []
    quarter = f"{on.year}-Q{(on.month - 1) // 3 + 1}"
    occasion = "the year" if on.month == 1 else "the quarter"
    return [
        NewTask(
            key=f"goal/{each.goal.key}/review/{quarter}",
            kind=TaskKind.GOAL,
            what=f"A look back at {occasion}: “{each.goal.name}”. {each.reason} Keep, change or close it?",
            why=_why_review(each, on),
            who=each.goal.owner,
            subject=each.goal.key,
        )
        for each in progresses
    ]


def _why_review(each: Progress, on: date) -> str:
    if each.is_reached:
        return "It is reached. Close it and set the next one, or raise it."
    if each.goal.target_on < on:
        return "Its day has passed. Change the day or the number in Goals, or close it."
    if each.latest is None or (on - each.latest.day).days > 92:
        return "Nothing was measured for a quarter of a year. Is it still worth a goal?"
    return each.outlook_words or "Goals that nobody looks at stop helping."


def _is_closing(task: Task) -> bool:
    return task.kind is TaskKind.GOAL and task.answer.strip().casefold().startswith("close")


def _last_light(office: Office, goal: Goal) -> Light:
    kept = office.cursors.get(_cursor(goal))
    return Light(kept) if kept in set(Light) else Light.NONE


def _carry_out(office: Office, report: GoalsReport, snapshots: Sequence[Snapshot], at: datetime) -> GoalsReport:
    measured = office.snapshots.put(snapshots)
    known = {task.key for task in office.tasks.all()}
    opened = [task for task in report.tasks if task.key not in known]
    office.tasks.open(opened, at)
    for each in report.progresses:
        # A colour that nobody can say is no news: the last one that was said is what a turn is measured from.
        if each.light is not Light.NONE and each.light is not _last_light(office, each.goal):
            office.cursors.set(_cursor(each.goal), each.light, at)
    if measured:
        office.shelf.put("goals/history.csv", history_csv(office.snapshots.history()))
    results.keep_lines(office, results.GOALS, _lines(report), at)
    return replace(report, measured=measured, tasks=tuple(opened))


def _cursor(goal: Goal) -> str:
    return f"goal.{goal.key}.light"


# --- in words --------------------------------------------------------------------------------------------------------


def _of_goal(each: Progress, charts: Charts) -> str:
    goal = each.goal
    parts = [f"## {goal.name}", f"**{_light_words(each.light)}** {each.reason}"]
    recent = weekly(each.points, 60)
    if len(recent) > 1:
        picture = charts.line(goal.name, recent, _plan(each))
        parts.append(f"![{_description(each, recent)}]({picture})")
    if each.outlook_words:
        parts.append(each.outlook_words)
    details = [f"Measured by: {goal.metric}."]
    if each.latest is not None:
        of = f" of {each.latest.base}" if each.latest.base is not None and goal.unit == "percent" else ""
        details.append(f"Last value: {say(each.latest.value, goal.unit)}{of}, on {say_day(each.latest.day)}.")
    parts.append(" ".join(details))
    return "\n\n".join(parts)


def _light_words(light: Light) -> str:
    return f"{light.capitalize()}."


def _plan(each: Progress) -> list[tuple[date, float]]:
    """The straight line from baseline to target, where both ends are known."""
    goal = each.goal
    first = each.points[0]
    start_on = goal.baseline_on or first.day
    start = first.value if goal.baseline is None else goal.baseline
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
        shape = sparkline([point.value for point in weekly(each.points)])
        lines.append((goal.name, now, aim, str(each.light), words, shape))
    lines += [(goal.name, "", "", "closed", "Closed; its history is kept.", "") for goal in report.closed]
    return tuple(lines)


def goals_in_a_sentence(report: GoalsReport) -> str:
    """One line for a brief: "3 goals on the line or reached, 1 a little behind, 1 well behind, 1 too early to say"."""
    lights = [each.light for each in report.progresses]
    told = [
        (Light.GREEN, "on the line or reached"),
        (Light.AMBER, "a little behind or unsure"),
        (Light.RED, "well behind"),
        (Light.NONE, "too early to say"),
    ]
    parts = [f"{lights.count(light)} {words}" for light, words in told if light in lights]
    return f"{count(len(lights), 'goal')}: {', '.join(parts)}." if lights else "No goal is set."
