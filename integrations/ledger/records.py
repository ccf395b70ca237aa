"""The outbox as people ask about it, and the repairs after a crash; and which lanes run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from integrations.ledger.engine import Ledger
from integrations.ledger.message_rows import RECEIPT, load_message
from integrations.ledger.tables import lane as lane_table
from integrations.ledger.tables import message
from network.messages import Balance, MessageRecord, Receipt, State, Stream
from network.stores import LaneState

NOT_DUE = "not due yet"
DUE = "goes with the next batch"
ON_ITS_WAY = "on its way"
_CLOCK_RAN_AHEAD = timedelta(hours=1)

# From where to where a person or a look-up may move a message; everything else is the worker's own business.
_MOVES = {
    State.DISPATCHING: {State.SENT, State.QUEUED, State.TO_CHECK, State.FAILED},
    State.TO_CHECK: {State.SENT, State.QUEUED, State.SKIPPED},
    State.QUEUED: {State.SKIPPED},
    State.FAILED: {State.QUEUED},
}


class LedgerRecords:
    """Reads the outbox and repairs it; every repair is a compare-and-set on (state, attempt)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def records(self, states: Sequence[State] = ()) -> Sequence[MessageRecord]:
        statement = select(message).order_by(message.c.due_at, message.c.key)
        if states:
            statement = statement.where(message.c.state.in_(states))
        with self._ledger.read() as connection:
            return [_record(row) for row in connection.execute(statement)]

    def find(self, key_or_ref: str) -> MessageRecord | None:
        wanted = key_or_ref.strip()
        with self._ledger.read() as connection:
            row = connection.execute(
                select(message).where(or_(message.c.key == wanted, message.c.reply_ref == wanted)).limit(1)
            ).one_or_none()
        return None if row is None else _record(row)

    def tally(self, now: datetime) -> Balance:
        is_due = case((message.c.due_at <= now, 1), else_=0)
        with self._ledger.read() as connection:
            rows = connection.execute(
                select(message.c.state, message.c.reason, is_due, func.count()).group_by(
                    message.c.state, message.c.reason, is_due
                )
            ).all()
        by_state: Counter[State] = Counter()
        reasons: dict[State, Counter[str]] = {state: Counter() for state in State}
        for state_name, reason, due, number in rows:
            state = State(state_name)
            by_state[state] += number
            reasons[state][reason or (DUE if due else NOT_DUE)] += number
        on_its_way = by_state[State.CLAIMED] + by_state[State.DISPATCHING]
        waiting = dict(reasons[State.QUEUED]) | ({ON_ITS_WAY: on_its_way} if on_its_way else {})
        return Balance(
            sent=by_state[State.SENT],
            skipped=dict(reasons[State.SKIPPED]),
            missed=by_state[State.MISSED],
            failed=dict(reasons[State.FAILED]),
            to_check=by_state[State.TO_CHECK],
            waiting=waiting,
        )

    def expire(self, now: datetime) -> Sequence[MessageRecord]:
        # A claim of tomorrow was taken while the clock ran ahead: waiting for its end could take as long as that.
        is_over = or_(message.c.expires <= now, message.c.changed_at > now + _CLOCK_RAN_AHEAD)
        released: dict[str, Any] = {"owner": None, "expires": None, "reserved_at": None, "changed_at": now}
        with self._ledger.write() as connection:
            connection.execute(
                update(message).where(message.c.state == State.CLAIMED, is_over).values(state=State.QUEUED, **released)
            )
            connection.execute(
                update(message)
                .where(message.c.state == State.QUEUED, message.c.not_after <= now)
                .values(state=State.MISSED, reason="too late to be of use", **released)
            )
            rows = connection.execute(
                select(message)
                .where(message.c.state == State.DISPATCHING, is_over)
                .order_by(message.c.due_at, message.c.key)
            ).all()
        return [_record(row) for row in rows]

    def resolve(
        self, record: MessageRecord, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        if state not in _MOVES.get(record.state, set()):
            return False
        values: dict[str, Any] = {"state": state, "reason": reason, "changed_at": now, "owner": None, "expires": None}
        if receipt is not None:
            values["receipt"] = RECEIPT.dump(receipt)
        if state in (State.QUEUED, State.SKIPPED, State.FAILED):
            values |= {"reserved_at": None, "look_again_at": None}
        here = and_(
            message.c.key == record.message.key,
            message.c.state == record.state,
            message.c.attempt == record.attempt,
        )
        with self._ledger.write() as connection:
            return bool(connection.execute(update(message).where(here).values(values)).rowcount)

    def doubt(self, reason: str, now: datetime) -> int:
        under_way = message.c.state.in_([State.QUEUED, State.CLAIMED, State.DISPATCHING, State.TO_CHECK])
        ours = message.c.stream.in_([Stream.OFFICE, Stream.ANSWER])
        values: dict[str, Any] = {"reason": reason, "changed_at": now, "owner": None, "expires": None}
        values |= {"reserved_at": None, "look_again_at": None}
        with self._ledger.write() as connection:
            connection.execute(update(message).where(under_way, ours).values(state=State.SKIPPED, **values))
            asked = update(message).where(under_way, message.c.stream.not_in([Stream.OFFICE, Stream.ANSWER]))
            # The attempt moves on, so that a worker which still holds a claim can settle nothing.
            moved = asked.values(state=State.TO_CHECK, attempt=message.c.attempt + 1, **values)
            return connection.execute(moved).rowcount


class LedgerLanes:
    """Which lanes run, since when, and why one does not."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def state(self, lane: str) -> LaneState:
        with self._ledger.read() as connection:
            row = connection.execute(select(lane_table).where(lane_table.c.name == lane)).one_or_none()
        return LaneState(None, "") if row is None else LaneState(row.first_live_day, row.paused)

    def begin(self, lane: str, day: date) -> LaneState:
        with self._ledger.write() as connection:
            row = self._ledger.lock_lane(connection, lane)
            first = min(row.first_live_day or day, day)
            connection.execute(update(lane_table).where(lane_table.c.name == lane).values(first_live_day=first))
        return LaneState(first, row.paused)

    def pause(self, lane: str, why: str) -> None:
        with self._ledger.write() as connection:
            self._ledger.lock_lane(connection, lane)
            connection.execute(
                update(lane_table).where(lane_table.c.name == lane).values(paused=why, refusals_in_a_row=0)
            )

    def others(self, lane: str) -> Sequence[str]:
        with self._ledger.read() as connection:
            names = connection.scalars(
                select(message.c.lane).where(message.c.state == State.SENT, message.c.lane != lane).distinct()
            )
            return sorted(name for name in names if name)


def _record(row: Any) -> MessageRecord:
    return MessageRecord(
        message=load_message(row),
        state=State(row.state),
        reason=row.reason,
        attempt=row.attempt,
        changed_at=row.changed_at,
        planned_at=row.planned_at,
        receipt=RECEIPT.load(row.receipt) if row.receipt else None,
        handle=row.handle,
    )
