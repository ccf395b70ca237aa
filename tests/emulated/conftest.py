"""One stand-in for all tests here, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulated.stand_in import StandIn, running_stand_in


@pytest.fixture(scope="session")
def running() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def google(running: StandIn) -> StandIn:
    running.reset()
    return running
