"""What follows from a reply: consent, tracks, tasks, our answer. It returns what should happen; `jobs.inbox` does it.

A no counts at once and from whatever address; a yes counts only when it is certain who said it. What is unsure holds
the writer and the whole organization until a person has looked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from network.cadence import say_day, start_of_day
from network.consent import ConsentFacts, FactKind, said_no
from network.correspondents import Writer
from network.members import Person, Status
from network.messages import Stream
from network.moments import (
    Consequences,
    Moment,
    OurAnswer,
    address_works,
    answer_task,
    answered,
    colleagues_answered,
    end_tracks,
    hold_of,
    invitations_of,
    name_of,
    new_fact,
    new_task,
    program_of,
)
from network.refusals import NOES, refusal
from network.replies import Reply, ReplyKind
from network.reply_words import fold
from network.sequences import SAID_YES, Outcome
from network.tasks import NewTask, TaskKind

_GONE_HOLDS = timedelta(days=30)
_SOFT_BOUNCES_THAT_ASK = 3
_UNDOES_A_NO = frozenset({ReplyKind.START, ReplyKind.NEWSLETTER})
_MAY_TELL = frozenset({"answered", "unsure", "said yes", "still right", "newsletter", "start", "spanish"})


def consequences_of(reply: Reply, writer: Writer, moment: Moment) -> Consequences:
    """Says what follows from one judged mail. Approvals are not here: they are no member's mail."""
    found = _consequences(reply, writer, moment)
    is_theirs = writer.person is not None and writer.is_known_address and found.kind in _MAY_TELL
    if writer.person is None or not reply.has_story or not is_theirs:
        return found
    return replace(found, tasks=(*found.tasks, _story_task(writer.person, moment)))


def _story_task(person: Person, moment: Moment) -> NewTask:
    """Asks for the consent and for the words: the text of a reply is never kept."""
    who = name_of(person)
    return NewTask(
        f"story/{moment.mail}",
        TaskKind.STORY,
        f"{who} may have sent a success for the newsletter. Please read it in the network mailbox and ask {who}: “May "
        "we publish this, with your name, without, or not?” Then type with name: or without name:, and behind it what "
        "may be printed; or no.",
        "Only a yes brings it into the newsletter, once, in the next issue, in the words that you type.",
        moment.leader,
        person.id,
    )


def _consequences(reply: Reply, writer: Writer, moment: Moment) -> Consequences:
    person = writer.person
    if reply.kind in NOES:
        return refusal(reply, writer, moment)
    if reply.kind in (ReplyKind.BOUNCE_HARD, ReplyKind.BOUNCE_SOFT):
        return _bounce(reply, writer, moment)
    if person is None:
        return _unknown(reply, writer, moment)
    if reply.kind is ReplyKind.AUTOMATIC:
        return Consequences("automatic", "an automatic answer came")
    if reply.kind is ReplyKind.AWAY:
        return _away(reply, person, moment)
    if reply.kind is ReplyKind.GONE:
        return _gone(reply, person, moment)
    if reply.kind is ReplyKind.UNSURE:
        return _unsure(reply, person, moment)
    if not writer.is_known_address:
        return _human(person, moment, "from another address")
    if writer.seems_forged and reply.kind in _UNDOES_A_NO:
        return _forged(person, moment)
    works = address_works(moment)
    done = _command(reply, writer, person, moment) or _human(person, moment)
    if reply.says_more and not done.tasks:
        done = replace(done, tasks=(answer_task(person, moment, "wrote more besides"),))
    return replace(done, facts=(*done.facts, *works), tasks=(*done.tasks, *_referred(reply, person, moment)))


def _referred(reply: Reply, person: Person, moment: Moment) -> tuple[NewTask, ...]:
    """One task with a ready row for each person named; a person decides whether they are invited."""
    who = name_of(person)
    return tuple(
        NewTask(
            f"referral/{person.id}/{moment.mail}/{number}",
            TaskKind.REFERRAL,
            f"{who} named somebody to invite. If you agree, add this row to Members: "
            f"{each.name or '(name: see the mail)'}; Email {each.address}; Status Invite; Referred by {who}.",
            "Who else should be invited? A person decides.",
            moment.leader,
            person.id,
        )
        for number, each in enumerate(reply.referrals, start=1)
        if fold(each.name) != fold(person.member.full_name)
    )


