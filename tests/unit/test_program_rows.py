"""The *Programs* tab: one sentence a doubtful cell, and what the coordinator typed wins."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.build import read_table
from network.coverage import coverage
from network.members import IssueKind
from network.program_rows import parse_programs, read_months
from network.programs import Delegate, Grant, Program, ProgramType
from network.tabs import PROGRAMS, Cell, Row

COLUMNS = [column.name for column in PROGRAMS.columns]


def row(number: Cell, recipient: Cell = "Lummi Nation", at: int = 2, **cells: Cell) -> Row:
    """One row; other cells by column name with underscores for blanks."""
    typed = {name.replace("_", " ").capitalize(): value for name, value in cells.items()}
    typed = {name.replace("Front desk", "Front-desk"): value for name, value in typed.items()}
    assert set(typed) <= set(COLUMNS)
    base: dict[str, Cell] = {"Grant number": number, "Recipient": recipient, "States served": "WA"}
    return Row(at, base | typed)


def test_rows_of_one_recipient_become_one_program() -> None:
    read = parse_programs(
        [
            row("10CH011508", "Educational Service District #105", program_type="Head Start"),
            row("90CM009848", "Educational Service District 105", 3, open_months="Apr-Oct", phone=3605550142.0),
        ]
    )
    (program,) = read.programs
    assert program.types == {ProgramType.HS_EHS, ProgramType.MSHS}
    assert program.open_months == (4, 5, 6, 7, 8, 9, 10)
    assert program.phone == "3605550142"
    assert not read.issues


def test_what_is_typed_wins_over_the_evidence() -> None:
    read = parse_programs([row("90CI010001", program_type="Head Start", states_served="WA, ID")])
    assert read.programs[0].types == {ProgramType.HS_EHS}
    assert read.programs[0].states == ("ID", "WA")


def test_a_blank_type_goes_by_the_number() -> None:
    assert parse_programs([row("90CI010001")]).programs[0].types == {ProgramType.AIAN}


@pytest.mark.parametrize(
    ("bad", "column", "says"),
    [
        (row("12345"), "Grant number", "10CH011508"),
        (row(None), "Grant number", "missing"),
        (row("10CH011508", None), "Recipient", "no name"),
        (row("10CH011508", states_served="Cascadia"), "States served", "Cascadia"),
        (row("10CH011508", program_type="Preschool"), "Program type", "Migrant and Seasonal"),
        (row("10CH011508", open_months="in summer"), "Open months", "Apr-Oct"),
        (row("10CH011508", do_not_write_until="soon"), "Do not write until", "Type it"),
        (row("10CH011508", front_desk_email="ana at example"), "Front-desk email", "Type"),
    ],
)
def test_a_doubtful_cell_is_one_sentence_that_says_what_to_type(bad: Row, column: str, says: str) -> None:
    good = row("10CH011303", "Educational Service District 112", 9)
    read = parse_programs([bad, good])
    (issue,) = read.issues
    assert (issue.column, issue.row, issue.kind) == (column, 2, IssueKind.FIX)
    assert says in issue.sentence
    assert "10CH011303" in {grant.number for program in read.programs for grant in program.grants}


def test_an_eaten_zero_and_a_missing_state_are_noted_and_the_row_used() -> None:
    read = parse_programs([row("1CH010234", states_served="")])
    assert read.programs[0].grants[0].number == "01CH010234"
    assert {issue.kind for issue in read.issues} == {IssueKind.NOTE}


def test_a_number_typed_twice_counts_once() -> None:
    read = parse_programs([row("10CH011508", "First"), row("10ch011508", "Second", 3)])
    assert [program.name for program in read.programs] == ["First"]
    assert [issue.row for issue in read.issues] == [3]


def test_a_day_is_read_from_a_date_cell_and_from_text() -> None:
    for cell in (46279, "2026-09-14"):
        assert parse_programs([row("10CH011508", do_not_write_until=cell)]).programs[0].do_not_write_until == date(
            2026, 9, 14
        )


@pytest.mark.parametrize(
    ("typed", "months"),
    [
        ("Apr-Oct", (4, 5, 6, 7, 8, 9, 10)),
        ("April to June, September", (4, 5, 6, 9)),
        ("5, 6, 7", (5, 6, 7)),
        (7, (7,)),
        ("Nov - Feb", (1, 2, 11, 12)),
        ("abril a octubre", (4, 5, 6, 7, 8, 9, 10)),
        ("Sept.", (9,)),
        ("all year", tuple(range(1, 13))),
        ("", ()),
        (None, ()),
        ("summer", None),
        ("13", None),
        ("Apr-Jun-Oct", None),
    ],
)
def test_months_are_read_as_people_type_them(typed: object, months: tuple[int, ...] | None) -> None:
    assert read_months(typed) == months


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_stretch_of_months_holds_both_its_ends(first: int, last: int) -> None:
    months = read_months(f"{first}-{last}")
    assert months is not None
    assert {first, last} <= set(months)


def test_what_the_tab_has_no_column_for_is_kept_from_the_ledger() -> None:
    known = Program(
        "il-human-services",
        "Illinois Department of Human Services",
        ("Illinois Dept. of Human Services",),
        (Grant("90CM009834", "Illinois Department of Human Services", ProgramType.MSHS, ("IL",), ("look",), True),),
        (Delegate("90CM009834", "001", "Migrant Education, Inc."),),
        former_numbers=("90CM9834",),
    )
    (program,) = parse_programs(
        [row("90CM009834", "Illinois Department of Human Services", states_served="IL")], [known]
    ).programs
    assert program.id == known.id
    assert program.delegates == known.delegates
    assert program.grants == known.grants
    assert program.former_numbers == known.former_numbers


def test_a_number_that_was_replaced_stands_in_until_the_cell_says_so() -> None:
    new = Grant("90CI010108", "Alabama-Coushatta Tribe", ProgramType.AIAN, ("TX",))
    known = Program("tx-tribe", "Alabama-Coushatta Tribe", (), (new,), former_numbers=("06CH7103",))
    (still_old,) = parse_programs([row("06CH7103", "Alabama-Coushatta Tribe", states_served="TX")], [known]).programs
    assert still_old == known
    (typed,) = parse_programs([row("90CI010108", "Alabama-Coushatta Tribe", states_served="TX")], [known]).programs
    assert typed == known
    (never_imported,) = parse_programs([row("06CH7103", "Alabama-Coushatta Tribe", states_served="TX")]).programs
    assert never_imported.types == {ProgramType.HS_EHS}


def test_reading_the_same_rows_again_gives_the_same_programs() -> None:
    rows = [
        row("10CH011508", "Educational Service District #105"),
        row("90CM009848", "Educational Service District 105"),
    ]
    first = parse_programs(rows).programs
    assert parse_programs(rows, first).programs == first


def test_the_example_office_has_every_recipient_of_washington_and_no_doubtful_cell() -> None:
    table = read_table(Path(__file__).parents[2] / "examples" / "washington" / "programs.csv")
    rows = [
        Row(
            at,
            {name: str(value) if value is not None else None for name, value in zip(table.headers, cells, strict=True)},
        )
        for at, cells in enumerate(table.rows, start=2)
    ]
    read = parse_programs(rows)
    assert not read.issues
    assert (len(read.programs), sum(len(program.grants) for program in read.programs)) == (48, 58)
    result = coverage(read.programs, [], states=("WA",))
    assert [result.types[kind].total for kind in ProgramType] == [18, 2, 30]
