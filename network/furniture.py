"""What the workbook looks like on the first day: its tabs, their columns, words on headers and choices in cells.

`hmn init` makes or adopts them; the other tabs of people are made when their job is switched on in *Settings*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from network.adoption import UnknownHeader
from network.members import Status
from network.newsletter_blocks import BLOCKS
from network.roles import OFFERED as ROLES
from network.settings_rows import SETTINGS as LINES
from network.surveys import QuestionKind, Use
from network.tabs import (
    GOALS,
    MEMBERS,
    MESSAGES,
    NEWSLETTER,
    PROGRAMS,
    QUIET_DATES,
    SETTINGS,
    SURVEY_QUESTIONS,
    THEMES,
    TO_DO,
    TabSpec,
)
from network.tasks import ANSWERS

START_HERE = "Start here"
JOBS = ("recruitment", "newsletter", "surveys", "goals", "digest")


@dataclass(frozen=True, slots=True)
class TabPlan:
    """One tab of people as it is made: its columns, the rows it begins with, and what helps whoever types there."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = ()
    notes: Mapping[str, str] = field(default_factory=dict)  # on headers
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)  # offered; other words may be typed
    collapsed_from: str = ""  # this column and those behind it are folded away
    has_open_view: bool = False  # a view of the rows without an answer
    widths: Sequence[int] = ()  # characters, one a column


