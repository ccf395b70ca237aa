"""`hmn init` over a Google Sheet: makes, adopts, asks; run again it harms nothing, dry it does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hmn.init import init
from integrations.google.connect import Access, furnish_sheet
from network.errors import ConfigurationError
from network.furniture import Furnished, first_tabs, later_tabs
from network.tabs import MEMBERS, SETTINGS, TO_DO, NewRow, SystemTab, understand
from tests.emulated.google_sheet import GoogleSheet

SHEET_ID = "sheet_of_the_init_tests_01"
DAY_ONE = ["Start here", "Members", "To do", "Settings", "HMN today"]
ADOPTED = [("Shirt", "E-mail", "Status", "First"), ("M", "ana@example.org", "Member", "=Ana")]


@pytest.fixture(autouse=True)
def empty(sheet: GoogleSheet) -> None:
    sheet.google.make(id=SHEET_ID)


def furnish(sheet: GoogleSheet, jobs: Sequence[str] = (), *, dry_run: bool = False) -> Furnished:
    plans = [*first_tabs(), *later_tabs(jobs)]
    return furnish_sheet(SHEET_ID, Access(sheet.key, sheet.google.base_url), plans, dry_run=dry_run)


def described(sheet: GoogleSheet, title: str) -> Any:
    return next(each for each in sheet.google.whole()["sheets"] if each["properties"]["title"] == title)


def visible(sheet: GoogleSheet) -> list[str]:
    sheets = [each["properties"] for each in sheet.google.whole()["sheets"]]
    return [each["title"] for each in sheets if not each.get("hidden")]


class TestANewSheet:
    """Day one has five visible tabs."""

    def test_an_empty_sheet_gets_the_five_tabs_in_one_write(self, sheet: GoogleSheet) -> None:
        done = furnish(sheet)
        assert sorted(visible(sheet)) == sorted(DAY_ONE)
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

    def test_a_column_that_only_a_person_can_map_is_asked_about(self, sheet: GoogleSheet) -> None:
        done = self.adopted(sheet, ("First name", "Email", "Standing"), ("Ana", "ana@example.org", "in"))
        assert any("no column Status" in question for question in done.questions)

    def test_a_tab_without_any_known_header_is_left_alone_and_asked_about(self, sheet: GoogleSheet) -> None:
        done = self.adopted(sheet, ("one", "two"), ("three", "four"))
        assert sheet.cells("Contacts") == [("one", "two"), ("three", "four")]
        assert "has no header row that we know" in done.questions[0]


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
