"""Which tabs a spreadsheet has, as last told by Google: kept between runs, so that asking again costs nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from network.cells import fold
from network.tabs import PEOPLES_TABS, TabSpec

OURS = "HMN "  # how the titles of our tabs begin
FIELDS = (
    "properties.timeZone,sheets.properties(sheetId,title,hidden,gridProperties(rowCount,columnCount)),"
    "sheets.merges(startRowIndex,endRowIndex)"
)


@dataclass(frozen=True, slots=True)
class TabAt:
    """One tab as Google knows it."""

    id: int
    title: str
    rows: int
    columns: int
    hidden: bool = False
    tall: tuple[tuple[int, int], ...] = ()  # merged cells of more than one row: first, past last

    def below(self, row: int) -> int:
        """The first place at or below `row` that cuts no merged cell in two; a value written into one would be lost."""
        while cut := next((end for first, end in self.tall if first < row < end), None):
            row = cut
        return row


@dataclass(frozen=True, slots=True)
class Layout:
    """All tabs of the file, in their order, and the time zone its formulas live in."""

    time_zone: str
    tabs: tuple[TabAt, ...]

    @property
    def end_of_people(self) -> int:
        """The place of the first tab of ours: where the next tab of people goes."""
        return next((at for at, tab in enumerate(self.tabs) if tab.title.startswith(OURS)), len(self.tabs))

    def find(self, title: str) -> TabAt | None:
        """The tab of this title."""
        return next((tab for tab in self.tabs if tab.title.casefold() == title.casefold()), None)

    def by_id(self, tab_id: int) -> TabAt | None:
        """The tab of this id, whatever it is called."""
        return next((tab for tab in self.tabs if tab.id == tab_id), None)

    def of_people(self) -> Sequence[TabAt]:
        """The tabs we read: those that bear a name or another name of a people's tab."""
        names = {name for spec in PEOPLES_TABS for name in _names(spec)}
        return [tab for tab in self.tabs if fold(tab.title) in names]

    def to_text(self) -> str:
        """The layout as it is kept."""
        return json.dumps([self.time_zone, [asdict(tab) for tab in self.tabs]])

    @classmethod
    def from_text(cls, text: str) -> Layout:
        """The layout as it was kept."""
        time_zone, tabs = json.loads(text)
        tall = [tuple((top, end) for top, end in tab.pop("tall")) for tab in tabs]
        return cls(time_zone, tuple(TabAt(**tab, tall=cells) for tab, cells in zip(tabs, tall, strict=True)))

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Layout:
        """The layout out of Google's description of the file."""
        return cls(
            answer.get("properties", {}).get("timeZone", "Etc/GMT"),
            tuple(_tab(sheet["properties"], sheet.get("merges", ())) for sheet in answer.get("sheets", ())),
        )


def free_id(title: str, layout: Layout) -> int:
    """The id for a new tab of this title: every run that sees the same tabs chooses the same one.

    A tab that we made and a person renamed keeps its id, so the next one of that title needs another.
    """
    number, tab_id = 1, id_for(title)
    while layout.by_id(tab_id) is not None:
        number += 1
        tab_id = id_for(f"{title}/{number}")
    return tab_id


def tab_for(title: str, layout: Layout) -> TabAt | None:
    """The tab that is meant by a title of people's, whichever of its names it bears: the one that is read."""
    names = next((_names(spec) for spec in PEOPLES_TABS if fold(title) in _names(spec)), [fold(title)])
    found = [tab for tab in layout.tabs if fold(tab.title) in names]
    return min(found, key=lambda tab: (names.index(fold(tab.title)), tab.title != title), default=None)


def id_for(title: str) -> int:
    """The id we give a tab that we make: from its title, so that making it twice is refused instead of doubled."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:4], "big") & 0x7FFFFFFF or 1


def whole(tab: str) -> str:
    """The range that means all of a tab."""
    return "'" + tab.replace("'", "''") + "'"


def _names(spec: TabSpec) -> list[str]:
    return [fold(name) for name in (spec.title, *spec.aliases)]


def _tab(properties: Mapping[str, Any], merges: Iterable[Mapping[str, int]]) -> TabAt:
    rows = {(each.get("startRowIndex", 0), each.get("endRowIndex", 0)) for each in merges}
    grid = properties.get("gridProperties", {})
    return TabAt(
        properties["sheetId"],
        properties["title"],
        grid.get("rowCount", 0),
        grid.get("columnCount", 0),
        properties.get("hidden", False),
        tuple(sorted((first, end) for first, end in rows if end - first > 1)),
    )
