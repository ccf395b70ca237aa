"""You said, we did: an idea from a survey is an item that people move by answers in *To do* until it ends in words.

new -> on the agenda -> doing (who, until when) -> done | not now (why). An item is the task itself: nothing else is
remembered of it, so what *To do* says and what the newsletter says cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from network.tasks import NewTask, Task, TaskKind, TaskState

_KEY = "idea/"


class IdeaState(StrEnum):
    """Where an item is, in the words of the screen."""

    NEW = "new"
    AGENDA = "on the agenda"
    DOING = "doing"  # `words` say who and until when
    DONE = "done"
    NOT_NOW = "not now"  # `words` say why


@dataclass(frozen=True, slots=True)
class Idea:
    """One item of the loop."""

    survey: str  # key of the survey
    theme: str
    state: IdeaState
    words: str = ""  # what was typed behind the answer
    ref: str = ""
    moved_at: datetime | None = None

    @property
    def is_ended(self) -> bool:
        """Whether those who asked have their answer."""
        return self.state in (IdeaState.DONE, IdeaState.NOT_NOW)


def idea_task(survey_key: str, survey_name: str, theme: str, owner: str) -> NewTask:
    """The task that is the item: opened once for a theme of a survey, however often it is found."""
    return NewTask(
        key=f"{_KEY}{survey_key}/{theme.casefold()}",
        kind=TaskKind.SURVEY,
        what=f"{theme}: several people spoke of this in the survey “{survey_name}”. What becomes of it?",
        why="Whoever answered should hear what came of it. Type: on the agenda, doing: who and by when, done: what was"
        " done, or not now: why. Change your answer whenever it moves on.",
        who=owner,
        subject=f"{survey_key}|{theme}",
    )


def ideas(tasks: Iterable[Task]) -> list[Idea]:
    """Every item, as its task stands; a task that was closed unanswered is no item any more."""
    return [idea for task in tasks if (idea := _idea(task)) is not None]


def you_said_we_did(
    tasks: Sequence[Task], since: datetime | None = None, *, without: Collection[IdeaState] = ()
) -> list[str]:
    """Lines for the newsletter: what ended since then, and what is under way. Nobody is named as having asked.

    `without` names states that are told elsewhere.
    """
    lines: list[str] = []
    for idea in ideas(tasks):
        if idea.state in without:
            continue
        is_new = since is None or idea.moved_at is None or idea.moved_at >= since
        if idea.is_ended and not is_new:
            continue
        if (line := _line(idea)) and line not in lines:
            lines.append(line)
    return lines


def _line(idea: Idea) -> str:
    said = f"You said: {idea.theme.rstrip('.')}."
    words = idea.words.rstrip(".")
    match idea.state:
        case IdeaState.DONE:
            return f"{said} We did: {words}." if words else f"{said} Done."
        case IdeaState.NOT_NOW:
            return f"{said} Not now, because: {words}." if words else ""
        case IdeaState.DOING:
            return f"{said} We are on it: {words}." if words else f"{said} We are on it."
        case IdeaState.AGENDA:
            return f"{said} It is on the agenda of the next meeting."
        case IdeaState.NEW:
            return ""


def _idea(task: Task) -> Idea | None:
    survey, bar, theme = task.subject.partition("|")
    if task.kind is not TaskKind.SURVEY or not task.key.startswith(_KEY) or not bar:
        return None
    state, words = _read(task.answer)
    if task.state is TaskState.CLOSED and state is IdeaState.NEW:
        return None
    return Idea(survey, theme, state, words, task.ref, task.answered_at)


def _read(answer: str) -> tuple[IdeaState, str]:
    """The state and the words behind it; an answer that only hands the item to somebody leaves it new."""
    plain = " ".join(answer.split())
    for state in IdeaState:
        if plain.casefold().startswith(state):
            return state, plain[len(state) :].lstrip(" :,.;–-")
    return IdeaState.NEW, ""
