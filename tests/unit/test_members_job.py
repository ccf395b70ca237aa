"""The members' job: the ledger agrees with the sheet, a second run changes nothing, and a wild change is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.local.words import PackagedWords
from network.jobs.members import (
    BREAKER,
    READ_SHEET,
    SHEET_VERSION,
    MembersReport,
    page,
    publish_today,
    read_sheet,
    sync_members,
)
from network.jobs.rounds import walk
from network.members import Status
from network.messages import State
from network.outbox import is_fresh
from network.preferences import Sending
from network.settings_rows import preferences_from_cursor
from network.tabs import Cell
from network.tasks import TaskKind, TaskState
from tests.builders import Desk

HEADER = ("First name", "Last name", "Email", "Organization", "Role", "Service area", "Status", "Shirt size")
STATUS = HEADER.index("Status")


def a_row(number: int, status: str = "Member") -> tuple[str, ...]:
    name = "Abcdefghijklmnopqrstuvwxyz"[number] * 4
    return (
        f"Ana{name}",
        f"Torres{name}",
        f"ana{number}@example.org",
        f"Program {number}",
        "Health manager",
        "Health",
        status,
        "M",
    )


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.workbook.put("Members", HEADER, *(a_row(number) for number in range(10)))
    desk.workbook.put("Settings", ("Setting", "Value"), ("Sending", "on"), ("Time zone", "America/Los_Angeles"))
    return desk


def run(desk: Desk, *, dry_run: bool = False) -> MembersReport:
    desk.workbook.at = desk.now
    office = desk.office
    report = sync_members(office, read_sheet(office, desk.now), desk.now, dry_run=dry_run)
    publish_today(office, report, [], desk.now, dry_run=dry_run)
    return report


def later(desk: Desk, **span: int) -> Desk:
    desk.now += timedelta(**span)
    return desk


def test_the_first_reading_makes_everybody_known(desk: Desk) -> None:
    report = run(desk)
    assert (report.added, report.fine, report.to_fix) == (10, 10, 0)
    assert all(person.already_known for person in desk.people.all())
    assert preferences_from_cursor(desk.cursors.get("settings")).sending is Sending.ON
    assert {event.kind for event in desk.events.events} == {"seen"}
    assert set(desk.workbook.published) == {"HMN today", "HMN Members", "HMN guard"}


def test_a_second_run_reads_a_version_and_writes_nothing(desk: Desk) -> None:
    run(desk)
    plans, writes = len(desk.people.plans), desk.workbook.writes
    report = run(later(desk, minutes=5))
    assert not report.is_changed
    assert report.fine == 10
    assert (len(desk.people.plans), desk.workbook.writes) == (plans, writes)


def test_the_same_sheet_read_whole_after_six_hours_changes_nobody(desk: Desk) -> None:
    run(desk)
    events = len(desk.events.events)
    assert run(later(desk, hours=6)).is_changed
    assert len(desk.events.events) == events


def test_an_edit_is_read_at_the_next_run_and_told_in_the_story(desk: Desk) -> None:
    run(desk)
    desk.workbook.edit("Members", 1, STATUS, "Left")
    report = run(later(desk, minutes=5))
    assert report.updated == 1
    (person,) = [each for each in desk.people.all() if each.member.status is Status.LEFT]
    assert desk.office.events.of(person.id)[-1].words == "The row changed: status."
    (task,) = desk.tasks.all()
    assert task.what == "Who is the health manager at Program 0 now?"


def test_a_run_that_dies_before_the_end_reads_again(desk: Desk) -> None:
    office = desk.office
    sync_members(office, read_sheet(office, desk.now), desk.now)
    assert desk.cursors.get(SHEET_VERSION) is None
    assert read_sheet(office, desk.now) is not None


def test_a_rehearsal_writes_nothing_anywhere(desk: Desk) -> None:
    report = run(desk, dry_run=True)
    assert report.added == 10
    assert desk.people.all() == []
    assert (desk.cursors.values, desk.events.events, desk.workbook.published) == ({}, [], {})


def test_a_row_that_becomes_member_later_is_a_new_member(desk: Desk) -> None:
    desk.workbook.tabs["Members"].append(list(a_row(10, "Invite")))
    run(desk)
    desk.workbook.edit("Members", 11, STATUS, "Member")
    run(later(desk, minutes=5))
    (new,) = [person for person in desk.people.all() if person.became_member_at]
    assert new.member.email == "ana10@example.org"


def scramble(desk: Desk) -> None:
    """Somebody sorts the Email column alone."""
    table = desk.workbook.tabs["Members"]
    emails = [row[2] for row in table[1:]]
    for row, email in zip(table[1:], emails[1:] + emails[:1], strict=True):
        row[2] = email
    desk.workbook.version += 1


def test_a_wild_change_is_held_until_a_person_says_go(desk: Desk) -> None:
    run(desk)
    before = desk.people.all()
    scramble(desk)
    report = run(later(desk, minutes=5))
    assert report.held.startswith("We stopped: 10 of 10 members")
    assert desk.people.all() == before
    assert not is_fresh(desk.cursors.get(READ_SHEET), desk.now), "no lane sends on a reading that is not believed"
    (task,) = desk.tasks.all()
    assert task.kind is TaskKind.BREAKER
    assert desk.workbook.published["HMN today"].preface[0] == report.held
    run(later(desk, minutes=5))
    assert len(desk.tasks.all()) == 1, "one question, however often it is read"
    desk.tasks.save([replace(task, answer="go", state=TaskState.ANSWERED)], desk.now)
    assert run(later(desk, minutes=5)).held == ""
    assert is_fresh(desk.cursors.get(READ_SHEET), desk.now)
    assert desk.cursors.get(BREAKER) == ""
    assert run(later(desk, minutes=5)).is_changed is False


def test_a_wild_change_that_is_undone_goes_on_by_itself(desk: Desk) -> None:
    run(desk)
    table = [list(row) for row in desk.workbook.tabs["Members"]]
    scramble(desk)
    run(later(desk, minutes=5))
    desk.workbook.put("Members", table[0], *table[1:])
    report = run(later(desk, minutes=5))
    assert (report.held, report.updated) == ("", 0)
    assert [task.state for task in desk.tasks.all()] == [TaskState.CLOSED]


def test_marks_that_stop_mail_are_kept_even_from_a_held_reading(desk: Desk) -> None:
    run(desk)
    desk.workbook.tabs["Members"][1][STATUS] = "Do not contact"
    del desk.workbook.tabs["Members"][3:9]
    desk.workbook.version += 1
    assert run(later(desk, minutes=5)).held
    statuses = [person.member.status for person in desk.people.all()]
    assert statuses.count(Status.DO_NOT_CONTACT) == 1
    assert all(person.in_sheet for person in desk.people.all())


@pytest.mark.parametrize("column", ["Email", "Status"])
def test_a_required_header_that_is_gone_holds_the_reading(desk: Desk, column: str) -> None:
    run(desk)
    before = desk.people.all()
    desk.workbook.edit("Members", 0, HEADER.index(column), "Something else")
    report = run(later(desk, minutes=5))
    assert f"has no column {column}" in report.held
    assert desk.people.all() == before
    desk.workbook.edit("Members", 0, HEADER.index(column), column)
    assert run(later(desk, minutes=5)).held == ""


def test_a_tab_that_is_gone_holds_the_reading(desk: Desk) -> None:
    run(desk)
    del desk.workbook.tabs["Members"]
    desk.workbook.version += 1
    assert "the tab Members is gone" in run(later(desk, minutes=5)).held


def test_a_sheet_without_members_yet_stops_nothing() -> None:
    desk = Desk()
    desk.workbook.put("Members", ("Notes",))
    assert run(desk).held == ""
    desk.workbook.put("Members", HEADER, a_row(1))
    assert [person.already_known for person in (run(later(desk, minutes=5)), desk.people.all())[1]] == [True]


def test_settings_that_cannot_be_read_switch_sending_off(desk: Desk) -> None:
    run(desk)
    desk.workbook.edit("Settings", 0, 1, "What we chose")
    report = run(later(desk, minutes=5))
    assert preferences_from_cursor(desk.cursors.get("settings")).sending is Sending.OFF
    assert any("Settings" in problem for problem in report.problems)


def test_a_question_that_was_answered_is_not_asked_again(desk: Desk) -> None:
    twin: list[Cell] = list(a_row(1))
    twin[2] = "other@example.org"
    desk.workbook.tabs["Members"].append(twin)
    assert run(desk).waiting == 2
    (task,) = desk.tasks.all()
    desk.tasks.save([replace(task, answer="two people", state=TaskState.ANSWERED)], desk.now)
    desk.workbook.version += 1
    report = run(later(desk, minutes=5))
    assert (report.waiting, report.fine) == (0, 11)
    assert all(person.member.status is Status.MEMBER for person in desk.people.all())


def test_the_page_holds_counts_and_nobody(desk: Desk) -> None:
    text = page(run(desk)).markdown
    assert "10 rows" in text
    assert "example.org" not in text
    assert "Torres" not in text


def test_no_request_depends_on_the_number_of_members(desk: Desk) -> None:
    run(desk)
    assert (desk.workbook.reads, desk.workbook.writes) == (1, 1)
    assert desk.outbox.records([State.SENT]) == []


def test_a_colour_that_nobody_could_read_is_said_in_hmn_today(desk: Desk) -> None:
    desk.workbook.put("Settings", ("Setting", "Value"), ("Sending", "on"), ("Colours", "#FFDD00; #B4531A"))
    run(desk)
    told = str(desk.workbook.published["HMN today"])
    assert "Settings, Colours: #ffdd00 is too pale to read on white; mails use" in told
    assert "#b4531a" not in told


def test_what_is_wrong_in_messages_stands_there_until_it_is_mended_and_beside_no_member(desk: Desk) -> None:
    desk.words = PackagedWords()  # type: ignore[assignment]
    desk.workbook.put("Messages", ("Letter", "Subject", "Text"), ("Head Start, Letter 1", "Hi", "Hello [Fist name]"))
    said = []
    for minutes in (0, 5):  # the second time nothing changed in the sheet
        desk.now += timedelta(minutes=minutes)
        desk.workbook.at = desk.now
        walk(desk.office, "members", desk.now)
        said.append([line for line in desk.workbook.published["HMN today"].preface if "Messages, row 2" in line])
    assert len(said[0]) == 1
    assert "[Fist name]" in said[0][0]
    assert said[1] == said[0]
    assert not any("Fist" in str(cell) for row in desk.workbook.published["HMN Members"].rows for cell in row)
    desk.workbook.edit("Messages", 1, 2, "Hello [First name]")
    walk(desk.office, "members", desk.now)
    assert not any("Messages" in line for line in desk.workbook.published["HMN today"].preface)
