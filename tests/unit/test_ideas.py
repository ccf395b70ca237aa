"""An idea moves by answers in To do, and nothing ends without words for those who asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from network.ideas import IdeaState, idea_task, ideas, you_said_we_did
from network.tasks import ANSWERS, Task, TaskKind, TaskState
from network.to_do import understand_answer

NOON = datetime(2026, 10, 6, 17, tzinfo=UTC)


def an_item(answer: str = "", theme: str = "Dentists", survey: str = "fall") -> Task:
    new = idea_task(survey, "Fall survey", theme, "Noor")
    state = TaskState.ANSWERED if answer else TaskState.OPEN
    at = NOON if answer else None
    return Task("T-1", new.key, new.kind, new.what, new.why, new.who, new.subject, date(2026, 10, 1), state, answer, at)


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ("", IdeaState.NEW, ""),
        ("hand to Rosa", IdeaState.NEW, ""),
        ("on the agenda", IdeaState.AGENDA, ""),
        ("doing: Rosa, by 1 May", IdeaState.DOING, "Rosa, by 1 May"),
        ("Done", IdeaState.DONE, ""),
        ("done: a list by county", IdeaState.DONE, "a list by county"),
        ("not now: no money this year", IdeaState.NOT_NOW, "no money this year"),
    ],
)
def test_an_answer_moves_the_item(answer: str, state: IdeaState, words: str) -> None:
    (idea,) = ideas([an_item(answer)])
    assert (idea.state, idea.words, idea.theme) == (state, words, "Dentists")


def test_every_short_answer_of_the_tab_moves_an_item() -> None:
    for offered in ANSWERS[TaskKind.SURVEY]:
        typed = offered.replace("…", "Rosa, by 1 May")
        understood = understand_answer(TaskKind.SURVEY, typed)
        assert understood is not None
        (idea,) = ideas([an_item(": ".join(part for part in understood if part))])
        assert idea.state is not IdeaState.NEW


def test_asking_twice_is_one_item() -> None:
    assert idea_task("fall", "Fall survey", "Dentists", "Noor").key == idea_task("fall", "x", "dentists", "Owen").key


def test_everybody_hears_what_came_of_it() -> None:
    tasks = [
        an_item("done: a list by county"),
        an_item("not now: no money this year", "Travel"),
        an_item("doing: Rosa, by 1 May", "Spanish"),
        an_item("on the agenda", "Forms"),
        an_item("", "Notes"),
    ]
    assert you_said_we_did(tasks) == [
        "You said: Dentists. We did: a list by county.",
        "You said: Travel. Not now, because: no money this year.",
        "You said: Spanish. We are on it: Rosa, by 1 May.",
        "You said: Forms. It is on the agenda of the next meeting.",
    ]


def test_what_ended_is_told_once() -> None:
    ended = an_item("done: a list by county")
    assert you_said_we_did([ended], since=NOON + timedelta(days=1)) == []
    assert you_said_we_did([ended], since=NOON - timedelta(days=1)) != []


def test_other_tasks_and_withdrawn_items_are_no_ideas() -> None:
    call = replace(an_item(), kind=TaskKind.CALL)
    read_texts = replace(an_item(), key="survey/fall/texts", subject="fall")
    withdrawn = replace(an_item(), state=TaskState.CLOSED)
    assert ideas([call, read_texts, withdrawn]) == []
