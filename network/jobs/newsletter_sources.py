"""What the newsletter's own blocks are made of, read from what the office remembers.

It is read as of the moment when the approval was first asked for (`freeze`), because an approval is bound to words: a
goal that moves by one, or a member who joins meanwhile, must not lapse it. Whoever is forgotten or leaves is gone from
the words at once all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from network.cadence import local_day
from network.coverage import Standing
from network.days import is_over
from network.goal_rows import parse_goals
from network.goals import say
from network.ideas import IdeaState, ideas, you_said_we_did
from network.jobs.coverage import coverage_of
from network.jobs.goal_tasks import closed_goals
from network.jobs.stories import claim_story, next_story, told_story
from network.members import Person, RoleKind
from network.metrics import spellings
from network.newsletter import Edition, Issue
from network.newsletter_blocks import (
    NEW_MEMBERS,
    NOT_HERE,
    QUESTIONS,
    SUCCESS,
    Ask,
    GoalLine,
    Meeting,
    Newcomer,
    Presence,
    Sources,
    is_on,
)
from network.notices import read_notices
from network.ports import Office
from network.preferences import Preferences
from network.programs import ProgramType
from network.survey_rows import parse_surveys
from network.surveys import REFERENCE
from network.tabs import GOALS, MESSAGES, SURVEY_QUESTIONS, Reading, understand
from network.tasks import NewTask, Task, TaskKind

_LOOK_BACK = timedelta(days=60)  # how far the first issue looks back
_STALE = timedelta(days=92)  # an older number is no "now"
_NEAR = timedelta(days=14)
_MOST_QUESTIONS = 5  # at once: each means a short call or mail for somebody


@dataclass(frozen=True, slots=True)
class _Facts:
    """What must not move any more once an approver was asked."""

    moment: datetime
    joined: tuple[str, ...]  # ids of people
    story: str  # key of its task; blank for none
    presence: tuple[Presence, ...]


def read_sources(office: Office, reading: Reading, issue: Issue, at: datetime) -> dict[Edition, Sources]:
    """What the blocks of one issue say, for each edition."""
    preferences = office.preferences()
    facts = _frozen(office, issue) or _facts(office, issue, at)
    moment = facts.moment
    since = _since(office, issue, moment)
    tasks = [each for each in office.tasks.all() if _is_before(each, moment)]
    today = local_day(moment, preferences)
    joined = _joined(office, facts.joined, since, moment)
    has_questions = is_on(QUESTIONS, preferences.blocks)
    shared = {
        "switched_on": preferences.blocks,
        "joined": len(joined),
        "named": _named(joined, office.tasks.all()),
        "next_meeting": _next_meeting(preferences, issue),
        "meeting_link": preferences.extra.get("meeting link", ""),
        "goals": _goals(office, reading, tasks, today),
        # What stands on the agenda is told once: among the open questions where they are on.
        "loop": tuple(you_said_we_did(tasks, since, without=(IdeaState.AGENDA,) if has_questions else ())),
        "agenda": tuple(dict.fromkeys(each.theme for each in ideas(tasks) if each.state is IdeaState.AGENDA)),
        "success": told_story(office, facts.story, issue) if is_on(SUCCESS, preferences.blocks) else None,
        "presence": facts.presence,
    }
    return {
        edition: Sources(
            **shared,  # type: ignore[arg-type]
            meetings=_meetings(reading, preferences, issue, edition),
            asks=_asks(reading, preferences, issue, today) if edition is Edition.MEMBERS else (),
        )
        for edition in Edition
    }


def freeze(office: Office, issue: Issue, at: datetime) -> None:
    """Remembers what the blocks say, once for an issue and its day of sending; its story is told by no other issue."""
    frozen = _frozen(office, issue)
    facts = frozen or _facts(office, issue, at)
    if told_story(office, facts.story, issue) is not None:
        claim_story(office, facts.story, issue, at)
    if frozen is None:
        kept = {
            "moment": at.isoformat(),
            "joined": facts.joined,
            "story": facts.story,
            "presence": [[each.program_type, each.here, each.known] for each in facts.presence],
        }
        office.cursors.set(_cursor(issue), json.dumps(kept), at)
        office.cursors.set(_until(issue.key), at.isoformat(), at)


def story_of(office: Office, issue: Issue) -> str:
    """The key of the story that an issue tells, once an approver was asked; blank for none."""
    frozen = _frozen(office, issue)
    tells = frozen is not None and is_on(SUCCESS, office.preferences().blocks)
    return frozen.story if frozen and tells and told_story(office, frozen.story, issue) is not None else ""


def name_tasks(office: Office, issue: Issue, at: datetime) -> list[NewTask]:
    """Questions to ask new members before the issue goes: may we name you? Only where the block is switched on."""
    if not is_on(NEW_MEMBERS, office.preferences().blocks):
        return []
    joined = sorted(_joined(office, None, _since(office, issue, at), at), key=_when, reverse=True)
    return [
        NewTask(
            key=_name_key(person.id),
            kind=TaskKind.STORY_CONSENT,
            what=f"May the newsletter name {person.member.full_name} ({person.member.organization}) as a new member? "
            "Ask first, then type approve or not yet.",
            why="A new member is named only after a yes; without one they are counted and not named.",
            subject=person.id,
        )
        for person in joined[:_MOST_QUESTIONS]
    ]


def _next_meeting(preferences: Preferences, issue: Issue) -> str:
    """When we meet next; blank where that will be over on the issue's day."""
    meeting = preferences.next_meeting
    return "" if issue.send_on is not None and is_over(meeting, issue.send_on) else meeting


