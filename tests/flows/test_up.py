"""`hmn up` as a maintainer meets it: it starts, refuses a second of its kind, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from examples.build import build_workbook
from flows.environment import HOST, is_healthy, prefect_environment
from hmn.server import Process, start_server
from network.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def _a_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _up(home: Path, port: int) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "hmn", "up", "--port", str(port)],
        cwd=home.parent,
        env=environment
        | {"HMN_HOME": home.name, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _deployments(port: int) -> int:
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("POST", "/api/deployments/count", "{}", {"Content-Type": "application/json"})
        return int(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.prefect
def test_up_starts_once_and_stops_with_everything_it_started(tmp_path: Path) -> None:
    home = tmp_path / "an office"
    home.mkdir()
    build_workbook(ROOT / "examples" / "washington", home / "workbook.xlsx")
    port = _a_port()
    first = _up(home, port)
    try:
        deadline = time.monotonic() + 120
        while (
            first.poll() is None and time.monotonic() < deadline and not (is_healthy(port) and _deployments(port) > 10)
        ):
            time.sleep(0.3)
        second = _up(home, _a_port())
        said, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert said.strip() == "This office is up already, in another window or in the background."
        first.send_signal(signal.SIGTERM)
        said, _ = first.communicate(timeout=60)
    finally:
        first.kill()
    assert first.returncode == 0, said
    assert f"http://{HOST}:{port}/dashboard" in said.replace("\n", "")
    assert "America/Los_Angeles" in said  # as the sheet says, although it was never read before
    assert "Stopped. Nothing runs any more." in said
    assert not is_healthy(port)
    assert str(home) not in _environments_of_all_processes()


def _environments_of_all_processes() -> str:
    """Who still carries this office's folder in its environment; empty where the system does not tell."""
    texts = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            texts.append(place.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\0".join(texts)


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = int(other.getsockname()[1])
        with pytest.raises(ConfigurationError, match=f"Port {port} is used by another program"):
            start_server(tmp_path, port=port)
    assert not list(tmp_path.iterdir())


def test_a_child_that_hears_no_request_is_gone_all_the_same(tmp_path: Path) -> None:
    deaf = (
        "import signal, subprocess, sys, time\n"
        "for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    log = tmp_path / "log"
    process = Process([sys.executable, "-c", deaf], log)
    deadline = time.monotonic() + 20
    while not log.read_text().strip() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.stop(patience=0.3, insists=0.3)
    assert not process.is_alive
    grandchild = int(log.read_text())
    deadline = time.monotonic() + 5
    while _is_running(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(grandchild)


def _is_running(pid: int) -> bool:
    """Alive and no zombie: an orphan waits for the system's first process to collect it."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


def test_everything_of_prefect_stays_in_the_office_and_nothing_is_told_to_anybody(tmp_path: Path) -> None:
    environment = prefect_environment(tmp_path, 4321)
    assert environment["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["PREFECT_SERVER_UI_V2_ENABLED"] == "false"
