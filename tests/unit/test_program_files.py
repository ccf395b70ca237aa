"""Any sane file of programs becomes rows; any other becomes a sentence."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from integrations.local.program_files import read_program_file
from network.errors import PermanentError

CSV = 'grant_number,grantee_name,zip\n01CH010716,"Niñez, Inc.",00926\n'
ROW = {"grant_number": "01CH010716", "grantee_name": "Niñez, Inc.", "zip": "00926"}


def excel(*rows: list[object], title: str = "Program Details") -> bytes:
    workbook = Workbook()
    workbook.create_sheet(title)
    for row in rows:
        workbook[title].append(row)
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


FORMS = {
    "CSV": CSV.encode(),
    "CSV with a mark": CSV.encode("utf-8-sig"),
    "CSV in UTF-16": CSV.encode("utf-16"),
    "CSV in Windows' code": CSV.encode("cp1252"),
    "CSV with two marks a line": CSV.replace("\n", "\r\n").encode(),
    "CSV of an old Mac": CSV.replace("\n", "\r").encode(),
    "a blank line first": b"\n" + CSV.encode(),
    "a title above": b"Program Information Report 2022\n\n" + CSV.encode(),
    "semicolons": b'grant_number;grantee_name;zip\n01CH010716;"Ni\xc3\xb1ez, Inc.";00926\n',
    "tabs": b"grant_number\tgrantee_name\tzip\n01CH010716\tNi\xc3\xb1ez, Inc.\t00926\n",
    "packed CSV": gzip.compress(CSV.encode("utf-8-sig"), mtime=0),
    "JSON": json.dumps([ROW]).encode(),
    "JSON with a mark": json.dumps({"count": 1, "data": [ROW]}).encode("utf-8-sig"),
    "GeoJSON": json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": ROW}]}).encode(),
    "packed JSON": gzip.compress(json.dumps([ROW]).encode(), mtime=0),
    "Excel": excel(["Program Details 2022"], list(ROW), list(ROW.values())),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_come_from_every_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / "programs.csv"
    path.write_bytes(FORMS[form])
    assert read_program_file(path) == [ROW]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<html><body>403</body></html>", "web page"),
        (b"name,shirt\nAna,M\n", "grant number"),
        (b'{"data": ', "JSON"),
        (b'{"error": "no"}', "no list of programs"),
        (b"[]", "no list of programs"),
        (b"\x00\x01\x02binary", "CSV"),
        (b"\x1f\x8bnot gzip", "unpacked"),
        (gzip.compress(CSV.encode(), mtime=0)[:-9], "unpacked"),
        (b"PK\x03\x04not excel", "Excel"),
        (b"\xff\xfea", "damaged"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "programs.csv"
    path.write_bytes(content)
    with pytest.raises(PermanentError, match=says) as raised:
        read_program_file(path)
    assert str(tmp_path) not in str(raised.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="Is the name right"):
        read_program_file(tmp_path / "nowhere.csv")
