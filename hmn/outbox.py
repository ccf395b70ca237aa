"""`hmn outbox`: what waits, what is on its way, what nobody is sure about."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.messages import State

_UNFINISHED = {
    State.QUEUED: "waiting to go",
    State.CLAIMED: "on its way",
    State.DISPATCHING: "on its way",
    State.TO_CHECK: "not sure it arrived",
}
_FINISHED = {
    State.SENT: "sent",
    State.FAILED: "refused",
    State.SKIPPED: "not sent on purpose",
    State.MISSED: "too late",
}
_WORDS = _UNFINISHED | _FINISHED


def list_waiting(*, as_of: datetime | None, as_json: bool) -> None:
    """Lists every message that is not finished, with its reference; people as ids."""
    with open_office(as_of=as_of) as office:
        records = office.ledgerbook.records(tuple(_UNFINISHED))
        zone = ZoneInfo(office.preferences().time_zone)
    rows = [
        {
            "ref": record.message.reply_ref or record.message.key,
            "what": f"{record.message.step} of {record.message.item}",
            "state": str(record.state),
            "due": f"{record.message.due_at.astimezone(zone):%a %d %b %H:%M}",
            "why": record.reason,
        }
        for record in records
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("Ref", "What", "State", "Due", "Why", title="Waiting to go", title_justify="left")
    for row in rows:
        table.add_row(*(row | {"state": _UNFINISHED[State(row["state"])]}).values())
    Console().print(table if rows else "Nothing waits.")


def settle(action: str, ref: str, *, as_of: datetime | None, as_json: bool) -> None:
    """Sends one that is not sure once more, or drops it."""
    wanted = {"retry": State.QUEUED, "drop": State.SKIPPED}.get(action)
    if wanted is None:
        raise ConfigurationError(f"{action} is not understood. Type hmn outbox retry REF, or hmn outbox drop REF.")
    with open_office(as_of=as_of) as office:
        record = office.ledgerbook.find(ref) or office.ledgerbook.find(ref.upper())
        if record is None:
            raise ConfigurationError(f"There is no message {ref}. hmn outbox lists them.")
        if record.state is not State.TO_CHECK:
            raise ConfigurationError(
                f"This message is {_WORDS[record.state]}. Only one that we are not sure about can be settled by hand."
            )
        if wanted is State.QUEUED and record.message.not_after <= office.clock():
            raise ConfigurationError("This message is too late to be of use now. Type drop instead of retry.")
        reason = "a person answered retry" if action == "retry" else "dropped"
        done = office.ledgerbook.resolve(record, wanted, office.clock(), reason=reason)
    if not done:
        raise ConfigurationError("The message has moved on meanwhile; nothing was changed.")
    words = "It goes out once more with the next batch." if action == "retry" else "It will not be sent."
    print(json.dumps({"ref": ref, "action": action}) if as_json else words)
