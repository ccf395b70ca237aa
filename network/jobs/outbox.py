"""Sends what is due: reads what is stale, repairs what a crash left, then claim by claim until nothing is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from network.errors import HeldError, NetworkError
from network.jobs import guard
from network.jobs.lane import ask_to_go_on, read_preferences, run_lane
from network.jobs.members import BREAKER, READ_SHEET, SHEET_VERSION
from network.jobs.unclear import repair
from network.messages import State
from network.outbox import OutboxReport, is_fresh, was_away
from network.ports import Office
from network.reports import Page, count, table
from network.tasks import NewTask, Task, TaskKind, TaskState

__all__ = ["BREAKER", "READ_SHEET", "SHEET_VERSION", "deliver", "page", "read_preferences"]

READ_INBOX = "read.inbox"
READ_AUDIENCE = "read.audience"
LAST_RUN = "outbox.last_run"
STOPPED = "stopped"

_AWAY = "after-pause"


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
        repair(office, report)
        run_lane(office, report, lambda: _why_not(office, at, refresh))
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


def _why_not(office: Office, at: datetime, refresh: Callable[[], None] | None) -> str:
    """Why nothing may go out now, in words; blank when it may."""
    held = guard.held(office) or _held_by_people(office)
    if not held:
        stale = _stale(office, refresh)
        held = _held_by_breaker(office)
        if stale and not held:
            return stale  # not a run that counts: whether we were away is asked when we can read again
        held = held or _away(office, at)
    office.cursors.set(LAST_RUN, office.clock().isoformat(), office.clock())
    return held


def _held_by_people(office: Office) -> str:
    if office.cursors.get(STOPPED):
        return "Somebody typed: stop everything. Nothing goes out until a leader answers go in To do."
    lane = office.mailer.lane
    paused = office.lanes.state(lane).paused
    if paused:
        ask_to_go_on(office, paused)
        return f"This lane is paused: {paused}"
    others = office.lanes.others(lane)
    if others:
        return (
            f"This office has already sent through {', '.join(others)}. To send through {lane}, start a clean ledger, "
            "which keeps every no, with: hmn clean-ledger"
        )
    return ""


def _held_by_breaker(office: Office) -> str:
    if office.cursors.get(BREAKER):
        return "So much changed in Members at once that nothing goes out until somebody answers the question in To do."
    return ""


def _stale(office: Office, refresh: Callable[[], None] | None) -> str:
    now = office.clock()
    # Where a provider keeps the newsletter's readers, a no may have been said there.
    readings = (READ_SHEET, READ_INBOX) if office.audience is None else (READ_SHEET, READ_INBOX, READ_AUDIENCE)
    if all(is_fresh(office.cursors.get(name), now) for name in readings):
        return ""
    try:
        if refresh is not None:
            refresh()
    except HeldError as err:
        return str(err)
    except NetworkError as err:
        return f"The sheet or the mailbox could not be read, so nothing went out. {err}"
    if not all(is_fresh(office.cursors.get(name), office.clock()) for name in readings):
        return "The sheet or the mailbox was not read within the last 30 minutes, so nothing went out."
    return ""


def _away(office: Office, at: datetime) -> str:
    """After more than a day away nothing goes until somebody says so: what was right last week may be wrong today."""
    last_run = office.cursors.get(LAST_RUN)
    away = was_away(last_run, at)
    asked = _open_question(office)
    if away is None or asked:
        return asked
    waiting = [record.message for record in office.ledgerbook.records([State.QUEUED, State.MISSED])]
    due = sum(each.due_at <= at < each.not_after for each in waiting)
    too_late = sum(at - away < each.not_after <= at for each in waiting)
    if not due:
        return ""
    what = (
        f"We were away {count(away.days, 'day')}. {count(due, 'mail is', 'mails are')} waiting, {too_late} "
        f"{'is' if too_late == 1 else 'are'} too old and will not go. Type go."
    )
    question = NewTask(f"{_AWAY}/{last_run}", TaskKind.AFTER_PAUSE, what, "After a pause we ask before we send.")
    office.tasks.open([question], at)
    return _open_question(office)


def _open_question(office: Office) -> str:
    """What is asked after a pause of any kind and not answered yet; blank when nothing is."""
    is_asked = (task.what for task in office.tasks.all() if _is_open_question(task))
    return next(is_asked, "")


def _is_open_question(task: Task) -> bool:
    return task.kind is TaskKind.AFTER_PAUSE and task.state is TaskState.OPEN
