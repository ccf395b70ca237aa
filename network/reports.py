"""What coordinators and leaders read, as tables and text: no names and no addresses on a page, ids and counts only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown page of the dashboard, written for somebody who is not a programmer."""

    key: str  # lower case and dashes: "hmn-members"
    title: str
    markdown: str
    counts: Mapping[str, int] = field(default_factory=dict)  # what the table at the end of a run shows
    short: str = ""  # what the leaders' page repeats of it; blank: all


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Draws a Markdown table; pipes and line breaks inside a cell are shown as text."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def count(number: int, one: str, many: str = "") -> str:
    """Says a number with its noun: "1 letter", "3 letters"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def literal(text: str) -> str:
    """What a person typed, for a Markdown page: it reads as typed and never becomes a link, a picture or a heading."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def harmless(text: str) -> str:
    """A cell of a CSV file that a spreadsheet shows and never runs: what might begin a formula begins with a mark."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA else text


_FORMULA = frozenset("=+-@|%\uff1d\uff0b\uff0d\uff20")  # also as wide signs, which some spreadsheets read alike
_MARKUP = re.compile(r"([\\`*_\[\]<>#~])")


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
