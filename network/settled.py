"""Which open tasks no person needs to do any more, because what they asked for has happened elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from network.approvals import Approval, ApprovalRequest, Decision
from network.members import Person, Status
from network.programs import Program
from network.tasks import Task, TaskKind, TaskState

_GONE = frozenset({Status.LEFT, Status.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger knows that can make a task needless."""

    people: Mapping[str, Person]
    programs: Mapping[str, Program]
    approval_of: Callable[[str], Approval | None]  # by item
    questions: Mapping[str, ApprovalRequest]  # the open question of each item
    ended: frozenset[tuple[str, str]] = frozenset()  # (person id, item) of tracks that are over
    unclear: frozenset[tuple[str, int]] = frozenset()  # (message key, attempt) of mails that nobody is sure about yet
    dead: frozenset[str] = frozenset()  # ids of people whose present address does not work


def settled_tasks(tasks: Iterable[Task], facts: Facts) -> list[Task]:
    """Returns the open tasks that are no longer needed: an answer that came by mail or on the dashboard counts too."""
    return [task for task in tasks if task.state is TaskState.OPEN and _is_settled(task, facts)]


def _is_settled(task: Task, facts: Facts) -> bool:
    if task.kind is TaskKind.APPROVE:
        return _is_decided(task, facts)
    if task.kind is TaskKind.SET_STATUS:
        person = facts.people.get(task.subject)
        return person is None or person.is_active_member or person.member.status in _GONE
    if task.kind is TaskKind.ASK_MONTHS:
        program = facts.programs.get(task.subject)
        return program is None or bool(program.open_months)
    if task.kind in (TaskKind.CALL, TaskKind.PERSONAL_NOTE):
        # Nobody calls somebody who has answered, said no or joined meanwhile, or whose colleague has.
        _, item, _, person_id, *_ = task.key.split("/")
        return (person_id, item) in facts.ended
    if task.kind is TaskKind.CHECK_DELIVERY:
        _, _, attempt = task.key.rpartition("/")
        return (task.subject, int(attempt) if attempt.isdecimal() else 0) not in facts.unclear
    if task.kind is TaskKind.ADDRESS_PROBLEM:
        return _is_address_mended(task, facts)
    if task.kind is TaskKind.SAME_RECIPIENT:
        return not set(task.key.split("/")[2:]) <= set(facts.programs)  # joined, or taken out
    if task.kind is TaskKind.FIND_MANAGER and task.key.startswith("successor/"):
        return _has_successor(task, facts)
    if task.kind is TaskKind.FIND_MANAGER:
        known = {person.recipient_id for person in facts.people.values() if person.in_sheet and not _is_gone(person)}
        return task.subject not in facts.programs or task.subject in known
    return False


def _is_address_mended(task: Task, facts: Facts) -> bool:
    """The row was corrected, mail arrived from the address, or the person left; or somebody new came after them."""
    person = facts.people.get(task.subject)
    if person is None or _is_gone(person) or not person.in_sheet:
        return True
    if task.key.startswith("address/"):
        return bool(person.member.email) and person.id not in facts.dead
    return task.key.startswith("reply/") and _has_successor(task, facts)  # a mail says that they are no longer there


def _has_successor(task: Task, facts: Facts) -> bool:
    """Somebody who came to the program after the one who left; without a program only a person can tell."""
    left = facts.people.get(task.subject)
    if left is None:
        return True
    return left.recipient_id is not None and any(
        person.id != left.id
        and person.recipient_id == left.recipient_id
        and person.in_sheet
        and not _is_gone(person)
        and person.first_seen.date() >= task.since
        for person in facts.people.values()
    )


def _is_decided(task: Task, facts: Facts) -> bool:
    """Answered for these very words, or asked again with others: the key ends with the start of the fingerprint."""
    item, _, fingerprint = task.key.removeprefix("approve/").rpartition("/")
    answer = facts.approval_of(item)
    if answer is not None and answer.fingerprint.startswith(fingerprint):
        return answer.decision is not Decision.NOT_YET
    question = facts.questions.get(item)
    return question is not None and not question.fingerprint.startswith(fingerprint)


def _is_gone(person: Person) -> bool:
    return person.member.status in _GONE
