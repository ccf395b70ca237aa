"""Reads the network's mailbox: each reply is judged, a no is kept at once, what needs a person becomes a task.

Reading a mail twice changes nothing the second time: the story says which mails were dealt with to the end, and what a
crash left half done is repeated harmlessly, for facts carry the mail's digest, and tasks and answers have keys. A mail
that cannot be dealt with stops no other; it goes to a person. The cursor moves on only after every mail of a reading
was dealt with, so a crash repeats and loses nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from network.approval_replies import seems_forged
from network.cadence import local_day
from network.consent import ConsentFacts, FactKind, Reason
from network.consequences import consequences_of
from network.correspondents import Correspondents, Writer
from network.errors import TransientError
from network.jobs.approval_mail import ApproverMail, take_decision
from network.jobs.barriers import keep_barriers
from network.jobs.confirmations import Confirmations
from network.jobs.recruitment import requested_letter
from network.members import Person
from network.messages import Message, MessageRecord, State, Stream
from network.moments import Consequences, Moment, OurAnswer
from network.ports import Incoming, Office
from network.replies import Reply, judge
from network.reports import Page, count, table
from network.sequences import Enrollment
from network.stores import Event
from network.tasks import NewTask, Task, TaskKind, TaskState

CURSOR = "inbox.cursor"
LAST_READ = "read.inbox"  # the outbox sends nothing when this is older than half an hour


@dataclass(slots=True)
class InboxReport:
    """What one reading of the mailbox brought."""

    mails: int = 0
    kinds: Counter[str] = field(default_factory=Counter)  # in the words of the page: "said yes", "away", ...
    facts: int = 0
    tasks: int = 0
    ended: int = 0  # tracks
    answers: int = 0  # confirmations of ours
    approvals: int = 0
    dry_run: bool = False


def read_inbox(office: Office, at: datetime, *, dry_run: bool = False) -> InboxReport:
    """Reads what arrived since the last reading and does what follows from it.

    Also while sending is off: a no is always kept. With `dry_run` nothing is written anywhere. Raises TransientError
    when mailbox or ledger cannot be reached; the next run begins with the same mails.
    """
    mails, cursor = office.inbox.fetch(office.cursors.get(CURSOR))
    report = InboxReport(mails=len(mails), dry_run=dry_run)
    if mails:
        reading = _Reading(office, at, report)
        for number, mail in enumerate(mails):
            reading.take_in(mail, at + timedelta(microseconds=number))
    if not dry_run:
        office.cursors.set(CURSOR, cursor, at)
        office.cursors.set(LAST_READ, at.isoformat(), at)
    return report


def page(report: InboxReport) -> Page:
    """The leaders' page: how many people wrote and what about; never who."""
    rows = [(_TOLD.get(kind, kind.capitalize()), number) for kind, number in report.kinds.most_common()]
    opening = f"{count(report.mails, 'mail')} arrived since the last look." if report.mails else "Nothing new arrived."
    parts = [f"# The network's mailbox\n\n{opening}"]
    if report.dry_run:
        parts.append("This was a rehearsal: nothing was kept.")
    if rows:
        parts.append(table(("What they were", "How many"), rows))
    if report.tasks:
        wait = count(report.tasks, "of them waits", "of them wait")
        parts.append(f"{wait} for a person: see *To do*. An answer within a day is worth more than a letter.")
    counts = {"mails": report.mails, "for a person": report.tasks}
    return Page("hmn-inbox", "Inbox: what people answered", "\n\n".join(parts), counts)


