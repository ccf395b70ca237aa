"""How far the network is with every recipient, gathered from what is remembered."""

from __future__ import annotations

from datetime import datetime

from network.consent import FactKind
from network.coverage import Coverage, coverage
from network.endings import is_left_for_now
from network.exits import has_answered
from network.messages import State, Stream
from network.ports import Office
from network.sequences import Outcome, read_outcome


def coverage_of(office: Office, at: datetime) -> Coverage:
    """Who is not here yet, in the states of *Settings*, as the ledger knows it at `at`."""
    people = {person.id: person for person in office.people.all()}
    consents = office.consents.all()
    recipients = {person_id: person.recipient_id for person_id, person in people.items() if person.recipient_id}
    enrollments = [each for each in office.enrollments.all() if each.person_id in recipients]
    invited = {
        recipients[record.message.person_id]
        for record in office.ledgerbook.records([State.SENT, State.TO_CHECK])
        if record.message.stream is Stream.RECRUITMENT and record.message.person_id in recipients
    }
    answered = {recipients[each.person_id] for each in enrollments if has_answered(each) or _is_reached(each.outcome)}
    not_now = {recipients[each.person_id] for each in enrollments if read_outcome(each.outcome) is Outcome.NOT_NOW}
    not_now |= {
        recipients[person_id]
        for person_id, known in consents.items()
        if person_id in recipients
        and any(fact.kind is FactKind.LATER and fact.until and fact.until > at for fact in known.facts)
    }
    not_now |= {task.subject for task in office.tasks.all() if is_left_for_now(task)}
    return coverage(
        office.programs.all(),
        people.values(),
        in_conversation=answered,
        invited=invited,
        not_now=not_now,
        states=office.preferences().states,
    )


def _is_reached(outcome: str) -> bool:
    return read_outcome(outcome) in (Outcome.YES, Outcome.MAY_WRITE)
