"""What a cell holds and what a person sees of it; days as spreadsheets count them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

# A cell as read raw: text stays text, a date is a serial number of days since 1899-12-30, nothing is a formula result
# that we interpret.

Cell = str | float | int | bool | None

# Zero-width characters, marks of writing direction, the byte order mark, soft hyphens, control characters. Variation
# selectors and the joiners that scripts need inside words go too: what is left is what two people can compare.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\x00-\x08\x0e-\x1f\x7f]"
)


def text_of(cell: Cell) -> str:
    """Returns what a person sees in a cell as one line of text, without characters that nobody can see.

    Accents typed as separate characters are joined, no-break spaces become spaces, runs of spaces one space. A whole
    number has no decimals: a phone typed as a number stays a phone.
    """
    if isinstance(cell, str) and cell.isascii() and cell.isprintable():
        return cell if cell.isalnum() else " ".join(cell.split())
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", str(cell)))
    return " ".join(visible.split())


def is_blank(cell: Cell) -> bool:
    """Tells whether nobody would see anything in the cell."""
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace() or not text_of(cell)))


def serial_to_date(serial: float) -> date:
    """Turns a sheet's day number (day 0 is 1899-12-30) into a date; raises OverflowError or ValueError when absurd."""
    return date(1899, 12, 30) + timedelta(days=int(serial))


def date_to_serial(day: date) -> int:
    """The day number a sheet keeps for a date."""
    return (day - date(1899, 12, 30)).days
