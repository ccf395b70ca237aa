"""Feedback: responses read, counted, shown as far as nobody is found out, turned into items, and asked for.

One round: read the two tabs, fetch what is new, keep it under the survey's own terms, release results when they have
settled, open what people must do, and plan invitations. Every step may run twice.

What is kept of who answered: a person's id where the survey is not anonymous or the person chose to say who they are;
otherwise nothing beside the answers. Addresses and names from a form are never kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from network.cadence import local_day
from network.ideas import idea_task, ideas
from network.jobs import results
from network.jobs.recruitment_mail import mails_to_approvers
from network.jobs.survey_mail import (
    InvitationPlan,
    approval_task,
    invited,
    plan_answers,
    plan_invitations,
    reference_of,
)
from network.jobs.survey_report import SurveyReport, SurveyStanding, page, result_lines, results_csv, written_answers
from network.members import Person
from network.messages import Message, MessageRecord, State
from network.ports import Office
from network.rendering import Letterhead
from network.survey_results import SurveyResult, analyse, may_replace, themes_told
from network.survey_rows import SurveysReading, parse_surveys
from network.surveys import Response, Survey, Tally, recognised, survey_of, tally
from network.tabs import SURVEY_QUESTIONS, THEMES, Reading, SystemTab, understand
from network.tasks import NewTask, TaskKind
from network.themes import ThemeFinder

__all__ = ["SurveyReport", "page", "read_surveys", "results_shown", "results_tab"]

OVERLAP = timedelta(days=1)  # a source may list a late response under an earlier time
QUIET = timedelta(days=3)  # a survey without a last day has settled when nobody answered for so long
_BATCH = 1000


def read_surveys(office: Office, reading: Reading, at: datetime, dry_run: bool = False) -> SurveyReport:
    """Reads, counts, tells and asks; a dry run does the same and writes nothing."""
    goal_lines = results.kept_lines(office, results.GOALS)
    if "surveys" not in office.preferences().jobs:
        return SurveyReport(goal_lines=goal_lines, off="Surveys are off in Settings.")
    described, problems = _described(reading)
    finder = ThemeFinder(described.themes)
    fetched, new, strangers = _take_in(office, described.surveys, at, dry_run)
    records = office.ledgerbook.records()
    responses = {each.key: _responses(office, each, fetched if dry_run else ()) for each in described.surveys}
    releases = [_release(office, each, responses[each.key], finder, records, at=at) for each in described.surveys]
    shown = {each.survey.key: each for each in _results(releases)}
    standings = tuple(_standing(each, shown.get(each.survey.key)) for each in releases)
    plans = [
        plan_invitations(office, each, _who_answered(office, each, responses[each.key]), records, at)
        for each in described.surveys
    ]
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
        problems=(*problems, *strangers, *(remark for plan in plans for remark in plan.remarks)),
        fetched=len(fetched),
        new=new,
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


# --- taking in -------------------------------------------------------------------------------------------------------


def _take_in(
    office: Office, surveys: Sequence[Survey], at: datetime, dry_run: bool
) -> tuple[list[Response], int, tuple[str, ...]]:
    """Fetches what is new and keeps what belongs to a described survey; what does not is fetched again next time."""
    since = office.cursors.get(_SINCE)
    raw = office.surveys.fetch(datetime.fromisoformat(since) - OVERLAP if since else None)
    people = office.people.all()
    by_address = {address: each.id for each in people for address in (*each.addresses, each.member.email) if address}
    by_code = {each.key: {reference_of(each, person.id): person.id for person in people} for each in surveys}
    taken: list[Response] = []
    homeless: dict[str, datetime] = {}
    unknown: dict[tuple[str, str], None] = {}
    for survey, response in ((survey_of(each, surveys), each) for each in raw):
        if survey is None:
            earliest = homeless.get(response.survey, response.submitted_at)
            homeless[response.survey] = min(earliest, response.submitted_at)
            continue
        kept, questions = _as_kept(survey, response, by_address, by_code[survey.key])
        unknown |= {(survey.name, question): None for question in questions}
        taken.append(kept)
    new = 0
    if not dry_run:
        for start in range(0, len(taken), _BATCH):
            new += office.responses.upsert(taken[start : start + _BATCH])
        _spend(office, surveys, raw, people, at)
        latest = min([*homeless.values()] or [max((each.submitted_at for each in taken), default=at)])
        if taken or homeless:
            office.cursors.set(_SINCE, latest.isoformat(), at)
    sentences = [
        f"Answers came from “{name}”, but Survey questions describes no such survey. Type its questions there."
        for name in homeless
    ]
    sentences += [f"“{name}” has a question that Survey questions does not name: {asked}" for name, asked in unknown]
    return taken, new, tuple(sentences)


def _as_kept(
    survey: Survey, response: Response, by_address: Mapping[str, str], by_code: Mapping[str, str]
) -> tuple[Response, tuple[str, ...]]:
    """The response as it is remembered: labels, and a person's id or nothing."""
    told = replace(response, reference="") if survey.is_anonymous else response
    kept, unknown = recognised(told, survey)
    return replace(kept, reference=_person_of(kept.reference, by_address, by_code)), unknown


