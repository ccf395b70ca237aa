"""What a lane made ready is taken away only when no message of ours can ever use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from network.errors import TransientError
from network.jobs import guard
from network.jobs.housekeeping import HousekeepingReport, page
from network.jobs.leftovers import FORGOTTEN_AFTER, RESTS_FOR, clear_leftovers
from network.messages import FINAL_STATES, State
from network.ports import Leftover
from tests.builders import NOON, Desk, a_message

LATER = NOON + timedelta(days=3)
STEM = a_message().file_stem


@dataclass
class FakeLeftovers:
    """What lies in the account."""

    there: list[Leftover] = field(default_factory=list)
    is_down: bool = False

    def find(self) -> list[Leftover]:
        return list(self.there)

    def clear(self, leftover: Leftover) -> None:
        if self.is_down:
            raise TransientError("Nobody answers.")
        self.there.remove(leftover)


def lies_there(stem: str = STEM, draft: str = "d-1", made_at: datetime = NOON) -> Leftover:
    return Leftover(stem, {"draft": draft}, made_at)


def left_after(state: State, *drafts: Leftover, at: datetime = LATER, live: bool = True) -> list[str]:
    """One message in this state, whose handle names draft d-1; which drafts stay."""
    desk = Desk(is_live=live)
    desk.outbox.queue([a_message()], NOON)
    (key,) = desk.outbox.rows
    desk.outbox.rows[key] = replace(
        desk.outbox.rows[key], state=state, changed_at=NOON, handle={"draft": "d-1", "thread": "t-1"}
    )
    lane = FakeLeftovers(list(drafts or (lies_there(),)))
    office = replace(desk.office, leftovers=lane)
    assert clear_leftovers(office, at) == len(drafts or (1,)) - len(lane.there)
    assert clear_leftovers(office, at) == 0, "a second run finds nothing to do"
    return [each.values["draft"] for each in lane.there]


@pytest.mark.parametrize("state", list(State))
def test_a_draft_goes_when_its_message_has_ended_and_stays_as_long_as_it_may_be_sent(state: State) -> None:
    assert left_after(state) == ([] if state in FINAL_STATES else ["d-1"])


def test_a_message_that_ended_just_now_is_left_in_peace_for_an_hour() -> None:
    assert left_after(State.SKIPPED, at=NOON + RESTS_FOR) == ["d-1"]


def test_a_twin_whose_answer_was_lost_goes_after_a_day_and_the_one_in_use_stays() -> None:
    twins = lies_there(), lies_there(draft="d-2")
    assert left_after(State.QUEUED, *twins) == ["d-1"]
    assert left_after(State.QUEUED, *twins, at=NOON + FORGOTTEN_AFTER) == ["d-1", "d-2"]


def test_what_no_message_of_this_ledger_knows_is_left_alone() -> None:
    assert left_after(State.SENT, lies_there("of-another-office")) == ["d-1"]


def test_nothing_is_touched_while_sending_is_off_and_a_lane_that_is_down_is_asked_tomorrow() -> None:
    assert left_after(State.SKIPPED, live=False) == ["d-1"]
    desk = Desk()
    desk.outbox.queue([a_message()], NOON)
    (key,) = desk.outbox.rows
    desk.outbox.rows[key] = replace(desk.outbox.rows[key], state=State.MISSED, changed_at=NOON)
    office = replace(desk.office, leftovers=FakeLeftovers([lies_there()], is_down=True))
    assert clear_leftovers(office, LATER) == 0


def test_a_computer_that_may_not_act_on_the_sheet_takes_nothing_away() -> None:
    desk = Desk()
    desk.cursors.set(guard.HELD, "This sheet is run from another computer.", NOON)
    lane = FakeLeftovers([lies_there()])
    assert clear_leftovers(replace(desk.office, leftovers=lane), LATER) == 0
    assert lane.there


def test_the_page_says_how_many_went() -> None:
    assert "2 drafts of mails that will never go" in page(HousekeepingReport("backups/x", 0, cleared=2)).markdown
    assert "draft" not in page(HousekeepingReport("backups/x", 0)).markdown
