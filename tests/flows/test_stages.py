"""A round as a run on a real server: tasks, pages, retries, and nothing that names a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from network.errors import PermanentError, TransientError
from network.jobs.rounds import Round, Run, Stage
from network.ports import Office
from network.reports import Page
from tests.builders import NOON, Desk

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, State

pytestmark = pytest.mark.prefect

Wait = Callable[[Callable[[], Any], float], Any]
SECRET = "ana.hidden@person.example"  # what must stay out of Prefect


def _stand_in(name: str, stages: list[Stage], *, round_name: str = "") -> Flow[[datetime | None, bool], Any]:
    """A flow whose round is made of these stages, over an office of fakes."""
    from prefect import flow

    from flows.stages import go_round

    @contextmanager
    def opened(as_of: datetime | None = None) -> Iterator[Office]:
        yield Desk().office

    @flow(name=name, persist_result=False)
    def stand_in(as_of: datetime | None, dry_run: bool) -> State[str]:
        return go_round(
            Round(round_name or name, name, "", tuple(stages)), as_of, dry_run, opened=opened, retry_delay=0
        )

    return stand_in


def _play(name: str, stages: list[Stage], *, dry_run: bool = False) -> State[Any]:
    return cast("State[Any]", _stand_in(name, stages)(NOON, dry_run, return_state=True))


def _run_of(client: SyncPrefectClient, flow_name: str) -> FlowRun:
    from prefect.client.schemas.filters import FlowFilter

    (run,) = client.read_flow_runs(flow_filter=FlowFilter.model_validate({"name": {"any_": [flow_name]}}))
    return run


def _latest_page(client: SyncPrefectClient, key: str) -> tuple[str, str]:
    answer = client.request("GET", "/artifacts/{key}/latest", path_params={"key": key})
    return answer.json()["data"], answer.json()["description"]


def _show(key: str, words: str, **counts: int) -> Stage:
    return Stage("Say it", lambda office, run: run.show(Page(key, "A title", words, counts)))


def _kept(office_home: Path) -> bytes:
    """Every byte that Prefect wrote: its database with the journal, its logs, its files."""
    return b"".join(path.read_bytes() for path in (office_home / "prefect").rglob("*") if path.is_file())


def test_each_stage_is_one_task_and_the_end_is_a_sentence_of_counts(client: SyncPrefectClient, wait_for: Wait) -> None:
    page = _show("hmn-first", "# Fine", fine=1234, fixed=0, waiting=2)
    state = _play("First", [Stage("Read the sheet", lambda office, run: None), page])
    assert (state.name, state.message) == ("Completed", "fine: 1,234, waiting: 2.")
    of_this_run = {"flow_runs": {"id": {"any_": [str(_run_of(client, "First").id)]}}}

    def tasks() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.request("POST", "/task_runs/filter", json=of_this_run).json()
        # Task runs reach the database by way of events, and a run's own name comes later than the run.
        return found if sorted(task["name"] for task in found) == ["Read the sheet", "Say it"] else []

    shown = wait_for(tasks, 30)
    assert shown, "two tasks, named as leaders read them"
    assert all(task["task_inputs"] == {} for task in shown)


def test_a_page_stands_under_its_key_and_a_rehearsal_beside_it(client: SyncPrefectClient) -> None:
    _play("True", [_show("hmn-second", "# What is")])
    state = _play("Tried", [_show("hmn-second", "# What would be")], dry_run=True)
    assert state.message == "A rehearsal; nothing new."
    assert _latest_page(client, "hmn-second") == ("# What is", "A title, Tue 6 Oct 13:00")
    words, description = _latest_page(client, "hmn-second-rehearsal")
    assert words == "# What would be"
    assert description.startswith("A title (a rehearsal: nothing was done)")


@pytest.mark.parametrize(
    ("error", "times", "end"),
    [
        (TransientError("The sheet is away."), 3, "The sheet is away."),
        (TransientError("No clear answer.", request_left=True), 1, "No clear answer."),
        (PermanentError("A header is missing."), 1, "A header is missing."),
    ],
)
def test_a_stage_is_repeated_only_when_nothing_had_left(
    client: SyncPrefectClient, error: Exception, times: int, end: str
) -> None:
    tried = []

    def fail(office: Office, run: Run) -> None:
        tried.append(1)
        raise error

    state = _play(f"Fails {times} {end}", [_show("hmn-third", "# Before"), Stage("Break", fail), _show("no", "After")])
    assert len(tried) == times
    assert (state.name, state.message) == ("Failed", end)
    assert _latest_page(client, "hmn-third")[0] == "# Before"


def test_a_stage_that_succeeds_at_the_second_try_is_well(client: SyncPrefectClient) -> None:
    tried: list[int] = []

    def hesitate(office: Office, run: Run) -> None:
        tried.append(1)
        if len(tried) == 1:
            raise TransientError("Not yet.")

    assert _play("Hesitates", [Stage("Try", hesitate)]).is_completed()
    assert len(tried) == 2


def test_a_failing_stage_leaves_no_address_in_prefect(
    office_home: Path, client: SyncPrefectClient, wait_for: Wait, capfd: pytest.CaptureFixture[str]
) -> None:
    from prefect.logging.handlers import APILogHandler

    def strange(office: Office, run: Run) -> None:
        secret = [SECRET]
        raise ValueError(f"row 7: {secret}")

    def ours(office: Office, run: Run) -> None:
        try:
            strange(office, run)
        except ValueError as err:
            raise TransientError(f"The ledger is busy with {SECRET}.") from err

    def shut(as_of: datetime | None = None) -> AbstractContextManager[Office]:
        raise KeyError(SECRET)

    from prefect import flow

    from flows.stages import go_round

    @flow(name="Shut")
    def closed() -> State[str]:
        return go_round(Round("shut", "Shut", "", ()), None, False, opened=shut)

    states: list[State[Any]] = [
        _play("Strange", [Stage("Read rows", strange)]),
        _play("Ours", [Stage("Write rows", ours)]),
        closed(return_state=True),
    ]
    APILogHandler().flush()
    assert [state.name for state in states] == ["Failed"] * 3
    assert "Read rows: something unexpected happened (ValueError)" in (states[0].message or "")
    assert states[1].message == "The ledger is busy with (an address)."
    assert "(KeyError)" in (states[2].message or "")

    def lines() -> list[str]:
        logs = client.request("POST", "/logs/filter", json={"limit": 200}).json()
        return [log["message"] for log in logs if "ValueError" in log["message"]]

    assert wait_for(lines, 20)  # the search below looks where something is
    assert SECRET.encode() not in _kept(office_home)
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.parametrize(("minutes", "end"), [(9, "Completed"), (12, "Skipped")])
def test_a_run_that_waited_too_long_leaves_its_work_to_the_next(
    client: SyncPrefectClient, minutes: int, end: str
) -> None:
    from prefect.flow_engine import run_flow
    from prefect.states import Scheduled

    done: list[str] = []
    flow = _stand_in(f"Late {minutes}", [Stage("Do it", lambda office, run: done.append("done"))], round_name="outbox")
    scheduled: State[Any] = Scheduled(scheduled_time=datetime.now(UTC) - timedelta(minutes=minutes))
    parameters = {"as_of": NOON, "dry_run": False}
    waiting = client.create_flow_run(flow, parameters=parameters, state=scheduled)
    run_flow(flow, flow_run=waiting, parameters=parameters, return_type="state")
    assert client.read_flow_run(waiting.id).state_name == end
    assert done == (["done"] if end == "Completed" else [])
