"""Makes the .xlsx of a new office, or adopts the one that stands: it gets the tabs it lacks when that loses nothing.

Of a file that stands no cell is changed: tabs come behind its own, and what its columns are called is added to
*Settings*. Where a rewrite would lose something, or the file is open, nothing is done and we say what to do by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook

from integrations.local.drawing import draw_tab
from integrations.local.people_file import (
    Snapshot,
    add_to,
    load_whole,
    read_tabs,
    replace_file,
    take_snapshot,
    why_not_rewritten,
)
from network.adoption import UnknownHeader, look_like_members, new_lines, refuse_unused, unknown_headers
from network.furniture import Furnished, TabPlan, TabsMade
from network.own_headers import own_headers, with_own_headers
from network.tab_headers import fold
from network.tabs import MEMBERS, PEOPLES_TABS, SETTINGS, NewRow, RawTab, Reading, TabSpec, understand

_NOT_NOW = "the file was changed or opened just now"


def furnish(
    path: Path, plans: Sequence[TabPlan], *, dry_run: bool, headers: Mapping[str, str] | None = None
) -> Furnished:
    """Makes the file with these tabs when there is none; one that stands gets what it lacks, and keeps what it has.

    `headers` are headers of people and the column of ours that each means.
    """
    refuse_unused(headers or {})
    if path.exists():
        return _adopt(path, plans, headers or {}, dry_run=dry_run)
    lines = new_lines(headers or {}, None)
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        book = Workbook()
        book.remove(book.worksheets[0])
        for plan in plans:
            draw_tab(book.create_sheet(plan.title), _with_lines(plan, lines))
        beside = path.with_name(f".{path.name}.new")
        book.save(beside)
        beside.replace(path)
    return Furnished((f"Make the workbook {path.name}.", *(f"Make the tab {plan.title}." for plan in plans)))


def make_tabs(path: Path, plans: Sequence[TabPlan]) -> TabsMade:
    """Makes those of the tabs that are not there, behind the others; says why not, where that would lose something."""
    snapshot = take_snapshot(path)
    tabs = read_tabs(snapshot, path.name)
    missing = [plan for plan in plans if _tab_for(plan.title, tabs) is None]
    standing = tuple(plan.title for plan in plans if plan not in missing)
    if not missing:
        return TabsMade(standing)
    if reason := why_not_rewritten(path, snapshot):
        return TabsMade(standing, reason)
    book = load_whole(snapshot)
    for plan in missing:
        draw_tab(book.create_sheet(plan.title), plan)
    if not replace_file(path, snapshot, book):
        return TabsMade(standing, _NOT_NOW)
    return TabsMade(tuple(plan.title for plan in plans))


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What a file lacks: tabs, lines of *Settings*; `suspects` are tabs that look like *Members* by another name."""

    tabs: tuple[TabPlan, ...]
    lines: tuple[tuple[str, str, str], ...]
    suspects: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        told = (f"Write into Settings: {name} is {ours}." for name, ours, _ in self.lines)
        return (*(f"Make the tab {plan.title}." for plan in self.tabs), *told)

    def by_hand(self, reason: str) -> list[str]:
        """What a person must do where we may not."""
        said = [
            f"There is no tab {plan.title}. We could not add it, because {reason}. Please add it with these headers:"
            f" {', '.join(plan.columns)}."
            for plan in self.tabs
        ]
        return [*said, *(f"Please type into Settings: {name}, with the value {ours}." for name, ours, _ in self.lines)]


def _adopt(path: Path, plans: Sequence[TabPlan], headers: Mapping[str, str], *, dry_run: bool) -> Furnished:
    snapshot = take_snapshot(path)
    tabs = read_tabs(snapshot, path.name)
    lacking = _what_lacks(plans, tabs, headers)
    reason = why_not_rewritten(path, snapshot) if lacking.steps else ""
    if lacking.steps and not reason and not dry_run and not _add(path, snapshot, tabs, lacking):
        reason = _NOT_NOW
    asked = [
        f"The tab {title} looks like your member list. Please rename it {MEMBERS.title} and run this again."
        for title in lacking.suspects
    ]
    asked += lacking.by_hand(reason) if reason else []
    words = {**_said(tabs), **({} if reason else {theirs: ours for theirs, ours in headers.items() if lacking.lines})}
    unknown: list[UnknownHeader] = []
    for plan in plans:
        spec, tab = _spec_of(plan.title), _tab_for(plan.title, tabs)
        if tab is not None and spec.columns:
            known = spec if spec.title == SETTINGS.title else with_own_headers(spec, words)
            asked += understand(Reading({tab.title: tab}, None, _ANY), known).problems
            unknown += unknown_headers(spec.title, tab.values, known)
    steps = () if reason else lacking.steps
    return Furnished(steps, tuple(asked), tuple(unknown) if steps or asked else ())


def _what_lacks(plans: Sequence[TabPlan], tabs: Mapping[str, RawTab], headers: Mapping[str, str]) -> _Lacking:
    settings = _tab_for(SETTINGS.title, tabs)
    lines = new_lines(headers, settings.values if settings else None)
    if settings is not None and understand(Reading({settings.title: settings}, None, _ANY), SETTINGS).lacks_required:
        lines = ()  # nowhere to keep them; that *Settings* has no header is said among the questions
    has_members = _tab_for(MEMBERS.title, tabs) is not None
    suspects = () if has_members else look_like_members({title: tab.values for title, tab in tabs.items()})
    missing = (plan for plan in plans if _tab_for(plan.title, tabs) is None)
    wanted = (plan for plan in missing if not (suspects and plan.title == MEMBERS.title))
    return _Lacking(tuple(_with_lines(plan, lines) for plan in wanted), lines, suspects)


def _add(path: Path, snapshot: Snapshot, tabs: Mapping[str, RawTab], lacking: _Lacking) -> bool:
    book = load_whole(snapshot)
    for plan in lacking.tabs:
        draw_tab(book.create_sheet(plan.title), plan)
    if _tab_for(SETTINGS.title, tabs) is not None:
        rows = [dict(zip(("Setting", "Value", "Note"), line, strict=True)) for line in lacking.lines]
        add_to(book, [NewRow(SETTINGS.title, "Setting", row["Setting"], row) for row in rows], tabs)
    return replace_file(path, snapshot, book)


def _said(tabs: Mapping[str, RawTab]) -> Mapping[str, str]:
    settings = _tab_for(SETTINGS.title, tabs)
    return own_headers(settings.values, SETTINGS) if settings else {}


_ANY = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment of a reading that nobody asks for."""


def _with_lines(plan: TabPlan, lines: Sequence[tuple[str, str, str]]) -> TabPlan:
    return replace(plan, rows=(*plan.rows, *lines)) if plan.title == SETTINGS.title else plan


def _spec_of(title: str) -> TabSpec:
    return next((spec for spec in PEOPLES_TABS if spec.title == title), TabSpec(title, ()))


def _tab_for(title: str, tabs: Mapping[str, RawTab]) -> RawTab | None:
    spec = _spec_of(title)
    names = [fold(name) for name in (spec.title, *spec.aliases)]
    found = [tab for tab in tabs.values() if fold(tab.title) in names]
    return min(found, key=lambda tab: names.index(fold(tab.title)), default=None)