# --- bounces and absences --------------------------------------------------------------------------------------------


def _bounce(reply: Reply, writer: Writer, moment: Moment) -> Consequences:
    person = writer.person
    address = reply.address or (writer.letter.message.address if writer.letter else "")
    if not address or (person is None and not writer.is_shared_address):
        return Consequences("unknown")
    is_hard = reply.kind is ReplyKind.BOUNCE_HARD
    fact = new_fact(FactKind.BOUNCE_HARD if is_hard else FactKind.BOUNCE_SOFT, moment, address=address)
    if person is None:
        return Consequences("bounced", facts=(fact,))
    asks = is_hard or _soft_in_a_row(moment.facts, address) + 1 >= _SOFT_BOUNCES_THAT_ASK
    why = f"The mail came back{f' ({reply.status})' if reply.status else ''}."
    task = address_task(person, moment.mail, why, moment.leader)
    words = "the address does not exist" if is_hard else "the mailbox did not take the mail"
    return Consequences("bounced", words, (fact,), tasks=(task,) if asks else ())


def address_task(person: Person, evidence: str, why: str, leader: str = "") -> NewTask:
    """Asks who is there now, once for each piece of evidence that an address does not work."""
    what = (
        f"The address of {name_of(person)} does not work. Who is the health manager at {program_of(person)} now? "
        "Please correct the row in Members. If the address is right after all, answer done and we try once more."
    )
    return NewTask(f"address/{person.id}/{evidence}", TaskKind.ADDRESS_PROBLEM, what, why, leader, person.id)


def _soft_in_a_row(facts: ConsentFacts, address: str) -> int:
    count = 0
    for fact in facts.facts:
        if fact.address == address:
            count = 0 if fact.kind is FactKind.ADDRESS_WORKS else count + (fact.kind is FactKind.BOUNCE_SOFT)
    return count


def _away(reply: Reply, person: Person, moment: Moment) -> Consequences:
    until = reply.until or moment.received
    fact = new_fact(FactKind.AWAY, moment, person.id, until=start_of_day(until, moment.preferences))
    return Consequences("away", f"away until {say_day(until)}", (fact,))


def _gone(reply: Reply, person: Person, moment: Moment) -> Consequences:
    what = (
        f"A mail says that {name_of(person)} is no longer there. Who is the health manager at {program_of(person)}? "
        "Please read it in the network mailbox and correct Members. Until then, at most 30 days, nothing goes to them."
    )
    hold = new_fact(FactKind.AWAY, moment, person.id, until=moment.at + _GONE_HOLDS)
    task = new_task(TaskKind.ADDRESS_PROBLEM, what, "People change; the program stays.", person, moment)
    ended = () if reply.is_automatic else answered(person, moment)
    return Consequences("no longer there", "a mail says that they are no longer there", (hold,), ended, (task,))


# --- words for a person ----------------------------------------------------------------------------------------------


def _unsure(reply: Reply, person: Person, moment: Moment) -> Consequences:
    what = (
        f"Please read the mail of {name_of(person)} first: it may be a no. Nothing goes to their program until then. "
        "Answer done when it may go on, stop if they want no more mail."
    )
    task = new_task(TaskKind.ANSWER_REPLY, what, "We never guess what a no is.", person, moment)
    ended = () if reply.is_automatic else answered(person, moment)
    return Consequences("unsure", "wrote something that a person must read", (hold_of(person, moment),), ended, (task,))


def _forged(person: Person, moment: Moment) -> Consequences:
    """A From line is easily written: what undoes a no must come from where it says."""
    what = (
        f"A mail in the name of {name_of(person)} asks for mail again, but our mail server found that it does not come "
        "from where it says. Nothing was changed. If they did ask, type asked back with how and when."
    )
    task = new_task(TaskKind.ANSWER_REPLY, what, "Only the person can undo a no.", person, moment)
    return Consequences("unsure", "a mail in their name may be forged", tasks=(task,))


