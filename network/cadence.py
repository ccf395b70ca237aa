"""When we may write: send windows, business days, holidays, quiet dates, open months and time zones.

Everything is reckoned where the addressee is. How much mail is enough (caps) is enforced where a message is claimed;
whether somebody may be written to at all is `consent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from network.preferences import Preferences, QuietDate
from network.programs import Program, ProgramType, read_program_type
from network.states import read_state

# How far ahead a day is looked for; a program that is closed longer has no next day, and a person is asked.
HORIZON = timedelta(days=400)
KEEPS_FOR = 5  # business days a letter may still go after it was due; later it is missed
_ONE_DAY = timedelta(days=1)

# The zone of each state that keeps one time all over. The others (Alaska, Arizona with the Navajo Nation, Florida,
# Idaho, Indiana, Kansas, Kentucky, Michigan, Nebraska, Nevada, North Dakota, Oregon, South Dakota, Tennessee, Texas)
# span two, and the network's own zone is used. Source: 49 CFR part 71.
_ZONES: dict[str, str] = {
    **dict.fromkeys(
        ("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV"),
        "America/New_York",
    ),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), "America/Chicago"),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), "America/Denver"),
    **dict.fromkeys(("CA", "WA"), "America/Los_Angeles"),
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
    "VI": "America/St_Thomas",
    "GU": "Pacific/Guam",
    "MP": "Pacific/Saipan",
    "AS": "Pacific/Pago_Pago",
    "PW": "Pacific/Palau",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an addressee is and which calendars hold there. `open_months` empty: no season to keep."""

    states: tuple[str, ...] = ()
    program_types: frozenset[ProgramType] = frozenset()
    grant_numbers: frozenset[str] = frozenset()
    open_months: tuple[int, ...] = ()
    not_before: date | None = None  # *Do not write until*


def place_of(state: str | None, program: Program | None, *, keeps_season: bool = False) -> Place:
    """The place of somebody in `state` who works for `program`; the season counts only where a track keeps it.

    The person's own state comes first; the program's states stand in where it is blank.
    """
    if program is None:
        return Place((state,) if state else ())
    return Place(
        states=(state,) if state else program.states,
        program_types=program.types,
        grant_numbers=frozenset(grant.number for grant in program.grants),
        open_months=program.open_months if keeps_season else (),
        not_before=program.do_not_write_until,
    )


def zone_of(place: Place, preferences: Preferences) -> ZoneInfo:
    """The zone of the addressee's state; the network's where the state is blank, more than one, or spans two zones."""
    name = _ZONES.get(place.states[0]) if len(place.states) == 1 else None
    return ZoneInfo(name or preferences.time_zone)


def is_open(moment: datetime, place: Place, preferences: Preferences) -> bool:
    """Tells whether mail may arrive at `place` at this moment: inside the window of an open day there."""
    local = moment.astimezone(zone_of(place, preferences))
    window = preferences.window
    return window.opens <= local.time() < window.closes and is_open_day(local.date(), place, preferences)


def is_open_day(day: date, place: Place, preferences: Preferences) -> bool:
    """Tells whether mail may go on this day: a day of the window, no holiday, not quiet, in season, not too early."""
    return closed_because(day, place, preferences) == ""


def closed_because(day: date, place: Place, preferences: Preferences) -> str:
    """Why nothing goes on this day, in the words of the screen; blank when it is open."""
    if day.weekday() not in preferences.window.weekdays:
        return "not a sending day"
    if preferences.start_sending_on is not None and day < preferences.start_sending_on:
        return f"sending starts on {say_day(preferences.start_sending_on)}"
    if place.not_before is not None and day < place.not_before:
        return f"do not write until {say_day(place.not_before)}"
    if place.open_months and day.month not in place.open_months:
        return "outside its open months"
    holiday = holiday_on(day, place.states or preferences.states[:1])
    if holiday:
        return holiday
    return next((quiet.why or "quiet date" for quiet in preferences.quiet if _is_quiet(quiet, day, place)), "")


