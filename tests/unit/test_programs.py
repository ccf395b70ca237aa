"""Grant numbers, regions and program types, as files and people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.programs import (
    Grant,
    Program,
    ProgramType,
    geographic_region,
    program_type_of,
    read_grant_number,
    read_program_type,
    read_region,
)
from network.states import home_region, read_state, read_states, state_name

AIAN, MSHS, HS = ProgramType.AIAN, ProgramType.MSHS, ProgramType.HS_EHS


@pytest.mark.parametrize("typed", ["10CH011508", " 10ch011508 ", "10-CH-011508", "10 CH 011508", "10CH\u00a0011508"])
def test_a_grant_number_is_read_however_it_is_spaced(typed: str) -> None:
    read = read_grant_number(typed)
    assert read is not None
    assert (read.number, read.was_repaired) == ("10CH011508", False)


@pytest.mark.parametrize("typed", ["1CH010234", "1ch010234 "])
def test_an_eaten_zero_is_put_back_and_said(typed: str) -> None:
    read = read_grant_number(typed)
    assert read is not None
    assert (read.number, read.was_repaired) == ("01CH010234", True)


@pytest.mark.parametrize("typed", ["90CI9880", "06CH7103", "10CH01213"])
def test_older_numbers_of_four_or_five_digits_are_right(typed: str) -> None:
    assert (read := read_grant_number(typed)) is not None
    assert read.number == typed


@pytest.mark.parametrize(
    "typed", ["", None, "CH011508", "10CH", "10CH0115081", "1O CH 0115O8", 10, "n/a", "10C0115089"]
)
def test_what_is_no_grant_number_is_not_guessed(typed: object) -> None:
    assert read_grant_number(typed) is None


@given(st.integers(1, 99), st.sampled_from(["CH", "CI", "HM", "BF"]), st.integers(0, 999999), st.integers(4, 6))
def test_reading_a_number_twice_gives_it_again(region: int, code: str, digits: int, width: int) -> None:
    read = read_grant_number(f"{region}{code}{str(digits).zfill(width)[:6]}")
    assert read is not None
    assert read_grant_number(read.number) == type(read)(read.number)


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("Region 02", 2),
        ("Region 3", 3),
        ("XI", 11),
        ("Region XI (AI/AN)", 11),
        ("11", 11),
        (11.0, 11),
        (12, 12),
        ("region xii", 12),
        ("Region 13", 13),
        ("IX", 9),
    ],
)
def test_a_region_label_is_a_number(label: object, number: int) -> None:
    assert read_region(label) == number


@pytest.mark.parametrize("label", ["", None, "Region 14", "0", "West", "Region IIX", "2 and 3"])
def test_another_region_label_is_none(label: object) -> None:
    assert read_region(label) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AIAN HS", AIAN),
        ("AI/AN Early Head Start", AIAN),
        ("Tribal (AI/AN)", AIAN),
        ("5", AIAN),
        (6.0, AIAN),
        ("American Indian and Alaska Native Head Start", AIAN),
        ("Migrant EHS", MSHS),
        ("Migrant and Seasonal", MSHS),
        ("MSHS", MSHS),
        ("MS EHS", MSHS),
        (3, MSHS),
        ("HS", HS),
        ("EHS", HS),
        ("Head Start", HS),
        ("Early Head Start", HS),
        ("HS_EHS", HS),
        ("2", HS),
        ("", None),
        (None, None),
        ("Preschool", None),
    ],
)
def test_a_program_type_is_read_from_any_of_its_spellings(text: object, kind: ProgramType | None) -> None:
    assert read_program_type(text) is kind


@pytest.mark.parametrize(
    ("number", "regions", "types", "kind", "disagrees"),
    [
        ("90CI010108", [11], ["AIAN HS"], AIAN, False),
        ("90HM000007", [12], ["Migrant EHS"], MSHS, False),
        ("10CH011508", [10], ["HS", "EHS"], HS, False),
        ("90BF000006", [11], ["AIAN HS"], AIAN, False),
        ("90CI009997", [11], ["HS"], AIAN, True),
        ("10CH0213", [11], ["HS"], AIAN, True),
        ("90CH010461", [13], ["Migrant HS"], MSHS, True),
        ("90CM009800", [11], [], AIAN, True),
        ("90CH011760", [13], ["HS"], HS, False),
        ("90ZZ000001", [], [], HS, False),
    ],
)
def test_the_type_goes_by_evidence_and_a_disagreement_is_said(
    number: str, regions: list[int], types: list[str], kind: ProgramType, disagrees: bool
) -> None:
    chosen, sentence = program_type_of(number, regions, types)
    assert chosen is kind
    assert bool(sentence) is disagrees


def test_the_region_of_a_grant_comes_from_its_number() -> None:
    assert geographic_region("02CH011843") == 2
    assert geographic_region("90CM009839") is None
    assert home_region("PA") == 3


def test_a_recipient_has_all_types_and_states_of_its_grants() -> None:
    program = Program(
        "x", "X", (), (Grant("90CM009848", "X", MSHS, ("WA",)), Grant("10CH011508", "X", HS, ("OR", "WA")))
    )
    assert program.types == {MSHS, HS}
    assert program.states == ("OR", "WA")


def test_states_are_read_as_people_type_them() -> None:
    assert read_state(" wa. ") == "WA"
    assert read_state("Puerto Rico") == "PR"
    assert read_state("Wash") is None
    assert read_states("WA, or; Idaho") == (("ID", "OR", "WA"), ())
    assert read_states("WA OR") == (("OR", "WA"), ())
    assert read_states("WA, Cascadia") == (("WA",), ("Cascadia",))
    assert read_states("") == ((), ())
    assert state_name("NM") == "New Mexico"
