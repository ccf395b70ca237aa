"""Tables of answers, as form services give them: which column is what, and rows out as responses.

A table is a CSV export, an .xlsx or the spreadsheet that a form writes to; here its cells become `Response`s, its
columns under their headers. What the answers mean is decided in `surveys`. Columns that say who somebody is (name,
address of a computer, email) are no answers: a personal reference or else an email becomes `reference`, everything else
of that kind is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from network.surveys import Response
from network.tabs import Cell, text_of

WHO = (
    *("reference", "your reference", "personal reference", "referencia", "su referencia"),
    *("email address", "username", "email", "correo electrónico", "dirección de correo electrónico"),
    "nombre de usuario",
)
"""Questions and columns that tell who it was, the surest first."""
_WHEN = (
    *("timestamp", "end date", "submitted at", "submit date", "completed", "date submitted", "start date"),
    "marca temporal",
)
_ID = ("respondent id", "response id", "submission id")
_NOT_ANSWERS = frozenset(
    (
        *("collector id", "start date", "end date", "ip address", "first name", "last name", "custom data 1"),
        *("custom data", "score", "total score", "puntuación"),
    )
)
_OF_A_QUIZ = re.compile(r"(.+) \[(?:score|feedback|puntuación|comentarios)\]", re.IGNORECASE)
_SECOND_HEADER = frozenset(
    ("response", "open-ended response", "respuesta", "respuesta abierta", "other (please specify)")
)
_FORMATS = (
    "%Y/%m/%d %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%Y-%m-%d",
)
# Google writes the zone of the form's owner as letters or as GMT-7. Letters of the United States, hours behind UTC:
_ZONES = {
    "EST": 5,
    "EDT": 4,
    "CST": 6,
    "CDT": 5,
    "MST": 7,
    "MDT": 6,
    "PST": 8,
    "PDT": 7,
    "AKST": 9,
    "AKDT": 8,
    "HST": 10,
}
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no time zones; the caller adds one
_LONGEST_SPAN = 80_000  # a serial number beyond is no moment


def as_who(name: str) -> str:
    """A question's name as it may stand in `WHO`: "Reference (please leave it as it is)" is Reference."""
    return re.sub(r"\s*\([^()]*\)$", "", " ".join(name.split()).casefold())


class NoExportError(ValueError):
    """The table has no column that says when somebody answered."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the survey it is named after, its rows from the header on, the zone of times that name none."""

    survey: str
    rows: Iterable[Sequence[Cell]]
    zone: ZoneInfo


def responses_of(table: Table) -> Iterator[Response]:
    """Gives responses one at a time, in the order of the table; raises NoExportError when it is no export of answers.

    An export that numbers nobody gives each row an id made of its moment and which row of that moment it is: the same
    from file to file as long as rows are only added. Who edits an answer gets a new moment there, and counts anew.
    """
    rows = iter(table.rows)
    header = next(rows, None)
    if header is None:
        return
    first = next(rows, None)
    layout = Layout.of(header, first or ())
    if layout.when is None:
        raise NoExportError(table.survey)
    pending = () if first is None or layout.has_two_rows else (first,)
    same: Counter[str] = Counter()
    for row in chain(pending, rows):
        response = _response(table, layout, row, same)
        if response is not None:
            yield response


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column is what; a question with a column for each option has several."""

    when: int | None
    id: int | None
    who: int | None
    questions: dict[str, tuple[int, ...]]
    has_two_rows: bool

    @classmethod
    def of(cls, header: Sequence[Cell], second: Sequence[Cell]) -> Layout:
        """Reads the header; `second` is the row below, which SurveyMonkey uses for the options."""
        names = [" ".join(text_of(name).split()) for name in header]
        low = [name.casefold() for name in names]
        has_two_rows = _is_second_header(low, second)
        when, known_id = _first(low, _WHEN), _first(low, _ID)
        who = _first([as_who(name) for name in low], WHO)
        questions: dict[str, list[int]] = {}
        current = ""
        for place, name in enumerate(names):
            if place in {when, known_id, who} or _is_no_answer(low[place], low):
                current = ""
            elif name:
                current = name
                questions.setdefault(name, []).append(place)
            elif has_two_rows and current:  # the same question goes on: SurveyMonkey names it once
                questions[current].append(place)
        return cls(when, known_id, who, {name: tuple(places) for name, places in questions.items()}, has_two_rows)


def _response(table: Table, layout: Layout, row: Sequence[Cell], same: Counter[str]) -> Response | None:
    moment = _cell(row, layout.when)
    submitted_at = _moment(row[layout.when] if moment and layout.when is not None else None, table.zone)
    if submitted_at is None:
        return None  # a line of totals, or a blank one
    response_id = _cell(row, layout.id)
    if not response_id:
        same[moment] += 1
        response_id = hashlib.sha256(f"{table.survey}|{moment}|{same[moment]}".encode()).hexdigest()[:16]
    answers: dict[str, tuple[str, ...]] = {}
    for question, places in layout.questions.items():
        if values := tuple(value for place in places if (value := _cell(row, place))):
            answers[question] = values
    return Response(table.survey, response_id, submitted_at, answers, _cell(row, layout.who))


def _is_no_answer(name: str, names: Sequence[str]) -> bool:
    quiz = _OF_A_QUIZ.fullmatch(name)
    return name in _NOT_ANSWERS or name in _WHEN or as_who(name) in WHO or (quiz is not None and quiz[1] in names)


def _is_second_header(header: Sequence[str], second: Sequence[Cell]) -> bool:
    """SurveyMonkey's second row names the options, and is blank under the columns about the respondent."""
    when = _first(header, _WHEN)
    cells = [text_of(cell).casefold() for cell in second]
    if when is None or not any(cells) or (when < len(cells) and cells[when]):
        return False
    return any(cell in _SECOND_HEADER for cell in cells) or "" in header


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _cell(row: Sequence[Cell], place: int | None) -> str:
    if place is None or place >= len(row):
        return ""
    cell = row[place]
    return cell.strip() if isinstance(cell, str) else text_of(cell)


def _moment(cell: Cell, zone: ZoneInfo) -> datetime | None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not 0 < cell < _LONGEST_SPAN:
            return None
        return (_DAY_ZERO + timedelta(seconds=round(cell * 86_400))).replace(tzinfo=zone).astimezone(UTC)
    typed = cell.strip() if isinstance(cell, str) else ""
    plain, _, letters = typed.rpartition(" ")
    hours = _hours(letters)
    moment = _parsed(typed if hours is None else plain)
    if moment is None or not 1900 <= moment.year < 2200:
        return None
    if hours is not None:
        return moment.replace(tzinfo=UTC) - timedelta(hours=hours)
    return moment.replace(tzinfo=zone).astimezone(UTC)


def _parsed(typed: str) -> datetime | None:
    for written in _FORMATS:
        try:
            return datetime.strptime(typed.strip(), written)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    return None


def _hours(zone: str) -> float | None:
    """Hours ahead of UTC, from "PDT", "GMT-7", "GMT+5:30", "UTC" or "-0700"."""
    if zone in _ZONES:
        return -_ZONES[zone]
    found = re.fullmatch(r"(?:GMT|UTC|Z)?(?:([+-])(\d{1,2}):?(\d{2})?)?", zone)
    if not zone or found is None:
        return None
    ahead = int(found[2] or 0) + int(found[3] or 0) / 60
    return -ahead if found[1] == "-" else ahead
