"""The gate of an issue or notice: what must be mended before it goes, and what is worth knowing.

Each remark is a sentence; one about a row names it. Errors keep the edition from going, other remarks are only shown.
Who may be written to is `consent`; how a mail looks in general is `mailcheck`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from network.cells import quoted
from network.errors import PermanentError
from network.links import LinkFate, check_links, links_of
from network.mailcheck import Finding, MailKind, Severity, check_mail
from network.messages import Content
from network.newsletter import Draft, Item, Remark
from network.placeholders import safe_link, say_unknown, unknown_placeholders
from network.preferences import Preferences

_MARKDOWN_LINK = re.compile(r"(!?)\[([^\[\]\n]*)\]\(\s*<?((?:[^()\s>]|\([^()\s>]*\))*)>?[^()\n]*\)")
_BARE_ADDRESS = re.compile(r"(?<![(<\w\[/])(?:https?://|www\.)[^\s<>()\[\]]+[\w/]")
_MERGE_TAG = re.compile(r"\*\|[^|\n]{1,40}\|\*")
_RAW_HTML = re.compile(r"</?(?:a|b|i|u|p|br|div|span|img|strong|em|font|table|h[1-6]|ul|li)\b[^<>\n]*>", re.IGNORECASE)
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|webp|svg|heic)", re.IGNORECASE)
_LONGEST_TITLE = 90
_LARGEST_ISSUE = 80_000  # bytes: Gmail cuts at 102,000, and a provider adds tracking to every link


def check_draft(draft: Draft, fates: Mapping[str, LinkFate] | None = None) -> tuple[Remark, ...]:
    """Looks at every row that stands in this edition, and at the rows that could not be read.

    `fates` is what is known of the pages behind its links.
    """
    found = [*draft.issue.remarks, *draft.remarks]
    if draft.issue.send_on is None:
        found.append(Remark("No row says when it goes. Type a day under Send on, such as 2026-10-06.", is_error=False))
    if not draft.items:
        found.append(Remark("No row of this edition may be published yet."))
    for item in draft.items:
        found += (_about(item, remark) for remark in _check_item(item))
        found += (_about(item, remark) for remark in check_links(links_of(item), fates or {}))
    return in_order(found)


def check_content(content: Content, language: str, preferences: Preferences, kind: MailKind) -> tuple[Remark, ...]:
    """Looks at the mail as it would arrive: size, headings, contrast, plain text, how to stop, postal address."""
    findings = _looked_at(content, kind, language, preferences.postal_address)
    found = [Remark(each.sentence, is_error=each.severity is Severity.ERROR) for each in findings]
    size = len(content.html.encode())
    if kind is MailKind.NEWSLETTER and size > _LARGEST_ISSUE:
        found.insert(
            0,
            Remark(
                f"This edition has {size // 1000} KB, and some mail programs show only the first 100 KB of a mail. "
                "Shorten its texts, or move some rows to the next issue, until it has 80 KB."
            ),
        )
    return tuple(found)


@lru_cache(maxsize=256)
def _looked_at(content: Content, kind: MailKind, language: str, postal_address: str) -> tuple[Finding, ...]:
    """What `check_mail` finds, kept: a run plans three times, and looking at a mail is the dear part of it."""
    return tuple(check_mail(content, kind, language=language, postal_address=postal_address))


def check_sender(preferences: Preferences) -> tuple[Remark, ...]:
    """Looks at what *Settings* must say before anything goes to many."""
    found = []
    if not preferences.sender_address:
        found.append(Remark("Settings, Sender address is blank. Type the address that mails come from."))
    if not preferences.postal_address.strip():
        found.append(
            Remark("Settings, Postal address is blank. Type the network's postal address; the law asks for it.")
        )
    if not preferences.approvers:
        found.append(
            Remark("Settings names no Approvers. Type the address of somebody who may say yes.", is_error=False)
        )
    return tuple(found)


def check_words(text: str) -> tuple[Remark, ...]:
    """Looks at words that people typed: placeholders, tags of other programs, links, pictures."""
    return tuple(_words(text))


def in_order(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Errors first, each sentence once."""
    unique: dict[str, Remark] = {}
    for remark in remarks:
        unique.setdefault(remark.sentence, remark)
    return tuple(sorted(unique.values(), key=lambda remark: not remark.is_error))


