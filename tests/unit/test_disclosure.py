"""An attacker who knows our rules, every table we could have shown, and arithmetic, learns nobody's answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.disclosure import (
    SMALLEST_GROUP,
    Cell,
    OptionShown,
    Shown,
    may_follow,
    mean_range,
    options_may_follow,
    show_choice,
    show_options,
    show_scale,
)


def tables(people: int, labels: int) -> Iterator[tuple[int, ...]]:
    """Every way `people` can answer a question of so many labels."""
    if labels == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in tables(people - first, labels - 1):
            yield (first, *rest)


def named(table: tuple[int, ...]) -> dict[str, int]:
    return {f"answer {number}": count for number, count in enumerate(table, start=1)}


@pytest.mark.parametrize("show", [show_choice, show_scale])
@pytest.mark.parametrize(("labels", "people"), [(2, 40), (3, 26), (4, 19), (5, 13)])
def test_no_small_count_and_no_unanimity_follows_from_a_table(
    show: Callable[[Mapping[str, int]], Shown], labels: int, people: int
) -> None:
    for total in range(people + 1):
        worlds: defaultdict[object, list[tuple[int, ...]]] = defaultdict(list)
        for table in tables(total, labels):
            shown = show(named(table))
            means = mean_range(list(named(table)), shown) if show is show_scale else None
            worlds[shown, means].append(table)
        for shown_alike in worlds.values():
            for place in range(labels):
                possible = {table[place] for table in shown_alike}
                if len(possible) == 1:
                    only = possible.pop()
                    assert only == 0 or (only >= SMALLEST_GROUP and only != total), shown_alike


@given(st.lists(st.integers(0, 60), min_size=2, max_size=7))
def test_a_table_that_is_shown_adds_up_and_has_no_small_line(counts: list[int]) -> None:
    for show in (show_choice, show_scale):
        shown = show(named(tuple(counts)))
        assert all(cell.count >= SMALLEST_GROUP for cell in shown.cells)
        if shown.cells:
            assert sum(cell.count for cell in shown.cells) == shown.of == sum(counts)
            told = [*shown.nobody, *(label for cell in shown.cells for label in cell.labels)]
            assert sorted(told) == sorted(named(tuple(counts)))
            assert all(named(tuple(counts))[label] == 0 for label in shown.nobody)
            assert len(shown.cells) > 1


@given(st.lists(st.integers(0, 30), min_size=2, max_size=7))
def test_the_true_mean_lies_in_the_range_shown(counts: list[int]) -> None:
    table = named(tuple(counts))
    means = mean_range(list(table), show_scale(table))
    if means:
        true = sum(number * count for number, count in enumerate(counts, start=1)) / sum(counts)
        assert means[0] - 1e-9 <= true <= means[1] + 1e-9


def test_a_scale_without_small_counts_shows_its_exact_mean() -> None:
    table = {"1": 5, "2": 10, "3": 25}
    assert mean_range(list(table), show_scale(table)) == (2.5, 2.5)


def test_small_answers_of_a_choice_stand_together() -> None:
    shown = show_choice({"Head Start": 28, "Tribal": 6, "Migrant and Seasonal": 4, "Partner": 2})
    assert shown.cells == (
        Cell(("Head Start",), 28),
        Cell(("Tribal",), 6),
        Cell(("Migrant and Seasonal", "Partner"), 6),
    )


def test_a_single_small_answer_takes_a_larger_one_with_it() -> None:
    shown = show_choice({"Monday": 12, "Tuesday": 9, "Friday": 1})
    assert shown.cells == (Cell(("Monday",), 12), Cell(("Tuesday", "Friday"), 10))


def test_neighbours_of_a_scale_stand_together() -> None:
    shown = show_scale({"1": 0, "2": 2, "3": 6, "4": 20, "5": 12})
    assert shown.cells == (Cell(("1", "2", "3"), 8, "3"), Cell(("4",), 20, "4"), Cell(("5",), 12, "5"))


def test_low_steps_that_nobody_chose_are_told_as_that() -> None:
    table = {"1": 0, "2": 0, "3": 10, "4": 10, "5": 10}
    shown = show_scale(table)
    assert shown.nobody == ("1", "2")
    assert mean_range(list(table), shown) == (4.0, 4.0)


def test_that_all_said_the_same_is_told_as_nearly_all() -> None:
    for yes in (36, 38, 40):
        shown = show_choice({"Yes": yes, "No": 40 - yes})
        assert (shown.cells, shown.nearly_all) == ((), "Yes")


def test_of_a_handful_nothing_is_shown() -> None:
    assert show_choice({"Yes": 9, "No": 0}) == Shown(9)
    assert show_scale({"1": 2, "2": 3}) == Shown(5)
    assert show_options({"Meetings": 5}, 9) == ()


@given(st.integers(10, 80).flatmap(lambda of: st.tuples(st.just(of), st.integers(0, of))))
def test_an_option_shows_its_count_only_when_both_sides_are_groups(numbers: tuple[int, int]) -> None:
    of, chose = numbers
    (option,) = show_options({"Meetings": chose}, of)
    may_show = chose >= SMALLEST_GROUP and of - chose >= SMALLEST_GROUP
    assert option.count == (chose if may_show else None)
    assert option.is_small == (chose < SMALLEST_GROUP)
    if option.is_nearly_all:
        assert of - chose < SMALLEST_GROUP


def test_a_release_waits_until_those_who_came_between_cannot_be_told_apart() -> None:
    first = show_choice({"Yes": 12, "No": 10})
    assert not may_follow(first, show_choice({"Yes": 13, "No": 10}))  # one person came, and said yes
    assert not may_follow(first, show_choice({"Yes": 22, "No": 10}))  # ten came, and all said yes
    assert not may_follow(first, show_choice({"Yes": 11, "No": 11}))  # one person changed the answer
    assert may_follow(first, show_choice({"Yes": 18, "No": 15}))
    assert may_follow(first, first)


def test_lines_that_were_joined_differently_are_compared_over_what_both_show() -> None:
    first = Shown(17, (Cell(("1", "2"), 7), Cell(("3",), 10)))
    assert not may_follow(first, Shown(27, (Cell(("1",), 5), Cell(("2",), 6), Cell(("3",), 16))))
    assert may_follow(first, Shown(29, (Cell(("1",), 6), Cell(("2",), 7), Cell(("3",), 16))))
    assert may_follow(Shown(4), first)


def test_lines_once_told_apart_are_never_joined_again() -> None:
    apart = Shown(25, (Cell(("1",), 5), Cell(("2",), 6), Cell(("3",), 14)))
    joined = Shown(37, (Cell(("1", "2"), 17), Cell(("3",), 20)))
    assert not may_follow(apart, joined), "the next table, told apart again, would be compared with neither"
    assert not may_follow(apart, Shown(37))


@given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_no_difference_of_two_releases_is_a_small_group(first: list[int], came: list[int]) -> None:
    before = show_choice(named(tuple(first)))
    after = show_choice(named(tuple(a + b for a, b in zip(first, came, strict=True))))
    if not (before.cells and after.cells and may_follow(before, after)):
        return
    same = {cell.labels: cell.count for cell in before.cells}
    differences = [cell.count - same[cell.labels] for cell in after.cells if cell.labels in same]
    assert all(number == 0 or number >= SMALLEST_GROUP for number in differences)
    if len(differences) == len(after.cells) == len(before.cells):
        assert sum(differences) not in differences or sum(differences) == 0


def test_options_wait_in_the_same_way() -> None:
    before = (OptionShown("Meetings", 10), OptionShown("Newsletter", 12))
    assert not options_may_follow(before, (OptionShown("Meetings", 11),), came=20)
    assert not options_may_follow(before, (OptionShown("Meetings", 28),), came=20)
    assert options_may_follow(before, (OptionShown("Meetings", 18), OptionShown("Newsletter", 12)), came=20)
    assert options_may_follow((OptionShown("Meetings", None, is_small=True),), (OptionShown("Meetings", 5),), came=20)
    assert not options_may_follow(before, (OptionShown("Meetings", None, is_small=True),), came=20)
