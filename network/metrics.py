"""The catalogue of metrics: what a goal may be measured by, each a plain function of what the office remembers.

What coordinators read of a metric is the docstring of its function. Every metric counts the network as a whole; none is
kept for a person or a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from network.cells import fold
from network.coverage import Standing, coverage
from network.disclosure import SMALLEST_GROUP
from network.goal_rows import MetricKind
from network.goals import Direction, Goal, Snapshot, Unit
from network.ideas import ideas
from network.members import Person, RoleKind, Status
from network.messages import MessageRecord, State, Stream
from network.newsletter import IssueRecord, IssueState
from network.programs import Program, ProgramType
from network.survey_results import QuestionResult, SurveyResult
from network.surveys import QuestionKind
from network.tasks import Task, TaskKind, TaskState

_YEAR = timedelta(days=365)
_ISSUES = 3  # of the newsletter, looked at together: one alone says little


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the metrics of one day are counted from."""

    on: date
    people: Sequence[Person] = ()
    programs: Sequence[Program] = ()
    states: Sequence[str] = ()  # in scope; none means everywhere
    records: Sequence[MessageRecord] = ()
    tasks: Sequence[Task] = ()
    issues: Sequence[IssueRecord] = ()
    results: Sequence[SurveyResult] = ()  # as shown, newest last
    confirmed: Mapping[str, date] = field(default_factory=dict)  # person id -> when they last said "still right"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value; `base` is what it is a part of, or how many answers stand behind it."""

    value: float
    base: int | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue. Measuring gives a value, or the sentence why there is none."""

    name: str
    unit: Unit
    meaning: str
    measure: Callable[[Remembered, Goal | None], Measured | str]
    aliases: tuple[str, ...] = ()
    is_of_goal: bool = False
    is_sample: bool = False
    better: Direction | None = None
    is_dated: bool = False  # what it counts is dated, so that any past day can be counted just as well

    @property
    def kind(self) -> MetricKind:
        """What reading the *Goals* tab needs to know."""
        return MetricKind(self.name, self.unit, self.is_of_goal, self.is_sample, self.better)


CATALOGUE: dict[str, Metric] = {}


def spellings() -> dict[str, MetricKind]:
    """Every spelling of every metric, folded."""
    return {fold(name): metric.kind for metric in CATALOGUE.values() for name in (metric.name, *metric.aliases)}


def measure(name: str, remembered: Remembered, goal: Goal | None = None) -> Measured | str:
    """Measures one metric of the catalogue; KeyError for a name that is not in it."""
    return CATALOGUE[name].measure(remembered, goal)


def backfilled(name: str, remembered: Remembered) -> list[Snapshot]:
    """What a metric was on a day of each of the last 52 weeks, where all that it counts is dated; else nothing.

    For the first day of a goal, so that it does not begin blind. No week before the office knew anybody is told.
    """
    metric, first = CATALOGUE[name], min((each.first_seen.date() for each in remembered.people), default=remembered.on)
    days = [remembered.on - timedelta(weeks=week) for week in range(1, 53)] if metric.is_dated else []
    past = [(day, metric.measure(replace(remembered, on=day), None)) for day in days if day > first]
    return [Snapshot(name, day, told.value, told.base) for day, told in past if isinstance(told, Measured)]


_Measure = Callable[[Remembered, Goal | None], Measured | str]


def _metric(
    name: str,
    unit: Unit,
    *aliases: str,
    meaning: str = "",
    better: Direction | None = Direction.MORE,
    is_of_goal: bool = False,
    is_sample: bool = False,
    is_dated: bool = False,
) -> Callable[[_Measure], _Measure]:
    """Puts a function into the catalogue; what coordinators read of it is its docstring, said once."""

    def enter(function: _Measure) -> _Measure:
        says = meaning or (function.__doc__ or "").strip()
        CATALOGUE[name] = Metric(name, unit, says, function, aliases, is_of_goal, is_sample, better, is_dated)
        return function

    return enter


MEMBERS = "active members"  # measured every day, goal or none: who left is known only by comparing


@_metric(MEMBERS, Unit.COUNT, "members")
def active_members(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """People of the sheet with the status *Member*."""
    return Measured(sum(person.is_active_member for person in remembered.people))


@_metric("programs represented", Unit.COUNT, "programs with a member")
def programs_represented(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """Recipients in scope with at least one active member."""
    found = coverage(remembered.programs, remembered.people, states=remembered.states)
    if not found.total:
        return _NO_PROGRAMS
    return Measured(sum(each is Standing.MEMBER for each in found.standings.values()), found.total)


@_metric("coverage", Unit.PERCENT)
def all_coverage(remembered: Remembered, goal: Goal | None = None) -> Measured | str:
    """The part of all recipients in scope with at least one active member."""
    represented = programs_represented(remembered, goal)
    return represented if isinstance(represented, str) else _percent(int(represented.value), represented.base or 0)


def _coverage_of(program_type: ProgramType) -> _Measure:
    def of_type(remembered: Remembered, _: Goal | None) -> Measured | str:
        found = coverage(remembered.programs, remembered.people, states=remembered.states).types[program_type]
        return _percent(found.count(Standing.MEMBER), found.total) if found.total else _NO_PROGRAMS

    return of_type


for _name, _aliases, _type, _words in (
    ("AI/AN coverage", ("Tribal coverage", "Tribal (AI/AN) coverage"), ProgramType.AIAN, "Tribal (AI/AN)"),
    ("MSHS coverage", ("Migrant and Seasonal coverage",), ProgramType.MSHS, "Migrant and Seasonal"),
    ("Head Start coverage", (), ProgramType.HS_EHS, "all other Head Start and Early Head Start"),
):
    _meaning = f"The part of {_words} recipients in scope with at least one active member."
    _metric(_name, Unit.PERCENT, *_aliases, meaning=_meaning)(_coverage_of(_type))


@_metric("directors who have our contact", Unit.PERCENT, "directors with our contact")
def directors_with_contact(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of recipients whose director takes part, or got a mail of ours that says whom to call."""
    here = {program.id for program in remembered.programs if _is_in_scope(program, remembered.states)}
    if not here:
        return _NO_PROGRAMS
    directors = {
        person.id: person
        for person in remembered.people
        if person.member.role_kind is RoleKind.DIRECTOR and person.in_sheet and person.recipient_id in here
    }
    written = {record.message.person_id for record in remembered.records if _is_sent_by(record, remembered.on)}
    reached = {person.recipient_id for person in directors.values() if person.is_active_member or person.id in written}
    return _percent(len(reached), len(here))


