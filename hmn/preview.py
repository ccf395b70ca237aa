"""`hmn preview`: the live code with a moved clock; nothing is sent or written."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.sequences import PlannedTouch


def show_preview(days: int, *, as_of: datetime | None, as_json: bool) -> None:
    """Lists who would get what in the next `days`, in the network's time, and who is held and why."""
    from network.jobs.recruitment import preview

    with open_office(as_of=as_of) as office:
        touches = preview(office, office.clock(), days)
        zone = ZoneInfo(office.preferences().time_zone)
    if as_json:
        print(json.dumps([_plain(touch, zone) for touch in touches], indent=2, ensure_ascii=False))
        return
    table = Table("Who", "What", "When", "Why", title=f"The next {days} days", title_justify="left")
    for touch in touches:
        row = _plain(touch, zone)
        table.add_row(row["who"], row["what"], row["when"] or f"held: {row['held']}", row["why"])
    Console().print(table if touches else "Nothing is planned and nobody is held.")


def show_mail(ref: str, *, as_of: datetime | None, as_json: bool) -> None:
    """Shows one message as it is or was to be sent; the reference stands in the outbox list and in the mail."""
    with open_office(as_of=as_of) as office:
        record = office.ledgerbook.find(ref)
    if record is None:
        raise ConfigurationError(f"There is no message {ref}. hmn outbox lists those that wait.")
    content = record.message.content
    if as_json:
        print(
            json.dumps({"ref": ref, "state": record.state, "subject": content.subject, "text": content.text}, indent=2)
        )
        return
    print(f"Subject: {content.subject}\nState: {record.state} {record.reason}\n\n{content.text}")


def _plain(touch: PlannedTouch, zone: ZoneInfo) -> dict[str, str]:
    when = f"{touch.at.astimezone(zone):%a %d %b %H:%M}" if touch.at else ""
    return {"who": touch.who, "what": touch.what, "when": when, "why": touch.why, "held": touch.held}
