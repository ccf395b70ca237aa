"""A1 notation: read, clamped to the grid, and written back the way Sheets does."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CORNER = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d*)")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unparsable(ValueError):  # noqa: N818 - a text that a person typed, no mistake of the program
    """The text names no range."""


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open rows and columns; None is the edge of the grid."""

    top: int = 0
    left: int = 0
    bottom: int | None = None
    right: int | None = None

    def clamped(self, rows: int, columns: int) -> Box:
        """The same inside a grid of this size."""
        bottom = rows if self.bottom is None else min(self.bottom, rows)
        right = columns if self.right is None else min(self.right, columns)
        return Box(self.top, self.left, bottom, right)


def split_title(text: str) -> tuple[str | None, str]:
    """The tab's title, unquoted, and the rest; no title where the text has none."""
    if text.startswith("'"):
        found = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text, re.DOTALL)
        if found is None:
            raise Unparsable(text)
        return found[1].replace("''", "'"), found[2] or ""
    title, mark, rest = text.rpartition("!")
    return (title, rest) if mark else (None, text)


def parse_box(text: str) -> Box:
    """Reads `A1:C9`, `A:C`, `2:9`, `A2:C`, `B5`; an empty text is the whole grid."""
    if not text:
        return Box()
    start, colon, end = text.partition(":")
    left, top = _corner(start)
    if not colon:
        if left is None or top is None:
            raise Unparsable(text)
        return Box(top, left, top + 1, left + 1)
    right, bottom = _corner(end)
    return Box(top or 0, left or 0, None if bottom is None else bottom + 1, None if right is None else right + 1)


def box_name(title: str, box: Box) -> str:
    """Writes a clamped box as Sheets echoes it: `Sheet1!A1:Z1000`, quotes only where they are needed."""
    shown = title if _PLAIN_TITLE.fullmatch(title) else "'" + title.replace("'", "''") + "'"
    start = f"{letters(box.left)}{box.top + 1}"
    bottom, right = box.bottom or box.top + 1, box.right or box.left + 1
    end = f"{letters(right - 1)}{bottom}"
    return f"{shown}!{start}" if start == end else f"{shown}!{start}:{end}"


def letters(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def column_number(text: str) -> int:
    """The column of these letters, counted from 0."""
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _corner(text: str) -> tuple[int | None, int | None]:
    found = _CORNER.fullmatch(text)
    if found is None or not (found[1] or found[2]) or found[2] == "0":
        raise Unparsable(text)
    return column_number(found[1]) if found[1] else None, int(found[2]) - 1 if found[2] else None
