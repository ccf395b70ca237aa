"""The bytes of a mail in, an `Incoming` out; however broken the mail is. What it means is judged in `replies`.

Every inbox (a folder, IMAP, Gmail) reads through here, so that a reply means the same wherever it arrived.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from network.ports import Incoming

_LARGEST_TEXT = 200_000
_LONGEST_HEADER, _LONGEST_ADDRESS = 16_000, 1_000  # far beyond what any mail program writes
_CHECKED = "authentication-results"
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")


def read_mail(raw: bytes, received_at: datetime, fallback_id: str = "") -> Incoming:
    """Reads one mail. Never raises: what cannot be read is left blank, and a person opens the mail.

    `received_at` is when the mailbox took it in. Without a Message-ID the id is `fallback_id` or a digest of the bytes,
    so that the same mail has the same id in every reading.
    """
    digest = f"<{hashlib.sha256(raw).hexdigest()[:32]}@unnamed>"
    try:
        mail = message_from_bytes(raw)
        headers = {name.lower(): _decoded(str(value)) for name, value in mail.items()}
        if _CHECKED in headers:  # each server writes above what it found: the uppermost is our own server's
            headers[_CHECKED] = _decoded(str(mail.get_all(_CHECKED, [""])[0]))
        report = next((part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None)
        bounced, status, action = _delivery(report) if report is not None else _complaint(mail)
        return Incoming(
            id=_first_id(headers.get("message-id", "")) or fallback_id or digest,
            received_at=received_at,
            sender=address_of(headers.get("from", "")),
            subject=headers.get("subject", ""),
            text=_text(mail)[:_LARGEST_TEXT],
            headers=headers,
            references=tuple(_references(mail, headers)),
            bounced_address=bounced,
            bounce_status=status,
            bounce_action=action,
        )
    except Exception:  # noqa: BLE001 - the parser meets whatever strangers send; a mail must never stop the inbox
        return Incoming(fallback_id or digest, received_at, "", "", "", {})


def sent_at(raw: bytes) -> datetime | None:
    """The moment its Date header names, in UTC; None when it names none that exists."""
    match = re.search(rb"^date:[ \t]*([^\r\n]{1,80})", raw[:100_000], re.IGNORECASE | re.MULTILINE)
    try:
        moment = parsedate_to_datetime(match[1].decode("ascii", "replace")) if match else None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def address_of(value: str) -> str:
    """The bare address of a From line in lower case; blank when there is none."""
    value = value[:_LONGEST_ADDRESS]
    address = parseaddr(value)[1].strip().lower()
    if "@" not in address:
        found = re.search(r"[^\s<>(),;\"]+@[^\s<>(),;\"]+", value)
        address = found[0].lower() if found else ""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}" if local else ""
    except UnicodeError:
        return address


# --- delivery notices ------------------------------------------------------------------------------------------------


def _delivery(report: Mail) -> tuple[str, str, str]:
    """Address, status and action of the first recipient that failed (RFC 3464 2.3), else of the first one named."""
    blocks = report.get_payload()
    fields = [
        {name.lower(): _decoded(str(value)) for name, value in block.items()}
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, Mail)
    ]
    recipients = [block for block in fields if "final-recipient" in block or "original-recipient" in block]
    chosen = next((block for block in recipients if block.get("action", "").strip().lower() == "failed"), None)
    chosen = chosen or next(iter(recipients), {})
    # What we wrote to is the original recipient; the final one may be where it was forwarded.
    typed = chosen.get("original-recipient") or chosen.get("final-recipient", "")
    status = re.search(r"\d\.\d{1,3}\.\d{1,3}", chosen.get("status", ""))
    return address_of(typed.partition(";")[2] or typed), status[0] if status else "", chosen.get("action", "").lower()


def _complaint(mail: Mail) -> tuple[str, str, str]:
    """The address that a complaint report (RFC 5965) names."""
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            found = re.search(r"original-rcpt-to:\s*<?([^\s<>]+@[^\s<>]+)", _part_text(part), re.IGNORECASE)
            return address_of(found[1]) if found else "", "", ""
    return "", "", ""


def _references(mail: Mail, headers: dict[str, str]) -> Iterator[str]:
    """Message-IDs of the letters it answers, of the returned letter in a delivery notice too; each once."""
    seen: set[str] = set()
    found = _MESSAGE_ID.findall(f"{headers.get('in-reply-to', '')} {headers.get('references', '')}")
    if mail.get_content_type() == "multipart/report":
        for part in mail.walk():
            if part is not mail and part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
                returned = re.search(r"^message-id:\s*(<[^<>\s]+>)", _part_text(part), re.IGNORECASE | re.MULTILINE)
                found += [returned[1]] if returned else []
    for each in found:
        if each not in seen:
            seen.add(each)
            yield each


# --- text ------------------------------------------------------------------------------------------------------------


def _text(mail: Mail) -> str:
    """The plain text of the mail itself, attached files and returned letters left aside; HTML only if nothing else."""
    plain: list[str] = []
    html: list[str] = []
    for part in _own_parts(mail):
        if part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() == "text/plain":
            plain.append(_part_text(part))
        elif part.get_content_type() == "text/html":
            html.append(_part_text(part))
    written = "\n".join(plain)
    return written if written.strip() else "\n".join(map(text_of_html, html))


def _own_parts(mail: Mail) -> Iterator[Mail]:
    if mail.get_content_maintype() == "message":
        return
    if mail.is_multipart():
        for part in mail.get_payload():
            if isinstance(part, Mail):
                yield from _own_parts(part)
    else:
        yield mail


def _part_text(part: Mail) -> str:
    if part.is_multipart():
        return part.as_string()
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    try:
        return payload.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return payload.decode("utf-8", "replace") if b"\xc3" in payload else payload.decode("cp1252", "replace")


def text_of_html(html: str) -> str:
    """The words of an HTML mail; what it quotes gets the usual `>` in front."""
    reader = _HtmlText()
    reader.feed(html[:_LARGEST_TEXT])
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.pieces)).strip()


# How Gmail and Yahoo name what they quote; what nobody sees is no answer (the lines that mailing programs hide).
_QUOTED = re.compile(r"\b(?:gmail_quote|yahoo_quoted)")
_UNSEEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt)?\s*(?:;|$))"
)


def _is_unseen(name: str, value: str | None) -> bool:
    return name == "hidden" or (name == "style" and _UNSEEN.search((value or "").lower()) is not None)


class _HtmlText(HTMLParser):
    _BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote", "table", "hr"})
    _SILENT = frozenset({"style", "script", "head", "title"})
    _VOID = frozenset({"br", "hr", "img", "meta", "link", "input"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._quotes: list[str] = []  # open elements since the first quoting one
        self._unseen: list[str] = []  # open elements since the first that no mail program shows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in {"class", "id"})
        self._silent += tag in self._SILENT
        if tag not in self._VOID and (self._quotes or tag == "blockquote" or _QUOTED.search(named)):
            self._quotes.append(tag)
        if tag not in self._VOID and (self._unseen or any(_is_unseen(*each) for each in attrs)):
            self._unseen.append(tag)
        if tag in self._BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        for opened in (self._quotes, self._unseen):
            if tag in opened:
                while opened.pop() != tag:
                    pass
        if tag in self._BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._unseen:
            words = re.sub(r"\s+", " ", data)
            if words.strip() or (self.pieces and not self.pieces[-1].endswith(("\n", "> "))):
                self.pieces.append(words)

    def _break(self) -> None:
        self.pieces.append("\n> " if self._quotes else "\n")


def _decoded(value: str) -> str:
    """A header as a person reads it, on one line."""
    value = value[:_LONGEST_HEADER]
    try:
        readable = str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        readable = value
    return " ".join(readable.replace("\x00", "").split())


def _first_id(value: str) -> str:
    match = _MESSAGE_ID.search(value)
    return match[0] if match else ""
