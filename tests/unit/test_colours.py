"""Colours: the contrast of WCAG, and a shade that can be read whatever colour was chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.colours import ENOUGH, contrast, parse_colour, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#0b5394", "#0b5394") == 1


@given(COLOURS, st.sampled_from(["#ffffff", "#f3f4f6", "#1e2226", "#15181c"]))
def test_any_colour_becomes_readable_and_a_readable_one_stays(colour: str, ground: str) -> None:
    shade = readable(colour, ground)
    assert contrast(shade, ground) >= ENOUGH
    if contrast(colour, ground) >= ENOUGH + 0.1:
        assert contrast(shade, colour) < 1.05


@pytest.mark.parametrize(
    ("typed", "understood"),
    [("#0B5394", "#0b5394"), ("05a", "#0055aa"), (" #fff ", "#ffffff"), ("blue", None), ("#12", None), ("", None)],
)
def test_colours_are_typed_in_hexadecimal(typed: str, understood: str | None) -> None:
    assert parse_colour(typed) == understood
