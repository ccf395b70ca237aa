"""Addresses and phones are read strictly; what is wrong is answered with the very letters to type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.addresses import _checked, _is_plain, normalised, read_email, read_phone
from network.tabs import Cell, text_of


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ana@example.org", "ana@example.org"),
        (" ANA@P18.EXAMPLE.ORG ", "ana@p18.example.org"),
        ("\u200bana@example.org\u00a0", "ana@example.org"),
        ("ines@niñez.example.org", "ines@xn--niez-hqa.example.org"),
        ("o'brien+hs@example.org", "o'brien+hs@example.org"),
        ("ana@school.test", "ana@school.test"),
    ],
)
def test_a_good_address_has_one_form(typed: str, address: str) -> None:
    read = read_email(typed)
    assert (read.value, read.sentence) == (address, "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ('"Ana Reyes" <ana@example.org>', "Email holds more than the address. Type only: ana@example.org"),
        ("mailto:ana@example.org", "Email begins with “mailto:”. Type only: ana@example.org"),
        ("ana@example.org.", "There is a full stop after the address. Type: ana@example.org"),
        ("ana@example.org,", "There is a comma after the address. Type: ana@example.org"),
        ("ana@@example.org", "There is one @ too many in “ana@@example.org”. Type: ana@example.org"),
        (
            "ana maria@example.org",
            (
                "There is a space in the address “ana maria@example.org”. If that is the only mistake, type:"
                " anamaria@example.org"
            ),
        ),
        (
            "ana@example.org; a@home.example.org",
            "Email holds 2 addresses. Keep only one there, such as ana@example.org; put the other in Notes.",
        ),
        (
            "ana.example.org",
            "Email holds “ana.example.org”, which has no @. Type an address such as name@program.org.",
        ),
        ("Ana Reyes", "Email holds “Ana Reyes”, which looks like a name. Type an address such as name@program.org."),
        ("=A1&B1", "Email holds a formula. Type an address such as name@program.org."),
        (
            "ana@localhost",
            (
                "Email holds “ana@localhost”, which is no address that mail can reach. Type an address such as"
                " name@program.org."
            ),
        ),
        (
            "josé@example.org",
            "The address “josé@example.org” has an accent before the @, which many mailboxes refuse. Type it without.",
        ),
    ],
)
def test_a_wrong_address_is_answered_with_what_to_type(typed: str, sentence: str) -> None:
    read = read_email(typed)
    assert read.value is None
    assert read.sentence == sentence


def test_a_blank_cell_is_no_mistake() -> None:
    assert read_email(None) == read_email(" \u200b") == read_phone("") == read_phone(None)
    assert not read_email(None).sentence


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_address_or_a_sentence_or_blank(typed: str) -> None:
    read = read_email(typed)
    if read.value is not None:
        assert normalised(read.value) == read.value
        assert not read.sentence
    else:
        assert bool(read.sentence) == bool(text_of(typed))


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("(564) 555-0141", "+15645550141"),
        (5645550141, "+15645550141"),
        (5645550141.0, "+15645550141"),
        ("+1 (253) 555-0187", "+12535550187"),
        ("+52 55 1234 5678", "+525512345678"),
        ("206-555-0100 ext 4", "206-555-0100 ext 4"),
        ("+1 555 010 0142", "+1 555 010 0142"),
    ],
)
def test_a_phone_is_e164_where_it_is_certain_and_as_typed_where_it_is_not(typed: Cell, phone: str) -> None:
    read = read_phone(typed)
    assert (read.value, read.sentence) == (phone, "")


@pytest.mark.parametrize("typed", ["007", 7, "555-0141", "see notes", "=1+1", "1234567890123456789"])
def test_what_is_no_phone_gets_a_sentence(typed: Cell) -> None:
    read = read_phone(typed)
    assert read.value is None
    assert read.sentence.endswith("Type it with its area code, such as (360) 555-0142, or empty the cell.")


@given(
    st.from_regex(
        r"[A-Za-z0-9_.+-]{1,20}@[A-Za-z0-9.-]{1,20}(\.(org|local|test|example|invalid|arpa|x1|de))?", fullmatch=True
    )
)
def test_what_is_read_at_a_glance_is_read_as_the_library_reads_it(typed: str) -> None:
    if _is_plain(typed):
        assert normalised(typed) == _checked(typed)
