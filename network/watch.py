"""Watches the mails of a rehearsal: every promise about when and how much, looked at again from outside the planning.

Nothing here is asked before a mail goes; it says afterwards, in one sentence each, which promise was broken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from network.cadence import closed_because, local_day, place_of, zone_of
from network.members import Person
from network.messages import MessageRecord, State, Stream
from network.preferences import Preferences
from network.programs import Program, ProgramType
from network.sequences import Enrollment, Outcome, read_outcome

_OFFICE_OWN = frozenset({Stream.ANSWER, Stream.OFFICE})
_NO_PERSON_CAP = frozenset({*_OFFICE_OWN, Stream.NEWSLETTER})


@dataclass(slots=True)
class Watch:
    """What went out so far; `look` takes in what is new."""

    seen: set[str] = field(default_factory=set)  # message keys
    addresses: Counter[str] = field(default_factory=Counter)
    of_day: Counter[date] = field(default_factory=Counter)
    of_person: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))

    def look(
        self,
        records: Iterable[MessageRecord],
        people: Mapping[str, Person],
        programs: Mapping[str, Program],
        enrollments: Iterable[Enrollment],
        preferences: Preferences,
    ) -> list[str]:
        """Takes in the mails that were sent since the last look and returns a sentence for each broken promise."""
        may_write = {each.person_id for each in enrollments if read_outcome(each.outcome) is Outcome.MAY_WRITE}
        broken = []
        for record in records:
            message = record.message
            if record.state is not State.SENT or message.key in self.seen or message.stream is Stream.OFFICE:
                continue
            self.seen.add(message.key)
            self.addresses[message.address_key] += 1
            if self.addresses[message.address_key] > 1:
                broken.append(f"{message.key} went twice to one address.")
            person = people.get(message.person_id)
            program = programs.get(person.recipient_id or "") if person else None
            broken += self._calendar(record, person, program, preferences)
            broken += self._caps(record, preferences)
            is_tribal = program is not None and ProgramType.AIAN in program.types
            if is_tribal and message.stream is Stream.RECRUITMENT and message.person_id not in may_write:
                broken.append(f"{message.key} went to a Tribal program before anybody said that we may write.")
        return broken

    def _calendar(
        self, record: MessageRecord, person: Person | None, program: Program | None, preferences: Preferences
    ) -> list[str]:
        message = record.message
        if message.stream in _OFFICE_OWN:
            return []
        sent_at = record.receipt.at if record.receipt else record.changed_at
        keeps_season = message.stream is Stream.RECRUITMENT and message.item == "migrant_seasonal"
        place = place_of(person.member.state if person else None, program, keeps_season=keeps_season)
        local = sent_at.astimezone(zone_of(place, preferences))
        closed = closed_because(local.date(), place, preferences)
        if not closed and not preferences.window.opens <= local.time() < preferences.window.closes:
            closed = f"{local:%H:%M} over there"
        return [f"{message.key} went at a closed time: {closed}."] if closed else []

    def _caps(self, record: MessageRecord, preferences: Preferences) -> list[str]:
        message, caps = record.message, preferences.caps
        day = local_day(record.receipt.at if record.receipt else record.changed_at, preferences)
        broken = []
        if message.stream not in _OFFICE_OWN:
            self.of_day[day] += 1
            if self.of_day[day] > caps.per_day:
                broken.append(f"{message.key} was one too many on {day}.")
        if message.stream not in _NO_PERSON_CAP and not message.is_correction:
            days = self.of_person[message.person_id]
            days.append(day)
            if days.count(day) > caps.per_person_day:
                broken.append(f"{message.key} was one too many for one person on {day}.")
            if sum(each > day - timedelta(days=7) for each in days) > caps.per_person_week:
                broken.append(f"{message.key} was one too many for one person in a week.")
        return broken
