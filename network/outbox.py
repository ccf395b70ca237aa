"""The delivery guarantee, and the rules that keep it: claim -> prepare -> dispatch -> settle.

What is guaranteed. A message is one row for ever: its key (stream, item, step, person) and its address key are unique,
so no second planning, worker, machine or re-run can make it two. A worker takes it by claim, keeps what the lane
prepared, marks it *dispatching* in a transaction of its own after the last look below, and only then lets a request
leave. What happened is settled with the provider's receipt. A worker that died before *dispatching* loses its claim and
the message is simply taken again. A worker that died after it leaves a message whose fate is looked up with the lane
(`Mailer.outcome`): sent is sent, not sent goes back in the queue, and unknown becomes *Not sure it arrived* for a
person. Nothing is ever sent again blindly, and every planned message is counted in the balance.

What is not guaranteed. No lane can promise that a mail which a provider accepted reaches the inbox; a bounce is read
later as a reply. A lane that cannot look up a fate (SMTP without a Sent folder) must ask a person after such a crash.
The local lane is exact: a file under the message's own name is there or it is not.

Consent, exits, approval and the send window are looked at again in the transaction that marks *dispatching*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from network.approvals import Approval, Decision
from network.cadence import Place, next_send_time
from network.consent import ConsentFacts, Reason, may_write
from network.members import Person
from network.messages import GO, Balance, Message, Ruling, Stream
from network.preferences import Preferences, Sending
from network.stores import LaneState, Limits

SENDING_IS_OFF = "sending is off"
NOT_APPROVED = "waits for approval"
UNDO_TIME = "approved; can still be called back"
OUTSIDE_WINDOW = "outside the send window"

BATCH = 20  # messages claimed at once
AT_ONCE = timedelta(seconds=5)  # messages marked dispatching together never take longer than this at the lane's rate
FRESH_FOR = timedelta(minutes=30)  # a reading of sheet or inbox older than this is not relied on
AWAY_AFTER = timedelta(hours=24)

# Said by the person, or true of the address: these never become right by waiting.
_FINAL = frozenset({Reason.SAID_NO, Reason.BOUNCED, Reason.NO_NEWSLETTER, Reason.MARKED, Reason.LEFT})
# What the office writes to itself and what a person just asked for may go at any hour.
_AT_ANY_HOUR = frozenset({Stream.OFFICE, Stream.ANSWER})


@dataclass(slots=True)
class OutboxReport:
    """What one run of the outbox did and how the whole ledger balances after it."""

    balance: Balance = field(default_factory=Balance)
    sent: int = 0
    tests: int = 0  # copies to the reply-to address while Sending is "only to me"
    looked_up: int = 0
    not_sure: int = 0
    refused: int = 0
    held: str = ""  # why nothing (more) was dispatched; blank when everything due was
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class LastLook:
    """Everything that can still stop a mail, as it stands now; called inside the transaction that lets it go."""

    now: datetime
    preferences: Preferences
    approvals: Mapping[str, Approval | None]
    place_of: Callable[[Person], Place]
    exit_reason: Callable[[Message, Person, ConsentFacts], str]

    def __call__(self, message: Message, person: Person | None, facts: ConsentFacts) -> Ruling:
        if self.preferences.sending is Sending.OFF:
            return Ruling(goes=False, reason=SENDING_IS_OFF)
        if message.stream is Stream.OFFICE:
            return GO
        if self.preferences.sending is not Sending.ON:
            return Ruling(goes=False, reason=SENDING_IS_OFF)
        if person is None:
            return Ruling(goes=False, reason="no longer known", is_final=True)
        return self._consent(message, person, facts)

    def _consent(self, message: Message, person: Person, facts: ConsentFacts) -> Ruling:
        verdict = may_write(person, message.address, facts, message.stream, self.now)
        if not verdict.allowed and verdict.reason is not None:
            return Ruling(
                goes=False, reason=str(verdict.reason), is_final=verdict.reason in _FINAL, until=verdict.until
            )
        ended = self.exit_reason(message, person, facts)
        if ended:
            return Ruling(goes=False, reason=ended, is_final=True)
        return self._approval(message, person)

    def _approval(self, message: Message, person: Person) -> Ruling:
        if message.approval_item:
            approval = self.approvals.get(message.approval_item)
            if (
                approval is None
                or approval.decision is not Decision.APPROVED
                or approval.fingerprint != message.fingerprint
            ):
                return Ruling(goes=False, reason=NOT_APPROVED)
            if approval.starts_at > self.now:
                return Ruling(goes=False, reason=UNDO_TIME, until=approval.starts_at)
        return self._window(message, person)

    def _window(self, message: Message, person: Person) -> Ruling:
        if message.stream in _AT_ANY_HOUR:
            return GO
        opens = next_send_time(self.now, self.place_of(person), self.preferences)
        if opens is None or opens > self.now:
            return Ruling(goes=False, reason=OUTSIDE_WINDOW, until=opens)
        return GO


def limits_at(now: datetime, preferences: Preferences, lane: str, state: LaneState) -> Limits:
    """How much the lane may take now: the first live day of a lane is capped lower, in the network's own day."""
    zone = ZoneInfo(preferences.time_zone)
    today = now.astimezone(zone)
    day_starts = today.replace(hour=0, minute=0, second=0, microsecond=0)
    # One in the future was written by a clock that ran ahead.
    is_first = state.first_live_day is None or state.first_live_day >= today.date()
    caps = preferences.caps
    return Limits(
        caps=caps,
        day_starts=day_starts,
        week_starts=now - timedelta(days=7),
        lane=lane,
        lane_day=min(caps.first_day, caps.per_day) if is_first else caps.per_day,
    )


def next_stride(stride: int, took: timedelta) -> int:
    """How many messages to mark dispatching next, after `stride` of them took so long: twice as many while that fits.

    A crash leaves only these unclear, and a long wait for each of them cannot outlast their claims.
    """
    fitting = int(AT_ONCE * stride / took) if took > timedelta(0) else BATCH
    return max(1, min(2 * stride, fitting, BATCH))


def is_fresh(read_at: str | None, now: datetime) -> bool:
    """Tells whether a reading, remembered as ISO text, is recent enough to send on; one from the future is not."""
    if not read_at:
        return False
    age = now - datetime.fromisoformat(read_at)
    return timedelta(0) <= age <= FRESH_FOR


def was_away(last_run: str | None, now: datetime) -> timedelta | None:
    """How long the office stood still when that was more than a day; else None."""
    if not last_run:
        return None
    away = now - datetime.fromisoformat(last_run)
    return away if away > AWAY_AFTER else None
