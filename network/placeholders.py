"""`[First name]` and its kin: the only thing in people's texts that is not literal.

A fixed table. Everything else, braces and other brackets included, stays as typed; a Markdown link `[words](address)`
is no placeholder. Where a value is blank, the text still reads well: a greeting loses its name, other places say
something that fits everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from network.errors import PermanentError
from network.headers import one_line

MARK_OPENS, MARK_CLOSES = "\ue000", "\ue001"  # private characters: no text of people holds them (see `marked`)
_NOT_IN_MARKS = re.compile(r"[^\w+:]+")
_MARKS = re.compile(f"{MARK_OPENS}([^{MARK_CLOSES}]*){MARK_CLOSES}")
_BRACKETS = re.compile(r"(?<![\\\]])\[([^\W\d_][^\[\]\n]{0,38})\](?![(\[]|: *<?https?:)")
_LINKED = re.compile(r"\]\(\[([^\[\]\n]+)\]\)")  # [words]([Survey link])
_NAME = r"(?<!\\)\[ *(?:first +name|nombre) *\](?: +\[ *(?:last +name|apellidos?) *\])?"
_GREETING = re.compile(
    r"^([ \t]*(?:#+ )?)(dear|hi|hello|hola|querid[oa]s?(?:/[oa])?|estimad[oa]s?(?:/[oa])?|good morning|buenos días)"
    rf"[ ,]+{_NAME}",
    re.IGNORECASE | re.MULTILINE,
)
_SPANISH = re.compile(r"hola|querid|estimad|buenos", re.IGNORECASE)
_NAME_OPENS = re.compile(rf"^([ \t]*){_NAME}, *(\w)", re.IGNORECASE | re.MULTILINE)
_NAME_WITHIN = re.compile(rf",? *{_NAME}", re.IGNORECASE)
_LINE_ALONE = re.compile(r"^[ \t]*\[([^\[\]\n]+)\][ \t]*(?:\n(?:[ \t]*\n)?|\Z)", re.MULTILINE)
_SCHEMES = ("https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One row of the table; `blank` and `blank_es` stand where there is no value."""

    name: str
    meaning: str
    blank: str = ""
    blank_es: str = ""
    aliases: tuple[str, ...] = ()
    is_link: bool = False


PLACEHOLDERS = (
    Placeholder("First name", "the person's first name", aliases=("Nombre",)),
    Placeholder("Last name", "the person's last name", aliases=("Apellido", "Apellidos")),
    Placeholder("Full name", "the person's first and last name", aliases=("Nombre completo",)),
    Placeholder("Program", "the program the person works for", "your program", "su programa", ("Programa",)),
    Placeholder("Organization", "the same, as typed in Members", "your program", "su programa", ("Organización",)),
    Placeholder("Role", "the person's role", "health manager", "responsable de salud", ("Puesto",)),
    Placeholder("Service area", "health, nutrition, mental health or oral health", "health", "salud"),
    Placeholder("State", "the person's state", "your state", "su estado", ("Estado",)),
    Placeholder("Program type", "Tribal (AI/AN), Migrant and Seasonal, Head Start", "Head Start", "Head Start"),
    Placeholder("Email", "the address we write to", "this address", "esta dirección"),
    Placeholder("My name", "who signs the letter", "the coordinator", "la coordinación", ("Mi nombre",)),
    Placeholder("Leader", "the first leader of the network", "one of our leaders", "una de las personas que coordinan"),
    Placeholder("Who calls", "the leader who calls, or I where that leader signs", "one of us", "una de nosotras"),
    Placeholder("Leader's words", "a few words of the leader's own, if there are any"),
    Placeholder("Network", "the name of the network", "our network", "nuestra red", ("Network name", "Red")),
    Placeholder("Next meeting", "when and where we meet next", "our next meeting", "nuestra próxima reunión"),
    Placeholder("Meeting link", "where to join the meeting, from Settings", is_link=True),
    Placeholder("Reply address", "where an answer arrives", "this address", "esta dirección"),
    Placeholder("Postal address", "the network's postal address"),
    Placeholder("Referred by", "who named this person to us", "a colleague", "un colega"),
    Placeholder("Address source", "where we got the address", "a public list", "una lista pública"),
    Placeholder("Topics", "what the person would like to talk about", "your topics", "sus temas"),
    Placeholder("Survey link", "the survey's address", is_link=True),
    Placeholder("Sign-up link", "where people sign up", is_link=True, aliases=("Signup link",)),
    Placeholder("Day", "the day an answer speaks of", "the day you named", "día indicado"),
    Placeholder("Closes on", "the last day of a survey", "one of the next days", "último día de la encuesta"),
)


def fill(text: str, fields: Mapping[str, str], language: str = "en") -> str:
    """Puts values in the place of known placeholders, each on one line; every other character stays as typed."""
    values = folded(fields)
    return joined(_parts(tidied(text, values, language)), lambda name: value_of(name, values, language))


