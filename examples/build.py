"""Makes the .xlsx that people would open from a folder of readable CSV files, one file a tab.

Only the tabs of people are made here: what the network writes for them stands in a file of its own. The same
folder always gives the same bytes, so that a change of the workbook is a change of the CSV and can be reviewed.

The CSV files hold what a person would type. A few marks say what a spreadsheet knows and a CSV file does not:

- ``{number} 3605550142``: the cell is a number, as when somebody types a phone without dashes;
- ``{date} 2026-10-06``: the cell is a date in a column that is no column of dates;
- ``{text} 2026-10-06``: the cell is text although its column holds dates;
- ``\\u00a0``: a character that nobody could see in a review, written by its code.

Run ``python -m examples.build FOLDER TARGET``.
"""

from __future__ import annotations

import csv
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import cast

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets count from it, and know no time zones
CellValue = str | int | float | date | datetime | None

TABS = (
    "Start here",
    "Members",
    "To do",
    "Settings",
    "Programs",
    "Messages",
    "Newsletter",
    "Survey questions",
    "Themes",
    "Goals",
    "Quiet dates",
)
"""The tabs of people, in the order in which they stand in the workbook."""

DATE_COLUMNS = frozenset(
    {
        "Joined on",
        "Since",
        "Do not write until",
        "Send on",
        "Meeting on",
        "Baseline on",
        "Target on",
        "From",
        "To",
    }
)
TEXT_COLUMNS = frozenset({"Phone", "Grant number"})
LONG_COLUMNS = {
    "Text": 70,
    "Value": 48,
    "Notes": 44,
    "Note": 60,
    "Why": 44,
    "Question": 56,
    "How this sheet works": 110,
}

ON_OFF = ("on", "off")
STATUSES = ("Member", "Invite", "On hold", "Left", "Do not contact")
ANSWERS = (
    *("approve", "not yet", "go", "stop", "done", "retry", "drop", "invite again", "no"),
    *("reached-yes", "reached-may write", "left message", "not now", "wrong number"),
    *("same person", "two people", "two recipients", "keep", "change", "close", "on the agenda"),
)
CHOICES: Mapping[tuple[str, str], Sequence[str]] = {
    ("Members", "Status"): STATUSES,
    ("Members", "Preferred contact"): ("email", "phone", "both"),
    ("Members", "Newsletter"): ("yes", "no"),
    ("Members", "Language"): ("English", "Spanish"),
    ("To do", "Answer"): ANSWERS,
    ("Programs", "Program type"): ("Tribal (AI/AN)", "Migrant and Seasonal", "Head Start"),
    ("Newsletter", "For"): ("members", "directors and partners", "all"),
    ("Newsletter", "May publish"): ("yes", "no"),
    ("Survey questions", "Kind"): ("scale", "choice", "many", "text", "topic"),
    ("Goals", "Direction"): ("more", "less"),
}
SETTING_CHOICES: Mapping[str, Sequence[str]] = {"Sending": ("off", "only to me", "on")}
SETTING_SWITCHES = ("Job: ", "Block: ")
ROWS_WITH_CHOICES = 1000
LINE_HEIGHT = 15

# A spreadsheet's moments have no time zone.
_MADE_AT = datetime.fromisoformat("2026-10-01")
_ZIP_TIME = (2026, 10, 1, 0, 0, 0)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Table:
    """One tab as it will stand in the workbook: its headers, and the rows under them as cell values."""

    headers: tuple[str, ...]
    rows: tuple[tuple[CellValue, ...], ...]


def build_workbook(folder: Path, target: Path) -> Path:
    """Writes the people's workbook of the office in `folder` to `target` and returns `target`.

    Tabs without a CSV file are left out. No cell is a formula, whatever its text begins with.
    Raises FileNotFoundError when the folder holds no tab at all.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for tab in TABS:
        path = path_of_tab(folder, tab)
        if path.exists():
            _write_tab(workbook.create_sheet(tab), read_table(path))
    if not workbook.worksheets:
        raise FileNotFoundError(f"{folder} holds no CSV file named after a tab, such as members.csv")
    workbook.properties.creator = "examples/build.py"
    workbook.properties.created = _MADE_AT
    buffer = BytesIO()
    workbook.save(buffer)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_with_fixed_times(buffer.getvalue()))
    return target


def path_of_tab(folder: Path, tab: str) -> Path:
    """Returns where the CSV file of a tab stands: `Quiet dates` is `quiet-dates.csv`."""
    return folder / f"{tab.lower().replace(' ', '-')}.csv"


def read_table(path: Path) -> Table:
    """Reads one CSV file into cell values, with the marks of this module's docstring understood.

    Short rows are filled up with empty cells. Raises ValueError when a row is longer than the header.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        header, *body = csv.reader(lines)
    headers = tuple(_unescaped(name) for name in header)
    rows = []
    for number, row in enumerate(body, start=2):
        if len(row) > len(headers):
            raise ValueError(f"{path.name}, row {number}: {len(row)} cells under {len(headers)} headers")
        padded = row + [""] * (len(headers) - len(row))
        rows.append(tuple(cell_value(text, name) for text, name in zip(padded, headers, strict=True)))
    return Table(headers, tuple(rows))


