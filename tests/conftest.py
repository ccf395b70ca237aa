"""What every test stands on: an environment of its own, steady examples, and the shared data when it is there.

The environment is set while this file is imported, before anything can import Prefect, which reads it once.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).parents[2] / "shared"

_prefect_home = tempfile.TemporaryDirectory(prefix="hmn-prefect-", ignore_cleanup_errors=True)


def _take_leave_of_the_machine() -> None:
    """Nothing of the person's own offices, Prefect profiles or analytics reaches a test; each worker has its own."""
    for name in list(os.environ):
        if name.startswith(("HMN_", "PREFECT_")) and not name.startswith("HMN_TEST_"):
            del os.environ[name]
    os.environ.update(
        DO_NOT_TRACK="1",
        PREFECT_HOME=_prefect_home.name,
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_CLI_PROMPT="false",
        MPLBACKEND="agg",
    )


_take_leave_of_the_machine()

_WITH_LONG = bool(os.environ.get("HMN_TEST_LONG"))
# `make test` shows the same examples on every machine; `--hypothesis-profile thorough` looks for new ones.
_slow_machines = [HealthCheck.too_slow]
settings.register_profile("ci", max_examples=40, derandomize=True, deadline=None, suppress_health_check=_slow_machines)
settings.register_profile("thorough", max_examples=1000, deadline=None, suppress_health_check=_slow_machines)
settings.load_profile("ci")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests marked `prefect` share one worker, whose server starts once; those marked `long` run when asked for."""
    # Here and not when all items stand: xdist may have read the groups by then, and would start every server twice.
    if item.get_closest_marker("prefect"):
        item.add_marker(pytest.mark.xdist_group("prefect"))
    if item.get_closest_marker("long") and not _WITH_LONG:
        item.add_marker(pytest.mark.skip(reason="takes minutes: make test-long runs it too"))


def pytest_unconfigure() -> None:
    """The temporary Prefect home leaves no trace."""
    _prefect_home.cleanup()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the project (grants, programs, messy cases), which is not committed."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not beside the project")
    return SHARED
