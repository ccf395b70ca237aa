"""The members job over a Google Sheet: a quiet office comes to rest and then costs one request a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examples.build import build_workbook
from integrations.settings import load_settings
from integrations.wiring import open_office
from network.jobs.rounds import walk
from network.ports import Office
from tests.builders import NOON
from tests.emulated.google_sheet import GoogleSheet, serial

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"


@pytest.fixture
def office(sheet: GoogleSheet, tmp_path: Path) -> Iterator[Office]:
    """The example office, its workbook typed into a Google Sheet."""
    book = load_workbook(build_workbook(WASHINGTON, tmp_path / "workbook.xlsx"))
    tabs = {
        tab.title: [[serial(value) for value in row] for row in tab.iter_rows(values_only=True)]
        for tab in book.worksheets
    }
    wanted = [{"title": title, "rows": rows, "raw": True} for title, rows in tabs.items()]
    sheet.google.sheet = sheet.google.control("spreadsheets", {"id": "washington_office_example_1", "tabs": wanted})[
        "id"
    ]
    settings = load_settings(
        home=tmp_path / "office",
        workbook=sheet.google.sheet,
        google_credentials=sheet.key,
        google_base_url=sheet.google.base_url,
    )
    with open_office(settings, as_of=NOON) as opened:
        yield opened


def run(office: Office, sheet: GoogleSheet, number: int) -> list[str]:
    """One run of the members job, five minutes after the last; what it asked of Google."""
    before = len(sheet.google.asked())
    walk(office, "members", NOON + timedelta(minutes=5 * number))
    return [each["path"].rpartition("/")[2].rpartition(":")[2] for each in sheet.google.asked()[before:]]


def test_the_example_office_comes_to_rest_with_all_that_is_due_and_then_costs_one_request(
    office: Office, sheet: GoogleSheet
) -> None:
    members = sheet.typed("Members")
    runs = [run(office, sheet, number) for number in range(5)]
    assert runs[0][-1] == "batchUpdate"
    assert [len(asked) for asked in runs[2:]] == [2, 1, 1], runs
    assert sheet.typed("Members") == members
    assert {"HMN today", "HMN sentences"} <= set(sheet.google.tabs())
    assert len(office.people.all()) > 10


def test_one_edit_costs_one_read_and_one_write(office: Office, sheet: GoogleSheet) -> None:
    for number in range(3):
        run(office, sheet, number)
    (row, *_) = [number for number, cells in enumerate(sheet.typed("Members"), start=1) if "Invite" in cells]
    column = sheet.typed("Members")[0].index("Status")
    sheet.google.edit({"do": "type", "tab": "Members", "at": f"{chr(ord('A') + column)}{row}", "values": [["On hold"]]})
    asked = run(office, sheet, 3)
    assert asked[1:] == ["batchGet", "batchUpdate"], asked
    assert len(run(office, sheet, 4)) == 2, "our own write is looked at once"
    assert len(run(office, sheet, 5)) == 1
