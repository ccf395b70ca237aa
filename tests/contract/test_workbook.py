"""The `Workbook` port, the same assertions for every adapter: no cell of people changes, no added row doubles.

What only a local .xlsx has (lock files, a rewrite that would lose something) stands below the contract.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Book
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from examples.build import build_workbook
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import open_ledger
from integrations.local.workbook import TO_ADD, LocalWorkbook
from network.errors import ConfigurationError, PermanentError, TransientError
from network.guard import GUARD
from network.ports import Workbook
from network.tabs import MEMBERS, TO_DO, Cell, NewRow, SystemTab, date_to_serial, understand
from tests.builders import NOON
from tests.contract.ledgers import a_ledger
from tests.emulated.google_sheet import GoogleSheet
from tests.emulated.stand_in import StandIn, running_stand_in

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
# Spreadsheets know no time zones.
OCTOBER_6 = datetime.combine(date(2026, 10, 6), time())
OCTOBER_6_NOON = datetime.combine(date(2026, 10, 6), time(12))
TO_DO_HEADER = ("Ref", "What", "Why", "Who", "Since", "Answer")


class LocalSheet:
    """A people's .xlsx as people hold it: typed in with openpyxl, looked at with openpyxl."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "members.xlsx"
        self.ours = folder / "HMN members.xlsx"

    def open(self) -> Workbook:
        return LocalWorkbook(self.path, lambda: NOON)

    def type(self, tab: str, *rows: Sequence[Any]) -> None:
        book = load_workbook(self.path) if self.path.exists() else Book()
        if tab in book.sheetnames:
            del book[tab]
        sheet = book.create_sheet(tab)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
        if "Sheet" in book.sheetnames:
            del book["Sheet"]
        book.save(self.path)

    def cells(self, tab: str) -> list[tuple[Any, ...]]:
        return list(load_workbook(self.path)[tab].iter_rows(values_only=True))

    def our_cells(self, tab: str) -> list[tuple[Any, ...]]:
        return list(load_workbook(self.ours)[tab].iter_rows(values_only=True))

    def kinds(self, tab: str) -> dict[Any, str]:
        """What each value of a people's tab is: "s" a text, "d" a day, "n" a number."""
        return {cell.value: cell.data_type for row in load_workbook(self.path)[tab].iter_rows() for cell in row}

    def our_kinds(self, tab: str) -> dict[Any, str]:
        return {cell.value: cell.data_type for row in load_workbook(self.ours)[tab].iter_rows() for cell in row}


Sheet = LocalSheet | GoogleSheet


def a_task(ref: str = "T-1", what: str = "Call Ana") -> NewRow:
    cells: dict[str, str | float | int | date | None] = {"Ref": ref, "What": what, "Since": date(2026, 10, 6)}
    return NewRow("To do", "Ref", ref, cells)


def a_tab(*rows: Sequence[str | float | int | date | None], title: str = "HMN today") -> SystemTab:
    return SystemTab(title, ("What", "Sentence"), rows, (20, 60), preface=("Last change read 10:30.",))


def fill(sheet: Sheet) -> None:
    sheet.type("Members", ("First name", "Email", "Phone", "Status", "Joined on"), ("Ana", "ana@example.org", "007"))
    sheet.type("To do", TO_DO_HEADER, (None, "why ana@example.org"))


@pytest.fixture(scope="module")
def google() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


