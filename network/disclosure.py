"""What of a survey may be shown so that nobody's answer can be worked out from everything that is shown.

The rules, each tested by an attack that knows them:

- Only one-way tables. A count below five stands nowhere and follows from no total: small answers stand together, and
  which ones stand together depends on their order in the question, not on how small they are.
- That *nearly everybody* said one thing is told as that, never as "40 of 40".
- A mean is told as the range that follows from the lines shown, so it tells nothing that they do not.
- Results are looked at once. Those who answer later are a table of their own, looked at once too, when twenty have
  come: it is added only if it may be shown alone and has the same lines. Everything shown is then made of tables of
  different people, each safe by itself, and neither comparing two pages nor the moment of a change tells more.

What is not hidden: that nobody chose an answer, and how many people answered at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

SMALLEST_GROUP = 5
_LAST_SMALL = SMALLEST_GROUP - 1
ENOUGH_AT_FIRST = 2 * SMALLEST_GROUP  # answers before a survey without a last day is looked at
ENOUGH_LATER = 4 * SMALLEST_GROUP  # newer answers before they are looked at
_ENOUGH_FOR_NEARLY_ALL = 20  # "nearly everybody" means all but four at most: of fewer than twenty that says too little


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of a table as shown: one answer, or several small ones together."""

    labels: tuple[str, ...]
    count: int
    mostly: str = ""  # of a scale: `strays` at most lie below this label, and as many at most above it
    strays: int = _LAST_SMALL


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it may be shown; without cells and without `nearly_all` there is too little to show."""

    of: int  # how many answered this question
    cells: tuple[Cell, ...] = ()
    nearly_all: str = ""  # the answer that all but four at most gave
    nobody: tuple[str, ...] = ()  # of a scale: steps that nobody chose, where that may be told


@dataclass(frozen=True, slots=True)
class OptionShown:
    """One option of a question with several answers: its count, or in which of two corners it is."""

    label: str
    count: int | None  # None where it may not be shown
    is_small: bool = False  # fewer than five chose it
    is_nearly_all: bool = False  # all but four at most chose it


def show_choice(counts: Mapping[str, int]) -> Shown:
    """Shows a question with one answer each: answers that fewer than five gave stand together.

    If together they are still too few, or exactly four each, the last larger answer of the question joins them.
    """
    total = sum(counts.values())
    large = [label for label, count in counts.items() if count >= SMALLEST_GROUP]
    small = [label for label in counts if label not in large]
    pooled = sum(counts[label] for label in small)
    most = _LAST_SMALL * len(small)
    if not large or (len(large) == 1 and pooled >= SMALLEST_GROUP and pooled >= most - 1):
        return Shown(total)
    if small and (pooled < SMALLEST_GROUP or pooled == most):
        small = [large.pop(), *small]
    cells = [Cell((label,), counts[label]) for label in large]
    if not large:
        return Shown(total, nearly_all=small[0] if total >= _ENOUGH_FOR_NEARLY_ALL else "")
    if small:
        cells.append(
            Cell(tuple(label for label in counts if label in small), total - sum(cell.count for cell in cells))
        )
    if len(cells) == 1:
        return Shown(total, nearly_all=large[0] if total >= _ENOUGH_FOR_NEARLY_ALL else "")
    return Shown(total, tuple(cells))


def show_scale(counts: Mapping[str, int]) -> Shown:
    """Shows a scale from low to high: neighbours stand together until each line holds five.

    Steps below the first chosen one of a line are told as chosen by nobody; at the upper end they stay in the line,
    because there a line of six would give a single answer away.
    """
    total = sum(counts.values())
    cells: list[Cell] = []
    nobody: list[str] = []
    labels: list[str] = []
    held = 0
    for label, count in counts.items():
        if not held and count >= SMALLEST_GROUP:
            nobody += labels
            labels = []
        labels.append(label)
        held += count
        if held >= SMALLEST_GROUP:
            cells.append(Cell(tuple(labels), held, label))
            labels, held = [], 0
    if labels and cells:
        last = cells.pop()
        cells.append(Cell((*last.labels, *labels), last.count + held, last.mostly))
    if len(cells) > 1:
        return Shown(total, tuple(cells), nobody=tuple(nobody))
    peak = max(counts, key=lambda label: counts[label], default="")
    is_clear = total >= _ENOUGH_FOR_NEARLY_ALL and total - counts[peak] < SMALLEST_GROUP
    return Shown(total, nearly_all=peak if is_clear else "")


def show_options(counts: Mapping[str, int], of: int) -> tuple[OptionShown, ...]:
    """Shows options of which people may choose several; nothing at all where fewer than ten answered.

    Everybody chose one, and somebody two (else it is shown as a choice): where that leaves the small options hardly a
    way to be smaller than four each, nothing is shown either.
    """
    if of < 2 * SMALLEST_GROUP:
        return ()
    shown = tuple(_option(label, count, of) for label, count in counts.items())
    small = sum(option.is_small for option in shown)
    told = sum(of if option.count is None else option.count for option in shown if not option.is_small)
    return () if small and of + 1 - told >= _LAST_SMALL * small - 1 else shown


def mean_range(labels: Sequence[str], shown: Shown) -> tuple[float, float] | None:
    """The lowest and highest mean of a scale (first label is 1) that fit the lines shown; equal where none is joined.

    A function of what is shown already, so it gives nothing away. None where there are no lines.
    """
    if not shown.cells:
        return None
    scores = {label: number for number, label in enumerate(labels, start=1)}
    low = high = 0
    for cell in shown.cells:
        core, last = scores[cell.mostly], scores[cell.labels[-1]]
        strays = min(cell.strays, cell.count - 1)
        low += core * cell.count - (core - scores[cell.labels[0]]) * strays
        high += core * cell.count + (last - core) * strays
    return low / shown.of, high / shown.of


def joined(one: Shown, other: Shown) -> Shown | None:
    """Two tables of different people as one; None where they cannot be added line by line.

    Made of what both show and of nothing else, so it tells no more than they do.
    """
    lines = {(cell.labels, cell.mostly): cell for cell in other.cells}
    if not one.cells or one.nobody != other.nobody or {(cell.labels, cell.mostly) for cell in one.cells} != set(lines):
        return None
    pairs = [(cell, lines[cell.labels, cell.mostly]) for cell in one.cells]
    cells = tuple(replace(a, count=a.count + b.count, strays=a.strays + b.strays) for a, b in pairs)
    return Shown(one.of + other.of, cells, nobody=one.nobody)


def options_joined(one: Sequence[OptionShown], other: Sequence[OptionShown]) -> tuple[OptionShown, ...] | None:
    """The same for options; a count that either does not tell is not told."""
    more = {option.label: option for option in other}
    if not one or {option.label for option in one} != set(more):
        return None
    if any((option.count is None) is not (more[option.label].count is None) for option in one):
        return None
    return tuple(
        OptionShown(option.label, None if option.count is None else option.count + (more[option.label].count or 0))
        for option in one
    )


def _option(label: str, count: int, of: int) -> OptionShown:
    if count < SMALLEST_GROUP:
        return OptionShown(label, None, is_small=True)
    if of - count < SMALLEST_GROUP:
        return OptionShown(label, None, is_nearly_all=of >= _ENOUGH_FOR_NEARLY_ALL)
    return OptionShown(label, count)
