"""Who is the same person: what one reading of *Members* means for the people we already know.

Name and address changed together is a new person with a fresh history; only one of them changed is the same person.
Where a mistake would write to somebody twice, or forget a no, the cautious reading stands until a person has answered
in *To do*: a second row of one name at one organization is held, a new name on a known address keeps that address's
history. Row numbers serve the sentences of this reading and are never remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rapidfuzz import fuzz

from network.cells import fold
from network.keys import TASK, fitted
from network.lookalikes import ALIKE, Likeness, Pair, find_pairs, name_of
from network.member_rows import SheetRow, member_of
from network.members import IssueKind, Member, Person, RowIssue, Status
from network.stores import PeoplePlan
from network.tabs import MEMBERS
from network.tasks import NewTask, TaskKind

STOPPING = frozenset({Status.DO_NOT_CONTACT, Status.LEFT, Status.ON_HOLD})
"""The coordinator's marks that stop mail."""

SAME, TWO = "same person", "two people"
"""The answers to a SAME_PERSON task."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The plan, what to say and to ask, and which row is whose (row number -> person id; two rows may name one)."""

    plan: PeoplePlan
    issues: tuple[RowIssue, ...] = ()
    tasks: tuple[NewTask, ...] = ()
    people_by_row: Mapping[int, str] = field(default_factory=dict)


def plan_people(
    known: Sequence[Person],
    rows: Sequence[SheetRow],
    at: datetime,
    *,
    first_sync: bool,
    new_id: Callable[[], str],
    answers: Mapping[str, str] | None = None,
    recipient_of: Callable[[Member], str | None] = lambda _: None,
) -> Identified:
    """Says whom to add, update and let go so that what we remember agrees with the rows.

    `answers` maps the key of a SAME_PERSON task to what a person answered. Applying the plan and planning again for
    the same rows gives an empty plan. People whose row is gone stay known (`in_sheet` false): their no is kept.
    """
    match = _Match(known, [row for row in rows if row.member is not None], answers or {})
    match.run()
    added: list[Person] = []
    changed: list[Person] = []
    people_by_row = {number: person.id for number, person in match.person_of.items()}
    for row in match.rows:
        if row.number in match.doubles:
            continue
        person, member = match.person_of.get(row.number), match.usable(row)
        if person is None:
            was_member = member_of(row).status is Status.MEMBER
            person = Person(new_id(), member, first_seen=at, already_known=first_sync and was_member)
            people_by_row[row.number] = person.id
        now = _with(
            person,
            member,
            at,
            first_sync=first_sync,
            recipient_id=recipient_of(member),
            addresses=match.addresses_of(row),
        )
        if row.number not in match.person_of:
            added.append(now)
        elif now != person:
            changed.append(now)
    seen = {people_by_row[row.number] for row in match.rows if row.number in people_by_row}
    gone = tuple(person.id for person in known if person.in_sheet and person.id not in seen)
    for number, row in match.doubles.items():
        people_by_row[number] = people_by_row[row.number]
    tasks = match.tasks(people_by_row)
    return Identified(PeoplePlan(tuple(added), tuple(changed), gone), tuple(match.issues), tasks, people_by_row)


def _with(
    person: Person,
    member: Member,
    at: datetime,
    *,
    first_sync: bool,
    recipient_id: str | None,
    addresses: Iterable[str],
) -> Person:
    """The person with what their row says now; becoming a member counts once, and not for those already known."""
    is_new = member.status is Status.MEMBER and not person.already_known and person.became_member_at is None
    return replace(
        person,
        member=member,
        in_sheet=True,
        already_known=person.already_known or (is_new and first_sync),
        became_member_at=at if is_new and not first_sync else person.became_member_at,
        recipient_id=recipient_id,
        addresses=tuple(dict.fromkeys((*person.addresses, *addresses))),
    )


