"""Answers come in: every place is read as far as it is new, and what belongs to a described survey is kept.

What is kept of who answered: a person's id where the survey is not anonymous or the person chose to say who they are;
otherwise nothing beside the answers, and of the moment only the day. Addresses and names from a form are never kept.
A place that cannot be read is one sentence, stops no other and is read from where it stood once it can be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from network.errors import NetworkError
from network.jobs.survey_mail import reference_of
from network.members import Person
from network.ports import Office
from network.surveys import Response, Survey, recognised, survey_of

OVERLAP = timedelta(days=1)  # a source may list a late response under an earlier time
_BATCH = 1000
_READ = "surveys.read"  # how far each place was read, and for which questions


@dataclass(frozen=True, slots=True)
class Intake:
    """What one round brought; `could_read_all` is False while a place cannot be read: then nobody is reminded."""

    fetched: int = 0
    new: int = 0
    problems: tuple[str, ...] = ()
    could_read_all: bool = True
    rehearsed: tuple[Response, ...] = ()  # of a dry run: what would be kept


def take_in(office: Office, surveys: Sequence[Survey], at: datetime, *, dry_run: bool = False) -> Intake:
    """Reads every place and keeps what is new; what belongs to no described survey is read again next time.

    When questions are described anew everything is read once more, so that no answer to them is missing.
    """
    reading = _Intake(office, surveys, at, dry_run)
    kept = json.loads(office.cursors.get(_READ) or "{}")
    described = _digest_of(surveys)
    since: dict[str, str] = kept.get("since", {}) if kept.get("described") == described else {}
    now: dict[str, str] = {}
    for place in office.surveys.places():
        known = datetime.fromisoformat(since[place]) if place in since else None
        try:
            latest = reading.take(place, known)
        except _NotReadError as err:
            reading.failed[str(err)] = None
            latest = known
        if latest is not None:
            now[place] = min(latest, at).isoformat()
    if not dry_run:
        reading.spend()
        if (text := json.dumps({"described": described, "since": now}, sort_keys=True)) != json.dumps(kept):
            office.cursors.set(_READ, text, at)
    return reading.result()


def who_answered(office: Office, survey: Survey, references: frozenset[str]) -> frozenset[str]:
    """Ids of the people who have answered, as far as that can be known; `references` stand beside answers."""
    spent = set(_spent(office, survey))
    by_code = {each.id for each in office.people.all() if spent and reference_of(survey, each.id) in spent}
    return references | by_code


def has_spent(office: Office, survey: Survey, person_id: str) -> bool:
    """Whether a person's reference is marked as used."""
    return reference_of(survey, person_id) in _spent(office, survey)


def spend(office: Office, survey: Survey, person_id: str, at: datetime) -> None:
    """Marks one person as having answered, in a sorted list that says nothing about the answer."""
    codes = {*_spent(office, survey), reference_of(survey, person_id)}
    office.cursors.set(_cursor(survey), json.dumps(sorted(codes)), at)


class _NotReadError(Exception):
    """A place could not be read; its text is the sentence that says why."""


