"""One real Prefect server for every test of this folder, and one office made from the example of Washington State.

Prefect is imported inside fixtures and tests, so that collecting the tests costs nothing and the environment comes
first.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from examples.build import build_workbook

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from hmn.server import Server

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "washington"


Found = TypeVar("Found")


@pytest.fixture(scope="session")
def wait_for() -> Callable[[Callable[[], Found], float], Found]:
    """Asks again until the answer is not empty, or gives the last one after so many seconds."""

    def ask(question: Callable[[], Found], seconds: float) -> Found:
        deadline = time.monotonic() + seconds
        while not (answer := question()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return answer

    return ask


def furnish(home: Path) -> Path:
    """A new office with the example's workbook and survey."""
    home.mkdir()
    build_workbook(EXAMPLE, home / "workbook.xlsx")
    (home / "surveys").mkdir()
    shutil.copy(EXAMPLE / "survey-responses.csv", home / "surveys" / "Member feedback.csv")
    return home


@pytest.fixture(scope="session")
def office_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office whose dashboard is up; its path holds a space, as people's folders do."""
    return furnish(tmp_path_factory.mktemp("flows") / "our office")


@pytest.fixture(scope="module")
def example_office(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A second office, untouched so far, whose flows of this process show on the same dashboard."""
    before = os.environ["HMN_HOME"]
    home = furnish(tmp_path_factory.mktemp("example") / "office")
    os.environ["HMN_HOME"] = str(home)
    yield home
    os.environ["HMN_HOME"] = before


@pytest.fixture(scope="session")
def server(office_home: Path) -> Iterator[Server]:
    """The office's dashboard, started as `hmn demo` and `hmn up` start it."""
    from hmn.server import start_server

    before = dict(os.environ)
    # The runner looks for work every ten seconds, which nobody wants to wait for in a test.
    os.environ.update(HMN_HOME=str(office_home), HMN_SEND="live")
    started = start_server(office_home)
    os.environ["PREFECT_RUNNER_POLL_FREQUENCY"] = "1"
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_HOME,
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
        temporary_settings,
    )

    # Another test of this process may have imported Prefect before, which then keeps what it read.
    ours = {
        PREFECT_API_URL: os.environ["PREFECT_API_URL"],
        PREFECT_HOME: Path(os.environ["PREFECT_HOME"]),
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    try:
        with temporary_settings(ours):
            yield started
            APILogHandler().flush()  # lines that are still on their way would find no server
    finally:
        started.stop()
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def client(server: Server) -> Iterator[SyncPrefectClient]:
    """Prefect's API, as the dashboard uses it."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client
