"""Consent facts, append-only, and the story of one person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select

from integrations.ledger.engine import Ledger
from integrations.ledger.tables import address, consent_fact, event, person
from network.consent import ConsentFact, ConsentFacts, FactKind
from network.members import Person
from network.messages import Stream
from network.stores import Event


class LedgerConsents:
    """Facts are added, never changed; the same fact told twice is kept once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, facts: Iterable[ConsentFact]) -> int:
        new = 0
        with self._ledger.write() as connection:
            for fact in facts:
                counts_from = {"at": _counts_from(connection, fact)}
                new += self._ledger.add_new(connection, consent_fact, _row(fact) | counts_from)
        return new

    def of(self, person: Person) -> ConsentFacts:
        with self._ledger.read() as connection:
            return facts_of(connection, person)

    def all(self) -> Mapping[str, ConsentFacts]:
        """The facts of everybody: two queries, whatever the size of the network."""
        with self._ledger.read() as connection:
            people = connection.execute(select(person.c.id, person.c.recipient_id)).all()
            owners: dict[str, list[str]] = defaultdict(list)
            for row in connection.execute(select(address)):
                owners[row.address].append(row.person_id)
            rows = connection.execute(select(consent_fact).order_by(consent_fact.c.at, consent_fact.c.id)).all()
        staff: dict[str, list[str]] = defaultdict(list)
        for row in people:
            if row.recipient_id:
                staff[row.recipient_id].append(row.id)
        collected: dict[str, list[ConsentFact]] = {row.id: [] for row in people}
        for row in rows:
            fact = fact_of(row)
            touched = {row.person_id, *owners[row.address or ""], *staff[row.organization_id or ""]}
            for person_id in touched & collected.keys():
                collected[person_id].append(fact)
        return {person_id: ConsentFacts(tuple(facts)) for person_id, facts in collected.items()}


class LedgerEvents:
    """Why this person did, or did not, get something."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, events: Iterable[Event]) -> None:
        rows = [
            {
                "at": each.at,
                "kind": each.kind,
                "words": each.words,
                "person_id": each.person_id,
                "subject": each.subject,
            }
            for each in events
        ]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(insert(event), rows)

    def of(self, person_id: str) -> Sequence[Event]:
        with self._ledger.read() as connection:
            rows = connection.execute(
                select(event).where(event.c.person_id == person_id).order_by(event.c.at, event.c.id)
            ).all()
        return [Event(row.at, row.kind, row.words, row.person_id, row.subject) for row in rows]


def facts_of(connection: Connection, someone: Person) -> ConsentFacts:
    """The facts touching one person, inside a transaction that is already open."""
    known = {*someone.addresses, *([someone.member.email] if someone.member.email else [])}
    touches = [consent_fact.c.person_id == someone.id, consent_fact.c.address.in_(known)]
    if someone.recipient_id:
        touches.append(consent_fact.c.organization_id == someone.recipient_id)
    rows = connection.execute(
        select(consent_fact).where(or_(*touches)).order_by(consent_fact.c.at, consent_fact.c.id)
    ).all()
    return ConsentFacts(tuple(fact_of(row) for row in rows))


def _counts_from(connection: Connection, fact: ConsentFact) -> datetime:
    """When a fact counts from: never before what we were told earlier, or a STOP would lose to a clock that ran ahead.

    What a provider tells bears the provider's own time, and that may be older than what we know.
    """
    if fact.source == "mailchimp":
        return fact.at
    about = [
        column == value
        for column, value in (
            (consent_fact.c.person_id, fact.person_id),
            (consent_fact.c.address, fact.address),
            (consent_fact.c.organization_id, fact.organization_id),
        )
        if value
    ]
    known = connection.scalar(select(func.max(consent_fact.c.at)).where(or_(*about))) if about else None
    return known + timedelta(microseconds=1) if known is not None and known > fact.at else fact.at


def _row(fact: ConsentFact) -> dict[str, Any]:
    # Without evidence two facts of one kind are told apart by when they happened.
    identity = (
        fact.kind,
        fact.person_id,
        fact.address,
        fact.organization_id,
        fact.stream,
        fact.source,
        fact.evidence or fact.at.isoformat(),
    )
    return {
        "fact_key": hashlib.sha256(repr([str(part) for part in identity]).encode()).hexdigest(),
        "at": fact.at,
        "kind": fact.kind,
        "source": fact.source,
        "person_id": fact.person_id,
        "address": fact.address,
        "organization_id": fact.organization_id,
        "stream": fact.stream,
        "until": fact.until,
        "evidence": fact.evidence,
    }


def fact_of(row: Any) -> ConsentFact:
    """One fact from its row."""
    return ConsentFact(
        at=row.at,
        kind=FactKind(row.kind),
        source=row.source,
        person_id=row.person_id,
        address=row.address,
        organization_id=row.organization_id,
        stream=Stream(row.stream) if row.stream else None,
        until=row.until,
        evidence=row.evidence,
    )
