"""What keeps people from joining: a standing survey whose answers come with replies to the letters that ask.

Letter 2 asks two questions; the second is "What stands in the way: time, distance, permission, something else?". Of a
reply only these words are kept, never the text, and nothing beside them that tells who wrote it. A person reads every
reply all the same, so what these words miss is not lost.
"""

from __future__ import annotations

import re
from functools import lru_cache

from network.messages import Message, Stream
from network.reply_text import fresh_text, sentences, without_signature
from network.surveys import Question, QuestionKind, Survey
from network.themes import Theme, ThemeFinder

NAME = "What keeps people from joining"
QUESTION = "barriers"
_ASKING = frozenset({"letter-2"})
# A word alone is an answer only where somebody numbered the answers; elsewhere it takes a plain phrase.
_WORDS = {
    "Time": "time; busy; workload; schedule; tiempo; ocupado; ocupada; horario",
    "Distance": "distance; drive; far; travel; distancia; lejos; viaje; manejar",
    "Permission": "permission; approval; supervisor; permiso; autorización",
    "The season": "season; harvest; temporada; cosecha",
    "Language": "language; English; Spanish; idioma; inglés; español",
    "The way we work": "trust; the way you work; confianza",
}
_PHRASES = {
    "Time": "no time; not enough time; lack of time; have time; find time; find the time; too busy; short of time;"
    " no tengo tiempo; falta de tiempo; poco tiempo; muy ocupado; muy ocupada",
    "Distance": "too far; long drive; hours away; the distance; long way; muy lejos; la distancia; queda lejos",
    "Permission": "permission; need approval; my supervisor; have to ask; permiso; autorización",
    "The season": "the season; harvest; la temporada; cosecha",
    "Language": "speak English; in Spanish; my English; language barrier; mi inglés; en español; el idioma",
    "The way we work": "do not trust; lack of trust; confianza",
}
_SECOND = re.compile(
    r"^[ \t]*(?:2[.):\-]|\(2\)|#2|q2\b)(?P<words>.*?)(?=^[ \t]*(?:3[.):]|\(3\))|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_NO_OBSTACLE = re.compile(
    r"\b(?:no|not|isn.?t|aren.?t) (?:a |an |the |any )?(?:problem|issue|obstacle)|no es (?:un )?problema"
)


def asks_for_barriers(message: Message) -> bool:
    """Whether this letter asked what stands in the way."""
    return message.stream is Stream.RECRUITMENT and message.step in _ASKING


def barriers_in(text: str) -> tuple[str, ...]:
    """What a reply names, in the words of the letter; quoted letters and signatures do not count."""
    own = without_signature(fresh_text(text))
    numbered = _SECOND.search(own)
    finder = _finder(is_numbered=numbered is not None)
    words = numbered["words"] if numbered else own
    named = {name for each in sentences(words) if not _NO_OBSTACLE.search(each) for name in finder.find(each)}
    return tuple(name for name in finder.names if name in named)


def standing_survey(asked: int) -> Survey:
    """The survey as it is counted; `asked` is how many got a letter that asks."""
    question = Question(NAME, QUESTION, "What stands in the way of joining?", QuestionKind.MANY, tuple(_WORDS))
    return Survey(NAME, (question,), asked=asked or None)


@lru_cache(maxsize=2)
def _finder(*, is_numbered: bool) -> ThemeFinder:
    listed = _WORDS if is_numbered else _PHRASES
    return ThemeFinder([Theme(name, tuple(map(str.strip, words.split(";")))) for name, words in listed.items()])
