"""The office's sheet at Google: what a run costs, edits between our read and our write, doubts, the talking column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.google.formulas import SENTENCES, talking_formula
from integrations.google.headers import Header
from integrations.google.memory import RowName
from integrations.google.workbook import GoogleWorkbook
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.pending_rows import LedgerAddedRows
from network.errors import ConfigurationError, PermanentError, TransientError
from network.jobs.results import tab_of
from network.tabs import MEMBERS, TO_DO, NewRow, Reading, SystemTab, understand
from tests.emulated.google_sheet import GoogleSheet

MEMBER_HEADER = ("First name", "Last name", "Email", "Organization", "Status")
ANA = ("Ana", "Bo", "ana@example.org", "Org", "Member")
TO_DO_HEADER = ("Ref", "What", "Why", "Who", "Since", "Answer")


@pytest.fixture(autouse=True)
def filled(sheet: GoogleSheet) -> None:
    sheet.type("Members", MEMBER_HEADER, ANA)
    sheet.type("To do", TO_DO_HEADER, ("T-9", "Old"))
    sheet.google.edit({"do": "delete_tab", "tab": "Sheet1"})


def today(*rows: Sequence[Any], said: str = "Last change read 10:30.") -> SystemTab:
    return SystemTab("HMN today", ("What", "Sentence"), rows, (20, 60), preface=(said,))


def a_task(ref: str = "T-1", what: str = "Call Ana") -> NewRow:
    return NewRow("To do", "Ref", ref, {"Ref": ref, "What": what})


def read(sheet: GoogleSheet, since: str | None = None) -> Reading:
    reading = sheet.open().read(since)
    assert reading is not None
    return reading


def kinds_since(sheet: GoogleSheet, before: int) -> list[str]:
    """What was asked of Google since, as short words."""
    words = {"batchUpdate": "write", "values:batchGet": "read", "/drive/": "version"}
    return [
        next((word for part, word in words.items() if part in each["path"]), "tabs")
        for each in sheet.google.asked()[before:]
    ]


def type_status(sheet: GoogleSheet, status: str) -> None:
    sheet.google.edit({"do": "type", "tab": "Members", "at": "E2", "values": [[status]]})


def a_course(*rows: tuple[str, tuple[float, ...]]) -> SystemTab:
    lines = [(name, "", "", "", "", values) for name, values in rows]
    whole = tab_of(lines, ())
    short = [(row[0], row[-1]) for row in whole.rows]
    return SystemTab(whole.title, ("What", "So far"), short, trends=whole.trends)


class TestCost:
    """Cost follows change."""

    def settled(self, sheet: GoogleSheet) -> str:
        """An office whose sheet was read and answered, and where nothing changed since."""
        token = read(sheet).version
        sheet.open().publish([today(("OK", "Fine"))])
        assert sheet.open().read(token) is None
        assert token is not None
        return token

    def test_the_first_run_asks_for_the_tabs_once(self, sheet: GoogleSheet) -> None:
        self.settled(sheet)
        assert kinds_since(sheet, 0) == ["version", "tabs", "read", "write", "version", "read"]

    def test_a_run_without_a_change_costs_one_request(self, sheet: GoogleSheet) -> None:
        token = self.settled(sheet)
        before = len(sheet.google.asked())
        assert sheet.open().read(token) is None
        assert sheet.open().publish([today(("OK", "Fine"))]) == []
        assert sheet.open().add_rows([]) == []
        assert kinds_since(sheet, before) == ["version"]

    def test_without_drive_every_run_reads_and_nothing_more(self, sheet: GoogleSheet) -> None:
        sheet.google.control("google", {"drive": False})
        token = read(sheet).version
        before = len(sheet.google.asked())
        assert sheet.open().read(token) is None
        assert kinds_since(sheet, before) == ["version", "read"]

    def test_a_run_with_a_change_costs_one_read_and_one_write_and_the_additions(self, sheet: GoogleSheet) -> None:
        token = self.settled(sheet)
        type_status(sheet, "Left")
        before = len(sheet.google.asked())
        workbook = sheet.open()
        assert workbook.read(token) is not None
        assert workbook.publish([today(("Fix", "Type it")), SystemTab("HMN results", ("a",), [("b",)])])
        assert workbook.add_rows([a_task("T-1"), a_task("T-2")]) == ["T-1", "T-2"]
        assert kinds_since(sheet, before) == ["version", "read", "write", "write"]

    def test_rows_that_stand_already_cost_nothing(self, sheet: GoogleSheet) -> None:
        sheet.open().add_rows([a_task()])
        before = len(sheet.google.asked())
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert kinds_since(sheet, before) == []

    def test_ten_thousand_members_cost_as_many_requests_as_one(self, sheet: GoogleSheet) -> None:
        rows = [("Ana", str(number), f"a{number}@example.org", "Org", "Member") for number in range(10_000)]
        sheet.type("Members", MEMBER_HEADER, *rows)
        token = self.settled(sheet)
        type_status(sheet, "Left")
        before = len(sheet.google.asked())
        assert len(understand(read(sheet, token), MEMBERS).rows) == 10_000
        assert kinds_since(sheet, before) == ["version", "read"]


class TestReading:
    """No edit is missed and nothing that people typed is taken for something else."""

    def test_an_edit_between_the_version_and_the_cells_is_read_once_more(self, sheet: GoogleSheet) -> None:
        edit = {"do": "type", "tab": "Members", "at": "A2", "values": [["Bea"]]}
        sheet.google.edit_when("/drive/", edit)
        first = read(sheet)
        assert understand(first, MEMBERS).rows[0].cells["First name"] == "Bea"
        sheet.google.edit_when("batchGet", {**edit, "values": [["Cy"]]})
        assert sheet.open().read(first.version) is None
        assert understand(read(sheet, first.version), MEMBERS).rows[0].cells["First name"] == "Cy"

    def test_an_edit_between_our_read_and_our_write_is_read_next_time(self, sheet: GoogleSheet) -> None:
        first = read(sheet)
        sheet.google.edit_when(
            "batchUpdate", {"do": "type", "tab": "Members", "at": "A2", "values": [["Bea"]]}, when="before"
        )
        sheet.open().publish([today(("OK", "Fine"))])
        assert understand(read(sheet, first.version), MEMBERS).rows[0].cells["First name"] == "Bea"

    def test_a_version_that_lags_hides_an_edit_only_while_it_lags(self, sheet: GoogleSheet) -> None:
        first = read(sheet)
        sheet.google.control(f"spreadsheets/{sheet.google.sheet}/lag", {"reads": 1})
        type_status(sheet, "Left")
        assert sheet.open().read(first.version) is None
        assert understand(read(sheet, first.version), MEMBERS).rows[0].cells["Status"] == "Left"

    def test_our_own_tabs_and_sentences_are_no_change_of_people(self, sheet: GoogleSheet) -> None:
        token = read(sheet).version
        workbook = sheet.open()
        workbook.publish([today(("OK", "Fine"))])
        assert workbook.read(token) is None
        workbook.publish([today(("Fix", "x"))])
        assert workbook.read(token) is None

    def test_a_tab_that_people_make_is_found_without_asking_for_it(self, sheet: GoogleSheet) -> None:
        token = read(sheet).version
        sheet.google.edit({"do": "add_tab", "tab": "Themes", "rows": [["Theme"], ["Safety"]]})
        sheet.open().publish([today(("OK", "Fine"))])
        before = len(sheet.google.asked())
        assert "Themes" in read(sheet, token).tabs
        assert kinds_since(sheet, before) == ["version", "read"]

    def test_a_tab_that_people_renamed_or_removed_is_asked_about_once(self, sheet: GoogleSheet) -> None:
        token = read(sheet).version
        sheet.google.edit({"do": "rename_tab", "tab": "To do", "to": "Todo"})
        before = len(sheet.google.asked())
        reading = read(sheet, token)
        assert kinds_since(sheet, before) == ["version", "read", "tabs", "read"]
        assert [row.cells["Ref"] for row in understand(reading, TO_DO).rows] == ["T-9"]
        sheet.google.edit({"do": "delete_tab", "tab": "Todo"})
        assert understand(read(sheet, reading.version), TO_DO).is_missing

    def test_a_sheet_that_is_not_shared_says_with_whom_to_share_it(self, sheet: GoogleSheet) -> None:
        sheet.google.make({}, shared=False)
        with pytest.raises(ConfigurationError, match="press Share"):
            sheet.open().read()
        sheet.google.sheet = "nowhere"
        with pytest.raises(ConfigurationError, match="no Google Sheet with the id"):
            sheet.open().read()

    def test_very_long_cells_and_thirty_thousand_blank_rows_are_read(self, sheet: GoogleSheet) -> None:
        sheet.type("Members", MEMBER_HEADER, ANA, *[()] * 30_000, ("x" * 50_000, "", "b@example.org"))
        reading = read(sheet)
        assert len(understand(reading, MEMBERS).rows) == 2


class TestOurTabs:
    """System tabs end up right."""

    def test_a_tab_that_somebody_typed_into_is_written_again(self, sheet: GoogleSheet) -> None:
        sheet.open().publish([today(("OK", "Fine"))])
        sheet.google.edit({"do": "type", "tab": "HMN today", "at": "A4", "values": [["mine"]]})
        workbook = sheet.open()
        workbook.read()
        assert workbook.publish([today(("OK", "Fine"))]) == ["HMN today"]
        assert sheet.cells("HMN today")[-1] == ("OK", "Fine")

    @pytest.mark.parametrize("edit", [{"do": "delete_tab"}, {"do": "rename_tab", "to": "Mine"}])
    def test_a_tab_that_somebody_removed_or_renamed_comes_back(self, sheet: GoogleSheet, edit: dict[str, str]) -> None:
        sheet.open().publish([today(("OK", "Fine"))])
        sheet.google.edit({"tab": "HMN today", **edit})
        sheet.open().publish([today(("Fix", "Type it"))])
        assert sheet.cells("HMN today")[-1] == ("Fix", "Type it")
        assert "Mine" not in sheet.google.tabs()

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("kind", ["503", "drop"])
    def test_after_an_unclear_answer_the_tab_is_written_again(self, sheet: GoogleSheet, kind: str, when: str) -> None:
        sheet.open().publish([today(("OK", "Fine"))])
        sheet.google.fault(kind, when, method="POST", path="batchUpdate")
        with pytest.raises(TransientError):
            sheet.open().publish([today(("Fix", "Type it"))])
        assert sheet.open().publish([today(("Fix", "Type it"))]) == ["HMN today"]
        assert sheet.cells("HMN today")[-1] == ("Fix", "Type it")

    def test_a_write_that_came_late_is_put_right_again(self, sheet: GoogleSheet) -> None:
        sheet.open().publish([today(("OK", "old"))])
        sheet.google.fault("late", method="POST", path="batchUpdate", after_requests=50)
        with pytest.raises(TransientError):
            sheet.open().publish([today(("OK", "late"))])
        sheet.open().publish([today(("OK", "new"))])
        sheet.google.control("late", {})
        assert sheet.cells("HMN today")[-1] == ("OK", "late")
        workbook = sheet.open()
        workbook.read()
        workbook.publish([today(("OK", "new"))])
        assert sheet.cells("HMN today")[-1] == ("OK", "new")

    def test_the_course_of_a_goal_is_drawn_inside_its_cell(self, sheet: GoogleSheet) -> None:
        tab = a_course(("=HYPERLINK(1)", (64.0, 65.0, 72.0)), ("+1", (3.5, 3.75)), ("{1;2}", (7.0,)))
        sheet.open().publish([tab])
        assert sheet.typed("HMN results")[-3:] == [
            ["=HYPERLINK(1)", "=SPARKLINE({64;65;72})"],
            ["+1", "=SPARKLINE({350;375})"],
            ["{1;2}"],
        ]
        kinds = sheet.our_kinds("HMN results")
        assert {kinds[text] for text in ("=HYPERLINK(1)", "+1", "{1;2}")} == {"s"}, "text of people stays text"
        assert {kind for value, kind in kinds.items() if "SPARKLINE" in str(value)} == {"f"}

    def test_drawings_that_stand_are_not_written_again_and_new_values_are(self, sheet: GoogleSheet) -> None:
        tab = a_course(("Visits", (1.0, 2.0)))
        sheet.open().publish([tab])
        sheet.wait(hours=1)
        workbook = sheet.open()
        workbook.read()
        assert workbook.publish([tab]) == []
        assert workbook.publish([a_course(("Visits", (1.0, 3.0)))]) == ["HMN results"]
        sheet.google.edit({"do": "type", "tab": "HMN results", "at": "A2", "values": [["mine"]]})
        again = sheet.open()
        again.read()
        assert again.publish([a_course(("Visits", (1.0, 3.0)))]) == ["HMN results"]

    def test_the_first_line_turns_to_late_by_itself(self, sheet: GoogleSheet) -> None:
        def line(after: timedelta) -> str:
            sheet.google.control("google", {"now": (sheet.moment + after).isoformat()})
            return str(sheet.cells("HMN today")[0][0])

        assert sheet.moment.weekday() < 4, "the days after it are weekdays"
        sheet.open().publish([today(("OK", "Fine"))])
        assert line(timedelta(hours=25)).startswith("On time. Last written")
        assert line(timedelta(hours=27)).startswith("LATE: nothing was read since")

    def test_the_first_line_is_patient_over_a_weekend(self, sheet: GoogleSheet) -> None:
        sheet.wait(days=(4 - sheet.moment.weekday()) % 7)
        sheet.open().publish([today(("OK", "Fine"))])
        sheet.google.control("google", {"now": (sheet.moment + timedelta(days=3, hours=1)).isoformat()})
        assert str(sheet.cells("HMN today")[0][0]).startswith("On time")

    def test_headers_are_frozen_widths_set_and_whoever_types_is_warned(self, sheet: GoogleSheet) -> None:
        sheet.open().publish([today(("OK", "Fine")), SystemTab("HMN guard", ("Key",), [("x",)], hidden=True)])
        sheets = {each["properties"]["title"]: each for each in sheet.google.whole()["sheets"]}
        grid = sheets["HMN today"]["properties"]["gridProperties"]
        assert (grid["rowCount"], grid["columnCount"], grid["frozenRowCount"]) == (5, 2, 4)
        assert sheets["HMN today"]["protectedRanges"][0]["warningOnly"]
        assert sheets["HMN today"]["data"][0]["columnMetadata"][1]["pixelSize"] > 300
        assert sheets["HMN guard"]["properties"]["hidden"]


class TestAdding:
    """An added row stands there once, whatever the answer was."""

    @pytest.mark.parametrize("kind", ["500", "502", "drop"])
    def test_a_row_whose_answer_was_lost_is_seen_and_never_added_again(self, sheet: GoogleSheet, kind: str) -> None:
        sheet.google.fault(kind, "after", method="POST", path="batchUpdate")
        assert sheet.open().add_rows([a_task()]) == []
        before = len(sheet.google.asked())
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert kinds_since(sheet, before) == ["read"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-9"]

    def test_a_row_that_was_lost_is_added_after_two_looks_two_minutes_apart(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("drop", "before", method="POST", path="batchUpdate")
        assert sheet.open().add_rows([a_task()]) == []
        for _ in range(3):
            sheet.open().read()
            assert sheet.open().add_rows([a_task()]) == []
            sheet.wait(seconds=30)
        sheet.wait(minutes=2)
        sheet.open().read()
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-9"]

    def test_a_row_that_comes_late_stands_there_once(self, sheet: GoogleSheet) -> None:
        sheet.google.fault("late", method="POST", path="batchUpdate", after_requests=3)
        assert sheet.open().add_rows([a_task()]) == []
        for _ in range(4):
            sheet.open().read()
            sheet.open().add_rows([a_task()])
            sheet.wait(minutes=1, seconds=30)
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-9"]

    def test_a_quiet_sheet_is_read_while_a_row_is_in_doubt(self, sheet: GoogleSheet) -> None:
        token = read(sheet).version
        sheet.google.fault("drop", "before", method="POST", path="batchUpdate")
        sheet.open().add_rows([a_task()])
        before = len(sheet.google.asked())
        assert sheet.open().read(token) is None
        assert kinds_since(sheet, before) == ["version", "read"]

    def test_a_row_that_a_person_deleted_does_not_come_back(self, sheet: GoogleSheet) -> None:
        sheet.open().add_rows([a_task()])
        sheet.google.edit({"do": "delete_rows", "tab": "To do", "row": 1})
        sheet.open().read()
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-9"]

    def test_a_row_that_stands_from_before_an_old_backup_is_not_doubled(self, sheet: GoogleSheet) -> None:
        assert sheet.open().add_rows([a_task("T-9")]) == ["T-9"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-9"]

    def test_rows_sorted_while_we_add_lose_nothing(self, sheet: GoogleSheet) -> None:
        sheet.type("To do", TO_DO_HEADER, ("T-9", "b"), ("T-8", "a"), ("T-7", "c"))
        sheet.google.edit_when("batchUpdate", {"do": "sort", "tab": "To do", "by": 1}, when="before")
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[:2] for row in sheet.cells("To do")[1:]] == [
            ("T-1", "Call Ana"),
            ("T-8", "a"),
            ("T-9", "b"),
            ("T-7", "c"),
        ]

    def test_a_row_that_came_to_stand_above_the_header_is_told(self, sheet: GoogleSheet) -> None:
        title = {"do": "insert_rows", "tab": "To do", "row": 0}
        workbook = sheet.open()
        workbook.read()
        sheet.google.edit_when("batchUpdate", title, when="before")
        assert workbook.add_rows([a_task()]) == ["T-1"]
        (remark,) = remarks_of(read(sheet))
        assert remark == (
            "A row that we added to To do stands above its header: T-1. Please move it below the header, so that it is"
            " read."
        )
        assert read(sheet).tabs["To do"].values[1][:2] == ["T-1", "Call Ana"]

    def test_a_tab_that_is_not_there_is_made_with_its_headers(self, sheet: GoogleSheet) -> None:
        row = NewRow("Programs", "Grant number", "90CI009995", {"Grant number": "90CI009995", "Recipient": "R"})
        assert sheet.open().add_rows([row]) == ["90CI009995"]
        assert sheet.cells("Programs")[0][:3] == ("Grant number", "Recipient", "Program type")
        assert sheet.cells("Programs")[1][:2] == ("90CI009995", "R")

    def test_a_tab_that_vanishes_meanwhile_leaves_the_row_for_the_next_run(self, sheet: GoogleSheet) -> None:
        sheet.google.edit_when("batchUpdate", {"do": "delete_tab", "tab": "To do"}, when="before")
        assert sheet.open().add_rows([a_task()]) == []
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1"]

    def test_a_tab_without_the_column_is_one_sentence(self, sheet: GoogleSheet) -> None:
        sheet.type("To do", ("What", "Why"), ("x", "y"))
        with pytest.raises(PermanentError, match="no column Ref"):
            sheet.open().add_rows([a_task()])


class TestASleeper:
    """A computer that slept in the middle of an addition: meanwhile another one decided, and its word stands."""

    def asleep(self, sheet: GoogleSheet, meanwhile: Callable[[], None]) -> GoogleWorkbook:
        """A process that sleeps between remembering a row and sending it."""

        class Sleepy(LedgerAddedRows):
            def begin(self, rows: Iterable[RowName], at: datetime) -> frozenset[RowName]:
                begun = super().begin(rows, at)
                meanwhile()
                return begun

        added = Sleepy(sheet.ledger, sheet.google.sheet)
        notes = LedgerCursors(sheet.ledger)
        return GoogleWorkbook(sheet.google.sheet, sheet.client(), notes, added, clock=lambda: sheet.moment)

    def test_it_sends_nothing_that_another_has_sent(self, sheet: GoogleSheet) -> None:
        def meanwhile() -> None:
            for _ in range(3):
                sheet.open().read()
                sheet.open().add_rows([a_task()])
                sheet.wait(minutes=2)

        assert self.asleep(sheet, meanwhile).add_rows([a_task()]) == []
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-9"]
        assert sheet.open().add_rows([a_task()]) == ["T-1"]

    def test_when_nobody_else_was_there_the_row_is_added_later(self, sheet: GoogleSheet) -> None:
        assert self.asleep(sheet, lambda: sheet.wait(minutes=10)).add_rows([a_task()]) == []
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-9"]
        for _ in range(2):
            sheet.open().read()
            sheet.wait(minutes=3)
        assert sheet.open().add_rows([a_task()]) == ["T-1"]
        assert [row[0] for row in sheet.cells("To do")] == ["Ref", "T-1", "T-9"]

    def test_a_short_pause_is_no_sleep(self, sheet: GoogleSheet) -> None:
        assert self.asleep(sheet, lambda: sheet.wait(seconds=20)).add_rows([a_task()]) == ["T-1"]

    def test_a_refusal_after_a_sleep_takes_nothing_from_another(self, sheet: GoogleSheet) -> None:
        """The row that another is sending just now stays remembered as begun."""

        def meanwhile() -> None:
            sheet.wait(minutes=10)
            sheet.google.edit({"do": "delete_tab", "tab": "To do"})

        assert self.asleep(sheet, meanwhile).add_rows([a_task()]) == []
        assert set(LedgerAddedRows(sheet.ledger, sheet.google.sheet).unclear()) == {("To do", "t-1")}


def remarks_of(reading: Reading) -> list[str]:
    """What is remarked besides the columns of ours that these small sheets never had."""
    return [remark for remark in reading.remarks if "that works" not in remark]


class TestTalkingColumn:
    """Beside each row its sentence; a value typed there is recognised."""

    def talking(self, sheet: GoogleSheet, *rows: Sequence[Any]) -> None:
        # The formula needs the tab it looks into, as `hmn init` makes both.
        sheet.open().publish([self.members()])
        header = ("What we will do", *MEMBER_HEADER)
        places = {name: place for place, name in enumerate(header)}
        sheet.type("Members", header, *[(None, *row) for row in rows])
        formula = talking_formula(Header(0, places))
        sheet.google.edit({"do": "type", "tab": "Members", "at": "A1", "values": [[formula]]})

    def members(self, *rows: Sequence[Any]) -> SystemTab:
        columns = ("What we will do", "First name", "Last name", "Email", "Organization", "Status", "Row")
        return SystemTab("HMN Members", columns, rows)

    def test_each_row_has_its_own_sentence(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA, ("Ana", "Bo", "", "Org"), ("Cy", "Di", "ana@example.org", "Org"), ("New", "One"))
        told = self.members(
            ("OK", *ANA, 2), ("Fix: type an email", "Ana", "Bo", "", "Org"), ("Same?", "Cy", "Di", ANA[2], "Org")
        )
        assert sheet.open().publish([told]) == ["HMN Members"]
        said = [row[0] for row in sheet.cells("Members")]
        assert said == [
            "What we will do",
            "OK",
            "Fix: type an email",
            "Same?",
            "Not read yet; the next run reads this row.",
        ]
        hidden = [
            each["properties"]["title"] for each in sheet.google.whole()["sheets"] if "hidden" in each["properties"]
        ]
        assert hidden == [SENTENCES]

    def test_a_row_in_which_nobody_sees_anything_has_no_sentence(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ("  ", " ", "\u00a0", ""), ANA)
        sheet.open().publish([self.members(("OK", *ANA))])
        assert [row[0] for row in sheet.cells("Members")][1:] == [None, "OK"]

    def test_a_row_that_names_nobody_has_its_sentence_all_the_same(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, (None, None, None, None, "Member"), (None, None, None, "Lummi"), ANA)
        sheet.open().publish([self.members(("OK", *ANA), ("Fix: type a name", "", "", "", "Lummi"))])
        said = [str(row[0]) for row in sheet.cells("Members")][1:]
        assert said == [
            "Fix: nobody is named in this row. Type a name and an email, or delete the row.",
            "Fix: type a name",
            "OK",
        ]

    def test_a_column_that_came_later_is_told_until_it_is_looked_at(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA)
        places = {"What we will do": 0, "Email": 3}
        formula = talking_formula(Header(0, places))
        sheet.google.edit({"do": "type", "tab": "Members", "at": "A1", "values": [[formula]]})
        sheet.open().publish([self.members(("OK", *ANA))])
        (remark,) = remarks_of(read(sheet))
        assert remark.startswith("What we will do in Members says “Not read yet” beside rows that were read")
        sheet.google.edit({"do": "type", "tab": "Members", "at": "B3", "values": [["Just", "typed"]]})
        formula = talking_formula(Header(0, {**places, "First name": 1, "Last name": 2, "Organization": 4}))
        sheet.google.edit({"do": "type", "tab": "Members", "at": "A1", "values": [[formula]]})
        assert not remarks_of(read(sheet)), "a row that nobody has read yet is none of ours to tell"

    def test_a_column_of_ours_that_is_gone_or_broken_is_told(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA)
        told = "Members has no column What we will do that works"
        assert not [remark for remark in read(sheet).remarks if remark.startswith(told)]
        email = {"do": "type", "tab": "Members", "at": "H1", "values": [["Email"]]}
        for column in (3, 0):
            sheet.google.edit({"do": "delete_columns", "tab": "Members", "column": column}, email)
            (remark,) = [each for each in read(sheet).remarks if each.startswith(told)]
            assert "type hmn init" in remark

    def test_sentences_stay_beside_their_rows_when_people_sort_and_move_columns(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA, ("Zoe", "Bo", "zoe@example.org", "Org"))
        sheet.open().publish([self.members(("for Ana", *ANA), ("for Zoe", "Zoe", "Bo", "zoe@example.org", "Org"))])
        sheet.google.edit({"do": "sort", "tab": "Members", "by": 1, "descending": True})
        sheet.google.edit({"do": "insert_columns", "tab": "Members", "column": 1})
        assert [(row[0], row[2]) for row in sheet.cells("Members")[1:]] == [("for Zoe", "Zoe"), ("for Ana", "Ana")]

    def test_rows_that_come_above_the_header_move_no_sentence(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA, ("Zoe", "Bo", "zoe@example.org", "Org"))
        sheet.open().publish([self.members(("for Ana", *ANA), ("for Zoe", "Zoe", "Bo", "zoe@example.org", "Org"))])
        sheet.google.edit(
            {"do": "insert_rows", "tab": "Members", "row": 0, "number": 2},
            {"do": "type", "tab": "Members", "at": "B1", "values": [["Our members"]]},
        )
        assert [row[0] for row in sheet.cells("Members")] == [None, None, "What we will do", "for Ana", "for Zoe"]
        sheet.google.edit({"do": "delete_rows", "tab": "Members", "row": 0, "number": 1})
        assert [row[0] for row in sheet.cells("Members")] == [None, "What we will do", "for Ana", "for Zoe"]

    def test_new_sentences_are_no_change_of_people(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA)
        token = read(sheet).version
        workbook = sheet.open()
        workbook.publish([self.members(("OK", *ANA))])
        assert sheet.cells("Members")[1][0] == "OK"
        assert workbook.read(token) is None

    def test_a_value_typed_into_the_column_is_recognised_and_the_cell_named(self, sheet: GoogleSheet) -> None:
        self.talking(sheet, ANA)
        token = read(sheet).version
        sheet.google.edit({"do": "type", "tab": "Members", "at": "A2", "values": [["mine"]]})
        reading = read(sheet, token)
        (remark,) = remarks_of(reading)
        assert remark.startswith("Something is typed into the column What we will do of Members, row 2. Please clear")
        assert understand(reading, MEMBERS).rows[0].cells["First name"] == "Ana"
