"""`hmn takeover`: this computer runs the sheet from now on, and does as if everybody had been written to already.

First everything is read that still knows what happened: the sheet and its guard, the mailbox, the newsletter's
provider. Then the ledger is made careful, and last the guard is written with a new id, so that the other computer
stops. Killed anywhere, nothing goes out until it is run again; where this computer runs the sheet already it changes
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from network.asks import invite_again_key
from network.cadence import local_day, say_day
from network.errors import PermanentError, TransientError
from network.guard import GUARD, Memory, Verdict, judge
from network.jobs import guard
from network.jobs.answers import carry_out
from network.jobs.audience import sync_audience
from network.jobs.inbox import read_inbox
from network.jobs.members import BREAKER, sync_members
from network.jobs.recruitment import read_situation
from network.members import Person, Status
from network.messages import TAKEN_OVER, State, Stream
from network.ports import Office
from network.reports import count
from network.sequences import Enrollment, EnrollmentState
from network.sequences import Sequence as Track
from network.situation import Situation
from network.stores import Event
from network.tabs import MEMBERS, TO_DO, Reading, text_of, understand
from network.tasks import NewTask, TaskKind, TaskState
from network.to_do import RequestKind, read_to_do
from network.tracks import Starts, invitation_for

_ANOTHER = "Typed before this computer took over. If it is still wanted, type it once more in other words."
_CARRIED_OUT = ("stop", "months")  # answers that make us more careful; all others were carried out elsewhere
_NO_NUMBER_OF_OURS = 100_000  # a telephone number in the column Ref must not become the next one


@dataclass(frozen=True, slots=True)
class TakeoverReport:
    """What was done, for a person."""

    is_needed: bool = True
    noes: int = 0  # addresses that the sheet's own record refuses
    contacted: int = 0  # people who count as written to
    invited: int = 0  # of these, how many stand on Invite
    doubtful: int = 0  # mails that were on their way here and may have gone

    @property
    def sentences(self) -> tuple[str, ...]:
        """One line for each thing that was done."""
        if not self.is_needed:
            return ("This computer runs this sheet already. Nothing was changed.",)
        waiting = f"{count(self.doubtful, 'mail was', 'mails were')} waiting here and may have gone already"
        return (
            "This computer runs the sheet from now on; the other one stops by itself when it next looks.",
            "Sheet, mailbox and, where it is used, the newsletter's provider were read first.",
            f"Every no was kept; the sheet's own record refuses {count(self.noes, 'address', 'addresses')}.",
            f"{count(self.contacted, 'person counts', 'people count')} as written to already: no welcome and no letter "
            "is repeated. "
            + (f"{count(self.invited, 'of them stands', 'of them stand')} on Invite: To do asks you about them. ")
            * bool(self.invited)
            + "Issues, notices and surveys dated today or earlier do not go by themselves.",
            f"{waiting}: none goes by itself. hmn outbox lists them; To do says more."
            if self.doubtful
            else "Nothing was waiting to go here.",
        )


def stands_now(office: Office) -> Verdict:
    """Whose sheet this is now, read afresh; writes nothing."""
    return judge(_read(office).guard, guard.recall(office))


def take_over(office: Office, at: datetime) -> TakeoverReport:
    """Takes the sheet over. Raises before anything is changed when sheet, mailbox or provider cannot be read."""
    reading = _read(office)
    memory = guard.recall(office)
    verdict = judge(reading.guard, memory)
    if memory.installation and verdict.may_act:
        guard.look(office, reading, at)  # what may have held this computer is over: somebody put the sheet right
        return TakeoverReport(is_needed=False)
    _refuse_half_a_sheet(reading)
    if not memory.unsure:
        begun = f"A takeover was begun on {say_day(local_day(at, office.preferences()))} and not finished"
        memory = replace(memory, unsure=begun)
        guard.keep(office, memory, at)
    office.cursors.set(guard.TAKEN_OVER_AT, at.isoformat(), at)
    _keep_noes(office, verdict, at)
    _believe_the_sheet(office, reading, at)
    read_inbox(office, at, dry_run=False)
    if office.audience is not None:
        sync_audience(office, at)
    _settle_to_do(office, reading, at)
    contacted, invited = _close_tracks(office, at)
    doubtful = office.ledgerbook.doubt(TAKEN_OVER, at)
    _ask(office, invited, doubtful, at)
    # Once more: a no that the other computer wrote meanwhile belongs to us now, too.
    verdict = stands_now(office)
    _keep_noes(office, verdict, at)
    _write_guard(office, memory, verdict, at)
    return TakeoverReport(True, len(office.refusals.noes()), contacted, invited, doubtful)


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(office: Office) -> Reading:
    reading = office.workbook.read(None)
    if reading is None:
        raise TransientError("The sheet could not be read just now. Nothing was changed; please try again.")
    return reading


def _refuse_half_a_sheet(reading: Reading) -> None:
    """People whom this reading does not show would count as new when they come back."""
    tab = understand(reading, MEMBERS)
    if tab.is_missing or tab.lacks_required:
        what = "The tab Members is missing." if tab.is_missing else " ".join(tab.problems)
        raise PermanentError(f"{what} Nothing was taken over. Please mend that, then: hmn takeover")


def _keep_noes(office: Office, verdict: Verdict, at: datetime) -> None:
    if verdict.guard is not None:
        office.refusals.keep(verdict.guard.noes, at)


def _believe_the_sheet(office: Office, reading: Reading, at: datetime) -> None:
    """Takes the whole sheet in; a change that would make us ask on another day is what a takeover expects."""
    report = sync_members(office, reading, at)
    asked = [
        replace(task, state=TaskState.ANSWERED, answer="go", answered_at=at)
        for task in office.tasks.all()
        if report.held and task.kind is TaskKind.BREAKER and task.state is TaskState.OPEN
    ]
    if asked:
        office.tasks.save(asked, at)
        report = sync_members(office, reading, at)
    if report.held or office.cursors.get(BREAKER):
        raise PermanentError(f"{report.held or 'A change of Members waits.'} Please mend that, then: hmn takeover")


# --- being careful ----------------------------------------------------------------------------------------------------


def _settle_to_do(office: Office, reading: Reading, at: datetime) -> None:
    """Takes every answer and request that stands in *To do* as carried out elsewhere; what stops mail is done again.

    The numbers of its rows are used up: an answer to a task of the other memory must never answer one of ours.
    """
    rows = understand(reading, TO_DO).rows
    for answer in read_to_do(rows, office.tasks.all()).answers:
        if answer.choice in _CARRIED_OUT and answer.task.kind is not TaskKind.APPROVE:
            carry_out(office, answer, at)
        taken = replace(answer.task, state=TaskState.ANSWERED, answer=answer.words, answered_at=at, in_sheet=True)
        office.tasks.save([taken], at)
    numbers = (re.search(r"\d{1,9}", text_of(row.cells.get("Ref"))) for row in rows)
    used = {int(number[0]) for number in numbers if number}
    office.tasks.reserve({number for number in used if number < _NO_NUMBER_OF_OURS}, at)
    for request in read_to_do(rows, office.tasks.all()).requests:
        what = "forget …" if request.kind is RequestKind.FORGET else request.typed
        (task,) = office.tasks.open([NewTask(request.key, TaskKind.TYPED_REQUEST, what, "")], at)
        if task.state is TaskState.OPEN:
            done = replace(task, state=TaskState.ANSWERED, answer=_ANOTHER, answered_at=at, in_sheet=True)
            office.tasks.save([done], at)


def _close_tracks(office: Office, at: datetime) -> tuple[int, int]:
    """Ends every track for everybody we know, those they have not entered yet included; whose status is blank was
    never written to. Returns how many people that is, and how many of them stand on Invite.
    """
    situation = read_situation(office)
    day = local_day(at, situation.preferences)
    standing = {(each.person_id, each.track, each.cycle): each for each in situation.enrollments}
    ended = {
        key: replace(each, state=EnrollmentState.ENDED, reason=TAKEN_OVER, ended_on=day)
        for key, each in standing.items()
        if each.state is not EnrollmentState.ENDED
    }
    met = [each for each in situation.people.values() if each.in_sheet and each.member.status is not Status.BLANK]
    for person in met:
        for track, cycle in _tracks_of(situation, person, f"{day:%Y-%m}"):
            key = (person.id, track.track, cycle)
            if key not in standing:
                ended[key] = Enrollment(
                    person.id, track.track, cycle, day, state=EnrollmentState.ENDED, reason=TAKEN_OVER, ended_on=day
                )
    office.enrollments.save(ended.values(), at)
    invited = {person.id for person in met if person.member.status is Status.INVITE}
    invited &= {
        person_id
        for person_id, track, _ in ended
        if track in situation.tracks and situation.tracks[track].stream == Stream.RECRUITMENT
    }
    who = sorted({person_id for person_id, *_ in ended})
    office.events.add(Event(at, "taken over", "Counts as written to: this computer took over.", each) for each in who)
    return len(met), len(invited)


def _tracks_of(situation: Situation, person: Person, month: str) -> Iterable[tuple[Track, str]]:
    """The tracks this person may have been in, with the cycle: one invitation, the welcome, this month's calendar."""
    on_invite = replace(person, member=replace(person.member, status=Status.INVITE))
    invitation = invitation_for(on_invite, situation.programs.get(person.recipient_id or ""), situation.tracks)
    if invitation is not None:
        yield invitation, "1"
    for track in situation.tracks.values():
        starts = Starts(str(track.rules["starts"]))
        if starts is not Starts.INVITE:
            yield track, "1" if starts is Starts.MEMBER else month