@dataclass(frozen=True, slots=True)
class Furnished:
    """What was done, or would be; `questions` are what only a person can decide, `unknown` what she may explain."""

    steps: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    unknown: tuple[UnknownHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class TabsMade:
    """The tabs that stand now, and in words why the others cannot be made yet."""

    titles: tuple[str, ...] = ()
    why_not: str = ""


def first_tabs() -> tuple[TabPlan, ...]:
    """The four tabs of people on the first day; *HMN today* is ours and comes with them."""
    return (_start_here(), _members(), _to_do(), _settings())


def later_tabs(jobs: Iterable[str]) -> tuple[TabPlan, ...]:
    """The tabs that the jobs in use need besides, in the order of the sheet."""
    wanted = set(jobs)
    specs = {
        PROGRAMS: {"recruitment", "goals"},
        MESSAGES: {"recruitment", "newsletter"},
        NEWSLETTER: {"newsletter"},
        SURVEY_QUESTIONS: {"surveys"},
        THEMES: {"surveys"},
        GOALS: {"goals"},
        QUIET_DATES: {"recruitment"},
    }
    return tuple(_plain(spec) for spec, needed_by in specs.items() if wanted & needed_by)


def plan_of(title: str) -> TabPlan | None:
    """The plan of a tab of people by its title; None for a tab we do not know."""
    return next((plan for plan in (*first_tabs(), *later_tabs(JOBS)) if plan.title == title), None)


def _plain(spec: TabSpec) -> TabPlan:
    columns = [column.name for column in spec.columns if not column.is_ours]
    notes = {name: words for (tab, name), words in _LATER_NOTES.items() if tab == spec.title}
    choices = {name: offered for (tab, name), offered in _LATER_CHOICES.items() if tab == spec.title}
    return TabPlan(spec.title, columns, (), notes, choices, widths=[_WIDTHS.get(name, 16) for name in columns])


def _start_here() -> TabPlan:
    lines = _HOW_IT_WORKS.strip().splitlines()
    return TabPlan(START_HERE, ("How this sheet works",), [(line,) for line in lines], widths=(120,))


def _members() -> TabPlan:
    names = [column.name for column in MEMBERS.columns if not column.is_ours]
    notes = {
        "Email": "One address a person. It is needed unless there is a phone.",
        "Status": "Member, Invite, On hold, Left or Do not contact. Blank: nothing is sent.",
        "Organization": "The program, as in the tab Programs.",
        "Newsletter": "yes only when this person asked for it.",
        "Where we got the address": "It is said in every invitation, so please fill it in for people you invite.",
    }
    choices = {
        "Status": [str(status) for status in Status if status],
        "Role": (*ROLES, "Director", "Champion", "Partner"),
        "Newsletter": ("yes", "no"),
        "Preferred contact": ("email", "phone", "both"),
        "Language": ("English", "Spanish"),
    }
    columns = ["What we will do", *names]
    return TabPlan(MEMBERS.title, columns, (), notes, choices, "Grant number", widths=(50, 14, 18, 30, 16, 34))


def _to_do() -> TabPlan:
    words = list(dict.fromkeys(word for answers in ANSWERS.values() for word in answers if not word.endswith("…")))
    notes = {
        "Ref": "We write this. Leave it blank in a row of your own.",
        "What": "Or type a request in a new row: why …, forget …, copy of data …, asked back …, stop everything.",
        "Answer": "A word from the list, or what What asks for.",
    }
    columns = [column.name for column in TO_DO.columns]
    widths = (8, 44, 50, 18, 12, 24, 36)
    return TabPlan(TO_DO.title, columns, (), notes, {"Answer": words}, has_open_view=True, widths=widths)


def _settings() -> TabPlan:
    starting = {"Sending": "off", "Time zone": "America/New_York"}
    rows = [(line.name, starting.get(line.name, ""), line.what) for line in LINES if not line.name.endswith("…")]
    rows += [(f"Job: {job}", "on" if job == "digest" else "off", "on or off") for job in JOBS]
    rows += [(f"Block: {block}", switch, what) for block, (switch, what) in BLOCKS.items()]
    notes = {"Value": "Type here. A blank line keeps what is usual."}
    return TabPlan(SETTINGS.title, [column.name for column in SETTINGS.columns], rows, notes, widths=(26, 44, 90))


_HOW_IT_WORKS = """
This sheet is yours. The system reads it and never changes or deletes what you type. It only adds rows under a header.
Tabs whose names begin with HMN are written by the system: read them, type elsewhere.
Members: one row a person. A name and an email or a phone are enough. Sort, filter and add columns as you like.
Status decides. Member: already with us. Invite: please invite. On hold, Left, Do not contact or blank: no mail.
What we will do, beside each row, says what we understood. Where it says Fix, it says what to type instead.
To do: what only a person can decide. Answer with a word, or type a request in What: why ana@example.org.
Settings: who you are and what may be sent. Sending: off stops everything; only to me shows you each mail first.
HMN today: what was read, what to fix, what goes out next. Its first line says LATE when the system stands still.
Colors: orange is to fix, yellow waits for you, green is good news, blue goes out next. The words say the same.
Whoever says stop is never written to again. Questions: ask the technical contact named in Settings.
"""

# Characters; what is not named here is short.
_WIDTHS = {
    "Recipient": 40,
    "Program type": 24,
    "Front-desk email": 28,
    "Director": 22,
    "Director email": 28,
    "Whom to ask first": 24,
    "Notes": 40,
    "Note": 40,
    "Why": 40,
    "Letter": 24,
    "Subject": 36,
    "Subject in Spanish": 36,
    "Text": 70,
    "Text in Spanish": 70,
    "Title": 36,
    "Link": 30,
    "Image": 30,
    "Image description": 30,
    "Survey": 30,
    "Question": 20,
    "Choices": 36,
    "Labels": 36,
    "Theme": 24,
    "Words": 50,
    "Words in Spanish": 50,
    "Goal": 36,
    "Metric": 30,
}
_LATER_CHOICES: Mapping[tuple[str, str], Sequence[str]] = {
    (PROGRAMS.title, "Program type"): ("Head Start", "Tribal (AI/AN)", "Migrant and Seasonal"),
    (NEWSLETTER.title, "For"): ("members", "directors and partners", "all"),
    (NEWSLETTER.title, "Language"): ("English", "Spanish"),
    (NEWSLETTER.title, "May publish"): ("yes", "no"),
    (SURVEY_QUESTIONS.title, "Kind"): [str(kind) for kind in QuestionKind],
    (SURVEY_QUESTIONS.title, "Use"): [str(use) for use in Use if use],
    (SURVEY_QUESTIONS.title, "Anonymous"): ("yes", "no"),
    (GOALS.title, "Direction"): ("more", "less"),
    (QUIET_DATES.title, "For"): ("all", "Head Start", "Tribal (AI/AN)", "Migrant and Seasonal"),
}
_LATER_NOTES: Mapping[tuple[str, str], str] = {
    (PROGRAMS.title, "Grant number"): "One row a grant. Imports only add rows; what you type wins.",
    (
        PROGRAMS.title,
        "Open months",
    ): "For Migrant and Seasonal programs: Apr-Oct. Blank: we ask before anything is mailed.",
    (PROGRAMS.title, "Whom to ask first"): "Somebody to speak with before a letter goes there.",
    (
        MESSAGES.title,
        "Letter",
    ): "Your wording over ours: the letter's name, such as Head Start, Letter 1. Blank: a notice.",
    (
        MESSAGES.title,
        "Text",
    ): "[First name], [Program] and [My name] are filled in; everything else goes as you type it.",
    (NEWSLETTER.title, "Issue"): "One row a piece; pieces of one issue have one name here.",
    (NEWSLETTER.title, "May publish"): "yes only when whoever is named or quoted has agreed.",
    (SURVEY_QUESTIONS.title, "Question"): "A short name of the question; the words people read stand under Text.",
    (THEMES.title, "Words"): "Words that mean this theme, with semicolons between.",
    (GOALS.title, "Metric"): "What is counted, in our words, or any of yours when you type the number under Value.",
    (QUIET_DATES.title, "For"): "all, a state, a program type or a grant number.",
}
