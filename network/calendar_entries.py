"""The calendar entry of a meeting: one UID for ever, a higher SEQUENCE with each change, a method that cancels.

iCalendar (RFC 5545) and its exchange (RFC 5546): a calendar program replaces the entry it has when the UID is the same
and SEQUENCE is higher. Times are written in UTC, so that no zone table has to travel along. Only the reader stands in
it as a guest: nobody sees who else was asked.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from network.headers import one_line
from network.messages import Attachment
from network.notices import MeetingTime

_REMINDER = timedelta(minutes=-30)
_LINK = re.compile(r"https://[^\s<>()\[\]\"']+")


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the calendar of everybody who got the notice."""

    key: str  # the notice's
    meeting: MeetingTime
    title: str
    text: str
    sequence: int
    stamp: datetime  # when this version came to be
    organizer: str  # address answers go to
    organizer_name: str
    is_canceled: bool = False


def write_entry(entry: Entry, guest: str, guest_name: str) -> Attachment:
    """The file for one guest; the same entry and guest give the same bytes."""
    method = "CANCEL" if entry.is_canceled else "REQUEST"
    event = Event()
    event.add("uid", f"{hashlib.sha256(entry.key.encode()).hexdigest()[:32]}@{entry.organizer.rpartition('@')[2]}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("summary", one_line(entry.title))
    if entry.meeting.starts is not None and entry.meeting.ends is not None:
        event.add("dtstart", entry.meeting.starts)
        event.add("dtend", entry.meeting.ends)
    else:
        event.add("dtstart", entry.meeting.day)
        event.add("dtend", entry.meeting.day + timedelta(days=1))
    event.add("status", "CANCELLED" if entry.is_canceled else "CONFIRMED")
    event.add("description", entry.text)
    link = _LINK.search(entry.text)
    if link:
        event.add("location", link[0].rstrip(".,;"))
        event.add("url", link[0].rstrip(".,;"))
    event["organizer"] = _person(entry.organizer, entry.organizer_name)
    attendee = _person(guest, guest_name)
    # No answer is asked for: answers of calendar programs would fill the network's mailbox.
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    event.add("attendee", attendee, encode=False)
    if not entry.is_canceled and entry.meeting.starts is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", _REMINDER)
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Health manager network//Notices//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return Attachment("meeting.ics", f"text/calendar; charset=utf-8; method={method}", calendar.to_ical())


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(one_line(name))
    return person
