"""Keeps the newsletter's audience as who agreed, where a provider keeps it; takes that provider's word on consent.

Order matters: first what changed there (a no is kept at once, also while sending is off), then noes said elsewhere,
then who left, changed and came. What we remember of the audience is written last: a run that dies reads and
tries again, and everything it does may be done twice. Where nothing changed a sync is one request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from network.audience import (
    UNSUBSCRIBED,
    AudiencePlan,
    NotTaken,
    Standing,
    Subscriber,
    adopt,
    after,
    facts_from,
    merge_seen,
    plan_audience,
    refused_addresses,
    standings_from_text,
    standings_to_text,
    wanted_subscribers,
)
from network.campaigns import limits_of
from network.consent import ConsentFact, FactKind
from network.jobs import guard
from network.jobs.outbox import READ_AUDIENCE, READ_SHEET, STOPPED
from network.letters import member_fields
from network.members import IssueKind, Person, RowIssue
from network.outbox import is_fresh
from network.ports import Audience, Office
from network.preferences import Sending
from network.programs import TYPE_WORDS
from network.reports import Page, table
from network.stores import Event
from network.tasks import NewTask, TaskKind
from network.tracks import program_type_of_person

KNOWN = "audience.known"  # what we remember of every address there
SINCE = "audience.since"  # the audience's own cursor
READ_ALL = "audience.read_all"
SYNC_EVERY = timedelta(minutes=15)
READ_ALL_EVERY = timedelta(days=1)
FIELDS = ("First name", "Last name", "Program", "Organization", "Role", "Service area", "State", "Program type")
_CONTACTS = ("subscribed", "pending", "unsubscribed", "transactional")  # what a plan counts


@dataclass(frozen=True, slots=True)
class AudienceReport:
    """What one sync found and did."""

    subscribed: int = 0
    added: int = 0
    changed: int = 0
    archived: int = 0
    refused: int = 0  # noes said elsewhere, written there
    noes: int = 0  # noes said there, kept here
    left_out: Mapping[NotTaken, int] = field(default_factory=dict)
    note: str = ""


def sync_audience(office: Office, at: datetime, *, dry_run: bool = False) -> AudienceReport:
    """Makes the audience who agreed.

    Nothing is written there while sending is off, or while the sheet was not read lately. Raises TransientError when
    the provider does not answer; what it said before is kept.
    """
    audience = office.audience
    if audience is None:
        return AudienceReport(note="No newsletter provider is connected.")
    reads_all = _reads_all(office, at)
    seen, since = audience.changes(None if reads_all else office.cursors.get(SINCE))
    known = merge_seen(standings_from_text(office.cursors.get(KNOWN)), seen)
    if dry_run:
        plan = _plan(office, known, at)
        return _report(known, plan, note="This was a rehearsal: nothing was written.")
    noes = _keep_word(office, known, seen, at)
    if _may_write(office, at):
        known = _keep(
            office, adopt(known, wanted_subscribers(office.people.all(), office.consents.all(), known, at)), at
        )
        plan = _plan(office, known, at)
        known, plan = _apply(office, audience, known, plan, at)
        noes += _keep_word(office, known, (), at)
        note = ""
    else:
        plan, note = AudiencePlan(), "Nothing was written there: sending is off, or the sheet was not read lately."
    _keep(office, known, at)
    office.cursors.set(SINCE, since, at)
    office.cursors.set(READ_AUDIENCE, at.isoformat(), at)
    if reads_all:
        office.cursors.set(READ_ALL, at.isoformat(), at)
    return _report(known, plan, noes=noes, note=note)


def is_due(office: Office, at: datetime) -> bool:
    """Tells whether the audience was last read a quarter of an hour ago or more."""
    last = office.cursors.get(READ_AUDIENCE)
    return not last or not timedelta(0) <= at - datetime.fromisoformat(last) < SYNC_EVERY


def as_remembered(office: Office, note: str) -> AudienceReport:
    """The audience as we last saw it, when it cannot be read now."""
    return _report(standings_from_text(office.cursors.get(KNOWN)), AudiencePlan(), note=note)


def tell_noes(office: Office, at: datetime) -> None:
    """Writes every no that the ledger holds to the audience; called before anything goes to it."""
    if office.audience is None or guard.held(office):
        return
    known = standings_from_text(office.cursors.get(KNOWN))
    noes = refused_addresses(office.people.all(), office.consents.all())
    there = [
        address for address in sorted(noes) if address in known and known[address].status in ("subscribed", "pending")
    ]
    if there:
        office.audience.refuse(there)
        _keep(office, _refused(known, there), at)


def subscribed_addresses(office: Office) -> frozenset[str]:
    """Who is subscribed there, as last seen."""
    known = standings_from_text(office.cursors.get(KNOWN))
    return frozenset(address for address, standing in known.items() if standing.status == "subscribed")


def contacts(office: Office) -> int:
    """How many contacts a plan counts there."""
    return sum(each.status in _CONTACTS for each in standings_from_text(office.cursors.get(KNOWN)).values())


def row_notes(office: Office, rows: Mapping[str, int], at: datetime) -> list[RowIssue]:
    """A sentence for each row whose person wants the newsletter and does not get it; `rows` by person."""
    known = standings_from_text(office.cursors.get(KNOWN))
    people, facts = office.people.all(), office.consents.all()
    plan = plan_audience(_as_subscribers(office, wanted_subscribers(people, facts, known, at)), frozenset(), known, at)
    notes = []
    for person in people:
        address = person.member.email or ""
        standing = known.get(address)
        sentence = str(plan.left_out.get(address, ""))
        if standing is not None and standing.status == "pending" and person.member.newsletter:
            sentence = "The newsletter waits until this person confirms it in a mail from its provider."
        if sentence and person.id in rows:
            notes.append(
                RowIssue("Members", person.member.key, IssueKind.NOTE, sentence, "Newsletter", rows[person.id])
            )
    return notes


def page(report: AudienceReport) -> Page:
    """The leaders' page of the newsletter's readers: counts only."""
    rows = [("Get the newsletter", report.subscribed), ("New", report.added), ("Changed", report.changed)]
    rows += [("Archived", report.archived), ("Said no elsewhere, told there", report.refused)]
    rows += [("Said no there, kept here", report.noes)]
    rows += [(str(why), number) for why, number in sorted(report.left_out.items())]
    text = f"# Readers of the newsletter\n\n{report.note}\n\n{table(('What', 'How many'), rows)}"
    return Page("hmn-audience", "Readers of the newsletter", text, {"newsletter readers": report.subscribed})


# --- reading ---------------------------------------------------------------------------------------------------------


def _reads_all(office: Office, at: datetime) -> bool:
    last = office.cursors.get(READ_ALL)
    return not last or not timedelta(0) <= at - datetime.fromisoformat(last) < READ_ALL_EVERY


def _keep_word(office: Office, known: Mapping[str, Standing], seen: Sequence[Subscriber], at: datetime) -> int:
    """Keeps what the provider says of consent, once, and asks members who left whether notices are still wanted."""
    found = facts_from(office.people.all(), office.consents.all(), known, seen, at)
    if not found:
        return 0
    office.consents.add([fact for _, fact in found])
    noes = [(person, fact) for person, fact in found if fact.kind is FactKind.NO]
    members = [(person, fact) for person, fact in noes if person.is_active_member]
    office.tasks.open([_ask(person, fact) for person, fact in members], at)
    office.events.add([Event(at, _KINDS[fact.kind], _WORDS[fact.kind], person.id) for person, fact in found])
    return len(noes)


def _ask(person: Person, fact: ConsentFact) -> NewTask:
    name = person.member.full_name or "A member"
    return NewTask(
        key=f"left-newsletter/{person.id}/{fact.evidence}",
        kind=TaskKind.ASK_NEWSLETTER,
        what=f"{name} has left the newsletter. Please ask whether notices about meetings are still wanted.",
        why="They said no at the newsletter's provider, so nothing goes to them by itself. Answer done if notices are "
        "wanted, stop if nothing is.",
        subject=person.id,
    )


_KINDS = {FactKind.NO: "said no", FactKind.YES: "said yes", FactKind.BOUNCE_HARD: "bounced"}
_WORDS = {
    FactKind.NO: "left the newsletter at its provider, so all automatic mail has stopped",
    FactKind.YES: "signed up for the newsletter again at its provider",
    FactKind.BOUNCE_HARD: "the newsletter came back: the address does not work",
}


# --- writing ---------------------------------------------------------------------------------------------------------


def _may_write(office: Office, at: datetime) -> bool:
    """Live, switched on, not stopped, and only on a sheet that was read lately and believed."""
    if not office.is_live or office.preferences().sending is not Sending.ON or office.cursors.get(STOPPED):
        return False
    if guard.held(office):
        return False
    return is_fresh(office.cursors.get(READ_SHEET), at)


def _plan(office: Office, known: Mapping[str, Standing], at: datetime) -> AudiencePlan:
    people, facts = office.people.all(), office.consents.all()
    limit = limits_of(office.preferences()).contacts
    room = None if limit is None else max(limit - sum(each.status in _CONTACTS for each in known.values()), 0)
    wanted = _as_subscribers(office, wanted_subscribers(people, facts, known, at))
    return plan_audience(wanted, refused_addresses(people, facts), known, at, room)


def _apply(
    office: Office, audience: Audience, known: dict[str, Standing], plan: AudiencePlan, at: datetime
) -> tuple[dict[str, Standing], AudiencePlan]:
    """Noes first; then the rest. Each step is remembered before the next, so that a kill loses no archive of ours."""
    if plan.refuse:
        audience.refuse(plan.refuse)
        known = _keep(office, _refused(known, plan.refuse), at)
    if plan.add or plan.change or plan.remove:
        answer = audience.apply(plan.add, plan.change, plan.remove)
        known = _keep(office, after(known, plan, answer, at), at)
        plan = replace(
            plan,
            add=tuple(each for each in plan.add if each.address not in answer.not_taken),
            left_out={**plan.left_out, **answer.not_taken},
        )
    return known, plan


def _refused(known: Mapping[str, Standing], addresses: Sequence[str]) -> dict[str, Standing]:
    told = {
        address: replace(known[address], status=UNSUBSCRIBED, is_our_no=True, is_ours=False) for address in addresses
    }
    return {**known, **told}


def _keep(office: Office, known: dict[str, Standing], at: datetime) -> dict[str, Standing]:
    text = standings_to_text(known)
    if text != office.cursors.get(KNOWN):
        office.cursors.set(KNOWN, text, at)
    return known


def _as_subscribers(office: Office, wanted: Mapping[str, Person]) -> dict[str, Subscriber]:
    preferences = office.preferences()
    programs = {program.id: program for program in office.programs.all()}
    subscribers = {}
    for address, person in wanted.items():
        program = programs.get(person.recipient_id or "")
        values = member_fields(person, program, preferences)
        kind = TYPE_WORDS[program_type_of_person(person, program)]
        labels = {f"HMN {person.member.role_kind}", f"HMN {kind}", f"HMN {person.member.language}"}
        labels |= {f"HMN {person.member.state}"} if person.member.state else set()
        subscribers[address] = Subscriber(
            address,
            "subscribed",
            {name: values[name] for name in FIELDS if values.get(name)},
            frozenset(labels),
            person.member.language,
        )
    return subscribers


def _report(known: Mapping[str, Standing], plan: AudiencePlan, *, noes: int = 0, note: str = "") -> AudienceReport:
    whys = list(plan.left_out.values())
    return AudienceReport(
        subscribed=sum(each.status == "subscribed" for each in known.values()),
        added=len(plan.add),
        changed=len(plan.change),
        archived=len(plan.remove),
        refused=len(plan.refuse),
        noes=noes,
        left_out={why: whys.count(why) for why in dict.fromkeys(whys)},
        note=note,
    )
