"""Taking a sheet over: everybody counts as written to, nothing waits to go, no old answer answers a new question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.local.words import PackagedWords
from network.errors import HeldError, PermanentError, TransientError
from network.guard import EVERYTHING, GUARD, Memory, guard_tab
from network.jobs import guard
from network.jobs.members import BREAKER, make_sure, read_sheet, sync_members
from network.jobs.newsletter import prepare_issues
from network.jobs.recruitment import apply_recruitment, plan_recruitment
from network.jobs.takeover import take_over
from network.messages import TAKEN_OVER, State, Stream
from network.sequences import EnrollmentState
from network.stores import LaneState
from network.tasks import NewTask, TaskKind, TaskState
from tests.builders import NOON, Desk, a_message
from tests.fakes_outside import FakeWorkbook

DIGEST = "ab" * 32
HEADER = ("First name", "Last name", "Email", "Organization", "Role", "Status")
PEOPLE = (
    ("Ana", "Torres", "ana@example.org", "Lummi Nation", "Health manager", "Member"),
    ("Ben", "Ito", "ben@example.org", "Skagit Head Start", "Health manager", "Invite"),
    ("Cleo", "Marsh", "cleo@example.org", "Yakima Head Start", "Nutrition manager", "Invite"),
    ("Dan", "Webb", "dan@example.org", "Yakima Head Start", "Health manager", ""),
)
SETTINGS = (("Sending", "on"), ("Time zone", "America/Los_Angeles"), ("States", "WA"))


@pytest.fixture
def desk() -> Desk:
    """A new computer at a sheet that another one runs."""
    sheet = FakeWorkbook().put("Members", HEADER, *PEOPLE).put("Settings", ("Setting", "Value"), *SETTINGS)
    sheet.put("To do", ("Ref", "What", "Why", "Who", "Since", "Answer"))
    desk = Desk(workbook=sheet, words=PackagedWords())  # type: ignore[arg-type]
    others_run_it(desk)
    return desk


def others_run_it(desk: Desk) -> None:
    desk.workbook.published[GUARD] = guard_tab(Memory("elsewhere", 7, ("theirs",)), NOON.date(), {DIGEST: EVERYTHING})
    desk.workbook.version += 1


def test_a_computer_that_does_not_run_the_sheet_reads_nothing_in_and_says_so(desk: Desk) -> None:
    with pytest.raises(HeldError, match=r"run from another computer \(last seen 6 October\)"):
        read_sheet(desk.office, NOON)
    assert guard.held(desk.office)
    assert not desk.people.all()
    with pytest.raises(HeldError):
        make_sure(desk.office, NOON)
    desk.workbook.at = None  # even when it cannot be read any more
    with pytest.raises(HeldError):
        guard.look(desk.office, None, NOON)


def test_a_rehearsal_stops_as_well_and_remembers_nothing(desk: Desk) -> None:
    with pytest.raises(HeldError):
        read_sheet(desk.office, NOON, dry_run=True)
    assert guard.held(desk.office) == ""


def test_everybody_but_those_without_a_status_counts_as_written_to(desk: Desk) -> None:
    report = take_over(desk.office, NOON)
    assert (report.is_needed, report.contacted, report.invited, report.noes) == (True, 3, 2, 1)
    people = {person.id: person.member.first_name for person in desk.people.all()}
    enrolled = desk.enrollments.all()
    assert {people[each.person_id] for each in enrolled} == {"Ana", "Ben", "Cleo"}
    assert {each.state for each in enrolled} == {EnrollmentState.ENDED}
    assert {each.reason for each in enrolled} == {TAKEN_OVER}
    assert "invite again" in next(task.what for task in desk.tasks.all() if task.kind is TaskKind.TAKEN_OVER)
    for days in range(1, 60, 7):
        desk.now = NOON + timedelta(days=days)
        plan = plan_recruitment(desk.office, desk.now)
        assert not plan.messages
        assert not plan.agenda.entered
        apply_recruitment(desk.office, plan, desk.now)


def test_who_is_set_to_invite_afterwards_is_invited(desk: Desk) -> None:
    take_over(desk.office, NOON)
    desk.workbook.edit("Members", 4, 5, "Invite")
    sync_members(desk.office, read_sheet(desk.office, NOON), NOON)
    assert sum(plan_recruitment(desk.office, NOON).agenda.entered.values()) == 1


def test_a_person_may_decide_that_they_are_invited_anew(desk: Desk) -> None:
    take_over(desk.office, NOON)
    (task,) = [each for each in desk.tasks.all() if each.kind is TaskKind.TAKEN_OVER]
    desk.tasks.save([replace(task, state=TaskState.ANSWERED, answer="invite again")], NOON)
    plan = plan_recruitment(desk.office, NOON)
    assert sum(plan.agenda.entered.values()) == 2
    assert {each.cycle for each in plan.agenda.enrollments} == {"2"}


def test_what_waited_goes_only_when_a_person_says_so(desk: Desk) -> None:
    desk.outbox.queue([a_message(), a_message("p-2", "b@example.org", stream=Stream.NEWSLETTER)], NOON)
    desk.outbox.queue([a_message("office", "o@example.org", stream=Stream.OFFICE)], NOON)
    report = take_over(desk.office, NOON)
    assert report.doubtful == 2
    states = {record.message.stream: record.state for record in desk.outbox.records()}
    assert states == {
        Stream.RECRUITMENT: State.TO_CHECK,
        Stream.NEWSLETTER: State.TO_CHECK,
        Stream.OFFICE: State.SKIPPED,
    }
    assert desk.outbox.tally(NOON).planned == 3


def test_no_answer_of_the_other_memory_answers_a_question_of_ours(desk: Desk) -> None:
    (ours,) = desk.tasks.open([NewTask("approve/x", TaskKind.APPROVE, "May it go?", "", subject="x")], NOON)
    desk.workbook.put(
        "To do",
        ("Ref", "What", "Why", "Who", "Since", "Answer"),
        (ours.ref, "Another question", "", "", "", "approve"),
        ("T-7", "A third", "", "", "", "go"),
        ("", "asked back ana@example.org, by phone, 3 May", "", "", "", ""),
        ("", "stop everything", "", "", "", ""),
    )
    take_over(desk.office, NOON)
    (new,) = desk.tasks.open([NewTask("new", TaskKind.AFTER_PAUSE, "Go on?", "")], NOON)
    assert int(new.ref[2:]) > 7
    assert not desk.approvals.find("x")
    assert not desk.consents.facts, "what was typed before is not done again"
    assert not desk.cursors.get("stopped")
    states = {task.ref: task.state for task in desk.tasks.all()}
    assert states[ours.ref] is TaskState.ANSWERED
    assert states["T-7"] is TaskState.CLOSED


def test_a_change_that_would_be_asked_about_is_believed_but_a_missing_header_is_not(desk: Desk) -> None:
    take_over(desk.office, NOON)
    many = (("New", f"Name{n}", f"n{n}@example.org", "", "", "Member") for n in range(30))
    desk.workbook.put("Members", HEADER, *many)
    others_run_it(desk)
    assert take_over(desk.office, NOON + timedelta(days=1)).contacted == 30
    assert not desk.cursors.get(BREAKER)
    desk.workbook.put("Members", HEADER[:2], ("Ana", "Torres"))
    others_run_it(desk)
    with pytest.raises(PermanentError, match="Please mend that, then: hmn takeover"):
        take_over(desk.office, NOON + timedelta(days=2))
    with pytest.raises(HeldError):
        read_sheet(desk.office, NOON + timedelta(days=2))


def test_a_takeover_that_dies_half_way_leaves_the_computer_stopped(desk: Desk) -> None:
    class Dead(FakeWorkbook):
        def publish(self, tabs: object) -> list[str]:
            return []

    living = desk.workbook
    desk.workbook = Dead(living.tabs, living.published, at=NOON)
    with pytest.raises(TransientError, match="open in another program"):
        take_over(desk.office, NOON)
    desk.workbook = living
    with pytest.raises(HeldError):
        read_sheet(desk.office, NOON)
    desk.workbook.published.pop(GUARD)  # whoever deletes the tab now does not let it go on either
    desk.workbook.version += 1
    with pytest.raises(HeldError, match="A takeover was begun on Tue 6 October and not finished"):
        read_sheet(desk.office, NOON)
    assert take_over(desk.office, NOON).is_needed
    assert read_sheet(desk.office, NOON) is not None


def test_taking_over_twice_changes_nothing(desk: Desk) -> None:
    take_over(desk.office, NOON)
    before = (dict(desk.tasks.tasks), dict(desk.enrollments.enrollments), desk.workbook.published[GUARD])
    report = take_over(desk.office, NOON + timedelta(hours=1))
    assert not report.is_needed
    assert report.sentences == ("This computer runs this sheet already. Nothing was changed.",)
    assert before == (dict(desk.tasks.tasks), dict(desk.enrollments.enrollments), desk.workbook.published[GUARD])


def test_nothing_leaves_before_the_new_mark_stands_in_the_sheet(desk: Desk) -> None:
    take_over(desk.office, NOON)
    before = guard.recall(desk.office)
    assert guard.raise_generation(desk.office, NOON) == ""
    after = guard.recall(desk.office)
    assert after.generation == before.generation + 1
    assert desk.workbook.published[GUARD].rows[2][1] == after.marks[-1]
    assert desk.lanes.state("local") == LaneState(None, "")


def test_an_issue_and_a_notice_of_that_day_are_held_and_a_new_day_lets_them_go(desk: Desk) -> None:
    header = ("Issue", "Send on", "For", "Language", "Section", "Title", "Text")
    desk.workbook.put("Newsletter", header, ("October", "2026-10-06", "members", "English", "News", "Hello", "A text."))
    desk.workbook.put(
        "Messages", ("To", "Send on", "Subject", "Text"), ("all members", "2026-10-06", "Thursday", "See you.")
    )
    settings = (*SETTINGS, ("Sender address", "hmn@example.org"), ("Postal address", "1 Example Street, Olympia WA"))
    desk.workbook.put("Settings", ("Setting", "Value"), *settings)
    desk.workbook.put("Members", (*HEADER, "Newsletter"), *((*row, "yes") for row in PEOPLE))
    take_over(desk.office, NOON)
    lines = prepare_issues(desk.office, desk.workbook.read(None), NOON).lines  # type: ignore[arg-type]
    reasons = {line.reason for line in lines if line.addressees}
    assert len(reasons) == 1, lines
    assert "it may have gone before this computer took over. If it did not, type a new day" in reasons.pop()
    desk.workbook.edit("Newsletter", 1, 1, "2026-10-08")
    desk.workbook.edit("Messages", 1, 1, "2026-10-08")
    later = prepare_issues(desk.office, desk.workbook.read(None), NOON).lines  # type: ignore[arg-type]
    assert not [line.reason for line in later if "may have gone" in line.reason], later


@pytest.mark.parametrize(("days", "may"), [(-3, True), (0, True), (1, False)])
def test_what_is_dated_until_the_day_of_the_takeover_may_have_gone(desk: Desk, days: int, may: bool) -> None:
    take_over(desk.office, NOON)
    assert guard.may_have_gone(desk.office, NOON.date() + timedelta(days=days)) is may
    assert not guard.may_have_gone(desk.office, None)
