"""The people's .xlsx: read as it stands, and given rows only when a rewrite loses nothing.

Values are read raw: text as typed, dates as serial numbers, a formula as its own text, never its result. The file is
read into memory first, so that one reading is one state of the file. A row is added by loading the file, writing a copy
beside it and renaming; that is refused while the file is open elsewhere, when it changed meanwhile, and when it holds
anything that this way of writing would lose. Between the last look and the rename lies a moment in which a save by
somebody else could be overwritten; spreadsheet programs announce themselves with a lock file, which is looked at last.
"""

from __future__ import annotations

import hashlib
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from integrations.local.books import write_book
from integrations.local.cells import write_cell
from integrations.local.drawing import draw_tab
from network.errors import ConfigurationError, PermanentError, TransientError
from network.furniture import TabPlan, plan_of
from network.tab_headers import Column, find_header_row, fold, known_headers, map_headers
from network.tabs import PEOPLES_TABS, Cell, NewRow, RawTab, Reading, TabSpec, own_spec, text_of, understand

# Parts of a file that survive being loaded and saved; whatever else there is would be lost (drawings, pictures, charts,
# pivots, macros, threaded comments, slicers, outside links, calculated columns).
_KEPT_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app|custom)\.xml|xl/workbook\.xml|xl/styles\.xml|"
    r"xl/_rels/workbook\.xml\.rels|xl/sharedStrings\.xml|xl/theme/theme\d+\.xml|xl/worksheets/sheet\d+\.xml|"
    r"xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/printerSettings/\w+\.bin|xl/tables/table\d+\.xml"
)
_EMPTY_DRAWING = re.compile(rb"Anchor\b")
_LOST_IN_SHEET = {
    "formulas": re.compile(rb"<(?:\w+:)?f[ />]"),
    "rules that only newer programs know": re.compile(rb"<(?:\w+:)?ext[ >]"),
    "pictures or notes": re.compile(rb"<(?:\w+:)?(?:legacyDrawing|picture|oleObjects|controls)\b"),
}
_TOP = 10  # rows in which a header is looked for
_DAY_ZERO = date(1899, 12, 30)
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the file: its bytes, and a token that tells two states apart."""

    content: bytes

    @property
    def version(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def take_snapshot(path: Path) -> Snapshot:
    """Reads the whole file at once; ConfigurationError when there is none, PermanentError when it is no .xlsx."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as err:
        raise ConfigurationError(f"There is no workbook {path.name}. Set HMN_WORKBOOK, or type: hmn init") from err
    except IsADirectoryError as err:
        raise ConfigurationError(f"{path.name} is a folder. Set HMN_WORKBOOK to an .xlsx file.") from err
    except PermissionError as err:
        raise TransientError(f"{path.name} cannot be opened now; another program holds it.") from err
    if content.startswith(_OLD_FORMAT):
        raise PermanentError(
            f"{path.name} has a password or is an old .xls. Please save it as .xlsx without a password."
        )
    return Snapshot(content)


def read_tabs(snapshot: Snapshot, name: str) -> dict[str, RawTab]:
    """Returns every tab with its cells as typed. Raises TransientError when the file is only half saved."""
    try:
        with warnings.catch_warnings():
            # It warns of what it would not write back; nothing is written here, and `add_rows` refuses such a file.
            warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
            return _read_tabs(snapshot)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, SyntaxError) as err:
        raise TransientError(
            f"{name} cannot be read just now; perhaps it is being saved. The next run tries again. If it stays so, the"
            " file is damaged or no .xlsx: please put back a copy that opens."
        ) from err


