"""The day a reply names: "back on May 3", "hasta el lunes 12 de octubre", "LATER in January".

Office people in the United States write 5/3 for the third of May; beside Spanish words 5/3 can be either day, and then
no day is given. A day that is past, or so far off that the text must be stale, is no answer either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from network.reply_words import unaccented

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene",
            "february feb febrero",
            "march mar marzo",
            "april apr abril abr",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto ago",
            "september sept sep septiembre setiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lunes",
            "tuesday martes",
            "wednesday miercoles",
            "thursday jueves",
            "friday viernes",
            "saturday sabado",
            "sunday domingo",
        )
    )
    for name in names.split()
}
_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "a an one un una",
            "two dos",
            "three tres",
            "four cuatro",
            "five cinco",
            "six seis",
            "seven siete",
            "eight ocho",
        ),
        start=1,
    )
    for name in names.split()
}
_UNITS = {"day": 1, "dia": 1, "week": 7, "semana": 7, "month": 30, "mes": 30, "meses": 30}

_SOON = (
    r"tomorrow|manana|next week|(?:la )?proxima semana|la semana que viene|next month|"
    r"(?:el )?(?:proximo mes|mes que viene)|next year|el (?:proximo ano|ano que viene)"
)
_TOWARDS = "in|en|until|hasta|after|despues de|early|mid|late|by|for|para|a partir de|next|proximo"
_EARLY = r"(?:early |mid |late |mid-|principios de |mediados de |fines de )?"
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?:,? *(?:de |del )?(?P<year>20\d\d)\b)?"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b{_MONTH} +(?:\d{{1,2}} ?(?:-|–|to|through|al) ?)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:){_YEAR}",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|ro)?(?: +of| +de)? +{_MONTH}{_YEAR}",
        r"(?<![\d/-])(?P<first>\d{1,2})[/-](?P<second>\d{1,2})(?:[/-](?P<year>20\d\d|\d\d))?(?![\d/-])",
        r"\b(?P<weekday>" + "|".join(_WEEKDAYS) + r")\b",
        rf"\b(?P<soon>{_SOON})\b",
        r"\b(?:in|en|dentro de) (?P<count>\d{1,2}|"
        + "|".join(_NUMBERS)
        + r") (?P<unit>day|week|month|dia|semana|mes)(?:s|es)?\b",
        rf"\b(?:{_TOWARDS})[ -]{_EARLY}{_MONTH}{_YEAR}",
    )
)
_BACK = re.compile(
    r"(?:return\w*|back|resume|available(?: again)?|in the office again|regres\w*|vuelv\w*|volver\w*|de vuelta|"
    r"reincorpor\w*|disponible)\b[^.!?\n\d]{0,30}$"
)
_UNTIL = re.compile(r"(?:until|till|til|hasta)\b[^.!?\n\d]{0,16}$")
_THROUGH = re.compile(r"(?:(?:through|thru|to|al|and including|inclusive)\b[^.!?\n\d]{0,14}|\d\s*(?:-|–)\s*)$")
_WEEK_OF = re.compile(r"(?:week of|semana del?)\b[^.!?\n\d]{0,12}$")
_SPANISH = re.compile(r"\b(?:el|la|de|hasta|regreso|estare|estoy|fuera|oficina|vacaciones|gracias|correo)\b")
_FARTHEST = timedelta(days=400)
_STALE_WITHOUT_YEAR = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class _Found:
    day: date | None  # None: a date that can be read in two ways or that cannot be
    start: int
    end: int


def return_day(text: str, on: date) -> date | None:
    """The day an out-of-office written on `on` says its writer is back; None when it names none, or none clearly."""
    plain = " ".join(unaccented(text[:3000]).replace("—", "-").split(" "))
    found = [_past_its_week(each) if _WEEK_OF.search(plain[: each.start][-30:]) else each for each in _find(plain, on)]
    back = {each.day for each in found if _BACK.search(plain[: each.start][-60:])}
    until = {each.day for each in found if _UNTIL.search(plain[: each.start][-40:])}
    through = {
        each.day + timedelta(days=1) if each.day else None
        for each in found
        if _THROUGH.search(plain[: each.start][-40:])
    }
    for days in (back, until, through):
        if days:
            return _only(days, on)
    return _only({each.day + timedelta(days=1) if each.day else None for each in found}, on) if found else None


def named_day(text: str, on: date) -> date | None:
    """The one future day a few words name ("in January", "after Oct 15", "next month"); None when they do not."""
    plain = unaccented(text)
    found = list(_find(plain, on))
    after = (
        1 if re.search(r"\b(?:after|despues)\b", plain) and any(each.day and each.day.day > 1 for each in found) else 0
    )
    return _only({each.day + timedelta(days=after) if each.day else None for each in found}, on)


def business_days_after(day: date, count: int) -> date:
    """The day `count` weekdays after `day`; holidays are `cadence`'s and would only lengthen a wait nobody named."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _past_its_week(found: _Found) -> _Found:
    """The Sunday of a week that is named by one of its days."""
    day = found.day + timedelta(days=6 - found.day.weekday()) if found.day else None
    return replace(found, day=day)


