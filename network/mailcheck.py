"""Is this mail fit to be received? The same look for the gate before sending, for the gallery and for the tests.

An *error* must be mended before the mail goes; a *hint* makes it better. Whether a mail may be sent to somebody at all
is `consent`'s question. What a browser or a spam filter says is asked by the end-to-end tests, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from network.colours import ENOUGH, contrast
from network.mailpage import Element, Page, read_page
from network.messages import Content, Stream
from network.placeholders import MARK_CLOSES, MARK_OPENS
from network.readability import reading_grade

LARGEST = 100_000  # bytes of HTML; Gmail cuts a mail off a little above
ROOMY = 80_000
_LONGEST_SUBJECT = 78
_SMALLEST_TEXT = 14.0
_HARD_TO_READ = 10.0  # school grade
_VAGUE = frozenset(
    {"here", "click here", "click", "link", "this link", "more", "this", "aquí", "haga clic aquí", "enlace", "más"}
)
_STOP_WORDS = re.compile(r"\b(?:stop|unsubscribe|alto|baja|no me escriban)\b", re.IGNORECASE)
_RAW_HOST = re.compile(r"https://(?:\d{1,3}(?:\.\d{1,3}){3}|\[)")
_SHORTENERS = re.compile(r"https://(?:bit\.ly|t\.co|tinyurl\.com|goo\.gl|ow\.ly|is\.gd)/", re.IGNORECASE)
_MERGE_TAG = re.compile(r"\*\|[A-Z:_]+\|\*")  # a campaign provider's own address, filled in by it
_FORBIDDEN = ("script", "form", "iframe", "object", "embed", "link", "input")
_FETCHED_STYLE = re.compile(r"@import|url\(", re.IGNORECASE)
_PIXEL = re.compile(r"[01](?:px)?")


class MailKind(StrEnum):
    """What a mail is for; that decides what it must hold."""

    LETTER = "letter"  # from a person: invitations, welcome, notices, surveys
    NEWSLETTER = "newsletter"  # an issue
    ANSWER = "answer"  # what somebody asked for, the last word after a STOP included
    OFFICE = "office"  # to coordinators and leaders


class Severity(StrEnum):
    """What a finding asks for."""

    ERROR = "error"  # must be mended before the mail goes
    HINT = "hint"  # would make it better


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a mail, in a plain sentence that says what to do."""

    severity: Severity
    sentence: str


def check_mail(content: Content, kind: MailKind, *, language: str = "en", postal_address: str = "") -> list[Finding]:
    """Looks at subject, text and HTML and returns what is wrong, errors first; nothing is a mail to be proud of."""
    page = read_page(content.html)
    errors = [*_missing_parts(content, page), *_foot(content, kind, postal_address), *_forbidden(content, page)]
    errors += [*_headings(page), *_pictures(page), *_addresses(page), *_tables(page), *_contrast(page)]
    hints = [*_manners(content, page), *_link_words(page), *_reading(content, language)]
    return [*(Finding(Severity.ERROR, each) for each in errors), *(Finding(Severity.HINT, each) for each in hints)]


def kind_of(stream: Stream) -> MailKind:
    """Which kind of mail a stream sends."""
    kinds = {
        Stream.NEWSLETTER: MailKind.NEWSLETTER,
        Stream.ANSWER: MailKind.ANSWER,
        Stream.OFFICE: MailKind.OFFICE,
    }
    return kinds.get(stream, MailKind.LETTER)


def _missing_parts(content: Content, page: Page) -> Iterator[str]:
    if not content.subject.strip():
        yield "The mail has no subject. Please give it one."
    if not content.text.strip():
        yield "The mail has no plain text, which some people read instead."
    if not content.html.strip():
        yield "The mail has no HTML part."
        return
    if not any(element.attributes.get("lang") not in (None, "", "und") for element in page.all("html")):
        yield "The mail does not say its language, so a screen reader guesses how to pronounce it."
    if not any(element.text for element in page.all("title")):
        yield "The mail has no title for a screen reader to say."
    if not any(element.attributes.get("name") == "color-scheme" for element in page.all("meta")):
        yield "The mail does not say that it can be read in the dark."
    if any(
        mark in part for mark in (MARK_OPENS, MARK_CLOSES) for part in (content.subject, content.text, content.html)
    ):
        yield "A placeholder was not filled in."


def _foot(content: Content, kind: MailKind, postal_address: str) -> Iterator[str]:
    if kind not in {MailKind.LETTER, MailKind.NEWSLETTER}:
        return
    for name, part in (("plain text", content.text), ("HTML", content.html)):
        if not _STOP_WORDS.search(part) and not _MERGE_TAG.search(part):
            yield f"The {name} does not say how to stop these mails."
        first_line = next(iter(postal_address.split("\n")), "").strip()
        if first_line and first_line not in part and first_line.replace("&", "&amp;") not in part:
            yield f"The {name} lacks the postal address."


