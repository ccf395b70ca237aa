"""One run of the outbox: what holds it, what a fault does to the others, and that nothing is ever sent on a guess."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from network.consent import Reason, may_write
from network.errors import ConfigurationError, PermanentError, TransientError
from network.jobs.outbox import BREAKER, LAST_RUN, READ_INBOX, READ_SHEET, STOPPED, deliver, page
from network.members import Status
from network.messages import GO, TAKEN_OVER, Fate, Message, Receipt, State, Stream
from network.outbox import OutboxReport, limits_at
from network.ports import Handle
from network.preferences import Sending
from network.sequences import Enrollment, EnrollmentState
from network.stores import LaneState
from network.tasks import TaskKind, TaskState
from tests.builders import NOON, Desk, a_message, a_person, some_preferences
from tests.fakes_ledger import FakeLanes
from tests.fakes_outside import FakeMailer

PEOPLE = 5


def a_desk(people: int = PEOPLE, **fields: object) -> Desk:
    """An office that has just read everything, with one letter due for each of some invited people."""
    desk = Desk(**fields)  # type: ignore[arg-type]
    for number in range(people):
        person_id, address = f"p{number}", f"p{number}@example.org"
        desk.people.people[person_id] = a_person(person_id, email=address, status=Status.INVITE)
        desk.outbox.queue([a_message(person_id, address)], NOON)
    read_everything(desk)
    desk.cursors.set(LAST_RUN, NOON.isoformat(), NOON)
    desk.workbook.at = NOON
    desk.cursors.set("sheet.version", str(desk.workbook.version), NOON)
    return desk


def read_everything(desk: Desk) -> None:
    for name in (READ_SHEET, READ_INBOX):
        desk.cursors.set(name, desk.now.isoformat(), desk.now)


def states(desk: Desk) -> list[str]:
    return [str(record.state) for record in desk.outbox.records()]


def sent(desk: Desk) -> set[str]:
    return {message.person_id for message in desk.mailer.sent}


def open_tasks(desk: Desk, kind: TaskKind) -> list[str]:
    return [task.what for task in desk.tasks.all() if task.kind is kind and task.state is TaskState.OPEN]


def run(desk: Desk) -> OutboxReport:
    report = deliver(desk.office, desk.now)
    assert report.balance.planned == len(desk.outbox.rows), "every planned mail is counted once"
    return report


def fail(desk: Desk, person_id: str, error: Exception) -> str:
    key = a_message(person_id).key
    desk.mailer.fails[key] = error
    return key


def test_after_a_takeover_a_letter_goes_when_a_person_says_retry_and_never_by_itself() -> None:
    desk = a_desk(2)
    track = Enrollment("p0", a_message().item, "1", NOON.date(), state=EnrollmentState.ENDED, reason=TAKEN_OVER)
    desk.enrollments.save([replace(track, person_id=f"p{number}") for number in range(3)], NOON)
    desk.outbox.doubt(TAKEN_OVER, NOON)
    record = desk.outbox.find(a_message("p0").key)
    assert record is not None
    assert desk.outbox.resolve(record, State.QUEUED, NOON, reason="a person answered retry")
    desk.people.people["p2"] = a_person("p2", email="p2@example.org", status=Status.INVITE)
    desk.outbox.queue([a_message("p2", "p2@example.org")], NOON)  # by a run that had begun before
    run(desk)
    assert sent(desk) == {"p0"}
    assert sorted(states(desk)) == ["sent", "skipped", "to_check"]


class TestWhatHoldsIt:
    """Reasons for which nothing goes out."""

    def test_what_is_due_and_allowed_goes_out_once(self) -> None:
        desk = a_desk()
        assert run(desk).sent == PEOPLE
        assert run(desk).sent == 0
        assert len(desk.mailer.sent) == PEOPLE

    @pytest.mark.parametrize("what", ["rehearsal", "HMN_SEND=off"])
    def test_a_rehearsal_and_the_switched_off_office_write_nothing(self, what: str) -> None:
        desk = a_desk(is_live=what == "rehearsal")
        before = (dict(desk.outbox.rows), dict(desk.cursors.values), dict(desk.tasks.tasks), dict(desk.lanes.states))
        report = deliver(desk.office, NOON + timedelta(days=3), dry_run=what == "rehearsal")
        after = (dict(desk.outbox.rows), dict(desk.cursors.values), dict(desk.tasks.tasks), dict(desk.lanes.states))
        assert before == after
        assert not desk.mailer.sent
        assert report.held

    def test_stop_everything_holds_until_it_is_lifted(self) -> None:
        desk = a_desk()
        desk.cursors.set(STOPPED, NOON.isoformat(), NOON)
        assert "stop everything" in run(desk).held
        desk.cursors.set(STOPPED, "", NOON)
        assert run(desk).sent == PEOPLE

    def test_a_held_reading_of_the_sheet_holds_the_mail(self) -> None:
        desk = a_desk()
        desk.cursors.set(BREAKER, "1", NOON)
        assert "Members" in run(desk).held
        assert not desk.mailer.sent

    def test_the_coordinators_switch_is_read_in_the_sheet_this_minute(self) -> None:
        desk = a_desk(preferences=some_preferences(sending=Sending.OFF))
        assert "Sending is off" in run(desk).held
        assert not desk.mailer.sent

    def test_settings_that_cannot_be_read_count_as_off(self) -> None:
        desk = a_desk()
        desk.workbook.put("Members", ["First name"])  # the sheet changed, and its Settings are gone
        assert "off" in run(desk).held

    def test_an_old_reading_is_renewed_first_and_nothing_goes_when_that_fails(self) -> None:
        desk = a_desk()
        desk.now = NOON + timedelta(minutes=31)

        def unreachable() -> None:
            raise TransientError("The mailbox could not be reached.")

        assert "could not be read" in deliver(desk.office, desk.now, refresh=unreachable).held
        assert "30 minutes" in deliver(desk.office, desk.now).held
        assert not desk.mailer.sent
        assert deliver(desk.office, desk.now, refresh=lambda: read_everything(desk)).sent == PEOPLE

    def test_a_reading_from_the_future_is_not_relied_on(self) -> None:
        desk = a_desk()
        desk.cursors.set(READ_INBOX, (NOON + timedelta(hours=2)).isoformat(), NOON)
        assert run(desk).held

    def test_a_clock_that_ran_ahead_and_was_set_right_sends_nothing_twice_and_relies_on_no_reading_of_tomorrow(
        self,
    ) -> None:
        desk = a_desk()
        desk.now = NOON + timedelta(hours=2)
        read_everything(desk)
        assert run(desk).sent == PEOPLE
        desk.now = NOON
        assert "30 minutes" in run(desk).held
        read_everything(desk)
        desk.people.people["late"] = a_person("late", email="late@example.org", status=Status.INVITE)
        desk.outbox.queue([a_message("late", "late@example.org")], NOON)
        assert run(desk).sent == 1
        assert len(desk.mailer.sent) == PEOPLE + 1

    def test_a_clock_that_jumps_ahead_is_an_absence_and_somebody_is_asked(self) -> None:
        desk = a_desk()
        desk.now = NOON + timedelta(days=2)
        read_everything(desk)
        assert "away 2 days" in run(desk).held
        assert not desk.mailer.sent
        desk.now = NOON + timedelta(minutes=10)  # it was only the clock; the question stands until it is answered
        read_everything(desk)
        assert "away 2 days" in run(desk).held

    def test_a_long_run_reads_again_before_it_goes_on(self) -> None:
        desk = a_desk(people=200)
        reads: list[int] = []
        slow = SlowMailer(desk, timedelta(seconds=40))
        desk.mailer = slow

        def refresh() -> None:
            reads.append(len(slow.sent))
            read_everything(desk)

        desk.preferences = some_preferences(caps=replace(desk.preferences.caps, first_day=200, per_day=200))
        deliver(desk.office, desk.now, refresh=refresh)
        assert reads, "half an hour passed during the run"
        assert len(slow.sent) > max(reads)

    def test_another_lane_than_the_ledgers_is_refused_with_the_command_that_helps(self) -> None:
        desk = a_desk(lanes=OtherLane())
        assert "hmn clean-ledger" in run(desk).held
        assert not desk.mailer.sent


class TestAway:
    """After more than a day we ask before we send."""

    def back_after(self, days: int) -> Desk:
        desk = a_desk()
        desk.now = NOON + timedelta(days=days)
        read_everything(desk)
        return desk

    def test_the_question_names_what_waits_and_what_is_too_old(self) -> None:
        desk = self.back_after(3)
        desk.outbox.queue([a_message("p9", "p9@example.org", not_after=NOON + timedelta(days=1))], NOON)
        assert run(desk).held == "We were away 3 days. 5 mails are waiting, 1 is too old and will not go. Type go."
        assert not desk.mailer.sent

    def test_nothing_goes_until_the_question_is_answered(self) -> None:
        desk = self.back_after(2)
        for _ in range(3):
            run(desk)
        assert len(open_tasks(desk, TaskKind.AFTER_PAUSE)) == 1
        assert not desk.mailer.sent
        (task,) = desk.tasks.all()
        desk.tasks.save([replace(task, state=TaskState.ANSWERED)], desk.now)
        assert run(desk).sent == PEOPLE

    def test_the_question_is_not_lost_when_the_first_run_cannot_read(self) -> None:
        desk = self.back_after(4)
        desk.cursors.set(READ_INBOX, NOON.isoformat(), NOON)
        assert "30 minutes" in run(desk).held
        read_everything(desk)
        assert "away 4 days" in run(desk).held
        assert not desk.mailer.sent

    def test_nobody_is_asked_when_nothing_waits(self) -> None:
        desk = a_desk(people=0)
        desk.now = NOON + timedelta(days=5)
        read_everything(desk)
        assert run(desk).held == ""
        assert not desk.tasks.all()


class TestOnlyToMe:
    """The coordinator looks at everything first."""

    def test_each_due_mail_comes_once_to_the_reply_to_address_and_nobody_else(self) -> None:
        desk = a_desk(preferences=some_preferences(sending=Sending.ONLY_TO_ME))
        first, second = run(desk), run(desk)
        assert (first.tests, second.tests) == (PEOPLE, 0)
        assert {message.address for message in desk.mailer.sent} == {desk.preferences.reply_to}
        assert all(message.content.subject.startswith("[Test] ") for message in desk.mailer.sent)
        assert len(desk.mailer.sent) == PEOPLE

    def test_the_real_mails_wait_and_go_when_sending_is_on(self) -> None:
        desk = a_desk(preferences=some_preferences(sending=Sending.ONLY_TO_ME))
        run(desk)
        assert desk.outbox.tally(NOON).waiting == {"sending is off": PEOPLE}
        desk.preferences = some_preferences()
        desk.now = NOON + timedelta(minutes=31)
        read_everything(desk)
        assert run(desk).sent == PEOPLE

    def test_test_copies_are_not_the_first_live_day(self) -> None:
        desk = a_desk(preferences=some_preferences(sending=Sending.ONLY_TO_ME))
        run(desk)
        assert desk.lanes.state("local").first_live_day is None
        desk.preferences, desk.now = some_preferences(), NOON + timedelta(minutes=31)
        read_everything(desk)
        run(desk)
        assert desk.lanes.state("local").first_live_day == desk.now.date()


class TestFaults:
    """What goes wrong stays where it is."""

    def test_one_refused_recipient_never_affects_another(self) -> None:
        desk = a_desk()
        fail(desk, "p1", PermanentError("The mail server refused this mail (550 5.1.1)."))
        report = run(desk)
        assert (report.sent, report.refused) == (PEOPLE - 1, 1)
        assert desk.outbox.tally(NOON).failed == {"The mail server refused this mail (550 5.1.1).": 1}

    def test_an_address_without_anybody_is_not_tried_again_and_a_person_is_asked(self) -> None:
        desk = a_desk()
        fail(desk, "p1", PermanentError("The mail server refused this mail (550 5.1.1).", is_address_dead=True))
        run(desk)
        person = desk.people.people["p1"]
        verdict = may_write(person, "p1@example.org", desk.consents.of(person), Stream.NOTICE, NOON)
        assert verdict.reason is Reason.BOUNCED
        (asked,) = open_tasks(desk, TaskKind.ADDRESS_PROBLEM)
        assert "does not work" in asked

    def test_many_who_are_put_off_for_now_hold_nobody_up(self) -> None:
        desk = a_desk()
        for number in range(4):
            fail(desk, f"p{number}", TransientError("Later, please (450).", is_lane_fine=True))
        assert run(desk).sent == 1
        assert desk.outbox.tally(NOON).waiting == {"Later, please (450).": 4}

    def test_a_mail_that_cannot_be_prepared_is_refused_and_the_others_go(self) -> None:
        desk = a_desk()
        desk.mailer = Unprepared("p1", PermanentError("This address cannot be written to."))
        report = run(desk)
        assert (report.sent, report.refused) == (PEOPLE - 1, 1)

    def test_a_lane_that_does_not_answer_ends_the_run_after_three(self) -> None:
        desk = a_desk()
        for number in range(PEOPLE):
            fail(desk, f"p{number}", TransientError("The mail server could not be reached."))
        run(desk)
        asked = [each for each in desk.outbox.records() if each.reason == "The mail server could not be reached."]
        assert len(asked) == 3
        assert not {"sent", "failed", "to_check"} & set(states(desk))

    def test_two_faults_with_a_success_between_do_not_end_the_run(self) -> None:
        desk = a_desk()
        for number in (0, 1, 3):
            fail(desk, f"p{number}", TransientError("The mail server hung up."))
        assert run(desk).sent == 2

    def test_a_wrong_password_is_tried_once_pauses_the_lane_and_asks_a_person(self) -> None:
        desk = a_desk()
        counting = CountingMailer(ConfigurationError("The mail server does not take the password (535)."))
        desk.mailer = counting
        report = run(desk)
        assert counting.calls == 1
        assert "535" in report.held
        assert desk.lanes.state("local").paused
        assert open_tasks(desk, TaskKind.AFTER_PAUSE) == [
            "Sending is paused: The mail server does not take the password (535)."
        ]
        assert not {"sent", "failed", "to_check"} & set(states(desk))

    def test_the_same_fault_next_week_is_asked_about_again(self) -> None:
        desk = a_desk()
        desk.mailer = CountingMailer(ConfigurationError("Wrong password."))
        run(desk)
        (task,) = desk.tasks.all()
        desk.tasks.save([replace(task, state=TaskState.ANSWERED)], NOON)
        desk.lanes.pause("local", "")
        desk.now = NOON + timedelta(hours=1)
        read_everything(desk)
        run(desk)
        run(desk)
        assert len(open_tasks(desk, TaskKind.AFTER_PAUSE)) == 1

    def test_a_setting_missing_while_preparing_pauses_too(self) -> None:
        desk = a_desk()
        desk.mailer = Unprepared("p0", ConfigurationError("Please type the Sender address."))
        run(desk)
        assert desk.lanes.state("local").paused
        assert not desk.mailer.sent

    def test_a_worker_that_slept_past_its_claim_hands_nothing_over(self) -> None:
        desk = a_desk(people=2)
        desk.mailer = SlowMailer(desk, timedelta(minutes=6))
        desk.mailer.sent.clear()
        run(desk)
        assert len(desk.mailer.sent) >= 1
        for record in desk.outbox.records():
            assert record.state in (State.SENT, State.QUEUED, State.CLAIMED, State.DISPATCHING)


class TestUnclear:
    """Nobody knows whether it arrived."""

    @pytest.mark.parametrize(
        ("fate", "state"), [(Fate.SENT, State.SENT), (Fate.NOT_SENT, State.QUEUED), (Fate.UNKNOWN, State.TO_CHECK)]
    )
    def test_a_lost_answer_is_settled_by_what_the_lane_can_tell(self, fate: Fate, state: State) -> None:
        desk = a_desk(people=1)
        key = fail(desk, "p0", TransientError("no answer", request_left=True))
        desk.mailer.fates[key] = fate
        run(desk)
        assert desk.outbox.rows[key].state is state
        assert len(open_tasks(desk, TaskKind.CHECK_DELIVERY)) == (fate is Fate.UNKNOWN)

    def test_what_a_person_was_asked_about_is_looked_up_again_and_found(self) -> None:
        desk = a_desk(people=1)
        key = fail(desk, "p0", TransientError("no answer", request_left=True))
        desk.mailer.fates[key] = Fate.UNKNOWN
        run(desk)
        desk.mailer.fates[key] = Fate.SENT
        run(desk)
        assert desk.outbox.rows[key].state is State.SENT

    def test_a_person_is_asked_once_also_when_the_worker_died_before_it_could_ask(self) -> None:
        desk = a_desk(people=1)
        key = fail(desk, "p0", TransientError("no answer", request_left=True))
        desk.mailer.fates[key] = Fate.UNKNOWN
        run(desk)
        desk.tasks.tasks.clear()
        run(desk)
        run(desk)
        assert len(open_tasks(desk, TaskKind.CHECK_DELIVERY)) == 1

    def test_a_lane_that_cannot_be_asked_leaves_it_unclear(self) -> None:
        desk = a_desk(people=1)
        desk.mailer = Speechless(fails={a_message("p0").key: TransientError("no answer", request_left=True)})
        run(desk)
        assert states(desk) == ["to_check"]

    def test_an_expired_dispatch_of_a_dead_worker_is_looked_up_before_anything_else(self) -> None:
        desk = a_desk(people=1)
        (record,) = desk.outbox.records()
        claims = desk.outbox.claim("dead", 5, NOON, limits_at(NOON, desk.preferences, "local", LaneState(None, "")))
        desk.outbox.prepare(claims[0], {"draft": "x"}, NOON)
        desk.outbox.start(claims, NOON, lambda *_: GO)
        desk.mailer.fates[record.message.key] = Fate.SENT
        desk.now = NOON + timedelta(minutes=10)
        report = run(desk)
        assert (report.looked_up, report.sent) == (1, 0)
        assert states(desk) == ["sent"]

    def test_unclear_mails_are_looked_up_even_while_everything_is_stopped(self) -> None:
        desk = a_desk(people=1)
        key = fail(desk, "p0", TransientError("no answer", request_left=True))
        desk.mailer.fates[key] = Fate.UNKNOWN
        run(desk)
        desk.cursors.set(STOPPED, NOON.isoformat(), NOON)
        desk.mailer.fates[key] = Fate.SENT
        run(desk)
        assert desk.outbox.rows[key].state is State.SENT


def test_the_page_counts_everything_and_names_nobody() -> None:
    desk = a_desk()
    fail(desk, "p1", PermanentError("The mail server refused this mail (550)."))
    shown = page(run(desk)).markdown
    assert f"**{PEOPLE}** were planned" in shown
    assert "example.org" not in shown
    assert "Ana" not in shown


def test_the_offices_own_mail_leaves_no_story() -> None:
    desk = a_desk(people=0)
    desk.outbox.queue([a_message("office", "hmn@example.org", stream=Stream.OFFICE)], NOON)
    assert run(desk).sent == 1
    assert not desk.events.of("office")


# --- lanes with a fault ----------------------------------------------------------------------------------------------


class OtherLane(FakeLanes):
    """A ledger that has already sent another way."""

    def others(self, lane: str) -> list[str]:
        return ["gmail"]


class CountingMailer(FakeMailer):
    """Fails always, and counts how often it was asked."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.calls = error, 0

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        self.calls += 1
        raise self.error


class Unprepared(FakeMailer):
    """Cannot prepare the mail of one person."""

    def __init__(self, person_id: str, error: Exception) -> None:
        super().__init__()
        self.person_id, self.error = person_id, error

    def prepare(self, message: Message) -> Handle:
        if message.person_id == self.person_id:
            raise self.error
        return super().prepare(message)


class SlowMailer(FakeMailer):
    """Takes its time for each mail; the office's clock moves on meanwhile."""

    def __init__(self, desk: Desk, takes: timedelta) -> None:
        super().__init__()
        self.desk, self.takes = desk, takes

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        self.desk.now += self.takes
        return super().dispatch(message, handle)


@dataclass
class Speechless(FakeMailer):
    """Cannot be asked what became of a mail."""

    fails: dict[str, Exception] = field(default_factory=dict)

    def outcome(self, handle: Handle) -> Fate:
        raise TransientError("The mailbox could not be reached.")
