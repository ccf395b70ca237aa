"""What people typed stays text: on a page as in a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from network.reports import count, harmless, literal, table


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r\n=1", "\uff1d1", "|x", "%x"])
def test_a_cell_of_a_file_never_begins_a_formula(typed: str) -> None:
    assert harmless(typed) == f"'{typed}"


@pytest.mark.parametrize("typed", ["", "Ana", "3 = 3", "57 %", "“=1”"])
def test_an_ordinary_cell_stays_as_it_is(typed: str) -> None:
    assert harmless(typed) == typed


@given(st.text(alphabet="ab [](){}<>*_`#~!\\|&;:/\n'\"", max_size=40))
def test_what_somebody_typed_is_never_a_link_a_picture_or_a_tag(typed: str) -> None:
    html = MarkdownIt().render(f"## x {literal(typed)} x")
    assert not any(tag in html for tag in ("<a ", "<img", "<em", "<strong", "<code", "<b>", "<h1"))


def test_a_pipe_inside_a_cell_makes_no_column() -> None:
    assert table(("A", "B"), [("a|b", "c\nd")]).splitlines()[-1] == "| a\\|b | c d |"
    assert (count(1, "letter"), count(1200, "letter"), count(2, "person", "people")) == (
        "1 letter",
        "1,200 letters",
        "2 people",
    )
