"""A message in, the bytes of its mail out: deterministic, with lines that every server takes.

Text first, then HTML, both quoted-printable in UTF-8. The same message gives the same bytes, except for its date, so a
mail that was built twice is one mail (its Message-ID comes from the message key). Encoded lines are remembered: most
lines of a mail are the layout's, so building one costs a few lookups instead of a walk over every byte. The standard
library's parser is the judge in the tests. Which words stand in the mail is `rendering`'s; who may get it, `consent`'s.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from network.errors import PermanentError
from network.headers import CRLF, mailbox_line, one_line, text_line, token_line, wire_address
from network.messages import Attachment, Message, Stream

_LIST_STREAMS = frozenset({Stream.NEWSLETTER, Stream.NOTICE, Stream.SURVEY})
# RFC 3834: what no person wrote or answered. A letter is a person's, and so is a newsletter: both may be answered.
_AUTOMATIC = {Stream.OFFICE: "auto-generated", Stream.ANSWER: "auto-replied"}
_ENCODED_LINE = 76  # RFC 2045 6.7 (5)
_UNSAFE = re.compile(rb"[^ -<>-~\t]")
_ESCAPES = tuple(b"=%02X" % byte for byte in range(256))
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; ?[a-z-]+=[A-Za-z0-9-]+)*")


def build(
    message: Message,
    *,
    sender_name: str,
    sender_address: str,
    reply_to: str,
    domain: str,
    date: datetime,
    thread_ids: Mapping[str, str] | None = None,
    unsubscribe_url: str = "",
) -> bytes:
    """Writes the whole mail, headers and bodies, with CRLF line ends and no line over 78 characters (URLs excepted).

    `thread_ids` gives the Message-ID that a provider put in the place of ours, by message key. With `unsubscribe_url`
    (https) the one-click form of RFC 8058 stands besides the mail address. Raises PermanentError for an address or an
    attachment that no mail can carry.
    """
    boundary = f"=_hmn_{hashlib.sha256(message.key.encode()).hexdigest()[:32]}"
    headers = [
        mailbox_line("From", sender_name, sender_address),
        mailbox_line("To", message.to_name, message.address),
        text_line("Subject", message.content.subject),
        token_line("Date", format_datetime(date)),
        token_line("Message-ID", message_id(message.key, domain)),
        *_reply_headers(message, reply_to, domain, thread_ids or {}),
        *_list_headers(message, reply_to or sender_address, domain, unsubscribe_url),
        *([token_line("Auto-Submitted", _AUTOMATIC[message.stream])] if message.stream in _AUTOMATIC else []),
        *([token_line("X-HMN-Ref", one_line(message.reply_ref))] if message.reply_ref else []),
        token_line("MIME-Version", "1.0"),
    ]
    body = _alternative(message, f"{boundary}_words")
    if message.attachments:
        body = _mixed(body, message.attachments, f"{boundary}_files")
    return "".join([*headers, body]).encode("ascii")


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the message with this key: the same for ever, and telling nothing about the person."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain_of(domain)}>"


def stop_mailto(reply_to: str, reply_ref: str) -> str:
    """The address that stops our mails: a mail to it says STOP and who asks, from whatever address it comes."""
    return f"mailto:{quote(wire_address(reply_to), safe='@')}?subject={quote(f'STOP {one_line(reply_ref)}'.strip())}"


@lru_cache(maxsize=64)
def domain_of(domain_or_address: str) -> str:
    """The domain as servers take it."""
    return wire_address(f"a@{domain_or_address.rpartition('@')[2]}").removeprefix("a@")


def encode_body(text: str) -> str:
    """Quoted-printable: decodes to exactly this text (line ends as CRLF), no line over 76, none beginning with a dot.

    A leading dot would need stuffing on its way through SMTP, a leading "From " is changed by mailbox files.
    """
    return CRLF.join(map(_encode_line, text.replace("\r\n", "\n").split("\n")))


def _reply_headers(message: Message, reply_to: str, domain: str, thread_ids: Mapping[str, str]) -> Iterator[str]:
    if reply_to:
        yield mailbox_line("Reply-To", "", reply_to)
    if message.in_reply_to:
        first = thread_ids.get(message.in_reply_to) or message_id(message.in_reply_to, domain)
        yield token_line("In-Reply-To", first)
        yield token_line("References", first)


def _list_headers(message: Message, reply_to: str, domain: str, unsubscribe_url: str) -> Iterator[str]:
    """How to stop, for every mail that is part of a stream; List-Id only where the mail goes to many at once.

    An invitation is a letter to one person: a List-Id would call it something else.
    """
    if message.stream is Stream.OFFICE:
        return
    list_id = message.list_id or (message.stream.value if message.stream in _LIST_STREAMS else "")
    if list_id:
        label = re.sub(r"[^a-z0-9.-]+", "-", list_id.lower()).strip("-.")
        yield token_line("List-Id", f"<{label if '.' in label else f'{label}.{domain_of(domain)}'}>")
    if not message.reply_ref:
        return
    ways = [f"<{stop_mailto(reply_to, message.reply_ref)}>"]
    if unsubscribe_url:
        ways.insert(0, f"<{_one_click(unsubscribe_url, message.reply_ref)}>")
    yield token_line("List-Unsubscribe", *(f"{way}," for way in ways[:-1]), ways[-1])
    if unsubscribe_url:
        yield token_line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _one_click(unsubscribe_url: str, reply_ref: str) -> str:
    if not unsubscribe_url.startswith("https://") or re.search(r"[\s<>,]", unsubscribe_url):
        raise PermanentError(
            "The unsubscribe address must begin with https:// and hold no space (HMN_UNSUBSCRIBE_URL)."
        )
    return f"{unsubscribe_url}{'&' if '?' in unsubscribe_url else '?'}ref={quote(one_line(reply_ref), safe='')}"


def _alternative(message: Message, boundary: str) -> str:
    parts = [("plain", message.content.text)]
    if message.content.html:
        parts.append(("html", message.content.html))
    encoded = [
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        + encode_body(text)
        for kind, text in parts
    ]
    return _multipart("alternative", encoded, boundary)


def _mixed(body: str, attachments: tuple[Attachment, ...], boundary: str) -> str:
    return _multipart("mixed", [body, *map(_attached, attachments)], boundary)


def _multipart(kind: str, parts: list[str], boundary: str) -> str:
    opened = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n{opened}--{boundary}--\r\n'


def _attached(attachment: Attachment) -> str:
    if not _MEDIA_TYPE.fullmatch(attachment.media_type):
        raise PermanentError("An attachment has a media type that no mail can carry.")
    is_bare_text = attachment.media_type.startswith("text/") and "charset=" not in attachment.media_type
    charset = "; charset=utf-8" if is_bare_text else ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", attachment.name).strip("-.") or "file"
    encoded = base64.b64encode(attachment.body).decode("ascii")
    lines = CRLF.join(encoded[start : start + _ENCODED_LINE] for start in range(0, len(encoded), _ENCODED_LINE))
    return (
        f"Content-Type: {attachment.media_type}{charset}\r\n"
        f'Content-Disposition: attachment; filename="{name[:60]}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{lines}"
    )


@lru_cache(maxsize=4096)
def _encode_line(line: str) -> str:
    encoded = _UNSAFE.sub(_escaped, line.encode("utf-8", "replace")).decode("ascii")
    if encoded.endswith((" ", "\t")):
        encoded = f"{encoded[:-1]}={ord(encoded[-1]):02X}"
    if len(encoded) < _ENCODED_LINE and not encoded.startswith((".", "From ")):
        return encoded
    return "=\r\n".join(_soft_lines(encoded))


def _escaped(match: re.Match[bytes]) -> bytes:
    return _ESCAPES[match[0][0]]


def _soft_lines(encoded: str) -> Iterator[str]:
    """Cuts after at most 75 characters, never inside an escape, so that `=` fits behind."""
    while True:
        encoded = _guarded(encoded)
        if len(encoded) <= _ENCODED_LINE:
            yield encoded
            return
        cut = _ENCODED_LINE - 1
        while "=" in encoded[cut - 2 : cut]:
            cut -= 1
        yield encoded[:cut]
        encoded = encoded[cut:]


def _guarded(line: str) -> str:
    if line.startswith("."):
        return f"=2E{line[1:]}"
    return f"=46{line[1:]}" if line.startswith("From ") else line
