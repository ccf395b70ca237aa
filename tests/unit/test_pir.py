"""Baselines from the Program Information Report: sums over the programs here, and they agree with a plain sum."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.goals import Goal, Light, Snapshot, Unit
from network.jobs.pir import import_pir, page, summary
from network.pace import progress
from network.pir import CHILDREN, COLUMNS, read_pir
from network.programs import Program, ProgramType
from tests.builders import Desk, a_program

INSURED = "children with health insurance"
EXAMPLE = Path(__file__).parents[2] / "examples" / "washington"


def some_programs(number: int = 5) -> list[Program]:
    return [
        a_program(f"wa-{n}", f"County {n} Head Start", number=f"10CH01000{n}", program_type=ProgramType.HS_EHS)
        for n in range(number)
    ]


def a_row(grant: str, children: object = "100", insured: object = "90", **more: object) -> dict[str, object]:
    row: dict[str, object] = {"grant_number": grant, "program_number": "000", "year": "2022", "service_state": "WA"}
    return row | {CHILDREN: children, COLUMNS[INSURED]: insured} | more


FIVE = [a_row(f"10CH01000{n}") for n in range(5)]
ALL = "The column children_up_to_date_on_epdst_at_enrollment_end is missing"


def insured(rows: Sequence[dict[str, object]], number: int = 5) -> list[tuple[int, float, int, int]]:
    years = read_pir(rows, some_programs(number)).years
    return [(each.year, each.value, each.children, each.recipients) for each in years if each.metric == INSURED]


def problems(rows: Sequence[dict[str, object]]) -> str:
    return " ".join(read_pir(rows, some_programs()).problems)


def test_programs_are_summed_and_none_is_told_apart() -> None:
    assert insured(FIVE) == [(2022, 90, 500, 5)]
    assert insured(FIVE[:4]) == []
    assert "Fewer than five programs in 2022" in problems(FIVE[:4])
    assert insured([a_row("10CH019999")]) == []
    assert "names none of the programs here" in problems([a_row("10CH019999")])


def test_many_rows_of_four_recipients_are_still_four_recipients() -> None:
    rows = [a_row(f"10CH01000{n}", program_number=f"{program}00") for n in range(4) for program in (0, 2)]
    assert insured(rows) == []


def test_a_recipient_is_known_by_its_name_where_its_grant_number_has_changed() -> None:
    renamed = [a_row(f"10CH99{n}", grantee_name=f"COUNTY {n} HEAD START, INC.", year="2019") for n in range(5)]
    assert insured(renamed) == [(2019, 90, 500, 5)]
    elsewhere = [{**row, "service_state": "OR"} for row in renamed]
    assert insured(elsewhere) == [], "the same name in another state is another recipient"


def test_a_blank_a_withheld_and_an_impossible_number_are_in_no_sum() -> None:
    odd = [
        a_row("10CH010000", "100", "", program_number="1"),
        a_row("10CH010000", "", "50", program_number="2"),
        a_row("10CH010000", "0", "0", program_number="3"),
        a_row("10CH010000", "10", "20", program_number="4"),
        a_row("10CH010000", "10", "<11", program_number="5"),
        a_row("10CH010000", "10", "*", program_number="6"),
        a_row("10CH010000", "10", "NA", program_number="7"),
        a_row("10CH010000", "10", "-3", program_number="8"),
    ]
    assert insured([*FIVE, *odd]) == [(2022, 90, 500, 5)]
    told = problems([*FIVE, *odd])
    assert "Left out: 3 numbers that are withheld, such as “<11”, or cannot be read." in told
    assert "Left out: 1 numbers higher than the number of children." in told


def test_a_row_that_stands_twice_is_counted_once() -> None:
    assert insured([*FIVE, *FIVE]) == [(2022, 90, 500, 5)]
    assert "Left out: 5 rows that repeat a program and a year." in problems([*FIVE, *FIVE])
    delegates = [a_row("10CH010000", program_number="001")]
    assert insured([*FIVE, *delegates]) == [(2022, 90, 600, 5)]


def test_numbers_and_headers_may_be_spelled_as_spreadsheets_do() -> None:
    other = {"Grant Number": "10ch010000 ", "Program Number": 0, "Year": 2022.0, "SERVICE STATE": "wa"}
    rows = [*FIVE[1:], other | {CHILDREN.upper(): "1,000", COLUMNS[INSURED]: 900.0}]
    found = insured([dict(sorted(row.items())) for row in FIVE[1:]])
    assert found == []
    assert insured([rows[-1], *({**rows[-1], "Grant Number": f"10CH01000{n}"} for n in range(1, 5))]) == [
        (2022, 90, 5000, 5)
    ]


@pytest.mark.parametrize("typed", ["2022", 2022.0, "2021-2022", "2021-22", "2021/22", "2021–2022", "FY2022", "PY 2022"])
def test_a_program_year_is_the_year_in_which_it_ended(typed: object) -> None:
    assert insured([{**row, "year": typed} for row in FIVE]) == [(2022, 90, 500, 5)]


def test_what_is_wrong_with_a_file_that_tells_nothing_is_said_and_nothing_else() -> None:
    no_year = problems([{**row, "year": "2021-25"} for row in FIVE])
    assert "Left out: 5 rows that name no year" in no_year
    assert "names none of the programs" not in no_year
    assert "no number of children that can be used" in problems([a_row(f"10CH01000{n}", "-100") for n in range(5)])


def test_a_year_far_from_all_others_is_asked_about() -> None:
    rows = [
        a_row(f"10CH01000{n}", insured=insured, year=year)
        for n in range(5)
        for year, insured in (("2019", 95), ("2021", 13), ("2022", 90))
    ]
    assert "2021 is far from the other years of children with health insurance" in problems(rows)
    assert "far from" not in problems([row for row in rows if row["year"] != "2019"]), "of two nobody knows which"


def test_a_file_of_another_kind_is_one_sentence() -> None:
    assert problems([]) == "This file holds no rows."
    assert problems([{"grant_number": "10CH010000", "phone": "1"}]).startswith(
        "This file has no column for year, total_"
    )
    without = [{name: value for name, value in row.items() if name != COLUMNS[INSURED]} for row in FIVE]
    assert "no column for health (" in problems(without)
    assert ALL in problems(FIVE)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "grant_number": st.sampled_from(["10CH010000", "10CH010001", "10CH010002", "x", ""]),
                "year": st.sampled_from(["2022", "2019", "", "soon", None]),
                "program_number": st.one_of(st.none(), st.text(max_size=3)),
                CHILDREN: st.one_of(st.none(), st.integers(-5, 200), st.text(max_size=4)),
                COLUMNS[INSURED]: st.one_of(st.none(), st.integers(-5, 200), st.text(max_size=4)),
            }
        ),
        max_size=30,
    )
)
def test_whatever_a_file_holds_a_share_is_a_share_of_five_recipients_or_none(rows: list[dict[str, object]]) -> None:
    assert read_pir(rows, some_programs()).years == (), "three recipients are too few"


def test_a_file_comes_in_once_and_a_rehearsal_writes_nothing() -> None:
    desk = Desk()
    desk.programs.programs = [*some_programs(), a_program("or", number="10CH010009", states=("OR",))]
    rows = [*FIVE, a_row("10CH010009", "100", "0", service_state="OR")]
    rehearsal = import_pir(desk.office, rows, dry_run=True)
    assert (rehearsal.new, desk.snapshots.history()) == (1, [])
    assert "nothing was written" in page(rehearsal).markdown
    first, second = import_pir(desk.office, rows), import_pir(desk.office, rows)
    assert (first.new, second.new) == (1, 0)
    assert desk.snapshots.history() == [Snapshot(INSURED, date(2022, 6, 30), 90, 500)]
    assert "| children with health insurance | 2022 | 90 % | 500 | 5 of 5 |" in page(first).markdown
    assert "type 30 June 2022 in *Baseline on*" in page(first).markdown
    assert summary(first)["new or changed"] == 1
    assert "County" not in page(first).markdown


def test_a_goal_begins_from_the_value_of_its_baseline_day_and_is_held_against_its_own_day() -> None:
    goal = Goal(
        "Insured", INSURED, Unit.PERCENT, 98, date(2026, 6, 30), baseline=None, baseline_on=date(2022, 6, 30), owner="N"
    )
    yearly = [Snapshot(INSURED, date(year, 6, 30), value, 9000) for year, value in ((2019, 80), (2022, 90), (2024, 94))]
    found = progress(goal, yearly, date(2025, 12, 1))
    assert found.light is Light.GREEN, found.reason
    assert "asked for 94 % on 30 June 2024" in found.reason
    early = progress(goal, yearly[:2], date(2025, 12, 1))
    assert (early.light, early.reason) == (
        Light.NONE,
        "Too early for a colour: 90 % on 30 June 2022, 98 % by 30 June 2026.",
    )


def test_washington_agrees_with_a_plain_sum(shared: Path) -> None:
    with gzip.open(shared / "data" / "pir_clean_2019_2022.csv.gz", "rt", encoding="utf-8", newline="") as file:
        here = [row for row in csv.DictReader(file) if row["service_state"] == "WA"]
    with (EXAMPLE / "programs.csv").open(encoding="utf-8", newline="") as lines:
        office = [(row["Grant number"], row["Recipient"]) for row in csv.DictReader(lines)]
    programs = [a_program(name, name, number=number) for number, name in office]
    reading = read_pir(here, programs)
    found = {each.metric: each for each in reading.years if each.year == 2022}
    assert set(found) == set(COLUMNS)
    for metric, column in COLUMNS.items():
        both = [row for row in here if row["year"] == "2022" and row[column] and row[CHILDREN] not in ("", "0")]
        pairs = [(float(row[column]), float(row[CHILDREN])) for row in both if row["grant_number"] in dict(office)]
        kept = [(count, children) for count, children in pairs if count <= children]
        share = 100 * sum(count for count, _ in kept) / sum(children for _, children in kept)
        assert found[metric].value == pytest.approx(share, abs=0.05)
        assert found[metric].children == sum(children for _, children in kept)
    # Grant numbers change every few years: by numbers alone 8 of these grants would speak for 2019.
    assert {each.year: each.recipients for each in reading.years if each.metric == INSURED} == {
        2019: 43,
        2021: 46,
        2022: 48,
    }
