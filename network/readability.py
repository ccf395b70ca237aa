"""How hard a text is to read: school grades for English, the same scale estimated for Spanish.

English: Flesch-Kincaid (Kincaid and others, 1975). Spanish: the ease of Fernández Huerta (1959), put on the scale of
grades by the table that goes with Flesch's ease. Syllables are counted by groups of vowels: good enough for a hint.
"""

from __future__ import annotations

import re

ENOUGH_WORDS = 60  # below this, a figure says nothing
_ADDRESS = re.compile(r"\S*(?:https?:|mailto:|@|www\.)\S*")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_ENDS = re.compile(r"[.!?…](?=\s|$)|\n\s*\n|\n(?=\s*[-*•] )")
_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
_SPANISH_VOWELS = re.compile(r"[aeouáéóíúü]|i(?![aeouáéó])", re.IGNORECASE)


def reading_grade(text: str, language: str = "en") -> float | None:
    """The school grade a text asks for, or None when it is too short to tell."""
    clean = _ADDRESS.sub(" ", text)
    words = _WORD.findall(clean)
    if len(words) < ENOUGH_WORDS:
        return None
    sentences = max(1, len([part for part in _SENTENCE_ENDS.split(clean) if _WORD.search(part)]))
    words_a_sentence = len(words) / sentences
    if language == "es":
        syllables_a_word = sum(max(1, len(_SPANISH_VOWELS.findall(word))) for word in words) / len(words)
        return _grade_of_ease(206.84 - 60 * syllables_a_word - 1.02 * words_a_sentence)
    syllables_a_word = sum(_english_syllables(word) for word in words) / len(words)
    return 0.39 * words_a_sentence + 11.8 * syllables_a_word - 15.59


def _english_syllables(word: str) -> int:
    lower = word.lower()
    count = len(_ENGLISH_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith(("le", "ee")) and count > 1:
        count -= 1
    if lower.endswith("ed") and not lower.endswith(("ted", "ded")) and count > 1:
        count -= 1
    return max(1, count)


def _grade_of_ease(ease: float) -> float:
    """Flesch's table read as a line: 90 is grade 5, 60 is grade 8 to 9, 30 is the end of college."""
    return min(max(5.0 + (90 - ease) / 30 * 3.5, 1.0), 18.0)
