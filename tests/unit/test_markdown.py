"""People's Markdown in a mail: headings in order, tables that line up, nothing that is not ours to allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.mailpage import read_page
from network.markdown import Style, mail_html, mail_text

LETTER = Style("#0b5394", headline="The <subject>")
SECTION = Style("#0b5394", first_level=3)
ALLOWED = set("p h1 h2 h3 ul ol li a strong em blockquote hr br code pre table thead tbody tr th td img".split())  # noqa: SIM905 - a list of tags reads so


def headings(markdown: str, style: Style) -> list[str]:
    return [element.tag for element in read_page(f"<body>{mail_html(markdown, style)}</body>").all("h1", "h2", "h3")]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("Dear Ana,\n\nHello.", ["h1"]),
        ("A first paragraph so long that nobody would call it a greeting, and longer than that, on and on.", ["h1"]),
        ("- a list\n- first", ["h1"]),
        ("### Deep\n\n##### Deeper\n\n# Top", ["h1", "h2", "h2"]),
        ("", ["h1"]),
    ],
)
def test_a_letter_has_one_main_heading_whatever_was_typed(markdown: str, found: list[str]) -> None:
    assert headings(markdown, LETTER) == found


def test_without_a_greeting_the_subject_stands_on_top() -> None:
    assert mail_html("- a list", LETTER).startswith('<h1 style="')
    assert "The &lt;subject&gt;</h1>" in mail_html("- a list", LETTER)
    assert "subject" not in mail_html("Dear Ana,", LETTER)


def test_only_a_heading_with_something_above_it_has_room_there() -> None:
    first, _, rest = mail_html("## First\n\nWords.\n\n## Second", Style("#000000", first_level=2)).partition(">")
    assert "margin:0 0" in first
    assert "margin:24px 0" in rest
    headline = mail_html("word " * 40, Style("#000000", headline="News")).partition(">")[0]
    assert "margin:0 0" in headline


def test_headings_of_a_section_stay_below_its_own() -> None:
    assert headings("# One\n\n## Two\n\n#### Three", SECTION) == ["h3", "h3", "h3"]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["<b>", "[a](", "![", "](javascript:x)", "|", "\n", "# ", "x", "`", "\\"])).map("".join)
)
def test_whatever_is_typed_only_known_elements_come_out(markdown: str) -> None:
    page = read_page(f"<body>{mail_html(markdown, SECTION)}</body>")
    assert {element.tag for element in page.elements[1:]} <= ALLOWED
    for element in page.elements:
        assert set(element.attributes) <= {"style", "class", "href", "src", "alt", "title", "scope", "start"}
        assert element.attributes.get("href", "https://").startswith(("https://", "mailto:"))


def test_a_table_of_four_columns_is_marked_for_phones() -> None:
    for columns, expected in ((3, "data"), (4, "data wide")):
        rows = "|a" * columns + "|\n" + "|---" * columns + "|\n" + "|b" * columns + "|\n"
        [table] = read_page(mail_html(rows, Style("#000000"))).all("table")
        assert table.attributes["class"] == expected


def test_a_table_lines_up_in_plain_text() -> None:
    assert mail_text("Now:\n\n| Goal | Now |\n|---|--:|\n| Members | 54 |\n| **AI/AN** | 3 |\n\nEnd.") == (
        "Now:\n\nGoal     Now\nMembers  54\nAI/AN    3\n\nEnd."
    )


def test_a_wide_table_says_each_row() -> None:
    wide = "word " * 20
    assert mail_text(f"| Ref | What |\n|---|---|\n| T-1 | {wide}|") == f"- Ref: T-1; What: {wide.strip()}"


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("## Hi **you** and _them_", "Hi you and them"),
        ("[the list](https://example.org/a)", "the list (https://example.org/a)"),
        ("[https://example.org](https://example.org)", "https://example.org"),
        ("![a gym](https://example.org/a.png)", "a gym"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        (r"\*not bold\*", "*not bold*"),
    ],
)
def test_plain_text_has_the_words_without_the_signs(markdown: str, read: str) -> None:
    assert mail_text(markdown) == read


@pytest.mark.parametrize("typed", ["```\na long line\n```", "    a long line"])
def test_lines_typed_as_they_are_break_on_a_phone(typed: str) -> None:
    assert "white-space:pre-wrap" in mail_html(typed, Style("#0b57d0"))
