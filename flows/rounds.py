"""Calls a flow in this process, so that the dashboard shows it: for the demo, and for `hmn run --server`.

Prefect is imported inside, after the environment says which dashboard is meant.
"""

from __future__ import annotations

import os
from datetime import datetime
from importlib import import_module

from flows.environment import enter, known_address
from flows.schedule import DEPLOYMENTS
from integrations.settings import load_settings
from network.errors import ConfigurationError, NetworkError


def play_round(name: str, *, as_of: datetime | None = None, dry_run: bool = False) -> str:
    """Runs one flow here and now and returns how it ended: "Members: fine: 54, to fix: 8."

    The dashboard must be up and this process must have entered its environment (`hmn.server.start_server` does both).
    Raises NetworkError with the run's own sentence when it failed.
    """
    # The sentence that comes back is what a person reads in the terminal; the lines go to the dashboard alone.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    module, _, function = DEPLOYMENTS[name].entrypoint.rpartition(".")
    call = getattr(import_module(module), function)
    # Somebody is watching this run, so it needs no heartbeat, whose end would cost a second.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        state = call(as_of=as_of, dry_run=dry_run, return_state=True)
    APILogHandler().flush()
    if not state.is_completed():
        raise NetworkError(state.message or f"{name} did not finish.")
    return f"{call.name.partition(':')[0]}: {state.message}"


def run_on_server(name: str, *, as_of: datetime | None = None, dry_run: bool = False) -> str:
    """Runs one flow against the dashboard that is up for this office; raises ConfigurationError when none is."""
    office = load_settings().office
    known = known_address(office)
    if known is None:
        raise ConfigurationError(
            "No dashboard is up for this office. Type hmn up in another window first, or leave out --server."
        )
    enter(office, known[0])
    return play_round(name, as_of=as_of, dry_run=dry_run)
