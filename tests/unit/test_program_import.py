"""Federal files become programs: headers by alias, damage repaired or flagged, counts that agree with the published."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.program_columns import read_program_number, read_zip
from network.program_import import import_summary, read_program_rows
from network.programs import ProgramType

HS, AIAN, MSHS = ProgramType.HS_EHS, ProgramType.AIAN, ProgramType.MSHS


def pir(number: str, name: str, state: str = "WA", **fields: str) -> dict[str, object]:
    """A row as the cleaned Program Information Report has it."""
    row: dict[str, object] = {
        "region": "Region 10",
        "service_state": state,
        "grantee_name": name,
        "grant_number": number,
        "program_name": name,
        "program_number": "000",
        "program_type": "HS",
    }
    return row | fields


def location(number: object, name: str, state: str = "WA", **fields: object) -> dict[str, object]:
    """A row as the service-locations dataset has it."""
    row: dict[str, object] = {
        "grant_Number": number,
        "program_type": "1",
        "recipient_name": name,
        "service_location_name": "Main Street Center",
        "state": state,
        "program_admin_ID": "000",
        "program_admin_name": "",
        "registration_phone_number": "",
    }
    return row | fields


def test_the_service_locations_dataset_is_read() -> None:
    found = read_program_rows(
        [
            location("10CH011185", "12_skagit_valley_college_wa", program_admin_name="Skagit Valley College"),
            location("10CH011185", "12_skagit_valley_college_wa", "OR", registration_phone_number="(360) 555-0110"),
            location("90CI010001", "some_nation", program_type=5, program_admin_ID=0),
        ]
    )
    college, nation = sorted(found.programs, key=lambda each: each.name)
    assert (college.name, college.states, college.phone) == ("Skagit Valley College", ("OR", "WA"), "(360) 555-0110")
    assert (nation.name, nation.types) == ("Some Nation", frozenset({AIAN}))
    assert not found.problems


def test_a_pir_export_with_contacts_is_read() -> None:
    found = read_program_rows(
        [
            {
                "Region": "Region 02",
                "Grant Number": "02CH011843",
                "Program Number": "000",
                "Program Type": "HS",
                "Grantee Name": "Acelero Inc.",
                "Program Name": "Acelero Learning",
                "Program Address Line 1": "1 Main Street",
                "Program City": "Newark",
                "Program State": "NJ",
                "Program ZIP Code": 7102,
                "Program ZIP 4": -1,
                "Program Main Phone Number": "(555) 555-0100",
                "Program Main Email": "Office@Example.org",
            }
        ]
    )
    (program,) = found.programs
    assert program.front_desk_email == "office@example.org"
    assert program.phone == "(555) 555-0100"
    assert program.notes == "Address: 1 Main Street, Newark, NJ 07102"
    assert program.states == ("NJ",)


@pytest.mark.parametrize("header", ["GRANT_NUMBER", "grant number", "\ufeffgrant_Number", "Grant  No."])
def test_a_header_is_known_by_any_of_its_spellings(header: str) -> None:
    found = read_program_rows([{header: "10CH011185", "Grantee Name": "Skagit Valley College", "State": "WA"}])
    assert [program.name for program in found.programs] == ["Skagit Valley College"]


def test_a_file_without_grant_numbers_says_so_and_gives_nothing() -> None:
    found = read_program_rows([{"name": "Ana", "shirt": "M"}])
    assert not found.programs
    assert "grant_Number" in found.problems[0]
    assert "grantee_name" in found.problems[0]


def test_a_bad_row_is_flagged_and_stops_nothing() -> None:
    found = read_program_rows([pir("what?", "Nobody"), pir("10CH011185", "Skagit Valley College"), {}])
    assert len(found.programs) == 1
    assert [flag.grant for flag in found.flags] == ["what?"]


def test_an_unknown_state_region_or_type_is_flagged_and_the_row_kept() -> None:
    found = read_program_rows([pir("10CH011185", "Skagit", "XX", region="West", program_type="Preschool")])
    assert len(found.programs) == 1
    said = " ".join(flag.sentence for flag in found.flags)
    assert all(typed in said for typed in ("XX", "West", "Preschool"))


def test_the_latest_year_counts_and_earlier_ones_tell_former_numbers() -> None:
    found = read_program_rows(
        [
            pir("90CI9880", "Kenaitze Indian Tribe", "AK", year="2019"),
            pir("90CI010062", "Kenaitze Indian Tribe", "AK", year="2022"),
            pir("10CH000009", "An ended program", "WA", year="2019"),
        ]
    )
    (tribe,) = found.programs
    assert [grant.number for grant in tribe.grants] == ["90CI010062"]
    assert tribe.former_numbers == ("90CI9880",)


@pytest.mark.parametrize(
    ("code", "four", "zip_code"),
    [
        ("4401", "", "04401"),
        (4401, -1, "04401"),
        ("00926", "-1", "00926"),
        (926.0, "", "00926"),
        ("98226", "12", "98226-0012"),
        ("98226-1234", None, "98226-1234"),
        ("", "", ""),
        ("K1A 0B1", "", ""),
        (0, 0, ""),
    ],
)
def test_a_zip_code_keeps_its_zeros(code: object, four: object, zip_code: str) -> None:
    assert read_zip(code, four) == zip_code


@pytest.mark.parametrize(
    ("typed", "number"), [(0, "000"), ("0", "000"), ("200", "200"), (5.0, "005"), ("", ""), (None, "")]
)
def test_a_program_number_has_three_digits(typed: object, number: str) -> None:
    assert read_program_number(typed) == number


@given(st.lists(st.dictionaries(st.sampled_from(["grant_number", "grantee_name", "state", "region", "x"]), st.text())))
def test_no_row_whatever_it_holds_stops_the_import(rows: list[dict[str, object]]) -> None:
    found = read_program_rows(rows)
    json.dumps(import_summary(found))


_ROWS = [
    pir("10CH011508", "Educational Service District 105", program_type="EHS"),
    pir("90CM009848", "Educational Service District 105", region="Region 12", program_type="Migrant HS"),
    pir("90CI009997", "Bristol Bay Native Association", "AK", region="Region 11"),
    pir("04CH010722", "Mississippi Action for Progress, Inc.", "MS", region="Region 4"),
    pir("04CH010722", "Mississippi Action for Progress, Inc.", "", region="Region 4", program_number="200"),
    pir("90CM009830", "Central California Migrant", "CA", program_number="005", program_name="El Concilio California"),
]


@given(st.permutations(_ROWS))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, object]]) -> None:
    assert read_program_rows(rows) == read_program_rows(_ROWS)


def test_the_summary_counts_by_state_and_type() -> None:
    summary: Any = import_summary(read_program_rows(_ROWS))
    assert summary["states"]["WA"] == {
        "AIAN": {"grants": 0, "recipients": 0},
        "MSHS": {"grants": 1, "recipients": 1},
        "HS_EHS": {"grants": 1, "recipients": 1},
    }
    assert {flag["grant"] for flag in summary["flagged"]} >= {"90CI009997", "04CH010722"}
    assert summary["totals"]["recipients"] == 4


# --- the whole national files, when they are beside the project ------------------------------------------------------


@pytest.fixture(scope="module")
def national(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "pir_programs_2022.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def summary(national: list[dict[str, str]]) -> Any:
    return import_summary(read_program_rows(national))


def test_national_grant_counts_are_exact_for_every_named_state(shared: Path, summary: Any) -> None:
    with (shared / "data" / "state_counts_2022.csv").open(encoding="utf-8", newline="") as lines:
        published = {row["state"]: row for row in csv.DictReader(lines) if row["state"]}
    assert {
        state: {kind: str(summary["states"][state][kind]["grants"]) for kind in ProgramType} for state in published
    } == {
        state: {AIAN: row["aian_grants"], MSHS: row["mshs_grants"], HS: row["hs_ehs_grants"]}
        for state, row in published.items()
    }
    assert set(summary["states"]) == set(published)


def test_national_recipient_counts_differ_by_one_at_most(shared: Path, summary: Any) -> None:
    # Recipients are our own joining; the published ones are by normalised name within a state.
    with (shared / "data" / "state_counts_2022.csv").open(encoding="utf-8", newline="") as lines:
        published = [row for row in csv.DictReader(lines) if row["state"]]
    for row in published:
        ours = summary["states"][row["state"]]
        for kind, column in ((AIAN, "aian"), (MSHS, "mshs"), (HS, "hs_ehs")):
            assert abs(ours[kind]["recipients"] - int(row[f"{column}_recipients"])) <= 1, row["state"]


@pytest.mark.parametrize(
    ("state", "grants", "recipients"),
    [("WA", 58, 48), ("CA", 131, 95), ("MN", 38, 34), ("ME", 15, 14), ("AK", 20, 17), ("NM", 34, 32)],
)
def test_a_whole_state_has_its_grants_and_recipients(
    national: list[dict[str, str]], state: str, grants: int, recipients: int
) -> None:
    programs = [each for each in read_program_rows(national).programs if state in each.states]
    assert sum(state in grant.states for program in programs for grant in program.grants) == grants
    assert len(programs) == recipients


def test_washington_has_nineteen_tribal_and_two_migrant_grants(summary: Any) -> None:
    washington = summary["states"]["WA"]
    assert washington["AIAN"]["grants"] == 19
    assert washington["MSHS"]["grants"] == 2
    assert summary["totals"]["grants"] == 2025
    assert sum("evidence disagrees" in flag["what"] for flag in summary["flagged"]) == 1


def test_numbers_of_four_years_lead_to_the_recipients_of_the_last(shared: Path) -> None:
    path = shared / "data" / "pir_clean_2019_2022.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        found = read_program_rows(list(csv.DictReader(lines)))
    of_texas = next(each for each in found.programs if "90CI010108" in {grant.number for grant in each.grants})
    assert of_texas.former_numbers == ("06CH7103", "90CI010019")
    assert len({grant.number for each in found.programs for grant in each.grants}) == 2025
