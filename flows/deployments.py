"""The schedule at work: makes the deployments of the table and runs what is due, until it is told to stop.

`hmn up` starts this module as a process of its own beside the server. No work pool and no worker is needed.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, cast
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import ConcurrencyLimitConfig, State
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from flows.schedule import DEPLOYMENTS, ONE_AT_A_TIME, TAG, Deployment
from network.preferences import Preferences

AT_ONCE = 3  # Pythons beside each other; more would only wait for the same processors


def serve_schedule(time_zone: str) -> None:
    """Runs the schedule in the network's time zone; returns when the process is asked to stop.

    First it ends runs that a sudden stop of the computer left behind as running, which would keep their successors
    out, and starts once what was missed while it was off. Stopping leaves the schedules active.
    """
    runner = Runner(limit=AT_ONCE, pause_on_shutdown=False)
    # Outside of an event loop both calls of Prefect below return the thing itself, no coroutine.
    ids = {
        each.name: cast("UUID", runner.add_deployment(_deployment(each, time_zone))) for each in DEPLOYMENTS.values()
    }
    with get_client(sync_client=True) as client:
        end_left_behind(client)
        start_missed(client, ids, datetime.now(UTC))
    try:
        asyncio.run(runner.start())
    except KeyboardInterrupt:
        return


def scheduled_deployments(time_zone: str) -> list[RunnerDeployment]:
    """Every deployment of the table as `hmn up` makes it, with module paths as entry points."""
    return [_deployment(each, time_zone) for each in DEPLOYMENTS.values()]


def end_left_behind(client: SyncPrefectClient) -> int:
    """Marks runs that were under way when the computer stopped; returns how many. Only for a server of our own."""
    under_way = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}})
    left = client.read_flow_runs(flow_run_filter=under_way, limit=200)
    stopped: State[Any] = Crashed(message="The computer stopped before this run ended. The next one does its work.")
    for run in left:
        client.set_flow_run_state(run.id, stopped, force=True)
    return len(left)


def start_missed(client: SyncPrefectClient, ids: dict[str, UUID], now: datetime) -> list[str]:
    """Starts once each job whose last hour passed within its grace without a run; returns their names."""
    missed = []
    for name, each in DEPLOYMENTS.items():
        if not (each.cron and each.catches_up):
            continue
        due = last_due(each, client.read_deployment(ids[name]).schedules[0].schedule, now)
        if due is not None and not _has_run(client, ids[name], due):
            client.create_flow_run_from_deployment(ids[name], idempotency_key=f"{name} of {due.isoformat()}")
            missed.append(name)
    return missed


def last_due(each: Deployment, schedule: Any, now: datetime) -> datetime | None:
    """The latest hour of the schedule that has passed and is not too long ago for this job."""
    from prefect.server.schemas.schedules import CronSchedule

    cron = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    dates = asyncio.run(cron.get_dates(1000, now - each.grace, now))
    return max(dates, default=None)


def _has_run(client: SyncPrefectClient, deployment_id: UUID, since: datetime) -> bool:
    """Whether a run that began after this hour has done the work or is about to."""
    done = {"type": {"any_": ["COMPLETED", "RUNNING", "PENDING"]}}
    runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter.model_validate({"id": {"any_": [deployment_id]}}),
        flow_run_filter=FlowRunFilter.model_validate({"state": done, "expected_start_time": {"after_": since}}),
        limit=1,
    )
    return bool(runs)


def _deployment(each: Deployment, time_zone: str) -> RunnerDeployment:
    module, _, function = each.entrypoint.rpartition(".")
    found: Flow[..., Any] = getattr(import_module(module), function)
    made = found.to_deployment(
        name=each.name,
        description=each.description,
        tags=[TAG],
        schedules=[Cron(each.cron, timezone=time_zone, slug=each.name)] if each.cron else None,
        concurrency_limit=ConcurrencyLimitConfig(**ONE_AT_A_TIME) if each.is_single else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", made)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run the schedule; `hmn up` does this.")
    parser.add_argument("--time-zone", default=Preferences().time_zone)
    serve_schedule(parser.parse_args().time_zone)
