"""Days in the words of a letter, in English and in Spanish; and whether a day that somebody typed in words is over.

When we may write is `cadence`; reading a cell that holds a date, `cells`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from network.members import Language

_DAYS = {
    "Monday": "lunes",
    "Tuesday": "martes",
    "Wednesday": "miércoles",
    "Thursday": "jueves",
    "Friday": "viernes",
    "Saturday": "sábado",
    "Sunday": "domingo",
}
_MONTHS = {
    "January": "enero",
    "February": "febrero",
    "March": "marzo",
    "April": "abril",
    "May": "mayo",
    "June": "junio",
    "July": "julio",
    "August": "agosto",
    "September": "septiembre",
    "October": "octubre",
    "November": "noviembre",
    "December": "diciembre",
}
_ENGLISH_DAY = re.compile(rf"\b({'|'.join(_DAYS)}),? (\d{{1,2}}) ({'|'.join(_MONTHS)})\b")
_MONTH_NUMBERS = {
    spelling.casefold(): number
    for number, pair in enumerate(_MONTHS.items(), start=1)
    for spelling in (*pair, pair[0][:3])
}
_MONTH = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_TYPED = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?: de)? (?P<month>{_MONTH})\b\.?(?:,? (?:de )?(?P<year>20\d\d))?", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>20\d\d))?", re.IGNORECASE
    ),
    re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
)


def long_day(day: date, language: str) -> str:
    """The day as a letter says it: "Monday 4 January", "lunes 4 de enero"."""
    return day_words(f"{day:%A} {day.day} {day:%B}", language)


def day_words(words: str, language: str) -> str:
    """What people typed, each day in it ("Thursday 15 October") in this language; everything else as it was typed."""
    if language != Language.SPANISH:
        return words
    return _ENGLISH_DAY.sub(lambda day: f"{_DAYS[day[1]]} {day[2]} de {_MONTHS[day[3]]}", words)


def is_over(words: str, today: date) -> bool:
    """Tells whether every day that is named in the words lies before today; words that name none are never over.

    A day without a year is the one nearest to today.
    """
    days = list(_named(words, today))
    return bool(days) and max(days) < today


def _named(words: str, today: date) -> Iterator[date]:
    for pattern in _TYPED:
        for match in pattern.finditer(words):
            month = _MONTH_NUMBERS.get(match["month"].casefold()) or int(match["month"])
            years = [int(match["year"])] if match["year"] else [today.year - 1, today.year, today.year + 1]
            found = [day for year in years if (day := _date(year, month, int(match["day"]))) is not None]
            if found:
                yield min(found, key=lambda day: abs(day - today))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
