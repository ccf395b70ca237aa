"""Sends what is due: reads what is stale, repairs what a crash left, then claim by claim until nothing is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from network import tabs
from network.cadence import Place, place_of
from network.consent import ConsentFacts
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.exits import NOBODY, colleagues_of, exit_reason
from network.members import Person
from network.messages import Balance, Claim, Content, Fate, Message, MessageRecord, Receipt, State, Stream
from network.outbox import BATCH, LastLook, is_fresh, limits_at, was_away
from network.ports import Event, Handle, Office
from network.preferences import Preferences, Sending
from network.programs import ProgramType
from network.reports import Page, count, table
from network.settings_rows import parse_settings
from network.tasks import NewTask, TaskKind, TaskState

READ_SHEET = "read.sheet"
READ_INBOX = "read.inbox"
SHEET_VERSION = "sheet.version"
LAST_RUN = "outbox.last_run"
STOPPED = "stopped"
BREAKER = "breaker"  # a reading of the sheet is held, see `members`

_FAULTS_THAT_END_A_RUN = 3


@dataclass(slots=True)
class OutboxReport:
    """What one run of the outbox did and how the whole ledger balances after it."""

    balance: Balance = field(default_factory=Balance)
    sent: int = 0
    tests: int = 0  # copies to the reply-to address while Sending is "only to me"
    looked_up: int = 0
    not_sure: int = 0
    refused: int = 0
    held: str = ""  # why nothing was dispatched; blank when the lane ran
    dry_run: bool = False


def deliver(
    office: Office, at: datetime, *, dry_run: bool = False, refresh: Callable[[], None] | None = None
) -> OutboxReport:
    """Dispatches everything that is due and allowed, each message at most once; see `network.outbox` for the guarantee.

    `refresh` reads sheet and inbox; it is called when either reading is older than half an hour, and nothing is
    dispatched when it cannot. `at` is the start; the office's clock moves on while the batches go out.
    """
    report = OutboxReport(dry_run=dry_run)
    if dry_run or not office.is_live:
        report.held = "This was a rehearsal: nothing was sent." if dry_run else "HMN_SEND is off: nothing was sent."
    else:
        try:
            report.held = _why_not(office, at, refresh)
            _repair(office, report)
            if not report.held:
                _run_lane(office, report)
        finally:
            office.cursors.set(LAST_RUN, office.clock().isoformat(), office.clock())
    report.balance = office.ledgerbook.tally(office.clock())
    return report


def page(report: OutboxReport) -> Page:
    """The leaders' page of the outbox: how the run balances, in words and numbers."""
    balance = report.balance
    rows: list[tuple[str, int, str]] = [("Sent", balance.sent, "")]
    rows += [("Not sent on purpose", number, reason) for reason, number in sorted(balance.skipped.items())]
    rows += [("Too late to be of use", balance.missed, "")] if balance.missed else []
    rows += [("Refused", number, reason) for reason, number in sorted(balance.failed.items())]
    rows += [("Not sure it arrived", balance.to_check, "a person looks, see To do")] if balance.to_check else []
    rows += [("Waiting to go", number, reason) for reason, number in sorted(balance.waiting.items())]
    opening = report.held or f"{count(report.sent, 'mail')} went out in this run."
    text = (
        f"# Waiting to go, and gone\n\n{opening}\n\n{table(('What', 'How many', 'Why'), rows)}\n\n"
        f"All together **{balance.planned:,}** were planned, and each of them is in exactly one line above."
    )
    return Page("hmn-outbox", "Mail: what went out and what waits", text, {"sent now": report.sent})


def read_preferences(office: Office) -> Preferences:
    """The coordinator's settings as they stand in the sheet this minute; sending is off when they cannot be read."""
    try:
        reading = office.workbook.read(office.cursors.get(SHEET_VERSION))
    except NetworkError:
        return replace(office.preferences(), sending=Sending.OFF)
    if reading is None:
        return office.preferences()
    settings = tabs.understand(reading, tabs.SETTINGS)
    if settings.is_missing or settings.lacks_required:
        return replace(office.preferences(), sending=Sending.OFF)
    return parse_settings(settings.rows, tabs.understand(reading, tabs.QUIET_DATES).rows)


