"""Who is not here yet: for each type of program, how far the network is with every recipient.

Counts are for everybody; names stand in the coordinator's own workbook alone, and no recipient is ranked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from network.members import Person, Status
from network.programs import TYPE_WORDS, Program, ProgramType
from network.tabs import SystemTab


class Standing(StrEnum):
    """How far the network is with a recipient, in the words of the screen."""

    MEMBER = "with a member"  # somebody of it takes part
    IN_CONVERSATION = "in conversation"  # somebody replied or was reached
    INVITED = "invited"  # a letter or a call went out
    CONTACT_KNOWN = "contact known"  # a person or a director's address is known, nothing was sent
    NOT_YET = "not yet in touch (our task)"  # only a front desk, or nothing at all
    NOT_NOW = "not now"  # they asked to be left for now


NONE_KNOWN = "none known here"
# A person marked so is no contact.
_GONE = frozenset({Status.LEFT, Status.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """Recipients of one program type, by id, sorted, in exactly one standing each."""

    program_type: ProgramType
    recipients: Mapping[Standing, tuple[str, ...]]

    @property
    def total(self) -> int:
        return sum(len(ids) for ids in self.recipients.values())

    def count(self, standing: Standing) -> int:
        return len(self.recipients[standing])

    @property
    def share(self) -> float | None:
        """The part of recipients with a member, 0 to 1; None where no recipient is known, which is not zero."""
        return self.count(Standing.MEMBER) / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All three types apart; a recipient with grants of two types counts in both and is one recipient."""

    types: Mapping[ProgramType, TypeCoverage]
    standings: Mapping[str, Standing]  # by recipient id

    @property
    def total(self) -> int:
        return len(self.standings)


def coverage(
    programs: Sequence[Program],
    people: Iterable[Person],
    *,
    in_conversation: Collection[str] = (),
    invited: Collection[str] = (),
    not_now: Collection[str] = (),
    states: Collection[str] = (),
) -> Coverage:
    """Puts every recipient that serves one of `states` (none given: everywhere) into one standing.

    The first that fits counts: a member; a "not now", which is kept even when letters went out before; in conversation;
    invited; a contact; else it is our task. The three collections hold recipient ids.
    """
    wanted = set(states)
    here = [program for program in programs if not wanted or wanted.intersection(program.states)]
    known = [person for person in people if person.in_sheet and person.recipient_id]
    members = {person.recipient_id for person in known if person.is_active_member}
    contacts = {person.recipient_id for person in known if person.member.status not in _GONE and _is_reachable(person)}
    contacts |= {program.id for program in here if program.director_email}
    reached: tuple[tuple[Standing, Collection[str | None]], ...] = (
        (Standing.MEMBER, members),
        (Standing.NOT_NOW, not_now),
        (Standing.IN_CONVERSATION, in_conversation),
        (Standing.INVITED, invited),
        (Standing.CONTACT_KNOWN, contacts),
    )
    standings = {
        program.id: next((standing for standing, ids in reached if program.id in ids), Standing.NOT_YET)
        for program in sorted(here, key=lambda each: each.id)
    }
    return Coverage({kind: _of_type(kind, here, wanted, standings) for kind in ProgramType}, standings)


def coverage_table(result: Coverage) -> tuple[tuple[str, ...], list[tuple[str | int, ...]]]:
    """Returns columns and rows of counts, a row a program type: fit for a leaders' page, no recipient named."""
    columns = ("Program type", "Recipients", *(str(standing) for standing in Standing))
    rows: list[tuple[str | int, ...]] = []
    for kind in ProgramType:
        one = result.types[kind]
        if one.total:
            rows.append((TYPE_WORDS[kind], one.total, *(one.count(standing) for standing in Standing)))
        else:
            rows.append((TYPE_WORDS[kind], NONE_KNOWN, *("" for _ in Standing)))
    return columns, rows


def coverage_sentences(result: Coverage) -> tuple[str, ...]:
    """Says each program type in one line of counts: "Tribal (AI/AN): 18 recipients · 3 with a member · …"."""
    lines = []
    for kind in ProgramType:
        one = result.types[kind]
        counts = [f"{one.count(standing)} {standing}" for standing in Standing if one.count(standing)]
        noun = "recipient" if one.total == 1 else "recipients"
        said = " · ".join([f"{one.total} {noun}", *counts]) if one.total else NONE_KNOWN
        lines.append(f"{TYPE_WORDS[kind]}: {said}")
    return tuple(lines)


def coverage_tab(result: Coverage, programs: Sequence[Program]) -> SystemTab:
    """The coordinator's list, with names: every recipient in the order of type and name, and what would help next."""
    rows = []
    for program in sorted(programs, key=lambda each: (_first_type(each), each.name.casefold(), each.id)):
        if program.id in result.standings:
            standing = result.standings[program.id]
            types = ", ".join(TYPE_WORDS[kind] for kind in ProgramType if kind in program.types)
            cells = (types, program.name, ", ".join(program.states), str(standing), next_step(program, standing))
            rows.append(cells)
    return SystemTab(
        title="HMN coverage",
        columns=("Program type", "Recipient", "States served", "Who is not here yet", "What would help"),
        rows=rows,
        widths=(24, 44, 16, 28, 60),
        preface=("Who is not here yet", *coverage_sentences(result)),
    )


def next_step(program: Program, standing: Standing) -> str:
    """Says what would bring a recipient nearer; blank where nothing is asked of us."""
    if standing is Standing.NOT_YET:
        return find_manager_words(program)
    if standing is Standing.CONTACT_KNOWN:
        return "Set the contact to Invite in Members, or ask the director who the health manager is."
    return ""


def find_manager_words(program: Program) -> str:
    """Says how to find the health manager of a recipient with what is known: the front desk, the director, nothing."""
    desk = ", ".join(part for part in (program.front_desk_email, program.phone) if part)
    director = " ".join(part for part in (program.director, program.director_email) if part)
    ways = []
    if desk:
        ways.append(f"front desk: {desk}")
    if director:
        ways.append(f"ask the director: {director}")
    if not ways:
        ways.append("no contact is known yet: the Center Locator on headstart.gov gives a phone")
    elif not director:
        ways.append("ask for the director")
    return f"Find the health manager of {program.name}; {'; '.join(ways)}."


def _of_type(
    kind: ProgramType, programs: Sequence[Program], states: set[str], standings: Mapping[str, Standing]
) -> TypeCoverage:
    # In a state's coverage a recipient counts under the types that it has there: Telamon is Migrant and Seasonal in
    # Georgia and Head Start in Indiana.
    ids = {
        program.id
        for program in programs
        for grant in program.grants
        if grant.program_type is kind and (not states or states.intersection(grant.states))
    }
    return TypeCoverage(
        kind, {standing: tuple(sorted(each for each in ids if standings[each] is standing)) for standing in Standing}
    )


def _is_reachable(person: Person) -> bool:
    return bool(person.member.email or person.member.phone)


def _first_type(program: Program) -> int:
    return min((list(ProgramType).index(kind) for kind in program.types), default=len(ProgramType))
