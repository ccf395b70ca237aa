"""Ninety days in the example office: nobody answers, and still no Tribal or Migrant and Seasonal program is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from examples.build import build_workbook
from integrations.local.words import PackagedWords
from integrations.local.workbook import LocalWorkbook
from network.approvals import Approval, Decision
from network.cadence import is_open, local_day, place_of
from network.jobs.members import sync_members
from network.jobs.recruitment import apply_recruitment, plan_recruitment
from network.members import Status
from network.messages import Receipt, State, Stream
from network.programs import ProgramType
from network.sequences import EnrollmentState, Outcome, read_outcome
from network.settings_rows import preferences_from_cursor
from network.tasks import TaskKind
from tests.builders import NOON, Desk

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
LAST_DAY = NOON + timedelta(days=90)
NAMED = (TaskKind.CALL, TaskKind.PERSONAL_NOTE, TaskKind.ASK_MONTHS, TaskKind.FIND_MANAGER)


def the_mornings() -> list[datetime]:
    days = [NOON + timedelta(days=number) for number in range(90)]
    return [day for day in days if day.weekday() < 5]


def deliver(desk: Desk, until: datetime) -> None:
    for key, record in desk.outbox.rows.items():
        due = record.message.due_at
        if record.state is State.QUEUED and due <= until:
            receipt = Receipt("local", key, due)
            desk.outbox.rows[key] = replace(record, state=State.SENT, receipt=receipt, changed_at=due)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The Washington office after ninety days of planning, with every approval given and no answer from anybody."""
    path = build_workbook(WASHINGTON, tmp_path_factory.mktemp("office") / "workbook.xlsx")
    made = Desk(words=PackagedWords())  # type: ignore[arg-type]
    reading = LocalWorkbook(path, lambda: NOON).read()
    assert reading is not None
    sync_members(made.office, reading, NOON)
    made.preferences = preferences_from_cursor(made.cursors.get("settings"))
    for morning in the_mornings():
        deliver(made, morning)
        made.lanes.begin("local", local_day(morning, made.preferences))
        apply_recruitment(made.office, plan_recruitment(made.office, morning), morning)
        for request in made.approvals.pending():
            made.approvals.decide(
                Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", morning, request.addressees)
            )
    deliver(made, LAST_DAY)
    return made


def test_every_tribal_and_seasonal_program_is_at_an_end_or_has_a_named_task(desk: Desk) -> None:
    open_tasks = {task.subject for task in desk.tasks.all() if task.kind in NAMED and task.what and task.who}
    ended = {e.person_id for e in desk.enrollments.all() if e.state is EnrollmentState.ENDED}
    people = desk.people.all()
    wanted = [p for p in desk.programs.all() if p.types & {ProgramType.AIAN, ProgramType.MSHS}]
    assert len(wanted) == 20
    for program in wanted:
        here = [person for person in people if person.recipient_id == program.id]
        invited = [person for person in here if person.member.status is Status.INVITE]
        has_member = any(person.is_active_member for person in here)
        cared = all(person.id in ended or person.id in open_tasks or program.id in open_tasks for person in invited)
        assert (invited and cared) or has_member or program.id in open_tasks, program.name


def test_no_tribal_program_was_mailed_without_a_recorded_may_write(desk: Desk) -> None:
    tribal = {program.id for program in desk.programs.all() if ProgramType.AIAN in program.types}
    may = {e.person_id for e in desk.enrollments.all() if read_outcome(e.outcome) is Outcome.MAY_WRITE}
    for record in desk.outbox.rows.values():
        message = record.message
        person = desk.people.people.get(message.person_id)
        if person is not None and message.stream is Stream.RECRUITMENT and person.recipient_id in tribal:
            assert message.person_id in may


def test_no_mail_breaks_the_calendar_or_the_caps(desk: Desk) -> None:
    caps = desk.preferences.caps
    a_day: Counter[object] = Counter()
    a_person_day: Counter[object] = Counter()
    programs = {program.id: program for program in desk.programs.all()}
    letters = [r.message for r in desk.outbox.rows.values() if r.message.stream is not Stream.OFFICE]
    assert len(letters) > 30
    for message in letters:
        person = desk.people.people[message.person_id]
        program = programs.get(person.recipient_id or "")
        keeps = message.item == "migrant_seasonal"
        place = place_of(person.member.state, program, keeps_season=keeps)
        assert is_open(message.due_at, place, desk.preferences), message.key
        day = local_day(message.due_at, desk.preferences)
        a_day[day] += 1
        a_person_day[day, message.person_id] += 1
    assert max(a_day.values()) <= caps.per_day
    assert max(a_person_day.values()) <= caps.per_person_day


def test_nobody_who_is_no_invite_is_invited(desk: Desk) -> None:
    for enrollment in desk.enrollments.all():
        person = desk.people.people[enrollment.person_id]
        if enrollment.track not in ("welcome", "still_right", "directors_term"):
            assert person.member.status is Status.INVITE


def test_members_of_the_first_reading_get_no_welcome(desk: Desk) -> None:
    assert not any(each.track == "welcome" for each in desk.enrollments.all())


def test_the_season_that_is_not_known_is_asked_for(desk: Desk) -> None:
    unknown = [p for p in desk.programs.all() if ProgramType.MSHS in p.types and not p.open_months]
    asked = {task.subject for task in desk.tasks.all() if task.kind is TaskKind.ASK_MONTHS}
    assert asked == {program.id for program in unknown}
    assert len(unknown) == 1


def test_the_day_after_nothing_more_is_due(desk: Desk) -> None:
    at = datetime(2027, 1, 5, 18, 0, tzinfo=UTC)
    apply_recruitment(desk.office, plan_recruitment(desk.office, at), at)
    again = plan_recruitment(desk.office, at)
    assert again.messages == ()
    assert again.agenda.tasks == []