class _Match:
    """Joins rows to people, each person to one row, from certain to less certain."""

    def __init__(self, known: Sequence[Person], rows: Sequence[SheetRow], answers: Mapping[str, str]) -> None:
        self.known = sorted(known, key=lambda person: not person.in_sheet)
        self.rows = rows
        self.answers = answers
        self.person_of: dict[int, Person] = {}  # row number -> person we know
        self.doubles: dict[int, SheetRow] = {}  # row number -> the row of the same person, which counts
        self.held: set[int] = set()  # rows that are not written to until a question is answered
        self.issues: list[RowIssue] = []
        self._taken: set[str] = set()
        self._copies: dict[int, list[SheetRow]] = defaultdict(list)  # row number -> its doubles
        self._questions: list[tuple[NewTask, int]] = []

    def run(self) -> None:
        self._find_doubles()
        self._join(_address_and_name, lambda person: [(each, name_of(person.member)) for each in _addresses(person)])
        self._join(_name_and_place, lambda person: [_name_and_place(person.member)])
        self._join(_name_alone, lambda person: [_name_alone(person.member)], self._ask_about_move)
        self._join(lambda member: member.email, _addresses, self._ask_about_successor)
        self._join(_row_itself, lambda person: [_row_itself(person.member)])
        self._ask_about_pairs()
        for row in self.rows:
            if row.number in self.doubles:
                self._copies[self.doubles[row.number].number].append(row)

    def usable(self, row: SheetRow) -> Member:
        """What the row says as it may be used now: a stop in a double wins, a held row is not written to."""
        member = member_of(row)
        stops = (
            member_of(other).status for other in self._copies.get(row.number, ()) if member_of(other).status in STOPPING
        )
        if member.status not in STOPPING and (stop := next(stops, None)) is not None:
            return replace(member, status=stop)
        if row.number in self.held and member.status in (Status.MEMBER, Status.INVITE):
            return replace(member, status=Status.BLANK)
        return member

    def addresses_of(self, row: SheetRow) -> Iterable[str]:
        return [email for each in (row, *self._copies.get(row.number, ())) if (email := member_of(each).email)]

    def tasks(self, people_by_row: Mapping[int, str]) -> tuple[NewTask, ...]:
        unique = {task.key: replace(task, subject=people_by_row[number]) for task, number in self._questions}
        return tuple(unique.values())

    # --- joining -----------------------------------------------------------------------------------------------------

    def _find_doubles(self) -> None:
        """Two rows of one address and one name are one person; the upper row counts."""
        first: dict[Hashable, SheetRow] = {}
        for row in self.rows:
            key = _address_and_name(member_of(row))
            upper = first.setdefault(key, row) if key is not None and name_of(member_of(row)) else row
            if upper is not row:
                self.doubles[row.number] = upper
                # The same words for both: a sheet finds a sentence by what is typed, and that may be the same.
                said = (
                    f"{member_of(upper).full_name} has two rows ({upper.number} and {row.number}). Please keep one and"
                    f" delete the other. Until then row {upper.number} counts, and a Do not contact, On hold or Left"
                    " in either."
                )
                self._say(row, IssueKind.FIX, said)
                self._say(upper, IssueKind.FIX, said)

    def _join(
        self,
        key_of: Callable[[Member], Hashable],
        keys_of: Callable[[Person], Iterable[Hashable]],
        ask: Callable[[SheetRow, Person], None] | None = None,
    ) -> None:
        """Joins free rows and free people with one key. Where a joining must be asked about, a doubtful key is skipped.

        People still in the sheet come before those who left it; a person who was answered to be somebody else is none.
        """
        free: dict[Hashable, list[Person]] = defaultdict(list)
        for person in self.known:
            if person.id not in self._taken:
                for key in keys_of(person):
                    free[key].append(person)
        for row in self.rows:
            member = member_of(row)
            key = key_of(member)
            if key is None or row.number in self.person_of or row.number in self.doubles:
                continue
            people = [each for each in free.get(key, ()) if each.id not in self._taken and self._may_be(each, member)]
            if people and not (key_of is _name_alone and len(people) > 1):
                person = max(
                    people, key=lambda each: (each.in_sheet, _likeness(each.member, member), each.member == member)
                )
                self.person_of[row.number] = person
                self._taken.add(person.id)
                if ask is not None:
                    ask(row, person)

    def _may_be(self, person: Person, member: Member) -> bool:
        return TWO not in (self.answers.get(key) for key in (_successor_key(person, member), _move_key(person, member)))

    # --- asking ------------------------------------------------------------------------------------------------------

    def _ask_about_move(self, row: SheetRow, person: Person) -> None:
        member = member_of(row)
        was = person.member.organization or "no organization"
        now = member.organization or "no organization"
        what = f"Is {member.full_name} of {now} the {member.full_name} of {was}?"
        self._ask(_move_key(person, member), what, "Address and organization changed at once; the name stayed.", row)

    def _ask_about_successor(self, row: SheetRow, person: Person) -> None:
        member = member_of(row)
        if not _may_be_one_name(person.member, member):
            what = f"Is {member.full_name} the same person as {person.member.full_name}?"
            self._ask(_successor_key(person, member), what, "The name changed, the address stayed.", row)

    def _ask_about_pairs(self) -> None:
        rows = [row for row in self.rows if row.number not in self.doubles]
        rows.sort(key=self._seniority)
        for pair in find_pairs(rows):
            answer = self.answers.get(pair.key)
            if answer == SAME and pair.second.number not in self.doubles:
                self._join_pair(pair)
            elif answer is None:
                self._ask(pair.key, pair.what, pair.why, pair.second)
                for row in (pair.first, pair.second):
                    self._say(row, IssueKind.WAITING, pair.sentence(row))
                if pair.likeness is Likeness.SECOND_ROW:
                    self.held.add(pair.second.number)

    def _seniority(self, row: SheetRow) -> tuple[object, ...]:
        """Whoever was written to so far comes first, so that sorting the sheet never swaps the row that is held."""
        person = self.person_of.get(row.number)
        if person is None:
            return (True,)
        return (False, person.member.status is Status.BLANK, person.first_seen, person.id)

    def _join_pair(self, pair: Pair) -> None:
        first = self.doubles.get(pair.first.number, pair.first)
        self.doubles[pair.second.number] = first
        self.person_of.pop(pair.second.number, None)
        sentence = f"Same person as row {first.number}, which we use. Please delete one of the two rows."
        self._say(pair.second, IssueKind.FIX, sentence)

    def _ask(self, key: str, what: str, why: str, row: SheetRow) -> None:
        if key not in self.answers:
            self._questions.append((NewTask(key, TaskKind.SAME_PERSON, what, why), row.number))

    def _say(self, row: SheetRow, kind: IssueKind, sentence: str) -> None:
        self.issues.append(RowIssue(MEMBERS.title, row.key, kind, sentence, row=row.number))