def next_send_time(after: datetime, place: Place, preferences: Preferences) -> datetime | None:
    """The first moment at or after `after`, in UTC, when mail may arrive; None when there is none within 400 days."""
    zone = zone_of(place, preferences)
    day = after.astimezone(zone).date()
    last = day + HORIZON
    while day <= last:
        if is_open_day(day, place, preferences):
            opens = datetime.combine(day, preferences.window.opens, zone).astimezone(UTC)
            moment = max(opens, after.astimezone(UTC))
            # On the morning a clock changes, a very early window may not exist: the next day has one.
            if moment.astimezone(zone).date() == day and is_open(moment, place, preferences):
                return moment
        day += _ONE_DAY
    return None


def is_business_day(day: date, states: Sequence[str]) -> bool:
    """Tells whether offices work: Monday to Friday, no federal holiday and none of the states named."""
    return day.weekday() < 5 and not holiday_on(day, states)


def business_days_after(day: date, count: int, states: Sequence[str] = ()) -> date:
    """The day that is `count` business days after `day`; `day` itself for 0."""
    return _business_days_after(day, count, tuple(states))


@lru_cache(maxsize=8192)
def _business_days_after(day: date, count: int, states: tuple[str, ...]) -> date:
    while count > 0:
        day += _ONE_DAY
        count -= is_business_day(day, states)
    return day


def not_after(due: datetime, place: Place, preferences: Preferences) -> datetime:
    """The last moment a letter due at `due` may still go: the end of the window five business days later."""
    zone = zone_of(place, preferences)
    day = business_days_after(due.astimezone(zone).date(), KEEPS_FOR, place.states)
    return datetime.combine(day, preferences.window.closes, zone).astimezone(UTC)


def start_of_day(day: date, preferences: Preferences, at: time = time(0)) -> datetime:
    """The moment a day of the network begins (or `at` of that day), in UTC."""
    return datetime.combine(day, at, ZoneInfo(preferences.time_zone)).astimezone(UTC)


def local_day(moment: datetime, preferences: Preferences) -> date:
    """The network's calendar day at this moment."""
    return moment.astimezone(ZoneInfo(preferences.time_zone)).date()


def say_day(day: date) -> str:
    """A day as people read it: "Tue 6 October"."""
    return f"{day:%a} {day.day} {day:%B}"


def holiday_on(day: date, states: Sequence[str]) -> str:
    """The name of the federal or state holiday on this day; blank when there is none."""
    return _holiday_on(day, tuple(states))


@lru_cache(maxsize=8192)
def _holiday_on(day: date, states: tuple[str, ...]) -> str:
    for state in ("", *states):
        name = _holidays(state, day.year).get(day)
        if name:
            return name
    return ""


@lru_cache(maxsize=512)
def _holidays(state: str, year: int) -> dict[date, str]:
    """Federal holidays for "", those of a state or territory else; none for a place the calendar does not know."""
    if state and state not in holidays.country_holidays("US", years=year).subdivisions:
        return {}
    # January may hold a day observed for the year before, and December one for the year after: a year is enough,
    # because the calendar lists observed days in the year they fall in.
    return dict(holidays.country_holidays("US", subdiv=state or None, years=year))


def _is_quiet(quiet: QuietDate, day: date, place: Place) -> bool:
    if not quiet.first <= day <= quiet.last:
        return False
    typed = quiet.applies_to.strip()
    if typed.casefold() in ("", "all", "everybody", "everyone"):
        return True
    if (state := read_state(typed)) is not None:  # before the types: Indiana begins like one
        return state in place.states
    if (kind := _type_named(typed)) is not None:
        return kind in place.program_types
    folded = "".join(letter for letter in typed.upper() if letter.isalnum())
    if folded in place.grant_numbers:
        return True
    # Whatever we cannot read is quiet for everybody: too few mails do less harm than one on the wrong day.
    return not _looks_like_a_grant(folded)


@lru_cache(maxsize=256)
def _type_named(typed: str) -> ProgramType | None:
    return read_program_type(typed)


def _looks_like_a_grant(folded: str) -> bool:
    return len(folded) >= 7 and folded[:1].isdigit() and folded[-4:].isdigit()
