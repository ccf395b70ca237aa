"""A no and what follows from it: kept at once, from whatever address, confirmed once, in doubt for everybody there."""

from __future__ import annotations

from network.consent import ConsentFact, FactKind, Reason
from network.correspondents import Writer
from network.members import Person
from network.messages import Stream
from network.moments import (
    Consequences,
    Moment,
    OurAnswer,
    answer_task,
    end_tracks,
    hold_of,
    name_of,
    new_fact,
    new_task,
)
from network.replies import Reply, ReplyKind
from network.tasks import NewTask, TaskKind

NOES = frozenset({ReplyKind.STOP, ReplyKind.HOSTILE, ReplyKind.COMPLAINT})


def refusal(reply: Reply, writer: Writer, moment: Moment) -> Consequences:
    person, stream = writer.person, reply.stream
    address = reply.address or moment.sender
    # A reference says who means it, from whatever address: the address may be a mail program's own.
    concerns_sender = not reply.ref or person is None or writer.is_known_address
    person_id = person.id if person else None
    fact = new_fact(FactKind.NO, moment, person_id, address if concerns_sender else None, stream=stream)
    if person is None:
        if reply.ref and not moment.sender:
            return Consequences("unknown")
        return Consequences("said no", facts=(fact,), tasks=_shared_no(writer, moment))
    if reply.kind is not ReplyKind.STOP:
        return _hard_no(person, moment, fact)
    tasks: tuple[NewTask, ...] = ()
    if stream is Stream.NEWSLETTER and person.is_active_member:
        tasks = (_ask_about_meetings(person, moment),)
    elif not (writer.is_known_address or reply.ref):
        tasks = (_stopped_from_elsewhere(person, moment),)
    elif reply.says_more:
        tasks = (answer_task(person, moment, "asked us to stop and wrote more"),)
    ended = end_tracks(moment, [person.id], Reason.SAID_NO) if stream is None else ()
    return Consequences(
        "said no",
        "asked us to stop" if stream is None else f"asked us to stop: {stream}",
        (fact,),
        ended,
        tasks,
        _stop_answer(person, moment, stream),
        stops=True,
    )


def _hard_no(person: Person, moment: Moment, no: ConsentFact) -> Consequences:
    what = (
        f"Please read the mail of {name_of(person)} first: it sounds upset. Nothing more goes to them, and mail to "
        "their program waits. Answer done when it may go on."
    )
    task = new_task(TaskKind.ANSWER_REPLY, what, "We do not answer such a mail by machine.", person, moment)
    return Consequences(
        "upset",
        "wrote that we should leave them alone",
        (no, hold_of(person, moment)),
        end_tracks(moment, [person.id], Reason.SAID_NO),
        (task,),
        stops=True,
    )


def _stop_answer(person: Person, moment: Moment, stream: Stream | None) -> OurAnswer | None:
    """Confirmed once for each time they were with us: another STOP after the first gets no second mail."""
    if stream not in (None, Stream.NEWSLETTER):
        return None
    returns = sum(
        fact.kind is FactKind.YES and fact.stream is None and fact.person_id == person.id for fact in moment.facts.facts
    )
    return OurAnswer("stop" if stream is None else "stop-newsletter", f"confirm-{returns + 1}")


def _shared_no(writer: Writer, moment: Moment) -> tuple[NewTask, ...]:
    if not writer.is_shared_address:
        return ()
    what = (
        "A STOP came from an address that several people share, so nobody there gets mail from us. If only one of them "
        "meant it, type asked back for the others, with how and when they said so."
    )
    return (NewTask(f"reply/{moment.mail}", TaskKind.ANSWER_REPLY, what, "A no is kept at once.", moment.leader),)


def _stopped_from_elsewhere(person: Person, moment: Moment) -> NewTask:
    what = (
        f"A STOP to the letter for {name_of(person)} came from another address; we have stopped. If it was somebody "
        "else, ask them, then type asked back with how and when."
    )
    return new_task(TaskKind.ANSWER_REPLY, what, "A no is kept at once, even in doubt.", person, moment)


def _ask_about_meetings(person: Person, moment: Moment) -> NewTask:
    what = f"{name_of(person)} has left the newsletter. Please ask whether notices about meetings are still wanted."
    why = "Answer done if they are, stop if nothing is wanted any more."
    return new_task(TaskKind.ASK_NEWSLETTER, what, why, person, moment)