@dataclass(slots=True)
class _Intake:
    """One round of reading: people and questions are looked up once."""

    office: Office
    surveys: Sequence[Survey]
    at: datetime
    dry_run: bool
    people: Sequence[Person] = ()
    by_address: dict[str, str] = field(default_factory=dict)
    by_code: dict[str, dict[str, str]] = field(default_factory=dict)  # survey key -> code -> person id
    fetched: int = 0
    new: int = 0
    failed: dict[str, None] = field(default_factory=dict)
    strangers: dict[str, None] = field(default_factory=dict)
    unknown: dict[tuple[str, str], None] = field(default_factory=dict)
    rehearsed: list[Response] = field(default_factory=list)
    spent: dict[str, set[str]] = field(default_factory=dict)  # survey key -> codes

    def __post_init__(self) -> None:
        self.people = self.office.people.all()
        for person in self.people:
            for address in (*person.addresses, person.member.email):
                if address:
                    self.by_address[address.casefold()] = person.id
        self.by_code = {
            each.key: {reference_of(each, person.id): person.id for person in self.people} for each in self.surveys
        }

    def take(self, place: str, since: datetime | None) -> datetime | None:
        """Reads one place; returns up to when it was read."""
        latest, homeless = since, None
        batch: list[Response] = []
        for response in _read(self.office, place, since):
            survey = survey_of(response, self.surveys)
            if survey is None:
                self.strangers[response.survey] = None
                homeless = min(homeless or response.submitted_at, response.submitted_at)
                continue
            latest = max(latest or response.submitted_at, response.submitted_at)
            batch.append(self._as_kept(survey, response))
            if len(batch) == _BATCH:
                self._keep(batch)
                batch = []
        self._keep(batch)
        return homeless or latest

    def spend(self) -> None:
        """Marks references of anonymous surveys as spent: one sorted list that says nothing about answer or moment."""
        for survey in self.surveys:
            known = set(_spent(self.office, survey))
            if new := self.spent.get(survey.key, set()) - known:
                self.office.cursors.set(_cursor(survey), json.dumps(sorted(known | new)), self.at)

    def result(self) -> Intake:
        sentences = [
            f"Answers came from “{name}”, but Survey questions describes no such survey. Type its questions there."
            for name in self.strangers
        ]
        sentences += [
            f"“{name}” has a question that Survey questions does not name: {asked}" for name, asked in self.unknown
        ]
        if self.failed:
            sentences.append("Until all answers can be read nobody is reminded, because they may have answered.")
        problems = (*self.failed, *sentences)
        return Intake(self.fetched, self.new, problems, not self.failed, tuple(self.rehearsed))

    def _as_kept(self, survey: Survey, response: Response) -> Response:
        """The response as it is remembered: labels, and a person's id or nothing."""
        given = response.reference  # filled in by a link, or an address that the form collected
        if survey.is_anonymous:
            response = replace(response, reference="")
        kept, questions = recognised(response, survey)
        self.unknown |= {(survey.name, question): None for question in questions}
        by_code = self.by_code[survey.key]
        if not survey.is_anonymous:
            return replace(kept, reference=self._at_address(kept.reference) or _by_code(kept.reference, by_code))
        told = {self._at_address(each) or _by_code(each, by_code) for each in (given, kept.reference)}
        self.spent.setdefault(survey.key, set()).update(reference_of(survey, person) for person in told if person)
        # Only who typed an address of their own accord is kept; a code came with the link.
        return replace(kept, reference=self._at_address(kept.reference), submitted_at=_day_of(kept.submitted_at))

    def _at_address(self, words: str) -> str:
        """Whose address stands in what somebody wrote; blank for nobody known."""
        plain = words.replace("<", " ").replace(">", " ").replace(",", " ").replace(";", " ").casefold()
        return next((self.by_address[word] for word in plain.split() if word in self.by_address), "")

    def _keep(self, batch: Sequence[Response]) -> None:
        self.fetched += len(batch)
        if self.dry_run:
            self.rehearsed += batch
        elif batch:
            self.new += self.office.responses.upsert(batch)


def _by_code(reference: str, codes: Mapping[str, str]) -> str:
    return codes.get(reference.strip().upper(), "")


def _read(office: Office, place: str, since: datetime | None) -> Iterator[Response]:
    try:
        yield from office.surveys.fetch(place, since - OVERLAP if since else None)
    except NetworkError as err:
        raise _NotReadError(str(err)) from err


def _day_of(moment: datetime) -> datetime:
    """An anonymous answer keeps its day only: a finer time would stand beside the moment its reference was spent."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _digest_of(surveys: Sequence[Survey]) -> str:
    """Changes when questions are described anew."""
    described: list[Mapping[str, object]] = [
        {"survey": each.name, "anonymous": each.is_anonymous, "questions": [repr(asked) for asked in each.questions]}
        for each in surveys
    ]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:16]


def _spent(office: Office, survey: Survey) -> list[str]:
    kept = office.cursors.get(_cursor(survey))
    return [str(code) for code in json.loads(kept)] if kept else []


def _cursor(survey: Survey) -> str:
    return f"survey.{survey.key}.spent"
