"""What a round of goals found, in words: the page, the lines of *HMN results*, a file of every value."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from network.goals import LIGHT_WORDS, Goal, Snapshot, Unit, say, say_day, start_of, weekly
from network.jobs import results, review
from network.members import IssueKind, RowIssue
from network.metrics import CATALOGUE
from network.pace import Progress
from network.ports import Charts
from network.reports import Page, count, literal
from network.tabs import GOALS, SystemTab
from network.tasks import NewTask


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


def page(report: GoalsReport, charts: Charts) -> Page:
    """The page of the dashboard: each goal with its picture, its colour with the reason, and the outlook."""
    if report.off:
        return Page("hmn-goals", "Goals", f"# Goals\n\n{report.off}")
    opening = goals_in_a_sentence(report) if report.progresses else "No goal is set yet. Type one into the tab *Goals*."
    closing = []
    if report.closed:
        names = "; ".join(literal(goal.name) for goal in report.closed)
        closing.append(f"Closed, their history is kept: {names}.")
    sentences = [*report.problems, *(f"Row {issue.row}: {issue.sentence}" for issue in report.issues)]
    if sentences:
        closing.append("## To put right in the sheet\n\n" + "\n".join(f"- {sentence}" for sentence in sentences))
    drawn, told = ([_of_goal(each, pen) for each in report.progresses] for pen in (charts, None))
    whole = ["# Goals", f"{opening} {_HOW_TO_READ}" if drawn else opening, *drawn, *closing]
    counts = {
        "goals": len(report.progresses),
        "reached": sum(each.is_reached for each in report.progresses),
        "values measured today": report.measured,
        "things opened in To do": len(report.tasks),
    }
    # A mail shows no pictures, so what the leaders' page repeats has none.
    return Page("hmn-goals", "Goals", "\n\n".join(whole), counts, "\n\n".join(["# Goals", opening, *told, *closing]))


_HOW_TO_READ = (
    "In each picture the solid line is what was measured, the dashed line the straight way to the goal; the words say"
    " what it means."
)


def results_tab(report: GoalsReport) -> SystemTab:
    """*HMN results* with this round's lines; the surveys' lines stand as their round left them."""
    return results.tab_of(result_lines(report), report.survey_lines)


def result_lines(report: GoalsReport) -> tuple[results.Line, ...]:
    """The goals' part of *HMN results*: one line a goal, and one for each row to put right."""
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


def history_csv(history: Sequence[Snapshot]) -> str:
    """Every value ever measured, one line each."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Metric", "Day", "Value", "Of how many"))
    for each in sorted(history, key=lambda each: (each.metric, each.day)):
        writer.writerow((each.metric, each.day.isoformat(), f"{each.value:g}", "" if each.base is None else each.base))
    return text.getvalue()


def _of_goal(each: Progress, charts: Charts | None) -> str:
    goal = each.goal
    parts = [f"## {literal(goal.name)}", f"**{each.light.capitalize()}.** {each.reason}"]
    recent = weekly(each.points, 60)
    if charts is not None and len(recent) > 1:
        title = f"{goal.name}, in percent" if goal.unit is Unit.PERCENT else goal.name
        picture = charts.line(title, recent, _plan(each))
        parts.append(f"![{_description(each, recent)}]({picture})")
    if each.outlook_words:
        parts.append(each.outlook_words)
    details = [f"Counted here: {CATALOGUE[goal.metric].meaning}"]
    if each.latest is not None:
        details.append(f"Last value: {_value(goal, each.latest)}, on {say_day(each.latest.day)}.")
    parts.append(" ".join(details))
    return "\n\n".join(parts)


def _value(goal: Goal, latest: Snapshot) -> str:
    """A value; a share with the numbers behind it: "28 % (5 of 18)"."""
    said = say(latest.value, goal.unit)
    if latest.base is None or goal.unit is not Unit.PERCENT:
        return said
    # Shares are kept to a tenth of a percent, so of many the count would be a guess.
    is_exact = latest.base <= 400 and not goal.is_sample
    return (
        f"{said} ({round(latest.value * latest.base / 100)} of {latest.base})"
        if is_exact
        else (f"{said} of {latest.base:,}")
    )


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
