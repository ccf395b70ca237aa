"""Keeps the dashboard's questions those of the ledger: each is put once, and taken back when answered elsewhere."""

from __future__ import annotations

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled

from network.ports import Office

FLOW_NAME = "Approvals: one question"
_OPEN = ["SCHEDULED", "PENDING", "RUNNING", "PAUSED"]


def keep_questions(office: Office) -> None:
    """Starts `approvals.ask` once for each open question and ends those whose question is closed.

    Does nothing where that flow is not deployed: a question waits in *To do* in any case.
    """
    wanted = {question.fingerprint for question in office.approvals.pending()}
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(f"{FLOW_NAME}/approvals")
        except ObjectNotFound:
            return
        for run in _open_runs(client, deployment):
            if run.parameters.get("fingerprint") not in wanted:
                client.set_flow_run_state(run.id, Cancelled(message="Answered elsewhere."), force=True)
        for fingerprint in sorted(wanted):
            # The key makes the server return the run that stands, also when it has ended.
            client.create_flow_run_from_deployment(
                deployment.id, parameters={"fingerprint": fingerprint}, idempotency_key=fingerprint
            )


def _open_runs(client: SyncPrefectClient, deployment: DeploymentResponse) -> list[FlowRun]:
    return client.read_flow_runs(
        deployment_filter=DeploymentFilter.model_validate({"id": {"any_": [deployment.id]}}),
        flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": _OPEN}}}),
        limit=200,
    )
