"""One cell: what was entered, how it looks, and how each render option shows a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

Value = str | float | int | bool | None
"""A computed value; None is a truly empty cell."""

ERRORS = ("#REF!", "#NAME?", "#N/A", "#VALUE!", "#ERROR!", "#DIV/0!", "#NUM!")
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's days have no zone
_NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of the grid; `entered` is an ExtendedValue, empty where nothing was typed."""

    entered: Mapping[str, Any] = field(default_factory=dict)
    format: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    validation: Mapping[str, Any] | None = None

    @property
    def formula(self) -> str:
        return str(self.entered.get("formulaValue", ""))

    @property
    def literal(self) -> Value:
        """The entered value of a cell that holds no formula."""
        return next(iter(self.entered.values()), None)


EMPTY = Cell()


def typed(value: Value) -> tuple[dict[str, Any], dict[str, Any]]:
    """What USER_ENTERED makes of a value: formulas, numbers, dates and ticks are understood. Returns value, format."""
    if not isinstance(value, str):
        return raw(value), {}
    if value.startswith("'"):
        return raw(value[1:]), {}
    if value.startswith("=") and len(value) > 1:
        return {"formulaValue": value}, {}
    if value.upper() in {"TRUE", "FALSE"}:
        return {"boolValue": value.upper() == "TRUE"}, {}
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return {"numberValue": _whole(float(text.replace(",", "")))}, {}
    if (day := _day(text)) is not None:
        return {"numberValue": (day - _DAY_ZERO.date()).days}, {"numberFormat": {"type": "DATE"}}
    return raw(value), {}


def raw(value: Value) -> dict[str, Any]:
    """What RAW makes of a value: exactly what it is. An empty text clears the cell."""
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": _whole(value)}
    return {"stringValue": value}


def rendered(value: Value, cell: Cell, option: str, dates: str) -> Any:
    """A computed value as `values.get` shows it; an empty cell is an empty text."""
    if value is None:
        return ""
    if option == "FORMULA" and cell.formula:
        return cell.formula
    is_day = cell.format.get("numberFormat", {}).get("type") in {"DATE", "DATE_TIME"}
    if isinstance(value, bool):
        return value if option != "FORMATTED_VALUE" else str(value).upper()
    if isinstance(value, int | float):
        if is_day and (option == "FORMATTED_VALUE" or (option == "UNFORMATTED_VALUE" and dates == "FORMATTED_STRING")):
            return _as_day(value)
        return _whole(value) if option != "FORMATTED_VALUE" else str(_whole(value))
    return value


def extended(value: Value) -> dict[str, Any]:
    """A computed value as an ExtendedValue, errors apart from texts."""
    if isinstance(value, str) and value in ERRORS:
        return {"errorValue": {"type": value.strip("#!?/").replace("/", "") or "ERROR"}}
    return {"stringValue": ""} if value == "" else raw(value)


def serial(moment: datetime) -> float:
    """A moment as a sheet counts it."""
    return (moment - _DAY_ZERO) / timedelta(days=1)


def from_serial(number: float) -> datetime:
    """The moment of a serial number."""
    return _DAY_ZERO + timedelta(days=number)


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _day(text: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _as_day(value: float) -> str:
    moment = from_serial(value)
    return f"{moment:%Y-%m-%d}" if value == int(value) else f"{moment:%Y-%m-%d %H:%M:%S}"