def _why_not(office: Office, at: datetime, refresh: Callable[[], None] | None) -> str:
    if office.cursors.get(STOPPED):
        return "Somebody typed: stop everything. Nothing goes out until a leader answers go in To do."
    paused = office.lanes.state(office.mailer.lane).paused
    if paused:
        _open_pause_task(office, at, paused)
        return f"This lane is paused: {paused}"
    others = office.lanes.others(office.mailer.lane)
    if others:
        return (
            f"This office has already sent through {', '.join(others)}. To send through {office.mailer.lane}, start a "
            "clean ledger with: hmn takeover"
        )
    stale = _stale(office, refresh)
    if office.cursors.get(BREAKER):
        return "So much changed in Members at once that nothing goes out until somebody answers the question in To do."
    return stale or _away(office, at)


def _stale(office: Office, refresh: Callable[[], None] | None) -> str:
    now = office.clock()
    if all(is_fresh(office.cursors.get(name), now) for name in (READ_SHEET, READ_INBOX)):
        return ""
    try:
        if refresh is not None:
            refresh()
    except NetworkError as err:
        return f"The sheet or the mailbox could not be read, so nothing went out. {err}"
    if not all(is_fresh(office.cursors.get(name), office.clock()) for name in (READ_SHEET, READ_INBOX)):
        return "The sheet or the mailbox was not read within the last 30 minutes, so nothing went out."
    return ""


def _away(office: Office, at: datetime) -> str:
    """After more than a day away nothing goes until somebody says so: what was right last week may be wrong today."""
    last_run = office.cursors.get(LAST_RUN)
    away = was_away(last_run, at)
    key = f"after-pause/{last_run}"
    if away is not None:
        too_late = sum(r.message.not_after <= at for r in office.ledgerbook.records([State.QUEUED]))
        due = sum(r.message.due_at <= at < r.message.not_after for r in office.ledgerbook.records([State.QUEUED]))
        if not due:
            return ""
        what = (
            f"We were away {count(away.days, 'day')}. {count(due, 'mail is', 'mails are')} waiting, {too_late} "
            f"{'is' if too_late == 1 else 'are'} too old and will not go. Type go."
        )
        office.tasks.open([NewTask(key, TaskKind.AFTER_PAUSE, what, "After a pause we ask before we send.")], at)
    for task in office.tasks.all():
        if task.kind is TaskKind.AFTER_PAUSE and task.state is TaskState.OPEN:
            return task.what
    return ""


def _open_pause_task(office: Office, at: datetime, paused: str) -> None:
    office.tasks.open(
        [NewTask(f"paused/{office.mailer.lane}/{paused}", TaskKind.AFTER_PAUSE, f"Sending is paused: {paused}", "")], at
    )


def _repair(office: Office, report: OutboxReport) -> None:
    """Looks up every dispatch whose answer is unknown: expired ones, and those nobody was sure about."""
    unclear = [*office.ledgerbook.expire(office.clock()), *office.ledgerbook.records([State.TO_CHECK])]
    for record in unclear:
        report.looked_up += 1
        handle = Handle(record.message.key, record.handle)
        try:
            fate = office.mailer.outcome(handle)
        except NetworkError:
            fate = Fate.UNKNOWN
        now = office.clock()
        if fate is Fate.SENT:
            receipt = Receipt(office.mailer.lane, record.handle.get("file", ""), now, {"found": "looked up later"})
            if office.ledgerbook.resolve(record, State.SENT, now, receipt=receipt):
                _tell(office, record.message, "sent", "It had gone out: found when we looked.", now)
        elif fate is Fate.NOT_SENT:
            office.ledgerbook.resolve(record, State.QUEUED, now)
        elif record.state is State.DISPATCHING and office.ledgerbook.resolve(record, State.TO_CHECK, now):
            _ask_person(office, record, now)
            report.not_sure += 1


def _run_lane(office: Office, report: OutboxReport) -> None:
    owner = office.new_id()
    faults = 0
    while faults < _FAULTS_THAT_END_A_RUN:
        now = office.clock()
        preferences = read_preferences(office)
        if preferences.sending is Sending.OFF:
            report.held = "Sending is off in Settings: nothing was sent."
            return
        if preferences.sending is Sending.ONLY_TO_ME:
            report.tests += _queue_test_copies(office, preferences, now)
        today = now.astimezone(ZoneInfo(preferences.time_zone)).date()
        limits = limits_at(now, preferences, office.mailer.lane, office.lanes.begin(office.mailer.lane, today))
        claims = office.outbox.claim(owner, BATCH, now, limits)
        if not claims:
            return
        handles = _prepare(office, claims)
        look = _last_look(office, preferences, now)
        for claim in office.outbox.start([each for each in claims if each.message.key in handles], now, look):
            if not _send(office, claim, handles[claim.message.key], report):
                faults += 1
        faults += len(claims) - len(handles)


