"""*HMN guard*: which computer runs this sheet, and whether this ledger has seen everything that the sheet has seen.

A hidden tab of ours holds the installation's id, a generation that is raised before mail leaves, a mark that no other
writing ever has, the day last seen, and slow salted hashes of addresses that said no. The ledger remembers every mark
that it has written or was about to write. So a mark in the sheet that it does not know was written by somebody else:
by another computer, or by this office after the copy of the ledger was made that is in use now.

What is guaranteed. A ledger that was copied before the generation was last raised is always noticed, by its next
reading and before anything leaves. When it is raised stands in `jobs.guard`. What is not: two copies of one office that
begin in the same minute may each hand over one batch before they see one another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum

from network.consent import AUTOMATIC
from network.errors import PermanentError
from network.messages import Stream
from network.tabs import RawTab, SystemTab, text_of

GUARD = "HMN guard"
EVERYTHING = frozenset(AUTOMATIC)
_COLUMNS = ("What", "Value", "For")
_PREFACE = "This hidden tab tells which computer runs this office, and keeps every no. Please leave it as it is."
_COMPUTER, _GENERATION, _MARK, _SEEN, _NO, _ALL = "computer", "generation", "mark", "last seen", "no", "everything"
_DIGITS = frozenset("0123456789abcdef")

Noes = Mapping[str, frozenset[Stream]]
"""Hashes of addresses, each with the streams that its owner's no stops."""


class Standing(StrEnum):
    """What the sheet's guard and the ledger's memory say together."""

    OURS = "ours"
    NOBODYS = "nobody's"  # there is no guard: it is written with our next tabs
    ANOTHER = "another computer"
    OLDER = "this memory is older than the sheet"
    UNSURE = "unsure"  # a backup was put back, or a takeover begun, and nobody has finished it
    UNREADABLE = "unreadable"  # somebody typed into the tab


