"""The table of the schedule, prefect.yaml that is made from it, and the functions it points to."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from flows.schedule import DEPLOYMENTS, POOL, prefect_yaml
from network.jobs.rounds import ROUNDS

ROOT = Path(__file__).parents[2]

# The schedule never changes unseen: name, entry point, hours (in the network's zone), how late, done after an absence.
SCHEDULES = """
members       flows.members.sync_members        1-59/5 7-20 * * *   0:10:00          no
inbox         flows.inbox.read_inbox            3-59/15 * * * *     0:15:00          no
recruitment   flows.recruitment.recruit         5 9 * * 1-5         7:00:00          yes
outbox        flows.outbox.send_outbox          4-59/10 7-20 * * *  0:10:00          no
newsletter    flows.newsletter.send_newsletter  10 8 * * *          8:00:00          yes
surveys       flows.surveys.read_surveys        27 * * * *          1:00:00          no
goals         flows.goals.update_goals          20 6 * * *          17:00:00         yes
digest        flows.digest.send_digest          40 7 * * 1          2 days, 0:00:00  yes
housekeeping  flows.housekeeping.keep_house     30 2 * * *          20:00:00         yes
approvals     flows.approvals.ask               -                   60 days, 0:00:00 no
programs      flows.programs.import_programs    -                   1 day, 0:00:00   no
"""


class _Strict(BaseModel):
    """Prefect drops what it does not know without a word; we do not."""

    model_config = ConfigDict(extra="forbid")


class _Schedule(_Strict):
    cron: str
    timezone: str
    slug: str


class _Limit(_Strict):
    limit: int
    collision_strategy: str


class _Pool(_Strict):
    name: str
    work_queue_name: str


class _Deployment(_Strict):
    name: str
    entrypoint: str
    description: str
    tags: list[str]
    schedules: list[_Schedule]
    concurrency_limit: _Limit | None = None
    work_pool: _Pool


class _File(_Strict):
    name: str
    pull: list[dict[str, dict[str, str]]]
    deployments: list[_Deployment]


@pytest.fixture(scope="module")
def file() -> _File:
    return _File.model_validate(yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8")))


def _function(entrypoint: str) -> Any:
    module, _, name = entrypoint.rpartition(".")
    return getattr(import_module(module), name)


def test_the_schedule_is_the_one_that_was_agreed() -> None:
    lines = [
        f"{each.name:<14}{each.entrypoint:<34}{each.cron or '-':<20}{each.grace!s:<17}"
        f"{'yes' if each.catches_up else 'no'}"
        for each in DEPLOYMENTS.values()
    ]
    assert [line.split() for line in lines] == [line.split() for line in SCHEDULES.strip().splitlines()]


def test_prefect_yaml_is_what_the_table_makes() -> None:
    assert (ROOT / "prefect.yaml").read_text(encoding="utf-8") == prefect_yaml()


def test_prefect_yaml_holds_every_flow_and_nothing_misspelt(file: _File) -> None:
    assert [each.name for each in file.deployments] == list(DEPLOYMENTS)
    assert {each.work_pool.name for each in file.deployments} == {POOL}
    scheduled = [each for each in file.deployments if each.schedules]
    assert [each.name for each in scheduled] == list(ROUNDS)
    assert {(each.concurrency_limit.limit, each.concurrency_limit.collision_strategy) for each in scheduled
            if each.concurrency_limit} == {(1, "CANCEL_NEW")}  # fmt: skip
    assert all(ZoneInfo(each.schedules[0].timezone) for each in scheduled)


@pytest.mark.prefect
def test_every_entry_point_is_a_flow_whose_parameters_hold_no_person(file: _File) -> None:
    from prefect import Flow

    extra = {"approvals": ["fingerprint"], "programs": ["path"]}
    for each in file.deployments:
        flow = _function(each.entrypoint)
        assert isinstance(flow, Flow), each.entrypoint
        parameters = list(inspect.signature(flow.fn).parameters)
        assert parameters == [*extra.get(each.name, []), "as_of", "dry_run"]
        assert not flow.log_prints
        assert not flow.persist_result


@pytest.mark.prefect
def test_flows_are_called_on_the_dashboard_what_the_rounds_are_called(file: _File) -> None:
    for each in file.deployments:
        if each.name in ROUNDS:
            flow = _function(each.entrypoint)
            assert (flow.name, flow.description) == (ROUNDS[each.name].title, ROUNDS[each.name].purpose)


@pytest.mark.prefect
def test_no_two_flows_begin_in_the_same_minute() -> None:
    import asyncio

    from prefect.server.schemas.schedules import CronSchedule

    # A week over the end of daylight saving time.
    first = datetime(2026, 10, 26, tzinfo=UTC)
    starts: dict[datetime, str] = {}
    for each in DEPLOYMENTS.values():
        if not each.cron:
            continue
        schedule = CronSchedule(cron=each.cron, timezone="America/Los_Angeles")
        for moment in asyncio.run(schedule.get_dates(5000, first, first + timedelta(days=8))):
            assert moment not in starts, f"{each.name} and {starts[moment]}"
            starts[moment] = each.name
    assert set(starts.values()) == set(ROUNDS)


@pytest.mark.prefect
def test_what_was_missed_is_the_last_hour_within_the_grace() -> None:
    from prefect.schedules import Cron

    from flows.deployments import last_due

    def due(name: str, now: datetime) -> datetime | None:
        each = DEPLOYMENTS[name]
        found = last_due(each, Cron(each.cron, timezone="America/Los_Angeles"), now)
        return found and found.astimezone(UTC)

    tuesday_at_ten = datetime(2026, 10, 6, 17, 0, tzinfo=UTC)
    assert due("housekeeping", tuesday_at_ten) == datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
    assert due("digest", tuesday_at_ten) == datetime(2026, 10, 5, 14, 40, tzinfo=UTC)
    assert due("digest", tuesday_at_ten + timedelta(days=1)) is None
    assert due("recruitment", datetime(2026, 10, 10, 17, 0, tzinfo=UTC)) is None  # a Saturday
