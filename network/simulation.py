"""A rehearsal of the weeks to come: what people are made to do in it, and at which hours which round runs.

The script is a readable file (`examples/washington/simulation.toml`): who replies to which of our mails, which address
bounces, what is answered in *To do*, which cells are changed. Everything else is the real office with a moved clock; it
is played by `hmn simulate`, watched by `watch`, and told at its end by `endings`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from network.errors import ConfigurationError

PEOPLE = "people"  # the beat at which people read mail, answer To do and change cells


class MailKind(StrEnum):
    """What somebody's mail to us is."""

    REPLY = "reply"  # words of their own
    BOUNCE = "bounce"  # the mail server's report that the address does not exist
    AWAY = "away"  # an out-of-office answer


@dataclass(frozen=True, slots=True)
class ScriptedMail:
    """A mail that arrives some hours after the `nth` mail of ours to this address."""

    kind: MailKind
    address: str
    nth: int
    hours: float
    text: str


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """What is typed beside a row of *To do* whose words hold `says`; nothing where `types` is blank."""

    says: str
    types: str
    after: int  # days after the row appeared; never on a weekend


@dataclass(frozen=True, slots=True)
class ScriptedEdit:
    """A cell of *Members* or *Programs* that somebody changes on a day, counted from the first."""

    day: int
    tab: str
    row: str  # the address or the grant number that stands in the row
    column: str
    cell: str


@dataclass(frozen=True, slots=True)
class Script:
    """Everything people do; the first answer that fits a row counts."""

    mails: tuple[ScriptedMail, ...] = ()
    answers: tuple[ScriptedAnswer, ...] = ()
    edits: tuple[ScriptedEdit, ...] = ()

    def answer_to(self, what: str) -> ScriptedAnswer | None:
        """The answer to a row of *To do*; None where nobody answers it."""
        fits = (each for each in self.answers if each.says.casefold() in what.casefold())
        found = next(fits, None)
        return found if found is not None and found.types else None


# Where an office has no script of its own: leaders let letters go, and otherwise nobody does anything.
NOBODY_ACTS = Script(answers=(ScriptedAnswer("may it go out?", "approve", 0), ScriptedAnswer("Type go", "go", 0)))


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that happens at one moment of the rehearsal: a round by its name, or `PEOPLE`."""

    at: datetime
    name: str


def read_script(text: str, name: str) -> Script:
    """Reads a script; ConfigurationError names the file and what is wrong in it."""
    try:
        table = tomllib.loads(text)
        script = Script(
            tuple(
                ScriptedMail(kind, each["from"].casefold(), each.get("mail", 1), each["hours"], each.get("text", ""))
                for kind in MailKind
                for each in _rows(table, kind)
            ),
            tuple(ScriptedAnswer(each["says"], each["types"], each.get("after", 1)) for each in _rows(table, "answer")),
            tuple(
                ScriptedEdit(each["day"], each["tab"], each["row"], each["column"], str(each["cell"]))
                for each in _rows(table, "edit")
            ),
        )
    except tomllib.TOMLDecodeError as err:
        raise ConfigurationError(f"{name} cannot be read: {err}.") from err
    except KeyError as err:
        raise ConfigurationError(f"{name}: one of its parts lacks {err}.") from err
    known = (*MailKind, "answer", "edit")
    if unknown := set(table) - {*known}:
        raise ConfigurationError(f"{name} has no {', '.join(sorted(unknown))}; it may have {', '.join(known)}.")
    return script


def timetable(day: date, time_zone: str) -> tuple[Beat, ...]:
    """The beats of one day in the order in which they come: the hours of the schedule, those of many runs thinned out.

    Members and outbox run often in a real office; a rehearsal gains nothing from runs at which nothing can be due.
    """
    zone = ZoneInfo(time_zone)
    hours = [*_DAILY, *(_WEEKDAYS if day.weekday() < 5 else ()), *(_MONDAYS if day.weekday() == 0 else ())]
    return tuple(Beat(datetime.combine(day, at, zone), name) for at, name in sorted(hours))


def first_day(start: datetime, time_zone: str) -> tuple[Beat, ...]:
    """The beats of the day on which it begins: what the day has missed is done first, as in an office switched on."""
    zone = ZoneInfo(time_zone)
    local = start.astimezone(zone)
    rounds = ("members", "inbox", "surveys", "goals", "newsletter", "recruitment", "outbox", "members")
    at_once = [Beat(local, name) for name in rounds]
    return (*at_once, *(beat for beat in timetable(local.date(), time_zone) if beat.at > local))


# Settings, surveys and goals follow the week; nothing that a rehearsal is about is due oftener.
_DAILY = ((time(2, 30), "housekeeping"), (time(7, 4), "outbox"), (time(8, 3), "inbox"))
_MONDAYS = ((time(6, 20), "goals"), (time(7, 27), "surveys"), (time(7, 40), "digest"))
_WEEKDAYS = (
    (time(8, 10), "newsletter"),
    (time(8, 51), "members"),
    (time(9, 5), "recruitment"),
    (time(9, 14), "outbox"),
    (time(10, 14), "outbox"),
    (time(10, 30), PEOPLE),
    (time(11, 3), "inbox"),
    (time(11, 6), "members"),
    (time(11, 24), "outbox"),
    (time(14, 30), PEOPLE),
    (time(15, 3), "inbox"),
    (time(15, 24), "outbox"),
)


def _rows(table: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = table.get(name, [])
    return rows if isinstance(rows, list) else [rows]
