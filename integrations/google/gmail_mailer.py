"""The Gmail lane: a draft is made, the draft is sent once, and in doubt its thread tells what became of it.

A mail has one draft for as long as the ledger knows of it. That is what makes a second attempt safe: when the first was
taken after all and only its answer was lost or late, the second meets a draft that is gone, and mails nothing. So:

- `prepare` makes the draft and keeps its id and its thread's; a mail that was prepared before gets its old draft again;
- `dispatch` is one `drafts.send`, through a connection that never repeats it; `messages.send` is never used;
- a draft that Gmail no longer knows (404, 400) means "look", not "failed";
- `outcome` looks at the thread. Our mail stands there as sent: sent. It stands there as a draft on two looks apart: not
  sent. It is gone: a person deleted it, before or after it left, and a person decides.

Not guaranteed: that a thread shows a sent mail at once. When both looks come too early the mail is queued again, and
the draft that is gone tells the truth. A process that dies between making a draft and keeping its id leaves a draft
that nobody sends.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.google.gmail_client import SETTING, GmailClient
from integrations.google.transport import Refusal
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.headers import wire_address
from network.messages import Fate, Message, MessageRecord, Receipt
from network.mime import message_id
from network.ports import Handle

Build = Callable[[Message, datetime, Mapping[str, str]], bytes]
"""Writes the mail; the last argument names the Message-ID that Gmail put in the place of ours, by message key."""

APART = 5.0  # seconds between two looks
MARK = "X-HMN-Key"  # tells our mail from others in a thread, whatever Gmail does to its Message-ID
THREAD_DOMAIN = "thread.gmail"  # `<thread id@thread.gmail>`: how the inbox names a thread to those who know mails by id
_HEADERS = (MARK, "Message-ID")


class _Seen(StrEnum):
    """How our mail stands in its thread."""

    SENT = "sent"
    DRAFT = "draft"
    GONE = "gone"


class GmailMailer:
    """Delivers from one Gmail account; `kept` finds what the ledger knows of a message by its key."""

    lane = "gmail"

    def __init__(
        self,
        client: GmailClient,
        build: Build,
        *,
        sender: Callable[[], str],
        clock: Callable[[], datetime],
        kept: Callable[[str], MessageRecord | None],
    ) -> None:
        self._client, self._build, self._sender, self._clock, self._kept = client, build, sender, clock, kept

    def prepare(self, message: Message) -> Handle:
        """Makes the mail's draft, or takes up the one it has.

        Raises ConfigurationError while *Settings* names no sender, PermanentError for a mail that cannot be written.
        """
        try:
            sender = wire_address(self._sender())
        except PermanentError as err:
            raise ConfigurationError("Please type the Sender address in Settings: no mail can leave without.") from err
        thread, draft = self._draft_of(message)
        old = self._old_draft(message, draft)
        if old is not None:
            return old
        made = self._create(draft | ({"threadId": thread} if thread else {}), draft)
        values = {
            "draft": str(made["id"]),
            **_thread_names(made),
            "mark": message.file_stem,
            "message_id": message_id(message.key, sender),
        }
        return Handle(message.key, values)

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        """Sends the draft once. See `network.errors` for what each error says about the mail and about the lane."""
        now = self._clock()
        try:
            sent = self._client.send_draft(handle.values["draft"])
        except Refusal as err:
            raise self._why_refused(err, handle) from None
        raw = {"thread": str(sent["threadId"]), "message_id": self._real_id(str(sent["id"]))}
        return Receipt(self.lane, str(sent["id"]), now, raw)

    def outcome(self, handle: Handle) -> Fate:
        """Looks at the thread, and a little later once more before it says that nothing was sent."""
        if not {"thread", "mark"} <= handle.values.keys():
            return Fate.UNKNOWN
        seen = self._look(handle.values)
        if seen is _Seen.DRAFT:
            self._client.sleep(APART)
            seen = self._look(handle.values)
        return {_Seen.SENT: Fate.SENT, _Seen.DRAFT: Fate.NOT_SENT, _Seen.GONE: Fate.UNKNOWN}[seen]

    # --- drafts ---

    def greet(self) -> str:
        """Asks Gmail who we are and sends nothing."""
        self._client.profile()
        return "Gmail answers and lets us in; nothing was sent."

    def _draft_of(self, message: Message) -> tuple[str, dict[str, str]]:
        """The thread that the mail belongs to (blank: one of its own), and the draft as Gmail takes it."""
        thread, real_id = self._first_letter(message.in_reply_to) if message.in_reply_to else ("", "")
        thread_ids = {message.in_reply_to: real_id} if real_id else {}
        try:
            text = self._build(message, self._clock(), thread_ids)
        except ValueError as err:
            raise PermanentError(f"This mail could not be written: {err}") from err
        marked = f"{MARK}: {message.file_stem}\r\n".encode("ascii") + text
        return thread, {"raw": base64.urlsafe_b64encode(marked).decode("ascii")}

    def _create(self, wanted: Mapping[str, str], alone: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            return self._client.create_draft(wanted)
        except Refusal as err:
            if err.reason == "failedPrecondition":
                raise ConfigurationError(
                    f"The account that {SETTING} signs in as has no mailbox. Use a person's sign-in, or let the service"
                    " account act for the sender (domain-wide delegation)."
                ) from None
            if err.status == 404 and wanted != alone:  # somebody deleted the thread of the first letter
                return self._create(alone, alone)
            raise PermanentError(f"Gmail does not take this mail ({err.status}).") from None

    def _old_draft(self, message: Message, draft: Mapping[str, str]) -> Handle | None:
        """The draft of an earlier attempt with today's words in it; None when there is none, or a person deleted it."""
        record = self._kept(message.key)
        if record is None or "draft" not in record.handle:
            return None
        values = dict(record.handle) | {"doubt": "yes"}
        seen = self._look(values)
        if seen is _Seen.DRAFT:
            try:
                made = self._client.update_draft(values["draft"], {**draft, "threadId": values["thread"]})
                values |= {**_thread_names(made), "doubt": ""}  # a draft that takes new words was not sent
            except Refusal:
                # Sent after all, and it shows soon: dispatching it sends nothing and finds that out. Or deleted.
                seen = self._look(values)
        return None if seen is _Seen.GONE else Handle(message.key, values)

    def _first_letter(self, key: str) -> tuple[str, str]:
        """Thread and real Message-ID of the letter that this one follows; blank when it never left through Gmail."""
        record = self._kept(key)
        thread = record.handle.get("thread", "") if record else ""
        if record is None or not thread:
            return "", ""
        if record.receipt is not None and record.receipt.raw.get("message_id"):
            return thread, record.receipt.raw["message_id"]
        try:
            found = self._client.thread(thread, _HEADERS).get("messages", [])
        except Refusal:
            return "", ""
        ours = [mail for mail in found if _header(mail, MARK) == record.handle.get("mark")]
        return thread, _header(ours[0], "Message-ID") if ours else ""

    # --- looking ---

    def _look(self, values: Mapping[str, str]) -> _Seen:
        """How our mail stands in its thread, where others of ours, and answers, may stand too."""
        try:
            mails = self._client.thread(values["thread"], _HEADERS).get("messages", [])
        except Refusal as err:
            if err.status == 404:
                return _Seen.GONE
            raise TransientError("Gmail did not let us look what became of a mail.", request_left=True) from None
        ours = [set(mail.get("labelIds", ())) for mail in mails if _header(mail, MARK) == values["mark"]]
        if any("SENT" in labels for labels in ours):
            return _Seen.SENT
        return _Seen.DRAFT if any("DRAFT" in labels for labels in ours) else _Seen.GONE

    def _why_refused(self, err: Refusal, handle: Handle) -> NetworkError:
        """A draft that is gone is no refusal; one that still lies there, and that cannot have been sent before, is."""
        may_judge = not handle.values.get("doubt") and err.status != 404 and err.reason != "failedPrecondition"
        if may_judge and self.outcome(handle) is Fate.NOT_SENT:
            return PermanentError(f"Gmail refused this mail ({err.status} {err.reason or 'without a reason'}).")
        return TransientError(
            "Gmail no longer has the draft of this mail; its thread tells what became of it.",
            request_left=True,
            is_lane_fine=True,
        )

    def _real_id(self, message: str) -> str:
        """The Message-ID that the mail really left with; blank when Gmail does not tell: it is sent all the same."""
        try:
            return _header(self._client.headers(message, _HEADERS), "Message-ID")
        except NetworkError:
            return ""


def _thread_names(made: Mapping[str, Any]) -> dict[str, str]:
    thread = str(made["message"]["threadId"])
    return {"thread": thread, "thread_id": f"<{thread}@{THREAD_DOMAIN}>"}


def _header(mail: Mapping[str, Any], name: str) -> str:
    headers = mail.get("payload", {}).get("headers", [])
    return next((str(each["value"]).strip() for each in headers if str(each["name"]).lower() == name.lower()), "")
