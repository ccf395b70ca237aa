"""Makes the .xlsx of a new office, or looks at the one that stands: a file of people is never changed by this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from integrations.local.cells import write_cell
from integrations.local.people_file import read_tabs, take_snapshot
from network.furniture import Furnished, TabPlan
from network.tabs import PEOPLES_TABS, Reading, understand

_HEADER = PatternFill("solid", start_color="1F4E5F")
_LAST_ROW = 2000  # how far down the choices reach
_LONGEST_LIST = 255  # characters that a list of choices may have


def furnish(path: Path, plans: Sequence[TabPlan], *, dry_run: bool) -> Furnished:
    """Makes the file with these tabs when there is none; of one that stands it says what it lacks."""
    if path.exists():
        return Furnished(questions=_what_is_missing(path, plans))
    steps = tuple(f"Make the tab {plan.title}." for plan in plans)
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        book = Workbook()
        book.remove(book.worksheets[0])
        for plan in plans:
            _draw(book.create_sheet(plan.title), plan)
        beside = path.with_name(f".{path.name}.new")
        book.save(beside)
        beside.replace(path)
    return Furnished((f"Make the workbook {path.name}.", *steps))


def _what_is_missing(path: Path, plans: Sequence[TabPlan]) -> tuple[str, ...]:
    snapshot = take_snapshot(path)
    # The moment of this reading is never looked at.
    from datetime import UTC, datetime

    reading = Reading(read_tabs(snapshot, path.name), None, datetime.now(UTC))
    wanted = {plan.title for plan in plans}
    said: list[str] = []
    for spec in PEOPLES_TABS:
        if spec.title in wanted:
            found = understand(reading, spec)
            said += [f"There is no tab {spec.title}. Please add it."] if found.is_missing else found.problems
    return tuple(said)


def _draw(sheet: Worksheet, plan: TabPlan) -> None:
    # In a file there are no formulas of ours: the sentences stand in our own file beside it.
    ours = {
        column.name for spec in PEOPLES_TABS if spec.title == plan.title for column in spec.columns if column.is_ours
    }
    columns = [name for name in plan.columns if name not in ours]
    for column, name in enumerate(columns, start=1):
        cell = sheet.cell(1, column)
        write_cell(cell, name)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEADER
        if name in plan.notes:
            # A note would keep us from ever adding a row (see `people_file`), so it is a hint of the cell instead.
            _hint(sheet, get_column_letter(column), plan.notes[name])
        at = list(plan.columns).index(name)
        width = plan.widths[at] if at < len(plan.widths) else 18
        sheet.column_dimensions[get_column_letter(column)].width = width
        if name in plan.choices:
            _offer(sheet, get_column_letter(column), plan.choices[name])
        if plan.collapsed_from in columns and column > columns.index(plan.collapsed_from):
            sheet.column_dimensions[get_column_letter(column)].outlineLevel = 1
    for number, row in enumerate(plan.rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            write_cell(cell, value or None)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _offer(sheet: Worksheet, letters: str, choices: Sequence[str]) -> None:
    """A list to choose from; other words may be typed, because a refused word would be a lost one."""
    fitting = list(choices)
    while len(",".join(fitting)) > _LONGEST_LIST:
        fitting.pop()
    rule = DataValidation(type="list", formula1=f'"{",".join(fitting)}"', allow_blank=True, showErrorMessage=False)
    rule.add(f"{letters}2:{letters}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _hint(sheet: Worksheet, letters: str, words: str) -> None:
    rule = DataValidation(showInputMessage=True, showErrorMessage=False, prompt=words[:255])
    rule.add(f"{letters}1")
    sheet.add_data_validation(rule)
