"""The guard in a Google Sheet: hidden, protected, free of charge on a quiet day; and two offices on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from integrations.settings import load_settings
from integrations.wiring import open_office
from network.consent import ConsentFact, FactKind, may_write
from network.errors import HeldError
from network.guard import GUARD
from network.jobs import guard
from network.jobs.members import publish_today, read_sheet, sync_members
from network.jobs.rounds import walk
from network.jobs.takeover import take_over
from network.messages import State, Stream
from network.ports import Office
from tests.builders import NOON, a_message
from tests.emulated.google_sheet import GoogleSheet

MEMBERS = ("First name", "Last name", "Email", "Organization", "Role", "Status")


@pytest.fixture
def offices(sheet: GoogleSheet) -> GoogleSheet:
    """A sheet with three members, shared by whoever opens it."""
    people = [("Ana", "Torres"), ("Birgit", "Olsen"), ("Chidi", "Okafor")]
    rows = [
        (first, last, f"{first}@example.org".lower(), "Lummi Nation", "Health manager", "Member")
        for first, last in people
    ]
    sheet.type("Members", MEMBERS, *rows)
    sheet.type("Settings", ("Setting", "Value"), ("Sending", "on"), ("Sender address", "hmn@example.org"))
    sheet.type("To do", ("Ref", "What", "Why", "Who", "Since", "Answer"))
    return sheet


@contextmanager
def opened(sheet: GoogleSheet, name: str, minutes: float = 0) -> Iterator[Office]:
    """One computer's office on this sheet, at that many minutes past noon."""
    settings = load_settings(
        home=sheet.folder / name,
        workbook=sheet.google.sheet,
        google_credentials=sheet.key,
        google_base_url=sheet.google.base_url,
        send="live",
    )
    with open_office(settings, as_of=NOON + timedelta(minutes=minutes)) as office:
        yield office


def members(office: Office) -> None:
    at = office.clock()
    publish_today(office, sync_members(office, read_sheet(office, at), at), [], at)


def asked(sheet: GoogleSheet, since: int) -> list[str]:
    return [each["path"].rpartition("/")[2].rpartition(":")[2] for each in sheet.google.asked()[since:]]


def properties(sheet: GoogleSheet) -> dict[str, object]:
    (tab,) = [each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == GUARD]
    return {**tab["properties"], "protected": bool(tab.get("protectedRanges"))}


def test_the_guard_rides_with_our_other_tabs_and_a_quiet_office_pays_one_request(offices: GoogleSheet) -> None:
    costs = []
    for number in range(5):
        with opened(offices, "one", 5 * number) as office:
            before = len(offices.google.asked())
            members(office)
            costs.append(asked(offices, before))
    assert [each for cost in costs for each in cost].count("batchUpdate") == 1, costs
    assert [len(cost) for cost in costs[2:]] == [1, 1, 1], costs
    shown = properties(offices)
    assert shown["hidden"]
    assert shown["protected"]


def test_a_new_no_costs_one_write_and_leaves_no_address_in_the_sheet(offices: GoogleSheet) -> None:
    for number in range(3):
        with opened(offices, "one", 5 * number) as office:
            members(office)
    with opened(offices, "one", 15) as office:
        office.consents.add([ConsentFact(NOON, FactKind.NO, "reply", address="ana@example.org", evidence="mail/1")])
        before = len(offices.google.asked())
        members(office)
        assert asked(offices, before)[1:] == ["batchUpdate"]
    texts = [str(cell) for row in offices.cells(GUARD) for cell in row]
    assert "no" in texts
    assert not [text for text in texts if "@" in text]


def test_mail_leaves_only_after_one_write_of_the_guard(offices: GoogleSheet) -> None:
    with opened(offices, "one") as office:
        members(office)
        office.outbox.queue([a_message(f"p-{n}", f"p{n}@example.org", stream=Stream.OFFICE) for n in range(3)], NOON)
    with opened(offices, "one", 5) as office:
        walk(office, "inbox", office.clock())
        before = len(offices.google.asked())
        walk(office, "outbox", office.clock())
        assert len(office.ledgerbook.records([State.SENT])) == 3
        assert asked(offices, before).count("batchUpdate") == 1, "one write however many mails leave"


@pytest.mark.parametrize("when", ["before", "after"])
def test_without_a_clear_answer_to_that_write_nothing_leaves_until_the_next_run(
    offices: GoogleSheet, when: str
) -> None:
    with opened(offices, "one") as office:
        members(office)
        office.outbox.queue([a_message(stream=Stream.OFFICE)], NOON)
        walk(office, "inbox", office.clock())
    with opened(offices, "one", 5) as office:
        offices.google.fault("503", when, method="POST", path="batchUpdate")
        run = walk(office, "outbox", office.clock())
        assert "The sheet could not be written, so nothing went out." in run.pages[-1].markdown
        assert [each.state for each in office.ledgerbook.records()] == [State.QUEUED]
    with opened(offices, "one", 20) as office:
        walk(office, "outbox", office.clock())
        assert [each.state for each in office.ledgerbook.records()] == [State.SENT]


def test_a_second_office_stops_takes_over_and_keeps_every_no(offices: GoogleSheet) -> None:
    with opened(offices, "one") as office:
        members(office)
        office.consents.add([ConsentFact(NOON, FactKind.NO, "reply", address="ana@example.org", evidence="mail/1")])
    with opened(offices, "one", 5) as office:
        members(office)
    today = offices.cells("HMN today")
    with opened(offices, "two", 10) as office:
        for flow in ("members", "outbox", "recruitment", "members"):
            with pytest.raises(HeldError, match="run from another computer"):
                walk(office, flow, office.clock())
        assert offices.cells("HMN today") == today
        report = take_over(office, office.clock())
        assert (report.is_needed, report.noes, report.contacted) == (True, 1, 3)
        people = {person.member.first_name: person for person in office.people.all()}
        may = {
            name: may_write(each, each.member.email or "", office.consents.of(each), Stream.NOTICE, NOON).allowed
            for name, each in people.items()
        }
        assert may == {"Ana": False, "Birgit": True, "Chidi": True}
        members(office)
    with opened(offices, "one", 15) as office:
        assert not guard.held(office)
        with pytest.raises(HeldError, match="run from another computer"):
            walk(office, "outbox", office.clock())
        with pytest.raises(HeldError):
            read_sheet(office, office.clock())
    with opened(offices, "two", 20) as office:
        members(office)
        assert not take_over(office, office.clock()).is_needed


def test_a_guard_that_was_deleted_is_written_anew_and_one_typed_into_stops_us(offices: GoogleSheet) -> None:
    for number in range(3):
        with opened(offices, "one", 5 * number) as office:
            members(office)
    offices.google.edit({"do": "delete_tab", "tab": GUARD})
    for number in (3, 4):
        with opened(offices, "one", 5 * number) as office:
            members(office)
    assert properties(offices)["hidden"]
    row = next(n for n, cells in enumerate(offices.cells(GUARD), start=1) if cells[0] == "generation")
    offices.google.edit({"do": "type", "tab": GUARD, "at": f"B{row}", "values": [["a few"]]})
    with opened(offices, "one", 30) as office, pytest.raises(HeldError, match="changed by hand"):
        members(office)
    offices.google.edit({"do": "rename_tab", "tab": GUARD, "to": "Old things"})
    with opened(offices, "one", 32) as office, pytest.raises(HeldError, match="changed by hand"):
        members(office)
    offices.google.edit({"do": "delete_tab", "tab": "Old things"})
    with opened(offices, "one", 35) as office:
        members(office)
        assert not guard.held(office)
