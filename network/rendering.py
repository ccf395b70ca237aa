"""Our letterhead: the layouts of a letter, a newsletter and an office mail, and the words put into them.

Layouts are MJML with Jinja, compiled once when the letterhead is loaded: sandboxed, strict about names, escaped. Then
in two stages: a letter's words are laid out once for everybody, with private marks where placeholders stand; for each
person the marks are replaced by values. So no value ever passes through Markdown, Jinja or MJML, and a letter for one
more person costs a join. The bytes of a mail are `mime`'s, whether its words are good is `mailcheck`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from network.errors import PermanentError
from network.headers import one_line, without_controls
from network.layout import Layouts, Reader
from network.markdown import HREF, Style, has_heading, mail_html, mail_text
from network.messages import Content
from network.mime import stop_mailto
from network.placeholders import (
    fill,
    folded,
    joined,
    mark,
    marked,
    safe_link,
    split_marked,
    tidied,
    value_of,
)
from network.preferences import Preferences

_KEPT = 256
_ENOUGH_FOR_CONTENTS = 4  # below this, a list of what stands in an issue is longer than a look at it
_FOOT = {"why": "+why", "stop": "+stop", "stop_link": "+stop link"}  # what differs from person to person in the foot
_DATA_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(data:[^)\s]*\)")
_LETTER_HEADER = re.compile(r"(Subject|Preheader|Asunto): *(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LetterSource:
    """A letter's file, read: its subject, the line that inboxes show behind it, its body."""

    subject: str
    preheader: str
    body: str


@dataclass(frozen=True, slots=True)
class NewsletterSection:
    """One piece of an issue; a picture needs a description, a link needs words that say where it goes."""

    heading: str
    body_markdown: str
    link: str = ""
    link_words: str = ""
    image: str = ""
    image_description: str = ""
    credit: str = ""  # who contributed it, already allowed to be named


def parse_letter(text: str) -> LetterSource:
    """Reads `Subject: …` and an optional `Preheader: …` above the first blank line, and the body below it."""
    found: dict[str, str] = {}
    lines = without_controls(text).lstrip("\ufeff\n").split("\n")
    while lines and (header := _LETTER_HEADER.fullmatch(lines[0])):
        name = "preheader" if header[1].lower() == "preheader" else "subject"
        found[name] = one_line(header[2])
        lines.pop(0)
    return LetterSource(found.get("subject", ""), found.get("preheader", ""), "\n".join(lines).strip())


