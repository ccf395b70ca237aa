"""What happens to a notice: asked about, handed to the outbox with its calendar entry, taken back when it changes.

Killed anywhere and run again it goes on: messages have their own keys, and a version is remembered as handed over only
after all its mails are queued.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from network.approvals import may_start
from network.cadence import local_day, next_send_time, not_after, place_of, start_of_day
from network.calendar_entries import Entry, write_entry
from network.jobs.asking import ask, code_for, fingerprint_in, next_round, note_above
from network.jobs.issues import office_fields, sample_fields
from network.jobs.notices import (
    CANCEL,
    FIRST,
    REPLACED,
    NoticePlan,
    Version,
    digest_of,
    language_for,
    meeting_of,
    question_of,
    remember,
    write_notice,
    write_sample,
)
from network.letters import member_fields
from network.messages import Message, State, Stream, reply_ref_of
from network.newsletter import IssueState
from network.notices import say_meeting
from network.ports import Office
from network.rendering import Letterhead
from network.stores import Event
from network.tasks import NewTask, TaskKind


def prepare_notice(office: Office, plan: NoticePlan, letterhead: Letterhead, at: datetime) -> bool:
    """Asks for the approval of a notice whose day is near; True when something new was asked."""
    if plan.state is not IssueState.WAITING:
        return False
    question = question_of(plan, plan.day, plan.fingerprint)
    if plan.again:
        again = next_round(office, question, local_day(at, office.preferences()), at)
        fingerprint = fingerprint_in(again, plan.item, plan.notice.audience.words, plan.notice.words)
        question = question_of(plan, again.day or plan.day, fingerprint)
    is_new = plan.memory.asked != question.fingerprint
    if is_new:
        remember(office, plan.notice, replace(plan.memory, asked=question.fingerprint, stamp=at.isoformat()), at)
    fields = sample_fields(office.preferences())
    clean = write_sample(office, letterhead, plan, fields)
    where = office.shelf.put(f"preview/{plan.file_name}", clean.html)
    question = replace(question, preview=f"It also stands in {where}.")
    code = code_for(office.approvals, question.item, question.fingerprint)
    note = note_above(question, code, clean.subject, [each.sentence for each in plan.remarks if not each.is_error])
    ask(office, question, code, write_sample(office, letterhead, plan, fields, note), at)
    return is_new


def hand_over(office: Office, plan: NoticePlan, letterhead: Letterhead, at: datetime) -> int:
    """Hands an approved notice to the outbox once its day has come; returns how many mails were queued."""
    is_due = local_day(at, office.preferences()) >= plan.day
    is_free = may_start(plan.approval, plan.fingerprint, at, len(plan.addressees))
    if plan.state is not IssueState.APPROVED or not is_due or not is_free:
        return 0
    queued = office.outbox.queue(_messages(office, plan, letterhead, at), at)
    if plan.step != FIRST:
        _withdraw(office, plan, at)
    if plan.by_phone:
        office.tasks.open([_phone_task(plan, office)], at)
    version = Version(plan.step, digest_of(plan.notice), meeting_of(plan))
    remember(office, plan.notice, replace(plan.memory, versions=(*plan.memory.versions, version)), at)
    return queued


def _messages(office: Office, plan: NoticePlan, letterhead: Letterhead, at: datetime) -> list[Message]:
    preferences = office.preferences()
    programs = {program.id: program for program in office.programs.all()}
    meeting = meeting_of(plan)
    begins = max(at, start_of_day(plan.day, preferences))
    messages = []
    for person in plan.addressees:
        program = programs.get(person.recipient_id or "")
        ref = reply_ref_of(f"{Stream.NOTICE}/{plan.notice.key}/{plan.step}/{person.id}")
        place = place_of(person.member.state, program)
        due = next_send_time(begins, place, preferences)
        if due is None:
            office.events.add([Event(at, "skipped", f"{plan.title}: no open day within a year.", person.id)])
            continue
        latest = not_after(begins, place, preferences)
        if meeting is not None and meeting.starts is not None:
            latest = min(latest, meeting.starts)
        language = language_for(plan.notice, person)
        fields = member_fields(person, program, preferences, language=language, reply_ref=ref)
        fields |= office_fields(preferences)
        message = Message(
            stream=Stream.NOTICE,
            item=plan.notice.key,
            step=plan.step,
            person_id=person.id,
            address=person.member.email or "",
            to_name=person.member.full_name,
            content=write_notice(office, letterhead, plan, fields, ref, language=language),
            due_at=due,
            not_after=latest,
            language=language,
            reply_ref=ref,
            approval_item=plan.item,
            fingerprint=plan.fingerprint,
        )
        messages.append(_with_entry(message, plan, office, at))
    return messages


def _with_entry(message: Message, plan: NoticePlan, office: Office, at: datetime) -> Message:
    meeting = meeting_of(plan)
    if meeting is None:
        return message
    preferences = office.preferences()
    entry = Entry(
        key=plan.notice.key,
        meeting=meeting,
        title=plan.notice.words_in(message.language)[0],
        text=message.content.text.partition("\n--\n")[0].strip(),
        sequence=len(plan.memory.versions),
        stamp=datetime.fromisoformat(plan.memory.stamp) if plan.memory.stamp else at,
        organizer=preferences.reply_to or preferences.sender_address,
        organizer_name=preferences.network_name,
        is_canceled=plan.step == CANCEL,
    )
    return replace(message, attachments=(write_entry(entry, message.address, message.to_name),))


def _withdraw(office: Office, plan: NoticePlan, at: datetime) -> None:
    for record in office.ledgerbook.records([State.QUEUED]):
        message = record.message
        if (message.stream, message.item) == (Stream.NOTICE, plan.notice.key) and message.step != plan.step:
            office.ledgerbook.resolve(record, State.SKIPPED, at, reason=REPLACED)


def _phone_task(plan: NoticePlan, office: Office) -> NewTask:
    names = ", ".join(f"{person.member.full_name} ({person.member.phone})" for person in plan.by_phone)
    meeting = meeting_of(plan)
    when = f" ({say_meeting(meeting, ZoneInfo(office.preferences().time_zone))})" if meeting is not None else ""
    return NewTask(
        key=f"phone/{plan.item}",
        kind=TaskKind.PERSONAL_NOTE,
        what=f"Please phone about “{plan.notice.subject}”{when}: {names}. Type done.",
        why="They prefer the phone, so the mail did not go to them.",
        subject=plan.item,
    )
