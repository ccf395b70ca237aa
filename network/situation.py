"""What planning looks at and what it finds: a `Situation` at one moment, and the `Agenda` that follows from it.

`invitations` makes the one from the other; `assume` is how a preview moves the clock without writing anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from network.approvals import Approval
from network.cadence import local_day
from network.consent import ConsentFacts
from network.members import Person
from network.messages import State, Stream
from network.preferences import Preferences
from network.programs import Program, ProgramType
from network.sequences import Act, Enrollment, PlannedTouch
from network.sequences import Sequence as Track
from network.tasks import NewTask, Task
from network.tracks import Letter

ON_ITS_WAY = frozenset({State.QUEUED, State.CLAIMED, State.DISPATCHING})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What planning needs to know of a message: whose, where it stands, when."""

    key: str
    person_id: str
    address: str
    stream: Stream
    state: State
    due_at: datetime
    moved_at: datetime  # when it reached its state: for a sent one, when it was sent
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything planning looks at, at one moment."""

    people: Mapping[str, Person]
    programs: Mapping[str, Program]
    facts: Mapping[str, ConsentFacts]
    enrollments: Sequence[Enrollment]
    tasks: Mapping[str, Task]  # by key
    deliveries: Mapping[str, Delivery]  # by message key
    approval_of: Callable[[str], Approval | None]
    tracks: Mapping[str, Track]
    letters: Mapping[tuple[str, str], Letter]  # by (track, letter)
    preferences: Preferences
    first_live_day: date | None = None


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter that goes now, not yet rendered."""

    person: Person
    program: Program | None
    track: Track
    act: Act
    letter: Letter
    item: str
    step: str  # the step's id; "letter-1-again" when the first was never sent
    due_at: datetime
    not_after: datetime
    leader: str
    approval_item: str
    fingerprint: str

    @property
    def key(self) -> str:
        return f"{self.track.stream}/{self.item}/{self.step}/{self.person.id}"


@dataclass(frozen=True, slots=True)
class ApprovalNeed:
    """A letter that needs a person's yes before it first goes to this audience."""

    item: str
    fingerprint: str
    title: str
    addressees: int
    track: Track
    letter: Letter
    kind: ProgramType
    program: Program | None = None  # a Tribal program is asked about by itself

    @property
    def audience(self) -> str:
        """Who gets the letter, in words for the coordinator's own eyes."""
        if self.program is not None:
            return f"{_people(self.addressees)} of {self.program.name}, and nobody of another program"
        now = f"{_people(self.addressees)} now" if self.addressees else "nobody yet"
        return f"{now}, later ones like them as well"


@dataclass(slots=True)
class Agenda:
    """What should happen now; everything in the order in which it is carried out."""

    at: datetime
    enrollments: list[Enrollment] = field(default_factory=list)  # new, moved on or ended
    letters: list[DueLetter] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    approvals: dict[str, ApprovalNeed] = field(default_factory=dict)
    needless: set[str] = field(default_factory=set)  # keys of tasks that nobody needs to do any more
    withdrawn: dict[str, str] = field(default_factory=dict)  # message key -> why it is no longer wanted
    held: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    touches: list[PlannedTouch] = field(default_factory=list)
    story: list[tuple[str, str, str]] = field(default_factory=list)  # person id, kind, words


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def assume(situation: Situation, agenda: Agenda, until: datetime) -> Situation:
    """The situation at `until` if the agenda is carried out, mail goes out when due, and nobody does anything."""
    changed = {(each.person_id, each.track, each.cycle): each for each in agenda.enrollments}
    kept = [each for each in situation.enrollments if (each.person_id, each.track, each.cycle) not in changed]
    deliveries = dict(situation.deliveries)
    for letter in agenda.letters:
        address = letter.person.member.email or ""
        stream = Stream(letter.track.stream)
        deliveries[letter.key] = Delivery(
            letter.key, letter.person.id, address, stream, State.QUEUED, letter.due_at, agenda.at
        )
    for key, delivery in deliveries.items():
        if key in agenda.withdrawn:
            deliveries[key] = replace(delivery, state=State.SKIPPED)
        elif delivery.state in ON_ITS_WAY and delivery.due_at <= until:
            deliveries[key] = replace(delivery, state=State.SENT, moved_at=max(delivery.due_at, agenda.at))
    tasks = dict(situation.tasks)
    for new in agenda.tasks:
        opened = Task("", new.key, new.kind, new.what, new.why, new.who, new.subject, agenda.at.date())
        tasks.setdefault(new.key, opened)
    began = situation.first_live_day
    if began is None and agenda.letters:
        began = local_day(agenda.at, situation.preferences)
    return replace(
        situation,
        enrollments=[*kept, *changed.values()],
        deliveries=deliveries,
        tasks=tasks,
        first_live_day=began,
    )
