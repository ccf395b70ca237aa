"""The breaker: a sheet that changed too much at once is not believed until somebody says go (DESIGN section 3).

A sort that left one column behind, a filter pasted over the list, a header that was renamed: each looks like dozens of
people who left or moved. Marks that stop mail are applied even then, because a no is never wrong to keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from network.identity import STOPPING
from network.members import Person
from network.stores import PeoplePlan

LEAST = 5
SHARE = 0.20


@dataclass(frozen=True, slots=True)
class Trip:
    """Why a reading is not applied: how many active members it would change, out of how many, or a tab's problem."""

    changed: int
    active: int
    problem: str = ""

    @property
    def sentence(self) -> str:
        if self.problem:
            return f"We stopped: {self.problem} Nothing is sent until it is mended."
        return (
            f"We stopped: {self.changed} of {self.active} members vanished, moved to another address or changed status"
            " at once. Nothing is sent. If that is meant, answer go in To do; if not, undo it in the sheet."
        )


def check_reading(known: Sequence[Person], plan: PeoplePlan, problem: str = "") -> Trip | None:
    """Trips when a required header is gone, or when at least max(5, 20 %) of the active members changed at once."""
    active = {person.id: person for person in known if person.is_active_member}
    if problem:
        return Trip(0, len(active), problem) if active else None
    changed = {person_id for person_id in plan.gone if person_id in active}
    for person in plan.update:
        before = active.get(person.id)
        if before is not None and (
            before.member.email != person.member.email or before.member.status is not person.member.status
        ):
            changed.add(person.id)
    limit = max(LEAST, SHARE * len(active))
    return Trip(len(changed), len(active)) if len(changed) >= limit else None


def only_marks(known: Sequence[Person], plan: PeoplePlan) -> PeoplePlan:
    """What is applied of a reading that is not believed: Do not contact, On hold and Left, and nothing else."""
    by_id: Mapping[str, Person] = {person.id: person for person in known}
    marked = []
    for person in plan.update:
        before = by_id.get(person.id)
        is_new_mark = person.member.status in STOPPING and before is not None
        if before is not None and is_new_mark and before.member.status is not person.member.status:
            marked.append(replace(before, member=replace(before.member, status=person.member.status)))
    return PeoplePlan(update=tuple(marked))