def unknown_placeholders(text: str) -> list[str]:
    """The bracketed names that are in no table, in order, each once."""
    names = (match[1] for match in _BRACKETS.finditer(text))
    return list(dict.fromkeys(name for name in names if _fold(name) not in _TABLE))


def link_placeholders(text: str) -> list[str]:
    """The placeholders of links that the text uses, by their names in the table, each once."""
    names = (match[1] for pattern in (_BRACKETS, _LINKED) for match in pattern.finditer(text))
    rows = (_TABLE.get(_fold(name)) for name in names)
    return list(dict.fromkeys(row.name for row in rows if row is not None and row.is_link))


def say_unknown(name: str) -> str:
    """The sentence for a placeholder that we do not know: what to type instead."""
    near = process.extractOne(_fold(name), _TABLE.keys(), scorer=fuzz.ratio, score_cutoff=60)
    instead = f"Did you mean [{_TABLE[near[0]].name}]?" if near else "The ones we know are [First name], [Program] …"
    return f"We do not know [{name}]. {instead} If you want plain brackets, type round ones: ({name})."


def safe_link(address: str) -> str:
    """The address when it is https or mailto; PermanentError otherwise, because a mail shows nothing else as a link."""
    link = one_line(address)
    if not link.lower().startswith(_SCHEMES) or any(letter in link for letter in " <>\"'`\\"):
        raise PermanentError("A link in a mail must begin with https:// or mailto: and hold no space or quote.")
    return link


def tidied(text: str, fields: Mapping[str, str], language: str = "en") -> str:
    """The text as it reads well for this person: no greeting without a name, no paragraph of a blank alone.

    Keys of `fields` are folded. "Dear [First name]," becomes "Hello," where we do not know the name.
    """
    if "[" not in text:
        return text
    if not value_of("First name", fields):
        text = _without_name(text)
    for name in _alone(text):
        if not value_of(name, fields, language):
            text = _without_lines(text, _fold(name))
    return text


def marked(text: str) -> str:
    """The text with each known placeholder between private marks, so that Markdown and HTML carry it untouched."""
    return _BRACKETS.sub(
        lambda match: mark(_TABLE[_fold(match[1])].name) if _fold(match[1]) in _TABLE else match[0], _bare(text)
    )


def mark(name: str) -> str:
    """The private mark of a value; it holds no space, so that it may stand as the address of a link."""
    return f"{MARK_OPENS}{_NOT_IN_MARKS.sub('_', name)}{MARK_CLOSES}"


def split_marked(text: str) -> tuple[str, ...]:
    """Literal text and names of placeholders in turn: the odd places are names."""
    pieces = _MARKS.split(text)
    return tuple(piece.replace("_", " ") if place % 2 else piece for place, piece in enumerate(pieces))


def joined(parts: Sequence[str], value: Callable[[str], str]) -> str:
    """The parts with values in the odd places; the space before a blank value goes with it."""
    pieces = list(parts)
    for place in range(1, len(pieces), 2):
        pieces[place] = value(pieces[place])
        if not pieces[place]:
            pieces[place - 1] = pieces[place - 1].removesuffix(" ")
    return "".join(pieces)


def value_of(name: str, fields: Mapping[str, str], language: str = "en") -> str:
    """The value that stands for a placeholder: the field on one line, else what fits everybody. Keys are folded."""
    value = one_line(_bare(fields.get(_fold(name), "")))
    if value:
        return value
    row = _TABLE[_fold(name)]
    return row.blank_es if language == "es" else row.blank


@lru_cache(maxsize=512)
def _without_name(text: str) -> str:
    greeted = _GREETING.sub(lambda match: match[1] + ("Hola" if _SPANISH.match(match[2]) else "Hello"), text)
    opened = _NAME_OPENS.sub(lambda match: match[1] + match[2].upper(), greeted)
    return _NAME_WITHIN.sub("", opened)


@lru_cache(maxsize=512)
def _alone(text: str) -> tuple[str, ...]:
    """The placeholders that are a whole line somewhere."""
    return tuple({match[1]: None for match in _LINE_ALONE.finditer(text) if _fold(match[1]) in _TABLE})


@lru_cache(maxsize=512)
def _without_lines(text: str, folded_name: str) -> str:
    return _LINE_ALONE.sub(lambda match: "" if _fold(match[1]) == folded_name else match[0], text)


@lru_cache(maxsize=512)
def _parts(text: str) -> tuple[str, ...]:
    return split_marked(marked(text))


def _bare(text: str) -> str:
    return text.replace(MARK_OPENS, "").replace(MARK_CLOSES, "")


def folded(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields by folded name, aliases resolved, as `value_of` wants them."""
    return {_fold(_TABLE[_fold(name)].name) if _fold(name) in _TABLE else _fold(name): fields[name] for name in fields}


@lru_cache(maxsize=512)
def _fold(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


_TABLE: dict[str, Placeholder] = {
    _fold(spelling): placeholder
    for placeholder in PLACEHOLDERS
    for spelling in (placeholder.name, *placeholder.aliases)
}
