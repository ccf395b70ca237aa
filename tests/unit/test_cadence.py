"""When mail may arrive: never on a weekend, holiday, quiet date, closed month, nor outside the window over there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.cadence import (
    Place,
    business_days_after,
    closed_because,
    is_business_day,
    is_open,
    next_send_time,
    not_after,
    place_of,
    zone_of,
)
from network.preferences import Preferences, QuietDate, SendWindow
from network.programs import ProgramType
from tests.builders import NOON, a_program, some_preferences

SEATTLE = Place(("WA",))
STATES = ["WA", "NY", "TX", "HI", "AZ", "PR", "GU", "MN", ""]
QUIET = (
    QuietDate(date(2026, 12, 21), date(2027, 1, 1), "all", "Winter break"),
    QuietDate(date(2026, 10, 12), date(2026, 10, 16), "90CM009848", "Harvest"),
    QuietDate(date(2026, 10, 7), date(2026, 10, 7), "Tribal (AI/AN)", "A day of theirs"),
    QuietDate(date(2027, 4, 5), date(2027, 4, 9), "Washington", "Spring break"),
)

moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
months = st.lists(st.integers(1, 12), max_size=6, unique=True).map(tuple)
places = st.builds(
    Place,
    states=st.sampled_from(STATES).map(lambda state: (state,) if state else ()),
    program_types=st.sets(st.sampled_from(list(ProgramType)), max_size=2).map(frozenset),
    grant_numbers=st.sampled_from([frozenset[str](), frozenset({"90CM009848"})]),
    open_months=months,
    not_before=st.none() | st.dates(date(2026, 1, 1), date(2027, 6, 1)),
)
windows = st.builds(
    SendWindow,
    opens=st.integers(0, 15).map(time),
    closes=st.integers(16, 23).map(lambda hour: time(hour, 30)),
    weekdays=st.sets(st.integers(0, 4), min_size=1).map(frozenset),
)


def local(moment: datetime, zone: str = "America/Los_Angeles") -> datetime:
    return moment.astimezone(ZoneInfo(zone))


@given(moments, places, windows, st.sampled_from(["America/Los_Angeles", "America/New_York", "America/Chicago"]))
def test_the_next_send_time_breaks_no_rule_of_the_calendar(
    after: datetime, place: Place, window: SendWindow, network_zone: str
) -> None:
    preferences = some_preferences(window=window, quiet=QUIET, time_zone=network_zone, states=())
    found = next_send_time(after, place, preferences)
    if found is None:
        return
    there = found.astimezone(zone_of(place, preferences))
    assert found >= after
    assert there.weekday() in window.weekdays
    assert window.opens <= there.time() < window.closes
    assert not place.open_months or there.month in place.open_months
    assert place.not_before is None or there.date() >= place.not_before
    assert there.date() not in holidays.country_holidays("US", years=there.year)
    if place.states:
        subdivision = place.states[0]
        assert there.date() not in holidays.country_holidays("US", subdiv=subdivision, years=there.year)
    assert not date(2026, 12, 21) <= there.date() <= date(2027, 1, 1)
    if "90CM009848" in place.grant_numbers:
        assert not date(2026, 10, 12) <= there.date() <= date(2026, 10, 16)
    if ProgramType.AIAN in place.program_types:
        assert there.date() != date(2026, 10, 7)
    if place.states == ("WA",):
        assert not date(2027, 4, 5) <= there.date() <= date(2027, 4, 9)


@given(moments, places)
def test_asking_again_at_the_found_time_finds_the_same(after: datetime, place: Place) -> None:
    preferences = some_preferences(quiet=QUIET)
    found = next_send_time(after, place, preferences)
    if found is not None:
        assert next_send_time(found, place, preferences) == found
        assert is_open(found, place, preferences)


@given(moments, places)
def test_no_open_moment_is_passed_over(after: datetime, place: Place) -> None:
    preferences = some_preferences(quiet=QUIET)
    found = next_send_time(after, place, preferences)
    moment = after
    while moment < (found or after + timedelta(days=20)):
        assert not is_open(moment, place, preferences), moment
        moment += timedelta(minutes=30)
        if moment - after > timedelta(days=20):
            break


@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)), st.integers(0, 30))
def test_business_days_are_counted_one_by_one(day: date, count: int) -> None:
    after = business_days_after(day, count, ("WA",))
    passed = sum(is_business_day(day + timedelta(days=n), ("WA",)) for n in range(1, (after - day).days + 1))
    assert passed == count
    assert count == 0 or is_business_day(after, ("WA",))


def test_a_letter_waits_for_the_window_of_the_addressee_and_not_of_the_network() -> None:
    eight_in_seattle = datetime(2026, 10, 6, 15, 0, tzinfo=UTC)
    assert local(next_send_time(eight_in_seattle, SEATTLE, some_preferences()) or NOON).hour == 9
    in_new_york = next_send_time(eight_in_seattle, Place(("NY",)), some_preferences())
    assert in_new_york == eight_in_seattle  # 11:00 over there


def test_the_evening_of_friday_becomes_the_morning_of_monday() -> None:
    friday_evening = datetime(2026, 10, 10, 1, 0, tzinfo=UTC)
    found = next_send_time(friday_evening, SEATTLE, some_preferences())
    assert local(found or NOON) == datetime(
        2026, 10, 13, 9, 0, tzinfo=ZoneInfo("America/Los_Angeles")
    )  # Monday: holiday


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [(date(2026, 3, 6), 17), (date(2026, 3, 9), 16), (date(2026, 10, 30), 16), (date(2026, 11, 2), 17)],
)
def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(day: date, utc_hour: int) -> None:
    found = next_send_time(datetime.combine(day, time(8), UTC), SEATTLE, some_preferences())
    assert found == datetime.combine(day, time(utc_hour), UTC)


def test_a_window_inside_the_hour_that_does_not_exist_moves_to_the_next_day() -> None:
    window = SendWindow(opens=time(2, 10), closes=time(2, 50), weekdays=frozenset(range(7)))
    found = next_send_time(datetime(2026, 3, 8, 8, tzinfo=UTC), SEATTLE, some_preferences(window=window))
    assert local(found or NOON).date() == date(2026, 3, 9)


def test_states_that_span_two_zones_and_unknown_ones_use_the_zone_of_the_network() -> None:
    preferences = some_preferences()
    for states in (("TX",), ("OR",), ("AZ",), (), ("WA", "NY")):
        assert zone_of(Place(states), preferences) == ZoneInfo("America/Los_Angeles")
    assert zone_of(Place(("HI",)), preferences) == ZoneInfo("Pacific/Honolulu")


def test_the_program_lends_its_states_season_and_dates_to_the_place() -> None:
    program = a_program(
        program_type=ProgramType.MSHS, states=("ID", "WA"), open_months=(5, 6), do_not_write_until=date(2026, 5, 9)
    )
    assert place_of(None, program).states == ("ID", "WA")
    assert place_of("WA", program).states == ("WA",)
    assert place_of("WA", program).open_months == ()
    in_season = place_of("WA", program, keeps_season=True)
    assert in_season.open_months == (5, 6)
    assert closed_because(date(2026, 5, 8), in_season, some_preferences()) == "do not write until Sat 9 May"
    assert closed_because(date(2026, 5, 11), in_season, some_preferences()) == ""


def test_a_federal_holiday_counts_also_where_the_state_does_not_keep_it() -> None:
    assert closed_because(date(2026, 10, 12), SEATTLE, some_preferences()) == "Columbus Day"
    assert closed_because(date(2026, 11, 27), SEATTLE, some_preferences()) == "Native American Heritage Day"


def test_a_quiet_date_whose_addressee_cannot_be_read_is_quiet_for_everybody() -> None:
    quiet = (QuietDate(date(2026, 10, 6), date(2026, 10, 6), "evrybody", "typed in a hurry"),)
    assert closed_because(date(2026, 10, 6), SEATTLE, some_preferences(quiet=quiet)) == "typed in a hurry"


def test_a_quiet_date_of_another_grant_holds_nobody_else() -> None:
    quiet = (QuietDate(date(2026, 10, 6), date(2026, 10, 6), "90CM009848"),)
    assert closed_because(date(2026, 10, 6), SEATTLE, some_preferences(quiet=quiet)) == ""


def test_a_letter_is_missed_at_the_end_of_the_fifth_business_day() -> None:
    last = not_after(NOON, SEATTLE, some_preferences())
    assert local(last) == datetime(2026, 10, 14, 16, 30, tzinfo=ZoneInfo("America/Los_Angeles"))  # over a holiday


def test_a_program_that_never_opens_has_no_next_time() -> None:
    closed = Place(("WA",), not_before=date(2030, 1, 1))
    assert next_send_time(NOON, closed, Preferences(time_zone="America/Los_Angeles")) is None
