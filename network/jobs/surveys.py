"""Feedback: responses read, counted, shown as far as nobody is found out, turned into items, and asked for.

One round: read the two tabs, take in what is new (`survey_intake`), show results when it is time (`survey_releases`),
open what people must do, and plan invitations. Every step may run twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from network.cells import quoted
from network.ideas import idea_task, ideas
from network.jobs import results
from network.jobs.barriers import standing_surveys
from network.jobs.recruitment_mail import mails_to_approvers
from network.jobs.survey_intake import take_in, who_answered
from network.jobs.survey_mail import (
    REWORDED,
    InvitationPlan,
    approval_task,
    held,
    invited,
    plan_answers,
    plan_invitations,
)
from network.jobs.survey_releases import Release, keep, release, results_of, results_shown
from network.jobs.survey_report import SurveyReport, SurveyStanding, page, result_lines, results_csv, written_answers
from network.messages import State
from network.ports import Office
from network.rendering import Letterhead
from network.survey_results import SurveyResult
from network.survey_rows import SurveysReading, parse_surveys
from network.surveys import Response, Survey
from network.tabs import SURVEY_QUESTIONS, THEMES, Reading, SystemTab, understand
from network.tasks import NewTask, TaskKind
from network.themes import ThemeFinder

__all__ = ["SurveyReport", "page", "read_surveys", "results_shown", "results_tab"]


def read_surveys(office: Office, reading: Reading, at: datetime, dry_run: bool = False) -> SurveyReport:
    """Reads, counts, tells and asks; a dry run does the same and writes nothing."""
    goal_lines = results.kept_lines(office, results.GOALS)
    if "surveys" not in office.preferences().jobs:
        return SurveyReport(goal_lines=goal_lines, off="Surveys are off in Settings.")
    described, problems = _described(reading)
    finder = ThemeFinder(described.themes)
    came = take_in(office, described.surveys, at, dry_run=dry_run)
    records = office.ledgerbook.records()
    surveys = [*described.surveys, *standing_surveys(office, described.surveys, records)]
    responses = {each.key: _responses(office, each, came.rehearsed) for each in surveys}
    releases = [
        release(office, each, responses[each.key], finder, invited=invited(each, records), at=at) for each in surveys
    ]
    shown = {each.survey.key: each for each in results_of(releases)}
    standings = tuple(_standing(each, shown.get(each.survey.key)) for each in releases)
    plans = [
        plan_invitations(office, each.survey, who_answered(office, each.survey, each.references), records, at)
        for each in releases
    ]
    if not came.could_read_all:
        plans = [held(each) for each in plans]
    found = ideas(office.tasks.all())
    plans += [
        plan_answers(office, each, found, responses[each.key], finder, records=records, at=at)
        for each in described.surveys
    ]
    tasks = [task for each in standings for task in _tasks(each, described, office.preferences().leaders)]
    report = SurveyReport(
        standings=standings,
        themes=finder.names,
        issues=described.issues,
        problems=(*problems, *came.problems, *_stay(releases), *(remark for plan in plans for remark in plan.remarks)),
        fetched=came.fetched,
        new=came.new,
        tasks=tuple(tasks),
        waiting=_summed(plans),
        goal_lines=goal_lines,
    )
    if dry_run:
        return report
    for found_now, standing in zip(releases, standings, strict=True):
        keep(office, found_now, at)
        _put_on_shelf(office, standing, responses[standing.survey.key], finder)
    return _carry_out(office, report, plans, at)


def results_tab(report: SurveyReport) -> SystemTab:
    """*HMN results* with this round's lines; the goals' lines stand as their round left them."""
    return results.tab_of(report.goal_lines, result_lines(report.standings))


def _described(reading: Reading) -> tuple[SurveysReading, tuple[str, ...]]:
    questions, themes = understand(reading, SURVEY_QUESTIONS), understand(reading, THEMES)
    usable = () if questions.lacks_required else questions.rows
    return parse_surveys(usable, () if themes.lacks_required else themes.rows), (*questions.problems, *themes.problems)


def _responses(office: Office, survey: Survey, rehearsed: Sequence[Response]) -> Iterable[Response]:
    """What is kept; in a dry run with what was fetched just now on top."""
    kept = office.responses.all(survey.name)
    if not rehearsed:
        return kept
    together = {each.response_id: each for each in (*kept, *(each for each in rehearsed if each.survey == survey.name))}
    return list(together.values())


def _stay(releases: Iterable[Release]) -> list[str]:
    return [
        f"{quoted(text)} of {quoted(each.survey.name)} is described otherwise since its answers were shown. They stay"
        " as they were: two tables of the same answers could tell who said what."
        for each in releases
        for text in each.kept_as_shown
    ]


# --- telling ---------------------------------------------------------------------------------------------------------


def _standing(found: Release, result: SurveyResult | None) -> SurveyStanding:
    return SurveyStanding(found.survey, found.answered, result, found.themes, found.waiting)


def _put_on_shelf(office: Office, standing: SurveyStanding, responses: Iterable[Response], finder: ThemeFinder) -> None:
    """What people wrote, for the survey's owner alone, and the results as a file."""
    if standing.result is not None:
        office.shelf.put(f"surveys/results/{standing.survey.key}.csv", results_csv(standing.result))
    if standing.answered:
        office.shelf.put(
            f"surveys/owner-only/{standing.survey.key}.md", written_answers(standing.survey, responses, finder)
        )


