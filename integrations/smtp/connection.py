"""One conversation with the mail server, kept for a run: TLS, sign-in, and one mail after the other (RFC 5321).

Where the server offers PIPELINING (RFC 2920) the three commands before the text travel together, so a mail costs two
round trips. The text and the final dot are two steps, because what happened before the dot cannot have sent anything.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Sequence

from integrations.smtp.answers import Answer, Phase, refusal
from integrations.smtp.server import MailServer
from network.errors import ConfigurationError, TransientError

_PHASES = (Phase.SENDER, Phase.RECIPIENT, Phase.READY)
_OUR_NAME = "[127.0.0.1]"  # the machine's own name is nobody's business; servers that sign in take this form
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")


class Connection:
    """Opened when the first mail needs it; opened again when the server has hung up between two mails."""

    def __init__(self, server: MailServer, *, patience: float = 60, last_patience: float = 240) -> None:
        """`patience`: seconds for each answer; `last_patience`: for the one after the final dot, the slowest of all."""
        self._server = server
        self._patience = patience
        self._last_patience = last_patience
        self._smtp: smtplib.SMTP | None = None

    def offer(self, sender: str, recipient: str, size: int) -> None:
        """Announces a mail until the server waits for its text. Nothing was sent when this raises."""
        was_open = self._smtp is not None
        try:
            self._announce(sender, recipient, size)
        except _HungUpError:
            if not was_open:
                raise TransientError("The mail server hung up. Nothing was sent.") from None
            # An idle connection is closed by many servers; a new one is no second try of anything.
            try:
                self._announce(sender, recipient, size)
            except _HungUpError as err:
                raise TransientError("The mail server hung up twice. Nothing was sent.") from err

    def send_text(self, text: bytes) -> None:
        """Sends the text without its final dot. Nothing was sent when this raises."""
        stuffed = text.replace(b"\r\n.", b"\r\n..")
        ended = stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
        try:
            self._open().send(b"." + ended if ended.startswith(b".") else ended)
        except (OSError, smtplib.SMTPException) as err:
            self.drop()
            raise TransientError("The mail server hung up in the middle of a mail. Nothing was sent.") from err

    def finish(self) -> Answer:
        """Sends the final dot and returns the answer; TransientError says whether the dot may have left."""
        smtp = self._open()
        if _has_hung_up(smtp):
            self.drop()
            raise TransientError("The mail server hung up in the middle of a mail. Nothing was sent.")
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._last_patience)
            smtp.send(b".\r\n")
            answer = _reply(smtp)
            if smtp.sock is not None:
                smtp.sock.settimeout(self._patience)
        except (OSError, smtplib.SMTPException) as err:
            self.drop()
            raise TransientError("The mail server gave no answer after the whole mail.", request_left=True) from err
        if not answer.is_understood:
            self.drop()
            raise TransientError("The mail server's answer after the whole mail says nothing.", request_left=True)
        if answer.is_closing:
            self.drop()
        return answer

    def drop(self) -> None:
        """Hangs up at once; a mail whose final dot was not sent is thrown away by the server (RFC 5321 4.1.1.4)."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def close(self) -> None:
        """Says goodbye."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.drop()

    def greet(self) -> None:
        """Connects, encrypts and signs in as for a mail, and sends none. Raises what a mail would meet there."""
        self._open()

    # --- one mail ----------------------------------------------------------------------------------------------------

    def _announce(self, sender: str, recipient: str, size: int) -> None:
        smtp = self._open()
        with_size = f" SIZE={size}" if smtp.has_extn("size") else ""
        commands = (f"MAIL FROM:<{sender}>{with_size}", f"RCPT TO:<{recipient}>", "DATA")
        try:
            answers = _converse(smtp, commands)
        except (OSError, smtplib.SMTPException) as err:
            self.drop()
            raise _HungUpError from err
        *before, last = answers
        if len(answers) == len(commands) and all(each.is_good for each in before) and last.waits_for_text:
            return
        found = ((phase, each) for phase, each in zip(_PHASES, answers, strict=False) if not each.is_good)
        phase, answer = next(found, (Phase.READY, last))
        if not (answer.is_understood and not answer.is_good):
            # It speaks of something else, perhaps of the command before: nothing that it says next could be trusted.
            self.drop()
            raise TransientError("The mail server gave an answer that does not fit. Nothing was sent.")
        if answer.is_closing and phase is Phase.SENDER:
            self.drop()
            raise _HungUpError
        self._clear(answers)
        raise refusal(phase, answer)

    def _clear(self, answers: Sequence[Answer]) -> None:
        """Brings the conversation back to its start, so that one refused mail never touches the next."""
        # A server that waits for a text although it refused the recipient would read the next command as the mail.
        if answers[-1].waits_for_text or answers[-1].is_closing or self._smtp is None:
            self.drop()
            return
        try:
            code, _ = self._smtp.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            code = 0
        if code != 250:
            self.drop()

    # --- the beginning -----------------------------------------------------------------------------------------------

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._connect()
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._greet()
            smtp.ehlo_or_helo_if_needed()
            self._protect(smtp)
            self._sign_in(smtp)
        except BaseException as err:
            if smtp is not None:
                smtp.close()
            if isinstance(err, smtplib.SMTPConnectError):
                words = err.smtp_error if isinstance(err.smtp_error, bytes) else str(err.smtp_error).encode()
                raise refusal(Phase.GREETING, Answer(err.smtp_code, words.decode("utf-8", "replace"))) from None
            if isinstance(err, ssl.SSLError):
                raise ConfigurationError(
                    f"The mail server's certificate or encryption does not fit {server.setting}. Please check host and "
                    "port there: smtps:// for port 465, smtp:// for 587."
                ) from err
            if isinstance(err, OSError | smtplib.SMTPException):
                raise TransientError("The mail server could not be reached. Nothing was sent.") from err
            raise
        return smtp

    def _greet(self) -> smtplib.SMTP:
        server = self._server
        if not server.is_encrypted:
            return smtplib.SMTP(server.host, server.port, _OUR_NAME, self._patience)
        return smtplib.SMTP_SSL(
            server.host, server.port, _OUR_NAME, timeout=self._patience, context=server.tls_context()
        )

    def _protect(self, smtp: smtplib.SMTP) -> None:
        """Encrypts wherever the server can; a password never travels in the clear over a network."""
        server = self._server
        if server.is_encrypted:
            return
        if smtp.has_extn("starttls"):
            smtp.starttls(context=server.tls_context())
            smtp.ehlo_or_helo_if_needed()
        elif server.password and not server.is_ourselves:
            raise ConfigurationError(
                f"The mail server in {server.setting} offers no encryption, so the password was not sent. Please use "
                "smtps://, or ask your provider for the right host and port."
            )

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        if not server.password:
            return
        # One mechanism, one try: many servers hang up after a wrong password, and a second try locks some accounts.
        offered = str(smtp.esmtp_features.get("auth", "")).upper().split()
        mechanism = next((name for name in _MECHANISMS if name in offered), "")
        refused = "" if mechanism else "offers no way to sign in"
        smtp.user, smtp.password = server.user, server.password
        try:
            if mechanism:
                smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower().replace('-', '_')}"))
        except smtplib.SMTPAuthenticationError as err:
            if err.smtp_code < 500:
                raise TransientError(f"The mail server cannot check passwords just now ({err.smtp_code}).") from None
            refused = f"does not take the name and password ({err.smtp_code})"
        except UnicodeError:
            refused = "takes only plain letters in name and password"
        if refused:
            # Not chained: the library's text repeats what the server said, and that names the account.
            raise ConfigurationError(f"The mail server {refused}. Please correct {server.setting}, then answer go.")


class _HungUpError(Exception):
    """The server ended the conversation before it took anything of this mail."""


def _converse(smtp: smtplib.SMTP, commands: Sequence[str]) -> list[Answer]:
    """Gives the commands and reads the answers in order; all at once where the server offers it."""
    is_pipelined = smtp.has_extn("pipelining")
    if is_pipelined:
        smtp.send("".join(f"{command}\r\n" for command in commands))
    answers: list[Answer] = []
    for command in commands:
        if not is_pipelined:
            smtp.send(f"{command}\r\n")
        answer = _reply(smtp)
        answers.append(answer)
        if answer.is_closing or (not is_pipelined and not answer.is_good):
            break
    return answers


def _has_hung_up(smtp: smtplib.SMTP) -> bool:
    """Whether the server has closed, or spoken, before the dot; what TLS has in its pipes cannot be peeked at."""
    if smtp.sock is None or isinstance(smtp.sock, ssl.SSLSocket):
        return smtp.sock is None
    patience = smtp.sock.gettimeout()
    smtp.sock.settimeout(0)
    try:
        smtp.sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False  # nothing to read: it waits for the dot
    except OSError:
        return True
    finally:
        smtp.sock.settimeout(patience)
    return True


def _reply(smtp: smtplib.SMTP) -> Answer:
    code, words = smtp.getreply()
    return Answer(code, words.decode("utf-8", "replace"))
