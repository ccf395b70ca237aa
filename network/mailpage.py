"""A mail's HTML as a reader meets it: elements, their text, and the colours they get in the light and the dark scheme.

Understands the CSS that our layouts use: inline styles, and rules of classes and elements, some of them only for the
dark scheme. It is no browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from network.colours import parse_colour

_VOID = frozenset({"meta", "img", "br", "hr", "link", "input", "source", "area", "base", "col", "wbr"})
_UNSEEN = frozenset({"head", "style", "title", "script", "noscript"})
_MEDIA = re.compile(r"@media([^{]*)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)", re.IGNORECASE)
_PROPERTY = {"background": "background-color"}  # the short form, as far as it says a colour


@dataclass(slots=True)
class Element:
    """One element; `text` is what stands directly in it."""

    tag: str
    attributes: Mapping[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    @property
    def whole_text(self) -> str:
        """The words of the element and of all within; a picture speaks through its description."""
        alt = self.attributes.get("alt", "")
        return " ".join(part for part in (self.text, alt, *(child.whole_text for child in self.children)) if part)

    @property
    def is_shown(self) -> bool:
        return not any(each.tag in _UNSEEN or each.inline.get("display") == "none" for each in self.line)

    @property
    def inline(self) -> dict[str, str]:
        return _declarations(self.attributes.get("style", ""))

    @property
    def line(self) -> Iterator[Element]:
        """The element, its parent, and so on up to the page."""
        each: Element | None = self
        while each is not None:
            yield each
            each = each.parent


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector with its declarations; `is_dark` when it counts in the dark scheme only."""

    selector: tuple[str, ...]
    declarations: Mapping[str, str]
    is_dark: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed mail."""

    elements: tuple[Element, ...]
    rules: tuple[Rule, ...]
    # Every element asks for the styles of all it stands in: each is worked out once.
    _known: dict[tuple[int, bool], dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def colours(self, element: Element, *, is_dark: bool) -> tuple[str, str]:
        """The colour of the element's text and of the ground behind it."""
        ink = self._first(element, "color", is_dark) or ("#ffffff" if is_dark else "#000000")
        return ink, self._first(element, "background-color", is_dark) or ("#121212" if is_dark else "#ffffff")

    def _first(self, element: Element, name: str, is_dark: bool) -> str | None:
        for each in element.line:
            if (id(each), is_dark) not in self._known:
                self._known[id(each), is_dark] = self._styles(each, is_dark)
            styles = self._known[id(each), is_dark]
            if each.tag == "a" and name == "color":
                styles = {"color": "#0000ee", **styles}
            colour = parse_colour(styles.get(name, ""))
            if colour:
                return colour
        return None

    def _styles(self, element: Element, is_dark: bool) -> dict[str, str]:
        """Rules, then what stands inline, then rules marked important: the cascade as far as mails need it."""
        ordinary: dict[str, str] = {}
        important: dict[str, str] = {}
        for rule in self.rules:
            if (is_dark or not rule.is_dark) and _matches(element, rule.selector):
                for name, value in rule.declarations.items():
                    is_important = value.endswith("!important")
                    (important if is_important else ordinary)[name] = value.removesuffix("!important").strip()
        attribute = {"background-color": element.attributes["bgcolor"]} if "bgcolor" in element.attributes else {}
        return attribute | ordinary | element.inline | important


def read_page(html: str) -> Page:
    """Parses a mail's HTML; comments (what only old Outlook reads) are left out."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    sheets = "\n".join("".join(element.texts) for element in parser.elements if element.tag == "style")
    return Page(tuple(parser.elements), tuple(_rules(sheets)))


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if parent is not None:
            parent.children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while any(element.tag == tag for element in self._open):
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].texts.append(data)


def _rules(sheets: str) -> Iterator[Rule]:
    for media in _MEDIA.finditer(sheets):
        if "prefers-color-scheme" in media[1] and "dark" in media[1]:
            yield from _rules_of(media[2], is_dark=True)
    yield from _rules_of(_MEDIA.sub("", sheets), is_dark=False)


def _rules_of(sheet: str, *, is_dark: bool) -> Iterator[Rule]:
    for match in _RULE.finditer(sheet):
        for selector in match[1].split(","):
            yield Rule(tuple(selector.split()), _declarations(match[2]), is_dark)


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return {_PROPERTY.get(name.strip().lower(), name.strip().lower()): value.strip() for name, _, value in pairs}


def _matches(element: Element, selector: tuple[str, ...]) -> bool:
    if not selector or not _is(element, selector[-1]):
        return False
    above = element.parent
    for compound in reversed(selector[:-1]):
        while above is not None and not _is(above, compound):
            above = above.parent
        if above is None:
            return False
        above = above.parent
    return True


def _is(element: Element, compound: str) -> bool:
    match = _COMPOUND.fullmatch(compound)
    if match is None:
        return False
    classes = set(element.attributes.get("class", "").split())
    wanted = {name for name in match[2].split(".") if name}
    return (not match[1] or match[1].lower() == element.tag) and wanted <= classes and bool(match[1] or wanted)
