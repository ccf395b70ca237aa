"""`hmn init` over a file: makes the workbook of a new office, looks at one that stands and never changes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from hmn.init import init
from integrations.local.furnish import furnish
from integrations.local.workbook import LocalWorkbook
from network.furniture import JOBS, Furnished, first_tabs, later_tabs
from network.settings_rows import parse_settings
from network.tabs import PEOPLES_TABS, NewRow, understand
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
    assert preferences.jobs == {"recruitment", "digest"}


def test_a_file_that_stands_is_looked_at_and_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "workbook.xlsx"
    book = Workbook()
    book.worksheets[0].title = "Members"
    book.worksheets[0].append(["First name", "Email"])
    book.save(path)
    before = path.read_bytes()
    done = furnish(path, first_tabs(), dry_run=False)
    assert path.read_bytes() == before
    assert done.steps == ()
    assert "There is no tab Settings. Please add it." in done.questions
    assert any("no column Status" in question for question in done.questions)


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
