"""Areas of a grid that move when rows and columns come and go: merged cells, the filter of a tab, rows out of sight."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.google.ranges import Box

Area = dict[str, int]
"""A GridRange without its tab: `startRowIndex`, `endRowIndex`, `startColumnIndex`, `endColumnIndex`."""


def moved(areas: Iterable[Area], dimension: str, at: int, number: int) -> list[Area]:
    """The areas after `number` rows or columns came at a place, or went when negative; one that is gone is left out.

    What comes in the middle of an area makes it larger; what comes at its edge does not.
    """
    name = "Row" if dimension == "ROWS" else "Column"
    found = []
    for area in areas:
        start = _place(area[f"start{name}Index"], at, number, is_end=False)
        end = _place(area[f"end{name}Index"], at, number, is_end=True)
        if end > start:
            found.append({**area, f"start{name}Index": start, f"end{name}Index": end})
    return found


def moved_rows(rows: Iterable[int], at: int, number: int) -> set[int]:
    """The same for single rows."""
    areas = moved(({"startRowIndex": row, "endRowIndex": row + 1} for row in rows), "ROWS", at, number)
    return {area["startRowIndex"] for area in areas}


def covers(area: Area, row: int, column: int) -> bool:
    """Tells whether a cell lies in a merged area without being its first, the one that shows."""
    is_first = (row, column) == (area["startRowIndex"], area["startColumnIndex"])
    inside = area["startRowIndex"] <= row < area["endRowIndex"]
    return inside and area["startColumnIndex"] <= column < area["endColumnIndex"] and not is_first


def touches(area: Area, box: Box) -> bool:
    """Tells whether an area and a box have a cell in common."""
    rows = area["startRowIndex"] < (box.bottom or 0) and area["endRowIndex"] > box.top
    return rows and area["startColumnIndex"] < (box.right or 0) and area["endColumnIndex"] > box.left


def is_cut(area: Area, box: Box) -> bool:
    """Tells whether a part of the area lies in the box and a part outside."""
    top, bottom = area["startRowIndex"] >= box.top, area["endRowIndex"] <= (box.bottom or 0)
    left, right = area["startColumnIndex"] >= box.left, area["endColumnIndex"] <= (box.right or 0)
    return touches(area, box) and not (top and bottom and left and right)


def is_tall(area: Area, box: Box) -> bool:
    """Tells whether a merged area is more than one row high and touches the box."""
    return area["endRowIndex"] - area["startRowIndex"] > 1 and touches(area, box)


def _place(index: int, at: int, number: int, *, is_end: bool) -> int:
    if number > 0:
        return index + number if index > at or (index == at and not is_end) else index
    gone = -number
    return index if index <= at else max(at, index - gone)
