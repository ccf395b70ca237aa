"""What this adapter asks to be remembered between runs, as small Protocols; the ledger fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

RowName = tuple[str, str]
"""A tab's title and the key of a row we add to it."""


class Rates(Protocol):
    """A limit shared by every process of the office."""

    def take(self, name: str, at: datetime) -> float:
        """Takes one turn and returns 0, or takes none and returns how many seconds to wait before asking again."""


class AddedRows(Protocol):
    """Rows we added or tried to add to one workbook: each is sent once, whatever became of the answer."""

    def standing(self, rows: Iterable[RowName]) -> frozenset[RowName]:
        """Those that stood in the sheet at any time: never added again, even if a person deleted them."""

    def unclear(self) -> Mapping[RowName, datetime | None]:
        """Those that were sent and not seen yet, with the moment they were first looked for in vain."""

    def begin(self, rows: Iterable[RowName], at: datetime) -> frozenset[RowName]:
        """Remembers that they are about to be sent; returns those that nobody else has begun."""

    def looked(self, rows: Iterable[RowName], at: datetime) -> None:
        """Remembers the first look in vain."""

    def settle(self, rows: Iterable[RowName], at: datetime, *, stands: bool) -> None:
        """Ends the doubt: the row stands there for good, or was never written and may be sent again."""


class Notes(Protocol):
    """Small texts by name."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str, at: datetime) -> None: ...
