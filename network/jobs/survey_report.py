"""What a round of surveys found, in words: the page, the lines of *HMN results*, two files.

Everything but the written answers is made from `SurveyResult`, so it gives nobody away. The written answers are for the
survey's owner alone: they stand in the office's own folder, in no order that tells who wrote what together.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from network.disclosure import OptionShown
from network.goals import sparkline
from network.jobs.results import Line
from network.members import RowIssue
from network.reports import Page, count, harmless, literal, table
from network.statistics import wilson
from network.survey_results import QuestionResult, SurveyResult, share, topics_ranked
from network.surveys import Question, QuestionKind, Response, Survey, Use
from network.tasks import NewTask
from network.themes import ThemeFinder


@dataclass(frozen=True, slots=True)
class SurveyStanding:
    """One survey after a round; `result` is None while there is nothing to show."""

    survey: Survey
    answered: int  # so far, shown or not
    result: SurveyResult | None = None
    themes: tuple[str, ...] = ()  # that five or more spoke of
    waiting: int = 0  # answers kept that are not part of the result yet


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """What one round found and did."""

    standings: tuple[SurveyStanding, ...] = ()
    themes: tuple[str, ...] = ()  # the coordinator's, all of them
    issues: tuple[RowIssue, ...] = ()
    problems: tuple[str, ...] = ()  # sentences about whole tabs, links, files
    fetched: int = 0
    new: int = 0
    tasks: tuple[NewTask, ...] = ()
    queued: int = 0
    asked: int = 0  # approvals asked for
    waiting: Mapping[str, int] = field(default_factory=dict)  # invitations that wait, by reason
    goal_lines: tuple[Line, ...] = ()
    off: str = ""


def page(report: SurveyReport) -> Page:
    """The page of the dashboard: each survey with its response rate, its answers as ranges, its themes."""
    if report.off:
        return Page("hmn-surveys", "Surveys", f"# Surveys\n\n{report.off}")
    parts = ["# Surveys"]
    if not report.standings:
        parts.append("No survey is described yet. Type its questions into the tab *Survey questions*.")
    asides = []
    if report.waiting:
        rows = [(reason, number) for reason, number in sorted(report.waiting.items())]
        asides.append("## Invitations that wait\n\n" + table(("Why", "How many"), rows))
    sentences = [*report.problems, *(f"Row {issue.row}: {issue.sentence}" for issue in report.issues)]
    if sentences:
        asides.append("## To put right in the sheet\n\n" + "\n".join(f"- {sentence}" for sentence in sentences))
    whole, short = (
        "\n\n".join([*parts, *(_of_survey(each, has_tables=has_tables) for each in report.standings), *asides])
        for has_tables in (True, False)
    )
    counts = {
        "answers read": report.fetched,
        "new or changed answers": report.new,
        "survey mails queued": report.queued,
        "approvals asked for": report.asked,
        "things opened in To do": len(report.tasks),
    }
    return Page("hmn-surveys", "Surveys", whole, counts, short)


def result_lines(standings: Sequence[SurveyStanding]) -> tuple[Line, ...]:
    """The surveys' part of *HMN results*: one line a question."""
    lines: list[Line] = []
    for standing in standings:
        rate = _rate(standing)
        lines.append((standing.survey.name, str(standing.answered), rate[0], "", rate[1], ""))
        if standing.result is not None:
            lines += [_line(each) for each in standing.result.questions if each.question.kind is not QuestionKind.TEXT]
            if standing.themes:
                lines.append(("What several wrote about", "", "", "", "; ".join(standing.themes), ""))
    return tuple(lines)


