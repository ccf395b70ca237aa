"""Recruitment from the office's side: who gets what, what a person must do, what never goes; twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.cadence import is_open, place_of
from network.consent import ConsentFact, FactKind
from network.exits import NOBODY, colleagues_of
from network.jobs.recruitment import (
    apply_recruitment,
    exit_reason,
    keep_letters,
    page,
    plan_recruitment,
    preview,
    requested_letter,
)
from network.members import ContactBy, Language, RoleKind, Status
from network.messages import Message, Receipt, State, Stream
from network.preferences import Caps, QuietDate
from network.programs import ProgramType
from network.sequences import EnrollmentState
from network.stores import LaneState
from network.tasks import Task, TaskKind, TaskState
from tests.builders import NOON, Desk, a_person, a_program, some_preferences

CALL = "call/aian/call/p-tribal"


@pytest.fixture
def desk() -> Desk:
    """An office with one recipient of each type, live since long."""
    made = Desk(words=PackagedWords())  # type: ignore[arg-type]
    made.programs.programs = [
        a_program("hs", "Opportunity Council", program_type=ProgramType.HS_EHS, number="10CH010550"),
        a_program("tribal", "Example Tribe", program_type=ProgramType.AIAN, number="90CI000001", phone="555-0100"),
        a_program(
            "season",
            "Example Growers",
            program_type=ProgramType.MSHS,
            number="90CM000001",
            open_months=(5, 6, 7, 8, 9, 10),
        ),
    ]
    made.lanes.states["local"] = LaneState(date(2026, 9, 1), "")
    return made


def invite(desk: Desk, person_id: str, recipient: str | None = "hs", **fields: Any) -> None:
    values: dict[str, Any] = {
        "name": f"{person_id.title()} Example",
        "email": f"{person_id}@example.org",
        "status": Status.INVITE,
        "state": "WA",
        "already_known": False,
        "recipient_id": recipient,
        "address_source": "the program's web page",
    }
    desk.people.people[person_id] = a_person(person_id, **(values | fields))


def run(desk: Desk, at: datetime = NOON) -> list[str]:
    """Plans and carries out; returns the keys of the letters queued."""
    planned = plan_recruitment(desk.office, at)
    apply_recruitment(desk.office, planned, at)
    return [message.key for message in planned.messages]


def approve_all(desk: Desk, at: datetime = NOON - timedelta(days=1)) -> None:
    for request in desk.approvals.pending():
        answer = Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", at, request.addressees)
        desk.approvals.decide(answer)


def run_approved(desk: Desk, at: datetime = NOON) -> list[str]:
    run(desk, at)
    approve_all(desk)
    return run(desk, at)


def deliver(desk: Desk, until: datetime) -> None:
    """The outbox, without its own rules: what is due goes out when it is due."""
    for key, record in desk.outbox.rows.items():
        if record.state is State.QUEUED and record.message.due_at <= until:
            receipt = Receipt("local", key, record.message.due_at)
            desk.outbox.rows[key] = replace(record, state=State.SENT, receipt=receipt, changed_at=record.message.due_at)


def mornings(start: datetime, days: int) -> Iterator[datetime]:
    """09:05 in Seattle on each weekday (16:05 UTC until the clocks change)."""
    for offset in range(days):
        morning = start.replace(hour=16, minute=5) + timedelta(days=offset)
        if morning >= datetime(2026, 11, 1, 9, tzinfo=UTC):
            morning += timedelta(hours=1)
        if morning.weekday() < 5 and morning > start:
            yield morning


def answer(desk: Desk, key: str, text: str, at: datetime = NOON) -> None:
    task = desk.tasks.tasks[key]
    desk.tasks.tasks[key] = replace(task, answer=text, answered_at=at, state=TaskState.ANSWERED)


def test_nothing_goes_before_an_approver_has_seen_it(desk: Desk) -> None:
    invite(desk, "ana")
    assert run(desk) == []
    [request] = desk.approvals.pending()
    assert request.item == "recruitment/head_start/letter-1/HS_EHS"
    assert request.title == "Head Start, Letter 1, to Head Start programs"
    assert "Hello Maria" in request.sample
    assert "ana" not in request.sample.casefold().split()
    task = desk.tasks.tasks[f"approve/{request.item}/{request.fingerprint[:12]}"]
    assert request.code in task.why
    mails = [record.message for record in desk.outbox.rows.values() if record.message.stream is Stream.OFFICE]
    assert [mail.address for mail in mails] == ["noor@example.org"]
    assert f"APPROVE {request.code}" in mails[0].content.text


def test_an_approved_letter_goes_out_once_with_everything_it_needs(desk: Desk) -> None:
    invite(desk, "ana")
    assert run_approved(desk) == ["recruitment/head_start/letter-1/ana"]
    message = desk.outbox.rows["recruitment/head_start/letter-1/ana"].message
    assert message.content.text.startswith("Hello Ana,")
    assert "web page" in message.content.text
    assert len(message.reply_ref) == 8
    assert "ana" not in message.reply_ref.casefold()
    assert message.approval_item == "recruitment/head_start/letter-1/HS_EHS"
    assert message.fingerprint == desk.approvals.answers[-1].fingerprint
    assert message.not_after > message.due_at
    assert run(desk) == []
    assert desk.enrollments.all()[0].step == 1


def test_an_approval_starts_fifteen_minutes_later(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk, NOON)
    run(desk)
    assert desk.outbox.rows["recruitment/head_start/letter-1/ana"].message.due_at == NOON + timedelta(minutes=15)


def test_changed_words_lapse_the_approval_and_ask_again(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    desk.preferences = some_preferences(extra={"leader's own words": "I started in this job alone."})
    assert run(desk) == []
    planned = plan_recruitment(desk.office, NOON)
    assert planned.waiting == {"text or list changed, please look again": 1}
    assert "I started in this job alone." in planned.requests[0].sample


def test_a_new_invite_does_not_lapse_the_approval(desk: Desk) -> None:
    invite(desk, "ana")
    run_approved(desk)
    invite(desk, "ben", "hs")
    assert run(desk, NOON + timedelta(hours=1)) == ["recruitment/head_start/letter-1/ben"]


def test_planning_and_applying_twice_changes_nothing(desk: Desk) -> None:
    for number in range(5):
        invite(desk, f"p{number}", "hs")
    invite(desk, "p-tribal", "tribal")
    run_approved(desk)
    before = (dict(desk.outbox.rows), dict(desk.enrollments.enrollments), dict(desk.tasks.tasks))
    run(desk)
    assert (desk.outbox.rows, desk.enrollments.enrollments, desk.tasks.tasks) == before


def test_a_run_killed_after_queueing_loses_nothing_and_repeats_nothing(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    planned = plan_recruitment(desk.office, NOON)
    desk.outbox.queue(planned.messages, NOON)  # and here the power went
    run(desk)
    deliver(desk, NOON + timedelta(hours=2))
    for morning in mornings(NOON, 8):
        run(desk, morning)
    letters = [key for key in desk.outbox.rows if key.startswith("recruitment/")]
    assert letters == ["recruitment/head_start/letter-1/ana"]
    assert desk.enrollments.all()[0].step == 1


def test_a_rehearsal_and_an_office_that_is_off_write_nothing_but_previews(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    enrolled = dict(desk.enrollments.enrollments)
    rows = dict(desk.outbox.rows)
    planned = plan_recruitment(desk.office, NOON)
    assert apply_recruitment(desk.office, planned, NOON, dry_run=True).queued == 1
    assert desk.shelf.files == {}
    desk.is_live = False
    apply_recruitment(desk.office, planned, NOON)
    assert len(desk.shelf.files) == 1
    assert desk.enrollments.enrollments == enrolled
    assert desk.outbox.rows == rows


def test_a_job_that_is_off_plans_nothing(desk: Desk) -> None:
    invite(desk, "ana")
    desk.preferences = some_preferences(jobs=frozenset())
    assert run(desk) == []
    assert desk.enrollments.all() == []
    assert preview(desk.office, NOON) == []


# --- people first ---------------------------------------------------------------------------------------------------


def test_tribal_programs_are_called_before_anything_is_mailed(desk: Desk) -> None:
    invite(desk, "p-tribal", "tribal")
    run_approved(desk)
    for morning in mornings(NOON, 60):
        deliver(desk, morning)
        assert run(desk, morning) == []
        approve_all(desk)
    task = desk.tasks.tasks[CALL]
    assert task.kind is TaskKind.CALL
    assert task.who in desk.preferences.leaders
    assert "555-0100" in task.what
    assert "Whom should we ask first?" in task.what
    assert [key for key in desk.outbox.rows if not key.startswith("office/")] == []


def test_after_may_write_one_program_is_approved_at_a_time(desk: Desk) -> None:
    desk.programs.programs.append(a_program("other", "Other Tribe", number="90CI000002"))
    for person_id, program in (("p-tribal", "tribal"), ("p-other", "other")):
        invite(desk, person_id, program)
    run(desk)
    for key in (CALL, "call/aian/call/p-other"):
        answer(desk, key, "reached-may write")
    tomorrow = NOON + timedelta(days=1)
    run(desk, tomorrow)
    items = {request.item for request in desk.approvals.pending() if request.item.startswith("recruitment/")}
    assert items == {f"recruitment/aian/letter-1/AIAN/{program}" for program in ("tribal", "other")}
    asked = [task.what for task in desk.tasks.all() if task.key.startswith("approve/recruitment/aian")]
    assert any("1 person of Example Tribe, and nobody of another program" in what for what in asked)
    first = next(request for request in desk.approvals.pending() if request.item.endswith("/tribal"))
    desk.approvals.decide(Approval(first.item, first.fingerprint, Decision.APPROVED, "Noor", NOON, 1))
    assert run(desk, tomorrow) == ["recruitment/aian/letter-1/p-tribal"]


@pytest.mark.parametrize("role", [RoleKind.DIRECTOR, RoleKind.CHAMPION, RoleKind.PARTNER])
def test_every_role_at_a_tribal_program_is_called_first(desk: Desk, role: RoleKind) -> None:
    invite(desk, "p-tribal", "tribal", role_kind=role)
    for _ in range(3):
        assert run_approved(desk) == []
    [call] = [task for task in desk.tasks.all() if task.kind is TaskKind.CALL]
    answer(desk, call.key, "reached-may write")
    run(desk, NOON + timedelta(days=1))
    approve_all(desk)
    assert len(run(desk, NOON + timedelta(days=1))) == 1


def test_a_yes_on_the_phone_is_welcomed_at_once_and_the_sheet_is_asked_for(desk: Desk) -> None:
    invite(desk, "p-tribal", "tribal")
    run(desk)
    answer(desk, CALL, "reached-yes")
    run(desk, NOON + timedelta(hours=1))
    assert desk.tasks.tasks["said-yes/p-tribal"].kind is TaskKind.SET_STATUS
    run(desk, NOON + timedelta(hours=2))
    approve_all(desk)
    assert run(desk, NOON + timedelta(hours=2)) == ["welcome/welcome/letter-1/p-tribal"]


def test_who_wants_the_phone_gets_calls_instead_of_letters(desk: Desk) -> None:
    invite(desk, "ana", contact_by=ContactBy.PHONE, phone="+13605550184")
    invite(desk, "ben", email="", phone="+13605550185")
    assert run_approved(desk) == []
    task = desk.tasks.tasks["call/head_start/letter-1/ana"]
    assert "+13605550184" in task.what
    assert "prefers the phone" in task.why
    assert "no email address" in desk.tasks.tasks["call/head_start/letter-1/ben"].why


def test_a_mistyped_address_is_mended_and_not_called_about(desk: Desk) -> None:
    invite(desk, "ana", phone="+13605550184")
    member = desk.people.people["ana"].member
    typed = replace(member, email=None, key=replace(member.key, email="ana.example.org"))
    desk.people.people["ana"] = replace(desk.people.people["ana"], member=typed)
    assert run_approved(desk) == []
    assert [task.kind for task in desk.tasks.all() if task.subject == "ana"] == []
    assert plan_recruitment(desk.office, NOON).waiting == {"no email address": 1}


def test_calls_are_spread_over_the_leaders_and_the_days(desk: Desk) -> None:
    for number in range(20):
        invite(desk, f"p{number:02}", None, contact_by=ContactBy.PHONE, phone="+13605550184")
    run(desk)
    calls = [task for task in desk.tasks.all() if task.kind is TaskKind.CALL]
    assert len(calls) == 8
    assert {leader: sum(task.who == leader for task in calls) for leader in desk.preferences.leaders} == {
        "Noor Haddenfield": 4,
        "Lucía Campoverde": 4,
    }
    run(desk, NOON + timedelta(days=1))
    assert sum(task.kind is TaskKind.CALL for task in desk.tasks.all()) == 16


# --- seasons, places, languages -------------------------------------------------------------------------------------


def test_an_unknown_season_is_asked_for_and_never_guessed(desk: Desk) -> None:
    desk.programs.programs[2] = replace(desk.programs.programs[2], open_months=(), director="Nadia Elverby")
    invite(desk, "rosa", "season")
    for _ in range(2):
        assert run_approved(desk) == []
    task = desk.tasks.tasks["months/season"]
    assert task.kind is TaskKind.ASK_MONTHS
    assert "Nadia Elverby" in task.what


def test_a_migrant_program_is_written_to_only_in_its_months(desk: Desk) -> None:
    invite(desk, "rosa", "season")
    november = datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
    run(desk, november)
    approve_all(desk)
    for morning in mornings(november, 100):
        assert [key for key in run(desk, morning) if key.startswith("recruitment/")] == []
    spring = datetime(2027, 5, 3, 17, 0, tzinfo=UTC)
    assert run_approved(desk, spring) == ["recruitment/migrant_seasonal/letter-1/rosa"]


def test_a_quiet_date_and_do_not_write_until_hold_a_letter(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    quiet = (QuietDate(date(2026, 10, 6), date(2026, 10, 7), "Head Start"),)
    desk.preferences = some_preferences(quiet=quiet)
    assert run(desk) == []
    desk.preferences = some_preferences()
    desk.programs.programs[0] = replace(desk.programs.programs[0], do_not_write_until=date(2026, 10, 9))
    assert run(desk, NOON + timedelta(days=2)) == []
    assert run(desk, NOON + timedelta(days=3)) == ["recruitment/head_start/letter-1/ana"]


def test_spanish_goes_only_to_those_whose_row_says_so(desk: Desk) -> None:
    invite(desk, "rosa", "season")
    invite(desk, "luz", "season", language=Language.SPANISH)
    run_approved(desk)
    texts = {record.message.person_id: record.message for record in desk.outbox.rows.values()}
    assert "¿Prefiere español? Responda ESPAÑOL." in texts["rosa"].content.text
    assert texts["luz"].language == "es"
    assert texts["luz"].content.text.startswith("Hola, Luz:")


def test_the_spanish_letter_can_be_asked_for(desk: Desk) -> None:
    invite(desk, "rosa", "season")
    run_approved(desk)
    message = requested_letter(desk.office, desk.people.people["rosa"], "es", NOON)
    assert message is not None
    assert message.stream is Stream.ANSWER
    assert message.content.text.startswith("Hola, Rosa:")
    invite(desk, "dora", "hs", role_kind=RoleKind.DIRECTOR)
    run(desk)
    assert requested_letter(desk.office, desk.people.people["dora"], "es", NOON) is None


# --- what ends and what holds ---------------------------------------------------------------------------------------


def sent_first_letter(desk: Desk, *people: str) -> None:
    for person_id in people:
        invite(desk, person_id)
    run_approved(desk)
    deliver(desk, NOON + timedelta(hours=2))


def test_who_says_no_is_never_written_to_again(desk: Desk) -> None:
    sent_first_letter(desk, "ana")
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="ana")])
    for morning in mornings(NOON, 40):
        assert run(desk, morning) == []
        approve_all(desk)
    [enrollment] = desk.enrollments.all()
    assert (enrollment.state, enrollment.reason) == (EnrollmentState.ENDED, "asked us to stop")


def test_who_said_no_before_is_not_even_enrolled(desk: Desk) -> None:
    invite(desk, "ana")
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", address="ana@example.org")])
    run_approved(desk)
    assert desk.enrollments.all() == []


def test_a_colleague_who_joins_meanwhile_ends_the_invitation_of_the_whole_organization(desk: Desk) -> None:
    sent_first_letter(desk, "ana", "ben")
    desk.people.people["ben"] = a_person(
        "ben", status=Status.MEMBER, recipient_id="hs", already_known=False, became_member_at=NOON + timedelta(days=1)
    )
    run(desk, NOON + timedelta(days=2))
    reasons = {each.person_id: each.reason for each in desk.enrollments.all() if each.track == "head_start"}
    assert reasons == {"ana": "a colleague has joined", "ben": "has joined"}


def test_a_colleague_who_was_a_member_before_ends_nothing(desk: Desk) -> None:
    desk.people.people["old"] = a_person("old", recipient_id="hs")
    invite(desk, "ana")
    assert run_approved(desk) == ["recruitment/head_start/letter-1/ana"]


def test_a_queued_letter_is_taken_back_when_its_track_ends(desk: Desk) -> None:
    invite(desk, "ana")
    run_approved(desk)
    desk.people.people["ana"] = replace(
        desk.people.people["ana"],
        member=replace(desk.people.people["ana"].member, status=Status.MEMBER),
        became_member_at=NOON,
    )
    run(desk, NOON + timedelta(minutes=5))
    record = desk.outbox.rows["recruitment/head_start/letter-1/ana"]
    assert (record.state, record.reason) == (State.SKIPPED, "has joined")


def test_on_hold_and_away_hold_without_ending(desk: Desk) -> None:
    sent_first_letter(desk, "ana")
    member = desk.people.people["ana"].member
    desk.people.people["ana"] = replace(desk.people.people["ana"], member=replace(member, status=Status.ON_HOLD))
    for morning in mornings(NOON, 30):
        assert run(desk, morning) == []
        approve_all(desk)
    assert desk.enrollments.all()[0].state is EnrollmentState.ACTIVE
    desk.people.people["ana"] = replace(desk.people.people["ana"], member=member)
    monday = datetime(2026, 11, 9, 18, 0, tzinfo=UTC)
    run(desk, monday)
    approve_all(desk)
    assert run(desk, monday) == ["recruitment/head_start/letter-2/ana"]


def test_the_second_letter_answers_in_the_thread_of_the_first(desk: Desk) -> None:
    sent_first_letter(desk, "ana")
    for morning in mornings(NOON, 15):
        run(desk, morning)
        approve_all(desk)
    second = desk.outbox.rows["recruitment/head_start/letter-2/ana"].message
    assert second.in_reply_to == "recruitment/head_start/letter-1/ana"
    assert second.due_at.date() == date(2026, 10, 16)


def test_a_letter_that_was_missed_is_tried_once_under_its_own_name(desk: Desk) -> None:
    invite(desk, "ana")
    run_approved(desk)
    key = "recruitment/head_start/letter-1/ana"
    desk.outbox.rows[key] = replace(desk.outbox.rows[key], state=State.MISSED)
    later = NOON + timedelta(days=9)
    assert run(desk, later) == ["recruitment/head_start/letter-1-again/ana"]
    assert run(desk, later) == []


def test_two_rows_with_one_address_get_one_letter(desk: Desk) -> None:
    invite(desk, "ana", email="health@example.org")
    invite(desk, "ben", None, email="health@example.org")
    assert len(run_approved(desk)) == 1
    assert [each.person_id for each in desk.enrollments.all()] == ["ana"]


def test_a_program_that_turns_out_to_be_tribal_is_called_first_even_half_way(desk: Desk) -> None:
    sent_first_letter(desk, "p-tribal")
    person = desk.people.people["p-tribal"]
    desk.people.people["p-tribal"] = replace(person, recipient_id="tribal")
    for morning in mornings(NOON, 30):
        assert run(desk, morning) == []
        approve_all(desk)
    states = {each.track: each.state for each in desk.enrollments.all()}
    assert states == {"head_start": EnrollmentState.ENDED, "aian": EnrollmentState.WAITING}


# --- the look before a letter leaves --------------------------------------------------------------------------------


def test_the_last_look_ends_what_has_changed_since_it_was_queued(desk: Desk) -> None:
    for person_id in ("ana", "ben"):
        invite(desk, person_id)
    run_approved(desk)
    message: Message = desk.outbox.rows["recruitment/head_start/letter-1/ana"].message
    ana = desk.people.people["ana"]

    def look() -> str:
        around = colleagues_of(desk.people.all(), desk.enrollments.all())
        person = desk.people.people["ana"]
        return exit_reason(message, person, desk.consents.of(ana), around.get("ana", NOBODY))

    assert look() == ""
    [key] = [key for key in desk.enrollments.enrollments if key[0] == "ben"]
    ended = replace(desk.enrollments.enrollments[key], state=EnrollmentState.ENDED, reason="answered us")
    desk.enrollments.enrollments[key] = replace(ended, ended_on=NOON.date())
    assert look() == "a colleague has answered"
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", person_id="ana")])
    assert look() == "asked us to stop"


def test_the_last_look_leaves_other_streams_to_the_gate(desk: Desk) -> None:
    invite(desk, "ana")
    run_approved(desk)
    message = replace(desk.outbox.rows["recruitment/head_start/letter-1/ana"].message, stream=Stream.NOTICE)
    nothing = desk.consents.of(desk.people.people["ana"])
    assert exit_reason(message, None, nothing, NOBODY) == ""


# --- members, caps, searches ----------------------------------------------------------------------------------------


def test_new_members_are_welcomed_and_known_ones_are_not(desk: Desk) -> None:
    desk.people.people["old"] = a_person("old", recipient_id="hs", email="old@example.org")
    desk.people.people["new"] = a_person(
        "new", recipient_id="hs", email="new@example.org", already_known=False, became_member_at=NOON
    )
    assert run_approved(desk) == ["welcome/welcome/letter-1/new"]


def test_the_newsletter_is_asked_about_separately_and_only_once(desk: Desk) -> None:
    for person_id, newsletter in (("asked", True), ("unasked", None)):
        desk.people.people[person_id] = a_person(
            person_id,
            email=f"{person_id}@example.org",
            recipient_id="hs",
            already_known=False,
            became_member_at=NOON,
            newsletter=newsletter,
        )
    run_approved(desk)
    for morning in mornings(NOON, 30):
        deliver(desk, morning)
        run(desk, morning)
        approve_all(desk)
    questions = [key for key in desk.outbox.rows if "/newsletter/" in key]
    assert questions == ["welcome/welcome/newsletter/unasked"]


def test_in_september_members_are_asked_whether_it_is_still_right(desk: Desk) -> None:
    desk.people.people["ana"] = a_person("ana", recipient_id="hs")
    september = datetime(2026, 9, 8, 17, 0, tzinfo=UTC)
    run(desk, september)
    approve_all(desk, september - timedelta(days=1))
    assert run(desk, september) == ["still_right/still_right-2026-09/letter-1/ana"]
    assert run(desk, september + timedelta(days=1)) == []


def test_the_first_day_is_capped_and_the_rest_goes_on_later_days(desk: Desk) -> None:
    desk.lanes.states.clear()
    desk.preferences = some_preferences(caps=Caps(first_day=3, per_day=5))
    for number in range(12):
        invite(desk, f"p{number:02}", None)
    assert len(run_approved(desk)) == 3
    desk.lanes.begin("local", NOON.date())
    assert run(desk) == []
    deliver(desk, NOON + timedelta(hours=6))
    assert len(run(desk, NOON + timedelta(days=1))) == 5
    deliver(desk, NOON + timedelta(days=1, hours=6))
    assert len(run(desk, NOON + timedelta(days=2))) == 4


def test_letters_of_one_day_leave_some_minutes_apart(desk: Desk) -> None:
    for number in range(4):
        invite(desk, f"p{number}", None)
    run_approved(desk)
    due = sorted(r.message.due_at for r in desk.outbox.rows.values() if r.message.stream is Stream.RECRUITMENT)
    assert [later - earlier for earlier, later in pairwise(due)] == [timedelta(minutes=3)] * 3


def test_a_manager_is_searched_for_where_nobody_is_known_tribal_and_seasonal_first(desk: Desk) -> None:
    for number in range(6):
        extra = a_program(
            f"more-{number}", f"More {number}", program_type=ProgramType.HS_EHS, number=f"10CH00000{number}"
        )
        desk.programs.programs.append(extra)
    run(desk)
    found = [task.subject for task in desk.tasks.all() if task.kind is TaskKind.FIND_MANAGER]
    assert set(found[:2]) == {"tribal", "season"}
    assert len(found) == 3
    for morning in mornings(NOON, 30):
        run(desk, morning)
    found = [task.subject for task in desk.tasks.all() if task.kind is TaskKind.FIND_MANAGER]
    assert len(found) == len(set(found)) == 9


# --- preview, page, wording -----------------------------------------------------------------------------------------


def test_the_preview_and_what_then_happens_agree_exactly(desk: Desk) -> None:
    for number in range(7):
        invite(desk, f"p{number}", "hs" if number % 2 else None, state=("WA", "NY", "HI")[number % 3])
    invite(desk, "rosa", "season")
    invite(desk, "p-tribal", "tribal")
    invite(desk, "call", "hs", contact_by=ContactBy.PHONE, phone="+13605550184")
    desk.preferences = some_preferences(caps=Caps(per_day=3))
    run(desk)
    approve_all(desk)
    foreseen = {
        (touch.person_id, touch.what, touch.at)
        for touch in preview(desk.office, NOON, days=14)
        if not touch.held and "Letter" in touch.what
    }
    happened: set[tuple[str, str, datetime | None]] = set()
    for morning in (NOON, *mornings(NOON, 15)):
        deliver(desk, morning)
        run(desk, morning)
    titles = {"letter-1": "Letter 1", "letter-2": "Letter 2"}
    tracks = {"head_start": "Head Start", "migrant_seasonal": "Migrant and Seasonal"}
    for record in desk.outbox.rows.values():
        message = record.message
        if message.stream is Stream.RECRUITMENT and message.due_at <= NOON + timedelta(days=14):
            happened.add((message.person_id, f"{titles[message.step]} ({tracks[message.item]})", message.due_at))
    assert happened == {each for each in foreseen if each[2] and each[2] <= NOON + timedelta(days=14)}
    assert len(happened) >= 8


def test_the_preview_says_who_is_held_and_why(desk: Desk) -> None:
    invite(desk, "ana")
    invite(desk, "p-tribal", "tribal")
    run(desk)
    held = {touch.person_id: touch.held for touch in preview(desk.office, NOON) if touch.held}
    assert held["ana"] == "waiting for your approval"
    assert held["p-tribal"].startswith("waits for a person")


def test_the_preview_writes_nothing(desk: Desk) -> None:
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    before = (
        dict(desk.outbox.rows),
        dict(desk.enrollments.enrollments),
        dict(desk.tasks.tasks),
        len(desk.events.events),
    )
    assert preview(desk.office, NOON)
    assert before == (desk.outbox.rows, desk.enrollments.enrollments, desk.tasks.tasks, len(desk.events.events))


def test_no_letter_is_ever_due_outside_the_window_over_there(desk: Desk) -> None:
    for number, state in enumerate(("WA", "NY", "HI", "TX", "GU", None)):
        invite(desk, f"p{number}", None, state=state)
    run(desk)
    approve_all(desk)
    for morning in mornings(NOON, 40):
        deliver(desk, morning)
        run(desk, morning)
        approve_all(desk, morning - timedelta(days=1))
    due = [r.message for r in desk.outbox.rows.values() if r.message.stream is Stream.RECRUITMENT]
    assert len(due) == 12
    for message in due:
        place = place_of(desk.people.people[message.person_id].member.state, None)
        assert is_open(message.due_at, place, desk.preferences), (message.key, message.due_at)


def test_the_page_names_no_person_and_no_program(desk: Desk) -> None:
    invite(desk, "ana")
    invite(desk, "p-tribal", "tribal")
    planned = plan_recruitment(desk.office, NOON)
    shown = page(apply_recruitment(desk.office, planned, NOON)).markdown
    for secret in ("Ana", "ana@", "Example Tribe", "Opportunity Council", "p-tribal"):
        assert secret not in shown
    assert "waiting for your approval" in shown


def test_the_coordinators_wording_goes_over_ours_and_needs_approval_again(desk: Desk) -> None:
    desk.workbook.put(
        "Messages",
        ["Letter", "To", "Send on", "Subject", "Text", "Meeting on"],
        ["Head Start, Letter 1", "", "", "A hello from Olympia", "Dear [First name],\n\ncome and see us.", ""],
    )
    reading = desk.workbook.read()
    assert reading is not None
    invite(desk, "ana")
    run(desk)
    approve_all(desk)
    assert keep_letters(desk.office, reading, NOON) == ()
    assert run(desk) == []
    approve_all(desk)
    run(desk)
    content = desk.outbox.rows["recruitment/head_start/letter-1/ana"].message.content
    assert content.subject == "A hello from Olympia"
    assert content.text.startswith("Dear Ana,\n\ncome and see us.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello [First name],\n\n# One\n\n# Two\n\n[the list](https://bit.ly/x)", "shortened"),
        ("Hello [First name],\n\n[answer](https://10.0.0.7/form)", "bare number"),
        ("Hello [First name],\n\n[answer]([Survey link])", "[Survey link] has no address in this letter."),
        ("Hello [First name],\n\n[join us]([Meeting link])", "[Meeting link] has no address in this letter."),
    ],
)
def test_a_wording_that_no_mail_should_have_is_said_and_nobody_is_asked_about_it(
    desk: Desk, text: str, said: str
) -> None:
    desk.workbook.put(
        "Messages",
        ["Letter", "To", "Send on", "Subject", "Text", "Meeting on"],
        ["Head Start, Letter 1", "", "", "Hello", text, ""],
    )
    reading = desk.workbook.read()
    assert reading is not None
    keep_letters(desk.office, reading, NOON)
    invite(desk, "ana")
    planned = plan_recruitment(desk.office, NOON)
    assert planned.requests == ()
    assert planned.samples == ()
    assert said in " ".join(planned.problems)


def test_an_approver_is_told_what_would_make_a_letter_better(desk: Desk) -> None:
    text = "Hello [First name],\n\n" + "Notwithstanding institutional considerations regarding coordination " * 12
    desk.workbook.put(
        "Messages",
        ["Letter", "To", "Send on", "Subject", "Text", "Meeting on"],
        ["Head Start, Letter 1", "", "", "A hello", text, ""],
    )
    reading = desk.workbook.read()
    assert reading is not None
    keep_letters(desk.office, reading, NOON)
    invite(desk, "ana")
    [sample] = plan_recruitment(desk.office, NOON).samples
    assert "Worth knowing: The text asks for about" in sample.content.text
    first = sample.content.text.partition("What they would read")[0]
    for words in ("APPROVE", "Head Start, Letter 1, to Head Start programs", "1 person now", "15 minutes after"):
        assert words in first


def test_a_wording_with_an_unknown_placeholder_is_said_and_not_sent(desk: Desk) -> None:
    desk.workbook.put(
        "Messages",
        ["Letter", "Subject", "Text"],
        ["Head Start, Letter 1", "", "Dear [Frist name], come."],
        ["Letter of joy", "", "Hello."],
    )
    reading = desk.workbook.read()
    assert reading is not None
    sentences = [issue.sentence for issue in keep_letters(desk.office, reading, NOON)]
    assert any("[Frist name]" in sentence for sentence in sentences)
    assert any("Head Start, Letter 1" in sentence and "Letter of joy" in sentence for sentence in sentences)
    invite(desk, "ana")
    for _ in range(2):
        assert run_approved(desk) == []
    assert "Frist name" in next(iter(plan_recruitment(desk.office, NOON).problems))


def test_every_new_task_says_what_why_and_who(desk: Desk) -> None:
    invite(desk, "ana")
    invite(desk, "p-tribal", "tribal")
    run(desk)
    tasks: list[Task] = desk.tasks.all()  # type: ignore[assignment]
    assert tasks
    for task in tasks:
        assert task.what
        assert task.why
        assert "overdue" not in f"{task.what} {task.why}".casefold()
        assert task.who or task.kind is TaskKind.APPROVE


def test_a_wrong_number_that_was_mended_is_called_again(desk: Desk) -> None:
    invite(desk, "p-tribal", "tribal", phone="+13605550184")
    run(desk)
    answer(desk, CALL, "wrong number")
    run(desk, NOON + timedelta(days=1))
    [task] = [task for task in desk.tasks.all() if task.key.startswith("number/")]
    assert "answer done" in task.what
    run(desk, NOON + timedelta(days=2))
    assert CALL.replace("aian/call", "aian-2/call") not in desk.tasks.tasks
    answer(desk, task.key, "done")
    run(desk, NOON + timedelta(days=3))
    again = desk.tasks.tasks[CALL.replace("aian/call", "aian-2/call")]
    assert again.state is TaskState.OPEN
    answer(desk, again.key, "reached-may write", NOON + timedelta(days=4))
    run(desk, NOON + timedelta(days=7))
    approve_all(desk)
    assert run(desk, NOON + timedelta(days=7)) == ["recruitment/aian-2/letter-1/p-tribal"]


def test_a_second_wrong_number_is_asked_about_again(desk: Desk) -> None:
    invite(desk, "p-tribal", "tribal", phone="+13605550184")
    for number, item in enumerate(("aian", "aian-2")):
        at = NOON + timedelta(days=7 * number)
        run(desk, at)
        answer(desk, f"call/{item}/call/p-tribal", "wrong number", at)
        run(desk, at + timedelta(days=1))
        for task in desk.tasks.all():
            if task.key.startswith("number/"):
                answer(desk, task.key, "done", at)
    assert {key for key in desk.tasks.tasks if key.startswith("number/")} == {"number/p-tribal", "number/p-tribal/2"}


def test_who_wants_mail_after_all_gets_the_letter_and_the_call_is_taken_back(desk: Desk) -> None:
    invite(desk, "ana", contact_by=ContactBy.PHONE, phone="+13605550184")
    run_approved(desk)
    [task] = [task for task in desk.tasks.all() if task.kind is TaskKind.CALL]
    person = desk.people.people["ana"]

    def prefers(way: ContactBy) -> None:
        desk.people.people["ana"] = replace(person, member=replace(person.member, contact_by=way))

    prefers(ContactBy.EMAIL)
    assert run(desk) == []  # the letter has not been approved yet
    assert desk.tasks.tasks[task.key].state is TaskState.CLOSED
    prefers(ContactBy.PHONE)
    run(desk)
    assert desk.tasks.tasks[f"{task.key}/2"].state is TaskState.OPEN
    prefers(ContactBy.EMAIL)
    assert run_approved(desk) == ["recruitment/head_start/letter-1/ana"]
    assert desk.tasks.tasks[f"{task.key}/2"].state is TaskState.CLOSED


def test_who_wants_the_phone_from_the_second_letter_on_is_called_for_it(desk: Desk) -> None:
    invite(desk, "ana", phone="+13605550184")
    run_approved(desk)
    deliver(desk, NOON + timedelta(days=1))
    person = desk.people.people["ana"]
    desk.people.people["ana"] = replace(person, member=replace(person.member, contact_by=ContactBy.PHONE))
    later = NOON + timedelta(days=14)
    assert run_approved(desk, later) == []
    assert "call/head_start/letter-2/ana" in desk.tasks.tasks


def test_who_moves_from_a_seasonal_to_a_head_start_program_finishes_what_was_begun(desk: Desk) -> None:
    invite(desk, "ana", "season")
    run_approved(desk)
    deliver(desk, NOON + timedelta(days=1))
    desk.people.people["ana"] = replace(desk.people.people["ana"], recipient_id="hs")
    later = NOON + timedelta(days=14)
    assert run_approved(desk, later) == ["recruitment/migrant_seasonal/letter-2/ana"]
    assert not any(task.kind is TaskKind.ASK_MONTHS for task in desk.tasks.all())


def test_a_season_that_closes_between_two_letters_holds_the_second_until_it_opens(desk: Desk) -> None:
    desk.programs.programs = [replace(each, open_months=(10,)) for each in desk.programs.programs]
    invite(desk, "ana", "season")
    end = datetime(2026, 10, 28, 17, 0, tzinfo=UTC)
    assert run_approved(desk, end) == ["recruitment/migrant_seasonal/letter-1/ana"]
    deliver(desk, end + timedelta(days=1))
    for morning in mornings(end, 300):
        assert run_approved(desk, morning) == []
    assert run_approved(desk, datetime(2027, 10, 1, 17, 0, tzinfo=UTC)) == ["recruitment/migrant_seasonal/letter-2/ana"]


def test_somebody_who_serves_two_states_is_spared_the_holidays_of_both(desk: Desk) -> None:
    desk.programs.programs.append(
        a_program("two", "Telamon", program_type=ProgramType.HS_EHS, number="10CH000777", states=("WA", "AK"))
    )
    invite(desk, "ana", "two", state=None)
    alaska_day = datetime(2026, 10, 19, 17, 0, tzinfo=UTC)  # observed in Alaska alone
    assert run_approved(desk, alaska_day) == []
    assert run(desk, alaska_day + timedelta(days=1)) == ["recruitment/head_start/letter-1/ana"]


def test_a_search_is_made_only_in_our_states(desk: Desk) -> None:
    desk.programs.programs.append(a_program("far", "Far Tribe", number="90CI000099", states=("AZ",)))
    run(desk)
    assert not any(task.key == "find/far" for task in desk.tasks.all())
    assert any(task.key == "find/tribal" for task in desk.tasks.all())
