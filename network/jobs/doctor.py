"""`hmn doctor`: looks at everything the office needs and says what a person must do. Sends nothing, plans nothing.

What only the machine knows (disk, environment) is handed in as a `Machine`. Whatever cannot be looked at is a finding
of its own, so that one broken part hides no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from network.cadence import local_day, say_day
from network.errors import NetworkError
from network.guard import Standing, judge, why_held
from network.jobs import guard
from network.jobs.audience import SINCE
from network.jobs.housekeeping import LAST_BACKUP
from network.jobs.inbox import CURSOR
from network.jobs.members import FIRST_SYNC, READ_SHEET
from network.jobs.outbox import LAST_RUN, READ_INBOX
from network.ports import Greets, Office
from network.preferences import Sending
from network.settings_rows import parse_settings
from network.tabs import MEMBERS, QUIET_DATES, SETTINGS, TO_DO, Reading, understand

_WITHOUT_BACKUP = timedelta(days=7)
_QUIET_FOR = timedelta(hours=26)  # a day, a night, and a run that is late
_AHEAD = timedelta(minutes=10)  # what a clock may be off
_ENOUGH = 500 * 2**20  # bytes
_LAST_LOOK = "doctor.last"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the rules cannot see for themselves."""

    free_bytes: int
    keeps_backups: bool  # False: the ledger is on a database server, which is backed up there
    remarks: tuple[str, ...] = ()  # sentences about settings that mean nothing


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the page: what was looked at, whether it is fine, and what was found or must be done."""

    what: str
    is_fine: bool
    sentence: str


def look_over(office: Office, machine: Machine, at: datetime) -> list[Finding]:
    """Looks at each part once; the order is the order in which to mend."""
    known = Finding("Settings (.env)", True, "Every HMN_ setting is one that we know.")
    findings = [Finding("Settings (.env)", False, remark) for remark in machine.remarks] or [known]
    findings += [_clock(office, at), _disk(machine), _ledger(office, at)]
    reading, sheet = _sheet(office)
    findings += sheet
    findings += [_guard(office, reading)] if reading is not None else []
    findings += list(_choices(office, reading))
    findings += [_inbox(office), _lane(office)]
    if office.audience is not None:
        findings.append(_newsletter(office))
    return [*findings, _backup(office, machine, at), *_runs(office, at)]


def _clock(office: Office, at: datetime) -> Finding:
    moments = [_at(office, name) for name in (READ_SHEET, READ_INBOX, LAST_RUN, LAST_BACKUP)]
    latest = max((moment for moment in moments if moment is not None), default=at)
    if latest > at + _AHEAD:
        day = say_day(local_day(latest, office.preferences()))
        return Finding("Clock", False, f"This computer's clock is behind what it showed on {day}. Please set it right.")
    return Finding("Clock", True, f"It is {at:%Y-%m-%d %H:%M} UTC here.")


def _disk(machine: Machine) -> Finding:
    free = f"{machine.free_bytes / 2**30:.1f} GB"
    if machine.free_bytes < _ENOUGH:
        return Finding("Disk", False, f"Only {free} are left. Please make room: older files in backups/ may go.")
    return Finding("Disk", True, f"{free} are free.")


def _ledger(office: Office, at: datetime) -> Finding:
    def write() -> str:
        office.cursors.set(_LAST_LOOK, at.isoformat(), at)
        return f"It can be read and written; {len(office.people.all())} people are known."

    return _tried("Ledger", write)


def _sheet(office: Office) -> tuple[Reading | None, list[Finding]]:
    try:
        reading = office.workbook.read(None)
    except NetworkError as err:
        return None, [Finding("Sheet", False, str(err))]
    if reading is None:
        return None, [Finding("Sheet", False, "The sheet gave no answer. Please try again.")]
    wrong = []
    for spec in (MEMBERS, SETTINGS, TO_DO):
        tab = understand(reading, spec)
        if tab.is_missing:
            wrong.append(f"The tab {spec.title} is missing. hmn init makes it.")
        wrong += tab.problems
    wrong += [remark for remark in reading.remarks if "second copy" in remark]
    return reading, [Finding("Sheet", False, each) for each in wrong] or [
        Finding("Sheet", True, f"It was read: {len(reading.tabs)} tabs, every header that we need.")
    ]


def _guard(office: Office, reading: Reading) -> Finding:
    memory = guard.recall(office)
    verdict = judge(reading.guard, memory)
    sentence = why_held(verdict, memory)
    if sentence:
        return Finding("Guard", False, sentence)
    if verdict.standing is Standing.NOBODYS:
        return Finding("Guard", True, "Nobody runs this sheet yet; the first hmn run members writes our guard.")
    return Finding("Guard", True, "This computer runs the sheet.")


def _choices(office: Office, reading: Reading | None) -> Iterator[Finding]:
    """What the coordinator must have typed before anything can leave; as it stands now where the sheet can be read."""
    chosen = office.preferences()
    if reading is not None and not (tab := understand(reading, SETTINGS)).lacks_required:
        chosen = parse_settings(tab.rows, understand(reading, QUIET_DATES).rows)
    wanted = {
        "Sender address": chosen.sender_address,
        "Postal address": chosen.postal_address,
        "Approvers": chosen.approvers,
        "Technical contact": chosen.technical_contact,
    }
    missing = [name for name, value in wanted.items() if not value]
    for problem in chosen.problems:
        yield Finding("Settings tab", False, problem)
    for name in missing:
        yield Finding("Settings tab", False, f"{name} is blank. Please type it in Settings.")
    try:
        ZoneInfo(chosen.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding("Time zone", False, "The Time zone in Settings is none. Type one like America/Los_Angeles.")
    else:
        yield Finding("Time zone", True, f"{chosen.time_zone}.")
    if not missing and not chosen.problems:
        yield Finding("Settings tab", True, "Sender, postal address, approvers and technical contact are there.")
    live = "HMN_SEND is live" if office.is_live else "HMN_SEND is off"
    said = "on" if chosen.sending is Sending.ON else str(chosen.sending)
    yield Finding("Sending", True, f"{live}; Sending in the sheet is {said}.")


def _inbox(office: Office) -> Finding:
    def read() -> str:
        office.inbox.fetch(office.cursors.get(CURSOR))
        return "The mailbox can be read."

    return _tried("Inbox", read)


def _lane(office: Office) -> Finding:
    lane = office.mailer

    def greet() -> str:
        if isinstance(lane, Greets):
            return lane.greet()
        return f"The lane {lane.lane} cannot be greeted."

    paused = office.lanes.state(lane.lane).paused
    if paused:
        return Finding("Mail out", False, f"The lane is paused: {paused} Mend that, then answer go in To do.")
    return _tried("Mail out", greet)


def _newsletter(office: Office) -> Finding:
    def read() -> str:
        if office.audience is not None:
            office.audience.changes(office.cursors.get(SINCE))
        return "The newsletter's provider answers."

    return _tried("Newsletter", read)


def _backup(office: Office, machine: Machine, at: datetime) -> Finding:
    if not machine.keeps_backups:
        said = "The ledger is on a database server. See to it that it is backed up there every night (pg_dump)."
        return Finding("Backup", True, said)
    last = _at(office, LAST_BACKUP)
    since = last or _at(office, FIRST_SYNC)
    if since is not None and at - since >= _WITHOUT_BACKUP:
        when = f"for {(at - since).days} days"
        return Finding("Backup", False, f"No backup was made {when}. Type hmn backup, and let hmn up run at night.")
    if last is None:
        return Finding("Backup", True, "None yet; the first night makes one, or hmn backup now.")
    return Finding("Backup", True, f"The last was made on {say_day(local_day(last, office.preferences()))}.")


def _runs(office: Office, at: datetime) -> Iterator[Finding]:
    for name, cursor, command in (
        ("Last reading of the sheet", READ_SHEET, "members"),
        ("Last reading of the mailbox", READ_INBOX, "inbox"),
    ):
        last = _at(office, cursor)
        if last is None or last.year < 2000:
            yield Finding(name, False, f"It was never read. Type hmn run {command}.")
        elif at - last > _QUIET_FOR:
            day = say_day(local_day(last, office.preferences()))
            yield Finding(name, False, f"That was on {day}. Is hmn up still running? By hand: hmn run {command}")
        else:
            yield Finding(name, True, f"{say_day(local_day(last, office.preferences()))}.")


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except NetworkError as err:
        return Finding(what, False, str(err))


def _at(office: Office, cursor: str) -> datetime | None:
    text = office.cursors.get(cursor)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def is_well(findings: Sequence[Finding]) -> bool:
    """Tells whether nothing needs a person."""
    return all(finding.is_fine for finding in findings)
