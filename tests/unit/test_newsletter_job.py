"""From rows to mails in the queue: asked once, handed over once, only what was approved and only to who agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.approvals import Decision
from network.consent import ConsentFact, FactKind
from network.goals import Snapshot
from network.jobs.newsletter import page, send_issues
from network.members import Language, Status
from network.messages import Message, State, Stream
from network.newsletter import IssueState
from network.preferences import QuietDate
from network.tasks import NewTask, TaskKind, TaskState
from tests.builders import NOON, a_person, some_preferences
from tests.newsletter_desk import (
    HEADER,
    MEMBERS,
    NOTICES,
    QUARTER,
    a_desk,
    a_notice,
    a_reader,
    an_item,
    decide,
    queued,
    reading_of,
    run,
    sent_desk,
    settle,
    states,
)

# --- asking -----------------------------------------------------------------------------------------------------------


def test_an_issue_is_asked_about_once_in_to_do_and_by_mail_as_it_would_look() -> None:
    desk = a_desk(an_item())
    run(desk)
    run(desk, NOON + timedelta(hours=1))
    (request,) = desk.approvals.pending()
    assert (request.item, request.addressees) == (MEMBERS, 3)
    (task,) = (task for task in desk.tasks.all() if task.kind is TaskKind.APPROVE)
    assert task.subject == MEMBERS
    assert request.code in task.why
    (test,) = queued(desk, Stream.OFFICE)
    assert test.address == "noor@example.org"
    assert test.content.subject == "May this go out? October 2026, members, English"
    assert f"APPROVE {request.code}" in test.content.text
    assert "Dear Maria, ask the clinic." in test.content.text
    assert desk.issues.all()[0].state is IssueState.WAITING


def test_an_issue_whose_day_is_far_is_only_shown() -> None:
    desk = a_desk(an_item(send_on="2026-11-10"))
    assert states(run(desk)) == {"October 2026, members, English": "collecting"}
    assert not desk.approvals.pending()


def test_a_row_to_mend_holds_its_edition_and_no_other() -> None:
    desk = a_desk(an_item(link="example.org"), an_item("Rock", **{"for": "directors and partners"}), people=1)
    desk.people.people["p-d"] = a_reader("p-d", role_kind="director")
    report = run(desk)
    assert states(report) == {
        "October 2026, members, English": "held",
        "October 2026, directors and partners, English": "waiting for approval",
    }
    assert [remark.row for remark in report.remarks if remark.is_error] == [2]
    tab = desk.workbook.published["HMN newsletter"]
    assert any("Row 2 (“Lead tests”)" in str(row[2]) for row in tab.rows)


def test_nothing_is_asked_for_an_edition_that_nobody_wants() -> None:
    desk = a_desk(an_item(), people=0)
    desk.people.people["p-blank"] = a_person("p-blank", newsletter=None)
    assert states(run(desk)) == {"October 2026, members, English": "collecting"}
    assert not desk.approvals.pending()


def test_the_sentences_of_an_issue_of_which_no_row_could_be_read_are_shown() -> None:
    report = run(a_desk(an_item(language="French")))
    assert [remark.sentence.partition(".")[0] for remark in report.remarks] == [
        "October 2026: Row 2: Language holds “French”, which we do not know"
    ]


def test_a_header_that_is_gone_is_one_sentence_and_nothing_of_its_tab_goes() -> None:
    desk = a_desk(an_item(), notices=(a_notice(),))
    desk.workbook.put("Newsletter", tuple(each.replace("For", "Whom") for each in HEADER), an_item())
    desk.workbook.put("Messages", tuple(each.replace("Subject", "Betreff") for each in NOTICES), a_notice())
    report = run(desk)
    assert report.lines == ()
    assert [remark.sentence for remark in report.remarks][:2] == [
        "The tab Newsletter has no column For. Please type For as the header of that column.",
        "The tab Messages has no column Subject. Please type Subject as the header of that column.",
    ]


def test_an_old_issue_that_nobody_was_asked_about_does_not_go() -> None:
    report = run(a_desk(an_item(send_on="2026-09-01")))
    assert [(line.state, line.reason) for line in report.lines] == [
        (IssueState.HELD, "its day, Tue 1 September 2026, has passed; type a new day under Send on")
    ]


# --- handing over -----------------------------------------------------------------------------------------------------


def test_nothing_goes_before_somebody_said_yes_and_a_quarter_of_an_hour_is_over() -> None:
    desk = a_desk(an_item())
    run(desk)
    assert not queued(desk)
    decide(desk)
    run(desk, NOON + timedelta(minutes=14))
    assert not queued(desk)
    assert states(run(desk, NOON + QUARTER)) == {"October 2026, members, English": "scheduled"}
    assert len(queued(desk)) == 3


def test_nothing_goes_before_its_day() -> None:
    desk = a_desk(an_item(send_on="2026-10-08"))
    run(desk)
    decide(desk)
    report = run(desk, NOON + timedelta(days=1))
    assert [(line.state, line.reason) for line in report.lines] == [(IssueState.APPROVED, "goes on Thu 8 October")]
    assert not queued(desk)
    run(desk, NOON + timedelta(days=2))
    assert len(queued(desk)) == 3


def test_each_reader_gets_one_mail_with_their_name_their_way_to_stop_and_the_approved_words() -> None:
    desk = a_desk(an_item(), people=1)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    run(desk, NOON + 2 * QUARTER)
    (mail,) = queued(desk)
    (request,) = desk.approvals.requests.values()
    assert (mail.approval_item, mail.fingerprint) == (MEMBERS, request.fingerprint)
    assert "Dear Ana, ask the clinic." in mail.content.text
    assert f"STOP%20{mail.reply_ref}" in mail.content.text
    assert mail.due_at >= NOON + QUARTER
    assert mail.not_after > mail.due_at


def test_whoever_changes_language_between_two_runs_gets_the_issue_once() -> None:
    desk = a_desk(an_item(), an_item("Plomo", section="Salud", language="Spanish"), people=2)
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    desk.people.people["p-0"] = a_reader("p-0", language=Language.SPANISH)
    run(desk, NOON + 2 * QUARTER)
    decide(desk, at=NOON + 2 * QUARTER)
    run(desk, NOON + 4 * QUARTER)
    assert sorted(mail.person_id for mail in queued(desk)) == ["p-0", "p-1"]


def test_an_issue_that_got_another_name_after_it_went_is_not_taken_for_a_new_one_unseen() -> None:
    desk = sent_desk(an_item())
    desk.workbook.edit("Newsletter", 1, HEADER.index("Issue"), "Oktober 2026")
    run(desk, NOON + timedelta(hours=3))
    (request,) = desk.approvals.pending()
    assert "October 2026, members, English went out on Tue 6 October. Is this another issue?" in request.sample


def test_an_issue_that_was_stopped_on_its_way_says_what_waits() -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    for key, row in desk.outbox.rows.items():
        if row.message.stream is Stream.NEWSLETTER:
            desk.outbox.rows[key] = replace(row, reason="waits for approval")
    (line,) = run(desk, NOON + 2 * QUARTER).lines
    assert (line.state, line.reason) == (IssueState.SCHEDULED, "on its way; 3 mails wait (waits for approval)")


def test_an_edit_after_the_hand_over_reaches_nobody() -> None:
    desk = sent_desk(an_item())
    desk.workbook.edit("Newsletter", 1, HEADER.index("Text"), "Other words.")
    report = run(desk, NOON + 2 * QUARTER)
    assert states(report) == {"October 2026, members, English": "sent"}
    assert len(desk.approvals.requests) == 1
    assert len(queued(desk)) == 3


def test_other_words_must_be_looked_at_again() -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk)
    desk.workbook.edit("Newsletter", 1, HEADER.index("Text"), "Other words.")
    report = run(desk, NOON + QUARTER)
    assert [line.reason for line in report.lines] == ["text or list changed, please look again"]
    assert not queued(desk)
    assert len(desk.approvals.pending()) == 1


@pytest.mark.parametrize(("more", "asks"), [(4, 0), (5, 1)])
def test_a_clearly_longer_list_must_be_looked_at_again(more: int, asks: int) -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk)
    for number in range(more):
        desk.people.people[f"p-new{number}"] = a_reader(f"p-new{number}")
    run(desk, NOON + QUARTER)
    assert len(desk.approvals.pending()) == asks
    decide(desk, at=NOON + QUARTER)
    run(desk, NOON + 2 * QUARTER + timedelta(minutes=1))
    assert len(queued(desk)) == 3 + more


def test_people_leaving_lapse_nothing() -> None:
    desk = a_desk(an_item(), people=12)
    run(desk)
    decide(desk)
    for number in range(8):
        desk.people.people[f"p-{number}"] = a_reader(f"p-{number}", status=Status.LEFT)
    run(desk, NOON + QUARTER)
    assert len(queued(desk)) == 4


@pytest.mark.parametrize("decision", [Decision.NOT_YET, Decision.STOPPED])
def test_a_no_of_an_approver_holds_the_issue(decision: Decision) -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk, decision)
    assert states(run(desk, NOON + QUARTER)) == {"October 2026, members, English": "held"}
    assert not queued(desk)


def test_a_day_late_asks_again() -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk)
    late = NOON + timedelta(days=3)
    report = run(desk, late)
    assert [line.state for line in report.lines] == [IssueState.WAITING]
    assert not queued(desk)
    (again,) = desk.approvals.pending()
    assert again.fingerprint != desk.approvals.answers[0].fingerprint
    decide(desk, at=late)
    run(desk, late + QUARTER)
    assert len(queued(desk)) == 3


def test_a_kill_in_the_middle_of_the_hand_over_loses_and_doubles_nobody() -> None:
    desk = a_desk(an_item())
    run(desk)
    decide(desk)
    queue, calls = desk.outbox.queue, []

    def dies(messages: list[Message], at: datetime) -> int:
        calls.append(queue(messages[:1], at))
        raise KeyboardInterrupt

    desk.outbox.queue = dies  # type: ignore[method-assign,assignment]  # the process is killed after the first row
    with pytest.raises(KeyboardInterrupt):
        send_issues(desk.office, reading_of(desk), NOON + QUARTER)
    desk.outbox.queue = queue  # type: ignore[method-assign]
    assert calls == [1]
    run(desk, NOON + 2 * QUARTER)
    assert len(queued(desk)) == 3


def test_an_issue_that_would_arrive_after_a_long_quiet_time_does_not_go_late() -> None:
    desk = a_desk(an_item(), people=1)
    quiet = QuietDate(NOON.date(), NOON.date() + timedelta(days=20), "WA", "smoke")
    desk.preferences = some_preferences(quiet=(quiet,))
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    desk.outbox.expire(NOON + timedelta(days=14))
    assert [row.state for row in desk.outbox.rows.values() if row.message.stream is Stream.NEWSLETTER] == [State.MISSED]


# --- off and rehearsal ------------------------------------------------------------------------------------------------


def test_a_rehearsal_writes_nothing_anywhere() -> None:
    desk = a_desk(an_item(), notices=(a_notice(),))
    report = run(desk, dry_run=True)
    assert report.lines
    assert not any((desk.outbox.rows, desk.issues.records, desk.approvals.requests, desk.tasks.tasks))
    assert not any((desk.shelf.files, desk.cursors.values, desk.workbook.published))


def test_with_sending_switched_off_the_mails_only_stand_in_the_preview_folder() -> None:
    desk = a_desk(an_item(), notices=(a_notice(),))
    desk.is_live = False
    run(desk)
    assert sorted(desk.shelf.files) == [
        "preview/newsletter-october-2026-members-en.html",
        "preview/notice-2026-10-06-thursday-notice.html",
    ]
    assert not any((desk.outbox.rows, desk.issues.records, desk.approvals.requests, desk.workbook.published))


def test_a_job_that_is_off_says_so() -> None:
    desk = a_desk(an_item())
    desk.preferences = some_preferences(jobs=frozenset({"goals"}))
    assert "off in Settings" in page(run(desk)).markdown


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_the_numbers_of_an_issue_come_from_the_outbox_and_from_what_readers_said() -> None:
    desk = sent_desk(an_item(), people=4)
    last = list(desk.outbox.rows)[-1]
    desk.outbox.rows[last] = replace(desk.outbox.rows[last], state=State.FAILED)
    after = NOON + timedelta(hours=2)
    desk.consents.add(
        [
            ConsentFact(after, FactKind.NO, "reply", person_id="p-0", stream=Stream.NEWSLETTER),
            ConsentFact(after, FactKind.BOUNCE_HARD, "provider", address="p-1@example.org"),
        ]
    )
    run(desk, NOON + timedelta(days=1))
    (record,) = desk.issues.all()
    assert record.state is IssueState.SENT
    numbers = {name: int(number) for name, number in record.report.items() if number}
    assert numbers == {"delivered": 2, "bounced": 2, "unsubscribed": 1}
    run(desk, NOON + timedelta(days=15))
    assert desk.issues.all()[0].state is IssueState.REPORTED


def test_the_archive_holds_what_was_sent_without_anything_of_a_reader() -> None:
    desk = sent_desk(an_item())
    run(desk, NOON + timedelta(hours=2))
    html = desk.shelf.files["archive/october-2026-members-en.html"]
    assert "ask the clinic" in html
    assert "STOP" not in html
    assert "Maria" not in html
    assert 'href="october-2026-members-en.html"' in desk.shelf.files["archive/index.html"]


def test_a_second_run_changes_nothing() -> None:
    desk = sent_desk(an_item(), notices=(a_notice(),))
    at = NOON + timedelta(hours=2)
    run(desk, at)
    before = (dict(desk.outbox.rows), dict(desk.issues.records), dict(desk.shelf.files), desk.workbook.writes)
    run(desk, at + timedelta(minutes=5))
    assert (dict(desk.outbox.rows), dict(desk.issues.records), dict(desk.shelf.files), desk.workbook.writes) == before


def test_an_issue_that_has_gone_is_not_looked_at_again() -> None:
    desk = sent_desk(an_item())
    desk.workbook.edit("Newsletter", 1, HEADER.index("Text"), "Dear *|FNAME|*, [x](http://example.org)")
    report = run(desk, NOON + timedelta(days=1))
    assert report.remarks == ()
    assert states(report) == {"October 2026, members, English": "sent"}


def test_the_leaders_page_counts_and_names_nobody() -> None:
    text = page(run(a_desk(an_item(), notices=(a_notice(),)))).markdown
    assert "3 people" in text
    assert "Ana" not in text
    assert "@" not in text


# --- the newsletter's own blocks --------------------------------------------------------------------------------------


def test_a_new_member_is_named_only_after_a_yes() -> None:
    desk = a_desk(an_item(), people=1)
    desk.preferences = some_preferences(blocks=frozenset({"welcome to new members"}))
    fields: dict[str, Any] = {"already_known": False, "became_member_at": NOON - timedelta(days=3)}
    desk.people.people["p-new"] = a_person("p-new", name="Bea Ruiz", email="bea@example.org", **fields)
    run(desk)
    (request,) = desk.approvals.pending()
    assert "One new member joined us" in request.sample
    assert "Bea Ruiz" not in request.sample
    task = desk.tasks.tasks["name/p-new"]
    desk.tasks.tasks["name/p-new"] = replace(task, state=TaskState.ANSWERED, answer="approve")
    run(desk, NOON + QUARTER)
    (_, named) = desk.approvals.pending()
    assert "Bea Ruiz" in named.sample


def test_who_joins_while_an_issue_waits_is_welcomed_by_the_next() -> None:
    desk = a_desk(an_item(), an_item(issue="November 2026", send_on="2026-11-10"), people=1)
    desk.preferences = some_preferences(blocks=frozenset({"welcome to new members"}))
    run(desk)
    decide(desk)
    joined = NOON + timedelta(minutes=5)
    desk.people.people["p-new"] = a_person("p-new", email="b@example.org", already_known=False, became_member_at=joined)
    run(desk, NOON + QUARTER)
    assert "new member joined" not in queued(desk)[0].content.text
    settle(desk)
    run(desk, NOON + timedelta(days=1))
    run(desk, NOON + timedelta(days=33))
    assert "One new member joined us" in desk.approvals.pending()[0].sample


def test_a_goal_that_moves_after_the_question_lapses_nothing() -> None:
    desk = a_desk(an_item(), people=1)
    desk.preferences = some_preferences(blocks=frozenset({"progress of goals"}))
    header = ("Goal", "Metric", "Target", "Target on")
    desk.workbook.put("Goals", header, ("More voices", "active members", 70, "2026-12-31"))
    desk.snapshots.put([Snapshot("active members", NOON.date(), 62.0)])
    run(desk)
    assert "More voices: 62 now; the goal is 70 by 31 December 2026." in desk.approvals.pending()[0].sample
    decide(desk)
    desk.snapshots.put([Snapshot("active members", NOON.date() + timedelta(days=1), 63.0)])
    run(desk, NOON + timedelta(days=1))
    assert len(queued(desk)) == 1
    assert len(desk.approvals.requests) == 1


def test_a_goal_that_was_closed_or_not_counted_for_long_is_not_told() -> None:
    long_ago = NOON - timedelta(days=120)
    desk = a_desk(an_item(), people=1)
    desk.preferences = some_preferences(blocks=frozenset({"progress of goals"}))
    header = ("Goal", "Metric", "Target", "Target on", "Owner")
    rows = [(name, metric, 70, "2026-12-31", "Noor") for name, metric in (("A", "active members"), ("B", "referrals"))]
    desk.workbook.put("Goals", header, *rows, ("C", "children with health insurance", 99, "2026-12-31", "Noor"))
    for metric, day in (("active members", NOON), ("referrals", NOON), ("children with health insurance", long_ago)):
        desk.snapshots.put([Snapshot(metric, day.date(), 62.0)])
    (task,) = desk.tasks.open([NewTask("goal/b/review/2026-Q3", TaskKind.GOAL, "B?", "", subject="b")], long_ago)
    desk.tasks.save([replace(task, state=TaskState.ANSWERED, answer="close", answered_at=long_ago)], long_ago)
    run(desk)
    sample = desk.approvals.pending()[0].sample
    assert [name for name in ("A", "B", "C") if f"{name}: 62" in sample] == ["A"]


# --- the invariant ----------------------------------------------------------------------------------------------------

ACTS = (
    "run",
    "approve",
    "not yet",
    "stop",
    "edit",
    "new day",
    "unsubscribe",
    "join",
    "leave",
    "Spanish",
    "lane",
    "later",
)


@settings(max_examples=15)
@given(st.lists(st.sampled_from(ACTS), min_size=4, max_size=22))
def test_no_history_sends_an_issue_twice_or_to_somebody_who_did_not_ask(acts: list[str]) -> None:
    desk = a_desk(an_item(), an_item("Plomo", section="Salud", language="Spanish"), people=3)
    desk.people.people["p-blank"] = a_person("p-blank", email="blank@example.org", newsletter=None)
    at, said_no = NOON, set()
    for number, act in enumerate(acts):
        match act:
            case "run":
                run(desk, at)
            case "approve" | "not yet" | "stop":
                decisions = {"approve": Decision.APPROVED, "not yet": Decision.NOT_YET, "stop": Decision.STOPPED}
                decide(desk, decisions[act], at)
            case "edit":
                desk.workbook.edit("Newsletter", 1, HEADER.index("Text"), f"Words {number}.")
            case "new day":
                desk.workbook.edit("Newsletter", 1, 1, str(at.date()))
                desk.workbook.edit("Newsletter", 2, 1, str(at.date()))
            case "unsubscribe":
                handed = {mail.person_id for mail in queued(desk)}
                if "p-0" not in handed:
                    said_no.add("p-0")
                desk.consents.add([ConsentFact(at, FactKind.NO, "reply", person_id="p-0", evidence=str(number))])
            case "join":
                desk.people.people[f"p-join{number}"] = a_reader(f"p-join{number}")
            case "leave":
                desk.people.people["p-1"] = a_reader("p-1", status=Status.LEFT)
            case "Spanish":
                desk.people.people["p-2"] = a_reader("p-2", language=Language.SPANISH)
            case "lane":
                settle(desk, at=at)
            case "later":
                at += timedelta(hours=9)
        at += QUARTER
    run(desk, at)
    mails = queued(desk)
    assert len({mail.person_id for mail in mails}) == len(mails)
    assert not {mail.person_id for mail in mails} & (said_no | {"p-blank"})
    approved = {(a.item, a.fingerprint) for a in desk.approvals.answers if a.decision is Decision.APPROVED}
    assert {(mail.approval_item, mail.fingerprint) for mail in mails} <= approved
