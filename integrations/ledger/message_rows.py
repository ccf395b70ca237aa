"""A message and its row of the ledger: how one becomes the other, and what happens to it when a person moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from integrations.ledger.codec import Codec
from integrations.ledger.tables import message
from network.messages import Message, Receipt, State, Stream

MESSAGE = Codec(Message)
RECEIPT = Codec(Receipt)
SHARED_ADDRESS = "somebody else at this address gets it"


def load_message(row: Any) -> Message:
    """The message of one row; its address is the one the ledger has, which may have moved since it was planned."""
    return replace(MESSAGE.load(row.body), address=row.address)


def readdress(connection: Connection, person_id: str, spelling: str, at: datetime) -> None:
    """Sends what still waits to the person's new address; somebody who shares it may have it already.

    An answer goes where the mail that it answers came from: nobody else would understand it.
    """
    waiting = connection.execute(
        select(message).where(
            message.c.person_id == person_id,
            message.c.state == State.QUEUED,
            message.c.stream != Stream.ANSWER,
            message.c.address != spelling,
        )
    ).all()
    for row in waiting:
        moved = replace(load_message(row), address=spelling)
        taken = connection.scalar(select(message.c.key).where(message.c.address_key == moved.address_key))
        values: dict[str, Any] = {"changed_at": at}
        if taken is None:
            values |= {"address": spelling, "address_key": moved.address_key}
        else:
            values |= {"state": State.SKIPPED, "reason": SHARED_ADDRESS}
        connection.execute(update(message).where(message.c.key == row.key).values(values))
