"""Whose sheet this is: an id, a generation and a mark that nobody else has written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.consent import AUTOMATIC
from network.guard import (
    EVERYTHING,
    GUARD,
    Guard,
    Memory,
    Standing,
    UnreadableGuard,
    Verdict,
    guard_tab,
    judge,
    read_guard,
    why_held,
)
from network.messages import Stream
from network.tabs import Cell, RawTab, SystemTab

DAY = date(2026, 5, 3)
OURS = Memory("here", 4, ("m3", "m4"))
DIGEST = "ab" * 32

words = st.text("abcdef0123456789", min_size=1, max_size=8)
noes = st.dictionaries(
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.frozensets(st.sampled_from(AUTOMATIC), min_size=1),
    max_size=5,
)


def as_read(tab: SystemTab) -> RawTab:
    """The tab as a reading gives it, its sentence above included."""
    rows: list[list[Cell]] = [[sentence] for sentence in tab.preface]
    return RawTab(GUARD, [*rows, [], list(tab.columns), *([str(cell) for cell in row] for row in tab.rows)])


def in_sheet(memory: Memory) -> RawTab:
    return as_read(guard_tab(memory, DAY, {}))


@given(words, st.integers(0, 10**6), words, noes)
def test_what_is_written_is_read_back_the_same(
    installation: str, number: int, mark: str, kept: dict[str, frozenset[Stream]]
) -> None:
    tab = guard_tab(Memory(installation, number, ("older", mark)), DAY, kept)
    assert read_guard(as_read(tab)) == Guard(installation, number, mark, DAY, kept)
    assert tab.hidden
    assert all(isinstance(cell, str) for row in tab.rows for cell in row), "a sheet makes nothing else of a text"


def test_the_sheet_is_ours_while_it_shows_a_mark_that_we_wrote_or_were_about_to_write() -> None:
    for mark in OURS.marks:
        shown = in_sheet(Memory("here", 4, (mark,)))
        assert judge(shown, OURS).standing is Standing.OURS
    assert judge(None, OURS).standing is Standing.NOBODYS
    assert judge(RawTab(GUARD, [["", None], []]), OURS).standing is Standing.NOBODYS, "emptied is as good as deleted"


def test_another_id_is_another_computer_and_a_new_ledger_knows_none() -> None:
    for memory in (Memory(), Memory("elsewhere", 9, ("m4",)), Memory(unsure="A backup was put back")):
        verdict = judge(in_sheet(OURS), memory)
        assert verdict.standing is Standing.ANOTHER
        assert not verdict.may_act
    assert judge(None, Memory()).may_act, "nobody runs it yet"


def test_the_sentence_says_when_the_other_computer_was_last_seen_and_what_to_type() -> None:
    said = why_held(judge(in_sheet(OURS), Memory()), Memory())
    assert said.startswith(
        "This sheet is run from another computer (last seen 3 May). Restore its backup, or take over: hmn takeover."
    )
    for standing in Standing:
        memory = Memory(unsure="A backup of 3 May 2026 was put back")
        is_silent = Verdict(standing).may_act
        assert bool(why_held(Verdict(standing), memory)) != is_silent
        assert "\n" not in why_held(Verdict(standing), memory)


@given(st.lists(words, min_size=1, max_size=6, unique=True), st.data())
def test_a_ledger_copied_before_the_last_raise_is_always_noticed(marks: list[str], data: st.DataObject) -> None:
    memories = [Memory("here", 1, ("first",))]
    for mark in marks:
        memories.append(memories[-1].raised(f"new-{mark}"))
    copied = data.draw(st.sampled_from(memories[:-1]))
    shown = in_sheet(memories[-1])
    assert judge(shown, copied).standing is Standing.OLDER
    assert judge(shown, memories[-1]).standing is Standing.OURS


def test_two_copies_of_one_office_that_raise_at_once_notice_one_another() -> None:
    one, other = OURS.raised("m5-one"), OURS.raised("m5-other")
    assert judge(in_sheet(one), other).standing is Standing.OLDER
    assert judge(in_sheet(other), one).standing is Standing.OLDER


def test_a_raise_that_died_half_way_leaves_the_sheet_ours() -> None:
    begun = OURS.raised("m5")
    assert judge(in_sheet(OURS), begun).standing is Standing.OURS, "the old mark still stands there"
    seen = begun.seen(Guard("here", 5, "m5"))
    assert seen.marks == ("m5",), "older marks will never be seen again"
    assert begun.seen(Guard("here", 5, "unknown")) == begun


def test_an_older_version_of_the_sheet_is_ours_and_no_reason_to_stop() -> None:
    assert judge(in_sheet(Memory("here", 2, ("m2",))), OURS).standing is Standing.OURS


def test_a_backup_that_was_put_back_stops_until_somebody_has_taken_over() -> None:
    restored = Memory("here", 4, ("m4",), unsure="A backup of 3 May 2026 was put back")
    for tab in (in_sheet(OURS), None):
        verdict = judge(tab, restored)
        assert verdict.standing is Standing.UNSURE
        assert "hmn takeover" in why_held(verdict, restored)


@pytest.mark.parametrize(
    "rows",
    [
        [["computer", "here"], ["mark", "m"]],
        [["computer", "here"], ["generation", "many"], ["mark", "m"]],
        [["computer", "here"], ["generation", "²"], ["mark", "m"]],
        [["computer", "here"], ["computer", "there"], ["generation", "1"], ["mark", "m"]],
        [["generation", "1"], ["mark", "m"]],
        [["Ana", "Torres", "ana@example.org"]],
    ],
)
def test_a_tab_that_somebody_typed_into_stops_and_says_so(rows: list[list[Cell]]) -> None:
    tab = RawTab(GUARD, rows)
    with pytest.raises(UnreadableGuard):
        read_guard(tab)
    verdict = judge(tab, OURS)
    assert verdict.standing is Standing.UNREADABLE
    assert "Delete that tab" in why_held(verdict, OURS)


def test_of_a_no_nothing_is_lost_whatever_stands_beside_it() -> None:
    head: list[list[Cell]] = [["Computer", "here"], ["generation", 4.0], ["mark", "m4"], ["last seen", "soon"]]
    for words_beside, streams in (
        ("newsletter", {Stream.NEWSLETTER}),
        ("survey, notice", {Stream.SURVEY, Stream.NOTICE}),
        ("everything", EVERYTHING),
        ("", EVERYTHING),
        ("news, letters", EVERYTHING),
        ("office", EVERYTHING),
    ):
        guard = read_guard(RawTab(GUARD, [*head, ["no", DIGEST, words_beside], ["NO", DIGEST, "newsletter"]]))
        assert guard is not None
        assert guard.noes == {DIGEST: frozenset(streams) | {Stream.NEWSLETTER}}
        assert guard.last_seen is None
    extra = read_guard(RawTab(GUARD, [*head, ["no", "not a hash"], ["a note of mine", "x"]]))
    assert extra is not None
    assert not extra.noes


def test_the_memory_is_kept_as_text_and_read_back() -> None:
    assert Memory.from_text(None) == Memory()
    assert Memory.from_text(OURS.to_text()) == OURS
    assert Memory.from_text(Memory(unsure="x").to_text()) == Memory(unsure="x")
