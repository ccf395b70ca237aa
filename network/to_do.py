"""The *To do* tab, both ways: rows for new tasks, what people answered or asked for, and what each row says of itself.

Reading decides nothing: `jobs.tasks` carries answers out. A cell that is not understood is one plain sentence.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from network.cells import join_or, quoted
from network.members import IssueKind, RowIssue
from network.reply_words import fold
from network.tabs import TO_DO, NewRow, Row, SystemTab, text_of
from network.tasks import ANSWERS, Task, TaskKind, TaskState

STATES_TITLE = "HMN to do"


class RequestKind(StrEnum):
    """What people may type into a new row."""

    WHY = "why"  # why does this person (not) get mail?
    FORGET = "forget"
    COPY = "copy of data"
    ASKED_BACK = "asked back"  # a leader records that a person who said no wants mail again, with the evidence
    STOP_EVERYTHING = "stop everything"


@dataclass(frozen=True, slots=True)
class Answer:
    """One understood answer: the choice as *To do* lists it, and what was added after it."""

    task: Task
    choice: str  # "approve", "hand to", "months"
    argument: str = ""
    remark: str = ""  # what was added to an answer that is complete without it: "done, called her on Friday"

    @property
    def words(self) -> str:
        """The answer as it is kept: "months: Apr-Oct", "hand to Rosa"."""
        if not self.argument:
            return self.choice
        return f"{self.choice} {self.argument}" if self.choice == "hand to" else f"{self.choice}: {self.argument}"


@dataclass(frozen=True, slots=True)
class Request:
    """One understood request; the same text typed twice has one key. The key tells nothing about the person."""

    key: str
    kind: RequestKind
    typed: str
    who: str = ""  # an address or a full name
    evidence: str = ""  # "by phone, 3 May"


@dataclass(frozen=True, slots=True)
class ToDoReading:
    """What people typed into *To do* since we last looked, and what stands there."""

    answers: tuple[Answer, ...]
    requests: tuple[Request, ...]
    issues: tuple[RowIssue, ...]
    seen: frozenset[str] = frozenset()  # references that stand in the tab
    spellings: Mapping[str, str] = field(default_factory=dict)  # a request exactly as it stands -> as it is kept


def read_to_do(rows: Sequence[Row], known: Sequence[Task]) -> ToDoReading:
    """Understands short answers however they are typed, and requests in rows without a reference.

    An answer that was already taken in is not given again; a changed one is. Two rows of one task with different
    answers are a question, not an answer.
    """
    by_number = {number: task for task in known if (number := _number(task.ref))}
    answered: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    requests: dict[str, Request] = {}
    stops = 0
    issues: list[RowIssue] = []
    seen: set[str] = set()
    tasks: dict[str, Task] = {}
    spellings: dict[str, str] = {}
    for row in rows:
        ref, what, answer = (text_of(row.cells.get(name)) for name in ("Ref", "What", "Answer"))
        if not ref:
            outcome = _read_request(row, what) if what else None
            if isinstance(outcome, Request) and outcome.kind is RequestKind.STOP_EVERYTHING:
                # Typed once more, months after somebody let it go on, it means: stop once more.
                stops += 1
                requests[f"{outcome.key}/{stops}"] = replace(outcome, key=f"{outcome.key}/{stops}")
            elif isinstance(outcome, Request):
                requests.setdefault(outcome.key, outcome)
            elif outcome is not None:
                issues.append(outcome)
            if outcome is not None:
                same = requests.get(outcome.key, outcome) if isinstance(outcome, Request) else outcome
                spellings[str(row.cells.get("What"))] = same.typed if isinstance(same, Request) else str(same.key)
            continue
        task = by_number.get(_number(ref))
        if task is None:
            if answer:
                sentence = (
                    f"We know no task {quoted(ref)}. Empty the cell Ref if you want to type a request of your own."
                )
                issues.append(_issue(row, ref, sentence, "Ref"))
            continue
        seen.add(task.ref)
        tasks[task.ref] = task
        if answer:
            answered[task.ref].append((row, answer))
    answers = []
    for ref, typed in answered.items():
        understood = _one_answer(tasks[ref], typed)
        if isinstance(understood, RowIssue):
            issues.append(understood)
        elif understood is not None:
            answers.append(understood)
    return ToDoReading(tuple(answers), tuple(requests.values()), tuple(issues), frozenset(seen), spellings)


def understand_answer(kind: TaskKind, typed: str) -> tuple[str, str, str] | None:
    """The choice that `typed` means for a task of this kind, its argument, a remark; None when it is no choice."""
    plain = _without_courtesy(fold(typed))
    for choice in (*ANSWERS[kind], *_ALSO_UNDERSTOOD.get(kind, ())):
        head, is_open = choice.removesuffix("…").rstrip(" :"), choice.endswith("…")
        spellings = (fold(head), *_OTHER_SPELLINGS.get(head, ()))
        if is_open:
            for spelling in spellings:
                pattern = r"\W*" + r"\W+".join(map(re.escape, spelling.split())) + r"\b[\s:=,;.…–—-]*(?P<rest>.*)"
                if (match := re.fullmatch(pattern, typed.strip(), re.IGNORECASE | re.DOTALL)) is not None:
                    return head, " ".join(match["rest"].split()), ""
        elif plain in spellings:
            return head, "", ""
        elif head in _MAY_ADD and (
            remark := next((_behind(typed, each) for each in spellings if _behind(typed, each)), "")
        ):
            return head, "", remark
    return None


def to_do_rows(tasks: Iterable[Task]) -> list[NewRow]:
    """The rows to add for open tasks that do not stand in the sheet yet; typed requests have a row of their own."""
    return [
        NewRow(
            TO_DO.title,
            "Ref",
            task.ref,
            {"Ref": task.ref, "What": task.what, "Why": task.why, "Who": task.who, "Since": task.since, "Answer": ""},
        )
        for task in tasks
        if task.state is TaskState.OPEN and not task.in_sheet and task.kind is not TaskKind.TYPED_REQUEST
    ]


def state_sentence(task: Task, at: datetime, zone: str) -> str:
    """What *State* says: "open", "open, waiting 2 days", "got it 10:30", "with Rosa", "no longer needed"."""
    if task.state is TaskState.CLOSED:
        return str(TaskState.CLOSED)
    here = ZoneInfo(zone)
    if task.state is TaskState.ANSWERED:
        if task.answered_at is None:
            return str(TaskState.ANSWERED)
        then, today = task.answered_at.astimezone(here), at.astimezone(here).date()
        when = f"{then.hour}:{then.minute:02}" if then.date() == today else f"{then.day} {then:%b}"
        said = f". {task.answer}" if task.kind is TaskKind.TYPED_REQUEST and task.answer else ""
        if task.kind is TaskKind.GOAL:
            said = next((f". {words}" for choice, words in _GOAL_SAID.items() if fold(task.answer) == choice), "")
        return f"{TaskState.ANSWERED} {when}{said}"
    days = (at.astimezone(here).date() - task.since).days
    waiting = f"open, waiting {days} days" if days > 1 else "open"
    return f"{waiting}, with {task.who}" if fold(task.answer).startswith("hand to") else waiting


_GOAL_SAID = {
    "keep": "It is asked again at the next look back.",
    "change": "Please type the new number in Target, or the new day in Target on, in its row of Goals.",
    "close": "It leaves the charts and keeps its history.",
}


def states_tab(
    tasks: Sequence[Task],
    issues: Sequence[RowIssue],
    requests: Mapping[str, str],
    at: datetime,
    zone: str,
    *,
    spellings: Mapping[str, str] | None = None,
) -> SystemTab:
    """Our tab that the column *State* looks into: by reference, or by the words of a typed request.

    Not hidden: without formulas, in local mode, people read it themselves. A sentence about a cell that we could not
    read stands in place of the state.
    """
    # A typed request stands in a row without a reference, and is found by its words.
    own = [task for task in tasks if task.in_sheet and task.kind is not TaskKind.TYPED_REQUEST]
    said = {task.ref: state_sentence(task, at, zone) for task in own}
    said |= {
        task.what: state_sentence(task, at, zone)
        for task in tasks
        if task.kind is TaskKind.TYPED_REQUEST and not task.what.endswith("…")
    }
    said |= requests
    said |= {str(issue.key): issue.sentence for issue in issues if issue.tab == TO_DO.title}
    # The column looks a request up by the very letters of its cell, blanks included.
    said |= {raw: said[kept] for raw, kept in (spellings or {}).items() if kept in said}
    return SystemTab(STATES_TITLE, ("Ref or What", "State"), tuple(said.items()), widths=(30, 70))


# --- answers ---------------------------------------------------------------------------------------------------------

_ALSO_UNDERSTOOD: Mapping[TaskKind, tuple[str, ...]] = {
    # On the phone people also say a plain no, and a leader may pass a call on.
    TaskKind.CALL: ("stop", "hand to …"),
    TaskKind.PERSONAL_NOTE: ("stop", "reached-yes", "new contact: …"),
    TaskKind.ASK_MONTHS: ("not now", "hand to …"),
}
_OTHER_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "approve": ("approved", "i approve", "yes approve", "apruebo", "aprobado"),
    "not yet": ("notyet", "no not yet", "todavia no", "aun no"),
    "stop": ("stop it", "stopped", "alto"),
    "go": ("go on", "go ahead", "adelante"),
    "done": ("its done", "did it", "finished", "completed", "hecho", "listo"),
    "two recipients": ("they are two", "two", "two programs", "not the same", "son dos"),
    "retry": ("try again", "retry it", "send again"),
    "drop": ("drop it", "dropped"),
    "reached-yes": ("reached said yes", "said yes", "yes"),
    "reached-may write": ("may write", "you may write", "reached ok to write", "ok to write"),
    "left message": ("left a message", "left voicemail", "left a voicemail", "voicemail", "message left"),
    "not now": ("later", "not right now", "ahora no"),
    "wrong number": ("number is wrong", "wrong phone", "wrong phone number"),
    "new contact": ("new person",),
    "hand to": ("hand over to", "hand it to", "give to", "pass to"),
    "months": ("open months", "open", "month"),
    "same person": ("same", "one person", "the same person"),
    "two people": ("two persons", "two different people", "different people", "two"),
    "on the agenda": ("agenda",),
    "with name": ("with the name", "with their name", "with her name", "with his name", "con nombre", "con su nombre"),
    "without name": ("without a name", "without the name", "without their name", "no name", "anonymous", "sin nombre"),
    "no": ("they said no", "said no", "do not publish", "dont publish"),
}
# After these a remark does no harm ("done, called her on Friday"); after "approve" it might ("approve, but ...").
_MAY_ADD = frozenset({"done", "left message", "wrong number", "not now", "reached-may write"})
_EXAMPLES = {
    "hand to": "hand to Rosa",
    "months": "months: Apr-Oct",
    "new contact": "new contact: ana@example.org",
    "with name": "with name: We now check hearing in the first week.",
    "without name": "without name: A program now checks hearing in the first week.",
}


def _one_answer(task: Task, typed: Sequence[tuple[Row, str]]) -> Answer | RowIssue | None:
    row, first = typed[0]
    readings = {understand_answer(task.kind, words) for _, words in typed}
    if len(readings) > 1:
        return _issue(row, task.ref, f"{task.ref} stands in two rows with different answers. Please keep one of them.")
    (reading,) = readings
    if reading is None:
        choices = join_or(ANSWERS[task.kind])
        return _issue(row, task.ref, f"{quoted(first)} is no answer that we know here. Please type: {choices}.")
    choice, argument, remark = reading
    if not argument and any(each.startswith(choice) and each.endswith("…") for each in _choices(task.kind)):
        example = _EXAMPLES.get(choice, f"{choice}: your words")
        return _issue(row, task.ref, f"Please say more behind {choice}, like this: {example}.")
    answer = Answer(task, choice, argument, remark)
    if task.state is TaskState.CLOSED or fold(answer.words) == fold(task.answer):
        return None
    return answer


def _choices(kind: TaskKind) -> tuple[str, ...]:
    return (*ANSWERS[kind], *_ALSO_UNDERSTOOD.get(kind, ()))


def _behind(typed: str, spelling: str) -> str:
    """What stands behind a choice and a comma or the like; blank when the text does not begin with the choice."""
    parts = re.split(r"[,.:;(!]|\s[–—-]+\s", typed.strip(), maxsplit=1)
    return parts[1].strip() if len(parts) > 1 and fold(parts[0]) == spelling and parts[1].strip() else ""


def _without_courtesy(plain: str) -> str:
    return re.sub(r"^(?:please|por favor) | (?:please|thanks|thank you|por favor|gracias)$", "", plain)


def _number(ref: str) -> str:
    match = re.fullmatch(r"\W*[tT]?\W*0*(\d+)(?:\.0)?\W*", ref)
    return match[1] if match else ""


# --- requests --------------------------------------------------------------------------------------------------------

_REQUESTS: tuple[tuple[RequestKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (RequestKind.STOP_EVERYTHING, r"(?:please )?stop (?:everything|all)(?: now| please)*[.! ]*"),
        (RequestKind.WHY, r"why\b[\s:,]*(?P<who>.*?)[\s?.]*"),
        (RequestKind.FORGET, r"forget\b[\s:,]*(?P<who>.*?)[\s.]*"),
        (RequestKind.COPY, r"copy(?: of(?: the| all)?)? data\b[\s:,]*(?:of |for )?(?P<who>.*?)[\s.]*"),
        (RequestKind.ASKED_BACK, r"asked back\b[\s:,]*(?P<who>[^,;]*)(?:[,;]\s*(?P<evidence>.*?))?[\s.]*"),
    )
)
_KNOWN_REQUESTS = (
    "why ana@example.org; forget ana@example.org; copy of data ana@example.org; asked back ana@example.org, by phone, "
    "3 May; or stop everything"
)
_SAYS_WHEN = re.compile(
    r"\d|\b(?:today|yesterday|hoy|ayer|(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunes|martes|miercoles|jueves|viernes)\b"
)


def _read_request(row: Row, what: str) -> Request | RowIssue:
    typed = " ".join(what.split())
    for kind, pattern in _REQUESTS:
        match = pattern.fullmatch(typed)
        if match is None:
            continue
        parts = {name: value or "" for name, value in match.groupdict().items()}
        who, evidence = _named(parts.get("who", "")), parts.get("evidence", "").strip()
        if kind is not RequestKind.STOP_EVERYTHING and not who:
            return _issue(row, typed, f"Whom do you mean? Type it like this: {kind} ana@example.org.", "What")
        if kind is RequestKind.ASKED_BACK and not _is_evidence(evidence):
            sentence = f"How and when did they ask? Type it like this: asked back {who}, by phone, 3 May."
            return _issue(row, typed, sentence, "What")
        return Request(_key(typed), kind, typed, who, evidence)
    if any(fuzz.ratio(fold(typed).split()[0], kind.split()[0]) >= 75 for kind in RequestKind if fold(typed)):
        return _issue(row, typed, f"We do not understand {quoted(typed)}. You can type: {_KNOWN_REQUESTS}.", "What")
    sentence = f"This row is yours and we leave it alone. To ask us something, type: {_KNOWN_REQUESTS}."
    return RowIssue(TO_DO.title, typed, IssueKind.NOTE, sentence, "What", row.number)


def _named(who: str) -> str:
    """The address out of "Ana <ana@example.org>", or the words as they are."""
    match = re.search(r"[^\s<>(),;]+@[^\s<>(),;]+", who)
    return match[0].removeprefix("mailto:").rstrip(".").lower() if match else who.strip(" \"'“”")


def _is_evidence(evidence: str) -> bool:
    return len(evidence.split()) >= 2 and _SAYS_WHEN.search(evidence.lower()) is not None


def _key(typed: str) -> str:
    return f"request/{hashlib.sha256(fold(typed).encode()).hexdigest()[:16]}"


def _issue(row: Row, key: str, sentence: str, column: str = "Answer") -> RowIssue:
    return RowIssue(TO_DO.title, key, IssueKind.FIX, sentence, column, row.number)
