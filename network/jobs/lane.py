"""One lane at work: claim a batch, prepare it, mark a stride of it dispatching, hand over, settle; until all is done.

What goes wrong stays where it is. A refused mail is settled and touches no other. A fault of the lane itself (nobody
answers, three times in a row) ends the run, and what was not handed over goes back in the queue. A setting that only a
person can mend (a wrong password) pauses the lane at once and says so in *To do*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from network import tabs
from network.cadence import Place, place_of
from network.consent import ConsentFact, ConsentFacts, FactKind
from network.consequences import address_task
from network.errors import ConfigurationError, HeldError, NetworkError, PermanentError, TransientError
from network.exits import NOBODY, colleagues_of, exit_reason, track_exit
from network.jobs import guard
from network.jobs.housekeeping import LAST_BACKUP
from network.jobs.members import SHEET_VERSION
from network.jobs.stories import tells_withdrawn
from network.jobs.unclear import settle_unclear, tell
from network.members import Person
from network.messages import TAKEN_OVER, Claim, Content, Message, State, Stream
from network.outbox import BATCH, LastLook, OutboxReport, limits_at, next_stride
from network.ports import Handle, Office
from network.preferences import Preferences, Sending
from network.programs import ProgramType
from network.settings_rows import parse_settings
from network.tasks import NewTask, TaskKind, TaskState

PAUSED = "paused"  # how the key of the question after a pause begins

_FAULTS_THAT_END_A_RUN = 3


def run_lane(office: Office, report: OutboxReport, why_not: Callable[[], str]) -> None:
    """Sends until nothing is due or something holds it; `why_not` is asked before every batch."""
    run = _Run(office, report, office.new_id())
    while not run.is_over:
        report.held = why_not()
        if report.held:
            return
        try:
            preferences = read_preferences(office)
        except HeldError as err:
            report.held = str(err)
            return
        if preferences.sending is Sending.OFF:
            report.held = "Sending is off in Settings: nothing was sent."
            return
        if preferences.sending is Sending.ONLY_TO_ME:
            report.tests += _queue_test_copies(office, preferences, office.clock())
        claims = run.claim(preferences)
        if not claims:
            return
        run.prepare(claims)
        look = _last_look(office, preferences)
        while run.ready and not run.is_over:
            run.dispatch_stride(look)


def pause_lane(office: Office, why: str) -> None:
    """Stops the lane until a person answers go in *To do*."""
    office.lanes.pause(office.mailer.lane, why)
    ask_to_go_on(office, why)


def ask_to_go_on(office: Office, why: str) -> None:
    """Sees to it that exactly one question about the pause stands open; an answer of last week is none for today."""
    start = f"{PAUSED}/{office.mailer.lane}/"
    if any(task.key.startswith(start) and task.state is TaskState.OPEN for task in office.tasks.all()):
        return
    now = office.clock()
    what = f"Sending is paused: {why}"
    office.tasks.open([NewTask(f"{start}{now.isoformat()}", TaskKind.AFTER_PAUSE, what, "Type go to go on.")], now)


def read_preferences(office: Office) -> Preferences:
    """The coordinator's settings as they stand in the sheet this minute; sending is off when they cannot be read.

    Raises HeldError when another computer runs this sheet, or our memory is older than it.
    """
    try:
        reading = office.workbook.read(office.cursors.get(SHEET_VERSION))
    except NetworkError:
        return replace(office.preferences(), sending=Sending.OFF)
    guard.look(office, reading, office.clock())
    if reading is None:
        return office.preferences()
    settings = tabs.understand(reading, tabs.SETTINGS)
    if settings.is_missing or settings.lacks_required:
        return replace(office.preferences(), sending=Sending.OFF)
    return parse_settings(settings.rows, tabs.understand(reading, tabs.QUIET_DATES).rows)


@dataclass(slots=True)
class _Run:
    """What one run holds in its hands."""

    office: Office
    report: OutboxReport
    owner: str
    ready: list[Claim] = field(default_factory=list)
    handles: dict[str, Handle] = field(default_factory=dict)
    unsendable: dict[str, PermanentError] = field(default_factory=dict)
    stride: int = 1
    faults: int = 0  # of the lane, in a row
    today: date | None = None  # in the network's zone
    is_paused: bool = False
    raised_at: datetime | None = None  # when this run last wrote a new mark into the guard
    backup: str | None = None  # the last backup at that moment

    @property
    def is_over(self) -> bool:
        return self.is_paused or self.faults >= _FAULTS_THAT_END_A_RUN

    def claim(self, preferences: Preferences) -> Sequence[Claim]:
        now, lane = self.office.clock(), self.office.mailer.lane
        self.today = now.astimezone(ZoneInfo(preferences.time_zone)).date()
        limits = limits_at(now, preferences, lane, self.office.lanes.state(lane))
        return self.office.outbox.claim(self.owner, BATCH, now, limits)

    def prepare(self, claims: Sequence[Claim]) -> None:
        """Makes ready what can be; a claim that is left out expires by itself and its mail is taken again."""
        self.ready, self.handles, self.unsendable = [], {}, {}
        for claim in claims:
            if self.is_over:
                return
            key = claim.message.key
            try:
                handle = self.office.mailer.prepare(claim.message)
            except PermanentError as err:
                self.unsendable[key] = err
                self.ready.append(claim)
            except ConfigurationError as err:
                self._pause(str(err))
            except TransientError as err:
                self.faults += not err.is_lane_fine
            else:
                if self.office.outbox.prepare(claim, handle.values, self.office.clock()):
                    self.handles[key] = handle
                    self.ready.append(claim)

    def dispatch_stride(self, look: LastLook) -> None:
        """Marks as many dispatching as take less than five seconds, then hands them over one by one."""
        chosen, self.ready = self.ready[: self.stride], self.ready[self.stride :]
        started_at = self.office.clock()
        started = self.office.outbox.start(chosen, started_at, replace(look, now=started_at))
        if self.today is not None and any(each.message.stream is not Stream.OFFICE for each in started):
            self.office.lanes.begin(self.office.mailer.lane, self.today)
        if started and not self._is_guard_raised():
            self.is_paused = True
        for claim in started:
            if self.is_over or self.office.clock() >= claim.expires:
                # Nothing has left for it; when somebody else has looked it up meanwhile, this changes nothing.
                self.office.outbox.settle(claim, State.QUEUED, self.office.clock())
            else:
                self._send(claim)
        if started:
            self.stride = next_stride(len(started), self.office.clock() - started_at)

    def _is_guard_raised(self) -> bool:
        """Sees to it that no older copy of this ledger could send what is about to leave without noticing."""
        now, backup = self.office.clock(), self.office.cursors.get(LAST_BACKUP)
        if self.raised_at is not None and now - self.raised_at < guard.RAISED_FOR and backup == self.backup:
            return True
        problem = guard.raise_generation(self.office, now)
        if problem:
            self.report.held = problem
            return False
        self.raised_at, self.backup = now, backup
        return True

    def _send(self, claim: Claim) -> None:
        """Hands one message over and settles it, whatever happens."""
        office, message = self.office, claim.message
        try:
            if message.key in self.unsendable:
                raise self.unsendable[message.key]
            receipt = office.mailer.dispatch(message, self.handles[message.key])
        except PermanentError as err:
            self._refused(claim, err)
        except ConfigurationError as err:
            office.outbox.settle(claim, State.QUEUED, office.clock(), reason=str(err))
            self._pause(str(err))
        except TransientError as err:
            self.faults += not err.is_lane_fine
            if err.request_left:
                settle_unclear(office, claim, self.handles[message.key], self.report)
            else:
                office.outbox.settle(claim, State.QUEUED, office.clock(), reason=str(err))
        else:
            self.faults = 0
            if office.outbox.settle(claim, State.SENT, office.clock(), receipt=receipt):
                self.report.sent += 1
                tell(office, message, "sent", f"{message.step} of {message.item} went out.")

    def _refused(self, claim: Claim, err: PermanentError) -> None:
        self.faults = 0
        self.report.refused += 1
        self.office.outbox.settle(claim, State.FAILED, self.office.clock(), reason=str(err))
        tell(self.office, claim.message, "refused", str(err))
        if err.is_address_dead:
            self._bounced(claim.message, str(err))
        paused = self.office.lanes.state(self.office.mailer.lane).paused  # the ledger counts refusals in a row
        if paused:
            self._pause(paused)

    def _bounced(self, message: Message, why: str) -> None:
        """What the server says at once counts like a mail that came back: the address rests and a person is asked."""
        fact = ConsentFact(
            self.office.clock(), FactKind.BOUNCE_HARD, "provider", address=message.address, evidence=message.key
        )
        self.office.consents.add([fact])
        person = self.office.people.get(message.person_id)
        if person is not None:
            self.office.tasks.open([address_task(person, message.key, why)], self.office.clock())

    def _pause(self, why: str) -> None:
        self.is_paused = True
        self.report.held = f"This lane is paused: {why}"
        pause_lane(self.office, why)


def _last_look(office: Office, preferences: Preferences) -> LastLook:
    programs = {program.id: program for program in office.programs.all()}
    claimed = office.ledgerbook.records([State.CLAIMED])
    items = {record.message.approval_item for record in claimed}
    tried_before = {record.message.key for record in claimed if record.attempt > 1}
    colleagues = colleagues_of(office.people.all(), office.enrollments.all())

    def place(person: Person) -> Place:
        program = programs.get(person.recipient_id or "")
        keeps_season = program is not None and ProgramType.MSHS in program.types
        return place_of(person.member.state, program, keeps_season=keeps_season)

    def ended(message: Message, person: Person, facts: ConsentFacts) -> str:
        around = colleagues.get(person.id, NOBODY)
        why = exit_reason(message, person, facts, around)
        if why == TAKEN_OVER and message.key in tried_before:
            # A takeover ends every track; what waits in the queue all the same waits there because a person said retry.
            return track_exit(message.stream, person, facts, around)
        return why

    return LastLook(
        now=office.clock(),
        preferences=preferences,
        # What tells a story whose yes was taken back waits until it was approved without it.
        approvals={each: office.approvals.find(each) for each in items if each and not tells_withdrawn(office, each)},
        place_of=place,
        exit_reason=ended,
    )


def _queue_test_copies(office: Office, preferences: Preferences, now: datetime) -> int:
    """*Only to me*: each due message once to the reply-to address, marked as a test; the real one keeps waiting."""
    due = [
        r.message for r in office.ledgerbook.records([State.QUEUED]) if r.message.due_at <= now < r.message.not_after
    ]
    return office.outbox.queue(test_copies(due, preferences), now)


def test_copies(messages: Sequence[Message], preferences: Preferences) -> list[Message]:
    """Each message as a test for the reply-to address, under a key of its own; none where no such address is set."""
    if not preferences.reply_to:
        return []
    return [
        replace(
            message,
            stream=Stream.OFFICE,
            item="test",
            step=message.file_stem,
            person_id="office",
            address=preferences.reply_to,
            to_name=preferences.sender_name,
            content=_as_test(message.content),
            reply_ref="",
            approval_item="",
            is_test=True,
        )
        for message in messages
        if message.stream is not Stream.OFFICE
    ]


def _as_test(content: Content) -> Content:
    return replace(content, subject=f"[Test] {content.subject}")
