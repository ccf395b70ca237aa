"""What an import adds and what it changes, as data: rows for new grants, new numbers of known recipients, questions.

Nothing that stands in *Programs* is edited: a grant that is there stays as the coordinator typed it, a number that was
replaced is remembered and asked for, and a row that somebody took out is not added again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from network.duplicates import Duplicate
from network.program_import import ImportReading
from network.programs import TYPE_WORDS, Grant, Program
from network.recipients import with_former_numbers
from network.tabs import PROGRAMS, NewRow


@dataclass(frozen=True, slots=True)
class NumberChange:
    """A known recipient's grant has a new number; the recipient stays one."""

    program_id: str
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What one import would do; `programs` is what the ledger then knows, *Programs* and file together."""

    add: tuple[NewRow, ...] = ()
    changes: tuple[NumberChange, ...] = ()
    programs: tuple[Program, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    taken_out: tuple[str, ...] = ()  # numbers that stood in *Programs* once and were removed by hand
    elsewhere: int = 0  # recipients of the file that serve none of the network's states


def plan_import(
    known: Sequence[Program], found: ImportReading, *, states: Collection[str] = (), seen: Collection[str] = ()
) -> ImportPlan:
    """Plans an import of `found` (read with the same `known`) into a network of `states` (none given: everywhere).

    `known` is what *Programs* holds now, `seen` every grant number that ever stood there. Planning again after the rows
    were added and the changes remembered gives nothing to do.
    """
    wanted = set(states)
    here = [each for each in found.programs if not wanted or wanted.intersection(each.states)]
    known_by_id = {program.id: program for program in known}
    owner = {number: program for program in known for number in _numbers(program)}
    filed = {grant.number for program in found.programs for grant in program.grants}
    after = dict(known_by_id)
    rows: list[NewRow] = []
    changes: list[NumberChange] = []
    taken_out: list[str] = []
    for program in here:
        standing = known_by_id.get(program.id) or _owner(program, owner)
        before = after[standing.id] if standing else None
        fresh = [grant for grant in program.grants if grant.number not in owner]
        changed = _changed_numbers(before, fresh, filed) if before else []
        changes += changed
        replaced = {change.new for change in changed}
        gone = [grant.number for grant in fresh if grant.number in seen and grant.number not in replaced]
        taken_out += gone
        new = [grant for grant in fresh if grant.number not in replaced and grant.number not in gone]
        rows += [_row(grant, program, before) for grant in new]
        if before or new:
            after[before.id if before else program.id] = _remembered(program, before, changed, new)
    touched = {row.key for row in rows}
    ids = {program.id for program in after.values() if touched & _numbers(program)}
    return ImportPlan(
        add=tuple(sorted(rows, key=lambda row: (str(row.cells["Recipient"]).casefold(), row.key))),
        changes=tuple(changes),
        programs=tuple(after[program_id] for program_id in sorted(after)),
        duplicates=tuple(
            each for each in found.duplicates if {each.one, each.other} <= set(after) and ids & {each.one, each.other}
        ),
        taken_out=tuple(sorted(taken_out)),
        elsewhere=len(found.programs) - len(here),
    )


def _numbers(program: Program) -> set[str]:
    return {grant.number for grant in program.grants} | set(program.former_numbers)


def _owner(program: Program, owner: Mapping[str, Program]) -> Program | None:
    """The known recipient that holds one of these grants, where the coordinator joined what the file keeps apart."""
    return next((owner[grant.number] for grant in program.grants if grant.number in owner), None)


def _changed_numbers(before: Program, fresh: Sequence[Grant], filed: Collection[str]) -> list[NumberChange]:
    """Pairs numbers that the file no longer names with new ones: first of the same code and state, then one with one.

    `filed` are all numbers of the file. What cannot be paired is a new grant, and the old row simply stays.
    """
    old = [grant for grant in before.grants if grant.number not in filed]
    new = list(fresh)
    pairs: list[tuple[Grant, Grant]] = []
    for gone in sorted(old, key=lambda grant: grant.number):
        alike = [grant for grant in new if grant.number[2:4] == gone.number[2:4]]
        near = [grant for grant in alike if set(grant.states) & set(gone.states)] or alike
        if near:
            pairs.append((gone, near[0]))
            new.remove(near[0])
    # A file of tribal grants alone says nothing about the Head Start grant that a tribe may hold besides.
    codes = {number[2:4] for number in filed}
    is_covered = len(filed) == 1
    left = [
        grant
        for grant in old
        if grant not in (gone for gone, _ in pairs) and (is_covered or grant.number[2:4] in codes)
    ]
    if len(left) == 1 and len(new) == 1:
        pairs.append((left[0], new[0]))
    return [NumberChange(before.id, before.name, gone.number, come.number) for gone, come in pairs]


def _remembered(
    program: Program, before: Program | None, changes: Sequence[NumberChange], new: Sequence[Grant]
) -> Program:
    """What the ledger knows of a recipient after the import: the coordinator's words, the file's new facts."""
    filed = {grant.number: grant for grant in program.grants}
    if before is None:
        return replace(program, grants=tuple(new))
    by_old = {change.old: filed[change.new] for change in changes}
    # The states somebody typed stay; the type goes by the new number, because that is what changed.
    kept = [
        replace(by_old[grant.number], recipient_name=grant.recipient_name, states=grant.states or filed_states)
        if grant.number in by_old
        else _with_flags(grant, filed.get(grant.number))
        for grant in before.grants
        for filed_states in [by_old[grant.number].states if grant.number in by_old else ()]
    ]
    added = [replace(grant, recipient_name=before.name) for grant in new]
    merged = replace(
        before,
        grants=tuple(sorted([*kept, *added], key=lambda grant: grant.number)),
        delegates=program.delegates or before.delegates,
        other_names=tuple(sorted({*before.other_names, *program.other_names, program.name} - {before.name})),
    )
    return with_former_numbers(merged, [*program.former_numbers, *by_old])


def _with_flags(grant: Grant, filed: Grant | None) -> Grant:
    return replace(grant, flags=filed.flags, is_interim=filed.is_interim) if filed else grant


def _row(grant: Grant, program: Program, before: Program | None) -> NewRow:
    contact = before or program
    notes = program.notes if before is None else ""
    if grant.is_interim:
        notes = f"Under interim management: write to the interim manager. {notes}".strip()
    cells = {
        "Grant number": grant.number,
        "Recipient": before.name if before else grant.recipient_name,
        "Program type": TYPE_WORDS[grant.program_type],
        "States served": ", ".join(grant.states),
        "Open months": "",
        "Front-desk email": contact.front_desk_email,
        "Phone": contact.phone,
        "Director": contact.director,
        "Director email": contact.director_email,
        "Whom to ask first": "",
        "Do not write until": "",
        "Notes": notes,
    }
    return NewRow(PROGRAMS.title, "Grant number", grant.number, cells)