def _ask(office: Office, invited: int, doubtful: int, at: datetime) -> None:
    day = local_day(at, office.preferences())
    tasks = []
    if invited:
        what = (
            f"{count(invited, 'person on Invite counts', 'people on Invite count')} as invited already. Type done to "
            "leave it so, or invite again to begin with letter 1 for all of them."
        )
        why = "Another computer ran this sheet before, and nobody here knows which letters it sent."
        tasks.append(NewTask(invite_again_key(day), TaskKind.TAKEN_OVER, what, why))
    if doubtful:
        still = office.ledgerbook.records([State.TO_CHECK])
        streams = sorted({str(each.message.stream).replace("_", " ") for each in still if each.reason == TAKEN_OVER})
        what = (
            f"{count(doubtful, 'mail', 'mails')} ({', '.join(streams)}) may have gone before this computer took over. "
            "They do not go by themselves. Type done when you have seen this."
        )
        why = (
            "Look in the Sent folder. hmn outbox lists them; hmn outbox retry REF lets one go, hmn outbox drop REF not."
        )
        tasks.append(NewTask(f"takeover/mails/{at.isoformat()}", TaskKind.TYPE_FACT, what, why))
    office.tasks.open(tasks, at)


# --- the guard --------------------------------------------------------------------------------------------------------


def _write_guard(office: Office, memory: Memory, verdict: Verdict, at: datetime) -> None:
    """Always a new id: a copy of this office that still runs elsewhere must stop, too."""
    generation = max(memory.generation, verdict.guard.generation if verdict.guard else 0)
    mine = Memory(office.new_id(), generation).raised(office.new_id())
    guard.keep(office, replace(mine, unsure=memory.unsure), at)
    written = office.workbook.publish([guard.todays_guard(office, at)])
    if GUARD not in written:
        raise TransientError(
            "Our file beside the workbook is open in another program, so the takeover is not finished. Please close "
            "it, then: hmn takeover"
        )
    guard.keep(office, mine, at)
    office.cursors.set(guard.HELD, "", at)
