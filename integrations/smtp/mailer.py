"""The SMTP lane: any provider's server, one connection a run, a journal that knows what a crash interrupted.

SMTP has no way to ask afterwards whether a mail was taken. So the journal is written between the text and the final
dot: without an intent the mail cannot have left, with the server's answer we know, and only an intent without an answer
is unclear. Then the mail is looked for in the Sent folder, where there is one; found is sent, not found proves nothing,
because many servers put no copy there: a person decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from integrations.smtp.answers import Phase, refusal
from integrations.smtp.connection import Connection
from integrations.smtp.journal import Journal, Trace
from network.errors import ConfigurationError, NetworkError, PermanentError, TransientError
from network.headers import wire_address
from network.messages import Fate, Message, Receipt
from network.mime import message_id
from network.ports import Handle

Build = Callable[[Message, datetime], bytes]


class SentFolder(Protocol):
    """Where the provider keeps what it sent for us."""

    def holds(self, message_id: str) -> bool:
        """Tells whether a mail with this Message-ID stands there."""


class SmtpMailer:
    """Delivers through a mail server; `sender` is the address in *Settings*, read anew for each mail."""

    lane = "smtp"

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        build: Build,
        *,
        sender: Callable[[], str],
        clock: Callable[[], datetime],
        sent_folder: SentFolder | None = None,
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._build = build
        self._sender = sender
        self._clock = clock
        self._sent_folder = sent_folder

    def prepare(self, message: Message) -> Handle:
        """Gives the mail its line in the journal; raises ConfigurationError while *Settings* names no sender."""
        try:
            sender = wire_address(self._sender())
        except PermanentError as err:
            raise ConfigurationError("Please type the Sender address in Settings: no mail can leave without.") from err
        values = self._journal.begin(self._clock())
        return Handle(message.key, values | {"message_id": message_id(message.key, sender)})

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        """Hands one mail over. See `network.errors` for what each error says about the mail and about the lane."""
        now = self._clock()
        try:
            text = self._build(message, now)
        except ValueError as err:
            raise PermanentError(f"This mail could not be written: {err}") from err
        token = handle.values["token"]
        self._connection.offer(wire_address(self._sender()), wire_address(message.address), len(text))
        self._connection.send_text(text)
        self._intend(token)
        try:
            answer = self._connection.finish()
        except TransientError as err:
            if not err.request_left:
                self._journal.note(Trace.NOT_SENT, token)
            raise
        if not answer.is_good:
            self._journal.note(Trace.NOT_SENT, token)
            raise refusal(Phase.TEXT, answer)
        self._journal.note(Trace.ACCEPTED, token)
        return Receipt(self.lane, handle.values["message_id"], now, {"answer": answer.without_addresses})

    def outcome(self, handle: Handle) -> Fate:
        """Asks the journal, then the Sent folder; unknown is never a guess."""
        trace = self._journal.look_up(handle.values)
        if trace is Trace.ACCEPTED:
            return Fate.SENT
        if trace is Trace.NOT_SENT:
            return Fate.NOT_SENT
        return Fate.SENT if self._was_kept(handle.values.get("message_id", "")) else Fate.UNKNOWN

    def greet(self) -> str:
        """Signs in at the mail server and sends nothing."""
        self._connection.greet()
        return "The mail server answers and lets us in; nothing was sent."

    def close(self) -> None:
        """Says goodbye to the server at the end of a run."""
        self._connection.close()
        self._journal.close()

    def _intend(self, token: str) -> None:
        """Writes the intent; whenever that fails we hang up before the final dot, so that nothing is sent."""
        try:
            may_go = self._journal.intend(token)
        except OSError as err:
            self._connection.drop()
            self._journal.note(Trace.NOT_SENT, token)  # in case only the forcing to disk failed
            raise TransientError(
                f"The sending journal could not be written ({err.strerror or err}). Nothing was sent; the next run "
                "tries again."
            ) from err
        if not may_go:
            self._connection.drop()
            raise TransientError("This run slept so long that another took the mail over. It sent nothing.")

    def _was_kept(self, wanted: str) -> bool:
        if self._sent_folder is None or not wanted:
            return False
        try:
            return self._sent_folder.holds(wanted)
        except NetworkError:  # a mailbox that cannot be read proves nothing; the next run looks again
            return False
