"""What one cell says: a date, yes or no, a list, one of a few words; each with the sentence for what it cannot be.

A reader returns a `Read`: the value, and a sentence when the cell must change. A blank cell is no mistake: its value
is None and there is no sentence. What an address or a phone is stands in `addresses`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from network.tabs import Cell, serial_to_date, text_of

T = TypeVar("T")

_YES = frozenset({"yes", "y", "true", "1", "x", "✓", "✔", "on", "si", "sí"})
_NO = frozenset({"no", "n", "false", "0", "off"})
# Serial numbers of 1954 and 2119: a number outside is a typing mistake, not a day of this office.
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_WRITTEN_DATES = ("%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y")
_ALIKE = 70  # of 100: close enough to ask "is it …?"


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What a cell was understood as, or the sentence that says what to type instead."""

    value: T | None = None
    sentence: str = ""


def read_date(cell: Cell, column: str) -> Read[date]:
    """Reads a day: a real date (a serial number), 2024-05-14, May 14 2024, or 5/14/2024: only one day can be meant."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if _FIRST_SERIAL <= cell <= _LAST_SERIAL:
            return Read(serial_to_date(cell))
        return Read(sentence=f"{column} holds the number {text_of(cell)}. Type a date such as 2024-05-14.")
    typed = text_of(cell)
    if not typed:
        return Read()
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?", typed):
        day = _day(int(found[1]), int(found[2]), int(found[3]))
        return Read(day) if day else Read(sentence=f"{column}: there is no day {quoted(typed)}. Please type it again.")
    if found := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", typed):
        return _slashed(int(found[1]), int(found[2]), int(found[3]), typed, column)
    plain = " ".join(typed.replace(",", " ").split())
    for written in _WRITTEN_DATES:
        try:
            return Read(datetime.strptime(plain, written).date())  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return Read(sentence=f"{column}: we cannot read {quoted(typed)} as a date. Type it like 2024-05-14.")


def read_time(cell: Cell) -> time | None:
    """Reads a time of day: a fraction of a day, 09:00, 9:00 am, 4.30 pm, 9; None when it is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60)
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})? ?(am|pm|a\.m\.|p\.m\.)?", text_of(cell).casefold())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= 12:
        return None
    if found[3]:
        hour = hour % 12 + (12 if found[3].startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def read_yes_no(cell: Cell, column: str) -> Read[bool]:
    """Reads yes or no, a tick or a checkbox."""
    typed = text_of(cell).casefold().rstrip(".!")
    if not typed:
        return Read()
    if typed in _YES or typed in _NO:
        return Read(typed in _YES)
    return Read(sentence=f"{column} holds {quoted(typed)}. Type yes or no; until then it counts as no.")


def read_word(cell: Cell, column: str, words: Mapping[str, T], offered: Sequence[str]) -> Read[T]:
    """Reads one of a few words; `words` maps every spelling, folded, to what it means, `offered` is what to type."""
    typed = text_of(cell)
    if not typed:
        return Read()
    folded = fold(typed)
    if folded in words:
        return Read(words[folded])
    choices = join_or(offered)
    alike = process.extractOne(folded, [fold(word) for word in offered], scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if alike is not None:
        guess = offered[alike[2]]
        return Read(sentence=f"{column} holds {quoted(typed)}. Is it {guess}? Choose {choices}.")
    return Read(sentence=f"{column} holds {quoted(typed)}, which we do not know. Choose {choices}.")


def read_list(cell: Cell) -> tuple[str, ...]:
    """Reads a list separated by semicolons, commas or line breaks; each entry once."""
    parts = re.split(r"[;,\n]", cell) if isinstance(cell, str) else [text_of(cell)]
    return tuple(dict.fromkeys(clean for part in parts if (clean := text_of(part))))


def fold(text: str) -> str:
    """What two spellings of one word have in common: letters and digits, no case."""
    return "".join(filter(str.isalnum, text.casefold()))


def quoted(text: str, longest: int = 40) -> str:
    """Shows what somebody typed inside a sentence, shortened."""
    return f"“{text if len(text) <= longest else text[: longest - 1].rstrip() + '…'}”"


def join_or(words: Sequence[str]) -> str:
    """Says a list of choices: "a, b or c"."""
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _slashed(first: int, second: int, year: int, typed: str, column: str) -> Read[date]:
    """5/14/2024 can only be May; 5/6/2024 may be May or June, and nobody is asked to trust our guess."""
    year += 2000 if year < 100 else 0
    american, european = _day(year, first, second), _day(year, second, first)
    if american and european and american != european:
        return Read(sentence=f"{column}: {quoted(typed)} may be two days. Type {american} or {european}.")
    if day := american or european:
        return Read(day)
    return Read(sentence=f"{column}: there is no day {quoted(typed)}. Type it like 2024-05-14.")
