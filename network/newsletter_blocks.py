"""What the newsletter says by itself: new members, dates, goals, ideas, open questions, a success, who is not here yet.

Each block is switched on in *Settings* and steps back where people wrote the section themselves (see `editions`).
Nobody is named who did not agree to it: a newcomer without a yes is a number. No program and no Tribe is ever named as
missing, and a number so small that everybody would know who is meant is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from network.cells import fold
from network.days import day_words
from network.members import Language
from network.newsletter import Block
from network.programs import ProgramType

# As they are called behind "Block:" in Settings.
NEW_MEMBERS = "welcome to new members"
COMING = "coming dates"
GOALS = "progress of goals"
LOOP = "you said, we did"
QUESTIONS = "open questions"
SUCCESS = "one success"
NOT_HERE = "who is not here yet"
# What each one says, for whoever switches it; how far the network reached Tribes is off until somebody wants it told.
BLOCKS = {
    NEW_MEMBERS: ("on", "Newsletter: names new members who agreed to be named."),
    COMING: ("on", "Newsletter: the next meetings."),
    GOALS: ("on", "Newsletter: how the goals stand."),
    LOOP: ("on", "Newsletter: what came of people's ideas."),
    QUESTIONS: ("on", "Newsletter: surveys that are open, and what stands on the agenda."),
    SUCCESS: ("on", "Newsletter: a story that somebody agreed to share."),
    NOT_HERE: ("off", "Newsletter: how many programs of each type are with us, as numbers alone."),
}
_FEWEST_KNOWN, _FEWEST_MISSING = 5, 3  # below these a count would point at somebody


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
class Ask:
    """A survey that members may answer now; the link is blank where each has one of their own."""

    name: str
    until: date
    link: str = ""


@dataclass(frozen=True, slots=True)
class Success:
    """A story that its writer agreed to share, in the coordinator's words; no name without a yes to it."""

    words: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """How many programs of one type we know, and how many of them are with us."""

    program_type: ProgramType
    here: int
    known: int

    @property
    def is_told(self) -> bool:
        """Whether the numbers point at nobody."""
        missing = self.known - self.here
        return self.known >= _FEWEST_KNOWN and (missing == 0 or missing >= _FEWEST_MISSING)


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
    asks: tuple[Ask, ...] = ()
    agenda: tuple[str, ...] = ()  # what stands on the agenda of the next meeting
    success: Success | None = None
    presence: tuple[Presence, ...] = ()

    def has(self, block: str) -> bool:
        """Whether this block is switched on."""
        return is_on(block, self.switched_on)


def is_on(block: str, switched_on: Iterable[str]) -> bool:
    """Tells whether a block is switched on, however its name is written."""
    return fold(block) in {fold(name) for name in switched_on}


def blocks_of(sources: Sources, language: Language, words: Mapping[str, Any]) -> tuple[Block, ...]:
    """The blocks that are switched on and have something to say, in their order."""
    makers = {
        NEW_MEMBERS: _new_members,
        SUCCESS: _success,
        COMING: _coming,
        QUESTIONS: _questions,
        GOALS: _goals,
        LOOP: _loop,
        NOT_HERE: _not_here,
    }
    made = (make(sources, language, words) for name, make in makers.items() if sources.has(name))
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
        among = [said["new_members_named"]] if len(sources.named) < sources.joined else []
        lines += [*among, "\n".join(f"- {name}" for name in names)]
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


def _questions(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    lines = [
        said["ask" if each.link else "ask_by_mail"].format(
            name=_plain(each.name), day=say_date(each.until, language, words), link=each.link
        )
        for each in sources.asks
    ]
    lines += [said["on_the_agenda"].format(topic=_plain(topic).rstrip(".")) for topic in sources.agenda]
    if not lines:
        return None
    text = "\n".join([said["questions_intro"], "", *(f"- {line}" for line in lines), "", said["questions_reply"]])
    return Block("questions", _heading("questions", language, words), text)


def _success(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    success = sources.success
    if success is None or not _plain(success.words):
        return None
    said = words[language]
    # The words are a coordinator's, in English.
    heading = f"{_heading('success', language, words)} {said['in_english']}".strip()
    name = _plain(success.name)
    parts = (_plain(success.words), said["success_by"].format(name=name) if name else "", said["success_reply"])
    return Block("success", heading, "\n\n".join(part for part in parts if part))


def _not_here(sources: Sources, language: Language, words: Mapping[str, Any]) -> Block | None:
    said = words[language]
    lines = [
        said["presence"].format(kind=words["types"][each.program_type][language], here=each.here, known=each.known)
        for each in sources.presence
        if each.is_told
    ]
    if not lines:
        return None
    text = "\n".join([said["presence_intro"], "", *(f"- {line}" for line in lines), "", said["presence_help"]])
    return Block("not_here", _heading("not_here", language, words), text)


def _heading(section: str, language: Language, words: Mapping[str, Any]) -> str:
    return str(words["sections"][section][language])


def _plain(text: str) -> str:
    """A value that people typed elsewhere: it never becomes Markdown, a link or a placeholder."""
    return " ".join(re.sub(r"[\\`*_\[\]<>#|{}]", "", text).split())
