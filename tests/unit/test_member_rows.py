"""Every wrong row of *Members* gets its own plain sentence, and no wrong cell makes a person vanish."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.build import read_table
from network.identity import plan_people
from network.member_rows import MembersReading, parse_members, repeated_headers
from network.members import ContactBy, IssueKind, Language, Member, RoleKind, Status
from network.preferences import Preferences
from network.settings_rows import parse_settings
from network.tabs import MEMBERS, SETTINGS, Cell, RawTab, Reading, Row, date_to_serial, text_of, understand
from tests.builders import NOON, some_ids

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
AREAS = Preferences(service_areas=("Health", "Nutrition", "Mental health", "Oral health", "Disabilities"))
GOOD: dict[str, Cell] = {
    "First name": "Ana",
    "Last name": "Torres",
    "Email": "ana@example.org",
    "Phone": "(564) 555-0141",
    "Organization": "Lummi",
    "Role": "Health manager",
    "Service area": "Health",
    "Status": "Member",
}


def reading_of(**cells: Cell) -> MembersReading:
    return parse_members([Row(2, GOOD | {name.replace("_", " "): value for name, value in cells.items()})], AREAS)


def member_of(**cells: Cell) -> Member:
    return reading_of(**cells).members[0]


def said(kind: IssueKind, **cells: Cell) -> list[str]:
    return [issue.sentence for issue in reading_of(**cells).issues if issue.kind is kind]


def test_a_good_row_has_nothing_to_say() -> None:
    reading = reading_of()
    assert reading.issues == ()
    assert reading.members[0].full_name == "Ana Torres"
    assert reading.members[0].phone == "+15645550141"


@pytest.mark.parametrize("typed", ["member ", "MEMBER", "Active", " Member\u200b"])
def test_a_status_is_known_whatever_its_capitals(typed: str) -> None:
    assert member_of(Status=typed).status is Status.MEMBER


def test_a_status_nobody_defined_counts_as_blank_and_says_what_to_choose() -> None:
    assert member_of(Status="Maybe").status is Status.BLANK
    assert said(IssueKind.FIX, Status="Maybe") == [
        "Status holds “Maybe”, which we do not know. Choose Member, Invite, On hold, Left or Do not contact."
    ]


def test_a_blank_status_waits_for_a_person() -> None:
    assert said(IssueKind.WAITING, Status=None) == ["is this person already with you? Choose Member or Invite."]


def test_a_row_without_a_name_is_not_written_to() -> None:
    member = member_of(First_name="", Last_name=None)
    assert (member.status, member.email) == (Status.BLANK, "ana@example.org")
    assert said(IssueKind.FIX, First_name="", Last_name=None) == ["Nobody is named here. Type a first and a last name."]


def test_a_mark_that_stops_mail_is_kept_whatever_else_is_wrong() -> None:
    member = member_of(First_name="", Last_name="", Email="ana@", Status="Do not contact")
    assert member.status is Status.DO_NOT_CONTACT


def test_a_wrong_address_leaves_the_person_in_the_list_without_one() -> None:
    member = member_of(Email="ana@example.org.")
    assert (member.email, member.status) == (None, Status.MEMBER)


def test_a_merged_leftover_names_nobody() -> None:
    leftovers = parse_members([Row(7, {"Organization": "Example Dental Foundation", "Status": "Member"})], AREAS)
    assert leftovers.members == ()
    assert [issue.sentence for issue in leftovers.issues] == [
        "This row holds “Example Dental Foundation” but nobody. Type a name and an email, or delete the row."
    ]


def test_a_row_pasted_twice_counts_once_and_both_copies_say_so() -> None:
    reading = parse_members([Row(2, GOOD), Row(9, dict(GOOD))], AREAS)
    assert len(reading.members) == 1
    assert [(issue.row, issue.sentence) for issue in reading.issues] == [
        (number, "This row stands more than once (rows 2 and 9). Please keep one and delete the rest.")
        for number in (2, 9)
    ]


def test_names_are_cleaned_of_what_nobody_sees_and_never_recased() -> None:
    member = member_of(First_name="\u00a0Jose\u0301 ", Last_name="McDONALD\u200b")
    assert (member.first_name, member.last_name) == ("José", "McDONALD")


def test_a_shouting_name_is_used_as_it_stands_and_noted() -> None:
    assert member_of(First_name="MARISOL").first_name == "MARISOL"
    words = "The name is in capitals, and letters would greet them so. Type it as the person writes it."
    assert said(IssueKind.NOTE, First_name="MARISOL") == [words]
    assert said(IssueKind.NOTE, First_name="JD") == []


@pytest.mark.parametrize("typed", ["#N/A", "#REF!", "#NAME?", "=VLOOKUP(A2,X:Y,2)"])
def test_an_error_of_a_formula_is_no_name_and_no_program(typed: str) -> None:
    member = member_of(First_name=typed, Organization=typed)
    assert (member.first_name, member.organization) == ("", "")
    assert "First name holds a formula. Type the name itself." in said(IssueKind.FIX, First_name=typed)
    assert said(IssueKind.NOTE, Organization=typed)[0].startswith("Organization holds “")
    assert member_of(First_name="#1", Organization="#1 Head Start").organization == "#1 Head Start"


@pytest.mark.parametrize("typed", ["=A1", "https://example.org", "ana@example.org", "x" * 50_000])
def test_a_name_that_is_none_is_never_greeted(typed: str) -> None:
    assert member_of(First_name=typed).first_name == ""
    assert said(IssueKind.FIX, First_name=typed)


def test_a_grant_number_gets_its_zero_back_and_says_so() -> None:
    assert member_of(Grant_number="1CH010234").grant_number == "01CH010234"
    assert said(IssueKind.NOTE, Grant_number="1CH010234") == [
        "We read the grant number as 01CH010234: the 0 in front was lost."
    ]
    assert said(IssueKind.NOTE, Grant_number=" 01ch 010234 ") == []


def test_a_delegates_number_stands_for_its_grant() -> None:
    assert member_of(Grant_number="90CM009830-005").grant_number == "90CM009830"


def test_a_remark_is_no_grant_number() -> None:
    assert said(IssueKind.NOTE, Grant_number="see attached") == [
        "Grant number holds “see attached”. Type it like 10CH010234, or leave the cell empty and use Notes."
    ]


def test_only_a_phone_is_enough_for_somebody_who_prefers_it() -> None:
    assert said(IssueKind.FIX, Email=None, Preferred_contact="phone") == []
    assert said(IssueKind.FIX, Email=None) == [
        "There is a phone but no email. Type an email, or choose phone under Preferred contact."
    ]
    assert said(IssueKind.FIX, Email=None, Phone=None) == ["There is no email and no phone. Type one of them."]


def test_a_service_area_outside_the_network_is_told() -> None:
    assert member_of(Service_area="oral; health").service_area == "Oral health; Health"
    (sentence,) = said(IssueKind.NOTE, Service_area="Transportation")
    assert sentence.startswith("Service area holds “Transportation”. This network is for Health, Nutrition,")


def test_side_matters_are_read_or_asked_about() -> None:
    member = member_of(
        Language="Español", Preferred_contact="Both", Newsletter="Yes", State="Washington", Topics="lead; asthma",
        Joined_on=date_to_serial(NOON.date()), Role=None,
    )  # fmt: skip
    assert (member.language, member.contact_by, member.newsletter) == (Language.SPANISH, ContactBy.BOTH, True)
    assert (member.state, member.topics, member.joined_on) == ("WA", ("lead", "asthma"), NOON.date())
    assert member.role_kind is RoleKind.UNKNOWN
    for column in ("Language", "Preferred contact", "Newsletter", "State", "Joined on", "Role"):
        wrong = parse_members([Row(2, GOOD | {column: "carrier pigeon"})], AREAS)
        assert [(issue.kind, issue.column) for issue in wrong.issues] == [(IssueKind.NOTE, column)]
        assert len(wrong.members) == 1


def test_a_wrong_phone_must_be_fixed_only_where_it_is_the_one_way_to_reach_somebody() -> None:
    assert said(IssueKind.FIX, Phone="007") == []
    assert len(said(IssueKind.NOTE, Phone="007")) == 1
    assert len(said(IssueKind.FIX, Phone="007", Email=None)) == 1


def test_a_person_without_an_organization_is_used_and_noted() -> None:
    assert said(IssueKind.NOTE, Organization=None) == ["Organization is blank. Type the program this person works for."]


def test_notes_are_kept_to_the_letter() -> None:
    assert member_of(Notes='=HYPERLINK("https://example.org","see")').notes == '=HYPERLINK("https://example.org","see")'


@given(
    st.dictionaries(
        st.sampled_from([column.name for column in MEMBERS.columns]),
        st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats(allow_nan=False), st.booleans()),
    )
)
def test_no_row_can_stop_the_reading_and_each_that_names_somebody_is_a_member(cells: dict[str, Cell]) -> None:
    reading = parse_members([Row(2, cells)], AREAS)
    names_somebody = any(text_of(cells.get(name)) for name in ("First name", "Last name", "Email", "Phone"))
    assert len(reading.members) == names_somebody
    assert all(issue.sentence.endswith((".", "org")) or ":" in issue.sentence for issue in reading.issues)


# --- the example office ----------------------------------------------------------------------------------------------


def washington(tab: str) -> RawTab:
    table = read_table(WASHINGTON / f"{tab.lower()}.csv")
    return RawTab(tab, [table.headers, *([_cell(value) for value in row] for row in table.rows)])


def _cell(value: object) -> Cell:
    from datetime import date, datetime

    if isinstance(value, date):
        return date_to_serial(value.date() if isinstance(value, datetime) else value)
    assert value is None or isinstance(value, str | int | float)
    return value


def test_every_row_of_the_example_is_understood_as_it_was_meant() -> None:
    reading = Reading({name: washington(name) for name in ("Members", "Settings")}, None, NOON)
    tab = understand(reading, MEMBERS)
    rows = parse_members(tab.rows, parse_settings(understand(reading, SETTINGS).rows))
    who = plan_people([], rows.rows, NOON, first_sync=True, new_id=some_ids())
    kinds: dict[int, set[IssueKind]] = {}
    for issue in (*rows.issues, *who.issues, *repeated_headers(tab)):
        kinds.setdefault(issue.row or 0, set()).add(issue.kind)
    with (WASHINGTON / "expected.csv").open(encoding="utf-8", newline="") as lines:
        meant = list(csv.DictReader(lines))
    wrong = []
    for number, row in enumerate(meant, start=2):
        found = kinds.get(number, set())
        expected = {
            "fix": IssueKind.FIX in found,
            "waiting": found == {IssueKind.WAITING},
            "question": found == {IssueKind.WAITING},
            "note": found == {IssueKind.NOTE},
            "fine": not found,
        }[row["Kind"]]
        wrong += [] if expected else [f"row {number} {row['Reason']}: {found}"]
    assert not wrong
    assert len(meant) == len(tab.rows) + len(tab.headers_again)