def _read_tabs(snapshot: Snapshot) -> dict[str, RawTab]:
    book = load_workbook(BytesIO(snapshot.content), read_only=True, data_only=False)
    tabs: dict[str, RawTab] = {}
    for sheet in book.worksheets:
        # Programs that write a wrong size make the reader miss rows; it then looks for itself.
        sheet.reset_dimensions()
        rows = [[_raw(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        while rows and not any(cell is not None for cell in rows[-1]):
            rows.pop()
        tabs[sheet.title] = RawTab(sheet.title, rows)
    book.close()
    return tabs


def why_not_rewritten(path: Path, snapshot: Snapshot) -> str:
    """Says in words why no row may be added to the file now; blank when it may."""
    if is_open(path):
        return f"{path.name} is open"
    if path.suffix.casefold() != ".xlsx":
        return f"{path.name} is no plain .xlsx"
    lost = _what_would_be_lost(snapshot.content)
    return f"{path.name} holds {lost}, which we would lose" if lost else ""


def is_open(path: Path) -> bool:
    """Tells whether a spreadsheet program has announced that it holds the file."""
    return any(
        (path.parent / lock).exists() for lock in (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#")
    )


def keys_in(tabs: Mapping[str, RawTab], tab: str, column: str, at: datetime) -> frozenset[str]:
    """The keys that stand in one column of a tab, as two spellings of them compare."""
    understood = understand(Reading(tabs, None, at), _spec_of(tab))
    return frozenset(text_of(each.cells.get(column)).casefold() for each in understood.rows)


def add_rows(path: Path, snapshot: Snapshot, rows: Sequence[NewRow]) -> bool:
    """Writes the rows under the last ones of their tabs; False when the file changed or was opened meanwhile."""
    book = load_whole(snapshot)
    add_to(book, rows, read_tabs(snapshot, path.name))
    return replace_file(path, snapshot, book)


def load_whole(snapshot: Snapshot) -> Workbook:
    """The file with everything that can be written back."""
    return load_workbook(BytesIO(snapshot.content), rich_text=True)


def add_to(book: Workbook, rows: Sequence[NewRow], tabs: Mapping[str, RawTab]) -> None:
    """Writes the rows under the last ones of their tabs, whose headers are read as `tabs` (the same state) says."""
    for row in rows:
        titles = [fold(title) for title in (row.tab, *_spec_of(row.tab).aliases)]
        same = [each for each in book.worksheets if fold(each.title) in titles]
        # Of two tabs with one name the one that is read, see `tabs.understand`.
        sheet = min(same, key=lambda each: (titles.index(fold(each.title)), each.title != row.tab), default=None)
        if sheet is None:
            sheet = book.create_sheet(row.tab)
            draw_tab(sheet, plan_of(row.tab) or TabPlan(row.tab, list(row.cells)))
        _append(sheet, row, own_spec(tabs, _spec_of(row.tab)))


def replace_file(path: Path, snapshot: Snapshot, book: Workbook) -> bool:
    """Puts a changed copy in the file's place; False when the file changed or was opened since the snapshot."""
    beside = path.with_name(f".{path.name}.new")
    try:
        write_book(book, beside)
        if is_open(path) or take_snapshot(path).version != snapshot.version:
            return False
        beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except PermissionError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    return True


def _append(sheet: Worksheet, row: NewRow, spec: TabSpec) -> None:
    header, places = _places(sheet, row, spec)
    last = header
    for number in range(sheet.max_row, header, -1):
        if any(cell.value is not None or isinstance(cell, MergedCell) for cell in sheet[number]):
            last = number
            break
    for name, value in row.cells.items():
        if name in places and value is not None:
            write_cell(sheet.cell(last + 1, places[name]), value)


def _places(sheet: Worksheet, row: NewRow, spec: TabSpec) -> tuple[int, dict[str, int]]:
    """The header row, and the column of each of the row's cells by the name we know it under."""
    known = {fold(name): Column(name) for name in row.cells} | known_headers(spec)
    top = [
        [cell.value if isinstance(cell.value, str) else None for cell in sheet[at]]
        for at in range(1, min(sheet.max_row, _TOP) + 1)
    ]
    at = find_header_row(top, known)
    if at is not None:
        places, _, _ = map_headers(top[at], known, spec)
        if row.key_column in places:
            return at + 1, {name: place + 1 for name, place in places.items()}
    raise PermanentError(f"The tab {row.tab} has no column {row.key_column}, so nothing could be added to it.")


def _spec_of(tab: str) -> TabSpec:
    return next((spec for spec in PEOPLES_TABS if spec.title == tab), TabSpec(tab, ()))


def _raw(value: object) -> Cell:
    """A cell as the sheet keeps it: dates become serial numbers, a formula its own text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return _serial(value.date() - _DAY_ZERO + _since_midnight(value.time()))
    if isinstance(value, date):
        return _serial(value - _DAY_ZERO)
    if isinstance(value, time):
        return _serial(_since_midnight(value))
    if isinstance(value, timedelta):
        return _serial(value)
    return str(getattr(value, "text", value))


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _serial(span: timedelta) -> int | float:
    days = span / timedelta(days=1)
    return int(days) if days.is_integer() else days


def _what_would_be_lost(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith("/"):
                continue
            body = parts.read(name) if name.endswith((".xml", ".rels")) else b""
            if name.startswith(("xl/drawings/drawing", "xl/drawings/_rels")) and not _EMPTY_DRAWING.search(body):
                continue
            if not _KEPT_PARTS.fullmatch(name):
                return "pictures, notes, macros or the like"
            if name.startswith("xl/worksheets/sheet"):
                for what, pattern in _LOST_IN_SHEET.items():
                    if pattern.search(body):
                        return what
    return ""