def _address_and_name(member: Member) -> Hashable:
    return (member.email, name_of(member)) if member.email else None


def _name_and_place(member: Member) -> Hashable:
    return (name_of(member), fold(member.organization)) if name_of(member) else None


def _name_alone(member: Member) -> Hashable:
    return name_of(member) if name_of(member) and member.email else None


def _row_itself(member: Member) -> Hashable:
    """A row with neither name nor readable address is only its own cells."""
    return None if name_of(member) or member.email else member.key


def _addresses(person: Person) -> tuple[str, ...]:
    current = (person.member.email,) if person.member.email else ()
    return tuple(dict.fromkeys((*current, *person.addresses)))


def _successor_key(person: Person, member: Member) -> str:
    return fitted(f"same/{person.id}/{name_of(member)}", TASK)


def _move_key(person: Person, member: Member) -> str:
    return fitted(f"same/{person.id}/{member.email}", TASK)


def _likeness(one: Member, other: Member) -> float:
    return fuzz.token_sort_ratio(one.full_name.casefold(), other.full_name.casefold())


def _may_be_one_name(one: Member, other: Member) -> bool:
    """A name completed, corrected or changed by marriage: the first or the last name stayed, or nearly all letters."""
    if not name_of(one) or not name_of(other):
        return True
    same_part = fold(one.first_name) == fold(other.first_name) or fold(one.last_name) == fold(other.last_name)
    return same_part or _likeness(one, other) >= ALIKE
