"""What happens to an edition: asked about, handed over once, followed until its numbers are known, put in the archive.

Killed anywhere and run again it goes on: questions, messages and files have their own keys, and an edition is marked as
handed over only after all its mails are queued.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from string import Template
from typing import Any

from network.approvals import may_start
from network.cadence import local_day, next_send_time, not_after, place_of
from network.consent import FactKind
from network.errors import PermanentError, UnsupportedFeature
from network.jobs.asking import ask, code_for, fingerprint_in, next_round, note_above
from network.jobs.hand_over_report import how_it_went
from network.jobs.issues import (
    SAMPLE_REF,
    WORDS,
    EditionPlan,
    newsletter_words,
    office_fields,
    question_of,
    sample_fields,
    write_edition,
)
from network.jobs.newsletter_sources import freeze, story_of
from network.jobs.stories import note_told, tells_withdrawn
from network.letters import member_fields
from network.messages import FINAL_STATES, Message, MessageRecord, State, Stream, reply_ref_of
from network.newsletter import HANDED_OVER, IssueRecord, IssueState, slug
from network.ports import Office
from network.rendering import Letterhead
from network.stores import Event

STEP = "issue"  # one for every edition: whoever changes edition or language gets an issue once
REPORTED_AFTER = timedelta(days=14)
STORY_GONE = "the yes to its story was taken back"
_SETTLED = FINAL_STATES | {State.TO_CHECK}
_INDEX = "newsletter/archive.html"


def prepare_edition(office: Office, plan: EditionPlan, letterhead: Letterhead, at: datetime) -> bool:
    """Saves how an edition stands and asks for its approval where one is needed; True when something new was asked."""
    record = plan.record
    if record.state in HANDED_OVER:
        return False
    if record.state is IssueState.WAITING and plan.day is not None:
        freeze(office, plan.draft.issue, at)
        question = question_of(plan, plan.day, plan.fingerprint)
        if plan.again:
            again = next_round(office, question, local_day(at, office.preferences()), at)
            fingerprint = fingerprint_in(again, plan.draft.item, "", plan.draft.words)
            question = question_of(plan, again.day or plan.day, fingerprint)
        words, fields = newsletter_words(office), sample_fields(office.preferences())
        clean = write_edition(letterhead, plan.draft, words, fields, SAMPLE_REF)
        where = office.shelf.put(f"preview/newsletter-{plan.draft.file_name}", clean.html)
        question = replace(question, preview=f"It also stands in {where}.")
        code = code_for(office.approvals, question.item, question.fingerprint)
        hints = [remark.sentence for remark in plan.remarks if not remark.is_error]
        note = note_above(question, code, plan.draft.subject, hints)
        sample = write_edition(letterhead, plan.draft, words, fields, note=note)
        ask(office, question, code, sample, at)
        record = replace(record, fingerprint=question.fingerprint)
    save(office, plan.known, record, at)
    return bool(record.fingerprint) and (plan.known is None or plan.known.fingerprint != record.fingerprint)


def hand_over(office: Office, plan: EditionPlan, letterhead: Letterhead, at: datetime) -> int:
    """Hands an approved edition over once its day has come; returns how many mails were queued.

    Raises UnsupportedFeature where a campaign provider is connected: what it cannot do must not go another way.
    """
    if not may_go(office, plan, at):
        return 0
    if office.campaigns is not None:
        raise UnsupportedFeature("Where a campaign provider is connected, an issue goes through it alone.")
    words = newsletter_words(office)
    note_told(office, plan.draft.item, story_of(office, plan.draft.issue), at)
    queued = office.outbox.queue(_messages(office, plan, letterhead, words, at), at)
    put_in_archive(office, plan, letterhead)
    record = replace(plan.record, fingerprint=plan.fingerprint, state=IssueState.SCHEDULED, reason="on its way")
    save(office, plan.known, record, at)
    return queued


def may_go(office: Office, plan: EditionPlan, at: datetime) -> bool:
    """Tells whether an edition is approved, its day has come, and the time to call it back is over."""
    is_due = plan.day is not None and local_day(at, office.preferences()) >= plan.day
    is_free = may_start(plan.approval, plan.fingerprint, at, len(plan.addressees))
    return plan.record.state is IssueState.APPROVED and is_due and is_free


def follow_up(office: Office, known: IssueRecord, mails: Sequence[MessageRecord], at: datetime) -> IssueRecord:
    """How a handed-over edition stands by what became of its mails: on its way, sent, reported."""
    if known.state not in HANDED_OVER or known.state is IssueState.REPORTED:
        return known
    if not mails:
        return known
    if any(record.state not in _SETTLED for record in mails):
        record = replace(known, reason=how_it_went(mails).reason)
        save(office, known, record, at)
        return record
    sent_at = known.sent_at or max(record.changed_at for record in mails)
    is_over = at >= sent_at + REPORTED_AFTER
    record = replace(
        known,
        state=IssueState.REPORTED if is_over else IssueState.SENT,
        reason="",
        report=_numbers(office, mails, sent_at),
        sent_at=sent_at,
    )
    save(office, known, record, at)
    return record


def call_back(office: Office, at: datetime) -> None:
    """Calls back every edition whose story may not be printed any more, as far as its mails have not gone.

    It is asked about again without the story; whoever has it already gets no second one. The lane holds the mails
    meanwhile. Where there is a provider, `campaign_follow_up` does the same.
    """
    under_way = [each for each in office.issues.all() if each.state is IssueState.SCHEDULED and not each.campaign_id]
    for known in under_way:
        if tells_withdrawn(office, item_of(known)):
            save(office, known, replace(known, state=IssueState.APPROVED, reason=f"called back: {STORY_GONE}"), at)


def clear_archive(office: Office, plan: EditionPlan, letterhead: Letterhead) -> None:
    """Writes the page of an edition that was called back anew, so that the story does not stay in the archive."""
    if plan.record.state not in HANDED_OVER and tells_withdrawn(office, plan.draft.item):
        put_in_archive(office, plan, letterhead)


def put_in_archive(office: Office, plan: EditionPlan, letterhead: Letterhead) -> None:
    """Keeps an edition as a page of its own, without anything of a reader."""
    fields = office_fields(office.preferences())
    page = write_edition(letterhead, plan.draft, newsletter_words(office), fields, has_foot=False)
    office.shelf.put(f"archive/{plan.draft.file_name}", page.html)


def write_archive(office: Office, records: Iterable[IssueRecord]) -> None:
    """Writes the index of every issue that was sent, newest first: a page ready for the network's own site."""
    sent = sorted(
        (record for record in records if record.sent_at is not None and record.report.get("delivered")),
        key=lambda record: (record.sent_at, record.title),
        reverse=True,
    )
    if not sent:
        return
    words = tomllib.loads(office.words.read(WORDS))["en"]
    lines = [f'<li><a href="{archive_name(record)}">{html.escape(record.title)}</a></li>' for record in sent]
    page = Template(office.words.read(_INDEX)).substitute(
        network=html.escape(office.preferences().network_name),
        title=html.escape(words["archive"]),
        issues="\n".join(lines),
    )
    office.shelf.put("archive/index.html", page)


