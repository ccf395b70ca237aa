"""`hmn init` over a Google Sheet: makes, adopts, asks; run again it harms nothing, dry it does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hmn.init import init
from integrations.google.connect import Access, furnish_sheet
from network.errors import ConfigurationError, TransientError
from network.furniture import Furnished, first_tabs, later_tabs
from network.tabs import MEMBERS, SETTINGS, TO_DO, NewRow, SystemTab, understand
from tests.emulated.google_sheet import GoogleSheet

SHEET_ID = "sheet_of_the_init_tests_01"
DAY_ONE = ["Start here", "Members", "To do", "Settings", "HMN today"]
ADOPTED = [("Shirt", "E-mail", "Status", "First"), ("M", "ana@example.org", "Member", "=Ana")]


@pytest.fixture(autouse=True)
def empty(sheet: GoogleSheet) -> None:
    sheet.google.make(id=SHEET_ID)


def furnish(
    sheet: GoogleSheet, jobs: Sequence[str] = (), *, dry_run: bool = False, headers: Mapping[str, str] | None = None
) -> Furnished:
    plans = [*first_tabs(), *later_tabs(jobs)]
    access = Access(sheet.key, sheet.google.base_url)
    return furnish_sheet(SHEET_ID, access, plans, dry_run=dry_run, headers=headers)


def described(sheet: GoogleSheet, title: str) -> Any:
    return next(each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == title)


def visible(sheet: GoogleSheet) -> list[str]:
    sheets = [each["properties"] for each in sheet.google.whole()["sheets"]]
    return [each["title"] for each in sheets if not each.get("hidden")]


class TestANewSheet:
    """Day one has five visible tabs."""

    def test_an_empty_sheet_gets_the_five_tabs_in_one_write(self, sheet: GoogleSheet) -> None:
        done = furnish(sheet)
        assert visible(sheet) == DAY_ONE
        assert len([each for each in sheet.google.asked() if each["method"] == "POST"]) == 1
        assert not done.questions

    def test_what_it_makes_is_understood(self, sheet: GoogleSheet) -> None:
        furnish(sheet, ["recruitment", "newsletter", "surveys", "goals"])
        reading = sheet.open().read()
        assert reading is not None
        for spec in (MEMBERS, TO_DO, SETTINGS):
            found = understand(reading, spec)
            assert not found.problems
            assert not found.is_missing
        assert {"Programs", "Newsletter", "Goals", "Quiet dates"} <= set(reading.tabs)

    def test_run_again_it_does_nothing(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        before = sheet.google.whole()
        assert furnish(sheet) == Furnished()
        assert sheet.google.whole() == before

    def test_dry_it_says_what_it_would_do_and_does_nothing(self, sheet: GoogleSheet) -> None:
        said = furnish(sheet, dry_run=True)
        assert visible(sheet) == ["Sheet1"]
        assert furnish(sheet) == said
        assert "Make the tab Members." in said.steps

    def test_members_has_choices_notes_colours_warnings_and_folded_columns(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        members = described(sheet, "Members")
        header = members["data"][0]["rowData"][0]["values"]
        names = [cell["effectiveValue"]["stringValue"] for cell in header]
        assert names[:3] == ["What we will do", "First name", "Last name"]
        assert "note" in header[names.index("Status")]
        assert header[names.index("State")]["userEnteredValue"] == {"stringValue": "State"}, "that column is people's"
        below = members["data"][0]["rowData"][1]["values"][names.index("Status")]["dataValidation"]
        assert [each["userEnteredValue"] for each in below["condition"]["values"]][:2] == ["Member", "Invite"]
        assert not below.get("strict")
        assert all(each["warningOnly"] for each in members["protectedRanges"])
        assert members["columnGroups"][0]["range"]["startIndex"] == names.index("Grant number")
        assert members["columnGroups"][0]["collapsed"]
        assert len(members["conditionalFormats"]) > 3
        assert members["properties"]["gridProperties"]["frozenRowCount"] == 1

    def test_to_do_has_a_view_of_what_is_open_and_tells_its_state(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        assert described(sheet, "To do")["filterViews"][0]["title"] == "Open"
        sheet.open().add_rows([NewRow("To do", "Ref", "T-1", {"Ref": "T-1", "What": "Call Ana"})])
        sheet.google.edit({"do": "type", "tab": "To do", "at": "B3", "values": [["why ana@example.org"]]})
        states = SystemTab("HMN to do", ("Ref or What", "State"), [("T-1", "open"), ("why ana@example.org", "got it")])
        sheet.open().publish([states])
        assert [row[-1] for row in sheet.cells("To do")] == ["State", "open", "got it"]
        assert described(sheet, "HMN to do")["properties"]["hidden"]

    def test_the_talking_column_speaks_after_the_first_run(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        sheet.google.edit({"do": "type", "tab": "Members", "at": "B2", "values": [["Ana", "Bo", "ana@example.org"]]})
        columns = ("What we will do", "First name", "Last name", "Email", "Organization")
        told = SystemTab("HMN Members", columns, [("OK", "Ana", "Bo", "ana@example.org", "")])
        sheet.open().publish([told])
        assert sheet.cells("Members")[1][0] == "OK"


class TestAnAdoptedSheet:
    """What people made stays as they made it."""

    def adopted(self, sheet: GoogleSheet, *rows: Sequence[Any]) -> Furnished:
        sheet.type("Contacts", *rows)
        sheet.google.edit({"do": "delete_tab", "tab": "Sheet1"})
        return furnish(sheet)

    def test_its_columns_are_known_by_their_other_names_and_no_cell_changes(self, sheet: GoogleSheet) -> None:
        done = self.adopted(sheet, *ADOPTED)
        assert "Members" not in sheet.google.tabs()
        assert [row[1:] for row in sheet.cells("Contacts")] == ADOPTED
        assert sheet.kinds("Contacts")["=Ana"] == "s"
        assert sheet.cells("Contacts")[0][0] == "What we will do"
        assert "Add the column What we will do in front of Members." in done.steps
        assert not done.questions

    def test_adopted_again_nothing_is_added(self, sheet: GoogleSheet) -> None:
        self.adopted(sheet, *ADOPTED)
        before = sheet.google.whole()
        assert furnish(sheet) == Furnished()
        assert sheet.google.whole() == before

    def test_columns_whose_width_nobody_chose_get_room_and_the_others_stay(self, sheet: GoogleSheet) -> None:
        sheet.type("Members", ("First name", "Last name", "Email", "Status"), ("Ana", "Torres", "ana@example.org", ""))
        (tab,) = [each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == "Members"]
        email = {"sheetId": tab["properties"]["sheetId"], "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
        wide = {"range": email, "properties": {"pixelSize": 333}, "fields": "pixelSize"}
        body = {"requests": [{"updateDimensionProperties": wide}]}
        sheet.google.call("POST", f"/v4/spreadsheets/{sheet.google.sheet}:batchUpdate", body)
        furnish(sheet)
        (tab,) = [each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == "Members"]
        ours, first, last, kept, status = [each.get("pixelSize") for each in tab["data"][0]["columnMetadata"]][:5]
        assert kept == 333
        assert ours > last > first > 90
        assert status is None, "it has no width of its own in a new sheet either"

    def test_a_column_that_only_a_person_can_map_is_asked_about(self, sheet: GoogleSheet) -> None:
        done = self.adopted(sheet, ("First name", "Email", "Standing"), ("Ana", "ana@example.org", "in"))
        assert any("no column Status" in question for question in done.questions)

    def test_what_a_column_is_called_is_written_into_settings_and_the_sentences_find_their_rows(
        self, sheet: GoogleSheet
    ) -> None:
        sheet.type("Members", ("Nombre", "Señas", "Standing"), ("Ana", "ana@example.org", "Member"))
        headers = {"Señas": "Email", "Standing": "Status"}
        before = sheet.typed("Members")
        assert furnish(sheet, dry_run=True, headers=headers) == furnish(sheet, headers=headers)
        assert [row[1:] for row in sheet.typed("Members")] == before
        reading = sheet.open().read()
        assert reading is not None
        (row,) = understand(reading, MEMBERS).rows
        assert (row.cells["Email"], row.cells["Status"]) == ("ana@example.org", "Member")
        columns = ("What we will do", "First name", "Last name", "Email", "Organization")
        sheet.open().publish([SystemTab("HMN Members", columns, [("OK", "Ana", "", "ana@example.org", "")])])
        assert sheet.cells("Members")[1][0] == "OK"
        whole = sheet.google.whole()
        assert furnish(sheet, headers=headers) == Furnished()
        assert sheet.google.whole() == whole

    def test_a_settings_tab_that_stands_gets_only_the_lines_it_lacks(self, sheet: GoogleSheet) -> None:
        sheet.type("Members", ("Nombre", "Señas", "Standing"))
        sheet.type("Settings", ("Name", "Value"), ("Sending", "off"), ("Column: Standing", "Notes"))
        furnish(sheet, headers={"Señas": "Email", "Standing": "Status"})
        assert sheet.cells("Settings") == [
            ("Name", "Value"),
            ("Column: Señas", "Email"),
            ("Sending", "off"),
            ("Column: Standing", "Notes"),
        ]

    def test_columns_that_came_later_are_looked_at_too_after_the_next_init(self, sheet: GoogleSheet) -> None:
        self.adopted(sheet, ("Email", "Status"), ("ana@example.org", "Member"))
        sheet.google.edit({"do": "type", "tab": "Contacts", "at": "D1", "values": [["First name"], ["Ana"]]})
        done = furnish(sheet)
        assert done.steps == ("Mend the column What we will do of Members: the columns it looks at have changed.",)
        columns = ("What we will do", "First name", "Last name", "Email", "Organization")
        sheet.open().publish([SystemTab("HMN Members", columns, [("OK", "Ana", "", "ana@example.org", "")])])
        assert sheet.cells("Contacts")[1] == ("OK", "ana@example.org", "Member", "Ana")
        assert furnish(sheet) == Furnished()

    @pytest.mark.parametrize(
        "edit",
        [
            {"do": "delete_columns", "column": 0},
            {"do": "type", "at": "A1", "values": [["mine"]]},
            {"do": "type", "at": "A1", "values": [["What we will do"]]},
            {"do": "delete_columns", "column": 1},
        ],
        ids=["taken away", "named otherwise", "typed over", "a column it looked at is gone"],
    )
    def test_our_column_comes_back_whatever_was_done_to_it(self, sheet: GoogleSheet, edit: Mapping[str, Any]) -> None:
        self.adopted(sheet, ("First name", "Email", "Status"), ("Ana", "ana@example.org", "Member"))
        sheet.google.edit({**edit, "tab": "Contacts"})
        (step,) = furnish(sheet).steps
        assert "the column What we will do" in step
        columns = ("What we will do", "First name", "Last name", "Email", "Organization")
        name = "Ana" if edit["do"] == "type" or edit["column"] == 0 else ""
        sheet.open().publish([SystemTab("HMN Members", columns, [("OK", name, "", "ana@example.org", "")])])
        header, row = sheet.cells("Contacts")
        assert row[header.index("What we will do")] == "OK"
        assert row[header.index("Email")] == "ana@example.org"
        assert furnish(sheet) == Furnished()

    def test_notes_choices_and_frozen_rows_of_their_own_stay(self, sheet: GoogleSheet) -> None:
        sheet.type("Members", ("List of 2026",), ("First name", "Email", "Status"), ("Ana", "a@example.org", "Member"))
        tab = described(sheet, "Members")["properties"]["sheetId"]
        rule = {"condition": {"type": "BOOLEAN"}}
        cell = {"sheetId": tab, "rowIndex": 1, "columnIndex": 2}
        note = {"start": cell, "rows": [{"values": [{"note": "theirs"}]}], "fields": "note"}
        area = {"sheetId": tab, "startRowIndex": 2, "endRowIndex": 9, "startColumnIndex": 2, "endColumnIndex": 3}
        frozen = {"properties": {"sheetId": tab, "gridProperties": {"frozenRowCount": 3}}}
        requests = [
            {"updateCells": note},
            {"setDataValidation": {"range": area, "rule": rule}},
            {"updateSheetProperties": {**frozen, "fields": "gridProperties.frozenRowCount"}},
        ]
        sheet.google.call("POST", f"/v4/spreadsheets/{SHEET_ID}:batchUpdate", {"requests": requests})
        furnish(sheet)
        members = described(sheet, "Members")
        assert members["data"][0]["rowData"][1]["values"][3]["note"] == "theirs"
        assert members["data"][0]["rowData"][1]["values"][2]["note"].startswith("One address")
        assert members["data"][0]["rowData"][2]["values"][3]["dataValidation"] == rule
        assert members["properties"]["gridProperties"]["frozenRowCount"] == 3

    def test_columns_are_folded_away_only_where_nothing_else_stands_among_them(self, sheet: GoogleSheet) -> None:
        self.adopted(sheet, ("Email", "Status", "Grant", "Notes"), ("a@example.org", "Member", "", ""))
        assert described(sheet, "Contacts")["columnGroups"][0]["range"]["startIndex"] == 3
        sheet.google.make(id=SHEET_ID)
        self.adopted(sheet, ("Grant", "Email", "Status", "Notes"), ("", "a@example.org", "Member", ""))
        assert "columnGroups" not in described(sheet, "Contacts")

    def test_a_member_list_under_another_name_is_asked_about_and_no_second_one_is_made(
        self, sheet: GoogleSheet
    ) -> None:
        sheet.type("2026 list", ("First name", "Last name", "Email"), ("Ana", "Bo", "a@example.org"))
        done = furnish(sheet)
        assert "The tab 2026 list looks like your member list" in done.questions[0]
        assert "Members" not in sheet.google.tabs()
        assert sheet.cells("2026 list")[0] == ("First name", "Last name", "Email")

    def test_a_hidden_tab_of_people_is_adopted_and_not_made_again(self, sheet: GoogleSheet) -> None:
        sheet.type("Settings", ("Setting", "Value"), ("Sending", "off"))
        tab = described(sheet, "Settings")["properties"]["sheetId"]
        hidden = {"properties": {"sheetId": tab, "hidden": True}, "fields": "hidden"}
        body = {"requests": [{"updateSheetProperties": hidden}]}
        sheet.google.call("POST", f"/v4/spreadsheets/{SHEET_ID}:batchUpdate", body)
        furnish(sheet)
        assert sheet.cells("Settings")[1] == ("Sending", "off")

    def test_a_tab_without_any_known_header_is_left_alone_and_asked_about(self, sheet: GoogleSheet) -> None:
        done = self.adopted(sheet, ("one", "two"), ("three", "four"))
        assert sheet.cells("Contacts") == [("one", "two"), ("three", "four")]
        assert "has no header row that we know" in done.questions[0]


class TestLaterTabs:
    """Tabs of a job, made by a round: the same as `init` makes, once, whoever else is at it."""

    def test_they_are_made_in_one_write_before_our_own_tabs(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        workbook = sheet.open()
        workbook.read()
        before = len(sheet.google.asked())
        assert workbook.make_tabs(later_tabs(["goals"])).titles == ("Programs", "Goals")
        assert [each["method"] for each in sheet.google.asked()[before:]] == ["POST"]
        assert visible(sheet) == ["Start here", "Members", "To do", "Settings", "Programs", "Goals", "HMN today"]
        goals = described(sheet, "Goals")
        assert goals["properties"]["gridProperties"]["frozenRowCount"] == 1
        assert sheet.open().make_tabs(later_tabs(["goals"])).titles == ("Programs", "Goals")
        assert len(sheet.google.asked()) == before + 1

    def test_two_runs_at_once_make_one(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        one, other = sheet.open(), sheet.open()
        one.read()
        sheet.google.edit_when("batchUpdate", {"do": "add_tab", "tab": "GOALS"}, when="before")
        one.make_tabs(later_tabs(["goals"]))
        other.make_tabs(later_tabs(["goals"]))
        titles = [title.casefold() for title in sheet.google.tabs()]
        assert (titles.count("goals"), titles.count("programs")) == (1, 1)

    def test_a_write_that_comes_late_makes_no_second_one(self, sheet: GoogleSheet) -> None:
        furnish(sheet)
        sheet.google.fault("late", method="POST", path="batchUpdate", after_requests=1)
        with pytest.raises(TransientError):
            sheet.open().make_tabs(later_tabs(["surveys"]))
        sheet.open().make_tabs(later_tabs(["surveys"]))
        sheet.google.control("late", {})
        assert [title for title in sheet.google.tabs() if title == "Themes"] == ["Themes"]

    def test_a_tab_that_a_person_renamed_is_theirs_and_a_new_one_is_made(self, sheet: GoogleSheet) -> None:
        furnish(sheet, ["goals"])
        sheet.google.edit({"do": "rename_tab", "tab": "Goals", "to": "Goals of 2025"})
        workbook = sheet.open()
        workbook.read()
        workbook.make_tabs(later_tabs(["goals"]))
        assert {"Goals", "Goals of 2025"} <= set(sheet.google.tabs())


class TestTheCommand:
    """What `hmn init` prints, over a Google Sheet and over a file."""

    def test_it_works_on_the_sheet_that_the_settings_name(
        self, sheet: GoogleSheet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("HMN_WORKBOOK", f"https://docs.google.com/spreadsheets/d/{SHEET_ID}/edit")
        monkeypatch.setenv("HMN_GOOGLE_CREDENTIALS", str(sheet.key))
        monkeypatch.setenv("HMN_GOOGLE_BASE_URL", sheet.google.base_url)
        init(dry_run=True)
        assert "Would do: Make the tab Members." in capsys.readouterr().out
        init(dry_run=False, jobs=("all",))
        assert "Done: Make the tab Goals." in capsys.readouterr().out
        init(dry_run=False, jobs=("all",))
        assert "has everything it needs" in capsys.readouterr().out

    def test_a_sheet_that_is_not_there_is_one_sentence(self, sheet: GoogleSheet) -> None:
        with pytest.raises(ConfigurationError, match="no Google Sheet with the id"):
            furnish_sheet("a" * 30, Access(sheet.key, sheet.google.base_url), first_tabs(), dry_run=False)
