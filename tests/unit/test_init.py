"""`hmn init` over a file: makes the workbook of a new office, looks at one that stands and never changes it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from hmn.init import init, read_headers
from integrations.local.furnish import furnish
from integrations.local.workbook import LocalWorkbook
from network.errors import ConfigurationError
from network.furniture import JOBS, Furnished, TabsMade, first_tabs, later_tabs
from network.settings_rows import parse_settings
from network.tabs import MEMBERS, PEOPLES_TABS, NewRow, understand
from tests.builders import NOON

ALL = [*first_tabs(), *later_tabs(JOBS)]


def test_a_new_office_gets_a_workbook_that_is_understood_and_takes_rows(tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    assert furnish(path, ALL, dry_run=False).steps[0] == "Make the workbook workbook.xlsx."
    workbook = LocalWorkbook(path, lambda: NOON)
    reading = workbook.read()
    assert reading is not None
    for spec in PEOPLES_TABS:
        assert not understand(reading, spec).problems, spec.title
    row = NewRow("To do", "Ref", "T-1", {"Ref": "T-1", "What": "Call Ana", "Since": date(2026, 10, 6)})
    assert workbook.add_rows([row]) == ["T-1"], "nothing in it keeps us from adding"


def test_its_settings_are_read_and_sending_is_off(tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    furnish(path, first_tabs(), dry_run=False)
    reading = LocalWorkbook(path, lambda: NOON).read()
    assert reading is not None
    (settings,) = [spec for spec in PEOPLES_TABS if spec.title == "Settings"]
    preferences = parse_settings(understand(reading, settings).rows)
    assert preferences.sending == "off"
    assert preferences.jobs == {"digest"}


def their_file(folder: Path, *rows: Sequence[object], title: str = "Members") -> Path:
    path = folder / "workbook.xlsx"
    book = Workbook()
    book.worksheets[0].title = title
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def cells_of(path: Path, title: str) -> list[tuple[object, ...]]:
    return list(load_workbook(path)[title].iter_rows(values_only=True))


def test_a_file_that_stands_gets_the_tabs_it_lacks_and_keeps_every_cell(tmp_path: Path) -> None:
    path = their_file(tmp_path, ("First name", "Email", "Standing", "Shirt"), ("Ana", "ana@example.org", "@in", 7))
    before = cells_of(path, "Members")
    said = furnish(path, first_tabs(), dry_run=True)
    assert load_workbook(path).sheetnames == ["Members"], "dry, nothing is done"
    done = furnish(path, first_tabs(), dry_run=False)
    assert done == said
    assert done.steps == ("Make the tab Start here.", "Make the tab To do.", "Make the tab Settings.")
    assert cells_of(path, "Members") == before
    assert any("no column Status" in question for question in done.questions)
    again = furnish(path, first_tabs(), dry_run=False)
    assert (again.steps, again.questions) == ((), done.questions)


def test_what_a_column_is_called_is_written_into_settings_and_obeyed(tmp_path: Path) -> None:
    path = their_file(tmp_path, ("Nombre", "Señas", "Standing"), ("Ana", "ana@example.org", "Member"))
    headers = {"Señas": "Email", "Standing": "Status"}
    done = furnish(path, first_tabs(), dry_run=False, headers=headers)
    assert not done.questions
    assert "Write into Settings: Column: Señas is Email." in done.steps
    reading = LocalWorkbook(path, lambda: NOON).read()
    assert reading is not None
    (row,) = understand(reading, MEMBERS).rows
    assert (row.cells["First name"], row.cells["Email"], row.cells["Status"]) == ("Ana", "ana@example.org", "Member")
    size = path.stat().st_mtime_ns
    again = furnish(path, first_tabs(), dry_run=False, headers=headers)
    assert (again, path.stat().st_mtime_ns) == (Furnished(), size)


def test_a_line_that_stands_in_settings_is_hers_and_stays(tmp_path: Path) -> None:
    path = their_file(tmp_path, ("First name", "Standing"), ("Ana", "x"))
    furnish(path, first_tabs(), dry_run=False, headers={"Standing": "Status"})
    furnish(path, first_tabs(), dry_run=False, headers={"Standing": "Notes", "Way": "Preferred contact"})
    said = {row[0]: row[1] for row in cells_of(path, "Settings") if str(row[0]).startswith("Column:")}
    assert said == {"Column: Standing": "Status", "Column: Way": "Preferred contact"}


def test_a_file_that_a_rewrite_would_harm_is_left_alone_and_it_is_said_what_to_do(tmp_path: Path) -> None:
    path = their_file(tmp_path, ("First name", "Email", "Status"), ("Ana", "ana@example.org", "Member"), ("=1+1",))
    before = path.read_bytes()
    done = furnish(path, first_tabs(), dry_run=False, headers={"Señas": "Email"})
    assert path.read_bytes() == before
    assert done.steps == ()
    (todo,) = [question for question in done.questions if "no tab To do" in question]
    assert "workbook.xlsx holds formulas, which we would lose" in todo
    assert "Ref, What, Why" in todo


def test_a_member_list_under_another_name_is_asked_about_and_no_second_one_is_made(tmp_path: Path) -> None:
    path = their_file(
        tmp_path, ("Name", "First name", "Last name", "Email"), ("x", "Ana", "Bo", "a@example.org"), title="2026"
    )
    done = furnish(path, first_tabs(), dry_run=False)
    assert "The tab 2026 looks like your member list. Please rename it Members and run this again." in done.questions
    assert "Members" not in load_workbook(path).sheetnames


def test_a_column_that_we_do_not_have_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Correo: we have no column “Emial”\. Is it Email\?"):
        furnish(tmp_path / "workbook.xlsx", first_tabs(), dry_run=False, headers={"Correo": "Emial"})
    assert not (tmp_path / "workbook.xlsx").exists()


class TestLaterTabs:
    """Tabs that a job needs, made in a file of people."""

    def test_they_come_behind_the_others_once(self, tmp_path: Path) -> None:
        path = their_file(tmp_path, ("First name", "Email", "Status"), ("Ana", "@x", "Member"))
        workbook = LocalWorkbook(path, lambda: NOON)
        plans = later_tabs(["goals"])
        before = cells_of(path, "Members")
        assert workbook.make_tabs(plans) == TabsMade(("Programs", "Goals"))
        assert load_workbook(path).sheetnames == ["Members", "Programs", "Goals"]
        assert cells_of(path, "Members") == before
        written = path.stat().st_mtime_ns
        assert workbook.make_tabs(plans).titles == ("Programs", "Goals")
        assert path.stat().st_mtime_ns == written

    def test_while_the_file_is_open_nothing_is_made_and_the_reason_is_told(self, tmp_path: Path) -> None:
        path = their_file(tmp_path, ("First name", "Email", "Status"))
        (tmp_path / "~$workbook.xlsx").touch()
        made = LocalWorkbook(path, lambda: NOON).make_tabs(later_tabs(["surveys"]))
        assert made == TabsMade((), "workbook.xlsx is open")
        assert load_workbook(path).sheetnames == ["Members"]


def test_dry_it_says_the_same_and_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "office" / "workbook.xlsx"
    said = furnish(path, ALL, dry_run=True)
    assert not path.parent.exists()
    assert furnish(path, ALL, dry_run=False) == said
    assert furnish(path, ALL, dry_run=False) == Furnished()


def test_choices_are_offered_and_no_cell_has_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    furnish(path, first_tabs(), dry_run=False)
    members = load_workbook(path)["Members"]
    lists = [rule.formula1 for rule in members.data_validations.dataValidation if rule.type == "list"]
    assert "State" in [cell.value for cell in members[1]], "where a member works is people's; how a task stands is not"
    assert '"Member,Invite,On hold,Left,Do not contact"' in lists
    assert not any(cell.comment for row in members.iter_rows() for cell in row)


def test_columns_that_few_look_at_are_folded_away_and_stay_so_when_a_row_is_added(tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    furnish(path, first_tabs(), dry_run=False)
    row = NewRow("Members", "Email", "ana@example.org", {"Email": "ana@example.org", "Notes": "new"})
    assert LocalWorkbook(path, lambda: NOON).add_rows([row]) == ["ana@example.org"]
    members = load_workbook(path)["Members"]
    letters = {get_column_letter(place): str(cell.value) for place, cell in enumerate(members[1], start=1)}
    hidden = [name for letter, name in letters.items() if members.column_dimensions[letter].hidden]
    assert (hidden[0], hidden[-1], len(hidden)) == ("Grant number", "Notes", 11)


def test_tabs_come_with_the_jobs_that_need_them() -> None:
    assert later_tabs([]) == ()
    assert [plan.title for plan in later_tabs(["newsletter"])] == ["Messages", "Newsletter"]
    assert {plan.title for plan in ALL} == {"Start here", *(spec.title for spec in PEOPLES_TABS)}


def test_the_command_names_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HMN_HOME", str(tmp_path))
    init(dry_run=False)
    init(dry_run=False, as_json=True)
    out = capsys.readouterr().out
    assert "Done: Make the tab Members." in out
    assert '"steps": []' in out


class Keyboard(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


class TestWhatAColumnIs:
    """What only a person can say: from a file, or asked at a terminal and nowhere else."""

    @pytest.fixture(autouse=True)
    def office(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HMN_HOME", str(tmp_path))
        their_file(tmp_path, ("Nombre", "Señas", "Standing", "Shirt"), ("Ana", "ana@example.org", "Member", "M"))

    def said(self, folder: Path) -> dict[object, object]:
        lines = cells_of(folder / "workbook.xlsx", "Settings")
        return {row[0]: row[1] for row in lines if str(row[0]).startswith("Column:")}

    def test_a_file_says_it_in_any_simple_way(self, tmp_path: Path) -> None:
        file = tmp_path / "headers.csv"
        file.write_text("\ufeff# ours behind theirs\n\nSeñas,e-mail\n Standing = status \n", encoding="utf-8")
        assert read_headers(file) == {"Señas": "e-mail", "Standing": "status"}
        init(dry_run=False, headers=file)
        assert self.said(tmp_path) == {"Column: Señas": "e-mail", "Column: Standing": "status"}

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Señas", "line 1: we need two words here. Type one a line, their header first"),
            ("a,Email\n,Status", "line 2: we need two words"),
            ("a,Email,Phone", "line 1: we need two words"),
            ("a,Email\na,Phone", "line 2: a stands there twice"),
        ],
    )
    def test_a_wrong_line_is_one_sentence(self, tmp_path: Path, text: str, said: str) -> None:
        file = tmp_path / "headers.csv"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=said):
            read_headers(file)

    @pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
    def test_a_file_that_cannot_be_read_is_one_sentence(self, tmp_path: Path, content: bytes | None) -> None:
        file = tmp_path / "headers.csv"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"headers\.csv cannot be read as text"):
            read_headers(file)

    def test_at_a_terminal_it_is_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard("Emial\nemail\nStatus\n\n"))
        init(dry_run=False)
        out = capsys.readouterr().out
        assert "Members has a column “Señas”. Ours that it may be: Last name, Email" in out
        assert "We have no column “Emial” that is free." in out
        assert self.said(tmp_path) == {"Column: Señas": "Email", "Column: Standing": "Status"}
        assert "Left alone, because we do not know them: Shirt (Members)." in out

    def test_whoever_ends_the_questions_leaves_the_rest_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard("email\n"))
        init(dry_run=False)
        assert self.said(tmp_path) == {"Column: Señas": "Email"}

    def test_without_a_terminal_nothing_is_asked_and_it_is_said_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("Email\n"))
        init(dry_run=False)
        out = capsys.readouterr().out
        assert "Please look: The tab Members has no header row that we understand." in out
        assert "hmn init --headers FILE" in out
        assert self.said(tmp_path) == {}

    def test_dry_or_for_a_program_nothing_is_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("sys.stdin", Keyboard(""))
        init(dry_run=True)
        capsys.readouterr()
        init(dry_run=True, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert {"tab": "Members", "header": "Señas", "guess": ""} in told["unknown"]
        assert load_workbook(tmp_path / "workbook.xlsx").sheetnames == ["Members"]

    def test_a_job_that_we_do_not_have_is_one_sentence(self) -> None:
        with pytest.raises(ConfigurationError, match=r"There is no job party\. You can type: recruitment"):
            init(dry_run=True, jobs=("party",))


def test_the_tabs_of_jobs_are_as_wide_as_their_words_and_offer_choices() -> None:
    plans = {plan.title: plan for plan in later_tabs(JOBS)}
    assert all(len(plan.widths) == len(plan.columns) for plan in plans.values())
    newsletter = plans["Newsletter"]
    assert newsletter.widths[list(newsletter.columns).index("Text")] > 50
    assert newsletter.choices["For"] == ("members", "directors and partners", "all")
    for plan in plans.values():
        assert set(plan.notes) | set(plan.choices) <= set(plan.columns), plan.title
