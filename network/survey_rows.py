"""Reads *Survey questions* and *Themes*: surveys and themes out, a plain sentence for each row that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from network.cells import fold, join_or, quoted, read_date, read_list, read_yes_no
from network.members import IssueKind, RowIssue
from network.surveys import Question, QuestionKind, Survey, Use
from network.tabs import Cell, Row, text_of
from network.themes import Theme

_QUESTIONS = "Survey questions"
_KINDS = {fold(kind): kind for kind in QuestionKind} | {
    "rating": QuestionKind.SCALE,
    "likert": QuestionKind.SCALE,
    "singlechoice": QuestionKind.CHOICE,
    "multiplechoice": QuestionKind.CHOICE,  # as Google Forms says it: one of several
    "checkbox": QuestionKind.MANY,
    "checkboxes": QuestionKind.MANY,
    "several": QuestionKind.MANY,
    "open": QuestionKind.TEXT,
    "comment": QuestionKind.TEXT,
    "topics": QuestionKind.TOPIC,
}
_USES = {fold(use): use for use in Use}


@dataclass(frozen=True, slots=True)
class SurveysReading:
    """What the two tabs say."""

    surveys: tuple[Survey, ...]
    themes: tuple[Theme, ...]
    issues: tuple[RowIssue, ...]


def parse_surveys(questions: Sequence[Row], themes: Sequence[Row]) -> SurveysReading:
    """Puts the rows together into surveys, in the order of the tab; a row that cannot be used stops no other."""
    drafts: dict[str, _Draft] = {}
    issues: list[RowIssue] = []
    for row in questions:
        name = text_of(row.cells.get("Survey")) or "Survey"
        draft = drafts.setdefault(fold(name), _Draft(name))
        issues += [_issue(_QUESTIONS, row, "Question", sentence) for sentence in draft.take(row)]
    surveys = tuple(draft.survey() for draft in drafts.values() if draft.questions)
    found, theme_issues = _parse_themes(themes)
    return SurveysReading(surveys, found, (*issues, *theme_issues))


@dataclass(slots=True)
class _Draft:
    """One survey while its rows are read."""

    name: str
    questions: dict[str, Question] = field(default_factory=dict)
    facts: dict[str, Cell] = field(default_factory=dict)

    def take(self, row: Row) -> list[str]:
        """Reads one row; returns the sentences about it."""
        for name in _FACTS:
            if text_of(row.cells.get(name)):
                self.facts.setdefault(name, row.cells[name])
        read = [read_date(row.cells.get(name), name).sentence for name in ("Opens on", "Closes on")]
        sentences = [sentence for sentence in read if sentence]
        question = _question(row, self.name)
        if isinstance(question, str):
            return [*sentences, question] if question else sentences
        if fold(question.text) in self.questions:
            return [*sentences, f"{quoted(question.text)} stands here twice. We use the first; please remove this row."]
        self.questions[fold(question.text)] = question
        return sentences

    def survey(self) -> Survey:
        """The survey that the rows describe; a date or number that could not be read counts as blank."""
        asked = re.sub(r"\D", "", text_of(self.facts.get("Asked")))
        anonymous = read_yes_no(self.facts.get("Anonymous"), "Anonymous")
        return Survey(
            name=self.name,
            questions=tuple(self.questions.values()),
            link=text_of(self.facts.get("Link")),
            opens_on=read_date(self.facts.get("Opens on"), "Opens on").value,
            closes_on=read_date(self.facts.get("Closes on"), "Closes on").value,
            # Whatever cannot be read as a plain no protects the people who answer.
            is_anonymous=anonymous.value is not False,
            owner=text_of(self.facts.get("Owner")),
            asked=int(asked) if asked else None,
        )


_FACTS = ("Link", "Opens on", "Closes on", "Anonymous", "Owner", "Asked")


def _question(row: Row, survey: str) -> Question | str:
    """One question; or the sentence why it is none (blank for a row that only holds facts of the survey)."""
    first, text = text_of(row.cells.get("Question")), text_of(row.cells.get("Text"))
    kind_typed = text_of(row.cells.get("Kind"))
    if not first and not text:
        return "Type the question in the column Question, as it stands in the form." if kind_typed else ""
    kind = _KINDS.get(fold(kind_typed))
    if kind is None:
        choices = join_or(list(QuestionKind))
        return f"Kind holds {quoted(kind_typed)}. Choose {choices}." if kind_typed else f"Choose a Kind: {choices}."
    use = _USES.get(fold(text_of(row.cells.get("Use"))))
    if use is None:
        offered = join_or([each for each in Use if each])
        return f"Use holds {quoted(text_of(row.cells.get('Use')))}. Leave it blank or choose {offered}."
    labels, meanings = _labels(row.cells, kind)
    if kind is QuestionKind.SCALE and len(labels) < 2:
        return "A scale needs its steps. Type them in Choices from low to high, such as 1; 2; 3; 4; 5."
    if kind in (QuestionKind.CHOICE, QuestionKind.MANY) and len(labels) < 2:
        return "Type the answers to choose from in Choices, with semicolons between."
    if kind is QuestionKind.TOPIC and not labels:
        # What people type themselves is theirs: as a line of a table, one person's words would stand on the page.
        return "Type the topics to choose from in Choices. Where people write their own words, choose the Kind text."
    goal = text_of(row.cells.get("Goal"))
    return Question(survey, first or text, text or first, kind, labels, goal, use, meanings)


def _labels(cells: Mapping[str, Cell], kind: QuestionKind) -> tuple[tuple[str, ...], dict[str, str]]:
    """Choices from either column; in *Labels* "1 = not useful" says what a step means."""
    choices = _split(cells.get("Choices"))
    meanings: dict[str, str] = {}
    plain: list[str] = []
    for part in _split(cells.get("Labels")):
        label, equals, meaning = part.partition("=")
        if equals:
            meanings[text_of(label)] = text_of(meaning)
        else:
            plain.append(part)
    labels = choices or tuple(plain) or tuple(meanings)
    if kind is QuestionKind.SCALE and len(labels) == 1:
        labels = _steps(labels[0])
    return labels, meanings


def _steps(span: str) -> tuple[str, ...]:
    """Reads "1-5" as its five steps."""
    found = re.fullmatch(r"(\d{1,2}) ?(?:-|–|to) ?(\d{1,2})", span)
    if found is None or int(found[1]) >= int(found[2]):
        return (span,)
    return tuple(str(step) for step in range(int(found[1]), int(found[2]) + 1))


def _split(cell: Cell) -> tuple[str, ...]:
    """Splits at semicolons or line breaks; at commas only where there is neither, because labels may hold commas."""
    typed = cell if isinstance(cell, str) else text_of(cell)
    parts = re.split(r"[;\n]", typed) if re.search(r"[;\n]", typed) else typed.split(",")
    return tuple(dict.fromkeys(clean for part in parts if (clean := text_of(part))))


def _parse_themes(rows: Sequence[Row]) -> tuple[tuple[Theme, ...], list[RowIssue]]:
    themes: dict[str, Theme] = {}
    issues: list[RowIssue] = []
    for row in rows:
        name = text_of(row.cells.get("Theme"))
        words = read_list(row.cells.get("Words")) + read_list(row.cells.get("Words in Spanish"))
        if not name or not words:
            lacks = "words that people would use, with semicolons between" if name else "a name in the column Theme"
            issues.append(_issue("Themes", row, "Theme", f"This theme needs {lacks}."))
        elif fold(name) in themes:
            sentence = f"The theme {quoted(name)} stands here twice. We use the first; please put the words together."
            issues.append(_issue("Themes", row, "Theme", sentence))
        else:
            themes[fold(name)] = Theme(name, words, text_of(row.cells.get("Owner")))
    return tuple(themes.values()), issues


def _issue(tab: str, row: Row, column: str, sentence: str) -> RowIssue:
    key = text_of(row.cells.get(column))
    return RowIssue(tab, key, IssueKind.FIX, sentence, column, row.number)