class Letterhead:
    """Writes the mails of one network: load it once a run, then ask it for as many as needed."""

    def __init__(self, layouts: Layouts, preferences: Preferences) -> None:
        self._layouts = layouts
        self._reply_to = preferences.reply_to or preferences.sender_address
        self._office_fields = _office_fields(preferences)
        self._laid: dict[tuple[object, ...], _Laid] = {}

    @classmethod
    def load(cls, words: Reader, preferences: Preferences) -> Letterhead:
        """Compiles every layout and renders it for a made-up hostile member; ConfigurationError says file and line."""
        return cls(Layouts.load(words, preferences), preferences)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about colours and the logo in *Settings* that we could not use as they are."""
        return self._layouts.remarks

    def letter(  # noqa: PLR0917 - the order of a letter: subject, body, whom for, foot
        self,
        subject: str,
        body_markdown: str,
        body_text: str,
        member_fields: Mapping[str, str],
        why: str,
        stop: str,
        language: str,
        preheader: str = "",
        *,
        reply_ref: str = "",
    ) -> Content:
        """A letter from one person to another. A blank `body_text` is made from the Markdown.

        `why` and `stop` are plain sentences for the foot; with `reply_ref` a link that stops our mails stands beside.
        PermanentError when a link placeholder has no good address for this person.
        """
        fields = self._fields(member_fields)
        words = LetterSource(*(tidied(each, fields, language) for each in (subject, preheader, body_markdown)))
        plain = tidied(body_text, fields, language)
        values = {
            "+why": one_line(fill(why, fields, language)),
            "+stop": one_line(fill(stop, fields, language)),
            "+stop link": self._stop_link(reply_ref),
        }
        foot = {place: mark(name) if values[name] else "" for place, name in _FOOT.items()}
        key = (words, plain, language, *foot.values())
        laid = self._laid.get(key) or self._keep(key, self._lay_out(words, plain, language, foot))
        return _filled(laid, fields, values, language)

    def newsletter(
        self,
        subject: str,
        preheader: str,
        sections: Sequence[NewsletterSection],
        *,
        title: str = "",
        intro: str = "",
        why: str = "",
        stop: str = "",
        language: str = "en",
        merge_unsubscribe: str | None = None,
        reply_ref: str = "",
        member_fields: Mapping[str, str] | None = None,
    ) -> Content:
        """An issue. `merge_unsubscribe` is the campaign provider's own tag for its stop link, put in untouched.

        With it, a provider's tags typed by people are made harmless. Without it, `reply_ref` gives the stop link of one
        person. PermanentError for a link or picture that is not https (links: or mailto).
        """
        fields = self._fields(member_fields or {})
        stop_link = self._stop_link(reply_ref) if merge_unsubscribe is None else merge_unsubscribe
        issue = _Issue(subject, preheader, tuple(sections), title or subject, intro, why, stop, bool(stop_link))
        known = frozenset(name for name, value in fields.items() if value.strip())
        key = (issue, language, known, merge_unsubscribe is not None)
        laid = self._laid.get(key) or self._keep(
            key,
            self._lay_out_issue(issue, language, _People(fields, language, is_merged=merge_unsubscribe is not None)),
        )
        return _filled(laid, fields, {"+stop link": stop_link}, language)

    def office_mail(self, subject: str, markdown: str, text: str = "", *, language: str = "en") -> Content:
        """A notice to coordinators and leaders; nothing in it is a placeholder, pictures become their words."""
        subject = one_line(subject)
        markdown = _DATA_PICTURE.sub(r"\1", without_controls(markdown))
        if not has_heading(markdown):
            markdown = f"# {_literal(subject)}\n\n{markdown}"
        context = {"subject": subject, "preheader": "", "why": "", "stop": "", "stop_link": ""}
        body = _safe(mail_html(markdown, self._layouts.style(), is_literal=True))
        html = self._layouts.html("office", language, {**context, "body": body})
        words = without_controls(text).strip() or mail_text(markdown)
        return Content(subject, self._layouts.text("office", language, {**context, "body": words}), html)

    def _lay_out(
        self,
        words: LetterSource,
        body_text: str,
        language: str,
        foot: Mapping[str, str],
    ) -> _Laid:
        subject, body = marked(one_line(words.subject)), without_controls(words.body)
        context = {"subject": subject, "preheader": marked(one_line(words.preheader)), **foot}
        style = self._layouts.style(headline=subject)
        plain = marked(without_controls(body_text) if body_text.strip() else mail_text(body))
        return _Laid(
            split_marked(subject),
            split_marked(self._layouts.text("letter", language, {**context, "body": plain.strip()})),
            split_marked(self._layouts.html("letter", language, {**context, "body": _safe(mail_html(body, style))})),
        )

    def _lay_out_issue(self, issue: _Issue, language: str, people: _People) -> _Laid:
        words = self._layouts.words(language)
        style = {has_heading: self._layouts.style(first_level=2 + has_heading) for has_heading in (True, False)}
        shown = [_shown(each, style[bool(each.heading)], words["read_more"], people) for each in issue.sections]
        subject, intro = marked(one_line(people.text(issue.subject))), people.text(issue.intro)
        context = {
            "subject": subject,
            "preheader": marked(people.text(issue.preheader)),
            "title": marked(people.text(issue.title)),
            "why": marked(people.text(issue.why)),
            "stop": marked(people.text(issue.stop)),
            "stop_link": mark("+stop link") if issue.has_stop_link else "",
            "stop_words": words["preferences_link"],
            "sections": shown,
            "many": sum(bool(section["heading"]) for section in shown) >= _ENOUGH_FOR_CONTENTS,
        }
        body = _safe(mail_html(intro, self._layouts.style(first_level=2)))
        return _Laid(
            split_marked(subject),
            split_marked(self._layouts.text("newsletter", language, {**context, "intro": marked(mail_text(intro))})),
            split_marked(self._layouts.html("newsletter", language, {**context, "intro": body})),
        )

    def _keep(self, key: tuple[object, ...], laid: _Laid) -> _Laid:
        if len(self._laid) >= _KEPT:
            self._laid.clear()
        self._laid[key] = laid
        return laid

    def _fields(self, member_fields: Mapping[str, str]) -> dict[str, str]:
        return folded(self._office_fields) | folded({name: value for name, value in member_fields.items() if value})

    def _stop_link(self, reply_ref: str) -> str:
        return stop_mailto(self._reply_to, reply_ref) if reply_ref and self._reply_to else ""


@dataclass(frozen=True, slots=True)
class _Laid:
    """A mail laid out for everybody: literal text and names of values in turn (see `split_marked`)."""

    subject: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Issue:
    """What an issue is made of; the same for every reader."""

    subject: str
    preheader: str
    sections: tuple[NewsletterSection, ...]
    title: str
    intro: str
    why: str
    stop: str
    has_stop_link: bool


@dataclass(frozen=True, slots=True)
class _People:
    """What is done to words that people typed before they are laid out."""

    fields: Mapping[str, str]
    language: str
    is_merged: bool  # a campaign provider will look for its own tags in them

    def text(self, typed: str) -> str:
        clean = tidied(without_controls(typed), self.fields, self.language)
        return clean.replace("*|", "* |").replace("|*", "| *") if self.is_merged else clean


def _office_fields(preferences: Preferences) -> dict[str, str]:
    meeting_link = preferences.extra.get("meeting link", "")
    return {
        "Meeting link": meeting_link if meeting_link.startswith("https://") else "",
        "Network": preferences.network_name,
        "My name": preferences.sender_name,
        "Leader": next(iter(preferences.leaders), ""),
        "Next meeting": preferences.next_meeting,
        "Reply address": preferences.reply_to or preferences.sender_address,
        "Postal address": preferences.postal_address,
    }


def _shown(section: NewsletterSection, style: Style, read_more: str, people: _People) -> dict[str, str]:
    picture = safe_link(section.image) if section.image else ""
    if picture and not picture.startswith("https://"):
        raise PermanentError("A picture in a newsletter must have an address that begins with https://.")
    typed = people.text(section.body_markdown)
    return {
        "heading": marked(people.text(section.heading)),
        "body": _safe(mail_html(typed, style)),
        "text": marked(mail_text(typed)),
        "link": safe_link(section.link) if section.link else "",
        "link_words": marked(people.text(section.link_words)) or read_more,
        "image": picture,
        "image_description": marked(people.text(section.image_description)),
        "credit": marked(people.text(section.credit)),
    }


def _filled(laid: _Laid, fields: Mapping[str, str], foot: Mapping[str, str], language: str) -> Content:
    def plain(name: str) -> str:
        if name in foot:
            return foot[name]
        return (
            safe_link(value_of(name.removeprefix(HREF), fields, language))
            if name.startswith(HREF)
            else value_of(name, fields, language)
        )

    return Content(
        subject=one_line(joined(laid.subject, plain)),
        text=joined(laid.text, plain),
        html=joined(laid.html, lambda name: escape(plain(name))),
    )


def _literal(text: str) -> str:
    """The words so that Markdown shows them as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>&~-])", r"\\\1", text)


def _safe(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - Markdown escaped it, raw HTML is switched off there
