"""A row of *Messages* becomes a notice: to the people it names, with a calendar entry that can change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.calendar_entries import Entry, write_entry
from network.members import RoleKind, Status
from network.notices import MeetingTime, Notice, chosen, read_audience, read_meeting, read_notices, say_meeting
from network.programs import ProgramType
from network.tabs import Cell, Row
from tests.builders import NOON, a_person, a_program

SEATTLE = ZoneInfo("America/Los_Angeles")
THURSDAY = MeetingTime(
    date(2026, 10, 15), datetime(2026, 10, 15, 19, tzinfo=UTC), datetime(2026, 10, 15, 20, tzinfo=UTC)
)


def a_row(number: int = 3, **cells: Cell) -> Row:
    values: dict[str, Cell] = {
        "To": "members",
        "Send on": "2026-10-13",
        "Subject": "Thursday at noon",
        "Text": "Dear [First name],\n\nwe meet on Thursday.",
        "Meeting on": "2026-10-15 12:00",
    }
    return Row(number, values | {name.replace("_", " ").capitalize(): cell for name, cell in cells.items()})


def the_notice(**cells: Cell) -> Notice:
    (notice,), remarks = read_notices([a_row(3, **cells)], SEATTLE)
    assert remarks == ()
    return notice


def test_a_row_is_read_with_its_line_breaks() -> None:
    notice = the_notice()
    assert notice.meeting == THURSDAY
    assert notice.text == "Dear [First name],\n\nwe meet on Thursday."
    assert notice.key == "2026-10-13-thursday-at-noon"


def test_a_row_that_names_a_letter_is_no_notice() -> None:
    assert read_notices([a_row(letter="Head Start, Letter 1")], SEATTLE) == ((), ())


def test_another_time_or_text_is_the_same_notice_with_other_words() -> None:
    before, after = the_notice(), the_notice(meeting_on="2026-10-15 13:00")
    assert before.key == after.key
    assert before.words != after.words


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"to": "frends"}, "To holds “frends”"),
        ({"to": ""}, "type under To"),
        ({"send_on": ""}, "type a day under Send on"),
        ({"subject": ""}, "a notice needs a Subject and a Text"),
        ({"meeting_on": "Thursday"}, "Type a day and a time, such as"),
        ({"meeting_on": "2026-10-12"}, "the meeting is before the day under Send on"),
        ({"meeting_on": "2026-11-31 12:00"}, "Type a day and a time, such as"),
        ({"meeting_on": "31 November"}, "Type a day and a time, such as"),
        ({"meeting_on": "Not canceled"}, "Type a day and a time, such as"),
        ({"send_on": "2026-11-31"}, "there is no day"),
    ],
)
def test_a_row_that_cannot_be_used_is_one_sentence_and_stops_no_other(cells: dict[str, Any], says: str) -> None:
    notices, (remark,) = read_notices([a_row(3, **cells), a_row(4, subject="Another", text="x")], SEATTLE)
    assert [notice.row for notice in notices] == [4]
    assert remark.sentence.startswith("Messages, row 3: ")
    assert says in remark.sentence


def test_a_row_pasted_twice_is_one_notice() -> None:
    notices, (remark,) = read_notices([a_row(3), a_row(4)], SEATTLE)
    assert [notice.row for notice in notices] == [3]
    assert "row 4: another row" in remark.sentence


@pytest.mark.parametrize("typed", ["canceled", "Cancelled: snow", "cancelado"])
def test_a_meeting_is_called_off_by_one_word(typed: str) -> None:
    assert the_notice(meeting_on=typed).is_canceled


@pytest.mark.parametrize(
    ("cell", "starts", "hours"),
    [
        ("2026-10-15 12:00", 19, 1.0),
        ("2026-10-15 12:00-13:30", 19, 1.5),
        ("October 15, 2026, 2 pm", 21, 1.0),
        ("10/15/2026 at 2:30 pm", 21.5, 1.0),
        (46310.5, 19, 1.0),
    ],
)
def test_a_meeting_is_read_in_the_networks_zone(cell: Cell, starts: float, hours: float) -> None:
    meeting, sentence = read_meeting(cell, SEATTLE)
    assert sentence == ""
    assert meeting is not None
    assert meeting.starts is not None
    assert meeting.ends is not None
    assert meeting.starts.hour + meeting.starts.minute / 60 == starts
    assert (meeting.ends - meeting.starts).total_seconds() == hours * 3600


def test_a_day_without_a_time_is_a_whole_day() -> None:
    assert read_meeting("2026-10-15", SEATTLE)[0] == MeetingTime(date(2026, 10, 15))
    assert say_meeting(MeetingTime(date(2026, 10, 15)), SEATTLE) == "Thursday, 15 October"


def test_a_meeting_is_said_in_the_networks_time() -> None:
    assert say_meeting(THURSDAY, SEATTLE) == "Thursday, 15 October, 12:00 pm PDT"


@given(st.text(max_size=40))
def test_whatever_is_typed_under_meeting_on_gives_a_meeting_or_a_sentence(typed: str) -> None:
    meeting, sentence = read_meeting(typed, SEATTLE)
    assert (meeting is None) is bool(sentence)


# --- whom -------------------------------------------------------------------------------------------------------------

PEOPLE = (
    a_person("p-member", state="WA", recipient_id="wa-lummi"),
    a_person("p-director", role_kind=RoleKind.DIRECTOR, recipient_id="wa-lummi"),
    a_person("p-partner", role_kind=RoleKind.PARTNER, state="OR"),
    a_person("p-invite", status=Status.INVITE),
    a_person("p-left", status=Status.LEFT),
    a_person("p-gone", in_sheet=False),
)
PROGRAMS = {"wa-lummi": a_program(program_type=ProgramType.AIAN, states=("WA",))}


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("members", ["p-member"]),
        ("Members; directors", ["p-member", "p-director"]),
        ("directors and partners", ["p-director", "p-partner"]),
        ("all", ["p-member", "p-director", "p-partner"]),
        ("Tribal (AI/AN)", ["p-member", "p-director"]),
        ("directors in WA", ["p-director"]),
        ("Oregon", ["p-partner"]),
        ("Migrant and Seasonal", []),
    ],
)
def test_to_names_active_members_only(typed: str, who: list[str]) -> None:
    audience, sentence = read_audience(typed)
    assert sentence == ""
    assert audience is not None
    assert [person.id for person in chosen(audience, PEOPLE, PROGRAMS)] == who


# --- the calendar -----------------------------------------------------------------------------------------------------


def an_entry(**fields: Any) -> Entry:
    values: dict[str, Any] = {
        "key": "2026-10-13-thursday-at-noon",
        "meeting": THURSDAY,
        "title": "Thursday; at noon",
        "text": "Join https://example.org/meeting.",
        "sequence": 0,
        "stamp": NOON,
        "organizer": "hmn@example.org",
        "organizer_name": "The network",
    }
    return Entry(**values | fields)


def the_event(entry: Entry, name: str = "Ana Torres") -> tuple[str, Any]:
    calendar = icalendar.Calendar.from_ical(write_entry(entry, "ana@example.org", name).body)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), event


def test_an_entry_says_when_where_and_who_writes() -> None:
    method, event = the_event(an_entry())
    assert method == "REQUEST"
    assert event["dtstart"].dt == THURSDAY.starts
    assert event["dtend"].dt == THURSDAY.ends
    assert event["summary"] == "Thursday; at noon"
    assert event["location"] == "https://example.org/meeting"
    assert event["organizer"] == "mailto:hmn@example.org"


def test_only_the_reader_stands_in_it_and_no_answer_is_asked_for() -> None:
    _, event = the_event(an_entry(), 'Ana "A"; Torres\r\nX-EVIL: 1')
    assert event["attendee"] == "mailto:ana@example.org"
    assert event["attendee"].params["RSVP"] == "FALSE"
    assert "X-EVIL" not in event


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    (_, before), (_, after) = the_event(an_entry()), the_event(an_entry(sequence=1))
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)


def test_a_cancel_takes_the_entry_out_again() -> None:
    attachment = write_entry(an_entry(sequence=2, is_canceled=True), "ana@example.org", "Ana")
    method, event = the_event(an_entry(sequence=2, is_canceled=True))
    assert method == "CANCEL"
    assert event["status"] == "CANCELLED"
    assert attachment.media_type == "text/calendar; charset=utf-8; method=CANCEL"


def test_the_same_entry_gives_the_same_bytes() -> None:
    assert write_entry(an_entry(), "ana@example.org", "Ana") == write_entry(an_entry(), "ana@example.org", "Ana")


def test_a_whole_day_ends_before_the_next() -> None:
    _, event = the_event(an_entry(meeting=MeetingTime(date(2026, 10, 15))))
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 10, 15), date(2026, 10, 16))


@pytest.mark.parametrize(
    ("typed", "utc_hour"), [("2026-10-30 12:00", 19), ("2026-11-02 12:00", 20), ("2027-03-15 12:00", 19)]
)
def test_noon_is_noon_on_both_sides_of_the_change_of_the_clocks(typed: str, utc_hour: int) -> None:
    meeting, _ = read_meeting(typed, SEATTLE)
    assert meeting is not None
    assert meeting.starts is not None
    assert meeting.starts.hour == utc_hour
    assert "12:00 pm P" in say_meeting(meeting, SEATTLE)


def test_a_meeting_is_said_in_spanish_for_those_who_read_it() -> None:
    assert say_meeting(THURSDAY, SEATTLE, "es") == "jueves 15 de octubre, 12:00 p. m. PDT"


def test_spanish_words_stand_in_for_both_or_for_the_text_alone() -> None:
    row = a_row()
    row.cells.update({"Text in Spanish": "Hola.\n\nNos vemos."})  # type: ignore[attr-defined]  # a dict
    (notice,), _ = read_notices([row], SEATTLE)
    assert notice.words_in("es") == ("Thursday at noon", "Hola.\n\nNos vemos.")
    assert notice.words_in("en") == ("Thursday at noon", "Dear [First name],\n\nwe meet on Thursday.")
    assert the_notice().words_in("es") == the_notice().words_in("en")