def _joined(office: Office, ids: Sequence[str] | None, since: datetime, until: datetime) -> list[Person]:
    active = [person for person in office.people.all() if person.is_active_member]
    if ids is not None:
        return [person for person in active if person.id in set(ids)]
    return [
        person
        for person in active
        if person.became_member_at is not None and not person.already_known and since < person.became_member_at <= until
    ]


def _named(joined: Sequence[Person], tasks: Sequence[Task]) -> tuple[Newcomer, ...]:
    answers = {task.key: task.answer.strip().casefold() for task in tasks}
    agreed = [person for person in joined if answers.get(_name_key(person.id), "").startswith(("approve", "yes"))]
    newcomers = (Newcomer(each.member.full_name, each.member.organization) for each in agreed)
    return tuple(sorted(newcomers, key=lambda each: (each.name, each.organization)))


def _goals(office: Office, reading: Reading, tasks: Sequence[Task], on: date) -> tuple[GoalLine, ...]:
    """How the goals stand that nobody has closed and that have a number of this quarter of a year."""
    latest = {
        each.metric: each for each in sorted(office.snapshots.history(), key=lambda each: each.day) if each.day <= on
    }
    shows_coverage = is_on(NOT_HERE, office.preferences().blocks)
    lines = []
    goals = parse_goals(understand(reading, GOALS).rows, spellings()).goals
    closed = closed_goals(office, goals, tasks)
    for goal in goals:
        snapshot = latest.get(goal.metric_key)
        if goal.key in closed or snapshot is None or on - snapshot.day > _STALE:
            continue
        # How many Tribal or Migrant and Seasonal programs are with us is theirs to tell, unless it is switched on.
        if "coverage" in goal.metric.casefold() and not shows_coverage:
            continue
        now, target = say(snapshot.value, goal.unit), say(goal.target, goal.unit)
        lines.append(GoalLine(goal.name, now, target, goal.target_on))
    return tuple(lines)


def _meetings(reading: Reading, preferences: Preferences, issue: Issue, edition: Edition) -> tuple[Meeting, ...]:
    """Meetings of notices that the readers of this edition will get, after the issue's day."""
    if issue.send_on is None:
        return ()
    notices, _ = read_notices(understand(reading, MESSAGES).rows, ZoneInfo(preferences.time_zone))
    roles = {RoleKind.MANAGER} if edition is Edition.MEMBERS else {RoleKind.DIRECTOR, RoleKind.PARTNER}
    return tuple(
        Meeting(notice.meeting.day, notice.subject)
        for notice in sorted(notices, key=lambda each: each.send_on)
        if notice.meeting is not None
        and notice.meeting.day > issue.send_on
        and not notice.is_canceled
        and (not notice.audience.roles or notice.audience.roles & roles)
        and not (notice.audience.states or notice.audience.types)
    )


def _since(office: Office, issue: Issue, at: datetime) -> datetime:
    """Up to when the issue before this one has told everything: the moment it was read as of, not when it had gone."""
    told = {each.issue for each in office.issues.all() if each.sent_at is not None} - {issue.key}
    moments = (datetime.fromisoformat(text) for key in told if (text := office.cursors.get(_until(key))))
    return max((moment for moment in moments if moment < at), default=at - _LOOK_BACK)


def _facts(office: Office, issue: Issue, at: datetime) -> _Facts:
    """What would be told if an approver were asked now."""
    blocks = office.preferences().blocks
    joined = tuple(person.id for person in _joined(office, None, _since(office, issue, at), at))
    story = next_story(office, issue, at) if is_on(SUCCESS, blocks) else ""
    # Counting everybody takes long where much was sent, so it is done for an issue whose question is near.
    today = local_day(at, office.preferences())
    is_near = issue.send_on is not None and abs(issue.send_on - today) <= _NEAR
    presence = _presence(office, at) if is_near and is_on(NOT_HERE, blocks) else ()
    return _Facts(at, joined, story, presence)


def _presence(office: Office, at: datetime) -> tuple[Presence, ...]:
    found = coverage_of(office, at).types.values()
    return tuple(Presence(each.program_type, each.count(Standing.MEMBER), each.total) for each in found)


def _asks(reading: Reading, preferences: Preferences, issue: Issue, today: date) -> tuple[Ask, ...]:
    """Surveys that run now and still do on the issue's day; whoever has a link of their own gets it by mail."""
    questions = understand(reading, SURVEY_QUESTIONS)
    if issue.send_on is None or "surveys" not in preferences.jobs or questions.lacks_required:
        return ()
    return tuple(
        Ask(survey.name, survey.last_day, "" if REFERENCE in survey.link else survey.link)
        for survey in parse_surveys(questions.rows, ()).surveys
        if survey.is_open(today)
        and survey.last_day is not None
        and survey.last_day >= issue.send_on
        and (REFERENCE in survey.link or survey.link.startswith("https://"))
    )


def _frozen(office: Office, issue: Issue) -> _Facts | None:
    text = office.cursors.get(_cursor(issue))
    if not text:
        return None
    kept = json.loads(text)
    presence = tuple(Presence(ProgramType(kind), here, known) for kind, here, known in kept["presence"])
    return _Facts(datetime.fromisoformat(kept["moment"]), tuple(kept["joined"]), kept["story"], presence)


def _cursor(issue: Issue) -> str:
    return f"newsletter.facts/{issue.key}/{issue.send_on}"


def _until(issue_key: str) -> str:
    return f"newsletter.until/{issue_key}"


def _name_key(person_id: str) -> str:
    return f"name/{person_id}"


def _when(person: Person) -> tuple[datetime, str]:
    return (person.became_member_at or person.first_seen, person.id)


def _is_before(task: Task, moment: datetime) -> bool:
    return task.answered_at is None or task.answered_at <= moment