class WorkbookContract:
    """What every `Workbook` keeps."""

    def test_values_are_read_raw(self, sheet: Sheet) -> None:
        typed: list[Any] = ["Ana", "=1+1", "007", 3605550142, OCTOBER_6_NOON, True, None, "x" * 30_000, 0.5]
        sheet.type("Members", [f"Column {n}" for n in range(9)], typed)
        reading = sheet.open().read()
        assert reading is not None
        row = list(reading.tabs["Members"].values[1])
        assert row == [
            "Ana",
            "=1+1",
            "007",
            3605550142,
            date_to_serial(date(2026, 10, 6)) + 0.5,
            True,
            None,
            "x" * 30_000,
            0.5,
        ]

    def test_nothing_changed_is_none_and_any_edit_is_seen(self, sheet: Sheet) -> None:
        workbook = sheet.open()
        first = workbook.read()
        assert first is not None
        assert workbook.read(first.version) is None
        sheet.type("Members", ("First name", "Email", "Status"), ("Bea", "bea@example.org", "Member"))
        again = workbook.read(first.version)
        assert again is not None
        assert understand(again, MEMBERS).rows[0].cells["First name"] == "Bea"

    def test_our_tabs_are_written_only_when_they_changed(self, sheet: Sheet) -> None:
        workbook = sheet.open()
        assert workbook.publish([a_tab(("Fix", "Type it")), a_tab(title="HMN Members")]) == ["HMN today", "HMN Members"]
        assert workbook.publish([a_tab(("Fix", "Type it")), a_tab(title="HMN Members")]) == []
        assert workbook.publish([a_tab(("OK", "Fine")), a_tab(title="HMN Members")]) == ["HMN today"]
        assert sheet.our_cells("HMN today")[-1] == ("OK", "Fine")
        assert sheet.open().publish([a_tab(("OK", "Fine"))]) == [], "another process knows too"

    def test_our_text_never_becomes_a_formula_and_a_day_is_a_day(self, sheet: Sheet) -> None:
        sheet.open().publish([a_tab(("=HYPERLINK(1)", "+1"), ("@x", "-2"), (date(2026, 10, 6), 7), ("a\x00b", "#N/A"))])
        cells = sheet.our_kinds("HMN today")
        assert {cells[text] for text in ("=HYPERLINK(1)", "+1", "@x", "-2", "ab", "#N/A")} == {"s"}
        assert cells[OCTOBER_6] == "d"

    def test_an_added_row_stands_there_once(self, sheet: Sheet) -> None:
        workbook = sheet.open()
        assert workbook.add_rows([a_task("T-1"), a_task("T-2"), a_task("T-1")]) == ["T-1", "T-2", "T-1"]
        assert sheet.open().add_rows([a_task("T-1"), a_task("T-3")]) == ["T-1", "T-3"]
        refs = [row[0] for row in sheet.cells("To do")]
        assert sorted(ref for ref in refs if ref) == ["Ref", "T-1", "T-2", "T-3"]

    def test_a_row_is_added_under_the_right_headers_wherever_they_stand(self, sheet: Sheet) -> None:
        sheet.type("To do", ("Your answer", " REF", "Since", "what", "Shirt size"), (None, None, None, "why ana", "M"))
        sheet.open().add_rows([a_task()])
        reading = sheet.open().read()
        assert reading is not None
        added = next(row for row in understand(reading, TO_DO).rows if row.cells["Ref"] == "T-1")
        assert (added.cells["What"], added.cells["Since"]) == ("Call Ana", date_to_serial(date(2026, 10, 6)))

    def test_adding_rows_changes_no_cell_that_a_person_may_edit(self, sheet: Sheet) -> None:
        before = (sheet.cells("Members"), sheet.cells("To do"))
        sheet.open().add_rows([a_task(what="=cmd()")])
        assert sheet.cells("Members") == before[0]
        assert [row for row in sheet.cells("To do") if row[0] != "T-1"] == before[1]
        assert [row[1] for row in sheet.cells("To do") if row[0] == "T-1"] == ["=cmd()"]
        assert sheet.kinds("To do")["=cmd()"] == "s"

    def test_our_own_addition_is_read_at_the_next_run(self, sheet: Sheet) -> None:
        workbook = sheet.open()
        reading = workbook.read()
        assert reading is not None
        workbook.add_rows([a_task()])
        assert workbook.read(reading.version) is not None


