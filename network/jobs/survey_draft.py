"""Drafts *Survey questions* from a form or a table of answers: a row for each question that does not stand there yet.

Only rows are added, each once; nothing a person typed is changed, and a row that somebody took out is not added again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from network.cells import fold
from network.errors import TransientError
from network.furniture import later_tabs
from network.keys import fitted
from network.ports import Office
from network.reports import Page, count, table
from network.survey_outline import Asked, Outline, new_questions
from network.survey_rows import parse_surveys
from network.surveys import Survey, Use
from network.tabs import SURVEY_QUESTIONS, NewRow, TabRows, understand


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a draft brought, or with `dry_run` would."""

    survey: str
    rows: tuple[NewRow, ...] = ()
    added: tuple[str, ...] = ()  # keys of rows that stand there now
    known: int = 0  # questions that stood there already
    checks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    dry_run: bool = False


def draft_survey(office: Office, place: str, *, dry_run: bool = False) -> Drafted:
    """Drafts the rows of one place; raises what the place raises when it cannot be read."""
    outline = office.surveys.outline(place)
    tab = _tab(office)
    if tab.lacks_required and not tab.is_missing:
        return Drafted(outline.title, problems=tab.problems, dry_run=dry_run)
    survey = _standing(parse_surveys(tab.rows, ()).surveys, outline)
    name = survey.name if survey else outline.title
    rows = _rows(name, outline, survey)
    asked = {each.text for each in new_questions(outline, survey)}
    checks = _checks(outline, asked, survey)
    if "surveys" not in office.preferences().jobs:
        checks = (*checks, _SWITCHED_OFF)
    drafted = Drafted(name, rows, known=len(outline.questions) - len(asked), checks=checks, dry_run=dry_run)
    if dry_run or not rows:
        return drafted
    if tab.is_missing:
        office.workbook.make_tabs(later_tabs(["surveys"]))
    return replace(drafted, added=tuple(office.workbook.add_rows(rows)))


def page(drafted: Drafted) -> Page:
    """What was added and what the coordinator should look at, in plain words."""
    verb = "would be added to" if drafted.dry_run else "now stand in"
    number = len(drafted.rows) if drafted.dry_run else len(drafted.added)
    parts = [f"# {drafted.survey}: draft of Survey questions", *drafted.problems]
    if not drafted.problems:
        parts.append(f"{count(number, 'row')} {verb} *Survey questions*; {drafted.known} stood there already.")
    if drafted.rows:
        told = [(row.cells["Question"], row.cells["Kind"], row.cells.get("Choices", "")) for row in drafted.rows]
        parts.append(table(("Question", "Kind", "Choices"), [tuple(str(cell or "") for cell in row) for row in told]))
    if not drafted.dry_run and len(drafted.added) < len(drafted.rows):
        parts.append("Some rows could not be added now, most likely because the file is open. Close it and try again.")
    if drafted.rows:
        checks = [*drafted.checks, *_ALWAYS]
        parts.append("## Please check\n\n" + "\n".join(f"- {check}" for check in checks))
    counts = {"rows drafted": len(drafted.rows), "rows added": len(drafted.added)}
    return Page("hmn-survey-draft", "Survey questions: a draft", "\n\n".join(parts), counts)


_ALWAYS = (
    "Kind: topic instead of choice or many where people choose what to talk about.",
    "Goal: type the name of a goal where an answer feeds one.",
    "Use: group for the question that says whom somebody speaks for; ideas for what the network should do.",
    "Opens on and Closes on: nobody is asked before you type a day. Anonymous: blank counts as yes.",
)
_SWITCHED_OFF = "Surveys are off. In Settings, type on beside Job: surveys."
_OWN_LINK = (
    "Link: to remind only those who have not answered, choose Get pre-filled link in the form, type REFERENCE into the"
    " question for the reference, copy the link, and type [Reference] in its place."
)


def _tab(office: Office) -> TabRows:
    reading = office.workbook.read(None)
    if reading is None:
        raise TransientError("The sheet could not be read just now. Please try again.")
    return understand(reading, SURVEY_QUESTIONS)


def _standing(surveys: Sequence[Survey], outline: Outline) -> Survey | None:
    """The survey that the rows describe already: by its name, else the one that asks most of the same."""
    named = next((each for each in surveys if fold(each.name) == fold(outline.title)), None)
    if named:
        return named
    total = len(outline.questions)
    shared = [(total - len(new_questions(outline, each)), each) for each in surveys]
    most, best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return best if most * 2 > total else None


def _rows(name: str, outline: Outline, survey: Survey | None) -> tuple[NewRow, ...]:
    rows = [_row(name, each) for each in new_questions(outline, survey)]
    if rows and survey is None and outline.link:
        rows[0] = replace(rows[0], cells={**rows[0].cells, "Link": outline.link})
    return tuple(rows)


def _row(name: str, asked: Asked) -> NewRow:
    # The question's own words may stand in another survey too: the note makes the row recognisable.
    key = fitted(f"Drafted from {name}: {asked.text}", 300)
    cells = {
        "Survey": name,
        "Question": asked.text,
        "Kind": str(asked.kind),
        "Choices": "; ".join(asked.labels),
        "Labels": "; ".join(f"{label} = {meaning}" for label, meaning in asked.meanings.items()),
        "Goal": "",
        "Use": str(asked.use) if asked.use is not Use.NONE else "",
        "Note": key,
    }
    return NewRow(SURVEY_QUESTIONS.title, "Note", key, {column: text for column, text in cells.items() if text})


def _checks(outline: Outline, new: set[str], survey: Survey | None) -> tuple[str, ...]:
    checks = [*outline.remarks, *(f"{each.text}: {each.check}" for each in outline.questions if each.check)]
    checks = [check for check in checks if check]
    if new and survey is None and outline.link:
        checks.append(_OWN_LINK)
    return tuple(dict.fromkeys(checks))
