"""Which recipients may be one organization spelled twice, or one name in several places: suggested, never merged.

A person who knows better answers in the *Programs* tab: the same name typed into both rows joins them, and a name that
nobody else has joins them across states.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from network.programs import Program
from network.recipient_names import loose_key, name_key

_ALIKE = 85.0  # of 100: only a sieve, `_is_spelled_twice` decides
_LONG_WORD = 7  # in a shorter word one letter makes another name: Iowa, Kiowa


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two recipients that may be one; `one` sorts before `other`."""

    one: str
    other: str
    sentence: str


def suggest_duplicates(programs: Sequence[Program]) -> tuple[Duplicate, ...]:
    """Returns pairs that may be one recipient, sorted: alike names in a common state, and namesakes anywhere."""
    ordered = sorted(programs, key=lambda program: program.id)
    pairs: dict[tuple[str, str], Duplicate] = {}
    by_state: dict[str, list[Program]] = defaultdict(list)
    by_name: dict[str, list[Program]] = defaultdict(list)
    for program in ordered:
        by_name[name_key(program.name)].append(program)
        for state in program.states:
            by_state[state].append(program)
    for namesakes in by_name.values():
        for at, one in enumerate(namesakes):
            for other in namesakes[at + 1 :]:
                pairs[one.id, other.id] = Duplicate(one.id, other.id, _namesakes(one, other))
    for neighbours in by_state.values():
        for one, other in _alike(neighbours):
            pairs.setdefault((one.id, other.id), Duplicate(one.id, other.id, _spellings(one, other)))
    return tuple(pairs[ids] for ids in sorted(pairs))


def _namesakes(one: Program, other: Program) -> str:
    return (
        f"{one.name} ({_where(one)}) and {other.name} ({_where(other)}) share a name; we count two recipients. If they "
        "are one organization, type the same longer name in all their rows, such as the name with its city."
    )


def _spellings(one: Program, other: Program) -> str:
    return (
        f"{one.name} and {other.name} ({_where(one)}) may be one recipient. If they are, type the same name in all "
        "their rows."
    )


def _where(program: Program) -> str:
    return ", ".join(program.states) or "no state"


def _alike(neighbours: Sequence[Program]) -> Iterable[tuple[Program, Program]]:
    keys = [loose_key(name_key(program.name)) for program in neighbours]
    for at, key in enumerate(keys):
        rest = keys[at + 1 :]
        for _, _, place in process.extract(key, rest, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE, limit=None):
            if _is_spelled_twice(key, rest[place]):
                yield neighbours[at], neighbours[at + 1 + place]


def _is_spelled_twice(one: str, other: str) -> bool:
    """Tells whether two names differ only by order, blanks, a plural, or one letter of a long word."""
    if one.replace(" ", "") == other.replace(" ", ""):
        return True
    first, second = Counter(map(_singular, one.split())), Counter(map(_singular, other.split()))
    left, right = sorted((first - second).elements()), sorted((second - first).elements())
    return len(left) == len(right) and all(
        min(len(word), len(twin)) >= _LONG_WORD and DamerauLevenshtein.distance(word, twin) == 1
        for word, twin in zip(left, right, strict=True)
    )


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
