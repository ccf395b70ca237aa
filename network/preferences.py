"""What the coordinator chose in the *Settings* tab; every default can be changed there (R81).

How the cells are read stands in `settings_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum


class Sending(StrEnum):
    """The coordinator's switch; unreadable counts as off."""

    OFF = "off"
    ONLY_TO_ME = "only to me"
    ON = "on"


@dataclass(frozen=True, slots=True)
class SendWindow:
    """When mail may leave, in the addressee's zone."""

    opens: time = time(9, 0)
    closes: time = time(16, 30)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})  # Monday is 0


@dataclass(frozen=True, slots=True)
class Caps:
    """How much mail is enough, over all streams; the newsletter and asked-for answers are excepted."""

    per_person_day: int = 1
    per_person_week: int = 3
    first_day: int = 10  # the first live day of a lane
    per_day: int = 60  # each lane


@dataclass(frozen=True, slots=True)
class QuietDate:
    """A stretch of days when nothing goes to the people it names; both days included."""

    first: date
    last: date
    applies_to: str  # "all", a state, a program type or a grant number, as typed
    why: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """One reading of *Settings* (and *Quiet dates*); `problems` are the sentences about cells we could not read."""

    network_name: str = "Health manager network"
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    postal_address: str = ""
    time_zone: str = "America/New_York"
    states: tuple[str, ...] = ()
    service_areas: tuple[str, ...] = ("Health", "Nutrition", "Mental health", "Oral health")
    leaders: tuple[str, ...] = ()  # names as listed; addresses stand in `leader_addresses`
    leader_addresses: Mapping[str, str] = field(default_factory=dict)
    approvers: tuple[str, ...] = ()  # addresses that may approve by reply
    technical_contact: str = ""
    logo: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)  # "accent" -> "#0b5394"
    window: SendWindow = SendWindow()
    caps: Caps = Caps()
    jobs: frozenset[str] = frozenset({"recruitment", "newsletter", "surveys", "goals", "digest"})
    switched_on: frozenset[str] = frozenset()  # of these jobs, those that a line of Settings says on
    blocks: frozenset[str] = frozenset()  # automatic newsletter blocks that are on
    next_meeting: str = ""  # "Thursday 15 October, 2 pm Pacific, by video"
    sending: Sending = Sending.OFF
    start_sending_on: date | None = None  # nothing leaves before this day, in the network's zone
    quiet: tuple[QuietDate, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)  # every other setting, by its lower-case name
    problems: tuple[str, ...] = ()
