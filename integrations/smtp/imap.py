"""One signed-in conversation with an IMAP server (RFC 3501), read only: folders are examined, never selected.

Opened when first needed; when the server has hung up meanwhile, it is opened once more. Exceptions of the library
repeat what the server says, and that may name the account: they stop here and are not chained.
"""

from __future__ import annotations

import binascii
import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from integrations.smtp.folder_names import from_modified_utf7, to_modified_utf7
from integrations.smtp.server import MailServer
from network.errors import ConfigurationError, NetworkError, TransientError

T = TypeVar("T")
_UNREACHABLE = "The mailbox could not be reached just now; the next run reads it."
_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?P<separator>"(?:[^"\\]|\\.)*"|NIL) (?P<name>.+)')


class Mailbox:
    """The account behind HMN_IMAP_URL."""

    def __init__(self, server: MailServer, *, patience: float = 60) -> None:
        self._server = server
        self._patience = patience
        self._imap: imaplib.IMAP4 | None = None

    @property
    def folder(self) -> str:
        """The folder that the setting names: where replies arrive."""
        return self._server.mailbox or "INBOX"

    def ask(self, question: Callable[[imaplib.IMAP4], T]) -> T:
        """Asks something that only reads; once more on a new connection when the server hung up in between.

        Raises TransientError when it cannot be reached and ConfigurationError when it does not let us in.
        """
        was_open = self._imap is not None
        try:
            return self._ask(question)
        except TransientError:
            if not was_open:
                raise
            return self._ask(question)

    def close(self) -> None:
        """Signs out."""
        if self._imap is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._imap.logout()
            with contextlib.suppress(OSError):
                self._imap.shutdown()
        self._imap = None

    def _ask(self, question: Callable[[imaplib.IMAP4], T]) -> T:
        try:
            if self._imap is None:
                self._imap = self._sign_in(self._connect())
            return question(self._imap)
        except NetworkError:
            self.close()
            raise
        except (OSError, imaplib.IMAP4.error, ValueError):  # the last: an answer that is none, read as a number or text
            self.close()
            raise TransientError(_UNREACHABLE) from None

    def _connect(self) -> imaplib.IMAP4:
        server = self._server
        try:
            if server.is_encrypted:
                return imaplib.IMAP4_SSL(
                    server.host, server.port, ssl_context=server.tls_context(), timeout=self._patience
                )
            imap = imaplib.IMAP4(server.host, server.port, timeout=self._patience)
            if "STARTTLS" in imap.capabilities:
                imap.starttls(server.tls_context())
            elif server.password and not server.is_ourselves:
                imap.shutdown()
                raise ConfigurationError(
                    f"The mailbox in {server.setting} offers no encryption, so the password was not sent. Please use "
                    "imaps://."
                )
            return imap
        except ssl.SSLError as err:
            raise ConfigurationError(
                f"The mailbox's certificate or encryption does not fit {server.setting}. Please check host and port "
                "there: imaps:// for port 993, imap:// for 143."
            ) from err

    def _sign_in(self, imap: imaplib.IMAP4) -> imaplib.IMAP4:
        server = self._server
        try:
            if "AUTH=PLAIN" in imap.capabilities:
                credentials = f"\0{server.user}\0{server.password}".encode()
                imap.authenticate("PLAIN", lambda _: credentials)
            else:
                imap.login(quoted(server.user), server.password)
        except (OSError, imaplib.IMAP4.abort, binascii.Error):
            with contextlib.suppress(OSError):
                imap.shutdown()
            raise
        except (imaplib.IMAP4.error, UnicodeError):
            imap.shutdown()
            raise ConfigurationError(
                f"The mailbox does not take the name and password. Please correct {server.setting}."
            ) from None
        return imap


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the account."""

    wire: str  # its name as the server writes it: what is asked for
    name: str  # as people read it
    flags: frozenset[str]  # lower case: "\\sent", "\\noselect", ...
    separator: str  # between a folder and those in it; blank where there are none

    @property
    def last_name(self) -> str:
        """Its own name, without the folders that it stands in."""
        return self.name.rpartition(self.separator)[2] if self.separator else self.name


def examine(imap: imaplib.IMAP4, folder: str) -> tuple[str, int]:
    """Opens a folder for reading alone; returns its UIDVALIDITY and the highest UID given so far.

    Raises ConfigurationError when there is no such folder.
    """
    answer, _ = imap.select(quoted(folder), readonly=True)
    if answer != "OK":
        raise ConfigurationError("The folder that HMN_IMAP_URL names does not exist in the mailbox. Please correct it.")
    following = _told(imap, "UIDNEXT")
    return _told(imap, "UIDVALIDITY"), int(following) - 1 if following.isdecimal() else 0


def wire_name(imap: imaplib.IMAP4, typed: str) -> str:
    """The name by which a server knows a folder that a person typed: "Réponses" is asked for as "R&AOk-ponses"."""
    if typed.isascii() and "&" not in typed:
        return typed
    known = {folder.name.casefold(): folder.wire for folder in folders(imap)}
    # Somebody may also have typed what the server shows.
    return known.get(typed.casefold()) or (typed if typed in known.values() else to_modified_utf7(typed))


def folders(imap: imaplib.IMAP4) -> Iterator[Folder]:
    """Every folder; a server that marks the Sent folder only when asked to (RFC 6154) is asked."""
    # Asked for here, because most servers say what they can only to somebody who has signed in.
    able = {word for line in imap.capability()[1] if isinstance(line, bytes) for word in line.upper().split()}
    is_asked = {b"SPECIAL-USE", b"LIST-EXTENDED"} <= able
    answer, lines = imap.list('""', '"*" RETURN (SPECIAL-USE)') if is_asked else imap.list()
    for line in lines if answer == "OK" else []:
        if isinstance(line, tuple):  # a name with odd signs comes as a literal of its own
            about, wire = line[0].rpartition(b"{")[0] + b"literal", line[1].decode("ascii", "replace")
        else:
            about, wire = line if isinstance(line, bytes) else b"", ""
        found = _LISTED.fullmatch(about)
        if found:
            wire = wire or _unquoted(found["name"].decode("ascii", "replace"))
            flags = frozenset(found["flags"].decode("ascii", "replace").lower().split())
            separator = _unquoted(found["separator"].decode("ascii", "replace"))
            yield Folder(wire, from_modified_utf7(wire), flags, "" if separator == "NIL" else separator)


def uid(imap: imaplib.IMAP4, command: str, *arguments: str) -> list[Any]:
    """One UID command; raises the library's error when the server says no."""
    answer, data = imap.uid(command, *arguments)
    if answer != "OK":
        raise imaplib.IMAP4.error(command)
    return list(data)


def _told(imap: imaplib.IMAP4, what: str) -> str:
    said = imap.response(what)[1]
    return said[0].decode("ascii", "replace") if said and isinstance(said[0], bytes) else ""


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def quoted(text: str) -> str:
    """The text as an IMAP quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
