"""What follows from mail: a no is kept at once, a yes counts, what is unsure holds, reading twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from email.message import Message as Mail
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.approvals import ApprovalRequest, Decision
from network.consent import FactKind, Reason, may_write, said_no
from network.errors import TransientError
from network.exits import ANSWERED, COLLEAGUE_ANSWERED
from network.jobs.inbox import LAST_READ, InboxReport, page, read_inbox
from network.members import Language, Person, Status
from network.messages import Message, State, Stream
from network.mime import message_id
from network.ports import Incoming
from network.sequences import Enrollment, EnrollmentState, Outcome
from network.tasks import TaskKind
from tests.builders import NOON, Desk, a_member, a_message, a_person, an_incoming, some_preferences
from tests.unit.corpus_replies import AUTO, CORPUS, Case

REF = "K7Q2M4PX"


def a_desk(*people: Person, **fields: Any) -> Desk:
    """An office that wrote letter 1 to Ana, who is invited; Bea of the same program is invited too."""
    desk = Desk(words=PackagedWords(), **fields)  # type: ignore[arg-type]
    ana = a_person("p-ana", status=Status.INVITE, recipient_id="wa-lummi")
    bea = a_person("p-bea", name="Bea Ruiz", email="bea@example.org", status=Status.INVITE, recipient_id="wa-lummi")
    for person in people or (ana, bea):
        desk.people.people[person.id] = person
        track = Enrollment(person.id, "head_start", "1", date(2026, 9, 29), step=1)
        desk.enrollments.save([track], NOON)
    desk.outbox.queue([a_message(reply_ref=REF)], NOON)
    return desk


def arrives(desk: Desk, text: str = "", sender: str = "ana@example.org", **fields: Any) -> InboxReport:
    number = len(desk.inbox.mails) + 1
    desk.inbox.mails.append(an_incoming(text, sender, **{"id": f"<{number}@example.org>"} | fields))
    return read_inbox(desk.office, NOON)


def in_thread(message: Message | None = None) -> tuple[str, ...]:
    return (message_id((message or a_message()).key, "example.org"),)


def track_of(desk: Desk, person_id: str = "p-ana") -> Enrollment:
    return desk.enrollments.enrollments[person_id, "head_start", "1"]


def may_be_written_to(desk: Desk, person_id: str = "p-ana", stream: Stream = Stream.RECRUITMENT) -> bool:
    person = desk.people.people[person_id]
    return may_write(
        person, person.member.email or "", desk.consents.of(person), stream, NOON + timedelta(hours=1)
    ).allowed


def answers_of(desk: Desk) -> list[Message]:
    return [row.message for row in desk.outbox.rows.values() if row.message.stream is Stream.ANSWER]


def everything_kept(desk: Desk) -> tuple[Any, ...]:
    return (
        list(desk.consents.facts),
        dict(desk.enrollments.enrollments),
        dict(desk.tasks.tasks),
        list(desk.events.events),
        dict(desk.outbox.rows),
        list(desk.approvals.answers),
    )


# --- a no ------------------------------------------------------------------------------------------------------------


def test_a_stop_is_kept_confirmed_once_and_ends_everything() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    assert not any(
        may_be_written_to(desk, stream=stream) for stream in (Stream.RECRUITMENT, Stream.NOTICE, Stream.SURVEY)
    )
    assert track_of(desk).state is EnrollmentState.ENDED
    assert desk.outbox.rows[a_message().key].state is State.SKIPPED
    (answer,) = answers_of(desk)
    assert "NEWSLETTER" in answer.content.text
    assert answer.address == "ana@example.org"
    arrives(desk, "STOP, I said!")
    arrives(desk, "stop")
    assert len(answers_of(desk)) == 1


def test_a_colleague_of_somebody_who_said_stop_goes_on() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    assert may_be_written_to(desk, "p-bea")
    assert track_of(desk, "p-bea").state is EnrollmentState.ACTIVE


def test_a_stop_with_a_reference_counts_from_whatever_address() -> None:
    desk = a_desk()
    arrives(desk, "", "private@example.com", subject=f"STOP {REF.lower()}")
    assert not may_be_written_to(desk)
    assert desk.consents.facts[0].address is None


def test_a_stop_from_another_address_in_the_thread_stops_and_asks() -> None:
    desk = a_desk()
    arrives(desk, "STOP", "ana.home@example.com", references=in_thread())
    assert not may_be_written_to(desk)
    (task,) = desk.tasks.all()
    assert "another address" in task.what


def test_a_stop_of_somebody_unknown_is_kept_for_their_address() -> None:
    desk = a_desk()
    arrives(desk, "STOP", "new@example.com")
    later = a_person("p-new", email="new@example.com")
    desk.people.people["p-new"] = later
    assert not may_be_written_to(desk, "p-new")
    assert not answers_of(desk)


def test_a_stop_from_a_shared_address_stops_all_who_share_it() -> None:
    one, two = (a_person(f"p-{name}", name=f"{name} Lee", email="office@example.org") for name in ("Kim", "Sam"))
    desk = a_desk(one, two)
    arrives(desk, "STOP", "office@example.org")
    assert not may_be_written_to(desk, one.id)
    assert not may_be_written_to(desk, two.id)
    assert desk.tasks.all()


def test_a_no_to_the_newsletter_leaves_the_rest_and_a_member_is_asked() -> None:
    desk = a_desk(a_person("p-ana", newsletter=True))
    arrives(desk, "Stop the newsletter please")
    assert not may_be_written_to(desk, stream=Stream.NEWSLETTER)
    assert may_be_written_to(desk, stream=Stream.NOTICE)
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.ASK_NEWSLETTER]
    assert answers_of(desk)[0].item == "stop-newsletter"


def test_start_undoes_a_stop_and_the_next_stop_is_confirmed_again() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    desk.now = NOON + timedelta(days=1)
    desk.inbox.mails.append(an_incoming("START", id="<start@x>", received_at=desk.now))
    read_inbox(desk.office, desk.now)
    assert may_be_written_to_at(desk, desk.now + timedelta(hours=1))
    desk.inbox.mails.append(an_incoming("STOP", id="<again@x>", received_at=desk.now))
    read_inbox(desk.office, desk.now + timedelta(hours=2))
    assert not may_be_written_to_at(desk, desk.now + timedelta(hours=3))
    assert [each.item for each in answers_of(desk)].count("stop") == 2


def may_be_written_to_at(desk: Desk, at: Any) -> bool:
    person = desk.people.people["p-ana"]
    return may_write(person, "ana@example.org", desk.consents.of(person), Stream.RECRUITMENT, at).allowed


@pytest.mark.parametrize("words", ["START", "NEWSLETTER"])
@pytest.mark.parametrize("sender", ["ana@example.org", "somebody@example.com"])
def test_a_forged_start_undoes_no_no(words: str, sender: str) -> None:
    desk = a_desk()
    arrives(desk, "STOP", sender)
    report = arrives(desk, words, sender, headers={"authentication-results": "mx.example.net; spf=pass; dmarc=fail"})
    facts = [fact for kept in desk.consents.all().values() for fact in kept.facts]
    assert FactKind.YES not in {fact.kind for fact in facts}
    assert not may_be_written_to(desk) or sender != "ana@example.org"
    assert report.tasks or sender != "ana@example.org"


def test_newsletter_after_a_stop_lifts_it_for_the_newsletter_alone() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    arrives(desk, "NEWSLETTER")
    assert may_be_written_to(desk, stream=Stream.NEWSLETTER)
    assert not may_be_written_to(desk)


def test_a_yes_after_a_stop_is_for_a_person() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    arrives(desk, "YES")
    assert not may_be_written_to(desk)
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.ANSWER_REPLY]


def test_hard_words_stop_the_person_and_hold_the_program_without_an_answer() -> None:
    desk = a_desk()
    arrives(desk, "Leave us alone!")
    assert not may_be_written_to(desk)
    assert not may_be_written_to(desk, "p-bea")
    assert not answers_of(desk)


def test_an_unsure_reply_holds_the_program_and_nothing_is_answered() -> None:
    desk = a_desk()
    arrives(desk, "I'm not interested, thanks.")
    assert not may_be_written_to(desk)
    assert not may_be_written_to(desk, "p-bea")
    assert not any(fact.kind is FactKind.NO for fact in desk.consents.facts)
    assert not answers_of(desk)


def test_an_unsure_reply_holds_even_somebody_whose_program_is_unknown() -> None:
    desk = a_desk(a_person("p-ana", status=Status.INVITE))
    arrives(desk, "How did you get my address?")
    assert not may_be_written_to(desk)


# --- answers and commands --------------------------------------------------------------------------------------------


def test_a_human_reply_ends_the_track_of_the_whole_organization_and_goes_to_a_leader() -> None:
    desk = a_desk()
    arrives(desk, "Who else is in the group?")
    assert (track_of(desk).reason, track_of(desk, "p-bea").reason) == (ANSWERED, COLLEAGUE_ANSWERED)
    (task,) = desk.tasks.all()
    assert task.who in desk.preferences.leaders
    assert "Who else" not in task.what + task.why


def test_replies_are_spread_over_two_leaders() -> None:
    desk = a_desk(preferences=some_preferences(leaders=("Noor", "Lucía", "Third")))
    for number in range(4):
        arrives(desk, "Who else is in the group?", id=f"<q{number}@x>")
    assert sorted(task.who for task in desk.tasks.all()) == ["Lucía", "Lucía", "Noor", "Noor"]


def test_a_yes_counts_at_once_and_asks_the_coordinator_for_the_status() -> None:
    desk = a_desk()
    arrives(desk, "Yes, please!", references=in_thread())
    assert track_of(desk).outcome == Outcome.YES
    assert track_of(desk).state is EnrollmentState.ENDED
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.SET_STATUS]


def test_somebody_named_in_a_reply_becomes_a_ready_row_unless_known() -> None:
    desk = a_desk()
    arrives(
        desk,
        "Please also write to our nutrition manager, Ottoline Marsbury, ottoline@example.org, and to bea@example.org."
        "\n\nAna Torres\nana@example.org",
    )
    (row,) = [task.what for task in desk.tasks.all() if task.kind is TaskKind.REFERRAL]
    assert "Ottoline Marsbury; Email ottoline@example.org; Status Invite; Referred by Ana Torres" in row


def test_a_yes_from_an_address_nobody_knows_is_for_a_person() -> None:
    desk = a_desk()
    arrives(desk, "YES", "somebody@example.com", references=in_thread())
    assert track_of(desk).outcome != Outcome.YES
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.ANSWER_REPLY]


def test_ok_to_the_yearly_question_ends_only_that_question() -> None:
    desk = a_desk(a_person("p-ana"))
    question = a_message(stream=Stream.STILL_RIGHT, item="still_right-2026-10", step="letter-1")
    desk.outbox.queue([question], NOON)
    yearly = Enrollment("p-ana", "still_right", "2026-10", date(2026, 10, 1))
    desk.enrollments.save([yearly], NOON)
    arrives(desk, "OK", references=in_thread(question))
    assert desk.enrollments.enrollments["p-ana", "still_right", "2026-10"].reason == "still right"
    assert track_of(desk).state is EnrollmentState.ACTIVE
    assert not desk.tasks.all()


def test_ok_to_an_invitation_is_for_a_person() -> None:
    desk = a_desk()
    arrives(desk, "OK", references=in_thread())
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.ANSWER_REPLY]


def test_later_holds_invitations_until_the_day_and_says_so() -> None:
    desk = a_desk()
    arrives(desk, "Later in January")
    assert not may_be_written_to(desk)
    assert may_be_written_to_at(desk, NOON.replace(year=2027, month=1, day=2))
    assert "Until Friday 1 January you" in answers_of(desk)[0].content.text


def test_a_spanish_reader_gets_confirmations_in_spanish() -> None:
    desk = a_desk(a_person("p-ana", status=Status.INVITE, language=Language.SPANISH))
    arrives(desk, "Más tarde")
    assert "5 de enero" in answers_of(desk)[0].content.text


def test_espanol_brings_the_letter_in_spanish_and_asks_for_the_cell() -> None:
    desk = a_desk()
    arrives(desk, "ESPAÑOL")
    (answer,) = answers_of(desk)
    assert answer.language == "es"
    assert [task.kind for task in desk.tasks.all()] == [TaskKind.TYPE_FACT]


def test_nothing_is_queued_while_the_office_is_not_live_but_the_no_is_kept() -> None:
    desk = a_desk(is_live=False)
    arrives(desk, "STOP")
    assert not answers_of(desk)
    assert not may_be_written_to(desk)


# --- machines --------------------------------------------------------------------------------------------------------


def test_an_out_of_office_holds_until_its_day_and_ends_nothing() -> None:
    desk = a_desk()
    arrives(desk, "I am out of the office until October 19.", headers=AUTO)
    assert not may_be_written_to_at(desk, NOON.replace(day=18))
    assert may_be_written_to_at(desk, NOON.replace(day=19))
    assert track_of(desk).state is EnrollmentState.ACTIVE
    assert not desk.tasks.all()


def test_a_hard_bounce_belongs_to_the_address_and_asks_who_is_there_now() -> None:
    desk = a_desk()
    notice = {"bounced_address": "ana@example.org", "bounce_status": "5.1.1", "bounce_action": "failed"}
    arrives(desk, "User unknown", "mailer-daemon@mx.example.org", **notice)
    assert not may_be_written_to(desk)
    (task,) = desk.tasks.all()
    assert task.kind is TaskKind.ADDRESS_PROBLEM
    moved = replace(desk.people.people["p-ana"], member=a_member(email="new@example.org", status=Status.INVITE))
    desk.people.people["p-ana"] = moved
    assert may_be_written_to(desk)


def test_three_soft_bounces_in_a_row_hold_and_ask() -> None:
    desk = a_desk()
    notice = {"bounced_address": "ana@example.org", "bounce_status": "4.2.2", "bounce_action": "failed"}
    for _ in range(2):
        arrives(desk, "", "mailer-daemon@mx.example.org", **notice)
    assert may_be_written_to(desk)
    assert not desk.tasks.all()
    arrives(desk, "", "mailer-daemon@mx.example.org", **notice)
    assert not may_be_written_to(desk)
    assert len(desk.tasks.all()) == 1


def test_mail_from_a_bounced_address_shows_that_it_works() -> None:
    desk = a_desk()
    notice = {"bounced_address": "ana@example.org", "bounce_status": "5.1.1", "bounce_action": "failed"}
    arrives(desk, "", "mailer-daemon@mx.example.org", **notice)
    arrives(desk, "NEWSLETTER")
    assert may_be_written_to(desk, stream=Stream.NEWSLETTER)


def test_a_forged_delivery_notice_for_somebody_unknown_changes_nothing() -> None:
    desk = a_desk()
    notice = {"bounced_address": "who@example.com", "bounce_status": "5.1.1", "bounce_action": "failed"}
    arrives(desk, "", "mailer-daemon@mx.example.org", **notice)
    assert not desk.consents.facts


# --- approvals -------------------------------------------------------------------------------------------------------


def with_a_question(desk: Desk) -> Message:
    desk.approvals.ask(ApprovalRequest("recruitment/x", "print", "7K2M", NOON, "Letter 1", 12))
    sample = a_message("office", "noor@example.org", stream=Stream.OFFICE, item="approve", step="print")
    desk.outbox.queue([sample], NOON)
    return sample


def test_a_listed_approver_approves_in_the_thread_of_the_sample() -> None:
    desk = a_desk()
    sample = with_a_question(desk)
    arrives(desk, "approve 7k2m", "noor@example.org", references=in_thread(sample))
    (approval,) = desk.approvals.answers
    assert (approval.decision, approval.by, approval.fingerprint) == (Decision.APPROVED, "Noor Haddenfield", "print")


@pytest.mark.parametrize(("sender", "is_in_thread"), [("ana@example.org", True), ("noor@example.org", False)])
def test_nobody_else_and_no_other_thread_approves(sender: str, is_in_thread: bool) -> None:
    desk = a_desk()
    sample = with_a_question(desk)
    arrives(desk, "APPROVE 7K2M", sender, references=in_thread(sample) if is_in_thread else ())
    assert not desk.approvals.answers
    assert desk.tasks.all()


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_rehearsal_writes_nothing() -> None:
    desk = a_desk()
    before = everything_kept(desk)
    desk.inbox.mails += [an_incoming("STOP"), an_incoming("Who are you?", id="<2@x>")]
    report = read_inbox(desk.office, NOON, dry_run=True)
    assert everything_kept(desk) == before
    assert not desk.cursors.values
    assert report.kinds["said no"] == 1


def test_the_reading_is_remembered_even_when_nothing_came() -> None:
    desk = a_desk()
    read_inbox(desk.office, NOON)
    assert desk.cursors.get(LAST_READ) == NOON.isoformat()


def all_mails() -> list[Incoming]:
    cases = [case if isinstance(case, Case) else Case(case) for kind in CORPUS.values() for case in kind]
    return [
        an_incoming(case.text, case.sender, id=f"<{number}@x>", subject=case.subject, headers=case.headers)
        for number, case in enumerate(cases)
    ]


@settings(max_examples=12)  # each example compiles the layouts of our answers
@given(st.lists(st.sampled_from(all_mails()), max_size=6, unique_by=lambda mail: mail.id))
def test_reading_the_same_mails_twice_changes_nothing(mails: list[Incoming]) -> None:
    desk = a_desk()
    desk.inbox.mails += mails
    read_inbox(desk.office, NOON)
    kept = everything_kept(desk)
    desk.cursors.values.clear()
    read_inbox(desk.office, NOON + timedelta(minutes=15))
    assert everything_kept(desk) == kept


@settings(max_examples=12)  # each example compiles the layouts of our answers
@given(st.lists(st.sampled_from([mail for mail in all_mails() if mail.text != "START"]), max_size=6), st.integers(0, 6))
def test_after_a_stop_no_mail_but_a_start_makes_somebody_mailable(mails: list[Incoming], place: int) -> None:
    desk = a_desk()
    starts = {case for case in CORPUS if case.name == "START"}
    texts = {each.text if isinstance(each, Case) else each for kind in starts for each in CORPUS[kind]}
    mails = [mail for mail in mails if mail.text not in texts and mail.subject.lower() != "start"]
    mails.insert(place, an_incoming("STOP", id="<stop@x>"))
    desk.inbox.mails += mails
    read_inbox(desk.office, NOON)
    person = desk.people.people["p-ana"]
    assert said_no(person.id, person.addresses, desk.consents.of(person).facts, Stream.RECRUITMENT)


def test_an_old_stop_read_again_does_not_undo_the_start_after_it() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    arrives(desk, "START")
    desk.outbox.queue([a_message(step="letter-2")], NOON)
    desk.cursors.values.clear()
    assert read_inbox(desk.office, NOON + timedelta(days=2)).kinds == {"read before": 2}
    assert may_be_written_to_at(desk, NOON + timedelta(days=3))
    assert desk.outbox.rows[a_message(step="letter-2").key].state is State.QUEUED


def test_one_mail_that_cannot_be_dealt_with_stops_no_other() -> None:
    desk = a_desk()
    desk.inbox.mails.append(replace(an_incoming("hello", id="<bad@x>"), headers=Mail()))  # type: ignore[arg-type]
    desk.inbox.mails[0] = replace(desk.inbox.mails[0], subject=None)  # type: ignore[arg-type]
    report = arrives(desk, "STOP")
    assert report.kinds["unreadable"] == 1
    assert not may_be_written_to(desk)
    assert any(task.key.startswith("unreadable/") for task in desk.tasks.all())


def test_a_ledger_that_is_busy_leaves_the_cursor_where_it_was() -> None:
    desk = a_desk()

    class Busy:
        def add(self, facts: object) -> int:
            raise TransientError("The ledger is busy.")

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.consents, name)

    desk.inbox.mails.append(an_incoming("STOP"))
    with pytest.raises(TransientError):
        read_inbox(replace(desk.office, consents=Busy()), NOON)
    assert not desk.cursors.values
    read_inbox(desk.office, NOON)
    assert not may_be_written_to(desk)


def test_the_page_counts_and_names_nobody() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    shown = page(arrives(desk, "What time is it?", sender="bea@example.org"))
    assert "person reads it" in shown.markdown
    for word in ("Ana", "Bea", "example.org"):
        assert word not in shown.markdown


def test_mail_of_people_we_do_not_know_makes_one_task_a_day() -> None:
    desk = a_desk()
    for number in range(3):
        arrives(desk, "May I join?", f"new{number}@example.com")
    assert len(desk.tasks.all()) == 1


def test_no_task_or_event_holds_an_address_or_the_words_of_a_mail() -> None:
    desk = a_desk()
    for mail in all_mails():
        desk.inbox.mails.append(replace(mail, text=f"{mail.text} secretword"))
    read_inbox(desk.office, NOON)
    told = " ".join(
        [*(task.what + task.why for task in desk.tasks.all()), *(each.words for each in desk.events.events)]
    )
    assert "@" not in told
    assert "secretword" not in told


def test_a_said_no_reason_reads_as_on_the_screen() -> None:
    desk = a_desk()
    arrives(desk, "STOP")
    assert track_of(desk).reason == Reason.SAID_NO
