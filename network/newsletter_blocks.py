"""What the newsletter says by itself: new members, coming dates, goals, and what became of ideas.

Each block is switched on in *Settings* and steps back where people wrote the section themselves (see `editions`).
Nobody is named who did not agree to it: a newcomer without a yes is a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from network.cells import fold
from network.days import day_words
from network.members import Language
from network.newsletter import Block


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new member who agreed to be named."""

    name: str
    organization: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A day on which people meet."""

    day: date
    what: str


@dataclass(frozen=True, slots=True)
class GoalLine:
    """How one goal stands, in the words of `goals`."""

    name: str
    now: str
    target: str
    by: date


@dataclass(frozen=True, slots=True)
class Sources:
    """What the blocks are made of; the same sources give the same words."""

    switched_on: frozenset[str] = frozenset()  # as typed behind "Block:" in Settings
    joined: int = 0
    named: tuple[Newcomer, ...] = ()
    next_meeting: str = ""
    meeting_link: str = ""
    meetings: tuple[Meeting, ...] = ()
    goals: tuple[GoalLine, ...] = ()
    loop: tuple[str, ...] = ()


def blocks_of(sources: Sources, language: Language, words: Mapping[str, Any]) -> tuple[Block, ...]:
    """The blocks that are switched on and have something to say, in their order."""
    makers = {
        "welcome to new members": _new_members,
        "coming dates": _coming,
        "progress of goals": _goals,
        "you said, we did": _loop,
    }
    on = {fold(name) for name in sources.switched_on}
    made = (make(sources, language, words) for name, make in makers.items() if fold(name) in on)
    return tuple(block for block in made if block is not None)


def say_date(day: date, language: Language, words: Mapping[str, Any]) -> str:
    """A day as a reader of that language says it: "15 October", "15 de octubre"."""
    month = words["months"][language][day.month - 1]
    return f"{day.day} de {month}" if language is Language.SPANISH else f"{day.day} {month}"


def _new_members(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    if not sources.joined:
        return None
    many = said["new_members_one"] if sources.joined == 1 else said["new_members_many"]
    lines = [many.format(number=sources.joined)]
    if sources.named:
        names = (
            said["new_member"].format(name=_plain(each.name), organization=_plain(each.organization)).rstrip(" ,")
            for each in sources.named
        )
        lines += [said["new_members_named"], "\n".join(f"- {name}" for name in names)]
        lines.append(said["new_members_say_hello"])
    return Block("new_members", _heading("new_members", language, words), "\n\n".join(lines))


def _coming(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    lines = (
        [said["next_meeting"].format(meeting=_plain(day_words(sources.next_meeting, language)))]
        if sources.next_meeting
        else []
    )
    lines += [
        said["meeting"].format(day=say_date(each.day, language, words), what=_plain(each.what))
        for each in sources.meetings
    ]
    if not lines:
        return None
    text = "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0]
    link = sources.meeting_link if sources.meeting_link.startswith("https://") else ""
    return Block("coming", _heading("coming", language, words), text, link, said["join"] if link else "")


def _goals(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    if not sources.goals:
        return None
    lines = (
        said["goal"].format(
            name=_plain(each.name),
            now=each.now,
            target=each.target,
            day=f"{say_date(each.by, language, words)} {'de ' if language is Language.SPANISH else ''}{each.by.year}",
        )
        for each in sources.goals
    )
    text = "\n".join([said["goals_intro"], "", *(f"- {line}" for line in lines)])
    return Block("goals", _heading("goals", language, words), text)


def _loop(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    if not sources.loop:
        return None
    text = "\n".join([said["loop_intro"], "", *(f"- {_plain(line)}" for line in sources.loop)])
    # What was said and done is typed by leaders, in English.
    heading = f"{_heading('loop', language, words)} {said['in_english']}".strip()
    return Block("loop", heading, text)


def _heading(section: str, language: Language, words: Mapping[str, Any]) -> str:
    return str(words["sections"][section][language])


def _plain(text: str) -> str:
    """A value that people typed elsewhere: it never becomes Markdown, a link or a placeholder."""
    return " ".join(re.sub(r"[\\`*_\[\]<>#|{}]", "", text).split())
