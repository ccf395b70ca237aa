"""All nine flows over the example office, twice, on a real server: their pages, their ends, and no name anywhere."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.schedule import DEPLOYMENTS
from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.jobs.rounds import ROUNDS

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from hmn.server import Server

pytestmark = pytest.mark.prefect

EXAMPLE = Path(__file__).parents[2] / "examples" / "washington"
START: datetime = tomllib.loads((EXAMPLE / "office.toml").read_text(encoding="utf-8"))["as_of"]
Wait = Callable[[Callable[[], Any], float], Any]


def _play_all(start: datetime) -> dict[str, str]:
    """Every flow once, in this process, as the demo calls them."""
    from flows.rounds import play_round

    return {name: play_round(name, as_of=start + timedelta(minutes=at)) for at, name in enumerate(ROUNDS)}


def _remembered(home: Path, at: datetime) -> tuple[Any, ...]:
    """What must not change when everything runs again."""
    with open_office(as_of=at) as office:
        tasks = [(task.key, task.state) for task in office.tasks.all()]
        questions = [(each.item, each.fingerprint) for each in office.approvals.pending()]
        return (
            sorted(tasks),
            sorted(questions),
            office.ledgerbook.tally(at).planned,
            len(office.people.all()),
            sorted(path.name for path in (home / "outbox").glob("*.eml")),
            (home / "workbook.xlsx").read_bytes(),
        )


def _artifacts(client: SyncPrefectClient) -> dict[str, str]:
    found = client.request("POST", "/artifacts/latest/filter", json={"limit": 200}).json()
    return {each["key"]: each["data"] for each in found if each["key"]}


@pytest.fixture(scope="module")
def played(
    example_office: Path,
) -> tuple[dict[str, str], dict[str, str], tuple[Any, ...], tuple[Any, ...]]:
    """What two rounds of everything said, and what was remembered after each."""
    from flows.rounds import play_round

    first = _play_all(START)
    # Its ends: the newsletter says what the survey brought, all that was asked stands in To do, the test mails go.
    for minute, name in enumerate(("recruitment", "newsletter", "members"), start=20):
        play_round(name, as_of=START + timedelta(minutes=minute))
    for minute in range(25, 35):
        if "sent now" not in play_round("outbox", as_of=START + timedelta(minutes=minute)):
            break
    before = _remembered(example_office, START + timedelta(minutes=40))
    second = _play_all(START + timedelta(minutes=45))
    return first, second, before, _remembered(example_office, START + timedelta(minutes=60))


def test_every_flow_ends_in_a_sentence_of_counts(played: Any) -> None:
    first, second, *_ = played
    assert list(first) == list(second) == list(ROUNDS)
    for name, said in first.items():
        assert said.startswith(f"{ROUNDS[name].title.partition(':')[0]}: ")
        assert said.endswith(".")
    assert "rows read: 132" in first["members"]


def test_a_second_run_of_every_flow_changes_nothing(played: Any) -> None:
    _, _, before, after = played
    assert after == before


def test_each_flow_has_its_page(played: Any, client: SyncPrefectClient) -> None:
    pages = _artifacts(client)
    keys = {"hmn-leaders" if name == "digest" else f"hmn-{name}" for name in ROUNDS}
    assert keys <= set(pages)
    assert all(pages[key].startswith("# ") for key in keys)


def test_runs_are_named_by_job_and_hour(played: Any, client: SyncPrefectClient) -> None:
    from prefect.client.schemas.filters import FlowFilter

    for name in ROUNDS:
        flow = FlowFilter.model_validate({"name": {"any_": [ROUNDS[name].title]}})
        names = [run.name for run in client.read_flow_runs(flow_filter=flow)]
        assert any(each.startswith(f"{name.capitalize()}, Tue 6 Oct 10:") for each in names), (name, names)


def test_no_member_and_no_tribe_is_named_anywhere_in_prefect(
    played: Any, office_home: Path, client: SyncPrefectClient
) -> None:
    with (EXAMPLE / "members.csv").open(encoding="utf-8", newline="") as source:
        members = list(csv.DictReader(source))
    addresses = {row["Email"].strip().lower() for row in members if "@" in row["Email"]}
    names = {f"{row['First name'].strip()} {row['Last name'].strip()}" for row in members}
    names = {name for name in names if len(name) > 6 and " " in name.strip()}
    with (EXAMPLE / "programs.csv").open(encoding="utf-8", newline="") as source:
        tribes = {row["Recipient"].strip() for row in csv.DictReader(source) if "AI/AN" in row["Program type"]}
    assert len(tribes) > 15
    assert len(addresses) > 50
    assert len(names) > 50
    kept = b"\n".join(path.read_bytes() for path in (office_home / "prefect").rglob("*") if path.is_file())
    text = kept.decode("utf-8", errors="replace").casefold()
    assert "members: read the sheet" in text
    assert not [address for address in addresses if address in text]
    assert not [name for name in names | tribes if name.casefold() in text]


def test_the_import_of_programs_is_a_flow_that_rehearses_too(played: Any, client: SyncPrefectClient) -> None:
    from flows.programs import import_programs

    state: Any = import_programs(str(EXAMPLE / "programs.csv"), START, True, return_state=True)
    assert state.is_completed(), state.message
    assert state.message.startswith("A rehearsal; ")
    assert "hmn-programs-rehearsal" in _artifacts(client)
    assert "programs" in DEPLOYMENTS


def test_one_run_joins_the_dashboard_that_is_up(
    server: Server, office_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.rounds import run_on_server

    monkeypatch.setenv("HMN_HOME", str(office_home))
    assert run_on_server("housekeeping", as_of=START).startswith("Housekeeping: ")


def test_without_a_dashboard_one_run_says_how_to_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.rounds import run_on_server

    monkeypatch.setenv("HMN_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match="Type hmn up in another window first, or leave out --server"):
        run_on_server("housekeeping")


def test_when_tests_run_side_by_side_those_on_a_server_share_one_worker(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("the tests do not run side by side")
    assert request.node.nodeid.endswith("@prefect"), "pytest-xdist did not read the group: each worker starts servers"
