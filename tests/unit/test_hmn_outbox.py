"""`hmn outbox`: everything unfinished with its reference, and what nobody is sure about settled by hand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hmn.outbox import list_waiting, settle
from integrations.ledger.engine import open_ledger
from integrations.ledger.outbox import LedgerOutbox
from integrations.ledger.records import LedgerRecords
from network.errors import ConfigurationError
from network.messages import GO, State
from network.preferences import Caps
from network.stores import Limits
from tests.builders import NOON, a_message

LATER = NOON + timedelta(hours=1)
REF = "K7Q2M4PX"


@pytest.fixture
def ledger_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An office with one mail that waits and one that nobody is sure about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HMN_HOME", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = open_ledger(url)
    outbox, records = LedgerOutbox(ledger), LedgerRecords(ledger)
    outbox.queue([a_message("p1", "p1@example.org", reply_ref=REF, not_after=NOON + timedelta(days=2))], NOON)
    limits = Limits(Caps(), NOON - timedelta(hours=12), NOON - timedelta(days=7), "smtp", 60)
    outbox.start(outbox.claim("w", 1, NOON, limits), NOON, lambda *_: GO)
    (unclear,) = records.expire(LATER)
    records.resolve(unclear, State.TO_CHECK, LATER)
    outbox.queue([a_message("p2", "p2@example.org", reply_ref="WAITING2")], NOON)
    ledger.close()
    return url


def state_of(url: str, ref: str = REF) -> State:
    ledger = open_ledger(url)
    found = LedgerRecords(ledger).find(ref)
    ledger.close()
    assert found is not None
    return found.state


def listed(capsys: pytest.CaptureFixture[str], *, as_json: bool = True) -> str:
    list_waiting(as_of=LATER, as_json=as_json)
    return capsys.readouterr().out


def test_everything_unfinished_is_listed_with_its_reference_and_nobody_s_address(
    ledger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(listed(capsys))
    assert {(row["ref"], row["state"]) for row in rows} == {(REF, "to_check"), ("WAITING2", "queued")}
    shown = listed(capsys, as_json=False)
    assert "not sure" in shown
    assert "to_check" not in shown
    assert "example.org" not in shown


@pytest.mark.parametrize(("action", "state"), [("retry", State.QUEUED), ("drop", State.SKIPPED)])
@pytest.mark.parametrize("typed", [REF, REF.lower()])
def test_what_is_not_sure_goes_once_more_or_never(
    ledger_url: str, capsys: pytest.CaptureFixture[str], action: str, state: State, typed: str
) -> None:
    settle(action, typed, as_of=LATER, as_json=False)
    assert state_of(ledger_url) is state
    with pytest.raises(ConfigurationError, match=r"Only one that we are not sure about"):
        settle(action, typed, as_of=LATER, as_json=False)
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(
    ("action", "ref", "as_of", "words"),
    [
        ("resend", REF, LATER, "hmn outbox retry REF"),
        ("retry", "NOBODY", LATER, "There is no message NOBODY"),
        ("drop", "waiting2", LATER, "waiting to go"),
        ("retry", REF, NOON + timedelta(days=3), "Type drop instead"),
    ],
)
def test_what_cannot_be_settled_is_said_and_nothing_changes(
    ledger_url: str, action: str, ref: str, as_of: datetime, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        settle(action, ref, as_of=as_of, as_json=False)
    assert state_of(ledger_url) is State.TO_CHECK
    assert state_of(ledger_url, "WAITING2") is State.QUEUED
