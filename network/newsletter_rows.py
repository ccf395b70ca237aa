"""Reads *Newsletter*: issues out, a plain sentence for each row that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from network.cells import read_date, read_word, read_yes_no
from network.headers import without_controls
from network.members import Language
from network.newsletter import Edition, Issue, Item, Remark, slug
from network.tabs import Cell, Row, serial_to_date, text_of

_FOR = {
    "members": frozenset({Edition.MEMBERS}),
    "directorsandpartners": frozenset({Edition.DIRECTORS}),
    "directors": frozenset({Edition.DIRECTORS}),
    "partners": frozenset({Edition.DIRECTORS}),
    "directorspartners": frozenset({Edition.DIRECTORS}),
    **dict.fromkeys(("all", "everybody", "everyone", "both"), frozenset(Edition)),
}
_LANGUAGES = {
    **dict.fromkeys(("english", "en", "inglés", "ingles"), Language.ENGLISH),
    **dict.fromkeys(("spanish", "es", "español", "espanol"), Language.SPANISH),
}
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((\S+)\)")


def read_issues(rows: Iterable[Row]) -> tuple[tuple[Issue, ...], tuple[Remark, ...]]:
    """Reads *Newsletter*: its issues by day of sending, and sentences about rows that belong to none."""
    found: dict[str, list[Row]] = {}
    strays: list[Remark] = []
    for row in rows:
        name = _issue_name(row.cells.get("Issue"))
        if name:
            found.setdefault(slug(name), []).append(row)
        else:
            strays.append(_remark(row, "Type the name of its issue under Issue, such as October 2026."))
    issues = [_issue(rows_of_issue) for rows_of_issue in found.values()]
    issues.sort(key=lambda issue: (issue.send_on or date.max, issue.key))
    return tuple(issues), tuple(strays)


def long_text(cell: Cell) -> str:
    """A cell of several lines as typed, without what nobody can see."""
    return without_controls(cell).strip() if isinstance(cell, str) else text_of(cell)


def _issue_name(cell: Cell) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 <= cell <= 80_000:
        return f"{serial_to_date(cell):%B %Y}"  # a sheet makes a date of "October 2026"
    return text_of(cell)


def _issue(rows: Sequence[Row]) -> Issue:
    remarks: list[Remark] = []
    days: dict[date, Row] = {}
    items: list[Item] = []
    for row in rows:
        day = read_date(row.cells.get("Send on"), "Send on")
        if day.sentence:
            remarks.append(_remark(row, day.sentence))
        elif day.value is not None:
            days.setdefault(day.value, row)
        item, sentences = _item(row)
        remarks += sentences
        if item is not None:
            items.append(item)
    if len(days) > 1:
        which = " and ".join(f"{day} (row {row.number})" for day, row in days.items())
        remarks.append(Remark(f"Its rows name two days under Send on: {which}. Please type the same day in each."))
    name = _issue_name(rows[0].cells.get("Issue"))
    return Issue(name, min(days) if days else None, tuple(items), tuple(remarks))


def _item(row: Row) -> tuple[Item | None, list[Remark]]:
    cells = row.cells
    editions = read_word(cells.get("For"), "For", _FOR, ("members", "directors and partners", "all"))
    language = read_word(cells.get("Language"), "Language", _LANGUAGES, ("English", "Spanish"))
    allowed = read_yes_no(cells.get("May publish"), "May publish")
    sentences = [_remark(row, each) for each in (editions.sentence, language.sentence, allowed.sentence) if each]
    if editions.sentence or language.sentence:
        return None, sentences
    link_words, link = _link(text_of(cells.get("Link")))
    item = Item(
        row=row.number,
        editions=editions.value or frozenset(Edition),
        language=language.value or Language.ENGLISH,
        section=text_of(cells.get("Section")),
        title=text_of(cells.get("Title")),
        text=long_text(cells.get("Text")),
        link=link,
        link_words=link_words,
        image=text_of(cells.get("Image")),
        image_description=text_of(cells.get("Image description")),
        credit=text_of(cells.get("Contributed by")),
        may_publish=False if allowed.sentence else allowed.value,
    )
    return item, sentences


def _link(typed: str) -> tuple[str, str]:
    """Words and address of *Link*: `[The calendar](https://…)`, or an address alone."""
    found = _LINK.fullmatch(typed)
    return (found[1].strip(), found[2]) if found else ("", typed)


def _remark(row: Row, sentence: str) -> Remark:
    return Remark(f"Row {row.number}: {sentence}", row=row.number)
