"""What the goals ask of people: a word to the owner when one turns, and what becomes of keep, change or close.

Which goals are looked back at, and when, is `review`; how a goal stands is `network.goals`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from network.goals import Goal, Light, has_turned
from network.pace import Progress
from network.ports import Office
from network.tasks import NewTask, Task, TaskKind, TaskState

_AT_MOST = timedelta(days=7)  # between two words to the owner of one goal
_STEADY = timedelta(days=7)  # so long a goal stands better before a new turn is news: what flutters is told once


@dataclass(frozen=True, slots=True)
class Watched:
    """What the owner of a goal last heard of its colour, and since when it has the colour it has."""

    told: Light
    light: Light
    since: date

    def seen(self, light: Light, on: date) -> Watched:
        """The same after one more look; a better colour that has lasted is what the next turn is measured from."""
        since = self.since if light is self.light else on
        is_better = has_turned(light, self.told) and on - since >= _STEADY
        return Watched(light if is_better else self.told, light, since)


def nudges(office: Office, progresses: Sequence[Progress], tasks: Sequence[Task], on: date) -> list[NewTask]:
    """A word to the owner of each goal that stands worse than they last heard; at most one in seven days."""
    return [
        NewTask(
            key=f"{_turned(each.goal)}{each.light}/{on.isoformat()}",
            kind=TaskKind.GOAL,
            what=f"The goal “{each.goal.name}” turned {each.light}. {each.reason} Type keep, change or close.",
            why=each.outlook_words or "So that somebody looks at it while there is time.",
            who=owner_of(each.goal, office),
            subject=each.goal.key,
        )
        for each in progresses
        if _is_news(_watched(office, each, tasks, on), each, tasks, on)
    ]


def keep_watch(office: Office, progresses: Sequence[Progress], told: Collection[str], at: datetime, on: date) -> None:
    """Remembers how each goal stands; `told` are keys of goals about which a row was opened just now."""
    tasks = office.tasks.all()
    for each in progresses:
        # A colour that nobody can say is no news: the last one that was said is what a turn is measured from.
        if each.light is Light.NONE:
            continue
        watched = _watched(office, each, tasks, on)
        if each.goal.key in told:
            watched = replace(watched, told=each.light)
        text = json.dumps([_aim(each.goal), watched.told, watched.light, watched.since.isoformat()])
        if office.cursors.get(_cursor(each.goal)) != text:
            office.cursors.set(_cursor(each.goal), text, at)


def owner_of(goal: Goal, office: Office) -> str:
    """Who hears of a goal: its owner, else the first leader."""
    return goal.owner or next(iter(office.preferences().leaders), "")


def closed_goals(office: Office, goals: Sequence[Goal], tasks: Sequence[Task]) -> frozenset[str]:
    """Keys of goals that somebody closed; a new number or a new day in its row takes a goal up again."""
    aims = {goal.key: _aim(goal) for goal in goals}
    return frozenset(
        task.subject
        for task in tasks
        if is_closing(task) and (_aim_when_closed(office, task) or aims.get(task.subject)) == aims.get(task.subject)
    )


def remember_closed(office: Office, goals: Sequence[Goal], tasks: Sequence[Task], at: datetime) -> None:
    """Keeps what a goal was to reach when it was closed; a goal that is taken up again differs from it."""
    aims = {goal.key: _aim(goal) for goal in goals}
    for task in tasks:
        if is_closing(task) and task.subject in aims and not _aim_when_closed(office, task):
            office.cursors.set(_closed(task), f"{task.answered_at}|{aims[task.subject]}", at)


def settle_tasks(office: Office, gone: Collection[str], opened: Sequence[Task], at: datetime) -> None:
    """Closes rows that nobody needs any more: of goals that are gone, and older rows where a newer one asks."""
    newer = {task.subject: task.key for task in opened}
    over = [
        task
        for task in office.tasks.all()
        if task.kind is TaskKind.GOAL
        and task.state is TaskState.OPEN
        and (task.subject in gone or newer.get(task.subject, task.key) != task.key)
    ]
    if over:
        office.tasks.save([replace(task, state=TaskState.CLOSED) for task in over], at)


def is_closing(task: Task) -> bool:
    """Tells whether somebody answered *close*."""
    return task.kind is TaskKind.GOAL and task.answer.strip().casefold().startswith("close")


def _watched(office: Office, each: Progress, tasks: Sequence[Task], on: date) -> Watched:
    kept = _read(office.cursors.get(_cursor(each.goal)) or "", each.goal)
    if kept is None:
        return Watched(each.light, each.light, on)
    last, watched = _last_nudge(each.goal, tasks), kept.seen(each.light, on)
    # The row itself is what was told: a run that ended between the two writes is made good here.
    if last is not None and last.since >= kept.since and has_turned(watched.told, _light_of(last)):
        return replace(watched, told=_light_of(last))
    return watched


def _read(text: str, goal: Goal) -> Watched | None:
    """What was kept; nothing where the goal has had another aim since: that is a new goal."""
    if not text.startswith("["):
        return None
    aim, told, light, since = json.loads(text)
    return Watched(Light(told), Light(light), date.fromisoformat(since)) if aim == _aim(goal) else None


def _is_news(watched: Watched, each: Progress, tasks: Sequence[Task], on: date) -> bool:
    last = _last_nudge(each.goal, tasks)
    return has_turned(watched.told, each.light) and (last is None or on - last.since >= _AT_MOST)


def _last_nudge(goal: Goal, tasks: Sequence[Task]) -> Task | None:
    own = [task for task in tasks if task.kind is TaskKind.GOAL and task.key.startswith(_turned(goal))]
    return max(own, key=lambda task: task.since, default=None)


def _light_of(nudge: Task) -> Light:
    return Light(nudge.key.split("/")[-2])


def _turned(goal: Goal) -> str:
    return f"goal/{goal.key}/turned/"


def _aim(goal: Goal) -> str:
    return f"{goal.metric_key} {goal.target:g} by {goal.target_on.isoformat()}"


def _cursor(goal: Goal) -> str:
    return f"goal.{goal.key}.light"


def _aim_when_closed(office: Office, task: Task) -> str:
    """What the goal was to reach when this answer was first seen; blank for an answer that is new."""
    moment, _, aim = (office.cursors.get(_closed(task)) or "").partition("|")
    return aim if moment == str(task.answered_at) else ""


def _closed(task: Task) -> str:
    return f"goal.closed/{task.ref}"
