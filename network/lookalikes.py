"""Rows of *Members* that may be one person: found here, asked about in *To do*, decided by a person only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from network.cells import fold
from network.member_rows import SheetRow, member_of
from network.members import Member

ALIKE = 88  # of 100: "Ana Torres" and "Anna Torres"
_LARGEST_PLACE = 400  # beyond this many rows of one organization, names are only compared for equality


class Likeness(StrEnum):
    """Why two rows may be one person."""

    SECOND_ROW = "second row"  # same name, same organization, two addresses: the second waits for the answer
    SHARED_ADDRESS = "shared address"  # one address, two names: a letter goes there once
    SIMILAR_NAME = "similar name"  # nearly the same name at one organization


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows and the question about them; `key` stays the same while addresses and names do."""

    likeness: Likeness
    first: SheetRow
    second: SheetRow
    key: str

    @property
    def what(self) -> str:
        one, other = member_of(self.first).full_name or "somebody", member_of(self.second).full_name or "somebody"
        if self.likeness is Likeness.SECOND_ROW:
            return f"Are the two rows of {other} one person?"
        return f"Are {one} and {other} one person?"

    @property
    def why(self) -> str:
        return {
            Likeness.SECOND_ROW: "Same name and organization, two addresses.",
            Likeness.SHARED_ADDRESS: "Their rows have one address.",
            Likeness.SIMILAR_NAME: "Nearly the same name, one organization.",
        }[self.likeness]

    def sentence(self, row: SheetRow) -> str:
        """What stands beside one of the two rows."""
        other = self.second if row is self.first else self.first
        name = member_of(other).full_name or "somebody without a name"
        if self.likeness is Likeness.SHARED_ADDRESS:
            return (
                f"Has the same address as {name} (row {other.number}), so a letter goes there once. Same person? Answer"
                " in To do, or type each person's own address."
            )
        return f"Looks like the row of {name} (row {other.number}): same person? Answer in To do."


def find_pairs(rows: Sequence[SheetRow]) -> tuple[Pair, ...]:
    """Pairs the rows that may be one person, each pair once, in the order of `rows`; the earlier row comes first."""
    pairs: dict[tuple[int, int], Pair] = {}
    for pair in (*_second_rows(rows), *_shared_addresses(rows), *_similar_names(rows)):
        pairs.setdefault((pair.first.number, pair.second.number), pair)
    return tuple(pairs.values())


def _second_rows(rows: Sequence[SheetRow]) -> Iterator[Pair]:
    groups: dict[tuple[str, str], list[SheetRow]] = defaultdict(list)
    for row in rows:
        if name := name_of(member_of(row)):
            groups[name, fold(member_of(row).organization)].append(row)
    yield from _with_first(groups.values(), Likeness.SECOND_ROW)


def _shared_addresses(rows: Sequence[SheetRow]) -> Iterator[Pair]:
    groups: dict[str, list[SheetRow]] = defaultdict(list)
    for row in rows:
        if address := member_of(row).email:
            groups[address].append(row)
    yield from _with_first(groups.values(), Likeness.SHARED_ADDRESS)


def _similar_names(rows: Sequence[SheetRow]) -> Iterator[Pair]:
    places: dict[str, list[SheetRow]] = defaultdict(list)
    for row in rows:
        if name_of(member_of(row)) and member_of(row).organization:
            places[fold(member_of(row).organization)].append(row)
    for group in places.values():
        if 1 < len(group) <= _LARGEST_PLACE:
            names = [member_of(row).full_name.casefold() for row in group]
            for place in range(1, len(group)):
                found = process.extractOne(
                    names[place], names[:place], scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE
                )
                if found is not None:
                    yield _pair(Likeness.SIMILAR_NAME, group[found[2]], group[place])


def _with_first(groups: Iterable[Sequence[SheetRow]], likeness: Likeness) -> Iterator[Pair]:
    for first, *others in groups:
        for other in others:
            yield _pair(likeness, first, other)


def _pair(likeness: Likeness, first: SheetRow, second: SheetRow) -> Pair:
    ids = sorted(f"{row.key.email.strip().casefold()} {name_of(member_of(row))}" for row in (first, second))
    return Pair(likeness, first, second, f"same/{'/'.join(ids)}")


def name_of(member: Member) -> str:
    """The full name as two spellings of it have it in common."""
    return fold(member.full_name)
