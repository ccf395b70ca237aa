"""The network's mailbox over IMAP: what arrived since last time, read without leaving a mark (BODY.PEEK).

The cursor is the folder's UIDVALIDITY with the highest UID read; when the server has numbered the folder anew, the
last three months are read again, which harms nothing because the caller takes each mail in once. Nothing is moved,
flagged or deleted: people work in the same mailbox.
"""

from __future__ import annotations

import imaplib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.smtp.imap import Mailbox, examine, uid, wire_name
from network.incoming import read_mail, sent_at
from network.ports import Incoming

FIRST_LOOK = timedelta(days=92)
_TOGETHER = 50
_LARGEST = 1_000_000  # bytes read of one mail: its words stand in front, its films behind
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)")


class ImapInbox:
    """The `Inbox` port over one folder of an IMAP account."""

    def __init__(self, mailbox: Mailbox, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._clock = clock

    def fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        """Returns what arrived after the cursor, oldest first, and the new cursor.

        Raises TransientError when the mailbox cannot be reached, ConfigurationError when it does not let us in.
        """
        return self._mailbox.ask(lambda imap: self._fetch(imap, since))

    def _fetch(self, imap: imaplib.IMAP4, since: str | None) -> tuple[Sequence[Incoming], str]:
        validity, newest = examine(imap, wire_name(imap, self._mailbox.folder))
        kept, last = _read_cursor(since)
        if kept == validity:
            # `9:*` always names the last mail too, even when its number is lower (RFC 3501 6.4.8).
            found = [number for number in _search(imap, "UID", f"{last + 1}:*") if number > last]
        else:
            # What is older is left alone for ever, also when nothing is younger.
            found, last = _search(imap, "SINCE", _imap_day(self._clock() - FIRST_LOOK)), newest
        mails = [mail for part in _parts(sorted(found)) for mail in _read(imap, part, validity)]
        mails.sort(key=lambda mail: mail.received_at)
        return mails, json.dumps({"validity": validity, "uid": max([last, *found])})


def _search(imap: imaplib.IMAP4, *criteria: str) -> list[int]:
    return [int(number) for line in uid(imap, "SEARCH", *criteria) if line for number in line.split()]


def _read(imap: imaplib.IMAP4, numbers: Sequence[int], validity: str) -> Iterator[Incoming]:
    wanted = ",".join(map(str, numbers))
    data = uid(imap, "FETCH", wanted, f"(UID INTERNALDATE BODY.PEEK[]<0.{_LARGEST}>)")
    for line, behind in zip(data, [*data[1:], None], strict=True):
        # The library gives a pair for each mail, what stood before its bytes and the bytes, then what stood behind.
        if isinstance(line, tuple):
            about, raw = line[0] + (behind if isinstance(behind, bytes) else b""), line[1]
            found = _UID.search(about)
            name = f"<{found[1].decode() if found else len(raw)}.{validity}@imap>"
            yield read_mail(raw, _arrived(about) or sent_at(raw) or datetime.fromtimestamp(0, UTC), fallback_id=name)


def _arrived(about: bytes) -> datetime | None:
    """When the server took it in; a sender cannot write this date."""
    local = imaplib.Internaldate2tuple(about)
    return datetime(*local[:6]).astimezone().astimezone(UTC) if local else None  # the library answers in local time


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), _TOGETHER):
        yield numbers[start : start + _TOGETHER]


def _imap_day(moment: datetime) -> str:
    """A date as IMAP writes it, in English whatever the machine speaks."""
    return f"{moment.day}-{_MONTHS[moment.month - 1]}-{moment.year}"


def _read_cursor(since: str | None) -> tuple[str, int]:
    try:
        kept: Any = json.loads(since or "{}")
        return str(kept.get("validity", "")), int(kept.get("uid", 0))
    except (ValueError, TypeError, AttributeError):
        return "", 0
