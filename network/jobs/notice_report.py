"""What became of a notice after it was handed over, in a few words for coordinators and leaders: counts only."""

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
    said = _left_behind(mails)
    if waiting:
        reasons = Counter(each.reason for each in waiting if each.reason).most_common(1)
        why = f" ({reasons[0][0]})" if reasons else ""
        said = [f"{count(len(waiting), 'mail waits', 'mails wait')}{why}", *said]
        return Standing(IssueState.SCHEDULED, f"on its way; {', '.join(said)}")
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
