"""The items of a Google Form: which questions they ask and how, and what answers to them are called.

Titles stand on items, not on questions; each row of a grid is a question of its own, named "Grid [Row]" as in Google's
own exports, so that both roads give the same names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from network.cells import quoted
from network.survey_exports import WHO, as_who
from network.survey_outline import Asked, Outline, use_of
from network.surveys import QuestionKind

UNTITLED = "Untitled question"
_WRITTEN = "People write {} here, so it is read as text. If you want it counted, ask it with choices in the form."
_COLLECTS = (
    "This form collects email addresses. In an anonymous survey we drop them, but Google keeps them, and whoever may"
    " open the form sees them. For a survey that is anonymous, switch this off in the form (Settings, Responses)."
)


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """One question: its id, what it is called, how it is asked."""

    id: str
    title: str
    body: Mapping[str, Any]  # with the kind of question; of a row of a grid, the grid's columns

    @property
    def is_about_the_person(self) -> bool:
        """Whether it carries the personal reference or an address and is no answer."""
        return as_who(self.title) in WHO


def questions_of(form: Mapping[str, Any]) -> Iterator[FormQuestion]:
    """Every question in the order of the form; headers, pictures and films ask nothing."""
    for item in form.get("items", ()):
        title = " ".join(item.get("title", "").split())
        if question := item.get("questionItem", {}).get("question"):
            yield FormQuestion(question.get("questionId", ""), title or UNTITLED, question)
        group = item.get("questionGroupItem", {})
        for row in group.get("questions", ()):
            name = " ".join(row.get("rowQuestion", {}).get("title", "").split())
            columns = {"choiceQuestion": group.get("grid", {}).get("columns", {})}
            yield FormQuestion(row.get("questionId", ""), f"{title} [{name}]".strip(), columns)


def title_of(form: Mapping[str, Any]) -> str:
    """What the form is called."""
    info = form.get("info", {})
    return " ".join((info.get("title") or info.get("documentTitle") or "Form").split())


def outline_of(form: Mapping[str, Any]) -> Outline:
    """The form as a draft for *Survey questions*."""
    asked: list[Asked] = []
    remarks: list[str] = []
    for question in questions_of(form):
        if question.is_about_the_person:
            remarks.append(f"{quoted(question.title)} tells who answers. We read it as that, so it needs no row.")
        elif "fileUploadQuestion" in question.body:
            remarks.append(f"{quoted(question.title)} asks for files. They are not read here; open them in Drive.")
        else:
            asked.append(_asked(question.title, question.body))
    settings = form.get("settings", {})
    if settings.get("quizSettings", {}).get("isQuiz"):
        remarks.append("This form is a quiz. Answers are read, points are not.")
    if settings.get("emailCollectionType") in {"VERIFIED", "RESPONDER_INPUT"}:
        remarks.append(_COLLECTS)
    return Outline(title_of(form), tuple(asked), tuple(remarks), form.get("responderUri", ""))


def _asked(title: str, body: Mapping[str, Any]) -> Asked:
    if (choice := body.get("choiceQuestion")) is not None:
        kind = QuestionKind.MANY if choice.get("type") == "CHECKBOX" else QuestionKind.CHOICE
        options: Sequence[Mapping[str, Any]] = choice.get("options", ())
        # Choices are typed with semicolons between, and compared by their letters alone.
        labels = tuple(option.get("value", "").replace(";", ",") for option in options if not option.get("isOther"))
        check = "Answers under Other are counted together as “Something else”." if len(labels) < len(options) else ""
        return Asked(title, kind, tuple(filter(None, labels)), use=use_of(title, kind), check=check)
    if (scale := body.get("scaleQuestion")) is not None:
        low, high = scale.get("low", 0), scale.get("high", 5)  # what is 0 is left out of Google's answers
        ends = {str(low): scale.get("lowLabel", ""), str(high): scale.get("highLabel", "")}
        meanings = {step: meaning for step, meaning in ends.items() if meaning}
        return Asked(title, QuestionKind.SCALE, tuple(str(step) for step in range(low, high + 1)), meanings)
    if (rating := body.get("ratingQuestion")) is not None:
        steps = tuple(str(step) for step in range(1, rating.get("ratingScaleLevel", 5) + 1))
        return Asked(title, QuestionKind.SCALE, steps)
    written = "a date" if "dateQuestion" in body else "a time" if "timeQuestion" in body else ""
    check = _WRITTEN.format(written) if written else ""
    return Asked(title, QuestionKind.TEXT, use=use_of(title, QuestionKind.TEXT), check=check)
