"""Federal files in, programs and flags out: the service-locations dataset and PIR exports, matched by header.

A row is one program (PIR) or one place where a program is run (service locations). What is damaged is repaired when
only one reading is possible, else flagged in a plain sentence; no row stops the others. What becomes of the result is
decided by `jobs.programs`: rows are added to *Programs*, and the coordinator's edits win.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from network.duplicates import Duplicate, suggest_duplicates
from network.program_columns import by_year, read_cells, read_program_number, read_zip
from network.programs import (
    INTERIM_REGION,
    Delegate,
    Grant,
    Program,
    ProgramType,
    geographic_region,
    program_type_of,
    read_grant_number,
    read_program_type,
    read_region,
)
from network.recipient_names import name_key, name_of_slug
from network.recipients import join_recipients, with_former_numbers
from network.states import read_state

_LEAD_NUMBERS = frozenset({"000", "200"})  # official dictionary: 0 or 200 is the lead, anything else a delegate


@dataclass(frozen=True, slots=True)
class Flag:
    """One plain sentence for a person about a grant of the file; `grant` is the number, or the text that is none."""

    grant: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ImportReading:
    """What a file says. `problems` concern the whole file; when there are no programs they say why."""

    programs: tuple[Program, ...] = ()
    flags: tuple[Flag, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    problems: tuple[str, ...] = ()
    program_rows: int = 0


@dataclass(slots=True)
class _Filed:
    """All rows of one grant number, gathered."""

    names: Counter[str] = field(default_factory=Counter)
    states: set[str] = field(default_factory=set)
    regions: set[int] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    lacks_state: bool = False
    delegates: dict[str, str] = field(default_factory=dict)
    contacts: list[Mapping[str, str]] = field(default_factory=list)


def read_program_rows(rows: Sequence[Mapping[str, object]], known: Sequence[Program] = ()) -> ImportReading:
    """Reads the rows of one federal file into recipients, sorted by id, with flags and suggested duplicates.

    In a file of several years the latest counts and earlier ones only tell former grant numbers. `known` programs lend
    their ids. A file without grant numbers or recipient names gives no programs and one sentence.
    """
    cells, missing = read_cells(rows)
    if missing:
        return ImportReading(problems=(f"This file has no column for {' and '.join(missing)}. Is it the right file?",))
    flags: list[Flag] = []
    latest, earlier = by_year(cells)
    filed = _gather(latest, flags)
    grants = [_grant(number, grant, flags) for number, grant in sorted(filed.items())]
    grants = _with_states_of_recipient(grants, flags)
    delegates = [
        Delegate(number, program_number, name)
        for number, grant in filed.items()
        for program_number, name in grant.delegates.items()
    ]
    spellings = {number: list(grant.names) for number, grant in filed.items()}
    programs = tuple(_with_contact(program, filed) for program in join_recipients(grants, known, delegates, spellings))
    return ImportReading(
        programs=_with_history(programs, earlier),
        flags=tuple(sorted(set(flags), key=lambda flag: (flag.grant, flag.sentence))),
        duplicates=suggest_duplicates(programs),
        program_rows=len(latest),
    )


def import_summary(reading: ImportReading) -> dict[str, object]:
    """Counts grants and recipients by state and program type, and lists what was flagged; ready for JSON.

    A grant counts in every state that it serves, a recipient under each of its types, once a state.
    """
    grants: Counter[tuple[str, ProgramType]] = Counter()
    recipients: Counter[tuple[str, ProgramType]] = Counter()
    for program in reading.programs:
        places = [(state, grant.program_type) for grant in program.grants for state in grant.states]
        grants.update(places)
        recipients.update(set(places))
    states = sorted({state for state, _ in grants})
    return {
        "states": {
            state: {
                str(kind): {"grants": grants[state, kind], "recipients": recipients[state, kind]}
                for kind in ProgramType
            }
            for state in states
        },
        "flagged": [{"grant": flag.grant, "what": flag.sentence} for flag in reading.flags],
        "possible duplicates": [
            {"recipients": [each.one, each.other], "what": each.sentence} for each in reading.duplicates
        ],
        "problems": list(reading.problems),
        "totals": {
            "grants": sum(len(program.grants) for program in reading.programs),
            "recipients": len(reading.programs),
            "program rows": reading.program_rows,
        },
    }


def _gather(rows: Iterable[Mapping[str, str]], flags: list[Flag]) -> dict[str, _Filed]:
    filed: dict[str, _Filed] = defaultdict(_Filed)
    for row in rows:
        if not any(row.values()):
            continue
        read = read_grant_number(row["number"])
        if read is None:
            sentence = "This is no grant number, so the row is left out. Right is, for example, 10CH011508."
            flags.append(Flag(row["number"] or "(blank)", sentence))
            continue
        if read.was_repaired:
            flags.append(Flag(read.number, f"Read from {row['number']}: a spreadsheet had eaten the first zero."))
        _add_row(filed[read.number], read.number, row, flags)
    return filed


def _add_row(grant: _Filed, number: str, row: Mapping[str, str], flags: list[Flag]) -> None:
    program_number = read_program_number(row["program_number"])
    program_name = row["program"]
    name = name_of_slug(row["recipient"]) or program_name
    if row["recipient"] != name and program_name and program_number in _LEAD_NUMBERS:
        # A slug has lost its capitals; the lead program's own name has not.
        name = program_name if name_key(program_name) == name_key(name) else name
    is_lead = program_number in _LEAD_NUMBERS or not program_number
    if name:
        grant.names[name] += 1
    if state := read_state(row["state"]):
        grant.states.add(state)
    elif row["state"]:
        flags.append(Flag(number, f"“{row['state']}” is no state we know."))
    else:
        grant.lacks_state = True
    if region := read_region(row["region"]):
        grant.regions.add(region)
    elif row["region"]:
        flags.append(Flag(number, f"“{row['region']}” is no region we know; we go by the grant number."))
    if row["type"]:
        grant.types.add(row["type"])
        if read_program_type(row["type"]) is None:
            flags.append(Flag(number, f"“{row['type']}” is no program type we know; we go by number and region."))
    if is_lead:
        grant.contacts.append(row)
    elif program_name and not _is_own_program(program_name, name):
        grant.delegates.setdefault(program_number, program_name)


def _is_own_program(program_name: str, recipient: str) -> bool:
    """Tells a program that the recipient runs by itself under a delegate's number ("… Direct Services")."""
    return "direct service" in program_name.casefold() or name_key(program_name) == name_key(recipient)


