"""Who is the health manager there now? Asked when mail comes back for good, and when somebody left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.settings import load_settings
from integrations.wiring import furnish_workbook, open_office
from network.furniture import first_tabs
from network.jobs.rounds import walk
from network.ports import Office
from tests.builders import NOON
from tests.contract.test_inbox import BOUNCE
from tests.emulated.google_sheet import GoogleSheet

HEADER = ("First name", "Last name", "Email", "Organization", "Role", "Service area", "Status")
REST = ("Lummi Nation", "Health manager", "Health")


class Day:
    """One office over a Google Sheet and a folder of mails; each round comes five minutes after the last."""

    def __init__(self, sheet: GoogleSheet, office: Office, inbox: Path) -> None:
        self.sheet, self.office, self.inbox, self.now = sheet, office, inbox, NOON

    def rounds(self, *names: str) -> None:
        for name in names:
            self.now += timedelta(minutes=5)
            walk(self.office, name, self.now)

    def comes_back(self, address: str, at: datetime) -> None:
        text = BOUNCE.replace("Ana@example.org", address).format(date=format_datetime(at))
        (self.inbox / "bounce.eml").write_text(text, encoding="utf-8")

    def said(self, first_name: str) -> str:
        return next(str(row[0]) for row in self.sheet.cells("Members") if row[1] == first_name)

    def asked(self) -> list[tuple[str, str]]:
        """What *To do* asks about the program, with the state beside it."""
        rows = [row for row in self.sheet.cells("To do")[1:] if "Who is the health manager" in str(row[1])]
        return [(str(row[1]), str(row[-1])) for row in rows]


@pytest.fixture
def day(sheet: GoogleSheet, tmp_path: Path) -> Iterator[Day]:
    settings = load_settings(
        home=tmp_path / "office",
        workbook=sheet.google.make(id="a_sheet_with_a_successor_01"),
        google_credentials=sheet.key,
        google_base_url=sheet.google.base_url,
    )
    people = [(name, "Fy", f"{name.lower()}@example.org", *REST, "Member") for name in ("Ana", "Cy", "Ed")]
    sheet.type("Members", HEADER, *people)
    furnish_workbook(first_tabs(), dry_run=False, settings=settings)
    inbox = tmp_path / "office" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    with open_office(settings, as_of=NOON) as office:
        found = Day(sheet, office, inbox)
        found.rounds("members", "members")
        yield found


def type_into(day: Day, name: str, column: str, value: Any) -> None:
    rows = day.sheet.typed("Members")
    row = next(at for at, cells in enumerate(rows, start=1) if cells[1:2] == [name])
    letter = chr(ord("A") + 1 + HEADER.index(column))
    day.sheet.google.edit({"do": "type", "tab": "Members", "at": f"{letter}{row}", "values": [[value]], "raw": True})


def test_mail_that_comes_back_for_good_asks_who_is_there_now_until_the_address_is_new(day: Day) -> None:
    day.comes_back("ana@example.org", day.now)
    day.rounds("inbox", "members", "members")
    assert day.said("Ana") == (
        "Fix: mail to this address comes back. Who is the health manager at Lummi Nation now? Type their address."
    )
    ((what, state),) = day.asked()
    assert what.startswith("The address of Ana Fy does not work. Who is the health manager at Lummi Nation now?")
    assert state == "open"
    assert "Ana Fy" in [row[1] for row in day.sheet.cells("HMN today") if row[0] == "To fix"]
    type_into(day, "Ana", "Email", "ana.fy@example.org")
    day.rounds("members", "members")
    assert day.said("Ana") == "OK"
    ((_, state),) = day.asked()
    assert state.startswith("no longer needed")


def test_a_row_that_becomes_another_person_ends_the_question_and_keeps_no_bounce(day: Day) -> None:
    day.comes_back("ana@example.org", day.now)
    day.rounds("inbox", "members", "members")
    type_into(day, "Ana", "Email", "zoe@example.org")
    type_into(day, "Ana", "First name", "Zoe")
    day.rounds("members", "members")
    assert day.said("Zoe") == "OK"
    ((_, state),) = day.asked()
    assert state.startswith("no longer needed")


def test_somebody_who_left_is_asked_about_once(day: Day) -> None:
    type_into(day, "Cy", "Status", "Left")
    day.rounds("members", "members", "members")
    assert day.said("Cy").startswith("Left: nothing is sent. Who is the health manager at Lummi Nation now?")
    assert day.asked() == [("Who is the health manager at Lummi Nation now?", "open")]
