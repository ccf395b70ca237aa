"""Federal grant recipients: what a program and its grants are, and which type of program a grant is, by evidence.

Which grants belong to one recipient is `recipients`; the *Programs* tab, where the coordinator's edit wins, is read by
`program_rows`; federal files by `program_import`; who is not here yet is `coverage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    former_numbers: tuple[str, ...] = ()  # grant numbers it was known by before; a member's row may still hold one

    @property
    def types(self) -> frozenset[ProgramType]:
        return frozenset(grant.program_type for grant in self.grants)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(sorted({state for grant in self.grants for state in grant.states}))


# How the screen says a program type (DESIGN 7).
TYPE_WORDS: dict[ProgramType, str] = {
    ProgramType.AIAN: "Tribal (AI/AN)",
    ProgramType.MSHS: "Migrant and Seasonal",
    ProgramType.HS_EHS: "Head Start",
}
# Codes of grants that are of a type by their kind (ACF-PI-HS-20-06). Others, such as BF, say nothing.
_CODE_TYPES = {
    "CI": ProgramType.AIAN,
    "HI": ProgramType.AIAN,
    "CM": ProgramType.MSHS,
    "HM": ProgramType.MSHS,
    "CH": ProgramType.HS_EHS,
    "HP": ProgramType.HS_EHS,
}
_LOCATION_CODES = {  # the numeric program types of the service-locations dataset
    "1": ProgramType.HS_EHS,
    "2": ProgramType.HS_EHS,
    "3": ProgramType.MSHS,
    "4": ProgramType.MSHS,
    "5": ProgramType.AIAN,
    "6": ProgramType.AIAN,
}
AWARDED_CENTRALLY = 90  # the first two digits of AI/AN, MSHS and interim grants
INTERIM_REGION = 13
_NUMBER = re.compile(r"(\d{1,2})([A-Z]{2})(\d{4,6})")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")


@dataclass(frozen=True, slots=True)
class NumberRead:
    """A grant number as understood, and whether a spreadsheet had eaten the zero of its region."""

    number: str
    was_repaired: bool = False


def read_grant_number(text: object) -> NumberRead | None:
    """Reads a grant number: two digits, two letters, four to six digits; None when it is not one.

    Blanks, dashes and lower case do no harm. "1CH010234" lost the zero of region 01 in a spreadsheet: it is put back
    and said so.
    """
    typed = re.sub(r"[\s\-\u00a0\u200b\ufeff'’]", "", str(text if text is not None else "")).upper()
    found = _NUMBER.fullmatch(typed)
    if not found:
        return None
    region, code, digits = found.groups()
    return NumberRead(region.zfill(2) + code + digits, was_repaired=len(region) == 1)


def read_region(label: object) -> int | None:
    """Reads a region's label as its number 1 to 13: "Region 02", "Region 3", "XI", "Region XI (AI/AN)", "11", 11.0."""
    typed = re.sub(r"\.0$", "", str(label if label is not None else "").strip().casefold())
    found = re.fullmatch(r"(?:region\b)?\s*0*(\d{1,2}|[ivx]+)\s*(?:\(.*\))?", typed)
    if not found:
        return None
    number = int(found[1]) if found[1].isdigit() else _ROMAN.index(found[1]) + 1 if found[1] in _ROMAN else 0
    return number if 1 <= number <= INTERIM_REGION else None


def geographic_region(number: str) -> int | None:
    """The region, 1 to 10, that awarded a grant, from its number and never from its state; None when central."""
    region = int(number[:2])
    return region if 1 <= region <= 10 else None


def read_program_type(text: object) -> ProgramType | None:
    """Reads a program type as people and federal files write it; None when blank or not understood."""
    typed = " ".join(str(text if text is not None else "").casefold().split()).removesuffix(".0")
    if typed in _LOCATION_CODES:
        return _LOCATION_CODES[typed]
    if re.match(r"ai\W?an|american indian|alaska native|tribal|indian\b|region (xi|11)\b", typed):
        return ProgramType.AIAN
    if re.match(r"migrant|seasonal|ms\W?e?hs|ms (early )?head start|ms ehs|region (xii|12)\b", typed):
        return ProgramType.MSHS
    if re.match(r"e?hs\b|(early )?head start|hs[_/ ]+ehs", typed):
        return ProgramType.HS_EHS
    return None


def program_type_of(number: str, regions: Iterable[int | None], types: Iterable[object]) -> tuple[ProgramType, str]:
    """Says which type a grant is, by its code, regions and program types as filed; never by a name.

    AI/AN when any of the three says so, else Migrant and Seasonal when any does, else Head Start. The second value is
    a plain sentence when they disagree, else blank. A code that we do not know is no evidence and drops nothing.
    """
    evidence = {
        "its code": {_CODE_TYPES[number[2:4]]} if number[2:4] in _CODE_TYPES else set(),
        "its region": {_region_type(region) for region in regions if region and region != INTERIM_REGION},
        "its program type": {found for text in types if (found := read_program_type(text))},
    }
    said = set().union(*evidence.values())
    chosen = next((kind for kind in (ProgramType.AIAN, ProgramType.MSHS) if kind in said), ProgramType.HS_EHS)
    if len(said) < 2:
        return chosen, ""
    words = "; ".join(
        f"{what} says {' and '.join(sorted(TYPE_WORDS[kind] for kind in kinds))}"
        for what, kinds in evidence.items()
        if kinds
    )
    return chosen, f"The evidence disagrees: {words}. We count it as {TYPE_WORDS[chosen]}; please check."


def _region_type(region: int) -> ProgramType:
    return {11: ProgramType.AIAN, 12: ProgramType.MSHS}.get(region, ProgramType.HS_EHS)