def archive_name(record: IssueRecord) -> str:
    """The file of one edition that was sent, as `Draft.file_name` called it."""
    return f"{record.issue}-{slug(record.edition)}-{record.language}.html"


def item_of(record: IssueRecord) -> str:
    """What its approval and its mails carry."""
    return f"newsletter/{record.issue}/{slug(record.edition)}/{record.language}"


def save(office: Office, known: IssueRecord | None, record: IssueRecord, at: datetime) -> None:
    """Writes a record that says something new; the moment of a change is the moment it was first seen."""
    if known is None or replace(record, changed_at=known.changed_at) != known:
        office.issues.save(replace(record, changed_at=at))


def _messages(
    office: Office, plan: EditionPlan, letterhead: Letterhead, words: Mapping[str, Any], at: datetime
) -> list[Message]:
    preferences = office.preferences()
    programs = {program.id: program for program in office.programs.all()}
    messages = []
    for person in plan.addressees:
        program = programs.get(person.recipient_id or "")
        ref = reply_ref_of(f"{Stream.NEWSLETTER}/{plan.draft.issue.key}/{STEP}/{person.id}")
        fields = member_fields(person, program, preferences, language=plan.draft.language, reply_ref=ref)
        fields |= office_fields(preferences)
        place = place_of(person.member.state, program)
        due = next_send_time(at, place, preferences)
        try:
            content = write_edition(letterhead, plan.draft, words, fields, ref)
        except PermanentError as err:
            due = None
            office.events.add([Event(at, "skipped", f"{plan.record.title}: {err}", person.id)])
        if due is None:
            continue
        messages.append(
            Message(
                stream=Stream.NEWSLETTER,
                item=plan.draft.issue.key,
                step=STEP,
                person_id=person.id,
                address=person.member.email or "",
                to_name=person.member.full_name,
                content=content,
                due_at=due,
                # Counted from now: what would arrive weeks later, after a quiet time, is of no use any more.
                not_after=not_after(at, place, preferences),
                language=plan.draft.language,
                reply_ref=ref,
                approval_item=plan.draft.item,
                fingerprint=plan.fingerprint,
            )
        )
    return messages


def _numbers(office: Office, mails: Sequence[MessageRecord], sent_at: datetime) -> dict[str, float]:
    """What is known of an edition: counts of mails, and of the readers who left since."""
    gone = {record.message.address: record for record in mails if record.state is State.SENT}
    bounced: set[str] = set()
    left: set[str] = set()
    people = {record.message.person_id for record in gone.values()}
    for person_id, facts in office.consents.all().items():
        if person_id not in people:
            continue
        for fact in facts.facts:
            is_after = sent_at - timedelta(days=7) <= fact.at <= sent_at + REPORTED_AFTER
            if is_after and fact.kind is FactKind.BOUNCE_HARD and fact.address in gone:
                bounced.add(fact.address)
            if is_after and fact.kind is FactKind.NO and fact.stream in (None, Stream.NEWSLETTER):
                left.add(person_id)
    refused = sum(record.state is State.FAILED for record in mails)
    return {
        "delivered": float(len(gone) - len(bounced)),
        "bounced": float(len(bounced) + refused),
        "unsubscribed": float(len(left)),
        "not sent": float(sum(record.state is State.SKIPPED for record in mails)),
        "too late": float(sum(record.state is State.MISSED for record in mails)),
        "not sure": float(sum(record.state is State.TO_CHECK for record in mails)),
    }