def _person_of(reference: str, by_address: Mapping[str, str], by_code: Mapping[str, str]) -> str:
    """Whose reference it is: a person's own code, or an address anywhere in what they wrote; blank for nobody known."""
    words = reference.replace("<", " ").replace(">", " ").replace(",", " ").casefold().split()
    found = next((by_address[word] for word in words if word in by_address), "")
    return found or by_code.get(reference.strip().upper(), "")


def _spend(
    office: Office, surveys: Sequence[Survey], raw: Iterable[Response], people: Sequence[Person], at: datetime
) -> None:
    """Marks references of anonymous surveys as spent: one sorted list that says nothing about which answer or when."""
    codes: dict[str, set[str]] = {}
    for response in raw:
        survey = survey_of(response, surveys) if response.reference else None
        if survey is not None and survey.is_anonymous:
            codes.setdefault(survey.key, set()).add(response.reference.strip().upper())
    for survey in surveys:
        if new := codes.get(survey.key):
            known = {reference_of(survey, person.id) for person in people}
            spent = sorted((set(_spent(office, survey)) | new) & known)
            office.cursors.set(_cursor(survey, "spent"), json.dumps(spent), at)


def _spent(office: Office, survey: Survey) -> list[str]:
    kept = office.cursors.get(_cursor(survey, "spent"))
    return [str(code) for code in json.loads(kept)] if kept else []


def _who_answered(office: Office, survey: Survey, responses: Sequence[Response]) -> frozenset[str]:
    spent = set(_spent(office, survey))
    by_code = {each.id for each in office.people.all() if spent and reference_of(survey, each.id) in spent}
    return frozenset(by_code | {each.reference for each in responses if each.reference})


def _responses(office: Office, survey: Survey, fresh: Sequence[Response]) -> Sequence[Response]:
    """What is kept; in a dry run with what was fetched just now on top."""
    kept = office.responses.all(survey.name)
    if not fresh:
        return kept
    together = {each.response_id: each for each in (*kept, *(each for each in fresh if each.survey == survey.name))}
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
    responses: Sequence[Response],
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
        return at >= last + QUIET
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


def _put_on_shelf(office: Office, standing: SurveyStanding, responses: Sequence[Response], finder: ThemeFinder) -> None:
    """What people wrote, for the survey's owner alone, and the results as a file."""
    if standing.result is not None:
        office.shelf.put(f"surveys/results/{standing.survey.key}.csv", results_csv(standing.result))
    if responses:
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


_SINCE = "surveys.since"


def _cursor(survey: Survey, what: str) -> str:
    return f"survey.{survey.key}.{what}"
