"""Rows of the *Programs* tab in, programs and plain sentences out; what the coordinator typed wins over everything.

One row is one grant. What is typed about the recipient (front desk, director, open months, ...) may stand in any of its
rows; the first filled cell, by grant number, counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from network.addresses import read_email
from network.cells import quoted, read_date
from network.members import IssueKind, RowIssue
from network.programs import TYPE_WORDS, Grant, Program, program_type_of, read_grant_number, read_program_type
from network.recipient_names import name_key, tidy_name
from network.recipients import join_recipients
from network.states import read_states
from network.tabs import PROGRAMS, Cell, Row, text_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENERO = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_ALL_YEAR = frozenset({"all", "all year", "year round", "year-round", "always", "every month"})


@dataclass(frozen=True, slots=True)
class ProgramsReading:
    """What one reading of *Programs* says: recipients with their grants, and a sentence for each doubtful cell."""

    programs: tuple[Program, ...]
    issues: tuple[RowIssue, ...] = ()


def parse_programs(rows: Sequence[Row], known: Sequence[Program] = ()) -> ProgramsReading:
    """Reads every row that can be read; a bad cell is one sentence and stops nothing.

    `known` are the programs as last remembered: their ids, former grant numbers, delegates and what a federal file said
    of their grants are kept, for which the tab has no columns. A number that an import found to have replaced a typed
    one stands in for it until the cell says so.
    """
    issues: list[RowIssue] = []
    grants: dict[str, Grant] = {}
    cells: dict[str, Row] = {}
    for row in rows:
        grant = _read_grant(row, issues)
        if grant is None:
            continue
        if grant.number in grants:
            sentence = f"{grant.number} stands in two rows. We use the upper one; please delete the other."
            issues.append(_issue(row, "Grant number", sentence))
            continue
        grants[grant.number], cells[grant.number] = grant, row
    filed = {grant.number: grant for program in known for grant in program.grants}
    joined = join_recipients(
        (_as_filed(grant, filed.get(grant.number)) for grant in grants.values()),
        known,
        (delegate for program in known for delegate in program.delegates),
    )
    known_by_id = {program.id: program for program in known}
    programs = tuple(
        _with_what_is_known(_with_facts(program, cells, issues), known_by_id.get(program.id)) for program in joined
    )
    return ProgramsReading(programs, tuple(sorted(issues, key=lambda issue: issue.row or 0)))


def read_months(text: object) -> tuple[int, ...] | None:
    """Reads months as 1 to 12: "Apr-Oct", "April to October", "5, 6, 7", "Nov-Feb", "all year"; None when unreadable.

    Blank gives none: unknown, and nothing is guessed.
    """
    typed = " ".join(str(text if text is not None else "").casefold().replace(".", " ").split())
    if typed in _ALL_YEAR:
        return tuple(range(1, 13))
    found: set[int] = set()
    for part in re.split(r"[,;&/+]|\band\b|\by\b", typed):
        ends = [_month(word) for word in re.split(r"\s*(?:-|–|—|\bto\b|\bthrough\b|\ba\b|\.\.)\s*", part.strip())]
        if not part.strip():
            continue
        if len(ends) > 2 or None in ends:
            return None
        first, last = ends[0] or 0, ends[-1] or 0
        found.update((first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1))
    return tuple(sorted(found))


def _read_grant(row: Row, issues: list[RowIssue]) -> Grant | None:
    typed, name = tidy_name(row.cells.get("Grant number")), tidy_name(row.cells.get("Recipient"))
    read = read_grant_number(typed)
    if read is None:
        what = f"{quoted(typed)} is no grant number" if typed else "The grant number is missing"
        sentence = f"{what}. Type two digits, two letters and four to six digits, such as 10CH011508."
        issues.append(_issue(row, "Grant number", sentence))
        return None
    if read.was_repaired:
        sentence = f"We read {typed} as {read.number}; a spreadsheet eats the first zero. Type {read.number}."
        issues.append(_issue(row, "Grant number", sentence, IssueKind.NOTE))
    if not name:
        issues.append(_issue(row, "Recipient", f"The recipient of {read.number} has no name. Type it under Recipient."))
        return None
    states, unread = read_states(row.cells.get("States served"))
    for text in unread:
        sentence = f"{quoted(text)} is no state we know. Type two letters, several with commas: WA, OR."
        issues.append(_issue(row, "States served", sentence))
    if not states and not unread:
        sentence = "No state is typed, so this grant counts for none. Type two letters, several with commas: WA, OR."
        issues.append(_issue(row, "States served", sentence, IssueKind.NOTE))
    evidence, _ = program_type_of(read.number, (), ())
    typed_type = row.cells.get("Program type")
    chosen = read_program_type(typed_type)
    if chosen is None and tidy_name(typed_type):
        choices = " / ".join(TYPE_WORDS.values())
        sentence = f"{quoted(tidy_name(typed_type))} is no program type. Type one of: {choices}. Until then: "
        issues.append(_issue(row, "Program type", f"{sentence}{TYPE_WORDS[evidence]}, as the grant number says."))
    return Grant(read.number, name, chosen or evidence, states)


def _with_facts(program: Program, cells: Mapping[str, Row], issues: list[RowIssue]) -> Program:
    rows = [cells[grant.number] for grant in program.grants]

    def first(column: str) -> tuple[Cell, Row]:
        return next(((row.cells[column], row) for row in rows if tidy_name(row.cells.get(column))), (None, rows[0]))

    months_cell, months_row = first("Open months")
    months = read_months(months_cell)
    if months is None:
        sentence = f"{quoted(tidy_name(months_cell))} could not be read as months. Type Apr-Oct, or May, Jun, Sep."
        issues.append(_issue(months_row, "Open months", sentence))
    day_cell, day_row = first("Do not write until")
    day = read_date(day_cell, "Do not write until")
    if day.sentence:
        issues.append(_issue(day_row, "Do not write until", day.sentence))
    return replace(
        program,
        front_desk_email=_address(*first("Front-desk email"), "Front-desk email", issues),
        phone=text_of(first("Phone")[0]),
        director=tidy_name(first("Director")[0]),
        director_email=_address(*first("Director email"), "Director email", issues),
        open_months=months or (),
        ask_first=tidy_name(first("Whom to ask first")[0]),
        do_not_write_until=day.value,
        notes=tidy_name(first("Notes")[0]),
    )


def _address(cell: Cell, row: Row, column: str, issues: list[RowIssue]) -> str:
    read = read_email(cell)
    if read.sentence:
        issues.append(_issue(row, column, f"{column}: {read.sentence}"))
    return read.value or ""


def _as_filed(grant: Grant, filed: Grant | None) -> Grant:
    return replace(grant, flags=filed.flags, is_interim=filed.is_interim) if filed else grant


def _with_what_is_known(program: Program, known: Program | None) -> Program:
    """Keeps other spellings, and lets a number that an import found stand in for the typed one that it replaced."""
    if known is None:
        return program
    names = {*program.other_names, *known.other_names, known.name}
    alike = {name for name in names if name_key(name) == name_key(program.name)} | set(program.other_names)
    program = replace(program, other_names=tuple(sorted(alike - {program.name})))
    typed = {grant.number for grant in program.grants}
    stale = typed & set(known.former_numbers)
    carried = tuple(grant for grant in known.grants if grant.number not in typed)
    if not stale or not carried:
        return program
    kept = tuple(grant for grant in program.grants if grant.number not in stale)
    grants = tuple(sorted((*kept, *carried), key=lambda grant: grant.number))
    former = sorted({*known.former_numbers, *program.former_numbers} - {grant.number for grant in grants})
    numbers = {grant.number for grant in carried}
    delegates = (*program.delegates, *(each for each in known.delegates if each.grant_number in numbers))
    return replace(program, grants=grants, delegates=delegates, former_numbers=tuple(former))


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 12 else None
    for names in (_MONTHS, _ENERO):
        if len(word) >= 3 and word.isalpha() and word[:3] in names:
            return names.index(word[:3]) + 1
    return None


def _issue(row: Row, column: str, sentence: str, kind: IssueKind = IssueKind.FIX) -> RowIssue:
    return RowIssue(PROGRAMS.title, tidy_name(row.cells.get("Grant number")), kind, sentence, column, row.number)
