"""One round as a Prefect flow: each stage a task, each page an artifact, the end one plain sentence.

No personal data reaches Prefect, which shows its database to every visitor. Stages hand things to each other on the
`Run` in memory, never as parameters or results; an error goes on as its own sentence if it is ours and as no more than
the name of its type if it is not, without the chain of errors behind it, whose texts hold addresses.
`hmn run FLOW` in a terminal shows a maintainer the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from prefect import Task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.questions import keep_questions
from flows.run_names import hour_words
from flows.schedule import DEPLOYMENTS, zone_of
from integrations.wiring import open_office
from network.errors import NetworkError, PermanentError, TransientError
from network.jobs.rounds import Round, Run, Stage
from network.ports import Office
from network.reports import Page

RETRIES = 2
RETRY_DELAY = 30.0  # seconds
SKIPPED = "Skipped"

OpenOffice = Callable[..., AbstractContextManager[Office]]
_ADDRESS = re.compile(r"\S+@\S*\w")


def go_round(
    each: Round,
    as_of: datetime | None,
    dry_run: bool,
    *,
    opened: OpenOffice = open_office,
    retry_delay: float = RETRY_DELAY,
) -> State[str]:
    """Walks a round inside a flow run and returns how it ended, in a sentence of counts.

    A stage is repeated (twice, after `retry_delay` seconds) only when nothing had left our process. Pages that were
    made before something went wrong are shown all the same.
    """
    if is_too_late(each.name, flow_run.scheduled_start_time, datetime.now(UTC)):
        return Completed(name=SKIPPED, message="Skipped: too late, the next run does it.")
    run: Run | None = None
    hour = ""
    problem: NetworkError | None = None
    try:
        with opened(as_of=as_of) as office:
            run = Run(office.clock(), dry_run)
            hour = hour_words(run.at, ZoneInfo(zone_of(office)))
            for stage in each.stages:
                _task(stage, office, run, retry_delay)()
            if not dry_run:
                keep_questions(office)
    except Exception as err:  # noqa: BLE001 - whatever it is, its text must not reach Prefect
        problem = without_names(each.title, err)
    for page in run.pages if run else ():
        _show(page, hour, dry_run)
    return Failed(message=str(problem)) if problem else Completed(message=_said(run), data=_said(run))


def is_too_late(name: str, scheduled: datetime | None, now: datetime) -> bool:
    """Tells whether a run of this name has waited longer than it may; one that is not in the table never has."""
    grace = DEPLOYMENTS[name].grace if name in DEPLOYMENTS else timedelta.max
    return scheduled is not None and now - scheduled > grace


def without_names(where: str, err: Exception) -> NetworkError:
    """The same problem as Prefect may keep it: the sentence of our own errors, of others the type alone."""
    if isinstance(err, NetworkError):
        sentence = _ADDRESS.sub("(an address)", str(err))
        if isinstance(err, TransientError):
            return TransientError(sentence, request_left=err.request_left)
        return PermanentError(sentence)
    return PermanentError(
        f"{where}: something unexpected happened ({type(err).__name__}). The next run tries again. If it stays, please "
        "tell the technical contact, who sees more with hmn run."
    )


def _task(stage: Stage, office: Office, run: Run, retry_delay: float) -> Task[[], None]:
    """The stage as a task without parameters and without a result: Prefect stores both."""

    def do() -> None:
        problem: NetworkError | None = None
        try:
            stage.do(office, run)
        except Exception as err:  # noqa: BLE001 - see without_names
            problem = without_names(stage.title, err)
        # Raised outside of the handler: an error remembers the one that was being handled, and a log prints both.
        if problem is not None:
            raise problem

    return Task(
        do,
        name=stage.title,
        task_run_name=stage.title,
        retries=RETRIES,
        retry_delay_seconds=retry_delay,
        retry_condition_fn=_may_repeat,
        cache_policy=NO_CACHE,
        persist_result=False,
        log_prints=False,
    )


def _may_repeat(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 - Prefect's call
    err = state.data
    return isinstance(err, TransientError) and not err.request_left


def _show(page: Page, hour: str, dry_run: bool) -> None:
    title = f"{page.title} (a rehearsal: nothing was done)" if dry_run else page.title
    # A rehearsal never stands in the place of what is true.
    key = f"{page.key}-rehearsal" if dry_run else page.key
    create_markdown_artifact(page.markdown, key=key, description=f"{title}, {hour}")


def _said(run: Run | None) -> str:
    counts = [f"{what}: {number:,}" for what, number in run.counts.items() if number] if run else []
    said = ", ".join(counts) or "nothing new"
    return f"{'A rehearsal; ' if run and run.dry_run else ''}{said}."
