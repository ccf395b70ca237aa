"""The import adds rows and changes none; the tab is followed, and what the coordinator typed wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from network.jobs.programs import ImportReport, import_programs, page, sync_programs
from network.programs import ProgramType
from network.tabs import PROGRAMS
from network.tasks import TaskKind, TaskState
from network.to_do import understand_answer
from tests.builders import NOON, Desk

HEADER = [column.name for column in PROGRAMS.columns]
AIAN, HS = ProgramType.AIAN, ProgramType.HS_EHS


# One state at home in each of the ten regions.
_HOMES = ("MA", "NY", "VA", "GA", "IL", "TX", "KS", "MT", "CA", "OR")


def filed(number: str, name: str, state: str = "WA", **fields: str) -> dict[str, str]:
    kind = "AIAN HS" if "CI" in number else "HS"
    row = {"grant_number": number, "grantee_name": name, "service_state": state, "program_type": kind}
    return row | {"program_number": "000", "program_name": name} | fields


FILE = [
    filed("90CI010001", "Lummi Indian Business Council"),
    filed("10CH011185", "Skagit Valley College"),
    filed("10HP000499", "Skagit Valley College"),
    filed("06CH010969", "Child, Inc.", "TX"),
]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.preferences = replace(desk.preferences, states=("WA",))
    desk.workbook.put("Programs", HEADER)
    return desk


def numbers(desk: Desk) -> list[str]:
    return sorted(str(row[0]) for row in desk.workbook.tabs["Programs"][1:])


def sync(desk: Desk) -> None:
    reading = desk.workbook.read()
    assert reading is not None
    sync_programs(desk.office, reading, NOON)


def bring(desk: Desk, rows: Sequence[dict[str, str]], **options: bool) -> ImportReport:
    return import_programs(desk.office, rows, NOON, **options)


def test_the_first_import_adds_a_row_for_each_grant_of_our_states(desk: Desk) -> None:
    report = bring(desk, FILE)
    assert numbers(desk) == ["10CH011185", "10HP000499", "90CI010001"]
    assert report.plan.elsewhere == 1
    assert not report.pending
    cells = dict(zip(HEADER, next(r for r in desk.workbook.tabs["Programs"] if r[0] == "90CI010001"), strict=True))
    assert cells["Program type"] == "Tribal (AI/AN)"
    assert cells["States served"] == "WA"


def test_a_second_import_changes_nothing(desk: Desk) -> None:
    bring(desk, FILE)
    sync(desk)
    before = (desk.workbook.version, list(desk.programs.programs), len(desk.tasks.all()))
    report = bring(desk, FILE)
    assert not report.plan.add
    assert not report.changes
    assert (desk.workbook.version, list(desk.programs.programs), len(desk.tasks.all())) == before


def test_a_dry_run_writes_nothing_at_all(desk: Desk) -> None:
    report = bring(desk, FILE, dry_run=True)
    assert len(report.pending) == 3
    assert numbers(desk) == []
    assert not desk.programs.programs
    assert not desk.tasks.all()


def test_everywhere_takes_the_other_states_too(desk: Desk) -> None:
    bring(desk, FILE, everywhere=True)
    assert "06CH010969" in numbers(desk)


def test_what_the_coordinator_typed_stays_through_another_import(desk: Desk) -> None:
    bring(desk, FILE)
    row = next(at for at, cells in enumerate(desk.workbook.tabs["Programs"]) if cells[0] == "10CH011185")
    desk.workbook.edit("Programs", row, HEADER.index("States served"), "WA, OR")
    desk.workbook.edit("Programs", row, HEADER.index("Recipient"), "Skagit College, the new name")
    bring(desk, [*FILE, filed("10HM000007", "Skagit Valley College")])
    sync(desk)
    typed = desk.workbook.tabs["Programs"]
    assert [r[HEADER.index("States served")] for r in typed if r[0] == "10CH011185"] == ["WA, OR"]
    skagit = next(each for each in desk.programs.programs if each.id == "wa-skagit-valley-college")
    assert skagit.states == ("OR", "WA")


def test_a_changed_number_is_joined_obeyed_and_asked_for_and_no_cell_is_touched(desk: Desk) -> None:
    bring(desk, [filed("10CH7103", "Lummi Indian Business Council"), filed("10CH011185", "Skagit Valley College")])
    sync(desk)
    before = desk.workbook.version
    report = bring(desk, FILE[:2])
    assert [(change.old, change.new) for change in report.changes] == [("10CH7103", "90CI010001")]
    assert desk.workbook.version == before
    (task,) = [task for task in desk.tasks.all() if task.kind is TaskKind.TYPE_FACT]
    assert "type 90CI010001 over 10CH7103" in task.what
    assert desk.programs.notes["wa-lummi-indian-business-council"] == {"Grant number 10CH7103": "90CI010001"}
    sync(desk)
    (lummi,) = [each for each in desk.programs.programs if "Lummi" in each.name]
    assert lummi.types == {AIAN}
    assert lummi.former_numbers == ("10CH7103",)


def test_once_the_new_number_is_typed_the_cell_wins_and_the_import_is_still(desk: Desk) -> None:
    bring(desk, [filed("10CH7103", "Lummi Indian Business Council")])
    sync(desk)
    bring(desk, FILE[:1])
    desk.workbook.edit("Programs", 1, 0, "90CI010001")
    desk.workbook.edit("Programs", 1, HEADER.index("Program type"), "")
    sync(desk)
    (lummi,) = desk.programs.programs
    assert [grant.number for grant in lummi.grants] == ["90CI010001"]
    assert lummi.former_numbers == ("10CH7103",)
    report = bring(desk, FILE[:1])
    assert not report.plan.add
    assert not report.changes


def test_a_file_of_tribal_grants_alone_replaces_no_head_start_grant(desk: Desk) -> None:
    bring(desk, [filed("10CH011185", "Lummi Indian Business Council")])
    report = bring(desk, [filed("90CI010001", "Lummi Indian Business Council"), filed("90CI010002", "Makah Tribe")])
    assert not report.changes
    assert numbers(desk) == ["10CH011185", "90CI010001", "90CI010002"]


def test_a_row_taken_out_by_hand_is_not_added_again(desk: Desk) -> None:
    bring(desk, FILE)
    sync(desk)
    del desk.workbook.tabs["Programs"][
        next(at for at, cells in enumerate(desk.workbook.tabs["Programs"]) if cells[0] == "90CI010001")
    ]
    sync(desk)
    report = bring(desk, FILE)
    assert report.plan.taken_out == ("90CI010001",)
    assert numbers(desk) == ["10CH011185", "10HP000499"]


def test_rows_that_cannot_be_added_now_are_pending_and_come_with_the_next_import(desk: Desk) -> None:
    desk.workbook.is_closed_to_additions = True
    report = bring(desk, FILE)
    assert len(report.pending) == 3
    assert "could not be added now" in page(report).markdown
    desk.workbook.is_closed_to_additions = False
    assert len(bring(desk, FILE).added) == 3


def test_possible_duplicates_are_asked_once_and_not_joined(desk: Desk) -> None:
    rivers = [filed("10CH011102", "Council of 3 Rivers"), filed("10HP000372", "Council of Three Rivers")]
    bring(desk, rivers)
    bring(desk, rivers)
    (task,) = desk.tasks.all()
    assert "may be one recipient" in task.what
    sync(desk)
    assert len(desk.programs.programs) == 2


def test_a_pair_that_a_person_called_two_is_not_counted_again(desk: Desk) -> None:
    rivers = [filed("10CH011102", "Council of 3 Rivers"), filed("10HP000372", "Council of Three Rivers")]
    assert len(bring(desk, rivers).plan.duplicates) == 1
    (task,) = desk.tasks.all()
    assert understand_answer(task.kind, "They are two.") == ("two recipients", "", "")
    desk.tasks.save([replace(task, answer="two recipients", state=TaskState.ANSWERED)], NOON)
    third = filed("10CH011103", "Council of 3 Rivers")  # a new grant, so that the pair is looked at again
    assert bring(desk, [*rivers, third]).plan.duplicates == ()
    assert len(desk.tasks.all()) == 1


def test_very_many_possible_duplicates_are_one_question(desk: Desk) -> None:
    file = [filed(f"{region:02}CH000001", "Child Start, Inc.", state) for region, state in enumerate(_HOMES, start=1)]
    bring(desk, file, everywhere=True)
    (task,) = desk.tasks.all()
    assert task.what.startswith("45 pairs")


def test_the_same_name_typed_into_both_rows_joins_them(desk: Desk) -> None:
    bring(desk, [filed("10CH011102", "Council of 3 Rivers"), filed("10HP000372", "Council of Three Rivers")])
    for at in (1, 2):
        desk.workbook.edit("Programs", at, 1, "Council of Three Rivers")
    sync(desk)
    assert len(desk.programs.programs) == 1


def test_a_new_grant_of_recipients_joined_by_hand_goes_to_the_one_they_are(desk: Desk) -> None:
    rivers = [filed("10CH011102", "Council of 3 Rivers"), filed("10HP000372", "Council of Three Rivers")]
    bring(desk, [*rivers, *FILE])
    for at, cells in enumerate(desk.workbook.tabs["Programs"]):
        if "Rivers" in str(cells[1]):
            desk.workbook.edit("Programs", at, 1, "The Rivers Council")
    sync(desk)
    more = [filed("10CH011999", "Council of 3 Rivers"), filed("10HP000481", "Council of Three Rivers")]
    report = bring(desk, [*rivers, *more, *FILE])
    assert not report.changes
    assert sorted(report.added) == ["10CH011999", "10HP000481"]
    sync(desk)
    (council,) = [each for each in desk.programs.programs if "Rivers" in each.name]
    assert len(council.grants) == 4


def test_delegates_of_the_file_stay_known_when_the_tab_is_read_again(desk: Desk) -> None:
    bring(
        desk,
        [*FILE, filed("10CH011185", "Skagit Valley College", program_number="001", program_name="Anacortes Schools")],
    )
    sync(desk)
    skagit = next(each for each in desk.programs.programs if "Skagit" in each.name)
    assert [each.name for each in skagit.delegates] == ["Anacortes Schools"]


def test_a_file_without_grants_says_so_and_writes_nothing(desk: Desk) -> None:
    report = bring(desk, [{"name": "Ana"}])
    assert "Is it the right file" in report.problems[0]
    assert desk.workbook.writes == 0


def test_a_tab_without_its_grant_numbers_is_not_followed(desk: Desk) -> None:
    bring(desk, FILE)
    sync(desk)
    known = list(desk.programs.programs)
    desk.workbook.edit("Programs", 0, 0, "Number of it")
    reading = desk.workbook.read()
    assert reading is not None
    report = sync_programs(desk.office, reading, NOON)
    assert not report.is_applied
    assert report.problems
    assert desk.programs.programs == known
    assert bring(desk, FILE).problems == report.problems


def test_an_emptied_tab_is_not_followed_and_said(desk: Desk) -> None:
    bring(desk, FILE)
    sync(desk)
    known = list(desk.programs.programs)
    del desk.workbook.tabs["Programs"][1:]
    reading = desk.workbook.read()
    assert reading is not None
    report = sync_programs(desk.office, reading, NOON)
    assert not report.is_applied
    assert "is empty now" in report.problems[0]
    assert desk.programs.programs == known


def test_a_network_without_the_tab_goes_on(desk: Desk) -> None:
    desk.workbook.tabs.clear()
    reading = desk.workbook.read()
    assert reading is not None
    report = sync_programs(desk.office, reading, NOON)
    assert not report.problems
    assert not report.is_applied


def test_leaders_read_counts_and_no_name(desk: Desk) -> None:
    report = bring(desk, FILE)
    shown = page(report)
    assert shown.counts["grants added"] == 3
    assert "ummi" not in shown.markdown
