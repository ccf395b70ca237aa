"""Federal grant recipients: program type by evidence, states, names, and who is not here yet (coverage).

Reading federal files is `program_import`; what the coordinator edits stands in the *Programs* tab and wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ProgramType(StrEnum):
    """The three kinds of program that coverage is told for."""

    AIAN = "AIAN"  # American Indian and Alaska Native, region 11
    MSHS = "MSHS"  # Migrant and Seasonal, region 12
    HS_EHS = "HS_EHS"  # every other Head Start and Early Head Start


@dataclass(frozen=True, slots=True)
class Grant:
    """One federal grant, as the *Programs* tab or a federal file names it."""

    number: str  # normalised: 2 digits, 2 letters, 4 to 6 digits
    recipient_name: str
    program_type: ProgramType
    states: tuple[str, ...]
    flags: tuple[str, ...] = ()  # plain sentences: conflicting evidence, state taken from other rows, ...
    is_interim: bool = False  # region 13: an interim manager (CDI) of a vacated grant


@dataclass(frozen=True, slots=True)
class Delegate:
    """An organization that runs part of a recipient's program and has its own health manager."""

    grant_number: str
    program_number: str
    name: str


@dataclass(frozen=True, slots=True)
class Program:
    """A federal grant recipient with all its grants: the denominator of coverage."""

    id: str
    name: str
    other_names: tuple[str, ...]
    grants: tuple[Grant, ...]
    delegates: tuple[Delegate, ...] = ()
    front_desk_email: str = ""
    phone: str = ""
    director: str = ""
    director_email: str = ""
    open_months: tuple[int, ...] = ()  # 1..12; empty means unknown
    ask_first: str = ""  # *Whom to ask first*
    do_not_write_until: date | None = None
    notes: str = ""

    @property
    def types(self) -> frozenset[ProgramType]:
        return frozenset(grant.program_type for grant in self.grants)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(sorted({state for grant in self.grants for state in grant.states}))
