"""Messages on their way out: queue, claim, start, settle.

What is guaranteed here: a key is queued once for ever, and so is (stream, item, step, address); a message is claimed by
one worker at a time; a claim takes its place under every cap, and its turn in the lane's minute, in the same
transaction, so no number of workers sends one too many; a worker whose claim expired cannot start or settle. What is
*not* guaranteed here: that a dispatch whose answer was lost did not arrive. That is `expire` and the lane's `outcome`,
and in doubt a person.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select, update

from integrations.ledger.claims import (
    PERSON_CAP,
    WITHOUT_CAP,
    due,
    had_enough,
    letters_later_today,
    taken_today,
    wait_for_room,
    wait_until,
)
from integrations.ledger.consents import facts_of
from integrations.ledger.engine import Ledger
from integrations.ledger.message_rows import MESSAGE, RECEIPT, SHARED_ADDRESS, load_message
from integrations.ledger.people import find_person
from integrations.ledger.rates import Bucket, open_bucket
from integrations.ledger.tables import lane as lane_table
from integrations.ledger.tables import message
from network.consent import ConsentFacts
from network.members import Person
from network.messages import Claim, Message, Receipt, Ruling, State, Stream
from network.stores import Limits

_REFUSALS_THAT_PAUSE = 5
_LOOK_AGAIN = timedelta(minutes=30)
_TRY_AGAIN = timedelta(minutes=5)
_LONGEST_WAIT = 24  # times five minutes
_LONGEST_PAUSE = 60.0  # seconds


class LedgerOutbox:
    """The outbox on SQLite or PostgreSQL; see the module's text for what it guarantees."""

    def __init__(
        self, ledger: Ledger, *, per_minute: int | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`per_minute`: how many messages the lane may take in a minute, by all workers together; None: any number."""
        self._ledger, self._per_minute, self._sleep = ledger, per_minute, sleep

    def queue(self, messages: Sequence[Message], at: datetime) -> int:
        queued = 0
        with self._ledger.write() as connection:
            for each in messages:
                row = _row(each, at)
                if self._ledger.add_new(connection, message, row):
                    queued += 1
                    continue
                if _refresh_words(connection, row):
                    continue
                # The address has it already, under another person: planned and not sent, so it must show.
                row |= {"address_key": each.key, "state": State.SKIPPED, "reason": SHARED_ADDRESS, "reply_ref": None}
                self._ledger.add_new(connection, message, row)
        return queued

    def claim(self, owner: str, count: int, now: datetime, limits: Limits) -> Sequence[Claim]:
        """As the port says; where the lane's minute is full it waits, a minute at most, outside any transaction."""
        waited = 0.0
        while True:
            claims, wait = self._claim(owner, count, now + timedelta(seconds=waited), limits)
            if claims or not wait or waited + wait > _LONGEST_PAUSE:
                return claims
            self._sleep(wait)
            waited += wait

    def _claim(self, owner: str, count: int, now: datetime, limits: Limits) -> tuple[list[Claim], float]:
        """The claims, and how long to wait where something is due and only a turn is missing."""
        claims: list[Claim] = []
        with self._ledger.write() as connection:
            if self._ledger.lock_lane(connection, limits.lane).paused:
                return [], 0.0
            bucket = self._bucket(connection, limits.lane, now)
            room = limits.lane_day - taken_today(connection, limits)
            kept = letters_later_today(connection, now, limits)
            wait = 0.0
            for row in due(connection, now, has_room=room > 0):
                if len(claims) == count:
                    break
                stream = Stream(row.stream)
                if stream not in WITHOUT_CAP and room <= (kept if stream is Stream.NEWSLETTER else 0):
                    continue
                if had_enough(connection, row, limits):
                    wait_until(connection, row.key, PERSON_CAP, limits.day_starts + timedelta(days=1))
                elif bucket is not None and (wait := bucket.seconds_until(len(claims) + 1)):
                    break
                else:
                    room -= stream not in WITHOUT_CAP
                    claims.append(_take(connection, row, owner, now, limits))
            if room <= kept:
                wait_for_room(connection, now, limits, has_room=room > 0)
            if bucket is not None and claims:
                bucket.spend(connection, len(claims))
        return claims, wait

    def _bucket(self, connection: Connection, lane: str, now: datetime) -> Bucket | None:
        """The lane's turns of this minute, locked; None where it has no limit."""
        if self._per_minute is None:
            return None
        return open_bucket(self._ledger, connection, f"lane.{lane}", now, self._per_minute)

    def prepare(self, claim: Claim, handle: Mapping[str, str], now: datetime) -> bool:
        with self._ledger.write() as connection:
            done = connection.execute(
                update(message).where(_held(claim, State.CLAIMED)).values(handle=dict(handle), changed_at=now)
            )
        return bool(done.rowcount)

    def start(
        self, claims: Sequence[Claim], now: datetime, recheck: Callable[[Message, Person | None, ConsentFacts], Ruling]
    ) -> Sequence[Claim]:
        ours: list[Claim] = []
        with self._ledger.write() as connection:
            for claim in claims:
                row = connection.execute(
                    select(message).where(_held(claim, State.CLAIMED), message.c.expires > now).with_for_update()
                ).one_or_none()
                if row is None:
                    continue
                someone = find_person(connection, row.person_id)
                facts = facts_of(connection, someone) if someone else ConsentFacts()
                ruling = recheck(claim.message, someone, facts)
                connection.execute(update(message).where(message.c.key == row.key).values(_ruled(ruling, now)))
                if ruling.goes:
                    ours.append(claim)
        return ours

    def settle(
        self, claim: Claim, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        values: dict[str, Any] = {"state": state, "reason": reason, "changed_at": now, "owner": None, "expires": None}
        if receipt is not None:
            values["receipt"] = RECEIPT.dump(receipt)
        if state is State.QUEUED:
            # Longer each time, so that a mail which the server keeps putting off holds no other up.
            later = _TRY_AGAIN * min(2 ** (claim.attempt - 1), _LONGEST_WAIT)
            values |= {"reserved_at": None, "look_again_at": now + later}
        elif state in (State.FAILED, State.SKIPPED, State.MISSED):
            values["reserved_at"] = None
        with self._ledger.write() as connection:
            row = connection.execute(
                select(message.c.lane).where(_held(claim, State.DISPATCHING)).with_for_update()
            ).one_or_none()
            if row is None:
                return False
            connection.execute(update(message).where(message.c.key == claim.message.key).values(values))
            _count_refusals(connection, row.lane, state)
        return True


def _row(each: Message, at: datetime) -> dict[str, Any]:
    return {
        "key": each.key,
        "address_key": each.address_key,
        "reply_ref": each.reply_ref or None,
        "stream": each.stream,
        "person_id": each.person_id,
        "address": each.address,
        "body": MESSAGE.dump(each),
        "state": State.QUEUED,
        "reason": "",
        "due_at": each.due_at,
        "not_after": each.not_after,
        "planned_at": at,
        "changed_at": at,
        "attempt": 0,
        "handle": {},
    }


def _refresh_words(connection: Connection, row: dict[str, Any]) -> bool:
    """A message that is planned again while it still waits gets its newest words; True when it is the same message."""
    standing = connection.execute(
        select(message.c.state, message.c.body).where(message.c.key == row["key"]).with_for_update()
    ).one_or_none()
    if standing is None:
        return False
    if standing.state == State.QUEUED and standing.body != row["body"]:
        fresh = {name: row[name] for name in ("body", "not_after", "changed_at")}
        connection.execute(update(message).where(message.c.key == row["key"]).values(look_again_at=None, **fresh))
    return True


def _take(connection: Connection, row: Any, owner: str, now: datetime, limits: Limits) -> Claim:
    expires = now + limits.lease
    connection.execute(
        update(message)
        .where(message.c.key == row.key)
        .values(
            state=State.CLAIMED,
            reason="",
            owner=owner,
            attempt=row.attempt + 1,
            expires=expires,
            lane=limits.lane,
            reserved_at=now,
            look_again_at=None,
            changed_at=now,
        )
    )
    return Claim(load_message(row), owner, row.attempt + 1, expires)


def _held(claim: Claim, state: State) -> Any:
    return and_(
        message.c.key == claim.message.key,
        message.c.owner == claim.owner,
        message.c.attempt == claim.attempt,
        message.c.state == state,
    )


def _ruled(ruling: Ruling, now: datetime) -> dict[str, Any]:
    if ruling.goes:
        return {"state": State.DISPATCHING, "reason": "", "changed_at": now}
    released = {"reason": ruling.reason, "changed_at": now, "owner": None, "expires": None, "reserved_at": None}
    if ruling.is_final:
        return released | {"state": State.SKIPPED}
    return released | {"state": State.QUEUED, "look_again_at": ruling.until or now + _LOOK_AGAIN}


def _count_refusals(connection: Connection, name: str, state: State) -> None:
    """Pauses a lane that refuses one after the other: the fault is then ours or the provider's, not one address's."""
    if state is State.SENT:
        connection.execute(update(lane_table).where(lane_table.c.name == name).values(refusals_in_a_row=0))
    elif state is State.FAILED:
        row = connection.execute(select(lane_table).where(lane_table.c.name == name).with_for_update()).one()
        refusals = row.refusals_in_a_row + 1
        paused = (
            f"{refusals} mails in a row were refused. Please look at the reasons in HMN today, then answer go."
            if refusals >= _REFUSALS_THAT_PAUSE
            else row.paused
        )
        connection.execute(
            update(lane_table).where(lane_table.c.name == name).values(refusals_in_a_row=refusals, paused=paused)
        )
