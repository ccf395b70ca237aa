"""`hmn up`: the dashboard and the schedule of one office, until Ctrl-C or the system says stop.

Two children: Prefect's server and the process that runs what is due. This process only watches them; it brings back the
one that died, and when it ends both are gone, whatever they were doing. A round that was cut short is safe: the next
one goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from rich.console import Console

from flows.environment import PORT, known_address, prefect_home
from flows.schedule import zone_of
from hmn.server import Process, Server, start_server
from integrations.settings import load_settings
from integrations.wiring import open_office
from network.errors import ConfigurationError

_LOOKS_EVERY = 0.5  # seconds
_QUICK_DEATH = 60.0  # a child that lived shorter than this is not brought back: something is wrong with it


def run_up(*, port: int = PORT) -> None:
    """Keeps the office's schedule running; returns after an orderly stop.

    Raises ConfigurationError when the office cannot be opened, is already up, or its port is taken.
    """
    office = load_settings().office
    if known_address(office) is not None:
        raise ConfigurationError("This office is up already, in another window or in the background.")
    zone = _time_zone()
    # The children must find the same office, wherever they stand.
    os.environ["HMN_HOME"] = str(office)
    console = Console()
    stop = _stop_when_told()
    console.print("Starting the dashboard; this takes up to half a minute ...")
    server = start_server(office, port=port)
    try:
        console.print(f"The dashboard is at {server.url}/dashboard and its pages at {server.url}/artifacts .")
        console.print(f"Hours are those of {zone}. Stop with Ctrl-C.")
        _watch(office, server, zone, stop)
    finally:
        console.print("Stopping ...")
        server.stop()
    console.print("Stopped. Nothing runs any more.")


def _watch(office: Path, server: Server, zone: str, stop: threading.Event) -> None:
    started = time.monotonic()
    schedule = _start_schedule(office, zone)
    try:
        while not stop.wait(_LOOKS_EVERY):
            if not server.is_alive:
                raise ConfigurationError("The dashboard stopped by itself; see prefect/server.log in the office.")
            if schedule.is_alive:
                continue
            if time.monotonic() - started < _QUICK_DEATH:
                raise ConfigurationError("The schedule stopped by itself; see prefect/schedule.log in the office.")
            started = time.monotonic()
            schedule = _start_schedule(office, zone)
    finally:
        schedule.stop()


def _start_schedule(office: Path, zone: str) -> Process:
    command = [sys.executable, "-m", "flows.deployments", "--time-zone", zone]
    return Process(command, prefect_home(office) / "schedule.log")


def _stop_when_told() -> threading.Event:
    """An event that Ctrl-C or SIGTERM sets; a second Ctrl-C while stopping ends the waiting too."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    return stop


def _time_zone() -> str:
    """The network's zone; opening the office here also says at once what is wrong with it."""
    with open_office() as office:
        return zone_of(office)