def break_off(path: Path, part: str) -> None:
    """Cuts one part of an .xlsx in half, or the whole file."""
    whole = path.read_bytes()
    if not part:
        path.write_bytes(whole[: len(whole) // 2])
        return
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content[: len(content) // 2] if name == part else content)


class TestLocalWorkbook(WorkbookContract):
    """The contract over .xlsx, and what only a file has."""

    @pytest.fixture
    def sheet(self, tmp_path: Path) -> LocalSheet:
        sheet = LocalSheet(tmp_path)
        fill(sheet)
        return sheet

    def test_an_open_file_is_left_alone_and_its_rows_wait_beside_it(self, sheet: LocalSheet) -> None:
        before = sheet.path.read_bytes()
        lock = sheet.path.parent / ".~lock.members.xlsx#"
        lock.touch()
        workbook = sheet.open()
        assert workbook.add_rows([a_task()]) == []
        assert sheet.path.read_bytes() == before
        rows = sheet.our_cells(TO_ADD)
        assert "members.xlsx is open" in str(rows[0][0])
        assert rows[-1][:3] == ("To do", "T-1", "Call Ana")
        reading = workbook.read()
        assert reading is not None
        assert "members.xlsx is open" in reading.remarks[0]
        lock.unlink()
        assert workbook.add_rows([a_task()]) == ["T-1"]
        assert sheet.our_cells(TO_ADD)[0][0] == "Nothing waits to be added."

    def test_rows_for_two_tabs_wait_beside_each_other(self, sheet: LocalSheet) -> None:
        (sheet.path.parent / "~$members.xlsx").touch()
        workbook = sheet.open()
        workbook.add_rows([a_task()])
        workbook.add_rows([NewRow("Programs", "Grant number", "90CI009995", {"Grant number": "90CI009995"})])
        workbook.add_rows([a_task(), a_task("T-2")])
        assert sorted(str(row[0]) for row in sheet.our_cells(TO_ADD)[3:]) == ["Programs", "To do", "To do"]

    @pytest.mark.parametrize("thing", ["formula", "comment", "macro", "drawing", "extension"])
    def test_a_file_with_something_a_rewrite_loses_is_never_rewritten(self, sheet: LocalSheet, thing: str) -> None:
        book = load_workbook(sheet.path)
        if thing == "formula":
            book["Members"]["F2"] = "=COUNTA(A:A)"
        if thing == "comment":
            book["Members"]["A2"].comment = Comment("please ask her", "Noor")
        book.save(sheet.path)
        part = {"macro": "xl/vbaProject.bin", "drawing": "xl/charts/chart1.xml", "extension": ""}.get(thing)
        if part:
            with zipfile.ZipFile(sheet.path, "a") as parts:
                parts.writestr(part, b"kept by Excel alone")
        if thing == "extension":
            rewrite_part(
                sheet.path, "xl/worksheets/sheet1.xml", b"</worksheet>", b"<extLst><ext uri='x'/></extLst></worksheet>"
            )
        before = sheet.path.read_bytes()
        assert sheet.open().add_rows([a_task()]) == []
        assert sheet.path.read_bytes() == before
        assert "which we would lose" in str(sheet.our_cells(TO_ADD)[0][0])

    def test_what_a_rewrite_keeps_is_kept(self, sheet: LocalSheet) -> None:
        book = load_workbook(sheet.path)
        choices = DataValidation(type="list", formula1='"Member,Invite"')
        choices.add("D2:D99")
        book["Members"].add_data_validation(choices)
        book["Members"].column_dimensions["A"].width = 33
        book["Members"].freeze_panes = "A2"
        book["Members"]["C2"].number_format = "@"
        book.save(sheet.path)
        sheet.path.chmod(0o640)
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        members = load_workbook(sheet.path)["Members"]
        assert str(members.data_validations.dataValidation[0].sqref) == "D2:D99"
        assert (members.column_dimensions["A"].width, members.freeze_panes) == (33, "A2")
        assert members["C2"].number_format == "@"
        assert sheet.path.stat().st_mode & 0o777 == 0o640

    def test_the_example_office_takes_rows_and_loses_nothing(self, tmp_path: Path) -> None:
        path = build_workbook(WASHINGTON, tmp_path / "workbook.xlsx")
        before = everything_in(path)
        assert LocalWorkbook(path, lambda: NOON).add_rows([a_task()]) == ["T-1"]
        after = everything_in(path)
        assert {place: after[place] for place in before} == before
        assert len(after) == len(before) + 3

    def test_a_conflicted_copy_beside_it_is_reported(self, sheet: LocalSheet) -> None:
        for name in ("members (Ana's conflicted copy 2026-10-06).xlsx", "members-DESKTOP-7K2M.xlsx", "membership.xlsx"):
            (sheet.path.parent / name).write_bytes(sheet.path.read_bytes())
        reading = sheet.open().read()
        assert reading is not None
        assert [remark.partition(", ")[2].partition(".xlsx")[0] for remark in reading.remarks] == [
            "members (Ana's conflicted copy 2026-10-06)",
            "members-DESKTOP-7K2M",
        ]

    def test_a_file_that_is_not_there_half_saved_or_locked_is_one_sentence(self, sheet: LocalSheet) -> None:
        content = sheet.path.read_bytes()
        sheet.path.write_bytes(content[: len(content) // 2])
        with pytest.raises(TransientError, match="perhaps it is being saved"):
            sheet.open().read()
        sheet.path.write_bytes(b"\xd0\xcf\x11\xe0 and the rest of an encrypted file")
        with pytest.raises(PermanentError, match="has a password or is an old"):
            sheet.open().read()
        sheet.path.unlink()
        with pytest.raises(ConfigurationError, match="There is no workbook"):
            sheet.open().read()

    def test_our_file_begins_anew_when_it_was_broken_or_deleted(self, sheet: LocalSheet) -> None:
        workbook = sheet.open()
        workbook.publish([a_tab(("OK", "Fine"))])
        sheet.ours.write_bytes(b"not a workbook")
        assert workbook.publish([a_tab(("OK", "Fine"))]) == ["HMN today"]
        sheet.ours.unlink()
        assert workbook.publish([a_tab(("OK", "Fine"))]) == ["HMN today"]

    @pytest.mark.parametrize("part", ["", "xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml"])
    def test_our_broken_file_begins_anew_where_it_was_ours_and_stops_a_computer_that_never_wrote_it(
        self, sheet: LocalSheet, part: str, tmp_path: Path
    ) -> None:
        guard = SystemTab(GUARD, ("What", "Value"), [("computer", "here")], hidden=True)
        ledgers = [open_ledger(f"sqlite:///{tmp_path / name}") for name in ("ours.db", "new.db")]
        ours, new = (LocalWorkbook(sheet.path, lambda: NOON, LedgerCursors(each)) for each in ledgers)
        ours.publish([guard])
        break_off(sheet.ours, part)
        with pytest.raises(TransientError, match="who runs this office"):
            new.read()
        assert ours.read() is not None
        assert GUARD in ours.publish([guard])
        assert new.read() is not None
        for ledger in ledgers:
            ledger.close()

    def test_rows_to_fix_have_a_colour_beside_their_word_and_headers_stay_in_sight(self, sheet: LocalSheet) -> None:
        sheet.open().publish([a_tab(("Fix: type it", "x"), ("OK", "y"))])
        tab = load_workbook(sheet.ours)["HMN today"]
        assert tab.freeze_panes == "A4"
        assert tab["A4"].fill.start_color.rgb != tab["A5"].fill.start_color.rgb
        assert tab["A3"].font.bold

    def test_a_hidden_tab_of_ours_is_hidden(self, sheet: LocalSheet) -> None:
        sheet.open().publish([a_tab(("OK", "")), SystemTab("HMN guard", ("Key",), [("x",)], hidden=True)])
        book = load_workbook(sheet.ours)
        assert [tab.title for tab in book.worksheets if tab.sheet_state == "visible"] == ["HMN today"]


class TestGoogleWorkbook(WorkbookContract):
    """The contract over gspread and the stand-in; what only Google has stands in `tests/emulated`."""

    @pytest.fixture
    def sheet(self, google: StandIn, tmp_path: Path) -> Iterator[GoogleSheet]:
        google.reset()
        with a_ledger("sqlite", tmp_path) as ledger:
            sheet = GoogleSheet(google, ledger, tmp_path)
            fill(sheet)
            yield sheet


def rewrite_part(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    assert old in content[part]
    with zipfile.ZipFile(path, "w") as parts:
        for name, body in content.items():
            parts.writestr(name, body.replace(old, new) if name == part else body)


def everything_in(path: Path) -> dict[tuple[str, str], tuple[Cell | object, str, str, bool]]:
    return {
        (tab.title, cell.coordinate): (cell.value, cell.data_type, cell.number_format, bool(cell.quotePrefix))
        for tab in load_workbook(path).worksheets
        for row in tab.iter_rows()
        for cell in row
        if cell.value is not None
    }
