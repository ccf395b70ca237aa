"""The layouts of our mails: MJML with Jinja kept, compiled once, tried with a hostile member before the first use.

MJML reads `{% if %}` between components only inside <mj-raw>, and its reader stumbles over `<` in an expression: a
layout keeps to that. Jinja is sandboxed, strict about unknown names and escapes every value. What a mail says is
`rendering`'s.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import mjml
from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from network.colours import parse_colour, readable
from network.errors import ConfigurationError
from network.markdown import Style
from network.preferences import Preferences

FOLDER = "layout"
KINDS = ("letter", "newsletter", "office")
_NAMES = {
    "letter": {"body"},
    "office": {"body"},
    "newsletter": {"title", "intro", "sections", "many"},
}
_COMMON = {
    "language",
    "look",
    "office",
    "words",
    "subject",
    "preheader",
    "why",
    "stop",
    "stop_link",
    "stop_words",
    "foot_side",
}
_SECTION_KEYS = ("heading", "body", "text", "link", "link_words", "image", "image_description", "credit")
_LEFTOVER = re.compile(r"\{\{|\{%|</?mj-|Undefined")
_PART = re.compile(r'<mj-include path="([^"]+)" />')
_INCLUDED = re.compile(r'<mj-include path="([^"]+)"|\{% include "([^"]+)" %\}')
_SCAFFOLDING = re.compile(r">(?=\{\{|</?(?:table|tbody|tr|td|div|h1|p)\b)")
_ACCENT = "#0b5394"
_HOSTILE = "\"'><script>alert(1)</script>&amp;$&"


class Reader(Protocol):
    """Where layouts are read from (`ports.Words` is one)."""

    def read(self, path: str) -> str:
        """Returns the text of one file."""


class Layouts:
    """The compiled layouts of one network, in its colours."""

    def __init__(self, preferences: Preferences, words: Mapping[str, Mapping[str, str]], sources: _Sources) -> None:
        self._look, self.remarks = look_of(preferences)
        self._office, logo_remarks = _office_of(preferences)
        self.remarks += logo_remarks
        self._words = words
        environment = ImmutableSandboxedEnvironment(
            autoescape=True, undefined=StrictUndefined, loader=DictLoader(sources.texts), keep_trailing_newline=True
        )
        plain = ImmutableSandboxedEnvironment(
            autoescape=False,  # plain text; a value cannot become code there
            undefined=StrictUndefined,
            loader=DictLoader(sources.texts),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._html = {kind: environment.from_string(sources.compile(kind)) for kind in KINDS}
        self._text = {kind: plain.get_template(f"{kind}.txt.j2") for kind in KINDS}

    @classmethod
    def load(cls, reader: Reader, preferences: Preferences) -> Layouts:
        """Reads, compiles and tries all layouts; ConfigurationError names the file and line that is wrong."""
        sources = _Sources(reader)
        try:
            layouts = cls(preferences, tomllib.loads(reader.read(f"{FOLDER}/words.toml")), sources)
            for kind in KINDS:
                layouts._try(kind)
        except TemplateError as err:
            raise ConfigurationError(f"{sources.blame(str(err))}: {err}") from err
        return layouts

    def html(self, kind: str, language: str, context: Mapping[str, Any]) -> str:
        """The HTML of one mail; every value is escaped, except what is already `Markup`."""
        return self._render(self._html[kind], language, context).strip() + "\n"

    def text(self, kind: str, language: str, context: Mapping[str, Any]) -> str:
        """The plain text of one mail."""
        return self._render(self._text[kind], language, context).strip() + "\n"

    def style(self, *, first_level: int = 1, headline: str = "") -> Style:
        """How Markdown is dressed in these colours."""
        return Style(self._look["accent"], first_level, headline)

    def words(self, language: str) -> Mapping[str, str]:
        """The fixed words of a language; English where we have none."""
        return self._words.get(language, self._words["en"])

    def _render(self, template: Template, language: str, context: Mapping[str, Any]) -> str:
        words = self.words(language)
        known = {"language": language, "look": self._look, "office": self._office, "words": words}
        side = "16px" if template is self._html["letter"] else "24px"
        return template.render({"foot_side": side, "stop_words": words["stop_link"], **known, **context})

    def _try(self, kind: str) -> None:
        probe: dict[str, Any] = dict.fromkeys(
            _NAMES[kind] | _COMMON - {"look", "office", "words", "language"}, _HOSTILE
        )
        probe |= {"sections": [dict.fromkeys(_SECTION_KEYS, _HOSTILE)] * 2} if kind == "newsletter" else {}
        for language in self._words:
            html, text = self.html(kind, language, probe), self.text(kind, language, probe)
            if "<script" in html or _LEFTOVER.search(html) or _LEFTOVER.search(text):
                raise ConfigurationError(
                    f"templates/{FOLDER}/{kind}: a value or a piece of template leaks into the mail."
                )


class _Sources:
    """The files of all layouts, each checked on its own, so that a fault has a file and a line."""

    def __init__(self, reader: Reader) -> None:
        self.texts: dict[str, str] = {}
        for kind in KINDS:
            for name in (f"{kind}.mjml", f"{kind}.txt.j2"):
                self._read(reader, name)
        for name in self.texts:
            allowed = set().union(*_NAMES.values()) | _COMMON | {"section"}
            self._check(name, allowed)

    def compile(self, kind: str) -> str:
        """MJML to HTML; Jinja is kept."""
        try:
            html = str(mjml.mjml2html(self._with_parts(f"{kind}.mjml")))
        except ValueError as err:
            raise ConfigurationError(f"templates/{FOLDER}/{kind}.mjml or a part of it is not MJML: {err}") from err
        return _in_lines(_at_the_left(html) if kind == "letter" else html)

    def blame(self, said: str) -> str:
        """The place that an error of Jinja's speaks of: the first line that holds the name it complains about."""
        for word in reversed(re.findall(r"'(\w+)'", said)):
            for name, text in self.texts.items():
                for number, line in enumerate(text.splitlines(), start=1):
                    if re.search(rf"\{{[{{%].*\b{word}\b", line):
                        return f"templates/{FOLDER}/{name}, line {number}"
        return f"templates/{FOLDER}"

    def _with_parts(self, name: str) -> str:
        """The compiler's own include forgets what a part says to the column around it: class, padding, alignment."""
        return _PART.sub(lambda part: self._with_parts(part[1]), self.texts[name])

    def _read(self, reader: Reader, name: str) -> None:
        if name in self.texts:
            return
        self.texts[name] = reader.read(f"{FOLDER}/{name}")
        for include in _INCLUDED.finditer(self.texts[name]):
            self._read(reader, include[1] or include[2])

    def _check(self, name: str, allowed: set[str]) -> None:
        try:
            tree = ImmutableSandboxedEnvironment(autoescape=True).parse(self.texts[name])
        except TemplateSyntaxError as err:
            raise ConfigurationError(f"templates/{FOLDER}/{name}, line {err.lineno}: {err.message}") from err
        for unknown in sorted(meta.find_undeclared_variables(tree) - allowed):
            at = self.blame(f"'{unknown}'")
            raise ConfigurationError(f"{at}: there is nothing called {unknown} in a mail.")


