"""What is remembered, in memory: one small fake for each noun of the ledger, with its constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from network.approvals import Approval, ApprovalRequest, Decision
from network.consent import ConsentFact, ConsentFacts
from network.goals import Snapshot
from network.members import Person
from network.messages import FINAL_STATES, Balance, Claim, Message, MessageRecord, Receipt, Ruling, State, Stream
from network.newsletter import IssueRecord
from network.programs import Program
from network.sequences import Enrollment
from network.stores import Event, LaneState, Limits, PeoplePlan
from network.surveys import Response
from network.tasks import NewTask, Task, TaskKind, TaskState


@dataclass
class FakePeople:
    """Everybody, by id."""

    people: dict[str, Person] = field(default_factory=dict)
    plans: list[PeoplePlan] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def all(self) -> Sequence[Person]:
        return list(self.people.values())

    def get(self, person_id: str) -> Person | None:
        return self.people.get(person_id)

    def apply(self, plan: PeoplePlan, at: datetime) -> None:
        self.plans.append(plan)
        for person in (*plan.add, *plan.update):
            self.people[person.id] = person
        for person_id in plan.gone:
            self.people[person_id] = replace(self.people[person_id], in_sheet=False)

    def forget(self, person_id: str, at: datetime) -> None:
        self.people.pop(person_id, None)
        self.forgotten.append(person_id)


@dataclass
class FakePrograms:
    """Programs as last read, and what was noted about them."""

    programs: list[Program] = field(default_factory=list)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)

    def all(self) -> Sequence[Program]:
        return list(self.programs)

    def replace(self, programs: Sequence[Program], at: datetime) -> None:
        self.programs = list(programs)

    def note(self, program_id: str, *, at: datetime, facts: Mapping[str, str]) -> None:
        self.notes.setdefault(program_id, {}).update(facts)


@dataclass
class FakeConsents:
    """Facts, append-only; a person is touched through id, any address, or organization."""

    people: FakePeople
    facts: list[ConsentFact] = field(default_factory=list)

    def add(self, facts: Iterable[ConsentFact]) -> int:
        before = len(self.facts)
        for fact in facts:
            if _identity(fact) not in {_identity(each) for each in self.facts}:
                self.facts.append(fact)
        return len(self.facts) - before

    def of(self, person: Person) -> ConsentFacts:
        addresses = {*person.addresses, person.member.email} - {None}
        touching = (
            fact
            for fact in self.facts
            if fact.person_id == person.id
            or (fact.address and fact.address in addresses)
            or (fact.organization_id and fact.organization_id == person.recipient_id)
        )
        return ConsentFacts(tuple(sorted(touching, key=lambda fact: fact.at)))

    def all(self) -> Mapping[str, ConsentFacts]:
        return {person.id: self.of(person) for person in self.people.all()}


def _identity(fact: ConsentFact) -> tuple[object, ...]:
    return (fact.kind, fact.person_id, fact.address, fact.organization_id, fact.stream, fact.source, fact.evidence)


@dataclass
class FakeRefusals:
    """Noes by hash; here a hash is any text, so that a test can read it."""

    kept: dict[str, frozenset[Stream]] = field(default_factory=dict)

    def noes(self) -> Mapping[str, frozenset[Stream]]:
        return dict(self.kept)

    def keep(self, noes: Mapping[str, frozenset[Stream]], at: datetime) -> int:
        new = noes.keys() - self.kept.keys()
        self.kept |= noes
        return len(new)


@dataclass
class FakeEnrollments:
    """Enrollments, unique for (person, track, cycle)."""

    enrollments: dict[tuple[str, str, str], Enrollment] = field(default_factory=dict)

    def all(self) -> Sequence[Enrollment]:
        return list(self.enrollments.values())

    def save(self, enrollments: Iterable[Enrollment], at: datetime) -> None:
        self.enrollments |= {(each.person_id, each.track, each.cycle): each for each in enrollments}


_WITHOUT_CAP = (Stream.ANSWER, Stream.OFFICE)


@dataclass
class FakeOutbox:
    """Messages by key: both `Outbox` and `Ledgerbook`, because they are two views of one table."""

    rows: dict[str, MessageRecord] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    reserved: dict[str, tuple[datetime, str]] = field(default_factory=dict)  # key -> when, lane
    look_again: dict[str, datetime] = field(default_factory=dict)  # a queued message that waits is not claimed before
    people: FakePeople | None = None
    consents: FakeConsents | None = None

    def queue(self, messages: Sequence[Message], at: datetime) -> int:
        before = len(self.rows)
        for message in messages:
            addresses = {record.message.address_key for record in self.rows.values()}
            if message.key not in self.rows and message.address_key not in addresses:
                self.rows[message.key] = MessageRecord(message, State.QUEUED, "", 0, at, at)
            elif message.key in self.rows and self.rows[message.key].state is State.QUEUED:
                self.rows[message.key] = replace(self.rows[message.key], message=message, changed_at=at)
                self.look_again.pop(message.key, None)
        return len(self.rows) - before

    def claim(self, owner: str, count: int, now: datetime, limits: Limits) -> Sequence[Claim]:
        taken: list[Claim] = []
        due = sorted(
            (row for row in self.rows.values() if row.state is State.QUEUED), key=lambda row: row.message.due_at
        )
        for row in due:
            message = row.message
            waits = self.look_again.get(message.key, now) > now
            is_due = message.due_at <= now <= message.not_after and not waits
            if len(taken) < count and is_due and self._has_room(message, limits):
                claim = Claim(message, owner, row.attempt + 1, now + limits.lease)
                self.claims[message.key] = claim
                self.reserved[message.key] = (now, limits.lane)
                self._move(message.key, State.CLAIMED, now, attempt=claim.attempt)
                taken.append(claim)
        return taken

    def start(
        self, claims: Sequence[Claim], now: datetime, recheck: Callable[[Message, Person | None, ConsentFacts], Ruling]
    ) -> Sequence[Claim]:
        ours: list[Claim] = []
        for claim in claims:
            if not self._is_ours(claim, State.CLAIMED) or claim.expires < now:
                continue
            person = self.people.get(claim.message.person_id) if self.people else None
            facts = self.consents.of(person) if self.consents and person else ConsentFacts()
            ruling = recheck(claim.message, person, facts)
            if ruling.goes:
                self._move(claim.message.key, State.DISPATCHING, now)
                ours.append(claim)
            else:
                self._move(claim.message.key, State.SKIPPED if ruling.is_final else State.QUEUED, now, ruling.reason)
                self.reserved.pop(claim.message.key, None)
                self.look_again[claim.message.key] = ruling.until or now + timedelta(minutes=30)
        return ours

    def settle(
        self, claim: Claim, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        if not self._is_ours(claim, State.DISPATCHING, State.CLAIMED):
            return False
        self._move(claim.message.key, state, now, reason, receipt=receipt)
        if state is State.QUEUED:
            self.reserved.pop(claim.message.key, None)
            self.look_again[claim.message.key] = now + timedelta(minutes=5)
        return True

    def prepare(self, claim: Claim, handle: Mapping[str, str], now: datetime) -> bool:
        if not self._is_ours(claim, State.CLAIMED, State.DISPATCHING):
            return False
        self.rows[claim.message.key] = replace(self.rows[claim.message.key], handle=dict(handle))
        return True

    def records(self, states: Sequence[State] = ()) -> Sequence[MessageRecord]:
        return [row for row in self.rows.values() if not states or row.state in states]

    def find(self, key_or_ref: str) -> MessageRecord | None:
        matches = (row for row in self.rows.values() if key_or_ref in (row.message.key, row.message.reply_ref))
        return next(matches, None)

    def expire(self, now: datetime) -> Sequence[MessageRecord]:
        lookups: list[MessageRecord] = []
        for key, row in list(self.rows.items()):
            is_expired = key in self.claims and self.claims[key].expires < now
            if row.state is State.QUEUED and row.message.not_after < now:
                self._move(key, State.MISSED, now)
            elif row.state is State.CLAIMED and is_expired:
                self._move(key, State.QUEUED, now)
            elif row.state is State.DISPATCHING and is_expired:
                lookups.append(row)
        return lookups

    def tally(self, now: datetime) -> Balance:
        rows = list(self.rows.values())

        def reasons(*states: State) -> dict[str, int]:
            return dict(Counter(row.reason for row in rows if row.state in states))

        return Balance(
            sent=sum(row.state is State.SENT for row in rows),
            skipped=reasons(State.SKIPPED),
            missed=sum(row.state is State.MISSED for row in rows),
            failed=reasons(State.FAILED),
            to_check=sum(row.state is State.TO_CHECK for row in rows),
            waiting=reasons(State.QUEUED, State.CLAIMED, State.DISPATCHING),
        )

    def resolve(
        self, record: MessageRecord, state: State, now: datetime, *, reason: str = "", receipt: Receipt | None = None
    ) -> bool:
        row = self.rows.get(record.message.key)
        if row is None or (row.state, row.attempt) != (record.state, record.attempt) or row.state is State.CLAIMED:
            return False
        self._move(record.message.key, state, now, reason, receipt=receipt)
        return True

    def doubt(self, reason: str, now: datetime) -> int:
        moved = 0
        for key, row in list(self.rows.items()):
            if row.state in FINAL_STATES:
                continue
            ours = row.message.stream in _WITHOUT_CAP
            state = State.SKIPPED if ours else State.TO_CHECK
            self.rows[key] = replace(row, state=state, reason=reason, attempt=row.attempt + 1, changed_at=now)
            moved += not ours
        return moved

    def _has_room(self, message: Message, limits: Limits) -> bool:
        if message.stream in _WITHOUT_CAP:
            return True
        capped = {
            key: at for key, (at, _) in self.reserved.items() if self.rows[key].message.stream not in _WITHOUT_CAP
        }
        today = [key for key, at in capped.items() if at >= limits.day_starts]
        week = [key for key, at in capped.items() if at >= limits.week_starts]
        lane = [key for key in today if self.reserved[key][1] == limits.lane]
        person = message.person_id
        if message.is_correction:
            return len(lane) < limits.lane_day
        return (
            len(lane) < limits.lane_day
            and sum(self.rows[key].message.person_id == person for key in today) < limits.caps.per_person_day
            and sum(self.rows[key].message.person_id == person for key in week) < limits.caps.per_person_week
        )

    def _is_ours(self, claim: Claim, *states: State) -> bool:
        row = self.rows.get(claim.message.key)
        held = self.claims.get(claim.message.key)
        return row is not None and row.state in states and held is not None and held == claim

    def _move(
        self,
        key: str,
        state: State,
        now: datetime,
        reason: str = "",
        *,
        attempt: int | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        row = self.rows[key]
        assert row.state not in FINAL_STATES, f"{key} was already {row.state}"
        self.rows[key] = replace(
            row,
            state=state,
            reason=reason,
            changed_at=now,
            attempt=row.attempt if attempt is None else attempt,
            receipt=receipt or row.receipt,
        )


@dataclass
class FakeLanes:
    """Which lanes run, and why one does not."""

    states: dict[str, LaneState] = field(default_factory=dict)

    def state(self, lane: str) -> LaneState:
        return self.states.get(lane, LaneState(None, ""))

    def begin(self, lane: str, day: date) -> LaneState:
        standing = self.state(lane)
        self.states[lane] = LaneState(standing.first_live_day or day, standing.paused)
        return self.states[lane]

    def pause(self, lane: str, why: str) -> None:
        self.states[lane] = replace(self.state(lane), paused=why)

    def others(self, lane: str) -> Sequence[str]:
        return []


@dataclass
class FakeApprovals:
    """Questions and answers; the first answer to a fingerprint wins, an approval may be stopped."""

    requests: dict[tuple[str, str], ApprovalRequest] = field(default_factory=dict)
    answers: list[Approval] = field(default_factory=list)

    def ask(self, request: ApprovalRequest) -> ApprovalRequest:
        return self.requests.setdefault((request.item, request.fingerprint), request)

    def decide(self, approval: Approval) -> bool:
        same = [a for a in self.answers if (a.item, a.fingerprint) == (approval.item, approval.fingerprint)]
        is_stop = approval.decision is Decision.STOPPED and bool(same) and same[-1].decision is Decision.APPROVED
        if same and not is_stop:
            return False
        self.answers.append(approval)
        return True

    def find(self, item: str) -> Approval | None:
        return next((answer for answer in reversed(self.answers) if answer.item == item), None)

    def pending(self) -> Sequence[ApprovalRequest]:
        answered = {(answer.item, answer.fingerprint) for answer in self.answers}
        return [request for key, request in self.requests.items() if key not in answered]

    def by_code(self, code: str) -> ApprovalRequest | None:
        return next((request for request in self.requests.values() if request.code == code), None)


@dataclass
class FakeTasks:
    """Tasks by key, with references T-1, T-2, ..."""

    tasks: dict[str, Task] = field(default_factory=dict)

    def open(self, tasks: Sequence[NewTask], at: datetime) -> Sequence[Task]:
        for new in tasks:
            if new.key not in self.tasks:
                ref = f"T-{max((int(task.ref[2:]) for task in self.tasks.values()), default=0) + 1}"
                what, why, who = new.what, new.why, new.who
                self.tasks[new.key] = Task(ref, new.key, new.kind, what, why, who, new.subject, at.date())
        return [self.tasks[new.key] for new in tasks]

    def all(self) -> Sequence[Task]:
        return list(self.tasks.values())

    def save(self, tasks: Sequence[Task], at: datetime) -> None:
        self.tasks |= {task.key: task for task in tasks}

    def reserve(self, numbers: Iterable[int], at: datetime) -> None:
        taken = {task.ref for task in self.tasks.values()}
        for number in sorted(numbers):
            if f"T-{number}" not in taken:
                key = f"reserved/{number}"
                closed = Task(f"T-{number}", key, TaskKind.TYPE_FACT, "", "", "", "", at.date(), TaskState.CLOSED)
                self.tasks[key] = closed


@dataclass
class FakeResponses:
    """Responses by survey and id; the latest submission wins."""

    responses: dict[tuple[str, str], Response] = field(default_factory=dict)

    def upsert(self, responses: Sequence[Response]) -> int:
        changed = 0
        for new in responses:
            known = self.responses.get((new.survey, new.response_id))
            lost = known and known.reference and not new.reference
            if known is None or (new != known and (new.submitted_at >= known.submitted_at or lost)):
                self.responses[new.survey, new.response_id] = new
                changed += 1
        return changed

    def all(self, survey: str) -> Sequence[Response]:
        return [each for each in self.responses.values() if each.survey == survey]


@dataclass
class FakeSnapshots:
    """Snapshots, unique for (metric, day)."""

    snapshots: dict[tuple[str, object], Snapshot] = field(default_factory=dict)

    def put(self, snapshots: Sequence[Snapshot]) -> int:
        changed = [each for each in snapshots if self.snapshots.get((each.metric, each.day)) != each]
        self.snapshots |= {(each.metric, each.day): each for each in changed}
        return len(changed)

    def history(self) -> Sequence[Snapshot]:
        return sorted(self.snapshots.values(), key=lambda each: (each.metric, each.day))


@dataclass
class FakeIssues:
    """Issue records, unique for (issue, edition, language)."""

    records: dict[tuple[str, str, str], IssueRecord] = field(default_factory=dict)

    def all(self) -> Sequence[IssueRecord]:
        return list(self.records.values())

    def save(self, record: IssueRecord) -> None:
        self.records[record.issue, record.edition, record.language] = record


@dataclass
class FakeCursors:
    """Small facts by name."""

    values: dict[str, str] = field(default_factory=dict)
    ages: dict[str, datetime] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str, at: datetime) -> None:
        self.values[name] = value
        self.ages[name] = at


@dataclass
class FakeEvents:
    """The story, append-only."""

    events: list[Event] = field(default_factory=list)

    def add(self, events: Iterable[Event]) -> None:
        self.events += events

    def of(self, person_id: str) -> Sequence[Event]:
        return [event for event in self.events if event.person_id == person_id]
