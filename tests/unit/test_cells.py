"""A cell is read as what it can only mean, else it gets a sentence that says what to type."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.cells import join_or, quoted, read_date, read_list, read_time, read_word, read_yes_no
from network.tabs import Cell, date_to_serial

MAY_14 = date(2024, 5, 14)


@pytest.mark.parametrize(
    "cell",
    [45426, 45426.0, 45426.75, "2024-05-14", "2024/5/14", "2024-05-14 09:30", "5/14/2024", "5/14/24", "14.5.2024",
     "May 14, 2024", "14 May 2024", "14 may 2024", " 2024-05-14\u00a0"],
)  # fmt: skip
def test_a_day_that_can_only_be_one_is_read(cell: Cell) -> None:
    assert read_date(cell, "Joined on").value == MAY_14


@pytest.mark.parametrize("cell", ["3rd of May, 2024", "soon", "5/6/24", "2024-02-30", "13/13/2024", 7, -1, 1e9])
def test_any_other_day_is_asked_about_with_an_example(cell: Cell) -> None:
    read = read_date(cell, "Joined on")
    assert read.value is None
    assert "Joined on" in read.sentence


def test_a_day_that_may_be_two_offers_both() -> None:
    assert read_date("5/6/24", "Joined on").sentence == (
        "Joined on: “5/6/24” may be two days. Type 2024-05-06 or 2024-06-05."
    )


@given(st.dates(min_value=date(1960, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_as_a_spreadsheet_keeps_it_and_as_iso_text_are_the_same(day: date) -> None:
    assert read_date(date_to_serial(day), "Since").value == read_date(day.isoformat(), "Since").value == day


@pytest.mark.parametrize(
    ("cell", "read"),
    [(0.375, time(9)), ("09:00", time(9)), ("9 am", time(9)), ("4:30 pm", time(16, 30)), ("12 am", time(0)),
     ("25:00", None), ("13 pm", None), ("noonish", None), ("", None)],
)  # fmt: skip
def test_a_time_of_day_is_read(cell: Cell, read: time | None) -> None:
    assert read_time(cell) == read


@pytest.mark.parametrize(("cell", "value"), [("Yes", True), (True, True), ("x", True), ("NO", False), (0, False)])
def test_yes_and_no_have_many_spellings(cell: Cell, value: bool) -> None:
    assert read_yes_no(cell, "Newsletter").value is value


def test_maybe_is_asked_about() -> None:
    assert read_yes_no("maybe", "Newsletter").sentence == (
        "Newsletter holds “maybe”. Type yes or no; until then it counts as no."
    )


def test_a_word_that_is_nearly_one_of_ours_is_suggested() -> None:
    read = read_word("Membr", "Status", {"member": 1, "invite": 2}, ("Member", "Invite"))
    assert read.sentence == "Status holds “Membr”. Is it Member? Choose Member or Invite."


def test_a_list_keeps_each_entry_once() -> None:
    assert read_list("oral health; lead ,oral health\nstaff") == ("oral health", "lead", "staff")


def test_long_texts_are_shortened_in_sentences() -> None:
    assert len(quoted("x" * 50_000)) == 42
    assert join_or(["a", "b", "c"]) == "a, b or c"
