"""Survey responses from files: CSV exports of Google Forms and SurveyMonkey, and .xlsx files that hold the same.

A file is one survey; its name is the survey's name, whichever download of it it is. What the columns mean is read in
`network.survey_exports`.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from network.errors import PermanentError
from network.survey_exports import NoExportError, Table, responses_of
from network.survey_outline import Outline, guessed
from network.surveys import Response
from network.tabs import Cell

_ENDINGS = (".csv", ".xlsx")
_LONGEST_CELL = 10_000_000  # characters; what one person pastes into an answer must not hide everybody else's
_AGAIN = re.compile(r"\s*(?:\(\d{1,2}\)| - Copy)$")
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no time zones


class LocalSurveys:
    """`network.ports.SurveySource` over one file, or every export in a folder; no folder means no answers yet.

    `named` are files elsewhere that the settings name: those must be there.
    """

    def __init__(self, place: Path, time_zone: str = "UTC", named: Sequence[Path] = ()) -> None:
        self._place, self._named = place, tuple(dict.fromkeys(named))
        self._zone = ZoneInfo(time_zone)

    def places(self) -> Sequence[str]:
        """The files: by name in the folder, by path elsewhere."""
        return [*(path.name for path in self._files()), *map(str, self._named)]

    def fetch(self, place: str, since: datetime | None) -> Iterator[Response]:
        """Gives responses submitted at or after `since`; PermanentError names a file we cannot read."""
        for response in self._responses(self._path(place)):
            if since is None or response.submitted_at >= since:
                yield response

    def outline(self, place: str) -> Outline:
        """What the file's answers let us guess."""
        path = self._path(place)
        return guessed(_name_of(path), self._responses(path))

    def _files(self) -> list[Path]:
        if self._place.is_dir():
            found = (path for path in self._place.iterdir() if path.suffix.lower() in _ENDINGS)
            return sorted(path for path in found if not path.name.startswith((".", "~")))
        return [self._place] if self._place.is_file() or self._place.suffix.lower() in _ENDINGS else []

    def _path(self, place: str) -> Path:
        if (elsewhere := Path(place)) in self._named:
            return elsewhere
        return self._place if self._place.name == place else self._place / place

    def _responses(self, path: Path) -> Iterator[Response]:
        with _plain_errors(path), _rows_of(path) as rows:
            yield from responses_of(Table(_name_of(path), rows, self._zone))


def _name_of(path: Path) -> str:
    """The survey's name: a second download called "Spring (1)" is Spring, and gives the same answers the same ids."""
    return _AGAIN.sub("", path.stem).strip() or path.stem


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except NoExportError as err:
        sentence = f"{path.name} has no column that says when somebody answered. Is it the whole export?"
        raise PermanentError(sentence) from err
    except FileNotFoundError as err:
        raise PermanentError(f"There is no file {path.name}. Please put it there, or correct HMN_RESPONSES.") from err
    except (OSError, UnicodeDecodeError, csv.Error, zipfile.BadZipFile, InvalidFileException, KeyError) as err:
        kind = "an Excel file" if path.suffix.lower() == ".xlsx" else "a CSV file"
        raise PermanentError(f"{path.name} cannot be read as {kind}. Please download it again.") from err


@contextmanager
def _rows_of(path: Path) -> Iterator[Iterable[Sequence[Cell]]]:
    """The rows of a file, one at a time; of an .xlsx its first sheet."""
    if path.suffix.lower() != ".xlsx":
        csv.field_size_limit(_LONGEST_CELL)
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield csv.reader(lines)
        return
    with warnings.catch_warnings():
        # It warns of what it would not write back; nothing is written here.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        book = load_workbook(path, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        yield ([_cell(value) for value in row] for row in (sheet.iter_rows(values_only=True) if sheet else ()))
    finally:
        book.close()


def _cell(value: object) -> Cell:
    """A cell as sheets keep it: a day and a moment are serial numbers."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _DAY_ZERO) / timedelta(days=1)
    if isinstance(value, date):
        return float((value - _DAY_ZERO.date()).days)
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
