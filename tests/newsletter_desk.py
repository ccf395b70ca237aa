"""A desk with rows of *Newsletter* and notices in *Messages*, and what its people do: run, approve, look."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.jobs.newsletter import NewsletterReport, prepare_issues, send_issues
from network.members import Person
from network.messages import Message, Receipt, State, Stream
from network.rendering import Letterhead
from network.tabs import Cell, Reading
from tests.builders import NOON, Desk, a_person

HEADER = ("Issue", "Send on", "For", "Language", "Section", "Title", "Text", "Link", "Contributed by", "May publish")
NOTICES = ("Letter", "To", "Send on", "Subject", "Text", "Meeting on")
MEMBERS = "newsletter/october-2026/members/en"
SPANISH = "newsletter/october-2026/members/es"
QUARTER = timedelta(minutes=16)


def an_item(title: str = "Lead tests", **cells: str) -> tuple[Cell, ...]:
    values = {"Issue": "October 2026", "Send on": "2026-10-06", "For": "members", "Section": "Health"}
    values |= {"Title": title, "Text": "Dear [First name], ask the clinic."}
    values |= {name.replace("_", " ").capitalize(): cell for name, cell in cells.items()}
    return tuple(values.get(name, "") for name in HEADER)


def a_notice(**cells: str) -> tuple[Cell, ...]:
    values = {"To": "members", "Send on": "2026-10-06", "Subject": "Thursday", "Text": "Dear [First name], we meet."}
    values |= {"Meeting on": "2026-10-15 12:00"}
    values |= {name.replace("_", " ").capitalize(): cell for name, cell in cells.items()}
    return tuple(values.get(name, "") for name in NOTICES)


def a_reader(person_id: str, **fields: Any) -> Person:
    values: dict[str, Any] = {"email": f"{person_id}@example.org", "newsletter": True, "state": "WA"}
    return a_person(person_id, **values | fields)


def a_desk(*rows: tuple[Cell, ...], people: int = 3, notices: tuple[tuple[Cell, ...], ...] = ()) -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]  # the texts we ship, through the same port
    for number in range(people):
        desk.people.people[f"p-{number}"] = a_reader(f"p-{number}")
    desk.workbook.put("Newsletter", HEADER, *rows)
    desk.workbook.put("Messages", NOTICES, *notices)
    return desk


def reading_of(desk: Desk) -> Reading:
    reading = desk.workbook.read()
    assert reading is not None
    return reading


def run(desk: Desk, at: datetime = NOON, *, dry_run: bool = False) -> NewsletterReport:
    """One run of the flow at a moment."""
    desk.now = at
    paper = letterhead_of(desk)
    prepare_issues(desk.office, reading_of(desk), at, dry_run=dry_run, letterhead=paper)
    return send_issues(desk.office, reading_of(desk), at, dry_run=dry_run, letterhead=paper)


PAPER: dict[str, Letterhead] = {}


def letterhead_of(desk: Desk) -> Letterhead:
    """Loaded once for the same Settings: that takes longer than a whole issue."""
    known = repr(desk.preferences)
    if known not in PAPER:
        PAPER[known] = Letterhead.load(PackagedWords(), desk.preferences)
    return PAPER[known]


def decide(desk: Desk, decision: Decision = Decision.APPROVED, at: datetime = NOON) -> None:
    """A leader answers everything that is asked."""
    for request in desk.office.approvals.pending():
        answer = Approval(request.item, request.fingerprint, decision, "Noor", at, request.addressees)
        desk.office.approvals.decide(answer)


def queued(desk: Desk, stream: Stream = Stream.NEWSLETTER) -> list[Message]:
    return [row.message for row in desk.outbox.rows.values() if row.message.stream is stream]


def states(report: NewsletterReport) -> dict[str, str]:
    return {line.title: str(line.state) for line in report.lines}


def settle(desk: Desk, state: State = State.SENT, at: datetime = NOON + QUARTER) -> None:
    """The lane did its work on everything that waited."""
    for key, row in desk.outbox.rows.items():
        if row.state is State.QUEUED:
            receipt = Receipt("local", row.message.file_stem, at) if state is State.SENT else None
            desk.outbox.rows[key] = replace(row, state=state, changed_at=at, receipt=receipt)


def sent_desk(*rows: tuple[Cell, ...], **options: Any) -> Desk:
    """A desk whose issue or notice has gone out."""
    desk = a_desk(*rows, **options)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    settle(desk)
    return desk
