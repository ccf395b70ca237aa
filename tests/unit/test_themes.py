"""Themes are found by the coordinator's own words, in English and Spanish, whatever their endings and accents."""

from __future__ import annotations

import pytest

from network.themes import Theme, ThemeFinder

THEMES = (
    Theme("Time and travel", ("drive", "travel", "only nurse", "viaje", "reunión")),
    Theme("Spanish", ("Spanish", "español")),
    Theme("Forms", ("form", "formulario")),
)


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("The drives are long and I hate driving.", ("Time and travel",)),
        ("I am the ONLY nurse here", ("Time and travel",)),
        ("The nurse is the only one", ()),
        ("Los viajes son largos", ("Time and travel",)),
        ("muchas reuniones", ("Time and travel",)),
        ("Formularios en espanol", ("Spanish", "Forms")),
        ("Formularios en español", ("Spanish", "Forms")),
        ("A perfect uniform", ()),
        ("", ()),
        ("¿?! 12 ★", ()),
    ],
)
def test_a_text_belongs_to_the_themes_whose_words_it_holds(text: str, themes: tuple[str, ...]) -> None:
    assert ThemeFinder(THEMES).find(text) == themes


def test_a_finder_answers_the_same_the_second_time() -> None:
    finder = ThemeFinder(THEMES)
    assert finder.find("driving forms") == finder.find("driving forms") == ("Time and travel", "Forms")


def test_a_theme_of_signs_alone_finds_nothing() -> None:
    assert ThemeFinder((Theme("Odd", ("!!", "")),)).find("anything !! at all") == ()
