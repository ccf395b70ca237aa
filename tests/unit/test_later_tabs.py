"""Tabs come with their jobs: once, only while the job is on, and with a sentence when they cannot come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from integrations.local.words import PackagedWords
from network.errors import TransientError
from network.furniture import first_tabs, plan_of
from network.jobs.rounds import walk
from network.settings_rows import preferences_from_cursor
from network.tabs import PEOPLES_TABS
from tests.builders import Desk

MEMBERS = ("First name", "Last name", "Email", "Status")


@pytest.fixture
def desk() -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    desk.workbook.put("Members", MEMBERS, ("Ana", "Bo", "ana@example.org", "Member"))
    desk.workbook.put("To do", ("Ref", "What", "Why", "Who", "Since", "Answer"))
    switch(desk)
    return desk


def switch(desk: Desk, **jobs: str) -> None:
    lines = [(f"Job: {job}", word) for job, word in jobs.items()]
    desk.workbook.put("Settings", ("Setting", "Value"), ("Sending", "off"), *lines)


def run(desk: Desk, *, dry_run: bool = False) -> list[str]:
    """One members round, and what *HMN today* says on top."""
    desk.now += timedelta(minutes=5)
    desk.workbook.at = desk.now
    office = replace(desk.office, preferences=lambda: preferences_from_cursor(desk.cursors.get("settings")))
    walk(office, "members", desk.now, dry_run=dry_run)
    return list(desk.workbook.published["HMN today"].preface) if "HMN today" in desk.workbook.published else []


def test_day_one_has_its_tabs_and_no_more() -> None:
    (settings,) = [plan for plan in first_tabs() if plan.title == "Settings"]
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    for plan in first_tabs():
        desk.workbook.put(plan.title, plan.columns, *plan.rows)
    run(desk)
    assert any(row[0] == "Job: recruitment" for row in settings.rows)
    assert desk.workbook.made == []


def test_a_job_that_is_switched_on_gets_its_tabs_once(desk: Desk) -> None:
    run(desk)
    switch(desk, recruitment="on", goals="yes", surveys="off")
    for _ in range(3):
        run(desk)
    assert desk.workbook.made == ["Programs", "Messages", "Goals", "Quiet dates"]


def test_a_job_that_no_line_names_makes_no_tab(desk: Desk) -> None:
    """Without a line a job runs as usual, but nobody has asked for its tabs."""
    run(desk)
    assert "goals" in preferences_from_cursor(desk.cursors.get("settings")).jobs
    assert desk.workbook.made == []


def test_a_tab_that_a_person_deletes_comes_back_only_while_its_job_is_on(desk: Desk) -> None:
    switch(desk, goals="on")
    run(desk)
    switch(desk, goals="off")
    del desk.workbook.tabs["Goals"]
    run(desk)
    assert "Goals" not in desk.workbook.tabs
    switch(desk, goals="on")
    run(desk)
    assert desk.workbook.made.count("Goals") == 2


def test_a_tab_under_another_of_its_names_or_spellings_is_no_missing_tab(desk: Desk) -> None:
    desk.workbook.put("GOALS ", ("Goal", "Metric"))
    desk.workbook.put("programs", ("Grant number", "Recipient"))
    switch(desk, goals="on")
    run(desk)
    assert desk.workbook.made == []


def test_what_cannot_be_made_now_is_said_with_its_headers_and_tried_again_without_a_change(desk: Desk) -> None:
    switch(desk, surveys="on")
    desk.workbook.is_closed_to_additions = True
    said = next(line for line in run(desk) if "tab Themes is missing" in line)
    assert "because workbook.xlsx is open" in said
    assert "Theme, Words, Words in Spanish" in said
    assert any("tab Themes" in line for line in run(desk)), "a quiet round says it too"
    desk.workbook.is_closed_to_additions = False
    assert not any("is missing" in line for line in run(desk))
    assert desk.workbook.made == ["Survey questions", "Themes"]


def test_an_unclear_answer_stops_nothing_and_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(desk, goals="on")
    make = desk.workbook.make_tabs

    def lost(plans: Any) -> Any:
        raise TransientError("Google gave no clear answer.")

    monkeypatch.setattr(desk.workbook, "make_tabs", lost)
    assert any("because Google gave no clear answer. We try" in line for line in run(desk))
    monkeypatch.setattr(desk.workbook, "make_tabs", make)
    run(desk)
    assert desk.workbook.made == ["Programs", "Goals"]


def test_a_rehearsal_makes_nothing(desk: Desk) -> None:
    run(desk)
    switch(desk, goals="on")
    run(desk, dry_run=True)
    assert desk.workbook.made == []


def test_while_a_change_of_the_list_is_held_nothing_is_made(desk: Desk) -> None:
    desk.workbook.put("Members", MEMBERS, *((f"A{n}", "B", f"a{n}@example.org", "Member") for n in range(9)))
    run(desk)
    switch(desk, goals="on")
    desk.workbook.put("Members", MEMBERS)
    run(desk)
    assert desk.workbook.made == []


def test_every_tab_of_people_has_a_plan() -> None:
    assert all(plan_of(spec.title) is not None for spec in PEOPLES_TABS)
    assert plan_of("Shopping") is None