_ANSWERING = frozenset({"answered", "said yes", "later"})  # replies that may say what stands in the way
_TOLD = {
    "said no": "Asked us to stop (kept at once)",
    "upset": "Upset: a person reads it first",
    "unsure": "May be a no: a person reads it first",
    "answered": "Answered: a person reads it",
    "said yes": "Said yes",
    "still right": "Say that their row is still right",
    "start": "Want to hear from us again",
    "later": "Asked us to write later",
    "newsletter": "Asked for the newsletter",
    "spanish": "Asked for Spanish",
    "away": "Out of office",
    "no longer there": "No longer there",
    "bounced": "Came back: the address or mailbox does not work",
    "automatic": "Automatic answers",
    "approved": "Approvals",
    "decided": "Not yet, or stop, by an approver",
    "unknown": "From people we do not know",
    "own": "Our own mail",
    "read before": "Read and dealt with before",
    "unreadable": "Could not be dealt with: a person opens it",
}


class _Reading:
    """One reading: what is known is loaded once and kept up to date from mail to mail."""

    def __init__(self, office: Office, at: datetime, report: InboxReport) -> None:
        self._office = office
        self._report = report
        self._preferences = office.preferences()
        self._correspondents = Correspondents(office.people.all(), office.ledgerbook.records())
        self._people = {person.id: person for person in office.people.all()}
        self._enrollments = {(each.person_id, each.track, each.cycle): each for each in office.enrollments.all()}
        self._load = _open_replies(office.tasks.all())
        self._confirmations = Confirmations(office.words, self._preferences)
        self._at = at

    def take_in(self, mail: Incoming, at: datetime) -> None:
        """Judges one mail and does what follows; a fault of ours or of the mail goes to a person."""
        try:
            kind = self._take_in(mail, at)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - one mail must never stop the others; the task names no words of it
            kind = "unreadable"
            self._open([_unreadable(mail, error, self._next_leader())])
        self._report.kinds[kind] += 1

    def _take_in(self, mail: Incoming, at: datetime) -> str:
        reply = judge(mail, self._correspondents.knows_ref)
        writer = replace(self._correspondents.writer(mail, reply), seems_forged=seems_forged(mail))
        approver = ApproverMail(mail, reply, writer, self._next_leader())
        if (done := take_decision(self._office, approver, at, dry_run=self._report.dry_run)) is not None:
            self._open(done.tasks)
            self._report.approvals += done.is_decided
            return done.kind
        is_to_office = writer.letter is not None and writer.letter.message.stream is Stream.OFFICE
        if is_to_office or (mail.sender in self._own_addresses() and writer.person is None):
            return "own"
        if writer.person is not None and self._is_dealt_with(mail, writer.person):
            return "read before"
        moment = self._moment(mail, writer.person, at)
        consequences = consequences_of(self._without_known(reply), writer, moment)
        if consequences.kind in _ANSWERING and writer.person and writer.letter and not self._report.dry_run:
            keep_barriers(self._office, mail, writer.letter.message, writer.person.id, at)
        self._do(consequences, writer, moment)
        return consequences.kind

    def _moment(self, mail: Incoming, person: Person | None, at: datetime) -> Moment:
        return Moment(
            mail=digest_of(mail),
            at=at,
            # A clock that runs ahead, or a Date header that lies, dates nothing in the future.
            received=local_day(min(mail.received_at, at), self._preferences),
            sender=mail.sender,
            preferences=self._preferences,
            facts=self._office.consents.of(person) if person else ConsentFacts(),
            enrollments=self._of_organization(person),
            leader=self._next_leader(),
        )

    def _of_organization(self, person: Person | None) -> Sequence[Enrollment]:
        if person is None:
            return ()
        there = {
            each.id
            for each in self._people.values()
            if each.id == person.id or (person.recipient_id and each.recipient_id == person.recipient_id)
        }
        return [each for each in self._enrollments.values() if each.person_id in there]

    def _without_known(self, reply: Reply) -> Reply:
        """Nobody is referred to us who is in Members already."""
        ours = self._own_addresses()
        new = [e for e in reply.referrals if e.address not in ours and not self._correspondents.people_at(e.address)]
        return replace(reply, referrals=tuple(new))

    def _next_leader(self) -> str:
        """Of the first two leaders the one who has less to answer: nobody carries it alone."""
        return min(self._preferences.leaders[:2], key=lambda leader: self._load[leader], default="")

    def _own_addresses(self) -> set[str]:
        known = self._preferences
        office = {known.sender_address, known.reply_to, known.technical_contact, *known.leader_addresses.values()}
        return {address.strip().lower() for address in office if address}

    # --- doing -------------------------------------------------------------------------------------------------------

    def _do(self, consequences: Consequences, writer: Writer, moment: Moment) -> None:
        """Our answer is queued before the facts are kept: a crash in between repeats both, and both are unique."""
        office, report, person = self._office, self._report, writer.person
        self._open(consequences.tasks)
        report.ended += len(consequences.enrollments)
        if report.dry_run:
            report.facts += len(consequences.facts)
            report.answers += consequences.answer is not None
            return
        if person is not None and consequences.answer is not None and office.is_live:
            answer = self._written(consequences.answer, person, moment, writer.letter)
            report.answers += office.outbox.queue([answer], moment.at)
        report.facts += office.consents.add(consequences.facts)
        if consequences.enrollments:
            office.enrollments.save(consequences.enrollments, moment.at)
            self._enrollments |= {(each.person_id, each.track, each.cycle): each for each in consequences.enrollments}
        if person is not None and consequences.stops:
            self._withdraw(person, consequences, moment)
        self._tell(person, consequences, moment)

    def _written(self, answer: OurAnswer, person: Person, moment: Moment, letter: MessageRecord | None) -> Message:
        """The confirmation; asked for Spanish, the invitation itself in Spanish where there is one."""
        if answer.words == "spanish" and (letter_again := requested_letter(self._office, person, "es", moment.at)):
            return letter_again
        return self._confirmations.write(answer, person, moment, letter)

    def _open(self, tasks: Sequence[NewTask]) -> None:
        self._report.tasks += len(tasks)
        self._load.update(task.who for task in tasks)
        if tasks and not self._report.dry_run:
            self._office.tasks.open(tasks, self._at)

    def _withdraw(self, person: Person, consequences: Consequences, moment: Moment) -> None:
        """Takes back what waits to go; what a worker holds already is looked at again before it leaves."""
        streams = {fact.stream for fact in consequences.facts if fact.kind is FactKind.NO}
        for record in self._office.ledgerbook.records([State.QUEUED]):
            message = record.message
            is_asked_for = message.stream in (Stream.ANSWER, Stream.OFFICE)
            if message.person_id == person.id and not is_asked_for and (None in streams or message.stream in streams):
                self._office.ledgerbook.resolve(record, State.SKIPPED, moment.at, reason=Reason.SAID_NO)

    def _tell(self, person: Person | None, consequences: Consequences, moment: Moment) -> None:
        """One line in the person's story, written last: where it stands, the mail was dealt with to the end."""
        if person is not None and consequences.story:
            event = Event(moment.at, consequences.kind, consequences.story, person.id, f"mail/{moment.mail}")
            self._office.events.add([event])

    def _is_dealt_with(self, mail: Incoming, person: Person) -> bool:
        """An old STOP that is read again must not undo the START that came after it."""
        return any(event.subject == f"mail/{digest_of(mail)}" for event in self._office.events.of(person.id))


def digest_of(mail: Incoming) -> str:
    """What a mail is called in the ledger: always the same, and telling nothing."""
    return hashlib.sha256(mail.id.encode("utf-8", "replace")).hexdigest()[:16]


def _open_replies(tasks: Sequence[Task]) -> Counter[str]:
    return Counter(task.who for task in tasks if task.kind is TaskKind.ANSWER_REPLY and task.state is TaskState.OPEN)


def _unreadable(mail: Incoming, error: Exception, leader: str) -> NewTask:
    what = "A mail arrived that we could not deal with. Please open it in the network mailbox and answer it yourself."
    why = f"Arrived {mail.received_at:%d %b}. For the technical contact: {type(error).__name__}."
    return NewTask(f"unreadable/{digest_of(mail)}", TaskKind.ANSWER_REPLY, what, why, leader)
