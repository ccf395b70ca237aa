"""Placeholders: a fixed list in square brackets; everything else is literal, and a blank value still reads well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.errors import PermanentError
from network.placeholders import PLACEHOLDERS, fill, safe_link, say_unknown, unknown_placeholders


def test_a_known_name_in_brackets_becomes_its_value_whatever_its_case() -> None:
    assert fill("[First name] of [ORGANIZATION]", {"First name": "Ana", "Organization": "Puget"}) == "Ana of Puget"
    assert fill("Estimada [Nombre]:", {"First name": "Ana"}) == "Estimada Ana:"


@pytest.mark.parametrize(
    "literal",
    [
        "{{ 7*7 }} {% if %} {First name} %s",
        "[Program](https://example.org/x)",
        "[words][ref]",
        "\\[First name]",
        "[1] and [ ] and [a\nb]",
        "[first]: https://example.org/",
    ],
)
def test_everything_else_stays_as_typed(literal: str) -> None:
    assert fill(literal, {"First name": "Ana", "Program": "Puget"}) == literal


def test_a_value_is_never_filled_in_again() -> None:
    assert fill("[First name]", {"First name": "[Program] {{ x }}", "Program": "secret"}) == "[Program] {{ x }}"


def test_a_value_stays_on_one_line() -> None:
    assert fill("Hi [First name]!", {"First name": "Ana\r\nBcc: x\u2028y\x00"}) == "Hi Ana Bcc: x y!"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Dear [First name],", "Hello,"),
        ("Dear [First name] [Last name],", "Hello,"),
        ("Hello [First name],", "Hello,"),
        ("Hola [First name]:", "Hola:"),
        ("Querida/o [Nombre],", "Hola,"),
        ("Estimado [First name]:", "Hola:"),
        ("[First name], will you join us?", "Will you join us?"),
        ("Thank you, [First name]!", "Thank you!"),
        ("Thank you [First name].", "Thank you."),
    ],
)
def test_without_a_first_name_the_greeting_is_still_good(typed: str, read: str) -> None:
    assert fill(typed, {}) == read
    assert fill(typed, {"First name": " \t"}) == read


def test_a_line_that_holds_only_a_blank_placeholder_goes_with_its_gap() -> None:
    typed = "Hello Ana,\n\n[Leader’s words]\n\nWe meet: [Next meeting]\n[Sign-up link]\n"
    assert fill(typed, {"First name": "x"}) == "Hello Ana,\n\nWe meet: our next meeting\n"
    assert "Come!\n\nWe" in fill(typed, {"First name": "x", "Leader's words": "Come!"})


def test_a_blank_program_is_still_a_sentence_in_both_languages() -> None:
    assert fill("How is [Program]?", {}) == "How is your program?"
    assert fill("¿Cómo está [Program]?", {}, "es") == "¿Cómo está su programa?"


def test_an_unknown_name_is_a_sentence_with_what_to_type_instead() -> None:
    (name,) = unknown_placeholders("Hi [Frist name], [Program] and [words](https://example.org)")
    assert name == "Frist name"
    assert "[First name]" in say_unknown(name)
    assert "(Frist name)" in say_unknown(name)


def test_no_two_rows_of_the_table_share_a_spelling() -> None:
    spellings = [spelling.lower() for row in PLACEHOLDERS for spelling in (row.name, *row.aliases)]
    assert len(spellings) == len(set(spellings))


@given(st.text(), st.dictionaries(st.sampled_from([row.name for row in PLACEHOLDERS]), st.text()))
def test_any_text_with_any_values_can_be_filled(text: str, fields: dict[str, str]) -> None:
    filled = fill(text, {"First name": "Ana", **{name: value for name, value in fields.items() if value.strip()}})
    if "[" not in text and not set(text) & {"\ue000", "\ue001"}:
        assert filled == text


@pytest.mark.parametrize("link", ["https://example.org/a?b=c", "mailto:ana@example.org", " https://example.org/\n"])
def test_https_and_mail_addresses_are_links(link: str) -> None:
    assert safe_link(link) == link.strip()


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://example.org",
        "",
        "data:text/html,x",
        "https://a b",
        'https://x"onclick=y',
        "java\nscript:",
    ],
)
def test_anything_else_is_refused_as_a_link(link: str) -> None:
    with pytest.raises(PermanentError):
        safe_link(link)