def _grant(number: str, filed: _Filed, flags: list[Flag]) -> Grant:
    regions = filed.regions or {region for region in [geographic_region(number)] if region}
    program_type, disagreement = program_type_of(number, regions, filed.types)
    said = [disagreement] if disagreement else []
    if filed.lacks_state and filed.states:
        said.append(f"Some rows have no state; taken from the others: {', '.join(sorted(filed.states))}.")
    is_interim = INTERIM_REGION in regions
    if is_interim:
        said.append("Under interim management (region 13): write to the interim manager, the recipient may change.")
    if not filed.names:
        said.append("The recipient has no name in the file.")
    flags.extend(Flag(number, sentence) for sentence in said)
    name = min(
        filed.names, key=lambda each: (-filed.names[each], each.isupper(), each), default=f"Recipient of {number}"
    )
    return Grant(number, name, program_type, tuple(sorted(filed.states)), tuple(said), is_interim)


def _with_states_of_recipient(grants: Sequence[Grant], flags: list[Flag]) -> list[Grant]:
    """Gives a grant with no state at all those of the recipient of its name, where there is one; flagged either way."""
    states: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for grant in grants:
        if grant.states:
            states[name_key(grant.recipient_name)].add(grant.states)
    done = []
    for grant in grants:
        if grant.states:
            done.append(grant)
            continue
        found = states[name_key(grant.recipient_name)]
        taken = next(iter(found)) if len(found) == 1 else ()
        sentence = (
            f"No state in the file; taken from the recipient's other grants: {', '.join(taken)}."
            if taken
            else "No state in the file: type it under States served, until then it counts for none."
        )
        flags.append(Flag(grant.number, sentence))
        done.append(replace(grant, states=taken, flags=(*grant.flags, sentence)))
    return done


def _with_contact(program: Program, filed: Mapping[str, _Filed]) -> Program:
    rows = [row for grant in program.grants for row in filed[grant.number].contacts]

    def first(what: str) -> str:
        return next((row[what] for row in rows if row[what]), "")

    director = first("director") or f"{first('director_first')} {first('director_last')}".strip()
    address = next((_address(row) for row in rows if row["street"]), "")
    return replace(
        program,
        front_desk_email=first("email").lower(),
        phone=first("phone"),
        director=director,
        director_email=first("director_email").lower(),
        notes=f"Address: {address}" if address else "",
    )


def _address(row: Mapping[str, str]) -> str:
    place = f"{row['address_state']} {read_zip(row['zip'], row['zip4'])}".strip()
    return ", ".join(part for part in (row["street"], row["city"], place) if part)


def _with_history(programs: Sequence[Program], earlier: Sequence[Mapping[str, str]]) -> tuple[Program, ...]:
    """Remembers under which numbers each recipient was filed in earlier years, by its name and state."""
    if not earlier:
        return tuple(programs)
    numbers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in earlier:
        read, state = read_grant_number(row["number"]), read_state(row["state"])
        if read and state:
            numbers[name_key(name_of_slug(row["recipient"])), state].add(read.number)
    current = {grant.number for program in programs for grant in program.grants}
    return tuple(
        with_former_numbers(
            program,
            {
                number
                for name in (program.name, *program.other_names)
                for state in program.states
                for number in numbers.get((name_key(name), state), ())
                if number not in current
            },
        )
        for program in programs
    )
