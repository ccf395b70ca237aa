"""*To do*: carries out what people answered and asked for, and adds the rows of new tasks.

Some answers are only kept, because another job waits for them and reads them itself: calls and notes (recruitment),
the same person or two (members), the breaker (members), ideas and goals. Carrying out twice changes nothing: a request
has one key for ever, an answer that was taken in is not given again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from network.consent import is_dead
from network.errors import NetworkError, TransientError
from network.jobs.answers import carry_out
from network.jobs.requests import do_request
from network.members import IssueKind, Person, RowIssue
from network.messages import State
from network.ports import Office
from network.reports import Page, count, table
from network.sequences import EnrollmentState
from network.settled import Facts, settled_tasks
from network.tabs import TO_DO, Reading, understand
from network.tasks import NewTask, Task, TaskKind, TaskState
from network.to_do import Answer, Request, RequestKind, read_to_do, state_sentence, states_tab, to_do_rows


@dataclass(slots=True)
class AnswersReport:
    """What one reading of *To do* brought."""

    answered: int = 0
    requests: int = 0
    open: int = 0
    issues: list[RowIssue] = field(default_factory=list)  # cells that we could not read, for *HMN today*
    dry_run: bool = False


def apply_answers(office: Office, reading: Reading, at: datetime, *, dry_run: bool = False) -> AnswersReport:
    """Carries out everything new in *To do* and says beside each row what became of it (our tab behind *State*).

    An answer that cannot be carried out is one sentence and stops no other. Raises TransientError when the ledger
    cannot be reached.
    """
    known = office.tasks.all()
    tab = understand(reading, TO_DO)
    to_do = read_to_do(tab.rows, known)
    report = AnswersReport(issues=list(to_do.issues), dry_run=dry_run)
    if dry_run:
        report.answered, report.requests = len(to_do.answers), len(to_do.requests)
        report.open = sum(task.state is TaskState.OPEN for task in known)
        return report
    newly_seen = [replace(task, in_sheet=True) for task in known if task.ref in to_do.seen and not task.in_sheet]
    if newly_seen:
        office.tasks.save(newly_seen, at)
    for answer in to_do.answers:
        _take(office, answer, report, at)
    said = {request.typed: _fulfil(office, request, report, at) for request in to_do.requests}
    tasks = office.tasks.all()
    report.open = sum(task.state is TaskState.OPEN for task in tasks)
    zone = office.preferences().time_zone
    office.workbook.publish([states_tab(tasks, report.issues, said, at, zone, spellings=to_do.spellings)])
    return report


def close_settled(office: Office, at: datetime) -> int:
    """Closes open tasks that nobody needs to do any more; returns how many."""
    people = {person.id: person for person in office.people.all()}
    tasks = office.tasks.all()
    facts = Facts(
        people=people,
        programs={program.id: program for program in office.programs.all()},
        approval_of=office.approvals.find,
        questions={question.item: question for question in office.approvals.pending()},
        ended=frozenset(
            (each.person_id, each.item) for each in office.enrollments.all() if each.state is EnrollmentState.ENDED
        ),
        unclear=frozenset(
            (record.message.key, record.attempt) for record in office.ledgerbook.records([State.TO_CHECK])
        ),
        dead=_people_at_dead_addresses(office, tasks, people),
    )
    settled = settled_tasks(tasks, facts)
    office.tasks.save([replace(task, state=TaskState.CLOSED) for task in settled], at)
    return len(settled)


def _people_at_dead_addresses(office: Office, tasks: Sequence[Task], people: Mapping[str, Person]) -> frozenset[str]:
    """Of the few people whom an open question about their address names, those whose present one does not work."""
    asked = {task.subject for task in tasks if task.kind is TaskKind.ADDRESS_PROBLEM and task.state is TaskState.OPEN}
    named = [people[person_id] for person_id in asked if person_id in people]
    return frozenset(
        person.id for person in named if is_dead(person.member.email or "", office.consents.of(person).facts)
    )


def publish_tasks(office: Office, at: datetime, *, dry_run: bool = False) -> int:
    """Adds a row to *To do* for each open task that has none, once; returns how many stand there now.

    A row that could not be added (the file is open) is tried again by the next run; a row that a person deleted is not
    added again.
    """
    waiting = {task.ref: task for task in office.tasks.all()}
    rows = to_do_rows(waiting.values())
    if dry_run or not rows:
        return 0
    standing = office.workbook.add_rows(rows)
    office.tasks.save([replace(waiting[ref], in_sheet=True) for ref in standing if ref in waiting], at)
    return len(standing)


def page(report: AnswersReport) -> Page:
    """The leaders' page: how much was answered and what still waits; never about whom."""
    rows = [
        ("Answers carried out", report.answered),
        ("Requests of your own", report.requests),
        ("Cells that we could not read", sum(issue.kind is IssueKind.FIX for issue in report.issues)),
        ("Waiting for somebody", report.open),
    ]
    opening = f"{count(report.open, 'row of To do waits', 'rows of To do wait')} for an answer."
    if report.dry_run:
        opening += " This was a rehearsal: nothing was carried out."
    markdown = f"# To do\n\n{opening}\n\n{table(('What', 'How many'), rows)}"
    return Page("hmn-to-do", "To do: what people answered", markdown, {"answers": report.answered, "open": report.open})


def _take(office: Office, answer: Answer, report: AnswersReport, at: datetime) -> None:
    task = answer.task
    try:
        problem = carry_out(office, answer, at)
    except TransientError:
        raise
    except NetworkError as error:
        problem = str(error)
    if problem:
        report.issues.append(RowIssue(TO_DO.title, task.ref, IssueKind.FIX, problem, "Answer"))
        return
    report.answered += 1
    taken = replace(task, answer=answer.words, answered_at=at, in_sheet=True)
    if answer.choice == "hand to":
        office.tasks.save([replace(taken, who=answer.argument)], at)
    else:
        office.tasks.save([replace(taken, state=TaskState.ANSWERED)], at)


def _fulfil(office: Office, request: Request, report: AnswersReport, at: datetime) -> str:
    """Does what a typed row asks for, once, and says what became of it."""
    # What is to be forgotten must not live on in the question.
    what = "forget …" if request.kind is RequestKind.FORGET else request.typed
    (task,) = office.tasks.open([NewTask(request.key, TaskKind.TYPED_REQUEST, what, "")], at)
    if task.state is TaskState.OPEN or request.kind is RequestKind.FORGET:
        try:
            said = do_request(office, request, at)
        except TransientError:
            raise
        except NetworkError as error:
            said = str(error)
        if task.state is TaskState.OPEN:
            report.requests += 1
            task = _answered(task, said, at)
            office.tasks.save([task], at)
    return state_sentence(task, at, office.preferences().time_zone)


def _answered(task: Task, said: str, at: datetime) -> Task:
    return replace(task, state=TaskState.ANSWERED, answer=said, answered_at=at, in_sheet=True)
