"""Children's health in the network's programs, from the federal Program Information Report (PIR): baselines for goals.

PIR comes once a year and covers programs, not the network's work: good for a baseline and a direction, not for praise
or blame. Programs are summed; none is told apart. Column names are those of the cleaned file that HHS/ACF-pir-data
published in November 2023.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from network.cells import fold
from network.goals import Snapshot
from network.program_columns import read_program_number
from network.programs import Program, read_grant_number
from network.recipient_names import name_key

CHILDREN = "total_cumulative_enrolled_children"
COLUMNS = {
    "children up to date on health care": "children_up_to_date_on_epdst_at_enrollment_end",  # the file's own spelling
    "children with ongoing health care": (
        "children_with_ongoing_source_of_continuous_accessible_health_care_at_end_enrollment"
    ),
    "children with health insurance": "children_with_health_insurance_at_end_of_enrollment_year",
}
_SPELLINGS = {
    "number": ("grant_number", "grant no", "award number"),
    "name": ("grantee_name", "recipient_name", "grant recipient name"),
    "state": ("service_state", "program_state", "state"),
    "program": ("program_number",),
    "year": ("year", "pir_year", "program_year"),
    CHILDREN: (CHILDREN,),
    **{
        metric: (column, column.replace("epdst", "epsdt"), column.replace("at_end_enrollment", "at_enrollment_end"))
        for metric, column in COLUMNS.items()
    },
}
_FEWEST = 5  # recipients; of fewer, a sum would show single ones
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.0*)?|\d+(?:\.0*)?")
_FAR = 40  # percentage points
_BLANK = frozenset({"", "na", "n/a", "nan", "none", "null", "-"})
_YEAR = re.compile(r"(?:(?:fy|py)\s*)?(?:\d{4}\s*[-/–]\s*)?((?:19|20)\d{2})(?:\.0)?", re.IGNORECASE)
_SPAN = re.compile(r"((?:19|20)\d{2})\s*[-/–]\s*(\d{2})")  # "2021-22"


@dataclass(frozen=True, slots=True)
class PirYear:
    """One share of one year, over all recipients here that told both numbers."""

    metric: str
    year: int
    value: float  # percent
    children: int
    recipients: int

    @property
    def snapshot(self) -> Snapshot:
        """The same as a value of the metric; the last of June, when most program years have ended."""
        return Snapshot(self.metric, date(self.year, 6, 30), self.value, self.children)


@dataclass(frozen=True, slots=True)
class PirReading:
    """What a file says of the recipients here; `problems` are plain sentences."""

    years: tuple[PirYear, ...] = ()
    rows: int = 0  # of recipients here
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sum:
    """What one share of one year is added up from."""

    count: float = 0
    children: float = 0
    recipients: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Tally:
    """The sums so far, and what was left out of them, by reason."""

    sums: dict[tuple[str, int], _Sum] = field(default_factory=dict)
    found: int = 0  # rows of recipients here
    withheld: int = 0  # "<11", "*": the number exists and may not be told
    too_many: int = 0  # more children than were there
    doubled: int = 0  # the same program and year once more
    without_year: int = 0


def read_pir(rows: Iterable[Mapping[str, object]], programs: Sequence[Program]) -> PirReading:
    """Adds up each share of each year over the recipients of `programs`.

    A recipient is known by its grant numbers, present or former, else by its name in one of its states, because grant
    numbers change every few years. A program counts for a share when both of its numbers are there: blank means not
    applicable, not none. Years with fewer than five recipients are left out.
    """
    by_number, by_name = _index(programs)
    tally, seen = _Tally(), set[tuple[str, str, str]]()
    columns: dict[str, str] | None = None
    for row in rows:
        if columns is None:
            columns = _columns(row)
            if missing := _missing(columns):
                return PirReading(problems=(missing,))
        recipient = _recipient(row, columns, by_number, by_name)
        if recipient is None:
            continue
        year = _year(_text(row, columns, "year"))
        if not year:
            tally.without_year += 1
            continue
        program = read_program_number(_text(row, columns, "program"))
        key = (_text(row, columns, "number").upper(), program, year)
        if program and key in seen:
            tally.doubled += 1
            continue
        seen.add(key)
        tally.found += 1
        _add(tally, _counts(row, columns), recipient, int(year))
    years = tuple(
        PirYear(metric, year, round(100 * each.count / each.children, 1), int(each.children), len(each.recipients))
        for (metric, year), each in sorted(tally.sums.items())
        if len(each.recipients) >= _FEWEST
    )
    return PirReading(years, tally.found, (*_sentences(tally, columns), *_odd_years(years)))


def _year(typed: str) -> str:
    """The year in which a program year ended: of "2022", "2021-2022", "2021-22" or "FY2022" it is 2022."""
    if (found := _YEAR.fullmatch(typed)) is not None:
        return found[1]
    span = _SPAN.fullmatch(typed)
    return str(int(span[1]) + 1) if span is not None and (int(span[1]) + 1) % 100 == int(span[2]) else ""


def _index(programs: Sequence[Program]) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    by_number: dict[str, str] = {}
    by_name: dict[tuple[str, str], str] = {}
    for program in programs:
        for number in (*(grant.number for grant in program.grants), *program.former_numbers):
            by_number.setdefault(number, program.id)
        names = (program.name, *program.other_names, *(grant.recipient_name for grant in program.grants))
        for key in {name_key(name) for name in names} - {""}:
            for state in program.states:
                by_name.setdefault((key, state), program.id)
    return by_number, by_name


def _columns(row: Mapping[str, object]) -> dict[str, str]:
    """Which header holds what, whatever its case and punctuation."""
    headers = {fold(str(header)): header for header in reversed(list(row))}
    return {
        what: next(headers[fold(name)] for name in names if fold(name) in headers)
        for what, names in _SPELLINGS.items()
        if any(fold(name) in headers for name in names)
    }


def _missing(columns: Mapping[str, str]) -> str:
    wanted = {"number": "grant_number", "year": "year", CHILDREN: CHILDREN}
    lacking = [name for what, name in wanted.items() if what not in columns]
    if not lacking and not any(metric in columns for metric in COLUMNS):
        lacking = [f"health ({', '.join(COLUMNS.values())})"]
    if not lacking:
        return ""
    return f"This file has no column for {', '.join(lacking)}. Is it the PIR file with the health columns?"


def _recipient(
    row: Mapping[str, object],
    columns: Mapping[str, str],
    by_number: Mapping[str, str],
    by_name: Mapping[tuple[str, str], str],
) -> str | None:
    if (known := by_number.get(_number_of(row, columns))) is not None:
        return known
    return by_name.get((name_key(_text(row, columns, "name")), _text(row, columns, "state").upper()))


def _number_of(row: Mapping[str, object], columns: Mapping[str, str]) -> str:
    read = read_grant_number(_text(row, columns, "number"))
    return read.number if read else ""


def _add(tally: _Tally, counts: Mapping[str, float | str], recipient: str, year: int) -> None:
    children = counts.get(CHILDREN)
    for metric in COLUMNS:
        told = counts.get(metric)
        tally.withheld += isinstance(told, str)
        if not isinstance(children, float) or not children or not isinstance(told, float):
            continue
        if told > children:
            tally.too_many += 1
            continue
        each = tally.sums.setdefault((metric, year), _Sum())
        each.count += told
        each.children += children
        each.recipients.add(recipient)


def _counts(row: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, float | str]:
    """The numbers of a row; as text what is no number, and nothing where a cell is blank."""
    counts: dict[str, float | str] = {}
    for what in (CHILDREN, *COLUMNS):
        typed = _text(row, columns, what)
        if typed.casefold() not in _BLANK:
            counts[what] = float(typed.replace(",", "")) if _NUMBER.fullmatch(typed) else typed
    return counts


def _sentences(tally: _Tally, columns: Mapping[str, str] | None) -> Iterable[str]:
    if columns is None:
        yield "This file holds no rows."
        return
    if not tally.found and not tally.without_year:
        yield "This file names none of the programs here. Are they in the tab Programs, and in the states of Settings?"
    elif tally.found and not tally.sums:
        yield "This file tells no number of children that can be used for any program here."
    for metric, column in COLUMNS.items():
        if metric not in columns:
            yield f"The column {column} is missing, so nothing is known of {metric}."
    few = sorted({year for (_, year), each in tally.sums.items() if len(each.recipients) < _FEWEST})
    if few:
        yield f"Fewer than five programs in {', '.join(map(str, few))}: such a sum would show single ones."
    for number, words in (
        (tally.withheld, "numbers that are withheld, such as “<11”, or cannot be read. They are not in the sums."),
        (tally.too_many, "numbers higher than the number of children. They are not in the sums."),
        (tally.doubled, "rows that repeat a program and a year. Each program was counted once."),
        (tally.without_year, "rows that name no year, such as 2022 or 2021-2022. They are not in the sums."),
    ):
        if number:
            yield f"Left out: {number} {words}"


def _odd_years(years: Sequence[PirYear]) -> Iterable[str]:
    """A year far from all others is more often a mistake of the file than a change among children."""
    for metric in COLUMNS:
        own = [each for each in years if each.metric == metric]
        for each in own:
            others = [other.value for other in own if other is not each]
            if len(others) > 1 and min(abs(each.value - other) for other in others) > _FAR:
                yield f"{each.year} is far from the other years of {metric}: please compare it with the report itself."


def _text(row: Mapping[str, object], columns: Mapping[str, str], what: str) -> str:
    value = row.get(columns[what]) if what in columns else None
    return "" if value is None else str(value).strip()
