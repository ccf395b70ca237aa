"""What a form or a table of answers asks, as a draft for *Survey questions*; what cannot be known is said, not guessed.

A form tells its questions; a table only shows answers, so there a kind is guessed from them, and every guess carries a
sentence for the coordinator. Answers that fewer than five people gave never become choices: a draft shows nobody's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from network.cells import fold
from network.disclosure import SMALLEST_GROUP
from network.surveys import QuestionKind, Response, Survey, Use

_LONGEST_CHOICE = 80  # characters; what is longer was written, not chosen
_MOST_CHOICES = 15
_PART_OF_CHOICES = 0.8  # of the answers that the choices must cover


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a form asks it, or as a table lets us guess."""

    text: str
    kind: QuestionKind
    labels: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)  # of a scale: label -> what stands at that end
    use: Use = Use.NONE
    check: str = ""  # a sentence: what the coordinator should look at


@dataclass(frozen=True, slots=True)
class Outline:
    """One form or table: its title, its questions in their order, sentences about what is not read."""

    title: str
    questions: tuple[Asked, ...] = ()
    remarks: tuple[str, ...] = ()
    link: str = ""


def new_questions(outline: Outline, survey: Survey | None) -> tuple[Asked, ...]:
    """The questions that *Survey questions* does not name yet, each once."""
    known = {fold(spelling) for each in survey.questions for spelling in (each.id, each.text)} if survey else set()
    new: dict[str, Asked] = {}
    for asked in outline.questions:
        if fold(asked.text) and fold(asked.text) not in known:
            new.setdefault(fold(asked.text), asked)
    return tuple(new.values())


def guessed(title: str, responses: Iterable[Response]) -> Outline:
    """The outline of a table, guessed from its answers; memory grows with different short answers only."""
    seen: dict[str, _Seen] = {}
    for response in responses:
        for question, values in response.answers.items():
            seen.setdefault(question, _Seen()).take(values)
    remark = "There are no answers yet, so there is nothing to draft from." if not seen else ""
    return Outline(title, tuple(each.asked(text) for text, each in seen.items()), (remark,) if remark else ())


def use_of(text: str, kind: QuestionKind) -> Use:
    """What a question is surely for, by its words; blank where a person must say."""
    plain = text.casefold()
    if kind is QuestionKind.CHOICE and re.search(r"\bmay we quote\b|\bpodemos citar\b", plain):
        return Use.CONSENT
    if kind is QuestionKind.TEXT and re.search(r"\b(?:your )?name and e-?mail\b|\bnombre y correo\b", plain):
        return Use.REFERENCE
    return Use.NONE


@dataclass(slots=True)
class _Seen:
    """What was answered to one question, as far as a guess needs it."""

    answered: int = 0
    several: int = 0  # people who gave more than one answer
    values: Counter[str] = field(default_factory=Counter)
    long: int = 0

    def take(self, values: Sequence[str]) -> None:
        self.answered += 1
        parts = [part.strip() for value in values for part in value.split(";") if part.strip()]
        self.several += len(parts) > 1
        if any(len(part) > _LONGEST_CHOICE for part in parts):
            self.long += 1
        elif len(self.values) < 1000 or all(part in self.values for part in parts):
            self.values.update(parts)

    def asked(self, text: str) -> Asked:
        """The question with the kind that its answers let us guess."""
        often = tuple(sorted(value for value, count in self.values.items() if count >= SMALLEST_GROUP))
        if steps := self._steps(often):
            return Asked(text, QuestionKind.SCALE, steps, check="Type what the lowest and the highest step mean.")
        covered = sum(self.values[value] for value in often)
        is_chosen = covered >= _PART_OF_CHOICES * sum(self.values.values()) and not self.long
        if 2 <= len(often) <= _MOST_CHOICES and is_chosen:
            kind = QuestionKind.MANY if self.several else QuestionKind.CHOICE
            check = "Choices are those that five or more gave. Add the others of the form, and put them in its order."
            return Asked(text, kind, often, use=use_of(text, kind), check=check)
        use = use_of(text, QuestionKind.TEXT)
        may_have_choices = not self.long and len(self.values) <= _MOST_CHOICES
        is_few = self.answered < 4 * SMALLEST_GROUP
        check = "If the form offers choices here, type choice, many or topic, and the choices."
        return Asked(text, QuestionKind.TEXT, use=use, check=check if not use and (may_have_choices or is_few) else "")

    def _steps(self, often: Sequence[str]) -> tuple[str, ...]:
        """The steps of a scale, when every answer is a small whole number."""
        if self.several or self.long or not often or not all(re.fullmatch(r"\d|10", each) for each in self.values):
            return ()
        highest = max(map(int, self.values))
        top = next(end for end in (5, 7, 10) if highest <= end)
        return tuple(str(step) for step in range(0 if "0" in self.values else 1, top + 1))
