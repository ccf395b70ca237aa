"""The cells of a federal file: columns found by any of their spellings, every cell as tidy text, codes repaired.

Four sources spell the same facts differently (service locations, center API, PIR export, HSES); nothing here knows what
the facts mean together, see `program_import`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from network.recipient_names import tidy_name

# What we look for, and how the four federal sources and people spell it; the first spelling that is there counts.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "number": ("grant number", "grant_Number", "grantNumber", "grant no", "grant #", "award number", "grant"),
    "program_number": ("program number", "program_admin_ID", "delegateNumber", "delegate number"),
    "recipient": ("recipient_name", "grantee_name", "grant recipient name", "recipient", "grantee"),
    "program": ("program_name", "program_admin_name"),
    "type": ("program_type", "type"),
    "region": ("region", "region number"),
    "state": ("service_state", "state", "program state", "program_admin_state"),
    "year": ("year", "pir year", "program year"),
    "phone": (
        *("program main phone number", "program_phone", "registration_phone_number"),
        *("service_location_phone_number", "phone"),
    ),
    "email": ("program main email", "program_email"),
    "director": ("director_name", "program director name"),
    "director_first": ("director_first_name",),
    "director_last": ("director_last_name",),
    "director_email": ("director_email", "program director email"),
    "street": ("recipient_admin_address_line_one", "program_admin_address_line_one", "program address line 1"),
    "city": ("recipient_admin_city", "program_admin_city", "program city"),
    "address_state": ("recipient_admin_state", "program_admin_state", "program state"),
    "zip": ("recipient_admin_zip", "program_admin_zip", "program zip code"),
    "zip4": ("recipient_admin_zip_4", "program_admin_zip_4", "program zip 4"),
}


def read_cells(rows: Sequence[Mapping[str, object]]) -> tuple[list[Mapping[str, str]], tuple[str, ...]]:
    """Returns every row as text by what we look for, and which required columns are missing, in words for people.

    Headers are matched without case, blanks and punctuation. Where a file has several spellings of one fact, the first
    filled cell counts. Required are the grant number, and a name of the recipient or of its program.
    """
    columns = _columns(rows)
    missing = []
    if not columns["number"]:
        missing.append("the grant number (grant_Number)")
    if not columns["recipient"] and not columns["program"]:
        missing.append("the recipient (recipient_name or grantee_name)")
    return [{what: _text(row, names) for what, names in columns.items()} for row in rows], tuple(missing)


def by_year(rows: Sequence[Mapping[str, str]]) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """Returns the rows of the file's latest year (and those without one), and the earlier ones."""
    years = {row["year"] for row in rows if row["year"]}
    latest = max(years, default="")
    return [row for row in rows if row["year"] in (latest, "")], [
        row for row in rows if row["year"] and row["year"] != latest
    ]


def read_zip(code: object, plus_four: object = "") -> str:
    """Reads a ZIP code as text: "4401" is 04401 again, a ZIP+4 of -1 means none; blank when it is no ZIP code."""
    typed = re.sub(r"\.0$", "", str(code if code is not None else "").strip())
    found = re.fullmatch(r"(\d{1,5})(?:-?(\d{4}))?", typed)
    if not found or not int(found[1]):
        return ""
    more = re.sub(r"\.0$", "", str(plus_four if plus_four is not None else "").strip()) or found[2] or ""
    return found[1].zfill(5) + (f"-{more.zfill(4)}" if more.isdigit() and len(more) <= 4 and int(more) else "")


def read_program_number(text: object) -> str:
    """Reads a program number as three digits: 0, "0", 0.0 and "000" are the lead's 000; blank stays blank."""
    typed = re.sub(r"\.0$", "", str(text if text is not None else "").strip())
    return typed.zfill(3) if typed.isdigit() else typed


def _columns(rows: Sequence[Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    headers: dict[str, str] = {}
    for row in rows[:100]:  # in JSON a row may lack a field that others have
        for header in row:
            headers.setdefault(_fold(header), header)
    return {
        what: tuple(dict.fromkeys(headers[_fold(name)] for name in names if _fold(name) in headers))
        for what, names in _SPELLINGS.items()
    }


def _fold(header: str) -> str:
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def _text(row: Mapping[str, object], names: Iterable[str]) -> str:
    for name in names:
        value = row.get(name)
        if value is not None and (text := tidy_name(value)):
            return text
    return ""
