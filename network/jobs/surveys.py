"""Feedback: responses read, counted, shown as far as nobody is found out, turned into items, and asked for.

One round: read the two tabs, take in what is new (`survey_intake`), release results when they have settled, open what
people must do, and plan invitations. Every step may run twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from network.cadence import local_day
from network.ideas import idea_task, ideas
from network.jobs import results
from network.jobs.recruitment_mail import mails_to_approvers
from network.jobs.survey_intake import take_in, who_answered
from network.jobs.survey_mail import InvitationPlan, approval_task, held, invited, plan_answers, plan_invitations
from network.jobs.survey_report import SurveyReport, SurveyStanding, page, result_lines, results_csv, written_answers
from network.messages import Message, MessageRecord, State
from network.ports import Office
from network.rendering import Letterhead
from network.survey_results import SurveyResult, analyse, may_replace, themes_told
from network.survey_rows import SurveysReading, parse_surveys
from network.surveys import Response, Survey, Tally, tally
from network.tabs import SURVEY_QUESTIONS, THEMES, Reading, SystemTab, understand
from network.tasks import NewTask, TaskKind
from network.themes import ThemeFinder

__all__ = ["SurveyReport", "page", "read_surveys", "results_shown", "results_tab"]

QUIET = timedelta(days=3)  # a survey without a last day has settled when nobody answered for so long


def read_surveys(office: Office, reading: Reading, at: datetime, dry_run: bool = False) -> SurveyReport:
    """Reads, counts, tells and asks; a dry run does the same and writes nothing."""
    goal_lines = results.kept_lines(office, results.GOALS)
    if "surveys" not in office.preferences().jobs:
        return SurveyReport(goal_lines=goal_lines, off="Surveys are off in Settings.")
    described, problems = _described(reading)
    finder = ThemeFinder(described.themes)
    came = take_in(office, described.surveys, at, dry_run=dry_run)
    records = office.ledgerbook.records()
    responses = {each.key: _responses(office, each, came.rehearsed) for each in described.surveys}
    releases = [_release(office, each, responses[each.key], finder, records, at=at) for each in described.surveys]
    shown = {each.survey.key: each for each in _results(releases)}
    standings = tuple(_standing(each, shown.get(each.survey.key)) for each in releases)
    plans = [
        plan_invitations(office, each, who_answered(office, each, responses[each.key]), records, at)
        for each in described.surveys
    ]
    if not came.could_read_all:
        plans = [held(each) for each in plans]
    found = ideas(office.tasks.all())
    told = [
        message
        for each in described.surveys
        for message in plan_answers(office, each, found, responses[each.key], finder, at=at)
    ]
    tasks = [task for each in standings for task in _tasks(each, described, office.preferences().leaders)]
    report = SurveyReport(
        standings=standings,
        themes=finder.names,
        issues=described.issues,
        problems=(*problems, *came.problems, *(remark for plan in plans for remark in plan.remarks)),
        fetched=came.fetched,
        new=came.new,
        tasks=tuple(tasks),
        waiting=_summed(plans),
        goal_lines=goal_lines,
    )
    if dry_run:
        return report
    for release, standing in zip(releases, standings, strict=True):
        _keep(office, release, at)
        _put_on_shelf(office, standing, responses[standing.survey.key], finder)
    return _carry_out(office, report, plans, told, at)


def results_tab(report: SurveyReport) -> SystemTab:
    """*HMN results* with this round's lines; the goals' lines stand as their round left them."""
    return results.tab_of(report.goal_lines, result_lines(report.standings))


def results_shown(office: Office, surveys: Sequence[Survey]) -> list[SurveyResult]:
    """Results as they are shown now, oldest first: what metrics may be counted from."""
    kept = [(survey, _kept(office, survey)) for survey in surveys]
    return _results([_Release(survey, each.tally.answered, each) for survey, each in kept if each is not None])


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


# --- telling ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown of a survey, as it is remembered: nothing but counts."""

    tally: Tally
    asked: int | None
    since: str  # when results were first shown

    def to_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Release:
    """One survey's answers so far, and what of them is shown from now on."""

    survey: Survey
    answered: int
    shown: _Shown | None


