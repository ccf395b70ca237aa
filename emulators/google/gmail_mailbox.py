"""One Gmail account: its messages, threads, drafts and history, and what became of every mail that left it.

Where reports about the real service differ, the difference is a mood that a test chooses: whether the Message-ID is
replaced, what a draft answers after it was sent, how long a sent mail still shows as the draft it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from emulators.exchange import Answer
from emulators.google.answers import Refused
from emulators.google.gmail_answers import invalid, not_there, precondition

ADDRESS = "office@example.org"
_MESSAGE_ID = re.compile(rb"^message-id:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_IDS = re.compile(r"<[^<>\s]+>")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it stands in the account."""

    id: str
    thread: str
    labels: tuple[str, ...]
    raw: bytes
    at: int  # milliseconds
    history: int

    @property
    def parsed(self) -> Message:
        return message_from_bytes(self.raw)


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the account's history."""

    id: int
    kind: str  # "messagesAdded", "messagesDeleted"
    mail: Mail


@dataclass(slots=True)
class Moods:
    """How the service behaves where nobody knows for certain."""

    message_id: str = "rewrite"  # or "keep"
    consumed: str = "404"  # what a draft that was sent answers: "404", "400", or "sent": it can still be read, as SENT
    lag: int = 0  # for how many looks a sent mail still shows as its draft
    page: int = 0  # the most entries of a list's page, when it is fewer than asked for
    has_mailbox: bool = True
    units: int = 15_000  # a minute