def _only(days: set[date | None], on: date) -> date | None:
    if len(days) != 1:
        return None
    (day,) = days
    return day if day is not None and on < day <= on + _FARTHEST else None


def _find(plain: str, on: date) -> Iterator[_Found]:
    """Every day named; a stretch of text is read by the first pattern that fits, a weekday beside a date is none."""
    taken: list[tuple[int, int]] = []
    is_spanish = len(_SPANISH.findall(plain)) >= 2
    for pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            start = match.start("month") if parts.get("month") and not parts.get("day") else match.start()
            if any(start < end and begin < match.end() for begin, end in taken):
                continue
            if parts.get("weekday") and _stands_before_a_date(plain, match.end(), taken):
                continue
            taken.append((start, match.end()))
            yield _Found(_day(parts, on, is_spanish=is_spanish), start, match.end())


def _stands_before_a_date(plain: str, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(0 <= begin - end <= 9 and "." not in plain[end:begin] for begin, _ in taken)


def _day(parts: dict[str, str | None], on: date, *, is_spanish: bool) -> date | None:
    try:
        if weekday := parts.get("weekday"):
            return on + timedelta(days=(_WEEKDAYS[weekday] - on.weekday() - 1) % 7 + 1)
        if soon := parts.get("soon"):
            return _soon(soon, on)
        if unit := parts.get("unit"):
            number = parts["count"] or "1"
            return on + timedelta(days=_UNITS[unit] * int(_NUMBERS.get(number, 0) or number))
        if parts.get("first"):
            return _slashed(parts, on, is_spanish=is_spanish)
        month = int(parts.get("number") or 0) or _MONTHS[parts.get("month") or ""]
        return _dated(int(parts.get("year") or 0), month, int(parts.get("day") or 1), on)
    except ValueError:
        return None


def _soon(word: str, on: date) -> date:
    if word in ("tomorrow", "manana"):
        return on + timedelta(days=1)
    if "week" in word or "semana" in word:
        return on + timedelta(days=7 - on.weekday())
    if "month" in word or "mes" in word:
        return (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    return date(on.year + 1, 1, 1)


def _slashed(parts: dict[str, str | None], on: date, *, is_spanish: bool) -> date | None:
    first, second = int(parts["first"] or 0), int(parts["second"] or 0)
    year = int(parts.get("year") or 0)
    year += 2000 if 0 < year < 100 else 0
    if first > 12 >= second:
        return _dated(year, second, first, on)
    if is_spanish and second <= 12 and first != second:
        return None
    return _dated(year, first, second, on)


def _dated(year: int, month: int, day: int, on: date) -> date | None:
    """A month and day of the year said, or (0) of the next time they come; far off without a year means stale text."""
    if year:
        return date(year, month, day)
    coming = date(on.year, month, day)
    if coming <= on:
        coming = date(on.year + 1, month, day)
    return coming if coming - on <= _STALE_WITHOUT_YEAR else None
