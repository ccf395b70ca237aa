"""Merged cells, filters and rows out of sight: what people do to the shape of a tab stops nothing and is kept."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.google.connect import Access, furnish_sheet
from network.furniture import Furnished, first_tabs
from network.tabs import MEMBERS, NewRow, SystemTab, understand
from tests.emulated.google_sheet import GoogleSheet

SHEET_ID = "sheet_of_many_shapes_00001"
HEADER = ("First name", "Last name", "Email", "Organization", "Status")
ROWS = [
    ("Ana", "Bo", "ana@example.org", "Lummi Nation", "Member"),
    ("Cy", "Di", "cy@example.org", None, "Member"),
    ("Ed", "Fy", "ed@example.org", "Example", "Invite"),
]
A_TASK = NewRow("To do", "Ref", "T-1", {"Ref": "T-1", "What": "Call Ana"})


@pytest.fixture(autouse=True)
def empty(sheet: GoogleSheet) -> None:
    sheet.google.make(id=SHEET_ID)


def furnish(sheet: GoogleSheet) -> Furnished:
    return furnish_sheet(SHEET_ID, Access(sheet.key, sheet.google.base_url), first_tabs(), dry_run=False)


def described(sheet: GoogleSheet, title: str) -> Any:
    return next(each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == title)


def hidden(sheet: GoogleSheet, title: str) -> list[int]:
    rows = described(sheet, title)["data"][0].get("rowMetadata", [])
    return [number for number, row in enumerate(rows) if row.get("hiddenByUser")]


def test_a_title_and_cells_merged_across_are_adopted_and_stay(sheet: GoogleSheet) -> None:
    sheet.type("Members", ("Our members",), HEADER, *ROWS)
    sheet.google.edit(
        {"do": "merge", "tab": "Members", "at": "A1:E1"}, {"do": "merge", "tab": "Members", "at": "D3:D4"}
    )
    furnish(sheet)
    merges = described(sheet, "Members")["merges"]
    assert [(each["startColumnIndex"], each["endColumnIndex"]) for each in merges] == [(1, 6), (4, 5)]
    assert [row[1:6] for row in sheet.cells("Members")[2:]] == ROWS
    reading = sheet.open().read()
    assert reading is not None
    assert [row.cells["Organization"] for row in understand(reading, MEMBERS).rows] == ["Lummi Nation", None, "Example"]


def test_a_header_of_two_rows_merged_into_one_is_frozen_whole_and_rows_come_below_it(sheet: GoogleSheet) -> None:
    sheet.type("To do", ("Ref", "What", "Why", "Who", "Since", "Answer"), (), ("T-9", "theirs"))
    sheet.google.edit(*({"do": "merge", "tab": "To do", "at": f"{letter}1:{letter}2"} for letter in "ABCDEF"))
    furnish(sheet)
    assert described(sheet, "To do")["properties"]["gridProperties"]["frozenRowCount"] == 2
    assert "filterViews" not in described(sheet, "To do"), "Google filters no cells that are merged downwards"
    assert sheet.open().add_rows([A_TASK]) == ["T-1"]
    assert [row[0] for row in sheet.cells("To do")] == ["Ref", None, "T-1", "T-9"]


def test_a_cell_merged_down_the_whole_tab_freezes_no_screenful(sheet: GoogleSheet) -> None:
    sheet.type("Members", (*HEADER, "Region 10"), *ROWS)
    sheet.google.edit({"do": "merge", "tab": "Members", "at": "F1:F500"})
    furnish(sheet)
    assert "frozenRowCount" not in described(sheet, "Members")["properties"]["gridProperties"]
    row = NewRow("Members", "Email", "new@example.org", {"Email": "new@example.org"})
    assert sheet.open().add_rows([row]) == ["new@example.org"]
    assert "new@example.org" in {cell for row in sheet.cells("Members") for cell in row}


def test_rows_that_somebody_hid_are_read_and_what_we_add_is_seen(sheet: GoogleSheet) -> None:
    furnish(sheet)
    sheet.google.edit(
        {"do": "type", "tab": "To do", "at": "A2", "values": [["T-8", "done"], ["T-9", "done"]]},
        {"do": "hide_rows", "tab": "To do", "row": 1, "number": 2},
    )
    assert sheet.open().add_rows([A_TASK]) == ["T-1"]
    assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-8", "T-9"]
    assert hidden(sheet, "To do") == [2, 3]


def test_a_filter_of_theirs_stays_and_hides_nothing_from_us(sheet: GoogleSheet) -> None:
    sheet.type("Members", HEADER, *ROWS)
    sheet.google.edit({"do": "filter", "tab": "Members", "at": "A1:E4", "hidden": [2, 3]})
    furnish(sheet)
    reading = sheet.open().read()
    assert reading is not None
    assert [row.cells["First name"] for row in understand(reading, MEMBERS).rows] == ["Ana", "Cy", "Ed"]
    row = NewRow("Members", "Email", "new@example.org", {"Email": "new@example.org"})
    sheet.open().add_rows([row])
    kept = described(sheet, "Members")["basicFilter"]["range"]
    assert (kept["startColumnIndex"], kept["endColumnIndex"], kept["endRowIndex"]) == (1, 6, 5)
    assert hidden(sheet, "Members") == [3, 4]


def test_cells_that_somebody_merged_in_a_tab_of_ours_come_apart_again(sheet: GoogleSheet) -> None:
    furnish(sheet)
    said = SystemTab("HMN coverage", ("What", "How many"), [("Tribes", 3), ("Others", 4)])
    sheet.open().publish([said])
    sheet.google.edit({"do": "merge", "tab": "HMN coverage", "at": "A1:B3"})
    workbook = sheet.open()
    workbook.read()
    assert workbook.publish([said]) == ["HMN coverage"]
    assert sheet.cells("HMN coverage") == [("What", "How many"), ("Tribes", 3), ("Others", 4)]
    workbook.read()
    assert sheet.open().publish([said]) == []


def test_a_tab_cut_down_to_its_header_gets_rows_to_type_in(sheet: GoogleSheet) -> None:
    sheet.type("Members", HEADER)
    tab = described(sheet, "Members")["properties"]["sheetId"]
    cut = {"properties": {"sheetId": tab, "gridProperties": {"rowCount": 1}}, "fields": "gridProperties.rowCount"}
    sheet.google.call(
        "POST", f"/v4/spreadsheets/{SHEET_ID}:batchUpdate", {"requests": [{"updateSheetProperties": cut}]}
    )
    furnish(sheet)
    grid = described(sheet, "Members")["properties"]["gridProperties"]
    assert (grid["rowCount"], grid["frozenRowCount"]) == (1001, 1)
    assert furnish(sheet) == Furnished()
