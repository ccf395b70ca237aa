"""Mails of which nobody knows whether they arrived: looked up with the lane, and in doubt shown to a person.

Nothing is ever sent again from here: a mail goes back in the queue only when the lane shows that it was not sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from network.errors import NetworkError
from network.messages import TAKEN_OVER, Claim, Fate, Message, MessageRecord, Receipt, State, Stream
from network.outbox import OutboxReport
from network.ports import Handle, Office
from network.stores import Event
from network.tasks import NewTask, TaskKind


def repair(office: Office, report: OutboxReport) -> None:
    """Looks up every dispatch whose claim has expired, and once more those that a person was asked about."""
    unclear = [*office.ledgerbook.expire(office.clock()), *office.ledgerbook.records([State.TO_CHECK])]
    for record in unclear:
        if record.reason == TAKEN_OVER:
            continue  # what happened elsewhere no lane of this computer can know: a person decides
        report.looked_up += 1
        fate = _look_up(office, Handle(record.message.key, record.handle))
        now = office.clock()
        if fate is Fate.SENT:
            if office.ledgerbook.resolve(record, State.SENT, now, receipt=_receipt(office, record.handle)):
                tell(office, record.message, "sent", "It had gone out: found when we looked.")
        elif fate is Fate.NOT_SENT:
            office.ledgerbook.resolve(record, State.QUEUED, now)
        elif record.state is State.TO_CHECK:
            _ask_person(office, record)  # once for each attempt; here for those whose worker died before it asked
        elif office.ledgerbook.resolve(record, State.TO_CHECK, now):
            _ask_person(office, record)
            report.not_sure += 1


def settle_unclear(office: Office, claim: Claim, handle: Handle, report: OutboxReport) -> None:
    """Settles a dispatch whose answer was lost just now, by what the lane can tell."""
    fate = _look_up(office, handle)
    now = office.clock()
    if fate is Fate.SENT:
        if office.outbox.settle(claim, State.SENT, now, receipt=_receipt(office, handle.values)):
            report.sent += 1
            tell(office, claim.message, "sent", "It went out: found when we looked.")
    elif fate is Fate.NOT_SENT:
        office.outbox.settle(claim, State.QUEUED, now)
    elif office.outbox.settle(claim, State.TO_CHECK, now, reason="no clear answer"):
        report.not_sure += 1
        record = office.ledgerbook.find(claim.message.key)
        if record is not None:
            _ask_person(office, record)


def tell(office: Office, message: Message, kind: str, words: str) -> None:
    """Adds one line to the story of the person; the office's own mail has no story."""
    if message.stream is not Stream.OFFICE:
        office.events.add([Event(office.clock(), kind, words, message.person_id, message.key)])


def _look_up(office: Office, handle: Handle) -> Fate:
    try:
        return office.mailer.outcome(handle)
    except NetworkError:  # the lane cannot be asked now; the next run asks again
        return Fate.UNKNOWN


def _receipt(office: Office, handle: Mapping[str, str]) -> Receipt:
    provider_id = handle.get("file") or handle.get("message_id", "")
    return Receipt(office.mailer.lane, provider_id, office.clock(), {"found": "looked up later"})


def _ask_person(office: Office, record: MessageRecord) -> None:
    message = record.message
    what = f"Not sure it arrived: {message.step} to {message.to_name or message.person_id}. Type retry or drop."
    why = "The answer to our sending was lost. Look in the Sent folder; if it is not there, retry sends it once more."
    key = f"check/{message.key}/{record.attempt}"
    office.tasks.open([NewTask(key, TaskKind.CHECK_DELIVERY, what, why, subject=message.key)], office.clock())
