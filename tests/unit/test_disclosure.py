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
    joined,
    mean_range,
    options_joined,
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
    option, _ = show_options({"Meetings": chose, "Calls": of}, of)
    may_show = chose >= SMALLEST_GROUP and of - chose >= SMALLEST_GROUP
    assert option.count == (chose if may_show else None)
    assert option.is_small == (chose < SMALLEST_GROUP)
    if option.is_nearly_all:
        assert of - chose < SMALLEST_GROUP


def test_tables_of_different_people_are_added_line_by_line() -> None:
    one, other = show_choice({"Yes": 12, "No": 10}), show_choice({"Yes": 20, "No": 5})
    assert joined(one, other) == Shown(47, (Cell(("Yes",), 32, strays=8), Cell(("No",), 15, strays=8)))
    assert joined(one, show_choice({"Yes": 22, "No": 1})) is None, "a table that is not shown adds nothing"
    assert joined(Shown(9), one) is None
    assert joined(one, show_choice({"Yes": 12, "No": 6, "Maybe": 7})) is None, "other lines"


def test_options_of_different_people_are_added_where_both_tell_a_count() -> None:
    one = (OptionShown("Meetings", 10), OptionShown("Newsletter", None, is_small=True))
    other = (OptionShown("Meetings", 15), OptionShown("Newsletter", None, is_small=True))
    assert options_joined(one, other) == (OptionShown("Meetings", 25), OptionShown("Newsletter", None))
    assert options_joined(one, (OptionShown("Meetings", 15), OptionShown("Newsletter", 6))) is None
    assert options_joined((), other) is None


@given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.lists(st.integers(0, 30), min_size=3, max_size=3))
def test_a_joined_table_adds_up_and_keeps_the_true_mean_in_its_range(first: list[int], later: list[int]) -> None:
    table = joined(show_scale(named(tuple(first))), show_scale(named(tuple(later))))
    if table is None:
        return
    assert sum(cell.count for cell in table.cells) == table.of == sum(first) + sum(later)
    means = mean_range(list(named(tuple(first))), table)
    true = sum(n * (a + b) for n, (a, b) in enumerate(zip(first, later, strict=True), start=1)) / table.of
    assert means is not None
    assert means[0] - 1e-9 <= true <= means[1] + 1e-9
