"""An office played day by day in a folder of its own, with real rounds and a moved clock, and the story of each day.

The office it is copied from is only read. Who plays the people is `examples.stand_ins`; `simulate` tells the story.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from examples.stand_ins import StandIns, write_down
from integrations.settings import InboxName, MailerName, Send, Settings, load_settings
from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.messages import State, Stream
from network.sequences import EnrollmentState, Sequence
from network.simulation import PEOPLE, Beat, Script, first_day, timetable
from network.tracks import load_tracks
from network.watch import Watch

if TYPE_CHECKING:
    from network.messages import Fate, Message, Receipt
    from network.ports import Handle, Mailer, Office

SCRIPT = "simulation.toml"  # beside the workbook
_EXAMPLE = "washington"
_LEFT_BEHIND = shutil.ignore_patterns(
    "prefect*", "backups", "preview", "archive", "copies", "journal", "outbox", "inbox"
)
_MOST_NAMES = 6


@dataclass(slots=True)
class Day:
    """One day of the story."""

    day: date
    lines: list[str] = field(default_factory=list)


class Simulation:
    """An office in a folder of its own and its clock; `play` moves it on, day by day."""

    def __init__(
        self, settings: Settings, script: Script, start: datetime, *, leave_out: frozenset[str] = frozenset()
    ) -> None:
        """`settings` name a folder that may be written to; rounds in `leave_out` are not run."""
        self.settings = settings
        self.start = start
        self.clock = start
        self.watch = Watch()
        self.broken: list[str] = []
        self._leave_out = leave_out
        for part in ("cur", "new", "tmp"):
            (settings.office / "inbox" / part).mkdir(parents=True, exist_ok=True)
        with self.open(start) as office:
            self.zone = _zone_of(office)
            self.known = _Known.of(office)
        path = settings.workbook_path or settings.office / "workbook.xlsx"
        self.people = StandIns(settings.office, path, script, self._local(start).date())

    def play(self, days: int) -> Iterator[Day]:
        """Plays `days` days, the first from `start` on, and yields what each of them brought."""
        for _ in range(days):
            today = self._local(self.clock).date()
            is_first = self.clock == self.start
            beats = first_day(self.start, self.zone) if is_first else timetable(today, self.zone)
            story = Day(today)
            for number, beat in enumerate(beats):
                if beat.name not in self._leave_out:
                    # Rounds that begin together follow one another by the second, as their stages would.
                    self._play(beat, beat.at + timedelta(seconds=number), story)
            with self.open(datetime.combine(today, beats[-1].at.timetz())) as office:
                after = _Known.of(office)
                story.lines += after.since(self.known, office)
                self.known = after
            yield story
            self.clock = datetime.combine(today + timedelta(days=1), datetime.min.time(), ZoneInfo(self.zone))

    @contextmanager
    def open(self, at: datetime) -> Iterator[Office]:
        """Opens the office of the simulation as it is at `at`."""
        with open_office(self.settings, as_of=at) as office:
            others = office.lanes.others(office.mailer.lane)
            yield replace(office, mailer=_SameLane(others[0], office.mailer)) if others else office

    def _play(self, beat: Beat, at: datetime, story: Day) -> None:
        from network.jobs.rounds import walk

        if beat.name == PEOPLE:
            story.lines += self.people.act(at)
            return
        with self.open(at) as office:
            run = walk(office, beat.name, office.clock())
            if run.counts.get("sent now"):
                self.broken += self.watch.look(
                    office.ledgerbook.records([State.SENT]),
                    {person.id: person for person in office.people.all()},
                    {program.id: program for program in office.programs.all()},
                    office.enrollments.all(),
                    office.preferences(),
                )

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))


@dataclass(slots=True)
class _SameLane:
    """The folder lane under the name of the lane that this office used until now."""

    lane: str
    mailer: Mailer

    def prepare(self, message: Message) -> Handle:
        return self.mailer.prepare(message)

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        return self.mailer.dispatch(message, handle)

    def outcome(self, handle: Handle) -> Fate:
        return self.mailer.outcome(handle)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the office knew at the end of a day, so that the next one can say what is new."""

    sent: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    ended: frozenset[tuple[str, str, str]] = frozenset()
    members: frozenset[str] = frozenset()

    @classmethod
    def of(cls, office: Office) -> _Known:
        ended = [each for each in office.enrollments.all() if each.state is EnrollmentState.ENDED]
        return cls(
            frozenset(record.message.key for record in office.ledgerbook.records([State.SENT])),
            frozenset(task.ref for task in office.tasks.all()),
            frozenset((each.person_id, each.track, each.cycle) for each in ended),
            frozenset(person.id for person in office.people.all() if person.is_active_member),
        )

    def since(self, before: _Known, office: Office) -> list[str]:
        """The day's lines: what went out to whom, who came to an end of which track and why, what people must do."""
        names = {person.id: person.member.full_name or person.id for person in office.people.all()}
        tracks = load_tracks(office.words.read)
        mails: dict[str, list[str]] = defaultdict(list)
        for record in office.ledgerbook.records([State.SENT]):
            if record.message.key not in before.sent:
                mails[_mail_name(record.message, tracks)].append(names.get(record.message.person_id, ""))
        lines = [f"Went out: {what}{_to_whom(who)}" for what, who in mails.items()]
        lines += [
            f"{names.get(each.person_id, 'Somebody forgotten')}: {tracks[each.track].title} ended, {each.reason}"
            for each in office.enrollments.all()
            if (each.person_id, each.track, each.cycle) in self.ended - before.ended
        ]
        lines += [f"{names[each]} is a member now" for each in sorted(self.members - before.members) if before.members]
        lines += [
            f"{task.ref}{f' for {task.who}' if task.who else ''}: {task.what}"
            for task in office.tasks.all()
            if task.ref not in before.tasks
        ]
        return lines


