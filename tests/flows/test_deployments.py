"""The schedule on a real server: from prefect.yaml, and as `hmn up` serves it, with a question answered by a form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.schedule import DEPLOYMENTS, POOL
from integrations.wiring import open_office
from network.approvals import ApprovalRequest, Decision
from network.jobs.rounds import ROUNDS

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

    from hmn.server import Server

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).parents[2]
ZONE = "America/Los_Angeles"
Wait = Callable[[Callable[[], Any], float], Any]


def _prefect(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "prefect", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _deployments(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    answer = client.request("POST", "/deployments/filter", json={"limit": 200}).json()
    return {each["name"]: client.read_deployment(each["id"]) for each in answer}


def _scheduled_runs(client: SyncPrefectClient, deployment: DeploymentResponse) -> int:
    waiting = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    of_this = {"deployments": {"id": {"any_": [str(deployment.id)]}}}
    return int(client.request("POST", "/flow_runs/count", json=waiting | of_this).text)


def _hours(deployments: dict[str, DeploymentResponse]) -> dict[str, tuple[str, Any]]:
    return {
        name: (deployment.entrypoint or "", [getattr(each.schedule, "cron", "") for each in deployment.schedules])
        for name, deployment in deployments.items()
    }


TABLE = {each.name: (each.entrypoint, [each.cron] if each.cron else []) for each in DEPLOYMENTS.values()}


def test_prefect_yaml_gives_scheduled_runs_to_the_nine_and_to_nothing_else(
    client: SyncPrefectClient, wait_for: Wait
) -> None:
    _prefect("work-pool", "create", POOL, "--type", "process")
    _prefect("--no-prompt", "deploy", "--all")
    deployments = _deployments(client)
    assert _hours(deployments) == TABLE
    # A broken SQLAlchemy stops the scheduler without a word: only this count shows it.
    assert wait_for(lambda: all(_scheduled_runs(client, deployments[name]) for name in ROUNDS), 30)
    assert all(deployments[name].global_concurrency_limit for name in ROUNDS)
    assert not _scheduled_runs(client, deployments["approvals"])
    assert not _scheduled_runs(client, deployments["programs"])
    for deployment in deployments.values():
        client.delete_deployment(deployment.id)


@pytest.fixture(scope="module")
def served(server: Server, office_home: Path) -> Iterator[None]:
    """The schedule as `hmn up` serves it."""
    from hmn.server import Process

    command = [sys.executable, "-m", "flows.deployments", "--time-zone", ZONE]
    schedule = Process(command, office_home / "prefect" / "schedule.log")
    yield
    schedule.stop()
    assert not schedule.is_alive


def _ask(code: str) -> ApprovalRequest:
    request = ApprovalRequest(
        item="recruitment/head_start/letter-1/HS_EHS",
        fingerprint=f"fingerprint-of-{code}",
        code=code,
        asked_at=datetime.now(UTC),
        title="Letter 1 to Head Start programs",
        addressees=12,
    )
    with open_office() as office:
        return office.approvals.ask(request)


def _question_runs(client: SyncPrefectClient, question: ApprovalRequest) -> list[FlowRun]:
    from prefect.client.schemas.filters import FlowFilter

    from flows.questions import FLOW_NAME

    runs = client.read_flow_runs(flow_filter=FlowFilter.model_validate({"name": {"any_": [FLOW_NAME]}}))
    return [run for run in runs if run.parameters["fingerprint"] == question.fingerprint]


def _decision(question: ApprovalRequest) -> Decision | None:
    with open_office() as office:
        found = office.approvals.find(question.item)
    return found.decision if found and found.fingerprint == question.fingerprint else None


def test_hmn_up_serves_the_same_table_by_module_paths(served: None, client: SyncPrefectClient, wait_for: Wait) -> None:
    assert wait_for(lambda: len(_deployments(client)) == len(TABLE), 60)
    deployments = _deployments(client)
    assert _hours(deployments) == TABLE
    zones = {getattr(each.schedule, "timezone", "") for one in deployments.values() for each in one.schedules}
    assert zones == {ZONE}
    assert wait_for(lambda: all(_scheduled_runs(client, deployments[name]) for name in ROUNDS), 30)
    assert not _scheduled_runs(client, deployments["programs"])


def test_an_approval_on_the_dashboard_needs_the_code_and_is_a_row_of_the_ledger(
    served: None, client: SyncPrefectClient, wait_for: Wait
) -> None:
    from prefect.client.schemas.responses import SetStateStatus

    from flows.questions import keep_questions

    assert wait_for(lambda: "approvals" in _deployments(client), 60)
    question = _ask("7K2M")
    for _ in range(2):
        with open_office() as office:
            keep_questions(office)
    (run,) = _question_runs(client, question)  # asked twice, put once

    def waits_again(pauses: int) -> bool:
        found = client.read_flow_run(run.id)
        return found.state_name == "Suspended" and len(found.empirical_policy.pause_keys or ()) == pauses

    assert wait_for(lambda: waits_again(1), 60)
    misshapen = client.resume_flow_run(run.id, run_input={"decision": "perhaps", "code": "7K2M"})
    assert misshapen.status is SetStateStatus.REJECT
    assert client.resume_flow_run(run.id, run_input={"decision": "approve", "code": "2222"}).status is (
        SetStateStatus.ACCEPT
    )
    assert wait_for(lambda: waits_again(2), 60)  # a wrong code only asks once more
    assert _decision(question) is None
    client.resume_flow_run(run.id, run_input={"decision": "approve", "code": " 7k2m "})
    assert wait_for(lambda: client.read_flow_run(run.id).state_name == "Completed", 60)
    ended = client.read_flow_run(run.id).state
    assert ended is not None
    assert ended.message == "Approved. It starts in 15 minutes; stop in To do cancels it."
    assert _decision(question) is Decision.APPROVED


def test_a_question_that_was_answered_elsewhere_leaves_the_dashboard(
    served: None, client: SyncPrefectClient, wait_for: Wait
) -> None:
    from flows.questions import keep_questions
    from network.approvals import Approval

    assert wait_for(lambda: "approvals" in _deployments(client), 60)
    question = _ask("ACDE")
    with open_office() as office:
        keep_questions(office)
        (run,) = _question_runs(client, question)
        office.approvals.decide(
            Approval(question.item, question.fingerprint, Decision.STOPPED, "a leader", datetime.now(UTC), 12)
        )
        keep_questions(office)
    assert client.read_flow_run(run.id).state_name in {"Cancelled", "Completed"}