@dataclass(slots=True)
class Mailbox:
    """The state of the account."""

    moods: Moods = field(default_factory=Moods)
    mails: dict[str, Mail] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)  # draft -> message
    consumed: dict[str, str] = field(default_factory=dict)  # draft -> the message that was sent
    lagging: dict[str, tuple[int, Mail]] = field(default_factory=dict)  # sent message -> looks left, what shows instead
    events: list[Event] = field(default_factory=list)
    oldest_history: int = 0
    delivered: list[dict[str, str]] = field(default_factory=list)
    count: int = 0
    frozen: datetime | None = None  # the account's clock stands still there
    record: Path | None = None  # gets a line for each mail at the moment it leaves, whatever becomes of the answer

    def now(self) -> datetime:
        return self.frozen or datetime.now(UTC)

    @property
    def history(self) -> int:
        return 1000 + 7 * self.count

    # --- drafts ---

    def create(self, raw: bytes, thread: str, now: datetime) -> str:
        """Makes a draft and returns its id."""
        self.count += 1
        draft = f"r-{self.count:019d}"
        self._put_draft(draft, raw, thread, now)
        return draft

    def update(self, draft: str, raw: bytes, thread: str, now: datetime) -> None:
        """Puts other words into a draft; the message gets another id."""
        old = self.draft(draft)
        del self.mails[old.id]
        self._put_draft(draft, raw, thread or old.thread, now)

    def draft(self, draft: str) -> Mail:
        """The message of a draft that was not sent; else what the account's mood answers."""
        if draft not in self.drafts:
            raise Refused(self._no_draft(draft))
        return self.mails[self.drafts[draft]]

    def read_draft(self, draft: str) -> Mail:
        """The same, as one who only reads sees it: a sent one may still be there."""
        sent = self.consumed.get(draft, "")
        if sent and self._shows_draft(sent):
            return self.lagging[sent][1]
        if sent and self.moods.consumed == "sent" and sent in self.mails:
            return self.mails[sent]
        return self.draft(draft)

    def delete_draft(self, draft: str) -> None:
        """Removes a draft for good."""
        self.remove(self.draft(draft).id)
        del self.drafts[draft]

    def send(self, draft: str, now: datetime) -> Mail:
        """Sends a draft: it is gone, and a message with another id stands in the thread."""
        old = self.draft(draft)
        recipients = _recipients(old.parsed)
        if not recipients:
            raise Refused(invalid("Recipient address required"))
        if any(re.search(r"[\s\"]|@.*@", address) or "@" not in address for address in recipients):
            raise Refused(invalid("Invalid To header"))
        del self.drafts[draft], self.mails[old.id]
        raw = old.raw
        if self.moods.message_id == "rewrite":
            raw = _with_message_id(raw, f"<CAF{self.count:012x}@mail.gmail.com>".encode())
        labels = ("SENT", "INBOX", "UNREAD") if ADDRESS in recipients else ("SENT",)
        sent = self._add(raw, labels, old.thread, now)
        self.consumed[draft] = sent.id
        if self.moods.lag:
            self.lagging[sent.id] = (self.moods.lag, old)
        for address in recipients:
            original = (old.parsed["Message-ID"] or "").strip()
            self._deliver({"id": original, "to": address, "message": sent.id, "thread": sent.thread})
        return sent

    # --- messages, threads ---

    def receive(
        self, raw: bytes, now: datetime, labels: tuple[str, ...] = ("INBOX", "UNREAD"), thread: str = ""
    ) -> Mail:
        """A mail arrives, in the thread that it answers."""
        return self._add(raw, labels, thread or self._thread_answered(message_from_bytes(raw)), now, is_arrival=True)

    def message(self, message: str) -> Mail:
        """One message; a sent one may take a while to be found."""
        if message not in self.mails or self._shows_draft(message):
            raise Refused(not_there())
        return self.mails[message]

    def thread(self, thread: str) -> list[Mail]:
        """The messages of one thread, oldest first; a sent one may for a while still show as its draft."""
        found = [mail for mail in self.mails.values() if mail.thread == thread]
        if not found:
            raise Refused(not_there())
        return [self.lagging[mail.id][1] if self._shows_draft(mail.id) else mail for mail in found]

    def remove(self, message: str) -> None:
        """A message is deleted for good."""
        self.count += 1
        self.events.append(Event(self.history, "messagesDeleted", self.mails.pop(message)))

    def since(self, history: str) -> Iterator[Event]:
        """What happened after a point of the history; Refused when nobody remembers that far back."""
        start = int(history) if history.isdigit() else -1
        if not self.oldest_history <= start <= self.history:
            raise Refused(not_there())
        return (event for event in self.events if event.id > start)

    # --- below ---

    def _deliver(self, mail: dict[str, str]) -> None:
        self.delivered.append(mail)
        if self.record is not None:
            with self.record.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(mail)}\n")

    def _put_draft(self, draft: str, raw: bytes, thread: str, now: datetime) -> None:
        if not message_from_bytes(raw).keys():
            raise Refused(invalid("Missing draft message"))
        if thread and thread not in {mail.thread for mail in self.mails.values()} and draft not in self.drafts:
            raise Refused(not_there())
        is_own = self.drafts.get(draft) is not None
        joined = thread if thread and (is_own or self._may_join(message_from_bytes(raw), thread)) else ""
        self.drafts[draft] = self._add(raw, ("DRAFT",), joined, now).id

    def _add(
        self, raw: bytes, labels: tuple[str, ...], thread: str, now: datetime, *, is_arrival: bool = False
    ) -> Mail:
        self.count += 1
        number = f"{0x18C0000000000000 + self.count:016x}"
        at = _date_of(raw, now) if is_arrival else now
        mail = Mail(number, thread or number, labels, raw, round(at.timestamp() * 1000), self.history)
        self.mails[number] = mail
        self.events.append(Event(self.history, "messagesAdded", mail))
        return mail

    def _may_join(self, mail: Message, thread: str) -> bool:
        """A draft joins a thread by its references and the same subject."""
        subjects = {_plain_subject(each.parsed) for each in self.mails.values() if each.thread == thread}
        return self._thread_answered(mail) == thread and _plain_subject(mail) in subjects

    def _thread_answered(self, mail: Message) -> str:
        named = set(_IDS.findall(f"{mail['References'] or ''} {mail['In-Reply-To'] or ''}"))
        for each in self.mails.values():
            if (each.parsed["Message-ID"] or "").strip() in named:
                return each.thread
        return ""

    def _shows_draft(self, message: str) -> bool:
        """Tells whether a sent message still shows as its draft; each look brings the end nearer."""
        left, old = self.lagging.get(message, (0, None))
        if old is None or not left:
            return False
        self.lagging[message] = (left - 1, old)
        return True

    def _no_draft(self, draft: str) -> Answer:
        return precondition() if draft in self.consumed and self.moods.consumed == "400" else not_there()


def relabel(box: Mailbox, message: str, add: list[str], remove: list[str]) -> None:
    """A person moves a message: to the trash, out of the inbox."""
    mail = box.mails[message]
    kept = [label for label in mail.labels if label not in remove]
    box.mails[message] = replace(mail, labels=(*kept, *add))


def _recipients(mail: Message) -> list[str]:
    lines = [value for name in ("To", "Cc", "Bcc") for value in mail.get_all(name, [])]
    return [address.lower() for _, address in getaddresses([str(line) for line in lines]) if address]


def _with_message_id(raw: bytes, new: bytes) -> bytes:
    head, gap, body = raw.partition(b"\r\n\r\n")
    return _MESSAGE_ID.sub(b"Message-ID: " + new, head, count=1) + gap + body


def _plain_subject(mail: Message) -> str:
    return re.sub(r"^(re|fwd?):\s*", "", " ".join(str(mail["Subject"] or "").split()), flags=re.IGNORECASE).lower()


def _date_of(raw: bytes, now: datetime) -> datetime:
    found = re.search(rb"^date:[ \t]*([^\r\n]{1,80})", raw[:100_000], re.IGNORECASE | re.MULTILINE)
    try:
        moment = parsedate_to_datetime(found[1].decode("ascii", "replace")) if found else now
    except (ValueError, TypeError):
        return now
    return moment.replace(tzinfo=moment.tzinfo or UTC)