def _at_the_left(html: str) -> str:
    """MJML puts everything in the middle; a letter from a person begins at the left margin, like any other."""
    return html.replace("margin:0px auto;", "margin:0;").replace('align="center"', 'align="left"')


def _in_lines(html: str) -> str:
    """One tag of the scaffolding a line, so that few lines of a mail hold anything of a person (see `mime`)."""
    return _SCAFFOLDING.sub(">\n", html)


def look_of(preferences: Preferences) -> tuple[dict[str, str], tuple[str, ...]]:
    """The colours of a mail in both schemes, each readable on its ground; and sentences about those we changed."""
    look = {
        "font": "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
        "page": "#f3f4f6",
        "card": "#ffffff",
        "ink": "#1f2328",
        "muted": "#57606a",
        "rule": "#d0d7de",
        "grid": "#b6bec8",
        "dark_rule": "#454c54",
        "dark_page": "#15181c",
        "dark_card": "#1e2226",
        "dark_ink": "#e6e8eb",
        "dark_muted": "#b4bac2",
    }
    remarks: tuple[str, ...] = ()
    chosen = _ACCENT
    for name in ("accent", "button"):  # for headings and links, for buttons; one colour alone serves both
        typed = preferences.colours.get(name, "")
        colour = parse_colour(typed) or chosen
        if typed and parse_colour(typed) is None:
            remarks += (f"Settings, Colours: we do not understand {typed}. Please type one like #0b5394.",)
        # The page is the darker ground of the two: what is read there is read anywhere.
        look[name] = readable(colour, look["page"])
        look[f"dark_{name}"] = readable(colour, look["dark_card"], enough=6.5)
        look[f"dark_on_{name}"] = readable("#101317", look[f"dark_{name}"])
        if look[name] != colour and colour != chosen:
            remarks += (f"Settings, Colours: {colour} is too pale to read on white; mails use {look[name]} instead.",)
        chosen = colour
    look["on_accent"] = look["on_button"] = "#ffffff"
    return look, remarks


def look_remarks(preferences: Preferences) -> tuple[str, ...]:
    """Sentences about colours and the logo in *Settings* that mails cannot use as they are."""
    return look_of(preferences)[1] + _office_of(preferences)[1]


def _office_of(preferences: Preferences) -> tuple[dict[str, str], tuple[str, ...]]:
    office = {"name": preferences.network_name, "postal": " · ".join(_lines(preferences.postal_address)), "logo": ""}
    if preferences.logo.startswith("https://"):
        office["logo"] = preferences.logo
    elif preferences.logo:
        return office, ("Settings, Logo: it needs an address that begins with https://; mails go without it.",)
    return office, ()


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())
