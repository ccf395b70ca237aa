"""The monthly brief: one page for leaders with who came and went, who is not here yet, themes, goals and risks (R77).

Counts and plain words, as on every page; made from what is remembered, so it may be asked for at any time. Once a month
the Monday mail brings it along, without what stands in that mail anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from network.cadence import local_day
from network.coverage import coverage_sentences
from network.goals import LIGHT_WORDS, Light, Snapshot, say_day
from network.ideas import Idea, IdeaState, ideas
from network.jobs import results
from network.jobs.coverage import coverage_of
from network.members import Person
from network.messages import State
from network.metrics import MEMBERS
from network.ports import Office
from network.reports import Page, count, literal, table
from network.tasks import Task, TaskState

_DAYS = timedelta(days=30)
_LONG_OPEN = timedelta(days=14)
_COLOURS: dict[str, str] = {str(light): words for light, words in LIGHT_WORDS.items()}
_MONTH = "brief.month"


def monthly_brief(office: Office, at: datetime) -> Page:
    """The last month on one page."""
    lines = coverage_sentences(coverage_of(office, at))
    sections = [
        *_news(office, at),
        ("Who is not here yet", "\n".join(f"- {line}" for line in lines)),
        ("Goals", _goals(results.kept_lines(office, results.GOALS))),
    ]
    text = "\n\n".join([_opening(office, at), *(f"## {title}\n\n{words}" for title, words in sections)])
    return Page("hmn-brief", "The month in one page", text)


def month_in_the_mail(office: Office, at: datetime) -> str:
    """What the first Monday mail of a month says more than others; blank in the other weeks of the month."""
    month, week = _month_and_week(office, at)
    kept = (office.cursors.get(_MONTH) or "").split()
    if kept and kept[0] == month and kept != [month, week]:
        return ""
    return "\n\n".join([_opening(office, at), *(f"## {title}\n\n{words}" for title, words in _news(office, at))])


def mark_month(office: Office, at: datetime) -> None:
    """Remembers in which week the month was told."""
    told = " ".join(_month_and_week(office, at))
    if month_in_the_mail(office, at) and office.cursors.get(_MONTH) != told:
        office.cursors.set(_MONTH, told, at)
        office.shelf.put(f"briefs/{told.split()[0]}.md", f"{monthly_brief(office, at).markdown}\n")


def _month_and_week(office: Office, at: datetime) -> tuple[str, str]:
    today = local_day(at, office.preferences())
    return f"{today:%Y-%m}", "{}-W{:02}".format(*today.isocalendar())


def _opening(office: Office, at: datetime) -> str:
    today = local_day(at, office.preferences())
    return f"# The month in one page\n\n{say_day(today - _DAYS)} to {say_day(today)}."


def _news(office: Office, at: datetime) -> list[tuple[str, str]]:
    today = local_day(at, office.preferences())
    tasks = office.tasks.all()
    return [
        ("Members", _members(office.people.all(), office.snapshots.history(), today - _DAYS)),
        ("What people asked for", _themes(ideas(tasks))),
        ("What may go wrong", _risks(office, tasks, today)),
    ]


def _members(people: Sequence[Person], history: Sequence[Snapshot], since: date) -> str:
    active = sum(person.is_active_member for person in people)
    joined = sum(person.is_active_member and _joined_on(person) > since for person in people)
    sentences = [f"{count(active, 'active member')}; {joined} joined in the last 30 days."]
    before = [each for each in history if each.metric == MEMBERS and since - timedelta(days=7) <= each.day <= since]
    if before:
        # Who left is known only as a difference: a row may vanish or change its status without a date.
        left = max(0, round(before[-1].value) + joined - active)
        sentences.append(f"{left} left.")
    else:
        sentences.append("Who left will be told once the office has counted for a month.")
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
    waiting = [literal(idea.theme) for idea in found if idea.state is IdeaState.NEW]
    unanswered = f" Waiting for a first answer: {'; '.join(waiting)}." if waiting else ""
    return f"{count(len(found), 'idea')}: {counted}.{unanswered}"


def _goals(lines: Sequence[results.Line]) -> str:
    if not lines:
        return "No goal is measured yet."
    return table(
        ("Goal", "Now", "Aim", "How it stands"),
        [(literal(what), now, aim, _COLOURS.get(colour, colour)) for what, now, aim, colour, _, _ in lines],
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
        _far_behind(results.kept_lines(office, results.GOALS)),
    ]
    return "\n".join(f"- {risk}" for risk in risks if risk) or "Nothing that we can see."


def _far_behind(lines: Sequence[results.Line]) -> str:
    far = sum(colour == Light.RED for _, _, _, colour, _, _ in lines)
    return f"{count(far, 'goal')} well behind: *HMN results* says why." if far else ""
