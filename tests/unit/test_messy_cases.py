"""The difficult cases M01 to M35 of real federal data, each with the rows it needs.

The facts come from the Program Information Report as published by HHS/ACF (HHS/ACF-pir-data, commit cd0bc8482a47),
collected with the behaviour that is expected in `messy_cases.csv` beside the project. Every case is here; what a wrong
grant number or address does in *Members* is `test_member_rows`.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from network.coverage import Standing, coverage
from network.duplicates import suggest_duplicates
from network.jobs.programs import import_programs, sync_programs
from network.program_columns import read_program_number, read_zip
from network.program_import import ImportReading, import_summary, read_program_rows
from network.program_rows import parse_programs
from network.programs import Program, ProgramType, geographic_region, read_grant_number, read_region
from network.recipient_names import name_key, tidy_name
from network.recipients import delegates_elsewhere, match_member
from network.tabs import PROGRAMS, NewRow, Row
from tests.builders import NOON, Desk, a_member, a_person

AIAN, MSHS, HS = ProgramType.AIAN, ProgramType.MSHS, ProgramType.HS_EHS


def filed(number: str, recipient: str, state: str, **fields: object) -> dict[str, object]:
    """One program row; region and type follow from the number unless a case says otherwise."""
    kinds = {"CI": (11, "AIAN HS"), "HI": (11, "AIAN EHS"), "CM": (12, "Migrant HS"), "HM": (12, "Migrant EHS")}
    region, kind = kinds.get(number[2:4], (int(number[:2]), "HS"))
    row: dict[str, object] = {
        "region": f"Region {region}",
        "service_state": state,
        "grantee_name": recipient,
        "grant_number": number,
        "program_name": recipient,
        "program_number": "000",
        "program_type": kind,
    }
    return row | fields


def read(*rows: dict[str, object]) -> ImportReading:
    return read_program_rows(rows)


def the_program(found: ImportReading, number: str) -> Program:
    (program,) = [each for each in found.programs if number in {grant.number for grant in each.grants}]
    return program


def kind_of(found: ImportReading, number: str) -> ProgramType:
    (grant,) = [grant for each in found.programs for grant in each.grants if grant.number == number]
    return grant.program_type


def flags_of(found: ImportReading, number: str) -> str:
    return " ".join(flag.sentence for flag in found.flags if flag.grant == number)


def typed(row: NewRow, at: int = 2) -> Row:
    """A row that we added, as the next reading of the tab gives it."""
    cells = {name: value for name, value in row.cells.items() if isinstance(value, str)}
    return Row(at, cells)


# --- program type by evidence ----------------------------------------------------------------------------------------


def test_m01_a_tribal_code_and_region_outweigh_the_type_as_filed() -> None:
    found = read(filed("90CI009997", "Bristol Bay Native Association", "AK", program_type="HS"))
    assert kind_of(found, "90CI009997") is AIAN
    assert "disagrees" in flags_of(found, "90CI009997")


@pytest.mark.parametrize(
    ("number", "recipient", "state"),
    [
        ("90BF000004", "Santee Sioux Tribe of Nebraska", "NE"),
        ("90BF000005", "Cook Inlet Native Head Start", "AK"),
        ("90BF000006", "Chugachmiut", "AK"),
        ("90BF000008", "Dena' Nena' Henash", "AK"),
        ("90BF000009", "Oglala Lakota College", "SD"),
    ],
)
def test_m02_an_unknown_code_drops_nothing(number: str, recipient: str, state: str) -> None:
    found = read(filed(number, recipient, state, region="Region 11", program_type="AIAN HS"))
    assert kind_of(found, number) is AIAN
    assert not flags_of(found, number)


def test_m03_region_eleven_alone_makes_a_grant_tribal_and_is_flagged() -> None:
    found = read(filed("10CH0213", "Bristol Bay Native Association", "AK", region="Region 11"))
    assert kind_of(found, "10CH0213") is AIAN
    assert "disagrees" in flags_of(found, "10CH0213")


@pytest.mark.parametrize("number", ["90CH010461", "90CH010533"])
def test_m04_an_interim_migrant_program_is_migrant_by_its_type_and_flagged(number: str) -> None:
    found = read(filed(number, "CDI HS/Migrant Seasonal", "TX", region="Region 13", program_type="Migrant HS"))
    assert kind_of(found, number) is MSHS
    assert "disagrees" in flags_of(found, number)


@pytest.mark.parametrize(
    ("number", "recipient", "state"),
    [
        ("06CH011274", "Native American Coalition of Tulsa, Inc.", "OK"),
        ("06CH011299", "Native American Professional Parent Resources, Inc.", "NM"),
        ("03CH011102", "Council of 3 Rivers American Indian Center", "PA"),
        ("04CH011912", "Indian River County", "FL"),  # M06: places
        ("05CH011263", "Chippewa-Luce-Mackinac Community Action Agency", "MI"),
        ("07CH011656", "Mid-Sioux Opportunity, Inc.", "IA"),
        ("08CH011491", "Sioux Falls School District 49-5", "SD"),
    ],
)
def test_m05_m06_a_name_never_makes_a_recipient_tribal(number: str, recipient: str, state: str) -> None:
    found = read(filed(number, recipient, state))
    assert kind_of(found, number) is HS
    assert not found.flags


@pytest.mark.parametrize(
    ("recipient", "state"),
    [
        ("Mountain Empire Unified School District", "CA"),
        ("Rural America Initiatives", "SD"),
        ("ISWA Development Corporation", "SC"),
        ("Rocky Boy Schools", "MT"),
        ("Owens Valley Career Development Center", "CA"),
        ("Kawerak, Inc.", "AK"),
    ],
)
def test_m07_a_recipient_without_a_tribal_word_is_tribal_by_its_grant(recipient: str, state: str) -> None:
    assert kind_of(read(filed("90CI010001", recipient, state)), "90CI010001") is AIAN


def test_m08_a_recipient_that_became_tribal_is_one_and_keeps_its_history() -> None:
    name = "Alabama-Coushatta Tribe of Texas, The"
    both_years = read(
        filed("06CH7103", name, "TX", year="2019"),
        filed("90CI010108", name, "TX", year="2022"),
    )
    (tribe,) = both_years.programs
    assert tribe.types == {AIAN}
    assert tribe.former_numbers == ("06CH7103",)


# --- one organization, several grants --------------------------------------------------------------------------------


def test_m09_one_organization_with_two_types_is_one_recipient_counted_under_both() -> None:
    found = read(
        filed("90CM009848", "Educational Service District 105", "WA"),
        filed("10CH011508", "Educational Service District #105", "WA"),
    )
    (program,) = found.programs
    assert program.types == {MSHS, HS}
    result = coverage(found.programs, [a_person(recipient_id=program.id)])
    assert result.total == 1
    assert result.types[MSHS].count(Standing.MEMBER) == result.types[HS].count(Standing.MEMBER) == 1


def test_m10_ten_grants_in_five_states_are_one_recipient() -> None:
    grants = {"90CM009828": "GA", "90CM009847": "TN", "90CM009849": "MI", "04CH011346": "NC", "04CH011996": "NC"}
    grants |= {"04HP000264": "NC", "04HP000261": "TN", "05CH011119": "IN", "05CH012039": "IN", "05HP000214": "IN"}
    found = read(*(filed(number, "Telamon Corporation", state) for number, state in grants.items()))
    (telamon,) = found.programs
    assert len(telamon.grants) == 10
    assert telamon.states == ("GA", "IN", "MI", "NC", "TN")
    assert {grant.states[0] for grant in telamon.grants if grant.program_type is MSHS} == {"GA", "MI", "TN"}


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        (
            ("90CM009843", "Holyoke, Chicopee, Springfield Head Start, Inc."),
            ("01CH010716", "Holyoke.Chicopee.Springfield Head Start, Inc"),
            "MA",
        ),
        (
            ("90CI009978", "Confederated Salish and Kootenai Tribes"),
            ("90HI000027", "Confederated Salish And Kootenai Tribes"),
            "MT",
        ),
    ],
    ids=["m11", "m12"],
)
def test_m11_m12_two_spellings_are_one_recipient(one: tuple[str, str], other: tuple[str, str], state: str) -> None:
    (program,) = read(filed(*one, state), filed(*other, state)).programs
    assert len(program.grants) == 2
    assert {program.name, *program.other_names} == {one[1], other[1]}


def test_m13_a_number_written_as_a_word_is_suggested_and_not_merged() -> None:
    found = read(
        filed("03CH011102", "Council of 3 Rivers American Indian Center", "PA"),
        filed("03HP000372", "Council of Three Rivers American Indian Center", "PA"),
    )
    assert len(found.programs) == 2
    (pair,) = found.duplicates
    assert {pair.one, pair.other} == {program.id for program in found.programs}


@pytest.mark.parametrize(
    "grants",
    [
        [("01CH011938", "Community Action, Inc.", "MA"), ("07CH011681", "Community Action, Inc.", "KS")],
        [
            ("07CH010483", "Child Start, Inc.", "KS"),
            ("08CH011899", "Child Start, Inc.", "MT"),
            ("09CH011732", "Child Start, Inc.", "CA"),
        ],
        [("01CH011423", "C.H.I.L.D., INC", "RI"), ("06CH010969", "Child, Inc.", "TX")],
    ],
    ids=["m14", "m15", "m16"],
)
def test_m14_m15_m16_one_name_in_several_states_is_several_recipients(grants: list[tuple[str, str, str]]) -> None:
    found = read(*(filed(*grant) for grant in grants))
    assert len(found.programs) == len(grants)
    assert found.duplicates, "a person may know better, so they are asked"


def test_m17_a_recipient_that_also_serves_the_next_state_is_one_and_its_namesakes_are_others() -> None:
    found = read(
        filed("01CH012153", "Tri-County Community Action Agency", "RI"),
        filed("02CH010799", "Tri-County Community Action Agency Inc.", "NJ"),
        filed("02CH010468", "Tri-County Community Action Agency Inc.", "PA"),
        filed("03CH011074", "Tri-County Community Action Agency, Inc.", "VA"),
    )
    assert len(found.programs) == 3
    assert the_program(found, "02CH010799").states == ("NJ", "PA")


# --- several states, delegates ---------------------------------------------------------------------------------------

EAST_COAST = [
    ("001", "VA", "ECMHSP - Virginia Direct Services"),
    ("002", "PA", "Benedictine Sisters of Erie"),
    ("003", "NJ", "PathStone Corporation-NJ"),
    ("004", "NC", "Yadkin Valley Economic Development District, Inc."),
    ("005", "PA", "PathStone-PA"),
    ("006", "AL", "ECMHSP - Alabama Direct Services"),
    ("007", "FL", "ECMHSP - Florida Direct Services (Western Region)"),
    ("008", "FL", "ECMHSP - Florida Direct Services (Eastern Region)"),
    ("009", "SC", "ECMHSP - South Carolina Direct Services"),
    ("010", "NC", "ECMHSP - North Carolina Direct Services"),
    ("011", "IN", "ECMHSP - Indiana Direct Services"),
    ("012", "OK", "ECMHSP - Oklahoma Direct Services"),
]


def test_m18_one_grant_without_a_lead_row_counts_in_each_of_its_nine_states() -> None:
    found = read(
        *(
            filed(
                "90CM009839", "East Coast Migrant Head Start Project", state, program_number=number, program_name=name
            )
            for number, state, name in EAST_COAST
        )
    )
    (program,) = found.programs
    assert program.states == ("AL", "FL", "IN", "NC", "NJ", "OK", "PA", "SC", "VA")
    assert [each.program_number for each in program.delegates] == ["002", "003", "004", "005"]
    summary: Any = import_summary(found)
    assert {state: counts["MSHS"]["grants"] for state, counts in summary["states"].items()} == dict.fromkeys(
        program.states, 1
    )
    for state in program.states:
        assert coverage(found.programs, [], states=(state,)).total == 1


def test_m19_states_typed_by_hand_stay_when_the_file_is_imported_again() -> None:
    desk = Desk()
    desk.preferences = replace(desk.preferences, states=())
    header = [column.name for column in PROGRAMS.columns]
    desk.workbook.put("Programs", header)
    umos = [filed(number, "UMOS, Inc.", "WI") for number in ("90CM009824", "90CM009831", "90CM009835")]
    umos.append(filed("90CM009854", "UMOS, Inc.", "TX"))
    import_programs(desk.office, umos, NOON)
    row = next(at for at, cells in enumerate(desk.workbook.tabs["Programs"]) if cells[0] == "90CM009824")
    desk.workbook.edit("Programs", row, header.index("States served"), "WI, IN, MO")
    assert not import_programs(desk.office, umos, NOON).plan.add
    reading = desk.workbook.read()
    assert reading is not None
    (program,) = sync_programs(desk.office, reading, NOON).programs
    assert program.states == ("IN", "MO", "TX", "WI")


def test_m20_the_region_comes_from_the_number_and_not_from_the_state() -> None:
    found = read(filed("02CH011843", "Acelero, Inc.", "NJ"), filed("02CH011843", "Acelero, Inc.", "PA"))
    assert geographic_region("02CH011843") == 2
    assert the_program(found, "02CH011843").states == ("NJ", "PA")
    assert not found.flags


def test_m21_a_recipient_with_only_delegate_rows_is_listed() -> None:
    delegates = [
        ("001", "Migrant Education, Inc."),
        ("002", "Del Valle Migrant Head Start, Inc."),
        ("003", "Rainbow Learning Enrichment"),
        ("005", "Princeville CUSD 326"),
    ]
    name = "Illinois Department of Human Services"
    found = read(*(filed("90CM009834", name, "IL", program_number=at, program_name=each) for at, each in delegates))
    (program,) = found.programs
    assert program.name == name
    assert [(each.program_number, each.name) for each in program.delegates] == delegates


def test_m22_a_delegate_is_linked_to_its_recipient_and_is_none_itself() -> None:
    name = "Central California Migrant Head Start Program"
    found = read(filed("90CM009830", name, "CA", program_number="005", program_name="El Concilio California"))
    (program,) = found.programs
    assert program.name == name
    assert match_member(a_member(organization="El Concilio California", state="CA"), found.programs) == program.id


def test_m23_a_delegate_that_is_a_recipient_elsewhere_is_one_organization() -> None:
    found = read(
        filed("02CH010816", "Children's Aid Society, The", "NY", program_name="The Children's Aid Society"),
        filed(
            "02CH010989",
            "New York City Department of Education",
            "NY",
            program_number="004",
            program_name="The Children's Aid Society",
        ),
    )
    itself = the_program(found, "02CH010816").id
    assert delegates_elsewhere(found.programs) == {("02CH010989", "004"): itself}
    assert match_member(a_member(organization="The Children’s Aid Society"), found.programs) == itself


# --- text ------------------------------------------------------------------------------------------------------------


def test_m24_a_no_break_space_becomes_one_blank() -> None:
    found = read(
        filed(
            "02CH010989",
            "New York City Department of Education",
            "NY",
            program_number="024",
            program_name="East Harlem Council \u00a0Bilingual Head Start",
        )
    )
    (delegate,) = found.programs[0].delegates
    assert delegate.name == "East Harlem Council Bilingual Head Start"


def test_m25_curly_apostrophes_and_tildes_stay_and_match_plain_ones() -> None:
    found = read(
        filed("02CH012036", "Red por los Derechos de la Niñez y la Juventud de Puerto Rico, Inc.", "PR"),
        filed("09CH000001", "Children\u2019s Institute, Inc", "CA"),
    )
    assert "Niñez" in the_program(found, "02CH012036").name
    assert the_program(found, "09CH000001").name == "Children\u2019s Institute, Inc"
    assert match_member(a_member(organization="Children's Institute"), found.programs) is not None
    plain = a_member(organization="Red por los Derechos de la Ninez y la Juventud de Puerto Rico")
    assert match_member(plain, found.programs) is not None


@pytest.mark.parametrize("name", ["ARC GLOW", "SEMCAC", "UTA HEADSTART"])
def test_m26_capitals_are_ignored_in_matching_and_kept_on_the_screen(name: str) -> None:
    found = read(filed("05CH000001", name, "MN"))
    assert found.programs[0].name == name
    assert match_member(a_member(organization=name.title()), found.programs) == found.programs[0].id


def test_m26_a_spelling_that_does_not_shout_is_preferred() -> None:
    name = "Mississippi Action for Progress, Inc."
    found = read(filed("04CH010722", name.upper(), "MS"), filed("04CH010722", name, "MS"))
    assert found.programs[0].name == name


def test_m27_inverted_names_are_the_same_name() -> None:
    (leaguers,) = read(
        filed("02CH011889", "The Leaguers", "NJ"), filed("02CH012148", "Leaguer's Inc, The", "NJ")
    ).programs
    assert len(leaguers.grants) == 2
    assert name_key("Tulare, County of") == name_key("County of Tulare") == name_key("TULARE COUNTY")


def test_m28_a_pipe_inside_a_name_is_only_a_letter() -> None:
    name = "Easter Seals Serving DC|MD|VA"
    found = read(filed("03CH010635", name, "MD"))
    assert found.programs[0].name == name
    desk = Desk()
    report = import_programs(desk.office, [filed("03CH010635", name, "MD")], NOON, everywhere=True)
    (program,) = parse_programs([typed(row) for row in report.plan.add]).programs
    assert program.name == name


# --- what is missing or damaged --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "recipient", "state"),
    [
        ("04CH010722", "Mississippi Action for Progress, Inc.", "MS"),
        ("04CH011245", "Ohio Valley Educational Cooperative", "KY"),
    ],
)
def test_m29_a_missing_state_is_taken_from_the_other_rows_and_flagged(number: str, recipient: str, state: str) -> None:
    found = read(
        filed(number, recipient, state),
        filed(number, recipient, "", program_number="200", program_type="EHS"),
    )
    assert found.programs[0].states == (state,)
    assert state in flags_of(found, number)
    summary: Any = import_summary(found)
    assert summary["states"] == {
        state: {
            "AIAN": {"grants": 0, "recipients": 0},
            "MSHS": {"grants": 0, "recipients": 0},
            "HS_EHS": {"grants": 1, "recipients": 1},
        }
    }


def test_m29_a_grant_without_any_state_takes_its_recipient_s_or_is_kept_and_flagged() -> None:
    found = read(
        filed("04CH010722", "Mississippi Action for Progress, Inc.", "MS"),
        filed("04HP000001", "Mississippi Action for Progress, Inc.", ""),
        filed("04CH000009", "Nowhere Head Start of Eden", ""),
    )
    assert {grant.states for grant in the_program(found, "04HP000001").grants} == {("MS",)}
    assert the_program(found, "04CH000009").states == ()
    assert "No state" in flags_of(found, "04HP000001")
    assert "No state" in flags_of(found, "04CH000009")


@pytest.mark.parametrize("number", ["90CI9880", "06CH7103", "90CI010062", "10CH01234"])
def test_m30_numbers_of_four_to_six_digits_are_accepted(number: str) -> None:
    assert (taken := read_grant_number(number)) is not None
    assert taken.number == number


def test_m30_a_new_number_of_a_known_recipient_adds_no_second_one() -> None:
    desk = Desk()
    import_programs(desk.office, [filed("90CI9880", "Kenaitze Indian Tribe", "AK")], NOON, everywhere=True)
    for _ in range(2):
        reading = desk.workbook.read()
        assert reading is not None
        sync_programs(desk.office, reading, NOON)
        import_programs(desk.office, [filed("90CI010062", "Kenaitze Indian Tribe", "AK")], NOON, everywhere=True)
    (tribe,) = desk.programs.programs
    assert [grant.number for grant in tribe.grants] == ["90CI010062"]
    assert tribe.former_numbers == ("90CI9880",)
    assert [str(row[0]) for row in desk.workbook.tabs["Programs"][1:]] == ["90CI9880"]
    assert len(desk.tasks.all()) == 1
    assert match_member(a_member(grant_number="90CI9880"), desk.programs.programs) == tribe.id


def test_m31_numbers_that_a_spreadsheet_mangled_are_repaired() -> None:
    found = read(
        filed("01CH010234", "Edadvance", "CT", grant_number="1CH010234"),
        filed("01CH010234", "Edadvance", "CT", grant_number="01CH010234 "),
        filed("01CH010234", "Edadvance", "CT", grant_number="01ch010234"),
        filed("01CH010234", "Edadvance", "CT", grant_number="01CH01O234"),
    )
    (program,) = found.programs
    assert [grant.number for grant in program.grants] == ["01CH010234"]
    assert "eaten the first zero" in flags_of(found, "01CH010234")
    assert flags_of(found, "01CH01O234")


def test_m31_a_lead_number_read_as_zero_is_the_lead() -> None:
    assert read_program_number(0) == "000"
    assert not read(filed("01CH010234", "Edadvance", "CT", program_number=0)).programs[0].delegates


def test_m32_an_interim_manager_is_marked_and_the_recipient_before_it_stays() -> None:
    desk = Desk()
    before = filed("05CH000001", "Lake County Community Action", "IL")
    import_programs(desk.office, [before], NOON, everywhere=True)
    interim = filed("90CH011760", "CDI HS/Lake County, IL", "IL", region="Region 13")
    report = import_programs(desk.office, [interim], NOON, everywhere=True)
    assert [str(row[0]) for row in desk.workbook.tabs["Programs"][1:]] == ["90CH011760", "05CH000001"]
    (row,) = report.plan.add
    assert "interim manager" in str(row.cells["Notes"])
    assert "interim" in flags_of(report.found, "90CH011760").casefold()
    assert report.found.programs[0].grants[0].is_interim


def test_m33_zips_keep_their_zeros_and_minus_one_is_none() -> None:
    assert [read_zip(code, "-1") for code in ("4401", "6103", "926", "98226")] == ["04401", "06103", "00926", "98226"]
    assert read_zip("04401", "0012") == "04401-0012"


@pytest.mark.parametrize(
    ("label", "number"),
    [("Region 02", 2), ("Region 3", 3), ("XI", 11), ("Region XI (AI/AN)", 11), ("11", 11)],
)
def test_m34_region_labels_are_numbers(label: str, number: int) -> None:
    assert read_region(label) == number


def test_m34_another_region_label_is_flagged() -> None:
    found = read(filed("10CH011185", "Skagit Valley College", "WA", region="Northwest"))
    assert "Northwest" in flags_of(found, "10CH011185")
    assert kind_of(found, "10CH011185") is HS


def test_m35_a_recipient_without_an_email_stays_and_is_our_task() -> None:
    found = read(filed("10CH011185", "Skagit Valley College", "WA", **{"Program Main Phone Number": "(360) 555-0110"}))
    (program,) = found.programs
    assert (program.front_desk_email, program.phone) == ("", "(360) 555-0110")
    assert coverage(found.programs, []).types[HS].count(Standing.NOT_YET) == 1


def test_nothing_is_suggested_where_nothing_is_alike() -> None:
    assert not suggest_duplicates(read(filed("10CH011185", tidy_name("Skagit Valley College"), "WA")).programs)


def test_every_case_of_the_list_has_a_test_here(shared: Path) -> None:
    with (shared / "data" / "messy_cases.csv").open(encoding="utf-8", newline="") as lines:
        cases = {row["case"].casefold() for row in csv.DictReader(lines)}
    tested = {case for name in globals() for case in re.findall(r"_(m\d\d)", name)}
    assert cases == tested
