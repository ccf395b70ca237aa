"""People and the programs they work for, as last read from the sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, or_, select, update

from integrations.ledger.codec import Codec
from integrations.ledger.consents import fact_of
from integrations.ledger.engine import Ledger
from integrations.ledger.message_rows import readdress
from integrations.ledger.refusals import forget_digests, honour_refusals
from integrations.ledger.tables import (
    address,
    consent_fact,
    enrollment,
    event,
    message,
    person,
    program,
    refusal,
    response,
    task,
)
from integrations.ledger.tables import program_note as note_table
from network.consent import AUTOMATIC, FactKind, said_no
from network.members import Member, Person
from network.messages import State
from network.programs import Program
from network.stores import PeoplePlan

T = TypeVar("T")
_BATCH = 400  # rows a statement; SQLite takes 32,766 parameters at most
_MEMBER = Codec(Member)
_PROGRAM = Codec(Program)


class LedgerPeople:
    """Everybody we know; one transaction for a whole reading of the sheet."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> Sequence[Person]:
        with self._ledger.read() as connection:
            known: dict[str, list[str]] = defaultdict(list)
            for row in connection.execute(select(address).order_by(address.c.since, address.c.address)):
                known[row.person_id].append(row.address)
            rows = connection.execute(select(person).order_by(person.c.first_seen, person.c.id)).all()
        return [person_of(row, known[row.id]) for row in rows]

    def get(self, person_id: str) -> Person | None:
        with self._ledger.read() as connection:
            return find_person(connection, person_id)

    def apply(self, plan: PeoplePlan, at: datetime) -> None:
        """Writes one reading's changes in one transaction: a few statements, whatever the size of the network."""
        changed = (*plan.add, *plan.update)
        with self._ledger.write() as connection:
            for part in batched(changed):
                connection.execute(self._ledger.upsert(person, ("id",)), [_row(each, at) for each in part])
            self._keep_addresses(connection, changed, at)
            self._readdress(connection, changed, at)
            for ids in batched(plan.gone):
                connection.execute(update(person).where(person.c.id.in_(ids)).values(in_sheet=False, changed_at=at))

    def forget(self, person_id: str, at: datetime) -> None:
        """Removes the person and all that names them; a no survives as slow salted hashes of their addresses.

        Letters on their way out are removed with the person; those already sent keep key, state and day, no words. What
        is known of an address that others use too stays with the address.
        """
        with self._ledger.write() as connection:
            known = list(connection.scalars(select(address.c.address).where(address.c.person_id == person_id)))
            others = select(address.c.address).where(address.c.address.in_(known), address.c.person_id != person_id)
            shared = set(connection.scalars(others))
            if _says_no(connection, person_id, known):
                for each in known:
                    # Whatever streams it stopped: once nobody remembers more, a no is a no to everything.
                    mark = self._ledger.upsert(refusal, ("digest",)).values(
                        digest=self._ledger.digest(each), at=at, streams=""
                    )
                    connection.execute(mark)
            connection.execute(
                delete(message).where(
                    message.c.person_id == person_id, message.c.state.not_in([State.SENT, State.DISPATCHING])
                )
            )
            for row in connection.execute(select(message.c.key).where(message.c.person_id == person_id)).all():
                connection.execute(
                    update(message)
                    .where(message.c.key == row.key)
                    .values(address="", address_key=f"forgotten/{row.key}", reply_ref=None, receipt=None, handle={})
                )
            connection.execute(
                update(consent_fact)
                .where(
                    consent_fact.c.person_id == person_id,
                    consent_fact.c.address.in_(shared),
                    consent_fact.c.kind == FactKind.NO,
                )
                .values(person_id=None)
            )
            for table in (address, consent_fact, enrollment, event):
                connection.execute(delete(table).where(table.c.person_id == person_id))
            # What they answered stays, as nobody's.
            theirs = response.c.reference == person_id
            connection.execute(update(response).where(theirs).values(reference=""))
            at_theirs_alone = consent_fact.c.address.in_(set(known) - shared)
            connection.execute(delete(consent_fact).where(at_theirs_alone, consent_fact.c.person_id.is_(None)))
            connection.execute(update(consent_fact).where(at_theirs_alone).values(address=None))
            forget_digests(connection, set(known) - shared)
            # A row of To do names who it is about; one about a mail has the mail's key, which ends with the person.
            connection.execute(
                delete(task).where(or_(task.c.subject == person_id, task.c.subject.endswith(f"/{person_id}")))
            )
            connection.execute(delete(person).where(person.c.id == person_id))

    def _keep_addresses(self, connection: Connection, changed: Sequence[Person], at: datetime) -> None:
        known = {
            (spelling, each.id)
            for each in changed
            for spelling in (*each.addresses, *([each.member.email] if each.member.email else []))
        }
        owners = {owner for _, owner in known}
        for ids in batched(owners):
            standing = connection.execute(select(address).where(address.c.person_id.in_(ids)))
            known -= {(row.address, row.person_id) for row in standing}
        rows = [{"address": spelling, "person_id": owner, "since": at} for spelling, owner in sorted(known)]
        for part in batched(rows):
            connection.execute(self._ledger.insert_new(address), list(part))
        honour_refusals(self._ledger, connection, known, at)

    def _readdress(self, connection: Connection, changed: Sequence[Person], at: datetime) -> None:
        waiting = set(connection.scalars(select(message.c.person_id).where(message.c.state == State.QUEUED).distinct()))
        for each in changed:
            if each.id in waiting and each.member.email:
                readdress(connection, each.id, each.member.email, at)


