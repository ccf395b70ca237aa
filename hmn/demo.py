"""`hmn demo`: one day of the example office, played through a real Prefect server and delivered to a folder.

The day is fixed (examples/washington/office.toml); the demo moves its own clock past the quarter of an hour after an
approval and into the afternoon, when replies arrive. A second demo goes on where the first ended and shows that nothing
happens twice. With `--connected` the same day goes through Google Sheets, Forms, Gmail and Mailchimp, whose part a
stand-in on this computer plays (`hmn.connected`). Nothing leaves this computer.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console

from network.errors import ConfigurationError

if TYPE_CHECKING:
    from hmn.connected import StandIn

_STATE = "demo.json"
# What the demo sets by itself; whatever else begins with HMN_ in the environment is another office's.
_SETTINGS = {"HMN_SEND": "live", "HMN_MAILER": "local", "HMN_INBOX": "local", "HMN_WORKBOOK": "workbook.xlsx"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One flow of the demo's day, `after` minutes from its start."""

    after: int
    flow: str


MORNING = (
    Scene(0, "members"),
    Scene(1, "inbox"),
    Scene(2, "surveys"),
    Scene(3, "goals"),
    Scene(4, "recruitment"),
    Scene(5, "newsletter"),
    Scene(6, "outbox"),
)
AFTER_APPROVAL = (Scene(25, "recruitment"), Scene(26, "newsletter"), Scene(27, "outbox"), Scene(87, "outbox"))
AFTERNOON = (
    Scene(250, "inbox"),
    Scene(251, "members"),
    Scene(252, "recruitment"),
    Scene(253, "goals"),
    Scene(254, "digest"),
    Scene(255, "outbox"),
    Scene(256, "housekeeping"),
    Scene(257, "members"),
)
AGAIN = tuple(
    Scene(minute, flow)
    for minute, flow in enumerate(
        (
            "members",
            "inbox",
            "surveys",
            "goals",
            "recruitment",
            "newsletter",
            "outbox",
            "digest",
            "outbox",
            "housekeeping",
            "members",
        ),
        start=1,
    )
)


class Outside(Protocol):
    """What surrounds the demo's office: where mail arrives, and clocks that must show the demo's day."""

    settings: dict[str, str]

    def at(self, moment: datetime) -> None:
        """It is this moment now."""

    def receive(self, name: str, mail: bytes) -> bool:
        """Puts one mail into the office's mailbox; False when it was there."""


def play(folder: Path, *, fresh: bool, keep: bool, as_of: datetime | None) -> int:
    """Plays the day, or goes on in an office that has played it, and prints the closing table; returns an exit code."""
    console = Console()
    office = folder.absolute()
    is_new = furnish(office, fresh=fresh)
    start = (as_of or _clock(office)).astimezone(UTC)
    outside = OnDisk(office)
    _enter(office, outside.settings)
    from hmn.summary import print_summary, state_of

    before = state_of(office, start)
    with _dashboard(console, folder, office, keep=keep) as url:
        end = _first_day(console, office, start, outside) if is_new else _scenes(console, start, AGAIN, outside)
        _remember(office, end)
        print_summary(console, office, end, before=None if is_new else before, dashboard=url if keep else "")
    return 0


def play_connected(folder: Path, *, as_of: datetime | None) -> int:
    """Plays the day through Google and Mailchimp, always from its start: the stand-in keeps nothing."""
    from hmn.connected import stand_in

    console = Console()
    office = folder.absolute()
    furnish(office, fresh=True)
    start = (as_of or _clock(office)).astimezone(UTC)
    with stand_in() as outside:
        outside.type_workbook(office / "workbook.xlsx")
        _put_up_form(outside, office)
        _enter(office, outside.settings)
        outside.at(start)
        _adopt_sheet(console)
        from hmn.summary import print_seen, print_summary

        with _dashboard(console, folder, office, keep=False):
            end = _first_day(console, office, start, outside)
            outside.save_mails(office / "outbox")
            print_summary(console, office, end, before=None, dashboard="")
            print_seen(console, outside.seen())
    return 0


def furnish(office: Path, *, fresh: bool) -> bool:
    """Makes the example office if there is none; True when it is new. Never touches a folder that is no demo office."""
    from examples.build import build_workbook
    from hmn.server import stop_kept

    if office.exists() and any(office.iterdir()) and not (office / _STATE).exists():
        raise ConfigurationError(f"{office.name} is not a demo office; please name another folder with --office.")
    if fresh and office.exists():
        stop_kept(office)
        shutil.rmtree(office)
    if (office / _STATE).exists():
        return False
    office.mkdir(parents=True, exist_ok=True)
    with as_file(files("examples") / "washington") as example:
        about = tomllib.loads((example / "office.toml").read_text(encoding="utf-8"))
        build_workbook(example, office / "workbook.xlsx")
        (office / "surveys").mkdir(exist_ok=True)
        shutil.copy(example / about["survey"]["responses"], office / "surveys" / f"{about['survey']['name']}.csv")
        shutil.copy(example / about["goals"]["history"], office / "goals-history.csv")
    for part in ("cur", "new", "tmp"):
        (office / "inbox" / part).mkdir(parents=True, exist_ok=True)
    _remember(office, about["as_of"])
    return True


