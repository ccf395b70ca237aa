"""What a typed request in *To do* does; each returns the sentence that then stands beside its row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from network.addresses import normalised
from network.cadence import local_day, say_day
from network.cells import fold
from network.consent import ConsentFact, FactKind
from network.jobs.outbox import STOPPED
from network.jobs.story import story_of
from network.lookalikes import name_of
from network.members import Person
from network.ports import Office
from network.stores import Event
from network.tasks import NewTask, TaskKind
from network.to_do import Request, RequestKind

_LAST_LINES = 4


def do_request(office: Office, request: Request, at: datetime) -> str:
    """Does what was asked. Asked again it does the same again, and that changes nothing more."""
    if request.kind is RequestKind.STOP_EVERYTHING:
        return _stop_everything(office, request, at)
    found = _people(office, request.who)
    if not found and request.kind is RequestKind.FORGET:
        return "We know nobody by this address. Nothing is kept but the marks of those who said no."
    if not found:
        return "We know nobody by this name or address. Please copy it from the column Email in Members."
    if "@" not in request.who and len(found) > 1:
        return "Several people have this name. Please type the address instead."
    if request.kind in (RequestKind.FORGET, RequestKind.COPY) and len({name_of(each.member) for each in found}) > 1:
        # No names here: an answer is kept, and one of them may be forgotten next.
        return f"{len(found)} people share this address. Please type the name instead, as it stands in Members."
    match request.kind:
        case RequestKind.WHY:
            return " ".join(_why(office, person, at) for person in found)
        case RequestKind.FORGET:
            return _forget(office, found, at)
        case RequestKind.COPY:
            return " ".join(_copy(office, person, at) for person in found)
        case _:
            return _ask_back(office, request, found, at)


def _people(office: Office, who: str) -> list[Person]:
    wanted = normalised(who.strip()) or who.strip().casefold()
    name = fold(who)
    return [
        person
        for person in office.people.all()
        if wanted in {*person.addresses, person.member.email} or ("@" not in who and name == name_of(person.member))
    ]


def _stop_everything(office: Office, request: Request, at: datetime) -> str:
    """Nothing leaves any more until somebody answers go; a row of *To do* waits for that answer."""
    office.cursors.set(STOPPED, at.isoformat(), at)
    what = "Everything is stopped: nothing goes out. Type go to go on, or drop to take back what waits and then go on."
    why = "Somebody typed stop everything."
    office.tasks.open([NewTask(f"{STOPPED}/{request.key}", TaskKind.AFTER_PAUSE, what, why)], at)
    return "Everything is stopped. To go on, answer go in the row of To do that says so."


def _why(office: Office, person: Person, at: datetime) -> str:
    for story in story_of(office, person.member.email or "", at):
        if story.person_id == person.id:
            zone = office.preferences()
            lines = [f"{say_day(local_day(line.at, zone))}: {line.words}" for line in story.lines[-_LAST_LINES:]]
            return f"{story.name}: {story.today}. {'; '.join(lines)}."
    return f"{person.member.full_name}: no email address is known, so nothing is sent by mail."


def _forget(office: Office, found: Sequence[Person], at: datetime) -> str:
    in_sheet = any(person.in_sheet for person in found)
    for person in found:
        office.people.forget(person.id, at)
    row = " Please delete the row in Members too, and rows of To do that name them." if in_sheet else ""
    return f"Forgotten; only a no is kept, as a mark.{row} Should they come back one day, delete this row first."


def _copy(office: Office, person: Person, at: datetime) -> str:
    """Everything kept about one person, as a file that a person may be given."""
    kept = {
        "person": asdict(person),
        "consent": [asdict(fact) for fact in office.consents.of(person).facts],
        "invitations": [asdict(each) for each in office.enrollments.all() if each.person_id == person.id],
        "mails": [
            {
                "what": f"{record.message.stream}, {record.message.item}, {record.message.step}",
                "state": record.state,
                "when": record.changed_at,
                "why": record.reason,
                "subject": record.message.content.subject,
                "text": record.message.content.text,
            }
            for record in office.ledgerbook.records()
            if record.message.person_id == person.id
        ],
        "story": [asdict(event) for event in office.events.of(person.id)],
    }
    day = local_day(at, office.preferences())
    body = json.dumps(kept, ensure_ascii=False, indent=2, default=str)
    return f"A copy stands in {office.shelf.put(f'copies/{day}-{person.id}.json', body)}."


def _ask_back(office: Office, request: Request, found: Sequence[Person], at: datetime) -> str:
    """A leader's word that the person wants mail again, with how and when they said so."""
    if len(found) > 1:
        return "Several people share this address. Please set the address of each in Members first."
    (person,) = found
    fact = ConsentFact(
        at, FactKind.YES, "leader", person_id=person.id, address=person.member.email, evidence=request.evidence
    )
    if office.consents.add([fact]):
        office.events.add([Event(at, "asked back", f"asked to hear from us again ({request.evidence})", person.id)])
    return f"Kept: {person.member.full_name} hears from us again. If the Status says Do not contact, change it too."