class LedgerPrograms:
    """Grant recipients, with what we were told about them laid over blank cells."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> Sequence[Program]:
        with self._ledger.read() as connection:
            rows = connection.execute(select(program).order_by(program.c.id)).all()
            notes: dict[str, dict[str, str]] = defaultdict(dict)
            for row in connection.execute(select(note_table)):
                notes[row.program_id][row.fact] = row.value
        return [_PROGRAM.load(_with_notes(row.body, notes[row.id])) for row in rows]

    def replace(self, programs: Sequence[Program], at: datetime) -> None:
        with self._ledger.write() as connection:
            standing = {row.id: row.body for row in connection.execute(select(program.c.id, program.c.body))}
            wanted = {each.id: _PROGRAM.dump(each) for each in programs}
            for gone in standing.keys() - wanted.keys():
                connection.execute(delete(program).where(program.c.id == gone))
            for key, body in wanted.items():
                if standing.get(key) != body:
                    connection.execute(self._ledger.upsert(program, ("id",)).values(id=key, body=body, changed_at=at))

    def note(self, program_id: str, *, at: datetime, facts: Mapping[str, str]) -> None:
        with self._ledger.write() as connection:
            for fact, value in facts.items():
                statement = self._ledger.upsert(note_table, ("program_id", "fact"))
                connection.execute(statement.values(program_id=program_id, fact=fact, value=value, at=at))


def person_of(row: Any, addresses: Sequence[str]) -> Person:
    """A person from their row of the ledger."""
    return Person(
        id=row.id,
        member=_MEMBER.load(row.member),
        first_seen=row.first_seen,
        already_known=row.already_known,
        in_sheet=row.in_sheet,
        became_member_at=row.became_member_at,
        recipient_id=row.recipient_id,
        addresses=tuple(addresses),
    )


def find_person(connection: Connection, person_id: str) -> Person | None:
    """One person with their addresses, inside a transaction that is already open."""
    row = connection.execute(select(person).where(person.c.id == person_id)).one_or_none()
    if row is None:
        return None
    known = connection.scalars(
        select(address.c.address).where(address.c.person_id == person_id).order_by(address.c.since, address.c.address)
    )
    return person_of(row, list(known))


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists short enough for one statement's parameters."""
    whole = list(items)
    for start in range(0, len(whole), _BATCH):
        yield whole[start : start + _BATCH]


def _row(each: Person, at: datetime) -> dict[str, Any]:
    return {
        "id": each.id,
        "member": _MEMBER.dump(each.member),
        "first_seen": each.first_seen,
        "already_known": each.already_known,
        "in_sheet": each.in_sheet,
        "became_member_at": each.became_member_at,
        "recipient_id": each.recipient_id,
        "changed_at": at,
    }


def _says_no(connection: Connection, person_id: str, known: Sequence[str]) -> bool:
    """Whether a no of theirs stands for any automatic stream: it must be found again if they ever come back."""
    touches = (consent_fact.c.person_id == person_id) | consent_fact.c.address.in_(known)
    rows = connection.execute(select(consent_fact).where(touches).order_by(consent_fact.c.at, consent_fact.c.id))
    facts = [fact_of(row) for row in rows]
    return any(said_no(person_id, known, facts, stream) for stream in AUTOMATIC)


def _with_notes(body: Mapping[str, Any], notes: Mapping[str, str]) -> dict[str, Any]:
    """Lays what we were told over cells that are still blank; once the coordinator has typed it, the cell wins."""
    merged = dict(body)
    if not merged.get("open_months") and "open_months" in notes:
        merged["open_months"] = [int(month) for month in notes["open_months"].split(",")]
    for fact in ("ask_first", "do_not_write_until"):
        if not merged.get(fact) and notes.get(fact):
            merged[fact] = notes[fact]
    return merged