def results_csv(result: SurveyResult) -> str:
    """The tables as shown, one line a row of a table, for whoever wants to go on with them."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Question", "Answer", "How many", "Of", "Likely from %", "Likely to %"))
    for each in result.questions:
        for label, number in _rows(each):
            if isinstance(number, int):
                likely = wilson(number, each.of)
                ends = (f"{likely.low * 100:.0f}", f"{likely.high * 100:.0f}")
            else:
                ends = ("", "")
            writer.writerow((harmless(each.question.text), harmless(label), number, each.of, *ends))
    return text.getvalue()


def written_answers(survey: Survey, responses: Iterable[Response], finder: ThemeFinder) -> str:
    """What people wrote, question by question and theme by theme; says which words may be quoted."""
    consent = survey.of_use(Use.CONSENT)
    texts = [each for each in survey.questions if each.kind is QuestionKind.TEXT and each.use is not Use.REFERENCE]
    written: dict[str, set[tuple[str, bool]]] = {question.id: set() for question in texts}
    for response in responses:
        may_quote = _may_quote(response, consent)
        for question in texts:
            if values := response.answers.get(question.id):
                written[question.id].add((" ".join(" ".join(values).split()), may_quote))
    parts = [f"# {survey.name}: what people wrote", _FOR_THE_OWNER]
    for question in texts:
        parts.append(f"## {question.text}")
        # In the order of the alphabet: the order of arrival would tell which answers belong to one person.
        by_theme: dict[str, list[str]] = {theme: [] for theme in (*finder.names, "")}
        for text, may_quote in sorted(written[question.id]):
            line = f"- {text}{' *(may be quoted)*' if may_quote else ''}"
            for theme in finder.find(text) or ("",):
                by_theme[theme].append(line)
        parts += [
            f"### {theme or 'Everything else'}\n\n" + "\n".join(lines) for theme, lines in by_theme.items() if lines
        ]
    return "\n\n".join(parts) + "\n"


_FOR_THE_OWNER = (
    "For the survey's owner alone. Please do not pass this file on. Quote only what is marked *may be quoted*, and"
    " never with a name."
)


def _of_survey(standing: SurveyStanding, *, has_tables: bool) -> str:
    answered, words = _rate(standing)
    parts = [f"## {literal(standing.survey.name)}", " ".join(part for part in (answered, words) if part)]
    if standing.result is not None:
        counted = [each for each in standing.result.questions if each.question.kind is not QuestionKind.TEXT]
        parts += [_of_question(each) for each in counted if has_tables]
        if topics := topics_ranked(standing.result):
            wanted = "; ".join(f"{literal(topic)} ({number})" for topic, number in topics)
            parts.append(f"**For the next agenda:** {wanted}.")
        if standing.themes:
            themes = "; ".join(map(literal, standing.themes))
            parts.append(f"**What five or more wrote about:** {themes}. Each stands in *To do*.")
        if standing.result.small_groups:
            groups = ", ".join(map(literal, standing.result.small_groups))
            parts.append(f"**Too few to show:** {groups}. *To do* asks somebody to call them.")
        if not has_tables and counted:
            parts.append("The answers to each question stand in *HMN results*.")
        parts.append("The written answers stand in the office's folder, for the survey's owner alone.")
    return "\n\n".join(parts)


def _rate(standing: SurveyStanding) -> tuple[str, str]:
    """How many answered, of how many; and what waits."""
    result = standing.result
    if result is None:
        words = "Results are shown when the survey has closed, or when no answer came for three days."
        return f"{count(standing.answered, 'answer')} so far.", words if standing.answered else ""
    if result.rate is not None and result.asked:
        told = f"{share(result.answered, result.asked)} answered."
    elif result.asked:
        told = (
            f"{count(result.answered, 'answer')}, more than the {result.asked} who were asked: the link was passed on."
        )
    else:
        told = f"{count(result.answered, 'answer')}. How many were asked? Type it in Asked, in Survey questions."
    if not standing.waiting:
        return told, ""
    return told, f"{count(standing.waiting, 'newer answer')} will be shown once enough have come to tell nobody apart."


def _of_question(each: QuestionResult) -> str:
    parts = [f"### {literal(each.question.text)}"]
    if each.is_too_few:
        return f"{parts[0]}\n\nToo few to show."
    if each.shown is not None and each.shown.nearly_all:
        parts.append(f"Nearly everyone said: {literal(each.shown.nearly_all)}.")
    else:
        rows = [
            (literal(label), share(number, each.of) if isinstance(number, int) else number, _bar(number, each.of))
            for label, number in _rows(each)
        ]
        parts.append(table(("Answer", "How many", ""), rows))
    if words := _mean_words(each):
        parts.append(words)
    return "\n\n".join(parts)


def _rows(each: QuestionResult) -> list[tuple[str, int | str]]:
    """The lines of a table: a count, or in words why there is none."""
    if each.shown is not None:
        nobody: list[tuple[str, int | str]] = [(label, "nobody") for label in each.shown.nobody]
        return nobody + [(_label(cell.labels, cell.mostly), cell.count) for cell in each.shown.cells]
    most = sorted(each.options, key=lambda option: -(each.of if option.is_nearly_all else option.count or 0))
    return [(option.label, _words(option) if option.count is None else option.count) for option in most]


def _words(option: OptionShown) -> str:
    return "nearly everyone" if option.is_nearly_all else "fewer than five" if option.is_small else "too few to say"


def _label(labels: Sequence[str], mostly: str) -> str:
    together = " or ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else labels[0]
    return f"{together} (mostly {mostly})" if mostly and len(labels) > 1 else together


def _bar(number: int | str, of: int) -> str:
    return "█" * round(20 * number / of) if isinstance(number, int) and of else ""


def _mean_words(each: QuestionResult) -> str:
    if each.mean is None:
        return each.change
    low, high = f"{each.mean.low:.1f}", f"{each.mean.high:.1f}"
    mean = low if low == high else f"{low} to {high}"
    likely = f"likely {each.mean.likely.low:.1f} to {each.mean.likely.high:.1f}"
    return f"On average {mean} of {each.mean.top} ({likely}). {each.change}".strip()


def _line(each: QuestionResult) -> Line:
    if each.is_too_few:
        return (each.question.text, "", str(each.of), "", "Too few to show.", "")
    if each.shown is not None and each.shown.nearly_all:
        return (each.question.text, "", str(each.of), "", f"Nearly everyone said: {each.shown.nearly_all}.", "")
    rows = _rows(each)
    words = "; ".join(f"{label}: {number}" for label, number in rows)
    numbers = [float(number) for _, number in rows if isinstance(number, int)]
    mean = f"{each.mean.value:.1f}" if each.mean else ""
    likely = f"likely {each.mean.likely.low:.1f} to {each.mean.likely.high:.1f}" if each.mean else ""
    shape = sparkline(numbers) if each.question.kind is QuestionKind.SCALE else ""
    return (
        each.question.text,
        mean,
        str(each.of),
        likely,
        " ".join(part for part in (words + ".", each.change) if part),
        shape,
    )


def _may_quote(response: Response, consent: Sequence[Question]) -> bool:
    """Only a plain yes to the form's own question; without such a question nothing may be quoted."""
    answers = [value.strip().casefold() for question in consent for value in response.answers.get(question.id, ())]
    return bool(answers) and all(answer.startswith(("yes", "sí", "si")) for answer in answers)
