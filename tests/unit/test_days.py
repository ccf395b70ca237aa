"""Days in words: both languages say them, and a meeting that was is no longer announced."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.days import day_words, is_over, long_day

TODAY = date(2026, 10, 19)


def test_a_letter_says_a_day_in_its_own_language() -> None:
    assert long_day(date(2027, 1, 4), "en") == "Monday 4 January"
    assert long_day(date(2027, 1, 4), "es") == "lunes 4 de enero"


def test_only_the_day_of_typed_words_is_said_in_spanish() -> None:
    typed = "Thursday, 15 October, noon Pacific time, online"
    assert day_words(typed, "es") == "jueves 15 de octubre, noon Pacific time, online"
    assert day_words(typed, "en") == typed


@pytest.mark.parametrize(
    "words",
    [
        "Thursday, 15 October, noon Pacific time, online",
        "Thursday, October 15th at noon",
        "Oct. 15, 2 pm",
        "15 Oct 2026",
        "jueves 15 de octubre de 2026",
        "2026-10-15, online",
        "15 October, or 17 October in person",
    ],
)
def test_a_day_before_today_is_over(words: str) -> None:
    assert is_over(words, TODAY)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "soon, by video",
        "Monday 19 October",
        "15 January, by video",
        "15 October 2027",
        "15 October, and again on 12 November",
        "31 February",
        "May we call you?",
        "2 pm on 3/4",
    ],
)
def test_a_day_that_is_to_come_or_unclear_is_not_over(words: str) -> None:
    assert not is_over(words, TODAY)


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(-150, 150), st.sampled_from(["en", "es"]))
def test_what_we_say_ourselves_is_read_back(today: date, days: int, language: str) -> None:
    assert is_over(long_day(today + timedelta(days=days), language), today) == (days < 0)
