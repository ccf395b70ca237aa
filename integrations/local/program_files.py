"""Files of federal programs as rows: CSV with or without BOM, JSON, Excel, each also gzipped; any sane encoding.

What the columns mean is `network.program_import`; here a file only becomes rows, or one sentence that says why not.
"""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from network.errors import PermanentError

ProgramRow = dict[str, object]
_LARGEST = 400 * 1024 * 1024  # bytes after unpacking; the national location file is about 10 MB
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SHEET = "program details"  # the sheet of a PIR export that names programs


def read_program_file(path: Path) -> list[ProgramRow]:
    """Returns the rows of a file by header, every value as the file holds it.

    What it is shows in its bytes, not in its name. Raises PermanentError with a sentence for the coordinator when the
    file is missing, empty, too large, damaged or of another kind.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PermanentError(f"{path.name} could not be opened ({error.strerror}). Is the name right?") from error
    content = _unpacked(path.name, content)
    if not content.strip():
        raise PermanentError(f"{path.name} is empty. Please download it again.")
    if content.startswith(b"PK\x03\x04"):
        return _from_excel(path.name, content)
    text = _decoded(path.name, content)
    if text.lstrip()[:1] in ("[", "{"):
        return _from_json(path.name, text)
    if text.lstrip()[:1] == "<":
        raise PermanentError(f"{path.name} is a web page or XML. Please download the CSV or JSON file.")
    return _from_csv(path.name, text)


def _unpacked(name: str, content: bytes) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(BytesIO(content)) as packed:
                content = packed.read(_LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise PermanentError(f"{name} is damaged: it could not be unpacked. Please download it again.") from error
    if len(content) > _LARGEST:
        raise PermanentError(f"{name} is larger than we read ({_LARGEST // 1024 // 1024} MB). Is it the right file?")
    return content


def _decoded(name: str, content: bytes) -> str:
    encoding = next((encoding for bom, encoding in _BOMS if content.startswith(bom)), None)
    try:
        if encoding:
            return content.decode(encoding)
        if b"\x00" in content:
            raise PermanentError(f"{name} is no text, JSON or Excel file. Please save it as CSV (UTF-8) and try again.")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise PermanentError(f"{name} is damaged near byte {error.start}. Please download it again.") from error
    # Excel on Windows saves plain CSV so; five of its bytes mean nothing.
    return content.decode("cp1252", errors="replace")


def _from_csv(name: str, text: str) -> list[ProgramRow]:
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    header = next((line for line in lines if "grant" in line.casefold()), lines[0])
    delimiter = max(",;\t|", key=header.count)
    try:
        table = list(csv.reader(StringIO(text, newline=None), delimiter=delimiter))
    except csv.Error as error:
        raise PermanentError(f"{name} could not be read as a table ({error}). Please download it again.") from error
    return _by_header(name, table)


def _from_json(name: str, text: str) -> list[ProgramRow]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PermanentError(f"{name} is damaged: it is no complete JSON. Please download it again.") from error
    rows = _list_of_objects(body)
    if rows is None:
        raise PermanentError(f"{name} holds no list of programs. Please download the CSV or JSON file again.")
    return rows


def _list_of_objects(body: object) -> list[ProgramRow] | None:
    """Finds the rows: a list of objects, or the first such list inside an object; of GeoJSON the properties."""
    if isinstance(body, list):
        objects = [row for row in body if isinstance(row, dict)]
        if not objects:
            return None
        inner = [row["properties"] for row in objects if isinstance(row.get("properties"), dict)]
        return inner if len(inner) == len(objects) else objects
    if isinstance(body, dict):
        return next((rows for value in body.values() if (rows := _list_of_objects(value))), None)
    return None


def _from_excel(name: str, content: bytes) -> list[ProgramRow]:
    try:
        workbook = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = next((each for each in workbook if each.title.casefold() == _SHEET), workbook.worksheets[0])
        table = [list(row) for row in sheet.iter_rows(values_only=True)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise PermanentError(f"{name} is no Excel file that we can read. Please save it as CSV (UTF-8).") from error
    return _by_header(name, table)


def _by_header(name: str, table: Sequence[Sequence[object]]) -> list[ProgramRow]:
    """Takes the header from the first of the top twenty rows that names a grant (exports begin with titles)."""
    at = next((place for place, row in enumerate(table[:20]) if _names_a_grant(row)), None)
    if at is None:
        raise PermanentError(f"{name} has no header row with a grant number. Is it the right file?")
    header = [str(cell if cell is not None else "").strip() for cell in table[at]]
    return [
        {title: value for title, value in zip(header, row, strict=False) if title}
        for row in table[at + 1 :]
        if any(cell not in (None, "") for cell in row)
    ]


def _names_a_grant(row: Iterable[object]) -> bool:
    folded = {"".join(letter for letter in str(cell).casefold() if letter.isalnum()) for cell in row}
    return bool(folded & {"grantnumber", "grantno", "grant", "awardnumber"})
