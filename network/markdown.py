"""Markdown as people write it, turned into the HTML that mail programs understand: styles inline, headings in order.

Raw HTML stays visible text, pictures and links must be https (links also mailto). Marks of placeholders (see
`placeholders`) pass through untouched, in words and as the whole address of a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise, takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

from network.errors import PermanentError
from network.placeholders import MARK_CLOSES, MARK_OPENS, PLACEHOLDERS, mark, marked, safe_link

HREF = "href:"  # a mark in an address: the value must be a link
_LINK_MARKS = "|".join(re.escape(mark(row.name)) for row in PLACEHOLDERS if row.is_link)
_BARE_LINK = re.compile(f"(?<!\\()({_LINK_MARKS})(?!\\))")
_MARKED_ADDRESS = re.compile(f"{MARK_OPENS}([^{MARK_CLOSES}]+){MARK_CLOSES}")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^()\s]*\)")
_LINK = re.compile(r"(?<!\\)\[([^\[\]\n]+)\]\(([^()\s]+|\[[^\[\]\n]+\])\)")
_TABLE = re.compile(r"^[^\n]*\|[^\n]*\n\|?[ :|-]*-[ :|-]*\n(?:[^\n]*\|[^\n]*(?:\n|\Z))*", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_TEXT_WIDTH = 76
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*\\])(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1(?![\w*])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LONGEST_GREETING = 80
_SHORT_CELL = 8  # characters: a reference like T-142 is not broken at its hyphen on a phone
_WIDE = 4  # columns: too many for a phone, where each row stands as lines (see the layout's style sheet)
_SHORT_LINE = 60  # a typed line shorter than this was ended on purpose: a signature, an address

# Inline, because some mail programs drop every <style>; colours of the dark scheme are in the layout's style sheet.
_STYLES = {
    "p": "margin:0 0 16px",
    "h1": "margin:0 0 16px;font-size:24px;line-height:1.3;font-weight:700",
    "h2": "margin:24px 0 8px;font-size:20px;line-height:1.3;font-weight:700",
    "h3": "margin:20px 0 8px;font-size:17px;line-height:1.35;font-weight:700",
    "ul": "margin:0 0 16px;padding:0 0 0 22px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid #8c959f",
    "hr": "border:0;border-top:1px solid #8c959f;margin:24px 0",
    "table": "width:100%;border-collapse:collapse;margin:0 0 16px;font-size:16px;line-height:1.4;word-break:normal",
    "th": "padding:8px 12px 8px 0;text-align:left;vertical-align:bottom;border-bottom:2px solid #8c959f",
    "td": "padding:8px 12px 8px 0;text-align:left;vertical-align:top;border-bottom:1px solid #b6bec8",
    "img": "display:block;max-width:100%;height:auto;border:0;margin:0 0 16px",
    "code": "font-family:ui-monospace,Consolas,monospace;font-size:15px",
}
# What stands indented or between fences: its lines break on a phone.
_TYPED_BLOCK = "white-space:pre-wrap"
# A letter from a person has no headline: its greeting is the heading for those who listen, and looks like text.
_GREETING_STYLE = "margin:0 0 16px;font-size:16px;line-height:1.5;font-weight:400"


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of mail wants its Markdown.

    `headline` is for a letter, which has no headline of its own: its short greeting is the main heading, looking like
    text; without one the headline (plain words, or marked) stands on top.
    """

    link_colour: str
    first_level: int = 1
    headline: str = ""


def mail_html(markdown: str, style: Style, *, is_literal: bool = False) -> str:
    """Turns Markdown into mail HTML; placeholders become marks, unless `is_literal`.

    A link or picture whose address is not allowed stays visible as it was typed.
    """
    source = markdown if is_literal else _BARE_LINK.sub(r"[\1](\1)", marked(markdown))
    tokens = _MARKDOWN.parse(source)
    _order_headings(tokens, style)
    headline = ""
    if style.headline and not any(token.tag == "h1" for token in tokens) and not _is_raised(tokens):
        headline = f'<h1 style="{_on_top(_STYLES["h2"])}">{escape(style.headline)}</h1>\n'
    _dress(tokens, style)
    if not headline and tokens and tokens[0].type == "heading_open":
        tokens[0].attrSet("style", _on_top(str(tokens[0].attrGet("style"))))
    return headline + str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})).strip()


def has_heading(markdown: str) -> bool:
    """Whether the text brings a first-level heading of its own."""
    return any(token.type == "heading_open" and token.tag == "h1" for token in _MARKDOWN.parse(markdown))


