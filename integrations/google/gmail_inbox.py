"""The network's Gmail account, read only: what arrived since last time, by its history.

The cursor is a point of the account's history and a mark of whose it is. When Gmail no longer remembers that far back,
or the account is another one, the last three months are read again, which harms nothing because the caller takes each
mail in once. Nothing is labelled, archived or deleted: people work in the same mailbox. Mail that a filter has archived
is read too; spam, trash, drafts, chats and what we sent are not, except what a person sent from this account to itself:
a leader who works in it may answer in it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.google.gmail_client import GmailClient
from integrations.google.gmail_mailer import MARK, THREAD_DOMAIN
from integrations.google.transport import Refusal
from network.errors import ConfigurationError, TransientError
from network.incoming import read_mail
from network.ports import Incoming

FIRST_LOOK = timedelta(days=92)
_LARGEST = 999_999  # bytes read of one mail: its words stand in front, its films behind
_NOT_MAIL = frozenset({"DRAFT", "CHAT", "SPAM", "TRASH"})


class GmailInbox:
    """The `Inbox` port over one Gmail account."""

    def __init__(self, client: GmailClient, clock: Callable[[], datetime]) -> None:
        self._client, self._clock = client, clock

    def fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        """Returns what arrived after the cursor, oldest first, and the new cursor; one request when nothing did.

        Raises TransientError when Gmail does not answer, ConfigurationError when it does not let us in.
        """
        try:
            return self._fetch(since)
        except Refusal as err:
            if err.reason == "failedPrecondition":
                raise ConfigurationError("The account that HMN_GMAIL_CREDENTIALS signs in as has no mailbox.") from None
            raise TransientError(f"Gmail did not let us read the mailbox ({err.status}).") from None

    def _fetch(self, since: str | None) -> tuple[Sequence[Incoming], str]:
        # The profile is asked first: what arrives while we read is in the history after this point.
        profile = self._client.profile()
        owner = hashlib.sha256(str(profile.get("emailAddress", "")).lower().encode()).hexdigest()[:16]
        kept, start = _read_cursor(since)
        now = str(profile["historyId"])
        ids = None if kept != owner or not start else [] if start == now else self._added(start)
        if ids is None:
            ids = self._recent()
        mails = sorted((mail for each in dict.fromkeys(ids) for mail in self._read(each)), key=_arrival)
        return mails, json.dumps({"owner": owner, "history": now})

    def _added(self, start: str) -> list[str] | None:
        """The messages added since a point of the history; None when Gmail no longer remembers it."""
        try:
            return [
                str(added["message"]["id"])
                for page in _pages(lambda token: self._client.added(start, token))
                for step in page.get("history", [])
                for added in step.get("messagesAdded", [])
                if _has_arrived(added["message"])
            ]
        except Refusal as err:
            # 404: too long ago (it may be hours). 400: a number that never was one.
            if err.status in {404, 400} and err.reason != "failedPrecondition":
                return None
            raise

    def _recent(self) -> list[str]:
        """The messages of the last three months."""
        since = f"after:{int((self._clock() - FIRST_LOOK).timestamp())}"
        return [
            str(each["id"])
            for place in ("in:inbox", "-in:inbox -in:sent -in:drafts -in:chats")
            for page in _pages(functools.partial(self._client.found, f"{since} {place}"))
            for each in page.get("messages", [])
        ]

    def _read(self, message: str) -> Iterator[Incoming]:
        """One mail; none when somebody has deleted it meanwhile, or when it is none that arrived."""
        try:
            found = self._client.whole(message)
        except Refusal as err:
            if err.status != 404:
                raise
            return
        if not _has_arrived(found):
            return
        packed = str(found.get("raw", ""))[: _LARGEST // 3 * 4]
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        arrived = datetime.fromtimestamp(int(found["internalDate"]) / 1000, UTC)
        mail = read_mail(raw, arrived, fallback_id=f"<{message}@gmail>")
        if MARK.lower() in mail.headers:
            return  # our own letter, to ourselves
        thread = str(found.get("threadId", message))
        if thread != message:  # our letters keep the thread's name: an answer belongs to them, whatever it refers to
            mail = replace(mail, references=(*mail.references, f"<{thread}@{THREAD_DOMAIN}>"))
        yield mail


def _pages(ask: Callable[[str], Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    token = ""
    while True:
        page = ask(token)
        yield page
        token = str(page.get("nextPageToken", ""))
        if not token:
            return


def _has_arrived(message: Mapping[str, Any]) -> bool:
    labels = set(message.get("labelIds", ()))
    return not _NOT_MAIL & labels and ("SENT" not in labels or "INBOX" in labels)


def _arrival(mail: Incoming) -> datetime:
    return mail.received_at


def _read_cursor(since: str | None) -> tuple[str, str]:
    try:
        kept: Any = json.loads(since or "{}")
        history = str(kept.get("history", ""))
        return str(kept.get("owner", "")), history if history.isdigit() else ""
    except (ValueError, TypeError, AttributeError):
        return "", ""
