"""Settings are read as people type them; what cannot be read keeps its default, and sending is then off."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.build import read_table
from network.campaigns import PlanLimits, limits_of
from network.cells import fold
from network.preferences import Preferences, QuietDate, Sending, SendWindow
from network.settings_rows import SETTINGS, parse_settings, preferences_from_cursor, settings_to_cursor
from network.tabs import SETTINGS as SETTINGS_TAB
from network.tabs import Cell, RawTab, Reading, Row, TabRows, date_to_serial, understand
from tests.builders import NOON

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"


def settings(**values: Cell) -> Preferences:
    return parse_settings(
        [
            Row(number, {"Setting": name.replace("_", " "), "Value": value})
            for number, (name, value) in enumerate({"Sending": "off", **values}.items(), start=2)
        ]
    )


def test_nothing_typed_means_the_defaults_and_sending_off() -> None:
    assert parse_settings([]).sending is Sending.OFF
    assert preferences_from_cursor(None) == Preferences()


@pytest.mark.parametrize(
    ("typed", "sending"),
    [("on", Sending.ON), (" ON ", Sending.ON), ("Only to me", Sending.ONLY_TO_ME), ("off", Sending.OFF),
     ("yes", Sending.OFF), (True, Sending.OFF), (None, Sending.OFF), ("on!?", Sending.ON), ("maybe", Sending.OFF)],
)  # fmt: skip
def test_sending_is_what_it_says_and_off_when_it_cannot_be_read(typed: Cell, sending: Sending) -> None:
    assert settings(Sending=typed).sending is sending


def test_an_unreadable_switch_says_what_to_choose() -> None:
    assert settings(Sending="maybe").problems == (
        "Settings, Sending holds “maybe”. Choose off, only to me or on. Until then it is off.",
    )


def test_a_switch_that_stands_there_twice_in_two_ways_is_off() -> None:
    rows = [Row(n, {"Setting": "Sending", "Value": value}) for n, value in ((2, "on"), (9, "off"))]
    assert parse_settings(rows).sending is Sending.OFF
    assert "Settings names “Sending” twice." in parse_settings(rows).problems[0]


def test_a_first_day_nobody_can_read_means_off() -> None:
    typed = settings(Sending="on", Start_sending_on="soon")
    assert typed.sending is Sending.OFF
    assert typed.problems[0].endswith("Until then sending is off.")
    assert settings(Sending="on", Start_sending_on=date_to_serial(date(2026, 10, 6))).start_sending_on == date(
        2026, 10, 6
    )


@pytest.mark.parametrize(
    ("typed", "window"),
    [
        ("09:00-16:30 Mon-Fri", SendWindow()),
        ("9 am - 4:30 pm, Tue-Thu", SendWindow(time(9), time(16, 30), frozenset({1, 2, 3}))),
        ("8:30–12:00 mon, wed and fri", SendWindow(time(8, 30), time(12), frozenset({0, 2, 4}))),
        ("10:00 to 15:00", SendWindow(time(10), time(15))),
    ],
)
def test_a_send_window_is_read(typed: str, window: SendWindow) -> None:
    assert settings(Send_window=typed).window == window


@pytest.mark.parametrize("typed", ["16:30-09:00 Mon-Fri", "mornings", "09:00-16:30 someday", "09:00", 0.375])
def test_a_window_we_cannot_read_stays_the_usual_one(typed: Cell) -> None:
    read = settings(Send_window=typed)
    assert read.window == SendWindow()
    assert read.problems[0].endswith("Type it like 09:00-16:30 Mon-Fri.")


def test_leaders_and_approvers_are_read_with_their_addresses() -> None:
    read = settings(Leaders="Noor Had <noor@example.org>; Lucía", Approvers="Noor Had; ana@example.org; nobody")
    assert read.leaders == ("Noor Had", "Lucía")
    assert read.leader_addresses == {"Noor Had": "noor@example.org"}
    assert read.approvers == ("noor@example.org", "ana@example.org")
    assert read.problems == (
        "Settings, Leaders: “Lucía” has no address. Type it as Name <address>.",
        "Settings, Approvers: “nobody” is no address. Type addresses, with ; between.",
    )


def test_zones_have_everyday_names_and_a_wrong_one_is_asked_about() -> None:
    assert settings(Time_zone="Pacific time").time_zone == "America/Los_Angeles"
    assert settings(Time_zone="America/Los Angeles").time_zone == "America/Los_Angeles"
    wrong = settings(Time_zone="../etc/passwd")
    assert wrong.time_zone == Preferences().time_zone
    assert len(wrong.problems) == 1


def test_caps_are_whole_numbers() -> None:
    assert settings(Daily_cap=25.0).caps.per_day == 25
    assert settings(Daily_cap="many").caps.per_day == 60
    assert settings(Daily_cap="many").problems == (
        "Settings, Daily cap: we cannot read “many”. Type a whole number; until then it is 60.",
    )


def test_a_job_is_on_unless_switched_off_and_a_block_only_when_switched_on() -> None:
    rows = [("Job: newsletter", "off"), ("Job: goals", "perhaps"), ("Block: Coming dates", "on"), ("Block: tips", None)]
    read = parse_settings([Row(2, {"Setting": name, "Value": value}) for name, value in rows])
    assert read.jobs == {"recruitment", "surveys", "digest"}
    assert read.blocks == {"coming dates"}


def test_other_settings_are_kept_for_the_letters() -> None:
    read = settings(**{"Leader's own words": "We meet on Thursdays.", "Meeting link": "https://example.org/m"})
    assert read.extra == {"leader's own words": "We meet on Thursdays.", "meeting link": "https://example.org/m"}


def test_the_next_meeting_may_be_words_or_a_date() -> None:
    assert settings(Next_meeting="Thursday, noon").next_meeting == "Thursday, noon"
    assert (
        settings(Next_meeting=date_to_serial(date(2026, 10, 15)) + 0.5).next_meeting == "Thursday 15 October, 12:00 pm"
    )


def test_quiet_dates_may_be_one_day_and_stand_for_all_when_nobody_is_named() -> None:
    rows = [Row(2, {"From": "2026-11-26", "To": None, "For": None, "Why": "Thanksgiving"}), Row(3, {"From": "soon"})]
    read = parse_settings([], rows)
    day = date(2026, 11, 26)
    assert read.quiet == (QuietDate(day, day, "all", "Thanksgiving"),)
    assert "Quiet dates, row 3: From: we cannot read “soon” as a date. Type it like 2024-05-14." in read.problems


def test_settings_without_its_headers_are_remembered_as_off() -> None:
    tab = RawTab("Settings", [("Setting", "What we chose"), ("Sending", "on")])
    kept = settings_to_cursor(
        understand(Reading({"Settings": tab}, None, NOON), SETTINGS_TAB), TabRows("Quiet dates", ())
    )
    read = preferences_from_cursor(kept)
    assert read.sending is Sending.OFF
    assert read.problems[0].endswith("such as Setting, Value. If there is none, please insert one.")


@given(
    st.lists(st.tuples(st.text(max_size=20), st.one_of(st.none(), st.text(max_size=20), st.floats(allow_nan=False))))
)
def test_no_setting_can_stop_the_reading_and_remembering_changes_nothing(typed: list[tuple[str, Cell]]) -> None:
    rows = tuple(Row(n, {"Setting": name, "Value": value}) for n, (name, value) in enumerate(typed, start=2))
    kept = settings_to_cursor(TabRows("Settings", rows), TabRows("Quiet dates", ()))
    assert preferences_from_cursor(kept) == parse_settings(rows)


def test_the_example_names_every_setting_and_has_no_problem() -> None:
    table = read_table(WASHINGTON / "settings.csv")
    names = {fold(str(row[0])) for row in table.rows}
    listed = [fold(setting.name) for setting in SETTINGS if "…" not in setting.name]
    assert set(listed) <= names
    rows = [
        Row(n, {"Setting": str(row[0]), "Value": row[1].isoformat() if isinstance(row[1], date) else row[1]})
        for n, row in enumerate(table.rows)
    ]
    read = parse_settings(rows)
    assert (read.problems, read.sending, read.states) == ((), Sending.ON, ("WA",))


def test_what_the_newsletters_plan_takes_is_listed_and_reaches_the_job_that_asks() -> None:
    assert {"Newsletter contacts", "Newsletter sends a month"} <= {setting.name for setting in SETTINGS}
    read = settings(Newsletter_contacts=500, Newsletter_sends_a_month="1,000")
    assert limits_of(read) == PlanLimits(500, 1000)


@pytest.mark.parametrize("typed", ["five hundred", "500 people", "²"])
def test_a_limit_that_is_no_number_is_a_sentence_and_no_limit(typed: str) -> None:
    read = settings(Newsletter_contacts=typed)
    assert limits_of(read).contacts is None
    assert any("Newsletter contacts" in problem and "such as 500" in problem for problem in read.problems)
