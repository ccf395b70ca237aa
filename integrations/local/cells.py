"""Writing one cell of an .xlsx so that it stays what it is: text never becomes a formula, a day is a day."""

from __future__ import annotations

from datetime import date, datetime

from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CellValue = str | float | int | date | None
LONGEST = 32_767  # what a cell of an .xlsx can hold


def write_cell(cell: Cell | MergedCell, value: CellValue) -> None:
    """Writes a value raw; text that begins with =, +, - or @ is marked as text. A merged-away cell holds nothing."""
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        clean = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.value = clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"
        # openpyxl takes "=1+1" for a formula and "#N/A" for an error.
        cell.data_type = "s"
        cell.quotePrefix = clean.startswith(("=", "+", "-", "@"))
        return
    cell.value = value
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "ddd d mmm yyyy"
