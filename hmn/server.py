"""The dashboard's server as a process of its own: started, waited for, and surely gone after use."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from flows.environment import HOST, enter, forget_address, is_healthy, known_address, prefect_home, remember_address
from network.errors import ConfigurationError

_PATIENCE = 180.0  # seconds a slow computer may take to make the database and start


class Process:
    """A child in a process group of its own, written to a log file and stopped with rising firmness."""

    def __init__(self, command: list[str], log: Path) -> None:
        with log.open("ab") as target:
            self._child = subprocess.Popen(  # noqa: S603 - the command is our own
                command, stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.pid = self._child.pid

    @property
    def is_alive(self) -> bool:
        return self._child.poll() is None

    def stop(self, *, patience: float = 15.0, insists: float = 5.0) -> None:
        """Asks, then insists, then kills the whole group; when it returns nothing of it is left."""
        for number, seconds in ((signal.SIGINT, patience), (signal.SIGTERM, insists)):
            if not self.is_alive:
                break
            _signal_group(self.pid, number)
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        # Grandchildren may have outlived an orderly end.
        _signal_group(self.pid, signal.SIGKILL)
        self._child.wait(10)


class Server:
    """The dashboard of one office: `url` for a browser, `stop()` when it was started here."""

    def __init__(self, office: Path, port: int, pid: int, process: Process | None) -> None:
        self.url = f"http://{HOST}:{port}"
        self.port = port
        self.pid = pid
        self._office = office
        self._process = process

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive if self._process else is_healthy(self.port)

    def stop(self) -> None:
        """Stops a server that was started here; one that was found running stays."""
        if self._process is not None:
            self._process.stop()
            forget_address(self._office)


def start_server(office: Path, *, port: int | None = None) -> Server:
    """Starts the office's dashboard, on a free port unless one is named, and returns when it answers.

    Afterwards this process speaks to it: flows called here appear on it, as long as Prefect had not been imported
    before. A dashboard of the same office that is already up is joined instead. Takes about 15 seconds on two
    processors. Raises ConfigurationError when the port is taken or the server does not come up.
    """
    known = known_address(office)
    if known is not None:
        enter(office, known[0])
        return Server(office, *known, None)
    if port is not None and not _is_free(port):
        raise ConfigurationError(
            f"Port {port} is used by another program. Choose another one: hmn up --port {port + 1}"
        )
    port = port or _free_port()
    enter(office, port)
    home = prefect_home(office)
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    process = Process([sys.executable, "-m", "prefect", "server", "start"], log)
    try:
        _wait(process, port, log)
    except BaseException:
        process.stop(patience=2)
        raise
    remember_address(office, port, process.pid)
    return Server(office, port, process.pid, process)


def stop_kept(office: Path) -> bool:
    """Stops a dashboard of this office that an earlier command left up; False when there was none."""
    known = known_address(office)
    if known is None:
        return False
    port, pid = known
    for number, seconds in ((signal.SIGINT, 15.0), (signal.SIGKILL, 5.0)):
        _signal_group(pid, number)
        deadline = time.monotonic() + seconds
        while is_healthy(port) and time.monotonic() < deadline:
            time.sleep(0.2)
    forget_address(office)
    return True


def _wait(process: Process, port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not is_healthy(port):
        if not process.is_alive or time.monotonic() > deadline:
            raise ConfigurationError(
                f"The dashboard did not start. What it said stands in {log.parent.name}/{log.name}."
            )
        time.sleep(0.2)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
