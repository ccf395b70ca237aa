"""Messages on their way out: queue, claim, start, settle.

What is guaranteed here: a key is queued once for ever, and so is (stream, item, step, address); a message is claimed by
one worker at a time; a claim takes its place under every cap in the same transaction, so no number of workers sends one
too many; a worker whose claim expired cannot start or settle. What is *not* guaranteed here: that a dispatch whose
answer was lost did not arrive. That is `expire` and the lane's `outcome`, and in doubt a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select, update

from integrations.ledger.consents import facts_of
from integrations.ledger.engine import Ledger
from integrations.ledger.message_rows import MESSAGE, RECEIPT, SHARED_ADDRESS, load_message
from integrations.ledger.people import find_person
from integrations.ledger.tables import lane as lane_table
from integrations.ledger.tables import message, person
from network.consent import ConsentFacts
from network.members import Person
from network.messages import Claim, Message, Receipt, Ruling, State, Stream
from network.ports import Limits

DAILY_CAP = "daily cap"
PERSON_CAP = "enough mail for this person for now"

_WITHOUT_CAP = (Stream.ANSWER, Stream.OFFICE)  # what was asked for, and the office's own mail
_WITHOUT_PERSON_CAP = (*_WITHOUT_CAP, Stream.NEWSLETTER)
# An issue to many readers never keeps letters from one person to another waiting.
_LAST = case((message.c.stream == Stream.NEWSLETTER, 1), else_=0)
_PAGE = 200
_REFUSALS_THAT_PAUSE = 5
_LOOK_AGAIN = timedelta(minutes=30)
_TRY_AGAIN = timedelta(minutes=5)


class LedgerOutbox:
    """The outbox on SQLite or PostgreSQL; see the module's text for what it guarantees."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

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
        claims: list[Claim] = []
        with self._ledger.write() as connection:
            if self._ledger.lock_lane(connection, limits.lane).paused:
                return []
            room = limits.lane_day - _taken_today(connection, limits)
            kept = _letters_later_today(connection, now, limits)
            for row in _due(connection, now, has_room=room > 0):
                if len(claims) == count:
                    break
                stream = Stream(row.stream)
                if stream not in _WITHOUT_CAP and room <= (kept if stream is Stream.NEWSLETTER else 0):
                    continue
                if stream not in _WITHOUT_PERSON_CAP and _had_enough(connection, row, limits):
                    _wait(connection, row.key, PERSON_CAP, limits.day_starts + timedelta(days=1))
                else:
                    room -= stream not in _WITHOUT_CAP
                    claims.append(_take(connection, row, owner, now, limits))
            if room <= kept:
                _wait_for_room(connection, now, limits, has_room=room > 0)
        return claims

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
            values |= {"reserved_at": None, "look_again_at": now + _TRY_AGAIN}
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


def _due(connection: Connection, now: datetime, *, has_room: bool) -> Iterator[Any]:
    """Every message that may be claimed now, oldest first, in pages so that memory stays small."""
    after: tuple[int, datetime, str] | None = None
    while page := connection.execute(_due_page(now, after, has_room)).all():
        yield from page
        after = (page[-1].rank, page[-1].due_at, page[-1].key)


def _due_page(now: datetime, after: tuple[int, datetime, str] | None, has_room: bool) -> Select[Any]:
    statement = (
        select(message, _LAST.label("rank"))
        .where(
            message.c.state == State.QUEUED,
            message.c.due_at <= now,
            message.c.not_after > now,
            # A cap may have been raised since; any other wait has its own end.
            or_(message.c.look_again_at.is_(None), message.c.look_again_at <= now, message.c.reason == DAILY_CAP),
        )
        .order_by(_LAST, message.c.due_at, message.c.key)
        .limit(_PAGE)
        .with_for_update(skip_locked=True)
    )
    if not has_room:
        statement = statement.where(message.c.stream.in_(_WITHOUT_CAP))
    if after is not None:
        rank, due_at, key = after
        later = or_(message.c.due_at > due_at, and_(message.c.due_at == due_at, message.c.key > key))
        statement = statement.where(or_(rank < _LAST, and_(_LAST.in_([rank]), later)))
    return statement


def _taken_today(connection: Connection, limits: Limits) -> int:
    return (
        connection.scalar(
            select(func.count())
            .select_from(message)
            .where(
                message.c.lane == limits.lane,
                message.c.reserved_at >= limits.day_starts,
                message.c.stream.not_in(_WITHOUT_CAP),
            )
        )
        or 0
    )


def _had_enough(connection: Connection, row: Any, limits: Limits) -> bool:
    """Counts this person's and this address's mail, with the person's row locked so that no other claim counts too."""
    connection.execute(select(person.c.id).where(person.c.id == row.person_id).with_for_update())
    today, week = connection.execute(
        select(
            func.coalesce(func.sum(case((message.c.reserved_at >= limits.day_starts, 1), else_=0)), 0),
            func.count(),
        ).where(
            or_(message.c.person_id == row.person_id, message.c.address == row.address),
            message.c.reserved_at >= min(limits.week_starts, limits.day_starts),
            message.c.stream.not_in(_WITHOUT_PERSON_CAP),
        )
    ).one()
    return bool(today >= limits.caps.per_person_day or week >= limits.caps.per_person_week)


def _wait(connection: Connection, key: str, reason: str, until: datetime) -> None:
    connection.execute(update(message).where(message.c.key == key).values(reason=reason, look_again_at=until))


def _letters_later_today(connection: Connection, now: datetime, limits: Limits) -> int:
    """How many letters to one person are still to go today: their room is kept from an issue's many copies."""
    tonight = limits.day_starts + timedelta(days=1)
    return (
        connection.scalar(
            select(func.count())
            .select_from(message)
            .where(
                message.c.state == State.QUEUED,
                message.c.due_at > now,
                message.c.due_at < tonight,
                message.c.stream.not_in((*_WITHOUT_CAP, Stream.NEWSLETTER)),
            )
        )
        or 0
    )


def _wait_for_room(connection: Connection, now: datetime, limits: Limits, *, has_room: bool) -> None:
    """Says of everything that found no place today why it waits; with room left that is only an issue's copies."""
    waits = message.c.stream == Stream.NEWSLETTER if has_room else message.c.stream.not_in(_WITHOUT_CAP)
    connection.execute(
        update(message)
        .where(
            message.c.state == State.QUEUED,
            message.c.due_at <= now,
            waits,
            or_(message.c.look_again_at.is_(None), message.c.look_again_at <= now),
        )
        .values(reason=DAILY_CAP, look_again_at=limits.day_starts + timedelta(days=1))
    )


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