@_metric("data confirmed this year", Unit.PERCENT, "members whose data were confirmed this year")
def data_confirmed(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of active members who said in the last 12 months that what we know of them is right."""
    active = [person.id for person in remembered.people if person.is_active_member]
    since = remembered.on - _YEAR
    confirmed = sum(remembered.confirmed.get(person_id, date.min) > since for person_id in active)
    return _percent(confirmed, len(active)) if active else "There are no members yet."


@_metric("response rate", Unit.PERCENT, "survey response rate")
def response_rate(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of those asked who answered the latest survey."""
    known = [each for each in remembered.results if each.rate is not None]
    if not known:
        return "No survey yet of which we know how many were asked: type it in Asked, in Survey questions."
    return _percent(known[-1].answered, known[-1].asked or 0)


@_metric("survey mean", Unit.SCORE, "mean", better=None, is_of_goal=True, is_sample=True)
def survey_mean(remembered: Remembered, goal: Goal | None) -> Measured | str:
    """The mean of the scale question that names this goal in *Survey questions*, lowest step 1."""
    found = _question_of(remembered, goal)
    if isinstance(found, str):
        return found
    return Measured(round(found.mean.value, 2), found.of) if found.mean else "Too few answers to show a mean."


@_metric("survey share", Unit.PERCENT, "share", better=None, is_of_goal=True, is_sample=True)
def survey_share(remembered: Remembered, goal: Goal | None) -> Measured | str:
    """The part who chose one of the two highest steps of a scale, or the first answer of a choice."""
    found = _question_of(remembered, goal)
    if isinstance(found, str):
        return found
    is_scale = found.question.kind is QuestionKind.SCALE
    wanted = set(found.question.labels[-2:] if is_scale else found.question.labels[:1])
    shown = [(option.label, option.count) for option in found.options if option.label in wanted]
    if shown and shown[0][1] is not None:
        return _percent(shown[0][1], found.of)
    cells = [cell for cell in found.shown.cells if wanted.intersection(cell.labels)] if found.shown else []
    if not cells or any(not wanted.issuperset(cell.labels) for cell in cells):
        return "Too few answers to show this share."
    return _percent(sum(cell.count for cell in cells), found.of)


@_metric("newsletter delivered", Unit.PERCENT)
def newsletter_delivered(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of the addresses of the last three issues that took the newsletter."""
    sent = _summed(remembered, ("delivered", "bounced"))
    if sum(sent.values()):
        return _percent(int(sent["delivered"]), int(sum(sent.values())))
    ours = _newsletter_mails(remembered)
    gone = sum(record.state is State.SENT for record in ours)
    failed = sum(record.state is State.FAILED for record in ours)
    return _percent(gone, gone + failed) if gone + failed else _NO_ISSUE


def _newsletter_part(what: str) -> _Measure:
    def part(remembered: Remembered, _: Goal | None) -> Measured | str:
        if not any(what in issue.report for issue in _last_issues(remembered)):
            return _NO_ISSUE
        counted = _summed(remembered, ("delivered", what))
        return _percent(int(counted[what]), int(counted["delivered"])) if counted["delivered"] else _NO_ISSUE

    return part


for _name, _what, _words, _better in (
    ("newsletter clicked", "clicked", "followed a link", Direction.MORE),
    ("newsletter unsubscribed", "unsubscribed", "left it; less is better", Direction.LESS),
):
    _meaning = f"Of those who got the last three issues, the part that {_words}."
    _metric(_name, Unit.PERCENT, meaning=_meaning, better=_better)(_newsletter_part(_what))


@_metric("replies answered within a day", Unit.PERCENT, is_dated=True)
def replies_within_a_day(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of the last 90 days' replies that a person answered by the end of the next day."""
    since = remembered.on - timedelta(days=90)
    replies = [
        task
        for task in remembered.tasks
        if task.kind is TaskKind.ANSWER_REPLY and since <= task.since < remembered.on - timedelta(days=1)
    ]
    if not replies:
        return "No replies to answer in the last 90 days."
    # Handing a reply to a colleague also has a moment, but whoever wrote has no answer yet.
    quick = sum(
        task.state is TaskState.ANSWERED
        and task.answered_at is not None
        and task.answered_at.date() <= task.since + timedelta(days=1)
        for task in replies
    )
    return _percent(quick, len(replies))


@_metric("retention over 12 months", Unit.PERCENT, "retention")
def retention(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """Of those who joined between 12 and 24 months ago, the part that still takes part."""
    newest, oldest = remembered.on - _YEAR, remembered.on - 2 * _YEAR
    joined = [
        person
        for person in remembered.people
        if (day := _joined_on(person)) is not None and oldest <= day <= newest and person.member.status in _ONCE_MEMBERS
    ]
    if len(joined) < SMALLEST_GROUP:
        return "Fewer than five people joined between 12 and 24 months ago: too few to say."
    return _percent(sum(person.is_active_member for person in joined), len(joined))


@_metric("referrals", Unit.COUNT, is_dated=True)
def referrals(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """People first seen in the last 12 months whom somebody referred to us."""
    since = remembered.on - _YEAR
    referred = [each for each in remembered.people if each.member.referred_by]
    return Measured(sum(since < each.first_seen.date() <= remembered.on for each in referred))


@_metric("ideas closed", Unit.PERCENT)
def ideas_closed(remembered: Remembered, _: Goal | None = None) -> Measured | str:
    """The part of ideas from surveys that ended with an answer: done, or not now with the reason."""
    found = ideas(remembered.tasks)
    return _percent(sum(idea.is_ended for idea in found), len(found)) if found else "No ideas from surveys yet."


def _from_pir(_: Remembered, __: Goal | None) -> Measured | str:
    return "It comes once a year, when the technical contact imports the federal file."


for _name, _words in (
    ("children up to date on health care", "were up to date on the state's EPSDT schedule at the end of the year"),
    ("children with ongoing health care", "had an ongoing source of health care at the end of the year"),
    ("children with health insurance", "had health insurance at the end of the year"),
):
    _metric(_name, Unit.PERCENT, meaning=f"From PIR, over all programs here: the part of children who {_words}.")(
        _from_pir
    )


@_metric("manual", Unit.COUNT, "by hand", better=None, is_of_goal=True)
def by_hand(_: Remembered, goal: Goal | None) -> Measured | str:
    """The number in the column *Value*."""
    if goal is None or goal.value is None:
        return "Type the number of today in the column Value."
    return Measured(goal.value)


_NO_PROGRAMS = "No programs of this kind are known here. Import them, or check States in Settings."
_NO_ISSUE = "No issue of the newsletter has a report of this yet."
_ONCE_MEMBERS = frozenset({Status.MEMBER, Status.LEFT, Status.ON_HOLD, Status.DO_NOT_CONTACT})


def _percent(count: int, of: int) -> Measured:
    return Measured(round(100 * count / of, 1), of)


def _is_in_scope(program: Program, states: Sequence[str]) -> bool:
    return not states or bool(set(states).intersection(program.states))


def _is_sent_by(record: MessageRecord, on: date) -> bool:
    streams = (Stream.RECRUITMENT, Stream.WELCOME, Stream.STILL_RIGHT)
    return record.state is State.SENT and record.message.stream in streams and record.changed_at.date() <= on


def _joined_on(person: Person) -> date | None:
    if person.member.joined_on is not None:
        return person.member.joined_on
    return person.became_member_at.date() if person.became_member_at else None


def _question_of(remembered: Remembered, goal: Goal | None) -> QuestionResult | str:
    """The newest result of the question that names the goal."""
    name = fold(goal.name) if goal else ""
    for result in reversed(remembered.results):
        for each in result.questions:
            if each.question.goal and fold(each.question.goal) == name and each.question.kind is not QuestionKind.TEXT:
                return each
    return "No answers yet to a question that names this goal in the column Goal of Survey questions."


def _newsletter_mails(remembered: Remembered) -> list[MessageRecord]:
    """The mails of the last three issues that went out singly, before they have a report."""
    ours = [record for record in remembered.records if record.message.stream is Stream.NEWSLETTER]
    latest: dict[str, datetime] = {}
    for record in ours:
        item = record.message.item
        latest[item] = max(record.changed_at, latest.get(item, record.changed_at))
    wanted = sorted(latest, key=lambda item: latest[item])[-_ISSUES:]
    return [record for record in ours if record.message.item in wanted]


def _last_issues(remembered: Remembered) -> list[IssueRecord]:
    told = [issue for issue in remembered.issues if issue.state is IssueState.REPORTED and issue.report]
    names = list(dict.fromkeys(issue.issue for issue in sorted(told, key=lambda each: each.changed_at)))[-_ISSUES:]
    return [issue for issue in told if issue.issue in names]


def _summed(remembered: Remembered, names: Sequence[str]) -> dict[str, float]:
    return {name: sum(issue.report.get(name, 0) for issue in _last_issues(remembered)) for name in names}