@dataclass(frozen=True, slots=True)
class Guard:
    """The tab as it was read."""

    installation: str
    generation: int
    mark: str
    last_seen: date | None = None
    noes: Noes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ledger remembers: our id, and every mark of ours that may stand in the sheet, oldest first."""

    installation: str = ""
    generation: int = 0
    marks: tuple[str, ...] = ()
    unsure: str = ""  # "A backup of 3 May was put back": what happened, until somebody has taken over

    def raised(self, mark: str) -> Memory:
        """The memory that is kept before a new mark is written to the sheet."""
        return replace(self, generation=self.generation + 1, marks=(*self.marks, mark))

    def seen(self, guard: Guard) -> Memory:
        """The memory after a reading: marks older than the one that stands there will never be seen again."""
        if guard.mark not in self.marks:
            return self
        return replace(self, marks=self.marks[self.marks.index(guard.mark) :])

    def to_text(self) -> str:
        """The memory as a cursor keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str | None) -> Memory:
        """The memory out of its cursor; blank before the first writing."""
        kept = json.loads(text) if text else {}
        return cls(**{**kept, "marks": tuple(kept.get("marks", ()))})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How we stand, and the guard it was judged by."""

    standing: Standing
    guard: Guard | None = None

    @property
    def may_act(self) -> bool:
        """Tells whether this computer may plan, send and write to the sheet."""
        return self.standing in (Standing.OURS, Standing.NOBODYS)


class UnreadableGuard(PermanentError):  # noqa: N818 - named for what it says to the caller
    """The tab stands there and cannot be understood."""


def read_guard(tab: RawTab | None) -> Guard | None:
    """The guard as it stands; None where there is no such tab, or nothing in it. Raises UnreadableGuard.

    Of a no nothing may be lost: one whose streams cannot be read stands for all of them.
    """
    if tab is None:
        return None
    rows = [tuple(text_of(cell).strip() for cell in (*row, None, None, None)[:3]) for row in tab.values]
    if not any(any(row) for row in rows):
        return None
    facts: dict[str, str] = {}
    noes: dict[str, frozenset[Stream]] = {}
    for what, value, streams in rows:
        name = what.casefold()
        if name == _NO and _is_digest(value):
            noes[value] = noes.get(value, frozenset()) | _streams_of(streams)
        elif name in (_COMPUTER, _GENERATION, _MARK, _SEEN) and facts.setdefault(name, value) != value:
            raise UnreadableGuard(f"{GUARD} says {name} twice.")
    number = facts.get(_GENERATION, "").removesuffix(".0")
    if not (facts.get(_COMPUTER) and facts.get(_MARK) and number.isascii() and number.isdecimal()):
        raise UnreadableGuard(f"{GUARD} does not say which computer runs this office.")
    return Guard(facts[_COMPUTER], int(number), facts[_MARK], _day_of(facts.get(_SEEN, "")), noes)


def judge(tab: RawTab | None, memory: Memory) -> Verdict:
    """Says whose sheet this is, by the guard as just read and by what the ledger remembers.

    A guard of ours with an earlier generation than we have reached is an old version of the sheet, not an old ledger:
    it is ours, and written anew.
    """
    try:
        guard = read_guard(tab)
    except UnreadableGuard:
        return Verdict(Standing.UNREADABLE)
    if guard is not None and guard.installation != memory.installation:
        return Verdict(Standing.ANOTHER, guard)
    if memory.unsure:
        return Verdict(Standing.UNSURE, guard)
    if guard is None:
        return Verdict(Standing.NOBODYS)
    if guard.mark not in memory.marks and guard.generation >= memory.generation:
        return Verdict(Standing.OLDER, guard)
    return Verdict(Standing.OURS, guard)


def guard_tab(memory: Memory, last_seen: date, noes: Noes) -> SystemTab:
    """Draws the hidden tab; it changes once a day, with every new no, and when mail is about to leave."""
    rows = [
        (_COMPUTER, memory.installation, ""),
        (_GENERATION, str(memory.generation), ""),
        (_MARK, memory.marks[-1] if memory.marks else "", ""),
        (_SEEN, last_seen.isoformat(), ""),
        *((_NO, digest, _words_of(streams)) for digest, streams in sorted(noes.items())),
    ]
    return SystemTab(GUARD, _COLUMNS, rows, (14, 70, 30), preface=(_PREFACE,), hidden=True)


def why_held(verdict: Verdict, memory: Memory) -> str:
    """What stands wrong and what to type, as one line; blank when nothing does."""
    seen = verdict.guard.last_seen if verdict.guard else None
    last = f" (last seen {seen.day} {seen:%B})" if seen else ""
    match verdict.standing:
        case Standing.ANOTHER:
            return (
                f"This sheet is run from another computer{last}. Restore its backup, or take over: hmn takeover. "
                "Until then this computer sends nothing and writes nothing."
            )
        case Standing.OLDER:
            return (
                f"The memory of this computer is older than the sheet{last}: an old copy was put back, or a copy of "
                "this office runs elsewhere. Nothing goes out. Stop the other one, then type: hmn takeover"
            )
        case Standing.UNSURE:
            return (
                f"{memory.unsure}, and nobody knows what went out since. Nothing goes out until you type: hmn takeover"
            )
        case Standing.UNREADABLE:
            return (
                f"The hidden tab {GUARD} was changed by hand and cannot be read, so nothing goes out. Delete that tab "
                "and it is written anew; if another computer runs this sheet, type there: hmn run members"
            )
        case _:
            return ""


def _words_of(streams: frozenset[Stream]) -> str:
    return _ALL if streams >= EVERYTHING else ", ".join(sorted(streams))


def _streams_of(words: str) -> frozenset[Stream]:
    names = {name.strip() for name in words.split(",")}
    return frozenset(Stream(name) for name in names) if names <= {*EVERYTHING} else EVERYTHING


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= _DIGITS


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
