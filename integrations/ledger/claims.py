"""Which messages may be claimed now: who comes first, and what the caps leave. Used inside the claim's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select, update

from integrations.ledger.tables import message, person
from network.messages import FIRST_NOTICE, State, Stream
from network.stores import Limits

DAILY_CAP = "daily cap"
PERSON_CAP = "enough mail for this person for now"

WITHOUT_CAP = (Stream.ANSWER, Stream.OFFICE)  # what was asked for, and the office's own mail
_WITHOUT_PERSON_CAP = (*WITHOUT_CAP, Stream.NEWSLETTER)
# Whoever read that there is a meeting must read that there is none, whatever else they got today.
_IS_CORRECTION = and_(message.c.stream == Stream.NOTICE, message.c.key.not_like(f"{Stream.NOTICE}/%/{FIRST_NOTICE}/%"))

# An issue to many readers never keeps letters from one person to another waiting.
_LAST = case((message.c.stream == Stream.NEWSLETTER, 1), else_=0)
_PAGE = 200


def due(connection: Connection, now: datetime, *, has_room: bool) -> Iterator[Any]:
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
        statement = statement.where(message.c.stream.in_(WITHOUT_CAP))
    if after is not None:
        rank, due_at, key = after
        later = or_(message.c.due_at > due_at, and_(message.c.due_at == due_at, message.c.key > key))
        statement = statement.where(or_(rank < _LAST, and_(_LAST.in_([rank]), later)))
    return statement


def taken_today(connection: Connection, limits: Limits) -> int:
    return (
        connection.scalar(
            select(func.count())
            .select_from(message)
            .where(
                message.c.lane == limits.lane,
                message.c.reserved_at >= limits.day_starts,
                message.c.stream.not_in(WITHOUT_CAP),
            )
        )
        or 0
    )


def had_enough(connection: Connection, row: Any, limits: Limits) -> bool:
    """Counts this person's and this address's mail, with the person's row locked so that no other claim counts too."""
    if row.stream in _WITHOUT_PERSON_CAP or (row.stream == Stream.NOTICE and row.key.split("/")[2] != FIRST_NOTICE):
        return False
    connection.execute(select(person.c.id).where(person.c.id == row.person_id).with_for_update())
    today, week = connection.execute(
        select(
            func.coalesce(func.sum(case((message.c.reserved_at >= limits.day_starts, 1), else_=0)), 0),
            func.count(),
        ).where(
            or_(message.c.person_id == row.person_id, message.c.address == row.address),
            message.c.reserved_at >= min(limits.week_starts, limits.day_starts),
            message.c.stream.not_in(_WITHOUT_PERSON_CAP),
            ~_IS_CORRECTION,
        )
    ).one()
    return bool(today >= limits.caps.per_person_day or week >= limits.caps.per_person_week)


def wait_until(connection: Connection, key: str, reason: str, until: datetime) -> None:
    connection.execute(update(message).where(message.c.key == key).values(reason=reason, look_again_at=until))


def letters_later_today(connection: Connection, now: datetime, limits: Limits) -> int:
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
                message.c.stream.not_in((*WITHOUT_CAP, Stream.NEWSLETTER)),
            )
        )
        or 0
    )


def wait_for_room(connection: Connection, now: datetime, limits: Limits, *, has_room: bool) -> None:
    """Says of everything that found no place today why it waits; with room left that is only an issue's copies."""
    waits = message.c.stream == Stream.NEWSLETTER if has_room else message.c.stream.not_in(WITHOUT_CAP)
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