def mail_text(markdown: str) -> str:
    """The same words for those who read plain text: links as "words (address)", no stars, no hashes."""
    text = _TABLE.sub(lambda match: _aligned(match[0]), _PICTURE.sub(r"\1", markdown))
    text = _LINK.sub(lambda match: match[1] if match[1] == match[2] else f"{match[1]} ({match[2]})", text)
    text = _HEADING.sub("", text)
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", text)).strip()


def _aligned(table: str) -> str:
    """A Markdown table as columns that stand under each other; one too wide for a mail says each row as a sentence."""
    rows = [[mail_text(cell.strip()) for cell in _CELL.split(line.strip().strip("|"))] for line in table.splitlines()]
    header, body = rows[0], rows[2:]
    width = [max(len(row[place]) for row in (header, *body) if place < len(row)) for place in range(len(header))]
    if sum(width) + 2 * len(width) > _TEXT_WIDTH:
        said = ("; ".join(f"{name}: {cell}" for name, cell in zip(header, row, strict=False) if cell) for row in body)
        return "\n".join(f"- {line}" for line in said) + "\n"
    lines = (
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, width, strict=False)).rstrip() for row in (header, *body)
    )
    return "\n".join(lines) + "\n"


class _MailMarkdown(MarkdownIt):
    """CommonMark with tables, and an opinion on addresses."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        if _MARKED_ADDRESS.fullmatch(url):
            return True
        try:
            safe_link(url)
        except PermanentError:
            return False
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        whole = _MARKED_ADDRESS.fullmatch(url)
        return f"{MARK_OPENS}{HREF}{whole[1]}{MARK_CLOSES}" if whole else super().normalizeLink(url)


_MARKDOWN = _MailMarkdown("commonmark", {"html": False, "linkify": False}).enable("table").disable("html_block")
_MARKDOWN.disable("html_inline")


def _on_top(heading_style: str) -> str:
    """A heading with nothing above it needs no room there."""
    return re.sub(r"margin:\d+px 0", "margin:0 0", heading_style)


def _order_headings(tokens: Sequence[Token], style: Style) -> None:
    """One heading of the first level, no level skipped: what a screen reader's table of contents needs."""
    level = style.first_level - 1
    for token in tokens:
        if token.type == "heading_open":
            least = max(style.first_level, 2) if level >= style.first_level else style.first_level
            level = min(max(int(token.tag[1]), least), level + 1, 3)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"


def _is_raised(tokens: Sequence[Token]) -> bool:
    """Makes a short first paragraph the main heading, if there is one."""
    if not tokens or tokens[0].type != "paragraph_open" or len(tokens[1].content) > _LONGEST_GREETING:
        return False
    tokens[0].tag = tokens[2].tag = "h1"
    tokens[0].attrSet("style", _GREETING_STYLE)
    return True


def _dress(tokens: Sequence[Token], style: Style) -> None:
    for cell, words in pairwise(tokens):
        if cell.type in {"th_open", "td_open"} and len(words.content) <= _SHORT_CELL:
            cell.attrSet("style", ";".join(filter(None, (str(cell.attrGet("style") or ""), "white-space:nowrap"))))
    for token in _all(tokens):
        if token.type == "image":
            _check_picture(token)
        if token.type == "link_open":
            token.attrSet("class", "link")
            token.attrSet("style", f"color:{style.link_colour};text-decoration:underline")
        elif token.nesting >= 0 and token.tag in _STYLES and token.attrGet("style") != _GREETING_STYLE:
            own = str(token.attrGet("style") or "")  # the alignment of a column, a short cell kept whole
            own = _TYPED_BLOCK if token.type in {"fence", "code_block"} else own
            token.attrSet("style", ";".join(filter(None, (_STYLES[token.tag], own))))
        if token.type == "th_open":
            token.attrSet("scope", "col")
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            token.attrSet("class", "data wide" if _columns(tokens[place:]) >= _WIDE else "data")


def _columns(table: Sequence[Token]) -> int:
    return sum(token.type == "th_open" for token in takewhile(lambda token: token.type != "thead_close", table))


def _all(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children:
            _break_short_lines(token.children)
            yield from _all(token.children)
        yield token


def _break_short_lines(children: list[Token]) -> None:
    length = 0
    for token in children:
        if token.type == "softbreak" and length < _SHORT_LINE:
            token.type, token.tag = "hardbreak", "br"
        length = 0 if token.type in {"softbreak", "hardbreak"} else length + len(token.content)


def _check_picture(token: Token) -> None:
    if not str(token.attrGet("src") or "").startswith("https://"):
        raise PermanentError("A picture in a mail must have an address that begins with https://.")
