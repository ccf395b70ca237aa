"""The verdict notices everything that may never happen, and the table in the docs is the one that a run printed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from network.messages import Balance, MessageRecord, State
from network.mime import message_id
from tests.builders import NOON, a_message
from tests.end_to_end.crash_faults import LANES, MAY_REFUSE, Case, some_cases
from tests.end_to_end.crash_matrix import RUNS
from tests.end_to_end.crash_verdict import Counts, Seen
from tests.end_to_end.crash_worker import SENDER

DOCS = Path(__file__).parents[2] / "docs" / "delivery.md"
KEYS = [a_message(f"p{number}").key for number in range(3)]
CASE = Case("sqlite", "smtp+imap", "dropped after accept", "kill", 1, (7,), 1)


def records(*states: State) -> list[MessageRecord]:
    return [MessageRecord(a_message(f"p{number}"), state, "", 1, NOON, NOON) for number, state in enumerate(states)]


def arrived(*keys: str) -> dict[str, int]:
    names = [message_id(key, SENDER) for key in keys]
    return {name: names.count(name) for name in names}


def judged(
    states: Sequence[State], came: dict[str, int], *, listed: Sequence[str] = (), case: Case = CASE, planned: int = 3
) -> Counts:
    counts = Counts()
    counts.judge(case, Seen(came, records(*states), Balance(sent=planned), listed), people=3, sender=SENDER)
    return counts


ALL_SENT = (State.SENT,) * 3


def test_a_run_in_which_everything_arrived_once_is_clean() -> None:
    counts = judged(ALL_SENT, arrived(*KEYS))
    assert counts.is_clean
    assert counts.last_line.startswith("runs 1, ")
    assert counts.rows["smtp+imap|dropped after accept|sent"] == 3


@pytest.mark.parametrize(
    ("states", "came", "listed", "name"),
    [
        (ALL_SENT, [*KEYS, KEYS[1]], [], "duplicates"),
        (ALL_SENT, KEYS[:2], [], "lost"),
        ((State.SENT, State.SENT, State.QUEUED), KEYS[:2], [], "lost"),
        ((State.SENT, State.SENT, State.MISSED), KEYS[:2], [], "lost"),
        ((State.SENT, State.SENT, State.TO_CHECK), KEYS[:2], [], "unresolved"),  # it stands nowhere for a person
        ((State.SENT, State.SENT, State.TO_CHECK), KEYS, [KEYS[2]], "unresolved"),  # the Sent folder has it
        ((State.SENT, State.SENT, State.FAILED), KEYS[:2], [], "balance_errors"),  # nobody had refused it
        ((State.SENT, State.SENT, State.SKIPPED), KEYS, [], "balance_errors"),  # it went out all the same
        ((State.SENT, State.SENT), KEYS[:2], [], "balance_errors"),  # a mail is gone from the ledger
        (ALL_SENT, [*KEYS, "recruitment/else/letter-1/p9"], [], "balance_errors"),  # nobody planned it
    ],
)
def test_what_may_never_happen_is_counted_and_told(
    states: Sequence[State], came: Sequence[str], listed: Sequence[str], name: str
) -> None:
    counts = judged(states, arrived(*came), listed=listed)
    assert getattr(counts, name) == 1
    assert not counts.is_clean
    assert counts.wrong


def test_a_balance_that_does_not_add_up_is_wrong_though_every_mail_arrived() -> None:
    assert judged(ALL_SENT, arrived(*KEYS), planned=4).balance_errors == 1


@pytest.mark.parametrize(
    ("lane", "is_clean"), [("smtp", True), ("smtp+imap", True), ("gmail", False), ("local", False)]
)
def test_not_sure_and_listed_is_allowed_only_where_nobody_can_know(lane: str, is_clean: bool) -> None:
    counts = judged(
        (State.SENT, State.SENT, State.TO_CHECK), arrived(*KEYS[:2]), listed=[KEYS[2]], case=replace(CASE, lane=lane)
    )
    assert counts.not_sure == 1
    assert counts.is_clean is is_clean


def test_a_refusal_is_right_where_somebody_refuses() -> None:
    refused = replace(CASE, fault=next(iter(MAY_REFUSE)))
    assert judged((State.SENT, State.FAILED, State.SENT), arrived(KEYS[0], KEYS[2]), case=refused).is_clean


def test_the_counts_of_two_processes_add_up() -> None:
    one, two = judged(ALL_SENT, arrived(*KEYS)), judged(ALL_SENT, arrived(*KEYS[:2]))
    one.add(two)
    assert (one.runs, one.lost, len(one.wrong)) == (2, 1, 1)
    assert one.rows["smtp+imap|dropped after accept|runs"] == 2


def test_the_usual_number_of_runs_meets_every_boundary_and_every_fault_with_each_harm_on_both_databases() -> None:
    reach = dict.fromkeys(LANES, 120)
    parts = [
        some_cases(RUNS // 2, random.Random(seed), ("sqlite", "postgresql"), reach, share=(seed, 2)) for seed in (0, 1)
    ]
    cases = [case for part in parts for case in part]
    kinds = {(case.lane, case.fault, case.database, case.harm) for case in cases}
    assert len(kinds) == sum(map(len, LANES.values())) * 4
    for lane in LANES:
        met = {at for case in cases if case.lane == lane for at in case.boundaries}
        assert met >= set(range(1, reach[lane] + 1)), lane


# --- the table in the docs -------------------------------------------------------------------------------------------

_ROW = re.compile(r"^\| (?P<lane>[\w+]+) \| (?P<fault>[^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
_LAST = re.compile(r"^ +runs (\d+), with a worker killed or stopped \d+: (?P<rest>.*)$", re.MULTILINE)


def test_the_table_in_the_docs_has_every_fault_of_every_lane_and_its_sums_fit_the_last_line() -> None:
    shown = DOCS.read_text(encoding="utf-8")
    rows = list(_ROW.finditer(shown))
    assert {(row["lane"], row["fault"]) for row in rows} == {(lane, fault) for lane in LANES for fault in LANES[lane]}
    last = _LAST.search(shown)
    assert last, "the last line of the run stands below its table"
    assert sum(int(row[3]) for row in rows) == int(last[1])
    assert int(last[1]) >= 500
    for row in rows:
        assert int(row[4]) + int(row[5]) + int(row[6]) == 3 * int(row[3]), "three mails in each run"
    unsure = sum(int(row[6]) for row in rows)
    assert last["rest"] == f"duplicates 0, lost 0, not sure {unsure}, unresolved 0, balance errors 0"
    for row in rows:
        if row["lane"] in {"local", "gmail"}:
            assert row[6] == "0"
        if row["fault"] not in MAY_REFUSE:
            assert row[5] == "0"
