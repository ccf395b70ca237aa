"""Digest: the leaders' page and the Monday mail."""

from __future__ import annotations

from datetime import datetime

from prefect import flow
from prefect.client.schemas.objects import State

from flows.run_names import named
from flows.stages import go_round
from network.jobs.rounds import ROUNDS

_ROUND = ROUNDS["digest"]


@flow(
    name=_ROUND.title,
    description=_ROUND.purpose,
    flow_run_name=named("Digest"),
    persist_result=False,
    log_prints=False,
)
def send_digest(as_of: datetime | None = None, dry_run: bool = False) -> State[str]:
    """Walks the round of this job once; a second walk changes nothing."""
    return go_round(_ROUND, as_of, dry_run)
