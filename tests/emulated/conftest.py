"""One stand-in for all tests here, emptied before each, and a sheet of an office at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.ledger.engine import Ledger
from tests.contract.ledgers import a_ledger
from tests.emulated.google_sheet import GoogleSheet
from tests.emulated.stand_in import StandIn, running_stand_in


@pytest.fixture(scope="session")
def running() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def google(running: StandIn) -> StandIn:
    running.reset()
    return running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def sheet(google: StandIn, ledger: Ledger, tmp_path: Path) -> GoogleSheet:
    return GoogleSheet(google, ledger, tmp_path)
