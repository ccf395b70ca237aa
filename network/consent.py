"""The single gate: may we write to this person, in this stream, now, and if not, why.

Facts are only ever added; what they mean today is computed. A person's own no covers the person and the address,
whatever row or address comes next (DESIGN section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from network.members import Person, Status
from network.messages import Stream


class FactKind(StrEnum):
    """What happened that bears on writing to somebody."""

    NO = "no"  # the person's own: STOP, unsubscribe, complaint, hostile words
    YES = "yes"  # undoes the no: START, Mailchimp's own form, or a leader with evidence (`asked back`)
    BOUNCE_HARD = "bounce_hard"  # the address does not exist; belongs to the address alone
    BOUNCE_SOFT = "bounce_soft"  # a passing fault; three in a row hold the address
    ADDRESS_WORKS = "address_works"  # mail from it arrived, or the coordinator lifted a bounce
    HOLD_ORGANIZATION = "hold_organization"  # an unsure or hostile reply: nobody of that program is written to
    LIFT_ORGANIZATION = "lift_organization"  # a person has looked and lets it go on
    AWAY = "away"  # an out-of-office until its date
    LATER = "later"  # asked to be written to later


class Reason(StrEnum):
    """Why somebody is not written to; the value is what the coordinator reads."""

    SAID_NO = "asked us to stop"
    MARKED = "marked Do not contact"
    ON_HOLD = "on hold"
    LEFT = "has left"
    NO_STATUS = "no status chosen yet"
    NOT_IN_SHEET = "no longer in the sheet"
    NO_ADDRESS = "no email address"
    BOUNCED = "the address does not work"
    ORGANIZATION_HELD = "a reply from this program waits for a person"
    AWAY = "away"
    LATER = "asked to be written to later"
    NO_NEWSLETTER = "has not asked for the newsletter"
    PREFERS_PHONE = "prefers the phone"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One fact, append-only. `stream` None means every automatic stream."""

    at: datetime
    kind: FactKind
    source: str  # "reply", "mailchimp", "leader", "sheet", "provider"
    person_id: str | None = None
    address: str | None = None
    organization_id: str | None = None
    stream: Stream | None = None
    until: datetime | None = None  # for AWAY and LATER
    evidence: str = ""  # a reference (message id, task ref), never the words


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer; `until` when the wait has a known end."""

    allowed: bool
    reason: Reason | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """The facts that touch one person: their own, their addresses', their organization's; oldest first."""

    facts: tuple[ConsentFact, ...] = ()


ALLOWED = Verdict(allowed=True)
AUTOMATIC = tuple(stream for stream in Stream if stream not in (Stream.ANSWER, Stream.OFFICE))
"""The streams that a person's no stops."""
_SOFT_BOUNCES_THAT_HOLD = 3


def may_write(person: Person, address: str, facts: ConsentFacts, stream: Stream, as_of: datetime) -> Verdict:
    """Says whether `person` may be written to at `address` in `stream` at `as_of`, and if not, why.

    The person's own no comes first, then the coordinator's marks, the address, the organization and dates. An ANSWER
    passes a no (it confirms it, once) but never a dead address.
    """
    if stream is Stream.OFFICE:
        return ALLOWED
    if not address:
        return Verdict(False, Reason.NO_ADDRESS)
    if is_dead(address, facts.facts):
        return Verdict(False, Reason.BOUNCED)
    if stream is Stream.ANSWER:
        return ALLOWED
    if said_no(person.id, (address, *person.addresses), facts.facts, stream):
        return Verdict(False, Reason.SAID_NO)
    marked = _coordinator_mark(person)
    if marked is not None:
        return Verdict(False, marked)
    if stream is Stream.NEWSLETTER and not wants_newsletter(person, facts.facts):
        return Verdict(False, Reason.NO_NEWSLETTER)
    if _is_held(person, facts.facts):
        return Verdict(False, Reason.ORGANIZATION_HELD)
    return _dated_wait(person, facts.facts, stream, as_of)


def said_no(person_id: str, addresses: Sequence[str], facts: Sequence[ConsentFact], stream: Stream) -> bool:
    """Tells whether the person's own no stands for `stream`: the latest of their no and yes that covers it is a no.

    A no covers person and address. A yes that names somebody else at the same address is theirs alone.
    """
    known = set(addresses)
    answer = False
    for fact in sorted(facts, key=lambda each: each.at):
        if fact.kind not in (FactKind.NO, FactKind.YES):
            continue
        is_theirs = fact.person_id == person_id
        covers_address = fact.address in known and (fact.kind is FactKind.NO or fact.person_id is None)
        if not (is_theirs or covers_address):
            continue
        if fact.stream is None or fact.stream is stream:
            answer = fact.kind is FactKind.NO
    return answer


def wants_newsletter(person: Person, facts: Sequence[ConsentFact]) -> bool:
    """Tells whether the newsletter was asked for: yes in the sheet, or the person's own later yes for it."""
    wanted = person.member.newsletter is True
    for fact in facts:
        if fact.person_id == person.id and fact.stream is Stream.NEWSLETTER:
            wanted = fact.kind is FactKind.YES
    return wanted


def is_dead(address: str, facts: Sequence[ConsentFact]) -> bool:
    """Tells whether mail to this address came back for good, or three times in a row, and nothing shows it works."""
    soft = 0
    dead = False
    for fact in facts:
        if fact.address != address:
            continue
        if fact.kind is FactKind.BOUNCE_HARD:
            dead = True
        elif fact.kind is FactKind.BOUNCE_SOFT:
            soft += 1
        elif fact.kind is FactKind.ADDRESS_WORKS:
            soft, dead = 0, False
    return dead or soft >= _SOFT_BOUNCES_THAT_HOLD


def _coordinator_mark(person: Person) -> Reason | None:
    if not person.in_sheet:
        return Reason.NOT_IN_SHEET
    marks = {
        Status.DO_NOT_CONTACT: Reason.MARKED,
        Status.ON_HOLD: Reason.ON_HOLD,
        Status.LEFT: Reason.LEFT,
        Status.BLANK: Reason.NO_STATUS,
    }
    return marks.get(person.member.status)


def _is_held(person: Person, facts: Sequence[ConsentFact]) -> bool:
    """Tells whether a reply of this person, or of anybody of their organization, waits for a person to look."""
    held = False
    for fact in facts:
        is_theirs = fact.person_id == person.id or (
            person.recipient_id is not None and fact.organization_id == person.recipient_id
        )
        if is_theirs and fact.kind is FactKind.HOLD_ORGANIZATION:
            held = True
        elif is_theirs and fact.kind is FactKind.LIFT_ORGANIZATION:
            held = False
    return held


def _dated_wait(person: Person, facts: Sequence[ConsentFact], stream: Stream, as_of: datetime) -> Verdict:
    for kind, reason in ((FactKind.AWAY, Reason.AWAY), (FactKind.LATER, Reason.LATER)):
        if kind is FactKind.LATER and stream is not Stream.RECRUITMENT:
            continue
        until = max(
            (fact.until for fact in facts if fact.kind is kind and fact.person_id == person.id and fact.until),
            default=None,
        )
        if until is not None and until > as_of:
            return Verdict(False, reason, until)
    return ALLOWED
