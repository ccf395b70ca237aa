"""A coordinator's own words for our columns: said in *Settings*, obeyed in every tab, never a way to lose a column."""

from __future__ import annotations

import pytest

from network.own_headers import own_header_of, own_headers, why_unused, with_own_headers
from network.settings_rows import parse_settings
from network.tabs import MEMBERS, PEOPLES_TABS, PROGRAMS, SETTINGS, TO_DO, Cell, RawTab, Reading, Row, understand
from tests.builders import NOON

SAID = [["Setting", "Value"], ["Sending", "off"], ["Column: Standing", "Status"], ["column:  Señas ", "e-mail"]]


def reading(*settings: list[Cell], header: tuple[str, ...] = ("First name", "Señas", "Standing")) -> Reading:
    members = RawTab("Members", [list(header), ["Ana", "ana@example.org", "Member"]])
    return Reading({"Members": members, "Settings": RawTab("Settings", settings or SAID)}, None, NOON)


def problems_with(name: str, value: Cell) -> tuple[str, ...]:
    told = parse_settings([Row(2, {"Setting": name, "Value": value})]).problems
    return tuple(problem for problem in told if "Column" in problem)


def test_a_column_is_found_under_the_name_that_settings_gives() -> None:
    found = understand(reading(), MEMBERS)
    assert not found.problems
    assert found.rows[0].cells["Status"] == "Member"
    assert found.rows[0].cells["Email"] == "ana@example.org"


def test_the_upper_of_two_lines_counts() -> None:
    lines = [*SAID, ["Column: Standing", "Role"]]
    assert own_headers(lines, SETTINGS)["Standing"] == "Status"


def test_her_word_wins_over_another_spelling_that_we_know() -> None:
    spec = with_own_headers(MEMBERS, {"Title": "Status"})
    assert "Title" not in next(column for column in spec.columns if column.name == "Role").aliases


def test_no_line_takes_a_column_of_ours_away() -> None:
    assert with_own_headers(MEMBERS, {"Email": "Phone", "": "Email", "What we will do": "Status"}) is MEMBERS
    assert with_own_headers(TO_DO, {"Stand": "State"}) is TO_DO, "how a task stands is ours to say"
    assert with_own_headers(PROGRAMS, {"Standing": "Status"}) is PROGRAMS


def test_a_line_of_settings_never_changes_how_settings_itself_is_read() -> None:
    found = understand(reading(["Setting", "Value"], ["Column: Value", "Note"], ["Sending", "on"]), SETTINGS)
    assert found.rows[1].cells["Value"] == "on"


@pytest.mark.parametrize("settings", [[], [[None]], [["Setting"]], [["nothing", "here"]], [["Setting", "Value"], []]])
def test_without_such_lines_nothing_changes(settings: list[list[Cell]]) -> None:
    assert own_headers(settings, SETTINGS) == {}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Column: Correo", "Emial", "we have no column “Emial”. Is it Email?"),
        ("Column: Correo", "zzz", "we have no column “zzz”. Type one of our columns, such as Email."),
        ("Column: Correo", "", "type the name of our column that it is, such as Email."),
        ("Column: Correo", 7, "we have no column “7”. Type one of our columns, such as Email."),
        (
            "Column: Last name",
            "Service area",
            "“Last name” is a column of its own here, so it cannot mean “Service area”.",
        ),
    ],
)
def test_a_line_that_means_nothing_is_one_sentence(name: str, value: Cell, said: str) -> None:
    (problem,) = problems_with(name, value)
    assert problem.startswith(f"Settings, {name}: {said}")


def test_a_line_that_means_something_is_no_problem_and_no_setting_of_its_own() -> None:
    assert problems_with("Column: Correo electrónico", "Email") == ()
    assert why_unused("Ubicación", "State", PEOPLES_TABS) == ""
    assert not parse_settings([Row(2, {"Setting": "Column: Correo", "Value": "Email"})]).extra


def test_only_such_a_line_is_about_a_column() -> None:
    assert own_header_of("Column:Correo") == "Correo"
    assert own_header_of("Columns: Correo") == own_header_of("Column:") == own_header_of("Colour: x") == ""
