"""The monthly brief: one page for leaders with who came and went, who is not here yet, themes, goals and risks (R77).

Counts and plain words, as on every page; made from what is remembered, so it may be asked for at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from network.cadence import local_day
from network.coverage import coverage_sentences
from network.goals import Snapshot, say_day
from network.ideas import Idea, IdeaState, ideas
from network.jobs import results
from network.jobs.coverage import coverage_of
from network.members import Person
from network.messages import State
from network.ports import Office
from network.reports import Page, count, table
from network.tasks import Task, TaskState

_LONG_OPEN = timedelta(days=14)
_COLOURS = {"green": "on the line or reached", "amber": "a little behind or unsure", "red": "well behind"}


def monthly_brief(office: Office, at: datetime) -> Page:
    """The last month on one page."""
    today = local_day(at, office.preferences())
    since = today - timedelta(days=30)
    tasks = office.tasks.all()
    parts = [
        f"# The month in one page\n\n{say_day(since)} to {say_day(today)}.",
        "## Members\n\n" + _members(office.people.all(), office.snapshots.history(), since),
        "## Who is not here yet\n\n" + "\n".join(f"- {line}" for line in coverage_sentences(coverage_of(office, at))),
        "## What people asked for\n\n" + _themes(ideas(tasks)),
        "## Goals\n\n" + _goals(results.kept_lines(office, results.GOALS)),
        "## What may go wrong\n\n" + _risks(office, tasks, today),
    ]
    return Page("hmn-brief", "The month in one page", "\n\n".join(parts))


def _members(people: Sequence[Person], history: Sequence[Snapshot], since: date) -> str:
    active = sum(person.is_active_member for person in people)
    joined = sum(person.is_active_member and _joined_on(person) > since for person in people)
    sentences = [f"{count(active, 'active member')}; {joined} joined in the last 30 days."]
    before = [
        each for each in history if each.metric == "active members" and since - timedelta(days=7) <= each.day <= since
    ]
    if before:
        # Who left is known only as a difference: a row may vanish or change its status without a date.
        left = max(0, round(before[-1].value) + joined - active)
        sentences.append(f"{left} left.")
    return " ".join(sentences)


def _joined_on(person: Person) -> date:
    if person.became_member_at is not None:
        return person.became_member_at.date()
    return person.member.joined_on or date.min


def _themes(found: Sequence[Idea]) -> str:
    if not found:
        return "No ideas from surveys yet."
    states = Counter(idea.state for idea in found)
    counted = ", ".join(f"{states[state]} {state}" for state in IdeaState if states[state])
    waiting = [idea.theme for idea in found if idea.state is IdeaState.NEW]
    unanswered = f" Waiting for a first answer: {'; '.join(waiting)}." if waiting else ""
    return f"{count(len(found), 'idea')}: {counted}.{unanswered}"


def _goals(lines: Sequence[results.Line]) -> str:
    if not lines:
        return "No goal is measured yet."
    return table(
        ("Goal", "Now", "Aim", "How it stands"),
        [(what, now, aim, _COLOURS.get(colour, colour)) for what, now, aim, colour, _, _ in lines],
    )


def _risks(office: Office, tasks: Sequence[Task], today: date) -> str:
    states = Counter(record.state for record in office.ledgerbook.records([State.TO_CHECK, State.FAILED, State.MISSED]))
    long_open = sum(task.state is TaskState.OPEN and today - task.since > _LONG_OPEN for task in tasks)
    leaders = len(office.preferences().leaders)
    risks = [
        f"{count(states[State.TO_CHECK], 'mail')} of which nobody is sure that it arrived."
        * bool(states[State.TO_CHECK]),
        f"{count(states[State.FAILED], 'mail')} could not be delivered." * bool(states[State.FAILED]),
        f"{count(states[State.MISSED], 'mail')} waited too long and did not go." * bool(states[State.MISSED]),
        f"{count(long_open, 'line')} in To do open for more than two weeks." * bool(long_open),
        "Only one leader stands in Settings: who steps in?" * (leaders < 2),
    ]
    return "\n".join(f"- {risk}" for risk in risks if risk) or "Nothing that we can see."
