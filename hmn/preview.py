"""`hmn preview`: the live code with a moved clock; nothing is sent or written."""

from __future__ import annotations

import json
from datetime import datetime
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office, write_mail
from network.errors import ConfigurationError
from network.messages import Message
from network.preferences import Preferences
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
    """Shows one message as it is or was to be sent: headers, words, and its HTML as a file in the preview folder.

    The reference stands in the outbox list and in the mail.
    """
    with open_office(as_of=as_of) as office:
        record = office.ledgerbook.find(ref)
        if record is None:
            raise ConfigurationError(f"There is no message {ref}. hmn outbox lists those that wait.")
        message = record.message
        sent_at = record.receipt.at if record.receipt else office.clock()
        headers = _headers(message, office.preferences(), sent_at)
        where = office.shelf.put(f"preview/mail-{message.file_stem}.html", message.content.html)
    state = f"{record.state} {record.reason}".strip()
    if as_json:
        shown = {"ref": ref, "state": state, "headers": headers, "text": message.content.text, "html": where}
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for name, value in headers.items():
        print(f"{name}: {value}")
    print(f"State: {state}\n\n{message.content.text}")
    for attached in message.attachments:
        print(f"Attached: {attached.name}, {len(attached.body):,} bytes")
    print(f"The same mail with its layout stands in the office's folder: {where}")


def _headers(message: Message, preferences: Preferences, at: datetime) -> dict[str, str]:
    """The headers as a reader's program shows them."""
    if not preferences.sender_address:
        return {"From": "(Settings, Sender address is blank)", "Subject": message.content.subject}
    mail = message_from_bytes(write_mail(message, preferences, at), policy=policy.SMTP)
    return {name: str(value) for name, value in mail.items()}


def _plain(touch: PlannedTouch, zone: ZoneInfo) -> dict[str, str]:
    when = f"{touch.at.astimezone(zone):%a %d %b %H:%M}" if touch.at else ""
    return {"who": touch.who, "what": touch.what, "when": when, "why": touch.why, "held": touch.held}
