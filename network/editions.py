"""Puts an issue together: each edition in each language that it has rows for, before anybody's name comes in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from network.cells import fold, quoted
from network.headers import one_line
from network.members import Language
from network.newsletter import Block, Draft, Edition, Issue, Item, Remark
from network.rendering import NewsletterSection

_LONGEST_BUTTON = 60


def drafts_of(issue: Issue, words: Mapping[str, Any], blocks: Mapping[str, Sequence[Block]]) -> tuple[Draft, ...]:
    """Every edition of an issue in every language that it has rows for; `blocks` by "edition/language"."""
    drafts = []
    for edition in Edition:
        mine = [item for item in issue.items if edition in item.editions]
        languages = [each for each in Language if any(item.language is each for item in mine)]
        drafts += [
            _draft(issue, (edition, language), mine, words, blocks.get(f"{edition}/{language}", ()))
            for language in languages
        ]
    return tuple(drafts)


def section_key(name: str, words: Mapping[str, Any]) -> str:
    """What a section is, whatever the language of its name; a name we do not know is its own."""
    folded = fold(name)
    for key, names in words["sections"].items():
        if folded in {fold(each) for each in (names["en"], names["es"], *names.get("also", ()))}:
            return str(key)
    return folded


def issue_title(name: str, language: Language, words: Mapping[str, Any]) -> str:
    """The issue's name as its readers say it: "October 2026" is "Octubre de 2026"."""
    found = re.fullmatch(r"([A-Za-z]+) (\d{4})", name)
    months = [str(month).casefold() for month in words["months"]["en"]]
    if language is Language.ENGLISH or not found or found[1].casefold() not in months:
        return name
    return f"{words['months'][language][months.index(found[1].casefold())].capitalize()} de {found[2]}"


def _draft(
    issue: Issue,
    place: tuple[Edition, Language],
    mine: Sequence[Item],
    words: Mapping[str, Any],
    blocks: Sequence[Block],
) -> Draft:
    edition, language = place
    shown = [item for item in mine if not item.is_held_back]
    items, remarks = _in_language(shown, language, words)
    remarks = [*(_held_back(item) for item in mine if item.is_held_back and item.language is language), *remarks]
    title = issue_title(issue.name, language, words)
    headlines = [one_line(item.title or item.section) for item in items]
    shown_items = tuple(items)
    intro = ""
    if items and _is_intro(items[0], words):
        intro = f"## {items[0].title}\n\n{items[0].text}" if items[0].title else items[0].text
        items = items[1:]
    taken = {section_key(item.section, words) for item in items}
    own = [block for block in blocks if block.section not in taken]
    return Draft(
        issue=issue,
        edition=edition,
        language=language,
        subject=headlines[0] if headlines else title,
        preheader=" · ".join(headlines[1:3]),
        title=title,
        intro=intro,
        sections=(*(_section(item, language, words) for item in items), *map(_block_section, own)),
        items=shown_items,
        remarks=tuple(remarks),
    )


def _in_language(
    items: Sequence[Item], language: Language, words: Mapping[str, Any]
) -> tuple[list[Item], list[Remark]]:
    """The items one reader gets: each English item, or in its place its twin in the reader's language.

    The twin of the second item of a section is the second one of that section in the other language. An item without a
    twin is not lost: English ones stand as they are, others come at the end.
    """
    english = [item for item in items if item.language is Language.ENGLISH]
    if language is Language.ENGLISH:
        return english, []
    waiting: dict[str, list[Item]] = {}
    for item in items:
        if item.language is language:
            waiting.setdefault(section_key(item.section, words), []).append(item)
    chosen = []
    for item in english:
        twins = waiting.get(section_key(item.section, words))
        chosen.append(twins.pop(0) if twins else item)
    alone = [item for twins in waiting.values() for item in twins]
    sentence = "it stands for no English row, so it comes last. To take a row's place, name its Section alike."
    remarks = [Remark(f"Row {item.row}: {sentence}", is_error=False, row=item.row) for item in alone if english]
    return [*chosen, *sorted(alone, key=lambda item: item.row)], remarks


def _held_back(item: Item) -> Remark:
    what = quoted(item.title or item.section or item.text)
    if item.may_publish is False:
        sentence = f"{what} stays out, because May publish is not yes."
    else:
        sentence = f"{what} names {item.credit} and stays out. Type yes under May publish when {item.credit} agreed."
    return Remark(f"Row {item.row}: {sentence}", is_error=False, row=item.row)


def _is_intro(item: Item, words: Mapping[str, Any]) -> bool:
    is_plain = not (item.link or item.image or item.credit)
    return is_plain and bool(item.text) and section_key(item.section, words) == "welcome"


def _section(item: Item, language: Language, words: Mapping[str, Any]) -> NewsletterSection:
    title = item.title or item.section
    heading = title
    if item.language is not language and title:
        heading = f"{title} {words[language]['in_english']}".strip()
    own = words[item.language]
    short = title if len(title) <= _LONGEST_BUTTON else title[: _LONGEST_BUTTON - 1].rstrip(" ,.;:") + "…"
    return NewsletterSection(
        heading=heading,
        body_markdown=item.text,
        link=item.link,
        link_words=item.link_words or own["read_more"].format(title=short).rstrip(" :"),
        image=item.image,
        image_description=item.image_description,
        credit=item.credit,
    )


def _block_section(block: Block) -> NewsletterSection:
    return NewsletterSection(block.heading, block.text, block.link, block.link_words)