def deliver_replies(receive: Callable[[str, bytes], bool], until: datetime) -> int:
    """Hands over the example's replies that have arrived by `until`; returns how many were new."""
    arrived = 0
    with as_file(files("examples") / "washington" / "replies") as replies:
        for file in sorted(replies.glob("*.eml")):
            body = file.read_bytes()
            sent = message_from_bytes(body, policy=policy.default)["Date"]
            if parsedate_to_datetime(str(sent)) <= until:
                arrived += receive(file.name, body)
    return arrived


class OnDisk:
    """The outside of an office that needs no account: a maildir, and no clock but the office's."""

    def __init__(self, office: Path) -> None:
        self.settings = dict(_SETTINGS)
        self._inbox = office / "inbox"

    def at(self, moment: datetime) -> None:
        """Files have no clock."""

    def receive(self, name: str, mail: bytes) -> bool:
        place = self._inbox / "new" / name
        if place.exists() or (self._inbox / "cur" / f"{name}:2,S").exists():
            return False
        place.write_bytes(mail)
        return True


@contextmanager
def _dashboard(console: Console, folder: Path, office: Path, *, keep: bool) -> Iterator[str]:
    """The Prefect server while the demo plays, and beyond it when `keep` says so."""
    from hmn.server import start_server

    console.print(f"The office stands in [bold]{folder}[/]. Starting the Prefect server ...")
    with console.status("The server is starting (about 20 seconds)"):
        server = start_server(office)
    try:
        yield server.url
    finally:
        if not keep:
            server.stop()
    if keep:
        console.print(f"The dashboard stays up at {server.url} (process {server.pid}).")


def _put_up_form(outside: StandIn, office: Path) -> None:
    """The survey is read from a Google Form instead of the file in the office."""
    with as_file(files("examples") / "washington") as example:
        survey = tomllib.loads((example / "office.toml").read_text(encoding="utf-8"))["survey"]
        outside.put_up_form(survey["name"], example / "survey-questions.csv", example / survey["responses"])
    (office / "surveys" / f"{survey['name']}.csv").unlink()


def _adopt_sheet(console: Console) -> None:
    """What `hmn init --job all` does to the Google Sheet that was typed."""
    from integrations.wiring import furnish_workbook
    from network.furniture import JOBS, first_tabs, later_tabs

    done = furnish_workbook([*first_tabs(), *later_tabs(JOBS)], dry_run=False)
    console.print(f"The Google Sheet was adopted in {len(done.steps)} steps.")


def _first_day(console: Console, office: Path, start: datetime, outside: Outside) -> datetime:
    _take_in_history(office, start)
    _scenes(console, start, MORNING, outside)
    _approve(console, start + timedelta(minutes=8))
    _scenes(console, start, AFTER_APPROVAL, outside)
    afternoon = start + timedelta(minutes=AFTERNOON[0].after)
    outside.at(afternoon)
    arrived = deliver_replies(outside.receive, afternoon)
    console.print(f"  {_hour(afternoon)}  {arrived} replies have arrived in the mailbox.")
    return _scenes(console, start, AFTERNOON, outside)


def _scenes(console: Console, start: datetime, scenes: tuple[Scene, ...], outside: Outside) -> datetime:
    from flows.rounds import play_round

    moment = start
    for scene in scenes:
        moment = start + timedelta(minutes=scene.after)
        outside.at(moment)
        began = time.monotonic()
        with console.status(f"{_hour(moment)}  {scene.flow}"):
            said = play_round(scene.flow, as_of=moment)
        console.print(f"  {_hour(moment)}  {said} [dim]({time.monotonic() - began:.1f} s)[/]")
    return moment


def _take_in_history(folder: Path, moment: datetime) -> None:
    """The goals' values from before the network began to measure by itself."""
    from integrations.wiring import open_office
    from network.jobs.goals import import_history

    with (folder / "goals-history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open_office(as_of=moment) as office:
        import_history(office, rows)


def _approve(console: Console, moment: datetime) -> None:
    """Gives every approval that was asked for, through the same port as *To do* and `hmn approve`."""
    from integrations.wiring import open_office
    from network.approvals import Approval, Decision

    with open_office(as_of=moment) as office:
        questions = office.approvals.pending()
        for question in questions:
            office.approvals.decide(
                Approval(
                    question.item,
                    question.fingerprint,
                    Decision.APPROVED,
                    "demo leader",
                    moment,
                    question.addressees,
                )
            )
    console.print(f"  {_hour(moment)}  The demo leader approves {len(questions)} letters and issues.")


def _enter(office: Path, settings: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("HMN_")]:
        del os.environ[name]
    os.environ.update(settings, HMN_HOME=str(office))


def _clock(office: Path) -> datetime:
    return datetime.fromisoformat(json.loads((office / _STATE).read_text(encoding="utf-8"))["clock"])


def _remember(office: Path, moment: datetime) -> None:
    (office / _STATE).write_text(json.dumps({"clock": moment.isoformat()}), encoding="utf-8")


def _hour(moment: datetime) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo('America/Los_Angeles')):%H:%M}"