def _release(
    office: Office,
    survey: Survey,
    responses: Iterable[Response],
    finder: ThemeFinder,
    records: Sequence[MessageRecord],
    *,
    at: datetime,
) -> _Release:
    """Counts, and shows when the answers have settled and nobody can be told apart from what was shown before."""
    counted = tally(survey, responses, finder)
    kept = _kept(office, survey)
    asked = survey.asked or invited(survey, records) or (kept.asked if kept else None)
    if kept is not None and (counted == kept.tally or not may_replace(survey, kept.tally, counted)):
        return _Release(survey, counted.answered, replace(kept, asked=asked))
    last = max((each.submitted_at for each in responses), default=None)
    if last is None or not _has_settled(survey, last, at, office):
        return _Release(survey, counted.answered, kept)
    return _Release(survey, counted.answered, _Shown(counted, asked, kept.since if kept else at.isoformat()))


def _has_settled(survey: Survey, last: datetime, at: datetime, office: Office) -> bool:
    if survey.closes_on is None:
        # Of an anonymous answer only the day is kept: it may have come at the day's end.
        return at >= last + QUIET + (timedelta(days=1) if survey.is_anonymous else timedelta())
    return local_day(at, office.preferences()) > survey.closes_on


def _results(releases: Iterable[_Release]) -> list[SurveyResult]:
    """Results of what is shown, oldest first, each compared with the newest before that asked the same."""
    told: list[SurveyResult] = []
    shown = [(each.shown.since, each.survey.key, each.survey, each.shown) for each in releases if each.shown]
    for _, _, survey, kept in sorted(shown, key=lambda each: each[:2]):
        texts = {question.text.casefold() for question in survey.questions}
        earlier = [each for each in told if texts & {question.text.casefold() for question in each.survey.questions}]
        told.append(analyse(survey, kept.tally, kept.asked, earlier[-1] if earlier else None))
    return told


def _standing(release: _Release, result: SurveyResult | None) -> SurveyStanding:
    counted = release.shown.tally if release.shown else None
    themes = themes_told(counted, release.survey) if counted else []
    waiting = max(0, release.answered - counted.answered) if counted else release.answered
    return SurveyStanding(release.survey, release.answered, result, tuple(themes), waiting)


def _kept(office: Office, survey: Survey) -> _Shown | None:
    text = office.cursors.get(_cursor(survey, "shown"))
    if not text:
        return None
    kept = json.loads(text)
    return _Shown(Tally(**kept["tally"]), kept["asked"], kept["since"])


def _keep(office: Office, release: _Release, at: datetime) -> None:
    if release.shown is not None and release.shown != _kept(office, release.survey):
        office.cursors.set(_cursor(release.survey, "shown"), release.shown.to_text(), at)


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
            why="Fewer than five answered, so their answers are not shown apart. Nobody should go unheard for that."
            " Type done: and what they want shared.",
            who=owner,
            subject=survey.key,
        )
        for label in standing.result.small_groups
    ]
    items = [idea_task(survey.key, survey.name, theme, owners.get(theme) or owner) for theme in standing.themes]
    return [*calls, *items]


def _carry_out(
    office: Office, report: SurveyReport, plans: Sequence[InvitationPlan], told: Sequence[Message], at: datetime
) -> SurveyReport:
    """Opens tasks always; asks and queues only where sending is live."""
    known = {task.key for task in office.tasks.all()}
    opened = [task for task in report.tasks if task.key not in known]
    office.tasks.open(opened, at)
    queued = asked = 0
    for record in (each for plan in plans for each in plan.withdraw):
        office.ledgerbook.resolve(record, State.SKIPPED, at, reason="has answered, or the survey has closed")
    if office.is_live:
        requests = [office.approvals.ask(request) for plan in plans for request in plan.requests]
        new = [request for request in requests if approval_task(request).key not in known]
        if new:
            office.tasks.open([approval_task(request) for request in new], at)
            letterhead = Letterhead.load(office.words, office.preferences())
            office.outbox.queue(mails_to_approvers(letterhead, new, office.preferences(), at), at)
        asked = len(new)
        queued = office.outbox.queue([*(message for plan in plans for message in plan.messages), *told], at)
    results.keep_lines(office, results.SURVEYS, result_lines(report.standings), at)
    return replace(report, tasks=tuple(opened), queued=queued, asked=asked)


def _summed(plans: Iterable[InvitationPlan]) -> Counter[str]:
    waiting: Counter[str] = Counter()
    for plan in plans:
        waiting.update(plan.waiting)
    return waiting


def _cursor(survey: Survey, what: str) -> str:
    return f"survey.{survey.key}.{what}"
