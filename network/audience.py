"""Who belongs in the newsletter's audience, and what is to change there: planned here, applied by `jobs.audience`.

Where a provider keeps the subscribers, its word on consent is law: an unsubscribed, cleaned or forgotten address is
never subscribed again except by the person's own way back, even where the provider would let us. We add who agreed,
archive whom we had and who left, and remember what we archived: an archive forgets the status before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from network.consent import ConsentFact, ConsentFacts, FactKind, Reason, may_write, said_no
from network.members import Person
from network.messages import Stream

TRY_AGAIN_AFTER = timedelta(days=7)
SUBSCRIBED, PENDING, ARCHIVED = "subscribed", "pending", "archived"
UNSUBSCRIBED, CLEANED = "unsubscribed", "cleaned"
_THERE = (SUBSCRIBED, PENDING)
_STILL_AGREES = frozenset({None, Reason.AWAY, Reason.ORGANIZATION_HELD, Reason.LATER})


class NotTaken(StrEnum):
    """Why the audience did not take somebody; the value is what the coordinator reads."""

    # complaint, bounce or unsubscribe in the past, or deleted for good there
    THEIR_NO = "The newsletter's provider holds a no of this person. Only they can take it back, with the sign-up form."
    # never tried again for this address
    NOT_REAL = "The newsletter's provider says that this address is not real. Please check it."
    # signed up to many lists lately
    LATER = "The newsletter's provider takes this address later; we try again by ourselves."
    # a required field that was added there later
    INCOMPLETE = "The newsletter's provider asks for a field that we do not fill. Please make it optional there."
    # archived by somebody else, or touched since we archived it
    ARCHIVED = "This address is in the archive of the newsletter's provider. If they want it, bring them back there."
    # the plan's number of contacts is reached
    FULL = "The newsletter has no room for more readers in its plan; see Newsletter contacts in Settings."
    # anything else
    OTHER = "The newsletter's provider did not take this address. Please look there for the reason."


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody in the newsletter's audience, as its keeper has them or as we want them."""

    address: str
    status: str  # "subscribed", "unsubscribed", "cleaned", "pending", "archived", "transactional"
    fields: Mapping[str, str]  # by the names of placeholders: "First name"
    tags: frozenset[str] = frozenset()
    language: str = ""
    changed_at: datetime | None = None  # by the keeper's clock
    opted_in_at: datetime | None = None  # when the person last confirmed, themselves, that they want it

    @property
    def digest(self) -> str:
        """One short text for fields, tags and language: another as soon as one of them changes."""
        body = json.dumps([sorted(self.fields.items()), sorted(self.tags), self.language], ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class AudienceAnswer:
    """What came of a change: those not taken, and everybody else touched, as they stand there now."""

    not_taken: Mapping[str, NotTaken] = field(default_factory=dict)
    seen: tuple[Subscriber, ...] = ()
    archived: frozenset[str] = frozenset()  # those that were there until this very call
    gone: frozenset[str] = frozenset()  # deleted there for good


@dataclass(frozen=True, slots=True)
class Standing:
    """What we remember of one address in the audience."""

    status: str  # as last seen there; blank when it was never taken
    digest: str = ""  # of what we last wrote
    is_ours: bool = False  # we added it, or wanted it when we first saw it there
    is_our_no: bool = False  # unsubscribed by us, for a no that the ledger holds
    changed_at: str = ""  # there, when we last saw it
    not_taken: str = ""  # the name of a NotTaken
    tried_on: str = ""  # when we last tried


@dataclass(frozen=True, slots=True)
class AudiencePlan:
    """What one sync writes; empty when everything is as it should be."""

    add: tuple[Subscriber, ...] = ()
    change: tuple[Subscriber, ...] = ()
    remove: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    left_out: Mapping[str, NotTaken] = field(default_factory=dict)  # wanted, and not tried again now

    @property
    def is_empty(self) -> bool:
        return not (self.add or self.change or self.remove or self.refuse)


def merge_seen(known: Mapping[str, Standing], seen: Iterable[Subscriber]) -> dict[str, Standing]:
    """Brings what we remember up to what was seen there.

    The moment of a status is when it was first seen: a later edit of a field is no new no. Whoever somebody else
    archived, or who said no, is no longer ours to bring back.
    """
    merged = dict(known)
    for each in seen:
        before = merged.get(each.address, Standing(""))
        is_new = before.status != each.status
        changed_at = each.changed_at.isoformat() if each.changed_at else ""
        merged[each.address] = replace(
            before,
            status=each.status,
            changed_at=changed_at if is_new or not before.changed_at else before.changed_at,
            is_ours=before.is_ours and (each.status in _THERE or not is_new),
            is_our_no=before.is_our_no and each.status == UNSUBSCRIBED,
            not_taken="" if each.status in _THERE else before.not_taken,
        )
    return merged


def facts_from(
    people: Iterable[Person],
    facts: Mapping[str, ConsentFacts],
    known: Mapping[str, Standing],
    seen: Iterable[Subscriber],
    at: datetime,
) -> list[tuple[Person, ConsentFact]]:
    """What the provider's word means for people we know, and has not been kept yet: a no, a dead address, a way back.

    An unsubscribe there stops every automatic stream. Who confirms there later, by the form, has the newsletter again
    and nothing else. What we wrote ourselves is no news.
    """
    opted_in = {each.address: each.opted_in_at for each in seen if each.status == SUBSCRIBED and each.opted_in_at}
    found = []
    for person in people:
        theirs = facts.get(person.id, ConsentFacts())
        kept = {fact.evidence for fact in theirs.facts}
        for address in _addresses(person):
            fact = _fact(person, address, known.get(address), at) or _way_back(person, address, theirs, opted_in)
            if fact is not None and fact.evidence not in kept:
                found.append((person, fact))
    return found


def plan_audience(
    wanted: Mapping[str, Subscriber],
    noes: frozenset[str],
    known: Mapping[str, Standing],
    at: datetime,
    room: int | None = None,
) -> AudiencePlan:
    """What has to change there so that the audience is who agreed; planning again after applying gives nothing.

    `room` is how many contacts the plan still takes; None: as many as there are.
    """
    add: list[Subscriber] = []
    change: list[Subscriber] = []
    left_out: dict[str, NotTaken] = {}
    for address, subscriber in sorted(wanted.items()):
        standing = known.get(address, Standing(""))
        why_not = _why_not(standing, at)
        if why_not is not None:
            left_out[address] = why_not
        elif standing.status == SUBSCRIBED:
            if standing.digest != subscriber.digest:
                change.append(subscriber)
        elif standing.status in ("", ARCHIVED):
            if room is not None and len(add) >= room:
                left_out[address] = NotTaken.FULL
                continue
            back = datetime.fromisoformat(standing.changed_at) if standing.changed_at else None
            is_back = standing.status == ARCHIVED
            add.append(replace(subscriber, status=ARCHIVED, changed_at=back) if is_back else subscriber)
    there = {address: standing for address, standing in sorted(known.items()) if standing.status in _THERE}
    refuse = tuple(address for address in there if address in noes)
    remove = tuple(
        address
        for address, standing in there.items()
        if standing.is_ours and address not in wanted and address not in noes
    )
    return AudiencePlan(tuple(add), tuple(change), remove, refuse, left_out)


def after(
    known: Mapping[str, Standing], plan: AudiencePlan, answer: AudienceAnswer, at: datetime
) -> dict[str, Standing]:
    """What we remember once a plan was applied."""
    merged = merge_seen(known, answer.seen)
    seen = {each.address for each in answer.seen}
    for subscriber in (*plan.add, *plan.change):
        address = subscriber.address
        before = merged.get(address, Standing(""))
        if address in answer.not_taken:
            why = answer.not_taken[address]
            merged[address] = replace(before, not_taken=why.name, tried_on=at.isoformat(), digest=subscriber.digest)
        elif address in seen and before.status in _THERE:
            merged[address] = replace(before, digest=subscriber.digest, is_ours=True, not_taken="", tried_on="")
    for address in answer.archived & merged.keys():
        merged[address] = replace(merged[address], is_ours=True)
    for address in answer.gone:
        merged.pop(address, None)
    return merged


def wanted_subscribers(
    people: Iterable[Person], facts: Mapping[str, ConsentFacts], known: Mapping[str, Standing], at: datetime
) -> dict[str, Person]:
    """Who belongs in the audience, by address: who agreed and may be written to, each address once.

    Somebody away stays. While a reply from their program waits for a person, nobody of it is added, and who is there
    stays there.
    """
    noes = refused_addresses(people, facts)
    chosen: dict[str, Person] = {}
    for person in sorted(people, key=lambda each: each.id):
        address = person.member.email or ""
        if not address or address in noes or address in chosen:
            continue
        verdict = may_write(person, address, facts.get(person.id, ConsentFacts()), Stream.NEWSLETTER, at)
        is_there = known.get(address, Standing("")).status in _THERE
        if verdict.allowed or (verdict.reason in _STILL_AGREES and (is_there or verdict.reason is Reason.AWAY)):
            chosen[address] = person
    return chosen


def refused_addresses(people: Iterable[Person], facts: Mapping[str, ConsentFacts]) -> frozenset[str]:
    """Every address of somebody whose own no covers the newsletter, shared ones included."""
    noes: set[str] = set()
    for person in people:
        theirs = facts.get(person.id, ConsentFacts())
        addresses = _addresses(person)
        if said_no(person.id, addresses, theirs.facts, Stream.NEWSLETTER):
            noes.update(addresses)
    return frozenset(noes)


def adopt(known: Mapping[str, Standing], wanted: Iterable[str]) -> dict[str, Standing]:
    """Takes those as ours who are there already and whom we want there: later we may archive them."""
    merged = dict(known)
    for address in wanted:
        standing = merged.get(address)
        if standing is not None and standing.status in _THERE and not standing.is_ours:
            merged[address] = replace(standing, is_ours=True)
    return merged


def standings_from_text(text: str | None) -> dict[str, Standing]:
    """Reads what a cursor keeps."""
    return {address: Standing(*values) for address, values in json.loads(text or "{}").items()}


def standings_to_text(known: Mapping[str, Standing]) -> str:
    """Writes it shortly: an audience may have many thousands."""
    rows = {
        address: [
            each.status,
            each.digest,
            each.is_ours,
            each.is_our_no,
            each.changed_at,
            each.not_taken,
            each.tried_on,
        ]
        for address, each in sorted(known.items())
    }
    return json.dumps(rows, separators=(",", ":"))


def _why_not(standing: Standing, at: datetime) -> NotTaken | None:
    """Why somebody wanted is not written now: the provider's word, or a try that is not long enough ago."""
    if standing.status in (UNSUBSCRIBED, CLEANED, "transactional"):
        return NotTaken.THEIR_NO
    if standing.status == ARCHIVED and not standing.is_ours:
        return NotTaken.ARCHIVED
    if not standing.not_taken:
        return None
    why = NotTaken[standing.not_taken]
    if why in (NotTaken.THEIR_NO, NotTaken.NOT_REAL, NotTaken.ARCHIVED):
        return why
    is_soon = standing.tried_on and at - datetime.fromisoformat(standing.tried_on) < TRY_AGAIN_AFTER
    return why if is_soon else None


def _fact(person: Person, address: str, standing: Standing | None, at: datetime) -> ConsentFact | None:
    if standing is None:
        return None
    moment = datetime.fromisoformat(standing.changed_at) if standing.changed_at else at
    ref = hashlib.sha256(address.encode()).hexdigest()[:12]
    if standing.status == CLEANED:
        evidence = f"audience/cleaned/{ref}/{standing.changed_at}"
        return ConsentFact(moment, FactKind.BOUNCE_HARD, "mailchimp", address=address, evidence=evidence)
    is_refused = not standing.status and standing.not_taken == NotTaken.THEIR_NO.name
    if is_refused:
        moment = datetime.fromisoformat(standing.tried_on) if standing.tried_on else at
    if is_refused or (standing.status == UNSUBSCRIBED and not standing.is_our_no):
        evidence = f"audience/no/{ref}/{standing.changed_at or standing.tried_on}"
        return ConsentFact(moment, FactKind.NO, "mailchimp", person.id, address, evidence=evidence)
    return None


def _way_back(
    person: Person, address: str, theirs: ConsentFacts, opted_in: Mapping[str, datetime | None]
) -> ConsentFact | None:
    """Their own confirmation at the provider's form, later than the last no that covers the newsletter."""
    confirmed = opted_in.get(address)
    if confirmed is None or not said_no(person.id, _addresses(person), theirs.facts, Stream.NEWSLETTER):
        return None
    covering = (None, Stream.NEWSLETTER)
    last = max(fact.at for fact in theirs.facts if fact.kind is FactKind.NO and fact.stream in covering)
    if confirmed <= last:
        return None
    evidence = f"audience/yes/{hashlib.sha256(address.encode()).hexdigest()[:12]}/{confirmed.isoformat()}"
    return ConsentFact(
        confirmed, FactKind.YES, "mailchimp", person.id, address, stream=Stream.NEWSLETTER, evidence=evidence
    )


def _addresses(person: Person) -> Sequence[str]:
    return tuple(dict.fromkeys(each for each in (person.member.email, *person.addresses) if each))