def _human(person: Person, moment: Moment, how: str = "") -> Consequences:
    task = answer_task(person, moment, f"answered{f' {how}' if how else ''}")
    return Consequences("answered", "answered; a person reads it", (), answered(person, moment), (task,))


def _unknown(reply: Reply, writer: Writer, moment: Moment) -> Consequences:
    """Mail of people we do not know: one task a day at most, because much of it is advertising."""
    if reply.kind is ReplyKind.START and not (writer.is_shared_address or writer.seems_forged):
        return Consequences("start", facts=(new_fact(FactKind.YES, moment, address=moment.sender),))
    if reply.is_automatic or reply.kind in (ReplyKind.AUTOMATIC, ReplyKind.AWAY, ReplyKind.APPROVE):
        return Consequences("unknown")
    what = (
        f"Mail from people we do not know arrived on {say_day(moment.received)}. Please look into the network mailbox: "
        "somebody may want to join."
    )
    why = "Only a person can say who they are."
    task = NewTask(f"unknown/{moment.received}", TaskKind.ANSWER_REPLY, what, why, moment.leader)
    return Consequences("unknown", tasks=(task,))


# --- commands --------------------------------------------------------------------------------------------------------


def _command(reply: Reply, writer: Writer, person: Person, moment: Moment) -> Consequences | None:
    """What a plain command of a person we know does; None where it makes no sense here and a person should read it."""
    letter = writer.letter.message if writer.letter else None
    stream = letter.stream if letter else None
    is_invited = person.member.status is Status.INVITE or bool(invitations_of(person, moment))
    has_said_no = said_no(person.id, person.addresses, moment.facts.facts, Stream.RECRUITMENT)
    match reply.kind:
        case ReplyKind.START:
            fact = new_fact(FactKind.YES, moment, person.id, moment.sender)
            return Consequences("start", "asked to hear from us again", (fact,), answer=OurAnswer("start", moment.mail))
        case ReplyKind.NEWSLETTER:
            fact = new_fact(FactKind.YES, moment, person.id, moment.sender, stream=Stream.NEWSLETTER)
            answer = OurAnswer("newsletter", moment.mail)
            return Consequences("newsletter", "asked for the newsletter", (fact,), answered(person, moment), (), answer)
        case _ if has_said_no:
            return None
        case ReplyKind.YES | ReplyKind.STILL_RIGHT if letter and stream is Stream.STILL_RIGHT:
            ended = end_tracks(moment, [person.id], "still right", item=letter.item)
            return Consequences("still right", "says that the row is still right", enrollments=ended)
        case ReplyKind.YES if is_invited and stream in (None, Stream.RECRUITMENT):
            return _yes(person, moment)
        case ReplyKind.LATER if is_invited:
            until = reply.until or moment.received
            fact = new_fact(FactKind.LATER, moment, person.id, until=start_of_day(until, moment.preferences))
            answer = OurAnswer("later", moment.mail, until)
            return Consequences("later", f"asked us to write again after {say_day(until)}", (fact,), answer=answer)
        case ReplyKind.SPANISH:
            what = f"{name_of(person)} prefers Spanish. Please type Spanish into Language in Members."
            task = new_task(TaskKind.TYPE_FACT, what, "The next letters are in Spanish then.", person, moment)
            answer = OurAnswer("spanish", moment.mail)
            return Consequences("spanish", "asked for Spanish", tasks=(task,), answer=answer)
        case _:
            return None


def _yes(person: Person, moment: Moment) -> Consequences:
    """A yes counts at once; the sheet asks the coordinator to say so."""
    own = tuple(replace(each, outcome=Outcome.YES) for each in end_tracks(moment, [person.id], SAID_YES))
    what = f"{name_of(person)} said yes on {say_day(moment.received)}. Please set Status to Member."
    task = NewTask(f"said-yes/{person.id}", TaskKind.SET_STATUS, what, "A welcome is on its way.", "", person.id)
    return Consequences("said yes", "said yes", (), (*own, *colleagues_answered(person, moment)), (task,))
