"""Which grants are one recipient, whose ids stay, and whom a member works for."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.duplicates import suggest_duplicates
from network.programs import Delegate, Grant, ProgramType
from network.recipient_names import is_known_by_name_alone, name_in_prose, name_key, name_of_slug, tidy_name
from network.recipients import ProgramIndex, delegates_elsewhere, join_recipients, match_member
from tests.builders import a_member

HS, AIAN, MSHS = ProgramType.HS_EHS, ProgramType.AIAN, ProgramType.MSHS


def grant(number: str, name: str, *states: str, kind: ProgramType = HS) -> Grant:
    return Grant(number, name, kind, states)


SEVERAL = (
    grant("90CM009848", "Educational Service District 105", "WA", kind=MSHS),
    grant("10CH011508", "Educational Service District #105", "WA"),
    grant("10CH011303", "Educational Service District 112", "WA"),
    grant("90CM009828", "Telamon Corporation", "GA", kind=MSHS),
    grant("05CH011119", "Telamon Corp.", "IN"),
    grant("01CH011938", "Community Action, Inc.", "MA"),
    grant("07CH011681", "Community Action, Inc.", "KS"),
    grant("02CH010799", "Tri-County Community Action Agency Inc.", "NJ"),
    grant("02CH010468", "Tri-County Community Action Agency Inc.", "PA"),
    grant("03CH011746", "Tri-County Community Action Agency Inc.", "PA"),
)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Leaguer's Inc, The", "The Leaguers", "LEAGUER\u2019S, INC."),
        ("Tulare, County of", "County of Tulare", "Tulare County"),
        ("Holyoke, Chicopee, Springfield Head Start, Inc.", "Holyoke.Chicopee.Springfield Head Start, Inc"),
        ("Confederated Salish and Kootenai Tribes", "Confederated Salish And Kootenai Tribes"),
        ("Child Care Resource & Referral", "Child Care Resource and Referral, Inc."),
        ("C.H.I.L.D., INC", "Child, Inc."),
        ("Red por los Derechos de la Niñez", "RED POR LOS DERECHOS DE LA NIN\u0303EZ"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(each) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Educational Service District 112", "Educational Service District 113"),
        ("Council of 3 Rivers", "Council of Three Rivers"),
        ("Iowa Tribe of Oklahoma", "Kiowa Tribe of Oklahoma"),
        ("Tulare, County of", "Tulare County Office of Education"),
    ],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_of_the_field_s_common_words_means_nobody_in_particular() -> None:
    assert is_known_by_name_alone(name_key("Telamon Corporation"))
    assert is_known_by_name_alone(name_key("UMOS, Inc."))
    for name in ("Community Action, Inc.", "Child Start, Inc.", "Jefferson County", "Lincoln Public Schools"):
        assert not is_known_by_name_alone(name_key(name))


def test_a_slug_becomes_a_name_and_a_name_stays_itself() -> None:
    assert name_of_slug("1234_lummi_indian_business_council_wa") == "Lummi Indian Business Council"
    assert name_of_slug("city_of_tacoma") == "City of Tacoma"
    assert name_of_slug("UTA HEADSTART") == "UTA HEADSTART"
    assert tidy_name("East Harlem Council\u00a0Bilingual  ") == "East Harlem Council Bilingual"


@given(st.text())
def test_the_key_of_a_key_is_itself_or_shorter(name: str) -> None:
    assert len(name_key(name_key(name))) <= len(name_key(name))


def test_grants_join_by_name_and_place() -> None:
    programs = {program.id: [each.number for each in program.grants] for program in join_recipients(SEVERAL)}
    assert programs == {
        "wa-educational-service-district-105": ["10CH011508", "90CM009848"],
        "wa-educational-service-district-112": ["10CH011303"],
        "ga-telamon": ["05CH011119", "90CM009828"],
        "ma-community-action": ["01CH011938"],
        "ks-community-action": ["07CH011681"],
        "nj-tri-county-community-action-agency": ["02CH010468", "02CH010799"],
        "pa-tri-county-community-action-agency": ["03CH011746"],
    }


@given(st.permutations(SEVERAL))
def test_the_order_of_rows_changes_nothing(shuffled: list[Grant]) -> None:
    assert join_recipients(shuffled) == join_recipients(SEVERAL)


@given(st.permutations(SEVERAL), st.integers(0, len(SEVERAL)))
def test_ids_stay_when_grants_come_and_go(shuffled: list[Grant], count: int) -> None:
    before = join_recipients(shuffled[:count])
    after = join_recipients(SEVERAL, before)
    owner = {each.number: program.id for program in after for each in program.grants}
    for program in before:
        assert program.id in {owner[each.number] for each in program.grants}
    assert len({program.id for program in after}) == len(after)


def test_a_renamed_recipient_keeps_its_id() -> None:
    known = join_recipients([grant("10CH010920", "Reliable Enterprises", "WA")])
    (renamed,) = join_recipients([grant("10CH010920", "Reliable Children and Families", "WA")], known)
    assert renamed.id == "wa-reliable-enterprises"


def test_a_new_number_under_the_same_name_keeps_the_id_and_the_old_number() -> None:
    known = join_recipients([grant("06CH7103", "Alabama-Coushatta Tribe of Texas, The", "TX")])
    (now,) = join_recipients([grant("90CI010108", "Alabama-Coushatta Tribe of Texas", "TX", kind=AIAN)], known)
    assert now.id == known[0].id
    assert now.former_numbers == ("06CH7103",)
    assert now.types == {AIAN}


def test_one_id_is_never_given_to_two_recipients() -> None:
    known = join_recipients([grant("10CH000001", "Alpha Harbor", "WA"), grant("10CH000002", "Alpha Harbor", "WA")])
    parted = join_recipients(
        [grant("10CH000001", "Beta Harbor", "WA"), grant("10CH000002", "Alpha Harbor", "WA")], known
    )
    assert len({program.id for program in parted}) == 2
    assert "wa-alpha-harbor" in {program.id for program in parted}


def test_two_rows_without_a_readable_name_are_two_recipients() -> None:
    assert len(join_recipients([grant("10CH000001", "???", "WA"), grant("10CH000002", "!!!", "WA")])) == 2


def test_a_member_is_matched_by_number_then_by_name_and_state() -> None:
    programs = join_recipients(SEVERAL)
    assert match_member(a_member(grant_number="10CH011508", organization="Somewhere"), programs) == (
        "wa-educational-service-district-105"
    )
    assert match_member(a_member(organization="community action inc", state="KS"), programs) == "ks-community-action"


def test_a_member_with_a_former_number_is_matched() -> None:
    (program,) = join_recipients([grant("90CI010108", "Alabama-Coushatta Tribe", "TX", kind=AIAN)])
    program = replace(program, former_numbers=("06CH7103",))
    assert match_member(a_member(grant_number="06CH7103", organization=""), [program]) == program.id


@pytest.mark.parametrize(
    "fields",
    [
        {"organization": "Community Action, Inc."},  # two states, none typed
        {"organization": "Community Action, Inc.", "state": "WA"},
        {"organization": "Educational Service District"},
        {"organization": ""},
    ],
)
def test_an_unsure_match_is_no_match(fields: dict[str, str]) -> None:
    assert match_member(a_member(**fields), join_recipients(SEVERAL)) is None


def test_an_alike_name_is_only_suggested() -> None:
    index = ProgramIndex(join_recipients([grant("03HP000372", "Council of Three Rivers American Indian Center", "PA")]))
    member = a_member(organization="Council of 3 Rivers American Indian Center")
    assert index.find(member) is None
    found = index.suggest(member)
    assert found is not None
    assert found.name == "Council of Three Rivers American Indian Center"


def test_staff_of_a_delegate_count_for_the_recipient_unless_it_is_one_itself() -> None:
    grants = [
        grant("02CH010989", "New York City Department of Education", "NY"),
        grant("02CH010816", "Children's Aid Society, The", "NY"),
        grant("90CM009830", "Central California Migrant Head Start Program", "CA", kind=MSHS),
    ]
    delegates = [
        Delegate("02CH010989", "004", "The Children's Aid Society"),
        Delegate("90CM009830", "005", "El Concilio California"),
    ]
    programs = join_recipients(grants, delegates=delegates)
    assert match_member(a_member(organization="The Children's Aid Society"), programs) == "ny-childrens-aid-society"
    assert match_member(a_member(organization="El Concilio California"), programs) == (
        "ca-central-california-migrant-head-start-program"
    )
    assert delegates_elsewhere(programs) == {("02CH010989", "004"): "ny-childrens-aid-society"}


def test_alike_names_in_one_state_are_suggested_and_different_tribes_are_not() -> None:
    pairs = [
        ("Council of 3 Rivers American Indian Center", "Council of Three Rivers American Indian Center", True),
        ("La Clinica De Familia, Inc.", "Clinica De Familia Inc, LA", True),
        ("Gleamns Human Resource Commission", "GLEAMNS Human Resources Commission", True),
        ("Iowa Tribe of Oklahoma, Inc.", "Kiowa Tribe of Oklahoma", False),
        ("Denton Independent School District", "Detroit Independent School District", False),
        ("Educational Service District 112", "Educational Service District 113", False),
    ]
    for one, other, is_suggested in pairs:
        programs = join_recipients([grant("06CH000001", one, "OK"), grant("06CH000002", other, "OK")])
        assert len(programs) == 2
        assert bool(suggest_duplicates(programs)) is is_suggested, one


def test_namesakes_in_several_states_are_suggested() -> None:
    programs = join_recipients(SEVERAL)
    pairs = {(each.one, each.other) for each in suggest_duplicates(programs)}
    assert ("ks-community-action", "ma-community-action") in pairs
    for order in permutations(programs, len(programs) if len(programs) < 4 else 2):
        assert {(each.one, each.other) for each in suggest_duplicates(order)} <= pairs


@pytest.mark.parametrize(
    ("filed", "said"),
    [
        ("Snohomish, County of", "County of Snohomish"),
        ("Confederated Tribes of the Colville Reservation, The", "the Confederated Tribes of the Colville Reservation"),
        ("Neighborhood House, Incorporated", "Neighborhood House, Incorporated"),
        ("The Tulalip Tribes of Washington", "The Tulalip Tribes of Washington"),
        ("Holyoke, Chicopee, Springfield Head Start, Inc.", "Holyoke, Chicopee, Springfield Head Start, Inc."),
    ],
)
def test_an_inverted_federal_name_reads_well_inside_a_letter(filed: str, said: str) -> None:
    assert name_in_prose(filed) == said
