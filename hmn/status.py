"""`hmn status`: how the office is, in a few lines."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.cadence import say_day
from network.jobs.guard import held
from network.tasks import TaskState

_MOMENTS = ("sheet read", "inbox read", "last backup")


def show(*, as_of: datetime | None, as_json: bool) -> None:
    """Prints the last readings, the balance and what waits for a person."""
    with open_office(as_of=as_of) as office:
        now = office.clock()
        zone = ZoneInfo(office.preferences().time_zone)
        balance = office.ledgerbook.tally(now)
        facts: dict[str, Any] = {
            "members": sum(person.is_active_member for person in office.people.all()),
            "this computer": held(office) or "runs the sheet",
            "sheet read": office.cursors.get("read.sheet") or "never",
            "inbox read": office.cursors.get("read.inbox") or "never",
            "last backup": office.cursors.get("backup.last") or "never",
            "sending": f"{'live' if office.is_live else 'off (HMN_SEND)'}; in Settings: {office.preferences().sending}",
            "planned": balance.planned,
            "sent": balance.sent,
            "waiting": dict(balance.waiting),
            "not sure": balance.to_check,
            "waiting for approval": len(office.approvals.pending()),
            "to do": sum(task.state is TaskState.OPEN for task in office.tasks.all()),
        }
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    table = Table(show_header=False, title="The office", title_justify="left")
    for name, value in facts.items():
        table.add_row(name, _said(name, value, zone))
    Console().print(table)


def _said(name: str, value: Any, zone: ZoneInfo) -> str:
    """A fact as a person reads it: moments on the network's clock, sums with their reasons."""
    if isinstance(value, dict):
        return ", ".join(f"{number} {reason}" for reason, number in value.items()) or "0"
    if name not in _MOMENTS or value == "never":
        return str(value)
    there = datetime.fromisoformat(value).astimezone(zone)
    return f"{say_day(there.date())}, {there:%H:%M}"
