"""What an answer in *To do* does, kind by kind. Answers that another job reads for itself do nothing here."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from network.approvals import Approval, ApprovalRequest, Decision
from network.cadence import local_day
from network.consent import ConsentFact, FactKind, Reason, may_write
from network.jobs.outbox import STOPPED
from network.members import Person
from network.messages import State, Stream
from network.ports import Office
from network.program_rows import read_months
from network.reply_dates import named_day
from network.sequences import EnrollmentState
from network.stores import Event
from network.tasks import NewTask, Task, TaskKind, TaskState
from network.to_do import Answer

_DECISIONS = {"approve": Decision.APPROVED, "not yet": Decision.NOT_YET, "stop": Decision.STOPPED}
_ASK_FIRST = re.compile(r"\bask (?:first:? )?(?P<who>[^,;.]{2,60}?)(?: first)?(?=[,;.]|$)", re.IGNORECASE)
_NOT_UNTIL = re.compile(r"\b(?:not|nothing) (?:before|until)\b(?P<when>[^,;.]{2,40})", re.IGNORECASE)


def carry_out(office: Office, answer: Answer, at: datetime) -> str:
    """Does what one answer means; returns a sentence when it cannot be done, blank when it was."""
    match answer.task.kind:
        case TaskKind.APPROVE:
            return _decide(office, answer, at)
        case TaskKind.CHECK_DELIVERY if answer.choice in ("retry", "drop"):
            return _resolve(office, answer, at)
        case TaskKind.AFTER_PAUSE if answer.choice in ("go", "drop"):
            return _go_on(office, answer, at)
        case TaskKind.ASK_MONTHS if answer.choice == "months":
            return _note_months(office, answer, at)
        case TaskKind.CALL | TaskKind.PERSONAL_NOTE:
            return _spoken(office, answer, at)
        case TaskKind.ANSWER_REPLY | TaskKind.ASK_NEWSLETTER if answer.choice == "stop":
            return _stop(office, answer, at)
        case TaskKind.ASK_NEWSLETTER if answer.choice == "done":
            return _keep_notices(office, answer.task, at)
        case TaskKind.ANSWER_REPLY if answer.choice == "done":
            return _lift(office, answer.task, at)
        case TaskKind.ADDRESS_PROBLEM if answer.choice == "done":
            return _try_address(office, answer.task, at)
        case _:
            return ""


# --- approvals and deliveries ----------------------------------------------------------------------------------------


def _decide(office: Office, answer: Answer, at: datetime) -> str:
    """Binds the answer to the words that this row showed; words that changed since have a row of their own."""
    decision = _DECISIONS[answer.choice]
    asked = _request_of(office, answer.task)
    if asked is not None:
        office.approvals.decide(Approval(asked.item, asked.fingerprint, decision, "in To do", at, asked.addressees))
        return ""
    standing = office.approvals.find(answer.task.subject)
    if standing is not None and decision is Decision.STOPPED and _shows(answer.task, standing.fingerprint):
        office.approvals.decide(
            Approval(standing.item, standing.fingerprint, decision, "in To do", at, standing.addressees)
        )
        return ""
    if standing is not None and standing.decision is decision:
        return ""
    if standing is not None and _shows(answer.task, standing.fingerprint):
        return f"This was already answered: {standing.decision}. The first answer counts."
    return "The text or the list changed since this row was written. Please look at the newer row about it."


def _request_of(office: Office, task: Task) -> ApprovalRequest | None:
    asked = [each for each in office.approvals.pending() if each.item == task.subject]
    return next((each for each in asked if _shows(task, each.fingerprint)), None)


def _shows(task: Task, fingerprint: str) -> bool:
    """Whether the row asked about these words: its key ends with the beginning of their fingerprint."""
    end = task.key.rpartition("/")[2]
    return len(end) >= 8 and fingerprint.startswith(end)


def _resolve(office: Office, answer: Answer, at: datetime) -> str:
    """Settles the attempt that the row asked about; a later one, which may be leaving just now, is never touched."""
    record = office.ledgerbook.find(answer.task.subject)
    asked = answer.task.key.rpartition("/")[2]
    if record is None or record.state is not State.TO_CHECK or asked != str(record.attempt):
        return ""  # it has been found, or sent once more, meanwhile: nothing to repeat, nothing to drop
    if answer.choice == "retry" and record.message.not_after <= at:
        return "This mail is too late to be of use now. Please type drop."
    if answer.choice == "retry":
        office.ledgerbook.resolve(record, State.QUEUED, at, reason="a person answered retry")
    else:
        office.ledgerbook.resolve(record, State.SKIPPED, at, reason="dropped")
    return ""


def _go_on(office: Office, answer: Answer, at: datetime) -> str:
    """After a pause of any kind: go lets it go on, drop first takes back what is due."""
    if answer.choice == "drop":
        for record in office.ledgerbook.records([State.QUEUED]):
            if record.message.due_at <= at:
                office.ledgerbook.resolve(record, State.SKIPPED, at, reason="dropped")
    kind, _, rest = answer.task.key.partition("/")
    if kind == STOPPED:
        office.cursors.set(STOPPED, "", at)
    elif kind == "paused":
        office.lanes.pause(rest.partition("/")[0], "")
    return ""


# --- what we were told -----------------------------------------------------------------------------------------------


def _note_months(office: Office, answer: Answer, at: datetime) -> str:
    months = read_months(answer.argument)
    if not months:
        return f"We cannot read “{answer.argument}” as months. Type it like this: months: Apr-Oct."
    facts = {"open_months": ",".join(map(str, months))}
    office.programs.note(answer.task.subject, at=at, facts=facts)
    what = f"Please type {answer.argument} into Open months, in Programs, for the program of {answer.task.ref}."
    _ask_to_type(office, answer.task, what, at)
    return ""


def _spoken(office: Office, answer: Answer, at: datetime) -> str:
    """A call or a note: recruitment reads the outcome; here what was said about the program, a new name, or a no."""
    if answer.choice == "stop":
        return _stop(office, answer, at)
    person = office.people.get(answer.task.subject)
    if answer.choice == "new contact":
        what = f"Please add a row in Members for {answer.argument}, with the Status Invite."
        why = f"Named in the answer to {answer.task.ref}. A person decides whom we invite."
        office.tasks.open(
            [NewTask(f"new-contact/{answer.task.key}", TaskKind.REFERRAL, what, why, answer.task.who)], at
        )
    facts = _wishes(answer.remark, at, office)
    if facts and person is not None and person.recipient_id:
        office.programs.note(person.recipient_id, at=at, facts=facts)
        what = f"Please type into Programs what {answer.task.ref} says: whom to ask first, or until when not to write."
        _ask_to_type(office, answer.task, what, at)
    return ""


def _wishes(remark: str, at: datetime, office: Office) -> dict[str, str]:
    """ "Ask Rosa first, not until 1 September": obeyed at once."""
    facts = {}
    if (first := _ASK_FIRST.search(remark)) is not None:
        facts["ask_first"] = first["who"].strip()
    if (wait := _NOT_UNTIL.search(remark)) is not None:
        day = named_day(wait["when"], local_day(at, office.preferences()))
        facts |= {"do_not_write_until": day.isoformat()} if day else {}
    return facts


def _ask_to_type(office: Office, task: Task, what: str, at: datetime) -> None:
    why = "We obey it already; the sheet should say it too."
    office.tasks.open([NewTask(f"type/{task.key}", TaskKind.TYPE_FACT, what, why, task.who, task.subject)], at)


# --- consent ---------------------------------------------------------------------------------------------------------


def _stop(office: Office, answer: Answer, at: datetime) -> str:
    """A no that the person told a leader: every automatic stream, and every track."""
    person = office.people.get(answer.task.subject)
    if person is None:
        return "We no longer know who this is. Please choose Do not contact in their row of Members."
    _add(office, answer.task, FactKind.NO, at, person)
    day = local_day(at, office.preferences())
    running = [
        replace(each, state=EnrollmentState.ENDED, reason=str(Reason.SAID_NO), ended_on=day)
        for each in office.enrollments.all()
        if each.person_id == person.id and each.state is not EnrollmentState.ENDED
    ]
    office.enrollments.save(running, at)
    office.events.add([Event(at, "said no", f"told a leader to stop ({answer.task.ref})", person.id, answer.task.key)])
    return _lift(office, answer.task, at)


def _keep_notices(office: Office, task: Task, at: datetime) -> str:
    """Left the newsletter and told a leader that notices about meetings are still wanted: those, and nothing else."""
    person = office.people.get(task.subject)
    if person is not None:
        fact = ConsentFact(
            at,
            FactKind.YES,
            "leader",
            person.id,
            person.member.email,
            stream=Stream.NOTICE,
            evidence=f"task {task.ref}",
        )
        office.consents.add([fact])
    return ""


def _lift(office: Office, task: Task, at: datetime) -> str:
    """A person has looked: the hold is over for the organization when no other reply of it waits; a no stands."""
    person = office.people.get(task.subject)
    if person is None:
        return ""
    still_unread = {
        f"mail/{each.key.removeprefix('reply/')}"
        for each in office.tasks.all()
        if each.state is TaskState.OPEN and each.key != task.key
    }
    holds = {fact.evidence for fact in office.consents.of(person).facts if fact.kind is FactKind.HOLD_ORGANIZATION}
    if f"mail/{task.key.removeprefix('reply/')}" in holds and not holds & still_unread:
        _add(office, task, FactKind.LIFT_ORGANIZATION, at, person)
    return ""


def _try_address(office: Office, task: Task, at: datetime) -> str:
    """The coordinator has looked: an address that is still the same is tried once more, a new one needs nothing."""
    person = office.people.get(task.subject)
    if person is None or not person.member.email:
        return ""
    verdict = may_write(person, person.member.email, office.consents.of(person), Stream.ANSWER, at)
    if verdict.reason is Reason.BOUNCED:
        _add(office, task, FactKind.ADDRESS_WORKS, at, person)
    return ""


def _add(office: Office, task: Task, kind: FactKind, at: datetime, person: Person) -> None:
    """A fact that a leader records: for the person, their address or their organization, as the kind wants it."""
    is_for_all = kind is FactKind.LIFT_ORGANIZATION
    fact = ConsentFact(
        at,
        kind,
        "leader",
        person_id=None if kind is FactKind.ADDRESS_WORKS else person.id,
        address=None if is_for_all else person.member.email,
        organization_id=person.recipient_id if is_for_all else None,
        evidence=f"task {task.ref}",
    )
    office.consents.add([fact])
