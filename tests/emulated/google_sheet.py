"""A Google Sheet as people hold it, for the contract of `Workbook`: typed in and looked at through the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.google.credentials import load_credentials
from integrations.google.transport import PatientClient
from integrations.google.workbook import GoogleWorkbook
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import Ledger
from integrations.ledger.pending_rows import LedgerAddedRows
from integrations.ledger.rates import LedgerRates
from tests.builders import NOON
from tests.emulated.stand_in import StandIn, shown_rows

DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no time zones


@dataclass
class GoogleSheet:
    """One file at the stand-in, opened by adapters that share one ledger; `moment` is the office's clock."""

    google: StandIn
    ledger: Ledger
    folder: Path
    moment: datetime = NOON
    pauses: list[float] = field(default_factory=list)
    adapter: type[GoogleWorkbook] = GoogleWorkbook

    def __post_init__(self) -> None:
        import json

        self.key = self.folder / "key.json"
        self.key.write_text(json.dumps(self.google.control("credentials/authorized_user")), encoding="utf-8")
        if not self.google.sheet:
            self.google.make()

    def open(self) -> GoogleWorkbook:
        """A new process of the same office."""
        return self.adapter(
            self.google.sheet,
            self.client(),
            LedgerCursors(self.ledger),
            LedgerAddedRows(self.ledger, self.google.sheet),
            clock=lambda: self.moment,
        )

    def client(self, sleep: Callable[[float], None] | None = None) -> PatientClient:
        credentials = load_credentials(self.key, self.google.base_url)
        # Many tests in one minute are no reason to wait, so their limit is high.
        rates = LedgerRates(self.ledger, per_minute=100_000)
        return PatientClient(
            credentials, rates, base_url=self.google.base_url, sleep=sleep or self.pauses.append, jitter=lambda: 1.0
        )

    def wait(self, **span: float) -> None:
        """Time passes."""
        self.moment += timedelta(**span)

    def type(self, tab: str, *rows: Sequence[Any]) -> None:
        values = [[serial(value) for value in row] for row in rows]
        self.google.edit(
            {"do": "add_tab", "tab": tab},
            {"do": "clear", "tab": tab, "at": "A1:ZZ100000"},
            {"do": "type", "tab": tab, "at": "A1", "values": values, "raw": True},
        )

    def cells(self, tab: str) -> list[tuple[Any, ...]]:
        rows = self.google.tabs()[tab]
        width = max(map(len, rows), default=0)
        return [(*row, *[None] * (width - len(row))) for row in rows]

    def our_cells(self, tab: str) -> list[tuple[Any, ...]]:
        return self.cells(tab)

    def kinds(self, tab: str) -> dict[Any, str]:
        """What each value of a tab is: "s" a text, "d" a day, "n" a number, "f" a formula."""
        (sheet,) = [each for each in self.google.whole()["sheets"] if each["properties"]["title"] == tab]
        found: dict[Any, str] = {}
        for row in sheet["data"][0]["rowData"]:
            for cell in row.get("values", []):
                entered = cell.get("userEnteredValue", {})
                is_day = "numberFormat" in cell.get("userEnteredFormat", {})
                for kind, value in entered.items():
                    if kind == "numberValue" and is_day:
                        found[DAY_ZERO + timedelta(days=value)] = "d"
                    else:
                        found[value] = {"stringValue": "s", "formulaValue": "f"}.get(kind, "n")
        return found

    def our_kinds(self, tab: str) -> dict[Any, str]:
        return self.kinds(tab)

    def typed(self, tab: str) -> list[list[Any]]:
        """What was typed into a tab, formulas as formulas."""
        sheets = self.google.whole()["sheets"]
        (sheet,) = [each for each in sheets if each["properties"]["title"] == tab]
        return shown_rows(sheet, "userEnteredValue")


def serial(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - DAY_ZERO) / timedelta(days=1)
    return (value - DAY_ZERO.date()).days if isinstance(value, date) else value
