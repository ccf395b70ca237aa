"""Tabs are found by name and columns by header, however people typed, doubled, renamed or moved them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.tabs import (
    MEMBERS,
    PEOPLES_TABS,
    PROGRAMS,
    QUIET_DATES,
    SETTINGS,
    TO_DO,
    Cell,
    RawTab,
    Reading,
    TabRows,
    TabSpec,
    date_to_serial,
    is_blank,
    serial_to_date,
    text_of,
    understand,
)
from tests.builders import NOON

HEADER = ("First name", "Last name", "Email", "Organization", "Status")
ANA = ("Ana", "Torres", "ana@example.org", "Lummi Nation", "Member")
BROKEN = Path(__file__).parents[2] / "examples" / "broken_headers"


def a_reading(*rows: tuple[Cell, ...], title: str = "Members", **others: list[tuple[Cell, ...]]) -> Reading:
    tabs = {title: RawTab(title, rows)} | {name: RawTab(name, values) for name, values in others.items()}
    return Reading(tabs, None, NOON)


def members(*rows: tuple[Cell, ...]) -> TabRows:
    return understand(a_reading(*rows), MEMBERS)


def test_rows_are_read_by_header_and_not_by_position() -> None:
    order = (4, 2, 0, 3, 1)
    shuffled = members(tuple(HEADER[n] for n in order), tuple(ANA[n] for n in order))
    assert shuffled.rows[0].cells == members(HEADER, ANA).rows[0].cells


@pytest.mark.parametrize(
    "spelling",
    [
        "EMAIL",
        " e-mail ",
        "Email address",
        "\ufeffEmail",
        "E\u200bmail",
        "Email *",
        "Email (required)",
        "\uff25\uff4d\uff41\uff49\uff4c",
        "email:",
    ],
)
def test_a_header_is_known_by_its_letters(spelling: str) -> None:
    tab = members(tuple(spelling if name == "Email" else name for name in HEADER), ANA)
    assert tab.rows[0].cells["Email"] == "ana@example.org"
    assert not tab.problems


def test_unknown_columns_are_kept_and_ignored() -> None:
    tab = members((*HEADER, "Shirt size", None), (*ANA, "M", "a remark without a header"))
    assert tab.rows[0].extra == {"Shirt size": "M"}


def test_a_missing_required_header_is_one_sentence_that_says_what_to_type() -> None:
    tab = members(("First name", "Last name", "Organization", "Status"), ("Ana", "Torres", "Lummi", "Member"))
    assert tab.lacks_required
    assert tab.problems == ("The tab Members has no column Email. Please type Email as the header of that column.",)


def test_a_renamed_required_header_is_asked_about_by_name() -> None:
    tab = members(("First name", "Last name", "Email", "Member's status"), ("Ana", "Torres", "a@example.org", "Member"))
    assert tab.problems == (
        "The tab Members has no column Status. Is it “Member's status”? Please type Status as its header.",
    )


def test_of_two_headers_the_left_one_counts_and_a_sentence_names_both() -> None:
    tab = members(("Email", "First name", "Status", "E-mail"), ("a@example.org", "Ana", "Member", "b@example.org"))
    assert tab.rows[0].cells["Email"] == "a@example.org"
    assert not tab.lacks_required
    (sentence,) = tab.problems
    assert "two columns for Email: A (“Email”) and D (“E-mail”)" in sentence


def test_a_header_spelled_our_way_counts_before_an_alias_left_of_it() -> None:
    tab = members(("Program", "First name", "Email", "Status", "Organization"), ("CH", "Ana", "a@b.org", "", "Lummi"))
    assert tab.rows[0].cells["Organization"] == "Lummi"


def test_the_header_may_stand_below_a_title_and_a_row_of_groups() -> None:
    tab = members(("Our members, 2026",), ("Title", "Program", "Contact"), HEADER, ANA)
    assert [row.number for row in tab.rows] == [4]


def test_a_header_repeated_among_the_rows_is_no_person() -> None:
    tab = members(HEADER, ANA, HEADER, ANA)
    assert len(tab.rows) == 2
    assert [row.number for row in tab.headers_again] == [3]


def test_a_person_above_the_header_is_told_and_a_title_is_not() -> None:
    title = ("Our members", None, "ask office@example.org")
    assert not understand(a_reading(title, HEADER, ANA), MEMBERS).problems
    (problem,) = understand(a_reading(title, ANA, HEADER), MEMBERS).problems
    assert problem.startswith("Row 2 of Members stands above the header, so nobody reads it.")


def test_a_repeated_better_header_further_down_never_hides_the_rows_above_it() -> None:
    renamed = ("First name", "Last name", "Email", "Org.", "State of things")
    tab = members(renamed, ANA, ANA, HEADER, ANA)
    assert len(tab.rows) == 3


def test_30_000_blank_formatted_rows_are_no_rows() -> None:
    blank: list[tuple[Cell, ...]] = [(None, "", "  ", "\u00a0", "\u200b")] * 30_000
    tab = members(HEADER, *blank, ANA)
    assert [row.number for row in tab.rows] == [30_002]


def test_what_we_spilled_ourselves_is_no_row() -> None:
    tab = members((*HEADER, "What we will do"), (None, None, None, None, None, "OK"))
    assert not tab.rows


def test_an_empty_tab_of_members_says_which_headers_to_type() -> None:
    tab = members()
    assert tab.lacks_required
    assert tab.problems == (
        (
            "The tab Members has no header row that we understand. A row above the others must name the columns, such"
            " as Email, Status. If there is none, please insert one."
        ),
    )


def test_an_empty_tab_without_required_headers_is_simply_empty() -> None:
    tab = understand(a_reading(title="To do"), TO_DO)
    assert (tab.rows, tab.problems, tab.lacks_required) == ((), (), False)


def test_a_missing_tab_is_told_apart_from_an_empty_one() -> None:
    assert understand(Reading({}, None, NOON), MEMBERS).is_missing


def test_of_two_tabs_whose_names_differ_in_case_the_exact_one_counts() -> None:
    tab = understand(a_reading(HEADER, title="MEMBERS", Members=[HEADER, ANA]), MEMBERS)
    assert len(tab.rows) == 1
    (sentence,) = tab.problems
    assert "We read “Members”; please rename or remove “MEMBERS”." in sentence


def test_cells_are_one_line_of_visible_text() -> None:
    assert text_of(" Ana\u00a0 Mari\u0301a\u200b\u202e\n") == "Ana María"
    assert text_of("Jose\u0301") == "José"
    assert text_of(3605550142.0) == "3605550142"
    assert text_of(True) == "TRUE"
    assert text_of(None) == ""


@given(st.text())
def test_a_cell_is_blank_exactly_when_nothing_of_it_can_be_seen(text: str) -> None:
    assert is_blank(text) == (text_of(text) == "")
    assert text_of(text_of(text)) == text_of(text)


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 12, 31)))
def test_a_day_survives_its_serial_number(day: date) -> None:
    assert serial_to_date(date_to_serial(day)) == day


def test_the_serial_numbers_are_those_of_spreadsheets() -> None:
    assert date_to_serial(date(2020, 1, 1)) == 43831


@given(
    st.permutations(list(HEADER)),
    st.lists(st.lists(st.one_of(st.none(), st.text(max_size=8), st.floats(allow_nan=False)), max_size=7), max_size=6),
)
def test_no_tab_can_stop_the_reading(header: list[str], rows: list[list[Cell]]) -> None:
    for spec in PEOPLES_TABS:
        tab = understand(Reading({spec.title: RawTab(spec.title, [header, *rows])}, None, NOON), spec)
        assert len(tab.rows) <= len(rows) + 1


@pytest.mark.parametrize("spec", [MEMBERS, TO_DO, SETTINGS, PROGRAMS, QUIET_DATES])
def test_the_sample_of_broken_headers_is_understood_as_meant(spec: TabSpec) -> None:
    values = read_csv(f"{spec.title.lower().replace(' ', '-')}.csv")
    tab = understand(Reading({spec.title: RawTab(spec.title, values)}, None, NOON), spec)
    said = " ".join(tab.problems)
    for tab_title, header, means, kind, _ in read_csv("expected.csv")[1:]:
        if tab_title != spec.title:
            continue
        if kind == "understood":
            assert f"“{header}”" not in said
            assert f"has no column {means}" not in said
            assert all(means in row.cells for row in tab.rows)
        elif kind == "duplicated":
            assert f"two columns for {means}" in said
        elif kind == "unknown":
            assert all(header in row.extra for row in tab.rows)
        elif means in {column.name for column in spec.columns if column.required}:
            assert f"has no column {means}" in said or means == "" or tab.lacks_required


def read_csv(name: str) -> list[list[str]]:
    with (BROKEN / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_a_second_tab_under_another_of_the_names_is_told() -> None:
    tabs = {title: RawTab(title, [["First name", "Email", "Status"]]) for title in ("Contacts", "MEMBERS", "Members")}
    found = understand(Reading(tabs, None, NOON), MEMBERS)
    assert found.problems == (
        "There are two tabs for Members. We read “Members”; please rename or remove “MEMBERS”.",
        "There are two tabs for Members. We read “Members”; please rename or remove “Contacts”.",
    )
