"""What became of an issue or notice after it was handed over to the outbox, in a few words: counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from network.jobs.asking import Standing
from network.messages import FINAL_STATES, MessageRecord, State
from network.newsletter import IssueState
from network.reports import count


def how_it_went(mails: Sequence[MessageRecord]) -> Standing:
    """How one handing over stands: on its way while a mail waits, then gone; what did not go is never left out."""
    waiting = [each for each in mails if each.state not in FINAL_STATES and each.state is not State.TO_CHECK]
    held = Counter(each.reason for each in waiting if each.reason)  # blank: the outbox has not looked at it yet
    said = [f"{count(number, 'mail waits', 'mails wait')} ({why})" for why, number in held.most_common(1)]
    said += _left_behind(mails)
    if waiting:
        return Standing(IssueState.SCHEDULED, "; ".join(["on its way", *([", ".join(said)] if said else [])]))
    return Standing(IssueState.SENT, "; ".join(["went out", *([", ".join(said)] if said else [])]))


def _left_behind(mails: Sequence[MessageRecord]) -> list[str]:
    words = {
        State.MISSED: ("came too late and did not go", "came too late and did not go"),
        State.FAILED: ("was refused", "were refused"),
        State.TO_CHECK: ("may not have arrived", "may not have arrived"),
    }
    numbers = Counter(each.state for each in mails)
    return [
        f"{numbers[state]} {one if numbers[state] == 1 else many}"
        for state, (one, many) in words.items()
        if numbers[state]
    ]