def cell_value(text: str, header: str) -> CellValue:
    """Returns what a spreadsheet would hold for `text` typed under `header`; an empty cell is None."""
    mark, _, rest = text.partition(" ")
    if mark == "{number}":
        return float(rest) if "." in rest else int(rest)
    if mark == "{date}":
        return _date(rest)
    if mark == "{text}":
        return _unescaped(rest)
    if header.strip() in DATE_COLUMNS and _ISO.fullmatch(text):
        return _date(text)
    return _unescaped(text) or None


def typed_tabs(workbook: Path) -> dict[str, list[list[CellValue]]]:
    """What stands in an .xlsx as a Google Sheet keeps it: the rows of each tab, a day as a number."""
    book = load_workbook(workbook)
    return {tab.title: [list(map(_serial, row)) for row in tab.iter_rows(values_only=True)] for tab in book.worksheets}


def _date(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if " " in text else date.fromisoformat(text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _write_tab(sheet: Worksheet, table: Table) -> None:
    for column, header in enumerate(table.headers, start=1):
        cell = _cell(sheet, 1, column)
        _fill(cell, header or None, header)
        cell.font = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="1F4E5F")
        cell.alignment = Alignment(vertical="center")
        width = _width(header, (row[column - 1] for row in table.rows))
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(table.rows, start=2):
        for column, (value, header) in enumerate(zip(row, table.headers, strict=True), start=1):
            _fill(_cell(sheet, number, column), value, header)
        sheet.row_dimensions[number].height = LINE_HEIGHT * _lines(row, table.headers)
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for cells, choices in _drop_downs(sheet.title, table):
        _offer(sheet, cells, choices)


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    # No cell of a new sheet is merged.
    return cast(Cell, sheet.cell(row=row, column=column))


def _fill(cell: Cell, value: CellValue, header: str) -> None:
    cell.value = value
    if isinstance(value, str):
        # openpyxl takes a text that begins with "=" for a formula, "#N/A" for an error; people typed text.
        cell.data_type = "s"
        if value.startswith(_FORMULA_STARTS):
            cell.quotePrefix = True
    elif isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    if header in TEXT_COLUMNS and not isinstance(value, int):
        cell.number_format = "@"
    cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=header in LONG_COLUMNS)


def _lines(row: Sequence[CellValue], headers: Sequence[str]) -> int:
    """Returns how many lines the longest text of a row takes: openpyxl leaves rows one line high."""
    texts = [(str(value), LONG_COLUMNS[name]) for value, name in zip(row, headers, strict=True) if name in LONG_COLUMNS]
    return max((sum(1 + len(line) // width for line in text.split("\n")) for text, width in texts), default=1)


def _width(header: str, values: Iterable[CellValue]) -> int:
    if header in LONG_COLUMNS:
        return LONG_COLUMNS[header]
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return max(10, min(42, max(longest, len(header)) + 2))


def _drop_downs(tab: str, table: Table) -> Iterator[tuple[str, Sequence[str]]]:
    """Yields the cells that get a drop-down and what it offers."""
    for column, header in enumerate(table.headers, start=1):
        if choices := CHOICES.get((tab, header)):
            letter = get_column_letter(column)
            yield f"{letter}2:{letter}{ROWS_WITH_CHOICES}", choices
    if tab == "Settings":
        for number, row in enumerate(table.rows, start=2):
            name = str(row[0])
            if choices := SETTING_CHOICES.get(name, ON_OFF if name.startswith(SETTING_SWITCHES) else ()):
                yield f"B{number}", choices


def _offer(sheet: Worksheet, cells: str, choices: Sequence[str]) -> None:
    validation = DataValidation(type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True)
    # A drop-down offers and never refuses: what somebody pastes is answered in a sentence, not in a pop-up.
    validation.showErrorMessage = False
    validation.add(cells)
    sheet.add_data_validation(validation)


def _with_fixed_times(content: bytes) -> bytes:
    """Returns the same .xlsx without the moment of its making, which openpyxl writes in two places."""
    buffer = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                stamp = f"{_MADE_AT.isoformat()}Z".encode()
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, part)
            copy.writestr(zipfile.ZipInfo(name, _ZIP_TIME), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _serial(value: object) -> CellValue:
    if isinstance(value, datetime):
        return (value - _FIRST_DAY).total_seconds() / 86_400
    return (value - _FIRST_DAY.date()).days if isinstance(value, date) else cast(CellValue, value)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Type: python -m examples.build FOLDER TARGET, for example examples/washington workbook.xlsx")
    print(build_workbook(Path(sys.argv[1]), Path(sys.argv[2])))
