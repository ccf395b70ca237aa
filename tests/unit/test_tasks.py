"""*To do*: short answers however typed, requests, rows added once, and what each answer does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.approvals import ApprovalRequest, Decision
from network.consent import ConsentFact, FactKind, may_write
from network.jobs.outbox import STOPPED
from network.jobs.tasks import AnswersReport, apply_answers, close_settled, page, publish_tasks
from network.members import IssueKind, Status
from network.messages import Receipt, State, Stream
from network.preferences import Caps
from network.sequences import Enrollment, EnrollmentState, read_outcome
from network.stores import Limits, PeoplePlan
from network.tabs import Row
from network.tasks import ANSWERS, NewTask, Task, TaskKind, TaskState
from network.to_do import (
    STATES_TITLE,
    RequestKind,
    ToDoReading,
    read_to_do,
    state_sentence,
    to_do_rows,
    understand_answer,
)
from tests.builders import NOON, Desk, a_member, a_message, a_person

HEADER = ("Ref", "What", "Why", "Who", "Since", "Answer", "State")
K = TaskKind


def a_task(kind: TaskKind = K.APPROVE, ref: str = "T-142", **fields: Any) -> Task:
    values: dict[str, Any] = {"key": f"key/{ref}", "what": "Look", "why": "Because", "who": "", "subject": ""}
    return Task(ref=ref, kind=kind, **values | {"since": date(2026, 10, 5)} | fields)


def a_row(ref: str = "", what: str = "", answer: Any = "", number: int = 2) -> Row:
    return Row(number, {"Ref": ref, "What": what, "Answer": answer})


def read(*rows: Row, known: tuple[Task, ...] = (a_task(),)) -> ToDoReading:
    return read_to_do(rows, known)


# --- reading answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "choice", "argument"),
    [
        (K.APPROVE, "approve", "approve", ""),
        (K.APPROVE, "  APPROVED! ", "approve", ""),
        (K.APPROVE, "Approve, thanks", "approve", ""),
        (K.APPROVE, "Not  yet.", "not yet", ""),
        (K.APPROVE, "not-yet", "not yet", ""),
        (K.CALL, "Reached – yes", "reached-yes", ""),
        (K.CALL, "reached: may write", "reached-may write", ""),
        (K.CALL, "May write", "reached-may write", ""),
        (K.CALL, "left a message", "left message", ""),
        (K.CALL, "Left message, will try again Friday", "left message", ""),
        (K.CALL, "WRONG NUMBER", "wrong number", ""),
        (K.CALL, "new contact: ana@example.org", "new contact", "ana@example.org"),
        (K.CALL, "New contact - Ana Torres, ana@example.org", "new contact", "Ana Torres, ana@example.org"),
        (K.CALL, "stop", "stop", ""),
        (K.PERSONAL_NOTE, "hand to Rosa", "hand to", "Rosa"),
        (K.PERSONAL_NOTE, "Hand to … Rosa Díaz", "hand to", "Rosa Díaz"),
        (K.ANSWER_REPLY, "Done - called her", "done", ""),
        (K.ANSWER_REPLY, "hecho", "done", ""),
        (K.ASK_MONTHS, "months: Apr-Oct", "months", "Apr-Oct"),
        (K.ASK_MONTHS, "Months  Apr to Oct", "months", "Apr to Oct"),
        (K.CHECK_DELIVERY, "Retry.", "retry", ""),
        (K.CHECK_DELIVERY, "please drop", "drop", ""),
        (K.AFTER_PAUSE, "Go!", "go", ""),
        (K.SAME_PERSON, "Two people", "two people", ""),
        (K.SURVEY, "not now: in spring", "not now", "in spring"),
        (K.SURVEY, "doing: dental day", "doing", "dental day"),
    ],
)
def test_short_answers_are_understood_however_typed(kind: TaskKind, typed: str, choice: str, argument: str) -> None:
    understood = understand_answer(kind, typed)
    assert understood is not None
    assert understood[:2] == (choice, argument)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (K.APPROVE, "approve but change the subject"),
        (K.APPROVE, "approve, but only for Lummi"),
        (K.APPROVE, "ok?"),
        (K.APPROVE, "don't approve"),
        (K.APPROVE, "done"),
        (K.CHECK_DELIVERY, "retry or drop"),
        (K.AFTER_PAUSE, "go home"),
        (K.CALL, "reached"),
        (K.CALL, "maybe"),
        (K.BREAKER, "yes"),
    ],
)
def test_doubt_is_a_sentence_and_no_answer(kind: TaskKind, typed: str) -> None:
    reading = read(a_row("T-142", answer=typed), known=(a_task(kind),))
    assert reading.answers == ()
    (issue,) = reading.issues
    assert issue.kind is IssueKind.FIX
    assert ANSWERS[kind][0] in issue.sentence


@pytest.mark.parametrize("kind", list(TaskKind))
def test_every_listed_answer_is_understood_as_itself(kind: TaskKind) -> None:
    for choice in ANSWERS[kind]:
        typed = choice.replace("…", "Rosa")
        understood = understand_answer(kind, typed)
        assert understood is not None
        assert understood[0] == choice.removesuffix("…").rstrip(" :")


@given(
    st.sampled_from([(kind, choice) for kind in TaskKind for choice in ANSWERS[kind] if "…" not in choice]), st.data()
)
def test_case_spaces_and_punctuation_never_matter(listed: tuple[TaskKind, str], data: st.DataObject) -> None:
    kind, choice = listed
    words = [
        data.draw(st.sampled_from([word, word.upper(), word.title()])) for word in choice.replace("-", " ").split()
    ]
    typed = data.draw(st.sampled_from(["", " ", "\u00a0"])) + data.draw(st.sampled_from([" ", "  "])).join(words)
    understood = understand_answer(kind, typed + data.draw(st.sampled_from(["", ".", "!", " "])))
    assert understood is not None
    assert understood[0] == choice


def test_what_recruitment_reads_is_what_was_answered() -> None:
    for typed in ("Reached - yes", "may write", "left voicemail", "not now", "wrong number", "stop"):
        (answer,) = read(a_row("T-142", answer=typed), known=(a_task(K.CALL),)).answers
        assert read_outcome(answer.words) is not None, typed


@pytest.mark.parametrize("ref", ["T-142", "t142", " T - 142 ", "142", "142.0", "T-0142"])
def test_a_reference_is_found_however_typed(ref: str) -> None:
    assert read(a_row(ref, answer="approve")).answers[0].task.ref == "T-142"


def test_an_unknown_reference_with_an_answer_says_what_to_do() -> None:
    (issue,) = read(a_row("T-999", answer="approve")).issues
    assert "T-999" in issue.sentence


def test_a_missing_argument_shows_an_example() -> None:
    (issue,) = read(a_row("T-142", answer="hand to …"), known=(a_task(K.PERSONAL_NOTE),)).issues
    assert "hand to Rosa" in issue.sentence


def test_an_answer_taken_in_is_not_given_again_but_a_changed_one_is() -> None:
    task = a_task(state=TaskState.ANSWERED, answer="approve")
    assert read(a_row("T-142", answer="Approve "), known=(task,)).answers == ()
    assert read(a_row("T-142", answer="stop"), known=(task,)).answers[0].choice == "stop"


def test_a_closed_task_takes_no_answer() -> None:
    assert read(a_row("T-142", answer="approve"), known=(a_task(state=TaskState.CLOSED),)).answers == ()


def test_two_rows_of_one_task_that_disagree_are_a_question() -> None:
    rows = (a_row("T-142", answer="approve"), a_row("T-142", answer="stop", number=9))
    reading = read(*rows)
    assert reading.answers == ()
    assert "two rows" in reading.issues[0].sentence
    assert len(read(rows[0], rows[0]).answers) == 1


# --- reading requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kind", "who", "evidence"),
    [
        ("why ana@example.org", RequestKind.WHY, "ana@example.org", ""),
        ("Why Ana@Example.org?", RequestKind.WHY, "ana@example.org", ""),
        ("why: Ana Torres", RequestKind.WHY, "Ana Torres", ""),
        ("forget <ana@example.org>.", RequestKind.FORGET, "ana@example.org", ""),
        ("Copy of data for ana@example.org", RequestKind.COPY, "ana@example.org", ""),
        ("asked back ana@example.org, by phone, 3 May", RequestKind.ASKED_BACK, "ana@example.org", "by phone, 3 May"),
        (
            "Asked back: ana@example.org; at the meeting, yesterday",
            RequestKind.ASKED_BACK,
            "ana@example.org",
            "at the meeting, yesterday",
        ),
        ("STOP EVERYTHING!", RequestKind.STOP_EVERYTHING, "", ""),
    ],
)
def test_requests_are_understood(typed: str, kind: RequestKind, who: str, evidence: str) -> None:
    (request,) = read(a_row(what=typed)).requests
    assert (request.kind, request.who, request.evidence) == (kind, who, evidence)
    assert "@" not in request.key


def test_the_same_text_typed_twice_is_one_request() -> None:
    reading = read(a_row(what="why ana@example.org"), a_row(what=" Why  ana@example.org ", number=7))
    assert len(reading.requests) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("why", "why ana@example.org"),
        ("asked back ana@example.org", "by phone, 3 May"),
        ("asked back ana@example.org, she wants", "by phone, 3 May"),
        ("forgett ana@example.org", "You can type"),
        ("stop evrything", "You can type"),
    ],
)
def test_a_request_that_is_not_understood_is_a_sentence(typed: str, says: str) -> None:
    reading = read(a_row(what=typed))
    assert reading.requests == ()
    assert says in reading.issues[0].sentence


def test_somebodys_own_note_is_left_alone() -> None:
    (issue,) = read(a_row(what="Buy coffee for Thursday")).issues
    assert issue.kind is IssueKind.NOTE


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40), st.text(max_size=20)), max_size=5))
def test_nothing_typed_into_to_do_raises(cells: list[tuple[str, str, str]]) -> None:
    read_to_do([a_row(*cell) for cell in cells], [a_task(kind) for kind in TaskKind])


# --- what the tab says -----------------------------------------------------------------------------------------------


def test_states_read_as_people_say_them() -> None:
    zone = "America/Los_Angeles"
    answered = a_task(state=TaskState.ANSWERED, answer="approve", answered_at=NOON + timedelta(minutes=30))
    assert state_sentence(a_task(since=date(2026, 10, 6)), NOON, zone) == "open"
    assert state_sentence(a_task(since=date(2026, 10, 3)), NOON, zone) == "open, waiting 3 days"
    assert state_sentence(answered, NOON + timedelta(hours=1), zone) == "got it 10:30"
    assert state_sentence(answered, NOON + timedelta(days=3), zone) == "got it 6 Oct"
    assert state_sentence(a_task(state=TaskState.CLOSED), NOON, zone) == "no longer needed"
    goal = replace(answered, kind=TaskKind.GOAL, answer="change")
    assert "type the new number in Target, or the new day in Target on" in state_sentence(goal, NOON, zone)
    assert "keeps its history" in state_sentence(replace(goal, answer="close"), NOON, zone)
    assert (
        state_sentence(a_task(answer="hand to Rosa", who="Rosa", since=date(2026, 10, 6)), NOON, zone)
        == "open, with Rosa"
    )


def test_only_open_tasks_without_a_row_get_one() -> None:
    tasks = [
        a_task(),
        a_task(ref="T-2", in_sheet=True),
        a_task(ref="T-3", state=TaskState.CLOSED),
        a_task(K.TYPED_REQUEST, "T-4"),
    ]
    assert [row.key for row in to_do_rows(tasks)] == ["T-142"]


# --- carrying out ----------------------------------------------------------------------------------------------------


def a_desk(*tasks: NewTask) -> Desk:
    desk = Desk()
    desk.people.people["p-ana"] = a_person("p-ana", status=Status.INVITE, recipient_id="wa-lummi")
    desk.people.people["p-bea"] = a_person("p-bea", name="Bea Ruiz", email="bea@example.org", recipient_id="wa-lummi")
    desk.workbook.put("To do", HEADER)
    desk.tasks.open(tasks, NOON)
    publish_tasks(desk.office, NOON)
    return desk


def types(desk: Desk, answer: str = "", what: str = "", at: Any = NOON) -> AnswersReport:
    """Types an answer into the newest row, or a request into a new one, and lets the office read it."""
    if what:
        desk.workbook.tabs["To do"].append(["", what, "", "", "", "", ""])
    if answer:
        desk.workbook.edit("To do", 1, HEADER.index("Answer"), answer)
    reading = desk.workbook.read()
    assert reading is not None
    return apply_answers(desk.office, reading, at)


def says(desk: Desk, key: str) -> str:
    return next(str(said) for ref, said in desk.workbook.published[STATES_TITLE].rows if ref == key)


def may_be_written_to(desk: Desk, person_id: str = "p-ana") -> bool:
    person = desk.people.people[person_id]
    facts = desk.consents.of(person)
    return may_write(person, person.member.email or "", facts, Stream.RECRUITMENT, NOON + timedelta(days=1)).allowed


def an_approval(desk: Desk, fingerprint: str = "0123456789abcdef") -> None:
    desk.approvals.ask(ApprovalRequest("letter-1", fingerprint, "7K2M", NOON, "Letter 1", 12))


APPROVE = NewTask("approve/letter-1/0123456789ab", K.APPROVE, "May it go?", "", subject="letter-1")


def test_an_approval_is_bound_to_the_words_of_its_row_and_can_be_called_back() -> None:
    desk = a_desk(APPROVE)
    an_approval(desk)
    types(desk, "approve")
    types(desk, "stop")
    assert [each.decision for each in desk.approvals.answers] == [Decision.APPROVED, Decision.STOPPED]
    assert says(desk, "T-1") == "got it 10:00"


def test_words_that_changed_since_are_not_approved() -> None:
    desk = a_desk(APPROVE)
    an_approval(desk, "ffffffffffffffff")
    report = types(desk, "approve")
    assert not desk.approvals.answers
    assert "changed" in report.issues[0].sentence
    assert "changed" in says(desk, "T-1")


def to_check(desk: Desk) -> str:
    message = a_message()
    desk.outbox.queue([message], NOON)
    day = Limits(Caps(), NOON - timedelta(hours=9), NOON - timedelta(days=1), "local", 60)
    (claim,) = desk.outbox.claim("w", 1, NOON, day)
    desk.outbox.settle(claim, State.TO_CHECK, NOON, receipt=Receipt("local", "x", NOON))
    return message.key


@pytest.mark.parametrize(("answer", "state"), [("retry", State.QUEUED), ("drop", State.SKIPPED)])
def test_a_mail_nobody_is_sure_about_is_retried_or_dropped_by_a_person(answer: str, state: State) -> None:
    key = a_message().key
    desk = a_desk(NewTask("check/1", K.CHECK_DELIVERY, "Not sure", "", subject=key))
    assert to_check(desk) == key
    types(desk, answer)
    assert desk.outbox.rows[key].state is state


def test_stop_everything_stops_until_somebody_says_go_and_can_be_said_again() -> None:
    desk = a_desk()
    types(desk, what="stop everything")
    assert desk.cursors.get(STOPPED)
    publish_tasks(desk.office, NOON)
    types(desk, "go")
    assert not desk.cursors.get(STOPPED)
    types(desk)
    assert not desk.cursors.get(STOPPED)
    types(desk, what="Stop everything!")
    assert desk.cursors.get(STOPPED)


def test_asked_back_undoes_a_no_with_its_evidence() -> None:
    desk = a_desk()
    no = ConsentFact(NOON - timedelta(days=1), FactKind.NO, "reply", "p-ana", "ana@example.org", evidence="mail/1")
    desk.consents.add([no])
    types(desk, what="asked back ana@example.org")
    assert not may_be_written_to(desk)
    types(desk, what="asked back ana@example.org, by phone, 3 May")
    assert may_be_written_to(desk)
    assert desk.consents.facts[-1].evidence == "by phone, 3 May"


def test_a_stop_told_to_a_leader_counts_like_a_stop() -> None:
    desk = a_desk(NewTask("reply/abc", K.ANSWER_REPLY, "Ana answered", "", subject="p-ana"))
    desk.enrollments.save([Enrollment("p-ana", "head_start", "1", date(2026, 9, 1))], NOON)
    types(desk, "stop")
    assert not may_be_written_to(desk)
    assert desk.enrollments.all()[0].state is EnrollmentState.ENDED


def held(desk: Desk, mail: str, person_id: str = "p-ana") -> None:
    kind = FactKind.HOLD_ORGANIZATION
    desk.consents.add([ConsentFact(NOON, kind, "reply", person_id, None, "wa-lummi", evidence=f"mail/{mail}")])


def test_done_lifts_the_hold_of_a_doubtful_reply() -> None:
    desk = a_desk(NewTask("reply/abc", K.ANSWER_REPLY, "Read first", "", subject="p-ana"))
    held(desk, "abc")
    assert not may_be_written_to(desk, "p-bea")
    types(desk, "done", at=NOON + timedelta(hours=1))
    assert may_be_written_to(desk, "p-ana")
    assert may_be_written_to(desk, "p-bea")


def test_a_second_doubtful_reply_keeps_the_hold() -> None:
    desk = a_desk(
        NewTask("reply/two", K.ANSWER_REPLY, "Read first", "", subject="p-bea"),
        NewTask("reply/one", K.ANSWER_REPLY, "Read first", "", subject="p-ana"),
    )
    held(desk, "one")
    held(desk, "two", "p-bea")
    types(desk, "done", at=NOON + timedelta(hours=1))
    assert not may_be_written_to(desk)


def test_done_about_an_address_tries_it_once_more() -> None:
    desk = a_desk(NewTask("address/p-ana/1", K.ADDRESS_PROBLEM, "Who?", "", subject="p-ana"))
    desk.consents.add([ConsentFact(NOON, FactKind.BOUNCE_HARD, "provider", None, "ana@example.org", evidence="mail/1")])
    types(desk, "done", at=NOON + timedelta(hours=1))
    assert may_be_written_to(desk)


def test_hand_to_keeps_the_task_open_with_its_new_owner() -> None:
    desk = a_desk(NewTask("reply/abc", K.ANSWER_REPLY, "Ana answered", "", who="Noor", subject="p-ana"))
    types(desk, "hand to Rosa")
    (task,) = desk.tasks.all()
    assert (task.state, task.who) == (TaskState.OPEN, "Rosa")
    types(desk, "done")
    assert desk.tasks.all()[0].state is TaskState.ANSWERED


def test_months_are_obeyed_at_once_and_asked_to_be_typed() -> None:
    desk = a_desk(NewTask("months/p", K.ASK_MONTHS, "When open?", "", subject="wa-farm"))
    types(desk, "months: Apr-Jun, Sep")
    assert desk.programs.notes["wa-farm"] == {"open_months": "4,5,6,9"}
    assert [task.kind for task in desk.tasks.all()] == [K.ASK_MONTHS, K.TYPE_FACT]


def test_months_that_cannot_be_read_are_a_sentence() -> None:
    desk = a_desk(NewTask("months/p", K.ASK_MONTHS, "When open?", "", subject="wa-farm"))
    assert "Apr-Oct" in types(desk, "months: when it rains").issues[0].sentence
    assert desk.tasks.all()[0].state is TaskState.OPEN


def test_what_a_tribe_said_about_itself_is_obeyed_at_once() -> None:
    desk = a_desk(NewTask("call/1", K.CALL, "Call", "", subject="p-ana"))
    types(desk, "reached-may write, ask Rosa Elk first, not before December 1")
    assert desk.programs.notes["wa-lummi"] == {"ask_first": "Rosa Elk", "do_not_write_until": "2026-12-01"}
    assert desk.tasks.all()[0].answer == "reached-may write"


def test_a_new_contact_becomes_a_row_to_type() -> None:
    desk = a_desk(NewTask("call/1", K.CALL, "Call", "", subject="p-ana"))
    types(desk, "new contact: Rosa Elk, rosa@example.org")
    assert desk.tasks.all()[1].kind is K.REFERRAL
    assert "Rosa Elk" in desk.tasks.all()[1].what


def test_why_is_answered_beside_the_row() -> None:
    desk = a_desk()
    desk.words = PackagedWords()  # type: ignore[assignment]
    types(desk, what="why ana@example.org")
    assert "Ana Torres" in says(desk, "why ana@example.org")


def test_a_copy_of_data_stands_on_the_shelf() -> None:
    desk = a_desk()
    types(desk, what="copy of data ana@example.org")
    ((path, body),) = desk.shelf.files.items()
    assert json.loads(body)["person"]["member"]["email"] == "ana@example.org"
    assert path in says(desk, "copy of data ana@example.org")


def test_forget_leaves_no_trace_of_the_address_with_us_and_asks_for_the_row() -> None:
    desk = a_desk()
    types(desk, what="forget ana@example.org")
    assert desk.people.forgotten == ["p-ana"]
    assert all("ana@" not in f"{task.what}{task.answer}{task.key}" for task in desk.tasks.all())
    assert "delete the row" in says(desk, "forget ana@example.org")


def test_of_two_people_with_one_address_nobody_is_forgotten_by_the_address() -> None:
    desk = a_desk()
    bea = a_person("p-bea", a_member("Bea Lund", "ana@example.org"))
    desk.people.apply(PeoplePlan(add=(bea,)), NOON)
    types(desk, what="forget ana@example.org")
    assert desk.people.forgotten == []
    said = says(desk, "forget ana@example.org")
    assert said.endswith("2 people share this address. Please type the name instead, as it stands in Members.")
    types(desk, what="forget  bea LUND")
    assert desk.people.forgotten == ["p-bea"]


@pytest.mark.parametrize(
    "who", ["José Muñoz", "JOSÉ  MUÑOZ", "José <jose@niñez.example.org>", "JOSE@Niñez.example.org"]
)
def test_a_person_is_found_by_name_or_address_however_it_is_typed(who: str) -> None:
    desk = a_desk()
    desk.words = PackagedWords()  # type: ignore[assignment]
    jose = a_person("p-jose", a_member("José Muñoz", "jose@xn--niez-hqa.example.org"))
    desk.people.apply(PeoplePlan(add=(jose,)), NOON)
    types(desk, what=f"why {who}")
    assert "José Muñoz" in says(desk, f"why {who}")


def test_a_request_about_nobody_says_so() -> None:
    desk = a_desk()
    types(desk, what="why nobody@example.org")
    assert "copy it from the column Email" in says(desk, "why nobody@example.org")


def test_carrying_out_twice_changes_nothing() -> None:
    desk = a_desk(APPROVE)
    an_approval(desk)
    types(desk, "approve", "copy of data ana@example.org")
    kept = (list(desk.approvals.answers), dict(desk.tasks.tasks), list(desk.consents.facts), dict(desk.cursors.values))
    report = types(desk, at=NOON + timedelta(minutes=5))
    assert (report.answered, report.requests) == (0, 0)
    assert kept == (
        list(desk.approvals.answers),
        dict(desk.tasks.tasks),
        list(desk.consents.facts),
        dict(desk.cursors.values),
    )


def test_a_rehearsal_carries_out_nothing() -> None:
    desk = a_desk(APPROVE)
    an_approval(desk)
    desk.workbook.edit("To do", 1, HEADER.index("Answer"), "approve")
    reading = desk.workbook.read()
    assert reading is not None
    assert apply_answers(desk.office, reading, NOON, dry_run=True).answered == 1
    assert not desk.approvals.answers


def test_rows_are_added_once_even_when_a_person_deletes_them() -> None:
    desk = a_desk(APPROVE)
    del desk.workbook.tabs["To do"][1]
    assert publish_tasks(desk.office, NOON) == 0
    assert len(desk.workbook.tabs["To do"]) == 1


def test_rows_that_could_not_be_added_are_tried_again() -> None:
    desk = Desk()
    desk.workbook.is_closed_to_additions = True
    desk.tasks.open([APPROVE], NOON)
    assert publish_tasks(desk.office, NOON) == 0
    desk.workbook.is_closed_to_additions = False
    assert publish_tasks(desk.office, NOON) == 1


def test_an_office_without_the_tab_is_no_mistake() -> None:
    desk = Desk()
    reading = desk.workbook.read()
    assert reading is not None
    assert apply_answers(desk.office, reading, NOON).answered == 0


def test_the_page_tells_how_much_and_never_about_whom() -> None:
    desk = a_desk(NewTask("reply/abc", K.ANSWER_REPLY, "Ana answered", "", who="Noor", subject="p-ana"))
    shown = page(types(desk, what="why ana@example.org"))
    assert "1 row of To do waits" in shown.markdown
    assert "Ana" not in shown.markdown


def test_questions_about_mails_and_addresses_close_when_the_ledger_knows_better() -> None:
    desk = Desk()
    ana = a_person("p-ana", email="ana@example.org")
    desk.people.people["p-ana"] = ana
    desk.outbox.queue([a_message("p-ana", "ana@example.org")], NOON)
    key = a_message("p-ana", "ana@example.org").key
    desk.outbox.rows[key] = replace(desk.outbox.rows[key], state=State.TO_CHECK, attempt=1)
    desk.consents.add([ConsentFact(NOON, FactKind.BOUNCE_HARD, "provider", address="ana@example.org", evidence="x")])
    asked = [
        NewTask(f"check/{key}/1", TaskKind.CHECK_DELIVERY, "Not sure", "", subject=key),
        NewTask("address/p-ana/x", TaskKind.ADDRESS_PROBLEM, "Who is there now?", "", subject="p-ana"),
    ]
    desk.tasks.open(asked, NOON)
    assert close_settled(desk.office, NOON) == 0
    desk.outbox.rows[key] = replace(desk.outbox.rows[key], state=State.SENT)
    assert close_settled(desk.office, NOON) == 1
    corrected = replace(ana.member, email="ana.torres@example.org")
    desk.people.people["p-ana"] = replace(ana, member=corrected)
    assert close_settled(desk.office, NOON) == 1
    assert close_settled(desk.office, NOON) == 0