def _forbidden(content: Content, page: Page) -> Iterator[str]:
    for tag in sorted({element.tag for element in page.all(*_FORBIDDEN)}):
        yield f"The mail holds a <{tag}>, which mail programs refuse."
    for element in page.elements:
        if any(name.startswith("on") for name in element.attributes):
            yield "The mail holds a piece of program, which mail programs refuse."
            break
    if any(_FETCHED_STYLE.search("".join(element.texts)) for element in page.all("style")):
        yield "The mail's style fetches something from elsewhere."
    if len(content.html.encode()) > LARGEST:
        yield f"The mail is larger than {LARGEST // 1000} KB, and some people would see only its beginning."


def _headings(page: Page) -> Iterator[str]:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6") if element.is_shown]
    if levels.count(1) != 1:
        yield f"The mail has {levels.count(1)} main headings; a screen reader needs exactly one."
    if any(after > before + 1 for before, after in zip([0, *levels], levels, strict=False)):
        yield "A heading skips a level."
    if any(element.is_shown and not element.whole_text for element in page.all("h1", "h2", "h3")):
        yield "A heading is empty."


def _pictures(page: Page) -> Iterator[str]:
    for element in page.all("img"):
        source = element.attributes.get("src", "")
        if "alt" not in element.attributes:
            yield "A picture has no description. Please say in a few words what it shows."
        if not source.startswith("https://"):
            yield "A picture must have an address that begins with https://."
        if _PIXEL.fullmatch(element.attributes.get("width", "")) or _PIXEL.fullmatch(
            element.attributes.get("height", "")
        ):
            yield "The mail holds an invisible picture that would tell who opened it."
        if any(each.tag == "a" for each in element.line) and not element.attributes.get("alt"):
            yield "A picture is a link but has no description."


def _addresses(page: Page) -> Iterator[str]:
    for link in page.all("a"):
        address = link.attributes.get("href", "")
        if not address.startswith(("https://", "mailto:")) and not _MERGE_TAG.fullmatch(address):
            yield "A link must begin with https:// or mailto:."
        elif _RAW_HOST.match(address):
            yield "A link leads to a bare number instead of a name, as only fraudsters do."
        elif _SHORTENERS.match(address):
            yield "A link is a shortened one, which filters distrust. Please use the real address."
        if not link.whole_text:
            yield "A link has no words."


def _tables(page: Page) -> Iterator[str]:
    for table in page.all("table"):
        has_header = any(cell.tag == "th" for cell in _within(table))
        if not has_header and table.attributes.get("role") != "presentation":
            yield "A table has no header row, so a screen reader cannot say what a cell means."


def _contrast(page: Page) -> Iterator[str]:
    for scheme, is_dark in (("light", False), ("dark", True)):
        for element in page.elements:
            if not element.text or not element.is_shown:
                continue
            ink, ground = page.colours(element, is_dark=is_dark)
            found = contrast(ink, ground)
            if found < ENOUGH:
                begins = element.text[:30]
                yield f"“{begins}” can hardly be read in the {scheme} scheme ({found:.1f}, wanted {ENOUGH})."


def _manners(content: Content, page: Page) -> Iterator[str]:
    if len(content.subject) > _LONGEST_SUBJECT:
        yield f"The subject has {len(content.subject)} characters; a phone shows about 40, a screen 70."
    if ROOMY < len(content.html.encode()) <= LARGEST:
        yield "The mail is large and opens slowly on a phone."
    sizes = (element.inline.get("font-size", "") for element in page.elements if element.is_shown and element.text)
    if any(0 < _pixels(size) < _SMALLEST_TEXT for size in sizes):
        yield f"Some text is smaller than {_SMALLEST_TEXT:.0f} pixels."
    for link in page.all("a"):
        address = link.attributes.get("href", "")
        if address.startswith("https://") and address not in content.text:
            yield "A link of the HTML is missing in the plain text."
            break


def _link_words(page: Page) -> Iterator[str]:
    for link in page.all("a"):
        words = link.whole_text.strip(" .!→»").casefold()
        if words in _VAGUE:
            yield f"The link “{link.whole_text}” does not say where it goes. Please name what one finds there."
        elif words.startswith(("http://", "https://")):
            yield "A link shows its address instead of words. Please name what one finds there."


def _reading(content: Content, language: str) -> Iterator[str]:
    grade = reading_grade(content.text.rpartition("\n--\n")[0] or content.text, language)
    if grade is not None and grade > _HARD_TO_READ:
        yield f"The text asks for about {grade:.0f} years of school. Shorter sentences would reach more people."


def _within(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        yield from _within(child)


def _pixels(size: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)px", size)
    return float(match[1]) if match else 0.0
