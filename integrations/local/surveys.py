"""Survey responses from CSV exports in a folder of the office: Google Forms, SurveyMonkey with one or two header rows.

A file is one survey; its name is the survey's name. What the columns mean is decided by `network.surveys`: here a row
only becomes a `Response`, its columns under their headers. Columns that say who somebody is (name, address of a
computer, email) are not answers: an email or a personal reference becomes `reference`, everything else of that kind is
left out.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from network.errors import PermanentError
from network.surveys import Response

_WHEN = (
    "timestamp",
    "end date",
    "submitted at",
    "submit date",
    "completed",
    "date submitted",
    "start date",
    "marca temporal",
)
_ID = ("respondent id", "response id", "submission id")
_WHO = ("reference", "your reference", "personal reference", "email address", "username", "email", "correo electrónico")
_NOT_ANSWERS = frozenset(
    ("collector id", "start date", "end date", "ip address", "first name", "last name", "custom data 1", "custom data")
)
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


class LocalSurveys:
    """`network.ports.SurveySource` over one file, or every .csv file of a folder; no folder means no answers yet."""

    def __init__(self, place: Path, time_zone: str = "UTC") -> None:
        self._place = place
        self._zone = ZoneInfo(time_zone)

    def fetch(self, since: datetime | None) -> Sequence[Response]:
        """Returns responses submitted at or after `since`, oldest first; PermanentError names a file we cannot read."""
        found = [response for path in self._files() for response in self._read(path)]
        return sorted(
            (each for each in found if since is None or each.submitted_at >= since),
            key=lambda each: (each.submitted_at, each.response_id),
        )

    def _files(self) -> list[Path]:
        if self._place.is_file():
            return [self._place]
        return sorted(path for path in self._place.glob("*.csv") if not path.name.startswith((".", "~")))

    def _read(self, path: Path) -> Iterator[Response]:
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                yield from self._rows(path, csv.reader(lines))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise PermanentError(f"{path.name} cannot be read as a CSV file. Please download it again.") from error

    def _rows(self, path: Path, rows: Iterator[list[str]]) -> Iterator[Response]:
        header = next(rows, None)
        if header is None:
            return
        first = next(rows, None)
        layout = _Layout.of(header, first or [])
        if layout.when is None:
            raise PermanentError(f"{path.name} has no column that says when somebody answered. Is it the whole export?")
        pending = [] if first is None or layout.has_two_rows else [first]
        same: Counter[str] = Counter()
        for row in (*pending, *rows) if pending else rows:
            response = self._response(path, layout, row, same)
            if response is not None:
                yield response

    def _response(self, path: Path, layout: _Layout, row: list[str], same: Counter[str]) -> Response | None:
        when = _cell(row, layout.when)
        submitted_at = self._moment(when)
        if submitted_at is None:
            return None  # a line of totals, or a blank one
        response_id = _cell(row, layout.id)
        if not response_id:
            # The export numbers nobody: the moment, and which of that moment it is, stay the same from file to file.
            same[when] += 1
            response_id = hashlib.sha256(f"{path.stem}|{when}|{same[when]}".encode()).hexdigest()[:16]
        answers: dict[str, tuple[str, ...]] = {}
        for question, places in layout.questions.items():
            if values := tuple(value for place in places if (value := _cell(row, place))):
                answers[question] = values
        return Response(path.stem, response_id, submitted_at, answers, _cell(row, layout.who))

    def _moment(self, typed: str) -> datetime | None:
        plain, _, zone = typed.rpartition(" ")
        hours = _hours(zone)
        if hours is not None:
            moment = _parsed(plain)
            offset = f"{'-' if hours < 0 else '+'}{abs(int(hours)):02}:{round(abs(hours) % 1 * 60):02}"
            return datetime.fromisoformat(f"{moment.isoformat()}{offset}").astimezone(UTC) if moment else None
        moment = _parsed(typed)
        return moment.replace(tzinfo=self._zone).astimezone(UTC) if moment else None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column is what; a question with a column for each option has several."""

    when: int | None
    id: int | None
    who: int | None
    questions: dict[str, tuple[int, ...]]
    has_two_rows: bool

    @classmethod
    def of(cls, header: Sequence[str], second: Sequence[str]) -> _Layout:
        names = [" ".join(name.split()) for name in header]
        low = [name.casefold() for name in names]
        has_two_rows = _is_second_header(low, second)
        when, known_id, who = _first(low, _WHEN), _first(low, _ID), _first(low, _WHO)
        taken = {when, known_id, who}
        questions: dict[str, list[int]] = {}
        current = ""
        for place, name in enumerate(names):
            if place in taken or low[place] in _NOT_ANSWERS or low[place] in _WHEN or low[place] in _WHO:
                current = ""
            elif name:
                current = name
                questions.setdefault(name, []).append(place)
            elif has_two_rows and current:  # the same question goes on: SurveyMonkey names it once
                questions[current].append(place)
        return cls(when, known_id, who, {name: tuple(places) for name, places in questions.items()}, has_two_rows)


def _is_second_header(header: Sequence[str], second: Sequence[str]) -> bool:
    """SurveyMonkey's second row names the options, and is blank under the columns about the respondent."""
    when = _first(header, _WHEN)
    cells = [cell.strip().casefold() for cell in second]
    if when is None or not any(cells) or (when < len(cells) and cells[when]):
        return False
    return any(cell in _SECOND_HEADER for cell in cells) or "" in [name.strip() for name in header]


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


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