# --- what people must do ---------------------------------------------------------------------------------------------


def _tasks(standing: SurveyStanding, described: SurveysReading, leaders: Sequence[str]) -> list[NewTask]:
    """Groups to call and themes to answer: only of results that are shown."""
    if standing.result is None:
        return []
    survey = standing.survey
    owner = survey.owner or next(iter(leaders), "")
    owners = {theme.name: theme.owner for theme in described.themes}
    calls = [
        NewTask(
            key=f"survey/{survey.key}/call/{label.casefold()}",
            kind=TaskKind.SURVEY,
            what=f"{label}: too few answers to show in “{survey.name}”. Call and ask what they want shared.",
            why="Too few answered to show their answers apart. Nobody should go unheard for that."
            " Type done: and what they want shared.",
            who=owner,
            subject=survey.key,
        )
        for label in standing.result.small_groups
    ]
    items = [idea_task(survey.key, survey.name, theme, owners.get(theme) or owner) for theme in standing.themes]
    return [*calls, *items]


def _carry_out(office: Office, report: SurveyReport, plans: Sequence[InvitationPlan], at: datetime) -> SurveyReport:
    """Opens tasks always; asks and queues only where sending is live."""
    known = {task.key for task in office.tasks.all()}
    opened = [task for task in report.tasks if task.key not in known]
    office.tasks.open(opened, at)
    queued = asked = 0
    for plan in plans:
        for record in plan.withdraw:
            office.ledgerbook.resolve(record, State.SKIPPED, at, reason=plan.why_withdrawn)
        for record in plan.reword:
            office.ledgerbook.resolve(record, State.SKIPPED, at, reason=REWORDED)
    if office.is_live:
        requests = [office.approvals.ask(request) for plan in plans for request in plan.requests]
        new = [request for request in requests if approval_task(request).key not in known]
        if new:
            office.tasks.open([approval_task(request) for request in new], at)
            letterhead = Letterhead.load(office.words, office.preferences())
            office.outbox.queue(mails_to_approvers(letterhead, new, office.preferences(), at), at)
        asked = len(new)
        queued = office.outbox.queue([message for plan in plans for message in plan.messages], at)
    results.keep_lines(office, results.SURVEYS, result_lines(report.standings), at)
    return replace(report, tasks=tuple(opened), queued=queued, asked=asked)


def _summed(plans: Iterable[InvitationPlan]) -> Counter[str]:
    waiting: Counter[str] = Counter()
    for plan in plans:
        waiting.update(plan.waiting)
    return waiting


def _cursor(survey: Survey, what: str) -> str:
    return f"survey.{survey.key}.{what}"