def _prepare(office: Office, claims: Sequence[Claim]) -> dict[str, Handle]:
    handles: dict[str, Handle] = {}
    for claim in claims:
        try:
            handle = office.mailer.prepare(claim.message)
        except TransientError:
            continue  # the claim expires by itself and the message is taken again
        if office.outbox.prepare(claim, handle.values, office.clock()):
            handles[claim.message.key] = handle
    return handles


def _send(office: Office, claim: Claim, handle: Handle, report: OutboxReport) -> bool:
    """Dispatches one message and settles it; False when the lane itself seems to have a fault."""
    message = claim.message
    try:
        receipt = office.mailer.dispatch(message, handle)
    except PermanentError as err:
        report.refused += 1
        office.outbox.settle(claim, State.FAILED, office.clock(), reason=str(err))
        _tell(office, message, "refused", str(err), office.clock())
        return True
    except ConfigurationError as err:
        office.outbox.settle(claim, State.QUEUED, office.clock(), reason=str(err))
        office.lanes.pause(office.mailer.lane, str(err))
        return False
    except TransientError as err:
        if not err.request_left:
            office.outbox.settle(claim, State.QUEUED, office.clock(), reason=str(err))
            return False
        return _settle_unclear(office, claim, handle, report)
    office.outbox.settle(claim, State.SENT, office.clock(), receipt=receipt)
    report.sent += 1
    _tell(office, message, "sent", f"{message.step} of {message.item} went out.", office.clock())
    return True


def _settle_unclear(office: Office, claim: Claim, handle: Handle, report: OutboxReport) -> bool:
    fate = office.mailer.outcome(handle)
    now = office.clock()
    if fate is Fate.SENT:
        office.outbox.settle(
            claim, State.SENT, now, receipt=Receipt(office.mailer.lane, "", now, {"found": "looked up"})
        )
        report.sent += 1
        return True
    if fate is Fate.NOT_SENT:
        office.outbox.settle(claim, State.QUEUED, now)
        return False
    office.outbox.settle(claim, State.TO_CHECK, now, reason="no clear answer")
    report.not_sure += 1
    record = office.ledgerbook.find(claim.message.key)
    if record is not None:
        _ask_person(office, record, now)
    return False


def _last_look(office: Office, preferences: Preferences, now: datetime) -> LastLook:
    programs = {program.id: program for program in office.programs.all()}
    items = {record.message.approval_item for record in office.ledgerbook.records([State.CLAIMED])}
    colleagues = colleagues_of(office.people.all(), office.enrollments.all())

    def place(person: Person) -> Place:
        program = programs.get(person.recipient_id or "")
        keeps_season = program is not None and ProgramType.MSHS in program.types
        return place_of(person.member.state, program, keeps_season=keeps_season)

    def ended(message: Message, person: Person, facts: ConsentFacts) -> str:
        return exit_reason(message, person, facts, colleagues.get(person.id, NOBODY))

    return LastLook(
        now=now,
        preferences=preferences,
        approvals={item: office.approvals.find(item) for item in items if item},
        place_of=place,
        exit_reason=ended,
    )


def _queue_test_copies(office: Office, preferences: Preferences, now: datetime) -> int:
    """*Only to me*: each due message once to the reply-to address, marked as a test; the real one keeps waiting."""
    if not preferences.reply_to:
        return 0
    due = [
        r.message for r in office.ledgerbook.records([State.QUEUED]) if r.message.due_at <= now < r.message.not_after
    ]
    copies = [
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
        for message in due
        if message.stream is not Stream.OFFICE
    ]
    return office.outbox.queue(copies, now)


def _as_test(content: Content) -> Content:
    return replace(content, subject=f"[Test] {content.subject}")


def _ask_person(office: Office, record: MessageRecord, now: datetime) -> None:
    message = record.message
    what = f"Not sure it arrived: {message.step} to {message.to_name or message.person_id}. Type retry or drop."
    why = "The answer to our sending was lost. Look in the Sent folder; if it is not there, retry sends it once more."
    key = f"check/{message.key}/{record.attempt}"
    office.tasks.open([NewTask(key, TaskKind.CHECK_DELIVERY, what, why, subject=message.key)], now)


def _tell(office: Office, message: Message, kind: str, words: str, now: datetime) -> None:
    if message.stream is not Stream.OFFICE:
        office.events.add([Event(now, kind, words, message.person_id, message.key)])
