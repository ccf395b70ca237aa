"""Notices: "write to the members about Thursday". Rows of *Messages* in, a notice and its calendar entry out.

Rows that name a letter are wording, read by `letters`. A notice goes person to person through the outbox, so nobody
needs BCC and nobody who said no is reached; who exactly that is, `chosen` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from network.cells import quoted, read_date, read_time
from network.days import day_words
from network.keys import fitted
from network.members import Language, Person, RoleKind
from network.newsletter import Remark, slug
from network.newsletter_rows import long_text
from network.programs import TYPE_WORDS, Program, ProgramType, read_program_type
from network.states import read_state, state_name
from network.tabs import Cell, Row, serial_to_date, text_of

USUAL_LENGTH = timedelta(hours=1)
_WHOLE_DAY = time(0)
_CANCELED = re.compile(r"(?<!not )(?<!no )(?:cancel+ed|cancelad[oa]|called off)|does not take place", re.IGNORECASE)
_CLOCK = r"\d{1,2}[:.]\d{2}(?: ?[ap]m)?|\d{1,2} ?[ap]m"
_DAY_AND_TIME = re.compile(rf"(.*?\d)(?:[T ,]+(?:at )?({_CLOCK})(?: ?[-–] ?(\S.*))?)?", re.IGNORECASE)
_EVERYBODY = frozenset({"all", "everybody", "everyone", "all members"})
_GROUPS = {
    "members": (RoleKind.MANAGER, RoleKind.UNKNOWN),
    "directors": (RoleKind.DIRECTOR,),
    "partners": (RoleKind.PARTNER, RoleKind.CHAMPION),
    "directors & partners": (RoleKind.DIRECTOR, RoleKind.PARTNER, RoleKind.CHAMPION),
}


@dataclass(frozen=True, slots=True)
class MeetingTime:
    """When people meet: a start and an end in UTC, or a whole day."""

    day: date
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom *To* names; several words widen it, a state or a program type narrows it."""

    roles: frozenset[RoleKind] = frozenset()  # none: all active members
    states: frozenset[str] = frozenset()
    types: frozenset[ProgramType] = frozenset()

    @property
    def words(self) -> str:
        """The rule in words, part of the fingerprint: new members do not change it."""
        groups = (name for name in ("members", "directors", "partners") if self.roles & set(_GROUPS[name]))
        who = " and ".join(groups) or "everybody"
        narrow = [*(TYPE_WORDS[each] for each in sorted(self.types)), *map(state_name, sorted(self.states))]
        return f"{who} ({', '.join(narrow)})" if narrow else who


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: to whom, when, what; `meeting` where people are to meet."""

    row: int
    audience: Audience
    send_on: date
    subject: str
    text: str
    meeting: MeetingTime | None = None
    is_canceled: bool = False
    subject_in_spanish: str = ""  # blank: the English one
    text_in_spanish: str = ""  # blank: everybody gets the English one

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages it is written in, English first."""
        return (Language.ENGLISH, Language.SPANISH) if self.text_in_spanish else (Language.ENGLISH,)

    def words_in(self, language: str) -> tuple[str, str]:
        """Subject and text for somebody who reads that language."""
        if language == Language.SPANISH and self.text_in_spanish:
            return self.subject_in_spanish or self.subject, self.text_in_spanish
        return self.subject, self.text

    @property
    def key(self) -> str:
        """How it is known through later edits of its text and of the meeting's time: its day of sending and subject."""
        return f"{self.send_on.isoformat()}-{fitted(slug(self.subject), 40)}"

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that is read, for the fingerprint."""
        meeting = self.meeting
        when = "" if meeting is None else f"{meeting.day} {meeting.starts} {meeting.ends}"
        spanish = self.words_in(Language.SPANISH) if self.text_in_spanish else ()
        return (self.subject, self.text, when, "canceled" if self.is_canceled else "", *spanish)


def read_notices(rows: Iterable[Row], zone: ZoneInfo) -> tuple[tuple[Notice, ...], tuple[Remark, ...]]:
    """Reads the rows of *Messages* that are notices; a row that cannot be used is a sentence and stops no other."""
    notices: dict[str, Notice] = {}
    remarks: list[Remark] = []
    for row in rows:
        if not is_notice(row):
            continue
        notice, sentences = _notice(row, zone)
        remarks += [Remark(f"Messages, row {row.number}: {sentence}", row=row.number) for sentence in sentences]
        if notice is None:
            continue
        if notice.key in notices:
            sentence = "another row has this Subject and Send on. Please change one of them, or delete this row."
            remarks.append(Remark(f"Messages, row {row.number}: {sentence}", row=row.number))
            continue
        notices[notice.key] = notice
    return tuple(notices.values()), tuple(remarks)


def is_notice(row: Row) -> bool:
    """Tells whether a row of *Messages* is meant as a notice: it words no letter and says something."""
    says = any(text_of(row.cells.get(column)) for column in ("To", "Subject", "Text"))
    return says and not text_of(row.cells.get("Letter"))


def chosen(audience: Audience, people: Iterable[Person], programs: Mapping[str, Program]) -> list[Person]:
    """The active members whom the rule names; whether each may be written to is asked of `consent` besides."""
    return [person for person in people if person.is_active_member and _fits(audience, person, programs)]


def read_audience(typed: str) -> tuple[Audience | None, str]:
    """Reads *To*: "members", "directors", "members; directors", "members in WA", "Tribal (AI/AN)"; or a sentence."""
    parts = [part for part in re.split(r"[;,+]|\band\b|\bin\b|\by\b", _joined(typed)) if part.strip()]
    roles: set[RoleKind] = set()
    states: set[str] = set()
    types: set[ProgramType] = set()
    is_everybody = False
    for part in parts:
        word = " ".join(part.casefold().split()).replace("_", " ").removesuffix(" programs")
        if word in _EVERYBODY:
            is_everybody = True
        elif word in _GROUPS:
            roles.update(_GROUPS[word])
        elif (state := read_state(part.strip())) is not None:
            states.add(state)
        elif (kind := read_program_type(part.strip())) is not None:
            types.add(kind)
        else:
            return None, (
                f"To holds {quoted(part.strip())}, which we do not know. Type members, directors and partners, all, "
                "a program type or a state."
            )
    if not parts:
        return None, "type under To whom it is for: members, directors and partners, all, a program type or a state."
    return Audience(frozenset() if is_everybody else frozenset(roles), frozenset(states), frozenset(types)), ""


def read_meeting(cell: Cell, zone: ZoneInfo) -> tuple[MeetingTime | None, str]:
    """Reads *Meeting on*: a date with a time, in the network's zone; an end where one is typed, else an hour later."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        day = read_date(cell, "Meeting on")
        if day.value is None:
            return None, day.sentence
        minutes = round(cell % 1 * 24 * 60)
        return _meeting(serial_to_date(cell), time(minutes // 60 % 24, minutes % 60), None, zone), ""
    typed = text_of(cell)
    found = _DAY_AND_TIME.fullmatch(typed)
    day = read_date(found[1] if found else typed, "Meeting on")
    starts = read_time(found[2]) if found and found[2] else _WHOLE_DAY
    ends = read_time(found[3]) if found and found[3] else None
    if day.value is None or starts is None or (found and found[3] and (ends is None or ends <= starts)):
        return None, f"Meeting on holds {quoted(typed)}. Type a day and a time, such as 2026-10-15 12:00-13:30."
    return _meeting(day.value, starts, ends, zone), ""


def say_meeting(meeting: MeetingTime, zone: ZoneInfo, language: str = Language.ENGLISH) -> str:
    """When people meet, as they read it: "Thursday, 15 October, 12:00 pm PDT"; in Spanish "jueves 15 de octubre, …"."""
    day = day_words(f"{meeting.day:%A}, {meeting.day.day} {meeting.day:%B}", language)
    if meeting.starts is None:
        return day
    local = meeting.starts.astimezone(zone)
    halves = ("a. m.", "p. m.") if language == Language.SPANISH else ("am", "pm")
    return f"{day}, {local.hour % 12 or 12}:{local:%M} {halves[local.hour >= 12]} {local:%Z}"


def _notice(row: Row, zone: ZoneInfo) -> tuple[Notice | None, list[str]]:
    cells = row.cells
    audience, sentence = read_audience(text_of(cells.get("To")))
    sentences = [sentence] if sentence else []
    send_on = read_date(cells.get("Send on"), "Send on")
    if send_on.value is None:
        sentences.append(send_on.sentence or "type a day under Send on, such as 2026-10-13.")
    subject, text = text_of(cells.get("Subject")), long_text(cells.get("Text"))
    if not subject or not text:
        sentences.append("a notice needs a Subject and a Text.")
    cell = cells.get("Meeting on")
    is_canceled = bool(_CANCELED.search(text_of(cell)))
    meeting, meeting_sentence = (None, "") if is_canceled or not text_of(cell) else read_meeting(cell, zone)
    if meeting_sentence:
        sentences.append(meeting_sentence)
    if sentences or audience is None or send_on.value is None:
        return None, sentences
    if meeting is not None and meeting.day < send_on.value:
        return None, ["the meeting is before the day under Send on. Please change one of them."]
    spanish = text_of(cells.get("Subject in Spanish")), long_text(cells.get("Text in Spanish"))
    return Notice(row.number, audience, send_on.value, subject, text, meeting, is_canceled, *spanish), []


def _meeting(day: date, starts: time, ends: time | None, zone: ZoneInfo) -> MeetingTime:
    if starts == _WHOLE_DAY:
        return MeetingTime(day)
    begins = datetime.combine(day, starts, zone).astimezone(UTC)
    over = datetime.combine(day, ends, zone).astimezone(UTC) if ends else begins + USUAL_LENGTH
    return MeetingTime(day, begins, over)


def _fits(audience: Audience, person: Person, programs: Mapping[str, Program]) -> bool:
    program = programs.get(person.recipient_id or "")
    if audience.roles and person.member.role_kind not in audience.roles:
        return False
    if audience.states and not audience.states & _states_of(person, program):
        return False
    return not audience.types or (program is not None and bool(audience.types & program.types))


def _states_of(person: Person, program: Program | None) -> frozenset[str]:
    own = {person.member.state} if person.member.state else set(program.states if program else ())
    return frozenset(state for state in own if state)


def _joined(typed: str) -> str:
    """ "directors and partners" and "Migrant and Seasonal" are one word each."""
    for phrase in ("directors and partners", "migrant and seasonal"):
        typed = re.sub(phrase, phrase.replace(" and ", " & "), typed, flags=re.IGNORECASE)
    return typed