# --- the copy --------------------------------------------------------------------------------------------------------


def copy_office(
    settings: Settings, folder: Path, *, example: bool, as_of: datetime | None
) -> tuple[Settings, datetime]:
    """A copy of the office that may be written to, and the moment from which it is played."""
    path = settings.workbook_path
    is_there = settings.office.exists() and (path is None or path.exists())
    if example or not is_there:
        start = furnish_example(folder)
        if not example:
            print("There is no office yet, so this is the example of Washington State.", file=sys.stderr)
    else:
        shutil.copytree(settings.office, folder, ignore=_LEFT_BEHIND)
        start = as_of or datetime.now(UTC)
        if settings.ledger_url is not None:
            raise ConfigurationError(
                "hmn simulate copies the ledger's file and cannot copy a database server. Restore a backup into a file "
                "first, or try the example with --example."
            )
        if path is None:
            _write_down(settings, folder / "workbook.xlsx")
        elif path.parent != settings.office:
            shutil.copy(path, folder / "workbook.xlsx")
    name = "workbook.xlsx" if path is None or not is_there or example or path.parent != settings.office else path.name
    copied = load_settings(
        home=folder,
        workbook=name,
        send=Send.LIVE,
        mailer=MailerName.LOCAL,
        inbox=InboxName.LOCAL,
        ledger_url=None,
        mailchimp_api_key=None,
        forms=(),
        unsubscribe_url=None,
        check_links=False,
    )
    return copied, as_of or start


def furnish_example(folder: Path) -> datetime:
    """Puts the example office into a new folder; returns the moment at which it begins."""
    from examples.build import build_workbook

    folder.mkdir(parents=True)
    with as_file(files("examples") / _EXAMPLE) as example:
        about = tomllib.loads((example / "office.toml").read_text(encoding="utf-8"))
        build_workbook(example, folder / "workbook.xlsx")
        shutil.copy(example / SCRIPT, folder / SCRIPT)
        (folder / "surveys").mkdir()
        shutil.copy(example / about["survey"]["responses"], folder / "surveys" / f"{about['survey']['name']}.csv")
    start: datetime = about["as_of"]
    return start


def _write_down(settings: Settings, target: Path) -> None:
    """Writes the sheet, as it stands now, into a workbook of its own."""
    with open_office(settings) as office:
        reading = office.workbook.read(None)
    if reading is not None:
        write_down(reading, target)


def _zone_of(office: Office) -> str:
    from network.jobs.lane import read_preferences

    return read_preferences(office).time_zone


# --- the story ------------------------------------------------------------------------------------------------------


def _mail_name(message: Message, tracks: Mapping[str, Sequence]) -> str:
    if message.stream is Stream.OFFICE:
        return "mail to the leaders"
    track = tracks.get(message.item.split("-")[0])
    for step in track.steps if track else ():
        if track is not None and message.stream == track.stream and step.id == message.step.removesuffix("-again"):
            return f"{step.title} ({track.title})"
    return f"{message.stream}, {message.item}"


def _to_whom(who: list[str]) -> str:
    named = [each for each in who if each]
    if len(named) > _MOST_NAMES or not named:
        return f", {len(who)} times" if len(who) > 1 else ""
    return f" to {', '.join(named)}"