def _check_item(item: Item) -> Iterator[Remark]:
    if not item.title and not item.text:
        yield Remark("it has no Title and no Text. Type one, or delete the row.")
    if len(item.title) > _LONGEST_TITLE:
        yield Remark(f"its Title has {len(item.title)} characters. A shorter one is read sooner.", is_error=False)
    if item.link and not _is_link(item.link):
        yield Remark(f"its Link {quoted(item.link)} must begin with https://. Type the whole address.")
    for column, typed in (("Link", item.link), ("Image", item.image), ("Image description", item.image_description)):
        for tag in dict.fromkeys(_MERGE_TAG.findall(typed)):
            yield Remark(f"in {column}, {tag} belongs to another program. Please take it out.")
    if item.image and not _is_page(item.image):
        yield Remark(f"its Image {quoted(item.image)} must be an address that begins with https://.")
    if item.image and not item.image_description:
        yield Remark("its picture has no description. Say under Image description what it shows, for those who listen.")
    elif item.image and _FILE_NAME.fullmatch(item.image_description):
        yield Remark("its Image description is the name of a file. Say in a few words what the picture shows.")
    elif item.image_description and not item.image:
        yield Remark("it describes a picture but names none under Image.", is_error=False)
    for column, text in (("Title", item.title), ("Text", item.text), ("Contributed by", item.credit)):
        for remark in _words(text):
            yield Remark(f"in {column}, {_lower(remark.sentence)}", is_error=remark.is_error)


def _words(text: str) -> Iterator[Remark]:
    for name in unknown_placeholders(text):
        yield Remark(say_unknown(name))
    for tag in dict.fromkeys(_MERGE_TAG.findall(text)):
        yield Remark(f"{tag} belongs to another program and would be shown as it is. Use one of ours: [First name].")
    for bang, label, address in _MARKDOWN_LINK.findall(text):
        if bang and not label.strip():
            yield Remark("a picture has no description. Write ![what it shows](address).")
        if bang and not _is_page(address):
            yield Remark(f"the picture {quoted(address)} must have an address that begins with https://.")
        elif not bang and address and not address.startswith("[") and not _is_link(address):
            yield Remark(f"the link {quoted(address)} must begin with https:// or mailto:. Type the whole address.")
    for address in dict.fromkeys(_BARE_ADDRESS.findall(text)):
        yield Remark(
            f"{quoted(address, 60)} stands there as text, and nobody can tap it. Write [words that say where it goes]"
            f"({quoted(address, 60)[1:-1]}).",
            is_error=False,
        )
    for tag in dict.fromkeys(_RAW_HTML.findall(text)):
        yield Remark(f"{tag} would be shown as it is. Use **bold**, *italic* or [words](address).", is_error=False)


def _about(item: Item, remark: Remark) -> Remark:
    name = f" ({quoted(item.title)})" if item.title else ""
    return Remark(f"Row {item.row}{name}: {remark.sentence}", is_error=remark.is_error, row=item.row)


def _is_page(address: str) -> bool:
    """Whether everybody could open it: https, a server's full name, and no password in it."""
    try:
        parts = urlsplit(safe_link(address))
        host, has_password = parts.hostname or "", parts.username is not None
    except (PermanentError, ValueError):
        return False
    return parts.scheme == "https" and "." in host.strip(".") and not has_password


def _is_link(address: str) -> bool:
    """Whether a reader may follow it: a page, or a mail to somebody."""
    if not address.casefold().startswith("mailto:"):
        return _is_page(address)
    try:
        safe_link(address)
    except PermanentError:
        return False
    return True


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence[1:2].islower() else sentence
