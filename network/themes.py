"""The coordinator's own *Themes*: words and phrases, English and Spanish, found in what people wrote.

Words are compared by their stem, so "drive" finds "driving" and "viaje" finds "viajes"; each word is taken as English
and as Spanish, because people mix both and no text says which it is. Nothing is guessed beyond that: a text belongs to
a theme because it holds one of its words, and anybody can see which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import snowballstemmer

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Theme:
    """One row of *Themes*."""

    name: str
    words: tuple[str, ...] = ()  # words or phrases, English and Spanish
    owner: str = ""


@dataclass(slots=True)
class ThemeFinder:
    """Finds themes in texts; made once, because each word is stemmed only the first time it is met."""

    themes: Sequence[Theme]
    _stems: dict[str, dict[str, str]] = field(default_factory=lambda: {"english": {}, "spanish": {}}, init=False)
    _phrases: list[tuple[str, str, str]] = field(default_factory=list, init=False)  # language, stems, theme
    names: tuple[str, ...] = field(init=False)  # the themes in the order of the tab

    def __post_init__(self) -> None:
        self.names = tuple(dict.fromkeys(theme.name for theme in self.themes))
        for theme in self.themes:
            for language in self._stems:
                for phrase in theme.words:
                    if stems := self._stemmed(phrase, language).strip():
                        self._phrases.append((language, f" {stems} ", theme.name))

    def find(self, text: str) -> tuple[str, ...]:
        """The themes that a text speaks of, each once, in the order of the tab."""
        stemmed = {language: self._stemmed(text, language) for language in self._stems}
        found = {name for language, phrase, name in self._phrases if phrase in stemmed[language]}
        return tuple(name for name in self.names if name in found)

    def _stemmed(self, text: str, language: str) -> str:
        known = self._stems[language]
        words = [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFC", text))]
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            stems = snowballstemmer.stemmer(language).stemWords(new)
            known.update((word, _plain(stem)) for word, stem in zip(new, stems, strict=True))
        return f" {' '.join(known[word] for word in words)} "


def _plain(word: str) -> str:
    """Without accents, which many people leave out when they type on a phone."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
