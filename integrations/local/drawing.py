"""One tab of people as it is made in an .xlsx: what Excel and LibreOffice both understand, and no formula."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from integrations.local.cells import write_cell
from network.furniture import TabPlan
from network.tabs import PEOPLES_TABS

_FACE = "Calibri"
_HEADER = PatternFill("solid", start_color="1F4E5F")
_LAST_ROW = 2000  # how far down the choices reach
_LONGEST_LIST = 255  # characters that a list of choices may have


def draw_tab(sheet: Worksheet, plan: TabPlan) -> None:
    """Draws an empty sheet as the plan says: headers, first rows, choices, hints, widths."""
    # In a file there are no formulas of ours: the sentences stand in our own file beside it.
    ours = {
        column.name for spec in PEOPLES_TABS if spec.title == plan.title for column in spec.columns if column.is_ours
    }
    columns = [name for name in plan.columns if name not in ours]
    for column, name in enumerate(columns, start=1):
        cell = sheet.cell(1, column)
        write_cell(cell, name)
        cell.font, cell.fill = Font(_FACE, 11, bold=True, color="FFFFFF"), _HEADER
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        if name in plan.notes:
            # A note would keep us from ever adding a row (see `people_file`), so it is a hint of the cell instead.
            _hint(sheet, get_column_letter(column), plan.notes[name])
        at = list(plan.columns).index(name)
        width = plan.widths[at] if at < len(plan.widths) else 18
        sheet.column_dimensions[get_column_letter(column)].width = width
        if name in plan.choices:
            _offer(sheet, get_column_letter(column), plan.choices[name])
        if plan.collapsed_from in columns and column > columns.index(plan.collapsed_from):
            # Folded away; the mark stands on the column behind the group, where Excel shows its plus.
            sheet.column_dimensions[get_column_letter(column)].outlineLevel = 1
            sheet.column_dimensions[get_column_letter(column)].hidden = True
            sheet.column_dimensions[get_column_letter(len(columns) + 1)].collapsed = True
    for number, row in enumerate(plan.rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            write_cell(cell, value or None)
            cell.font, cell.alignment = Font(_FACE, 11), Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


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
