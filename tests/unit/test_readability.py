"""The reading grade: short plain words are easy, long abstract ones are hard, in both languages."""

from __future__ import annotations

from network.readability import reading_grade

EASY = "We meet for one hour. You can ask for help. We share what works. Come and see. " * 6
HARD = (
    "Institutional coordination necessitates comprehensive interdisciplinary communication regarding administrative "
    "responsibilities, organizational capacity and regulatory documentation. "
) * 6
FACIL = "Nos vemos una hora. Puede pedir ayuda. Hay café. Venga a ver. Le damos una mano. " * 6
DIFICIL = (
    "La coordinación interinstitucional requiere comunicaciones interdisciplinarias relativas a responsabilidades "
    "administrativas, capacidades organizacionales y documentación reglamentaria. "
) * 6


def graded(text: str, language: str = "en") -> float:
    grade = reading_grade(text, language)
    assert grade is not None
    return grade


def test_plain_words_are_easy_and_abstract_ones_hard() -> None:
    assert graded(EASY) < 4
    assert graded(HARD) > 14


def test_spanish_is_measured_by_its_own_rule() -> None:
    assert graded(FACIL, "es") < 7
    assert graded(DIFICIL, "es") > 12


def test_a_short_text_has_no_grade() -> None:
    assert reading_grade("Come and see.") is None


def test_addresses_are_not_words() -> None:
    assert graded(EASY + " https://example.org/a-very-long-address/of-something ana@example.org") == graded(EASY)
