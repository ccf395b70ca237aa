"""Where a mail server stands and how we sign in: one setting's URL, understood once, never shown."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from network.errors import ConfigurationError

SMTP_PORTS = {"smtp": 587, "smtps": 465}
IMAP_PORTS = {"imap": 143, "imaps": 993}
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class MailServer:
    """One server; the password shows in no representation."""

    setting: str  # the setting that named it, for a sentence
    is_encrypted: bool  # TLS from the first byte; else STARTTLS where it is offered
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    mailbox: str = ""  # IMAP only: the folder to read

    @property
    def is_ourselves(self) -> bool:
        """A server on this very computer: nobody stands between, whatever its certificate says."""
        return self.host in _OURSELVES

    def tls_context(self) -> ssl.SSLContext:
        """Trusts what the system trusts; on this computer itself any certificate will do."""
        context = ssl.create_default_context()
        if self.is_ourselves:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def read_server(url: str, setting: str, ports: Mapping[str, int]) -> MailServer:
    """Understands `smtps://user:password@host:port`; raises ConfigurationError that never repeats the value."""
    example = f"{min(ports)}://user:password@mail.example.org:{ports[min(ports)]}"
    parts, port = _split(url, setting, example)
    if parts.scheme not in ports or not parts.hostname:
        raise ConfigurationError(f"{setting} is not understood. Please type it like {example}.")
    if parts.username and parts.password is None:
        raise ConfigurationError(f"{setting} names a user and no password. Please type it like {example}.")
    default = 25 if parts.scheme == "smtp" and not parts.username else ports[parts.scheme]
    return MailServer(
        setting=setting,
        is_encrypted=parts.scheme.endswith("s"),
        host=parts.hostname,
        port=port or default,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        mailbox=unquote(parts.path.strip("/")),
    )


def _split(url: str, setting: str, example: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url.strip())
        return parts, parts.port
    except ValueError:
        # The library's own text would repeat a piece of the URL, and that may be the password.
        raise ConfigurationError(
            f"{setting} is not understood. Please type it like {example}; signs like # / @ in the password as %23 %2F "
            "%40."
        ) from None
