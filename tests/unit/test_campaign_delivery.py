"""An issue where a campaign provider sends it: one campaign, to exactly its readers, sent once, looked up in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.campaigns import is_as_planned, next_quarter
from network.consent import ConsentFact, FactKind
from network.jobs.audience import sync_audience
from network.jobs.newsletter import NewsletterReport, follow_campaigns, prepare_issues, send_issues
from network.mailcheck import MailKind, Severity, check_mail
from network.members import Language, Person, RoleKind, Status
from network.messages import Content, Stream
from network.newsletter import IssueRecord, IssueState
from network.preferences import Sending
from network.rendering import Letterhead
from network.tabs import Cell, Reading
from network.tasks import NewTask, TaskKind
from tests.builders import NOON, Desk, a_person, some_preferences
from tests.fakes_outside import FakeAudience, FakeCampaigns

HEADER = ("Issue", "Send on", "For", "Language", "Section", "Title", "Text", "Link", "Contributed by", "May publish")
MEMBERS = "newsletter/october-2026/members/en"
QUARTER = timedelta(minutes=16)


def an_item(title: str = "Lead tests", **cells: str) -> tuple[Cell, ...]:
    values = {"Issue": "October 2026", "Send on": "2026-10-06", "For": "members", "Section": "Health"}
    values |= {"Title": title, "Text": "Dear [First name], ask the clinic."}
    values |= {name.replace("_", " ").capitalize(): cell for name, cell in cells.items()}
    return tuple(values.get(name, "") for name in HEADER)


def a_reader(person_id: str, **fields: Any) -> Person:
    values: dict[str, Any] = {"email": f"{person_id}@example.org", "newsletter": True, "state": "WA"}
    return a_person(person_id, **values | fields)


def a_desk(*rows: tuple[Cell, ...], people: int = 3) -> Desk:
    audience = FakeAudience()
    desk = Desk(
        words=PackagedWords(),  # type: ignore[arg-type]  # the texts we ship, through the same port
        audience=audience,
        campaigns=FakeCampaigns(audience),
    )
    for number in range(people):
        desk.people.people[f"p-{number}"] = a_reader(f"p-{number}")
    desk.workbook.put("Newsletter", HEADER, *(rows or (an_item(),)))
    return desk


def campaigns(desk: Desk) -> FakeCampaigns:
    assert desk.campaigns is not None
    return desk.campaigns


def reading_of(desk: Desk) -> Reading:
    reading = desk.workbook.read()
    assert reading is not None
    return reading


def read_all(desk: Desk, at: datetime) -> None:
    """Sheet, mailbox and audience were read just now."""
    desk.now = at
    for name in ("read.sheet", "read.inbox"):
        desk.cursors.set(name, at.isoformat(), at)
    desk.cursors.set("sheet.version", reading_of(desk).version or "", at)
    sync_audience(desk.office, at)


@lru_cache(maxsize=8)
def letterhead_of(reply_to: str) -> Letterhead:
    return Letterhead.load(PackagedWords(), some_preferences(reply_to=reply_to))


def run(desk: Desk, at: datetime = NOON) -> NewsletterReport:
    read_all(desk, at)
    paper = letterhead_of(desk.preferences.reply_to)
    prepare_issues(desk.office, reading_of(desk), at, letterhead=paper)
    return send_issues(desk.office, reading_of(desk), at, letterhead=paper)


def decide(desk: Desk, decision: Decision = Decision.APPROVED, at: datetime = NOON) -> None:
    for request in desk.office.approvals.pending():
        answer = Approval(request.item, request.fingerprint, decision, "Noor", at, request.addressees)
        desk.office.approvals.decide(answer)


def approved_desk(*rows: tuple[Cell, ...], at: datetime = NOON, **options: Any) -> Desk:
    desk = a_desk(*rows, **options)
    run(desk, at)
    decide(desk, at=at)
    return desk


def record(desk: Desk) -> IssueRecord:
    (found,) = desk.issues.all()
    return found


def mailed(desk: Desk) -> list[str]:
    return sorted(address for mails in campaigns(desk).mailed.values() for address in mails)


def test_an_approved_issue_is_one_campaign_to_its_readers_and_no_single_mails() -> None:
    desk = approved_desk()
    report = run(desk, NOON + QUARTER)
    assert mailed(desk) == ["p-0@example.org", "p-1@example.org", "p-2@example.org"]
    assert report.queued == 3
    assert not [row for row in desk.outbox.rows.values() if row.message.stream is Stream.NEWSLETTER]
    run(desk, NOON + 2 * QUARTER)
    assert record(desk).state is IssueState.SENT
    assert len(campaigns(desk).statuses) == 1


def test_nothing_is_made_there_before_somebody_said_yes() -> None:
    desk = a_desk()
    run(desk)
    run(desk, NOON + QUARTER)
    assert not campaigns(desk).statuses


def test_the_mail_has_the_providers_tags_where_names_and_the_way_to_stop_stand() -> None:
    desk = approved_desk(an_item(text="Dear [First name], *|LIST:DESCRIPTION|* {braces} stay."))
    report = run(desk, NOON + QUARTER)
    assert any("belongs to another program" in each.sentence for each in report.remarks)
    assert not campaigns(desk).statuses
    desk = approved_desk(an_item(text="Dear [First name], {braces} stay."))
    run(desk, NOON + QUARTER)
    (draft,) = campaigns(desk).drafts.values()
    assert "Dear *|FNAME|*, {braces} stay." in draft.text
    assert "*|UNSUB|*" in draft.text
    assert 'href="*|UNSUB|*"' in draft.html


def test_what_is_handed_over_passes_the_same_look_as_every_mail() -> None:
    desk = approved_desk()
    run(desk, NOON + QUARTER)
    (draft,) = campaigns(desk).drafts.values()
    content = Content(draft.subject, draft.text, draft.html)
    found = check_mail(content, MailKind.NEWSLETTER, postal_address=desk.preferences.postal_address)
    assert [each.sentence for each in found if each.severity is Severity.ERROR] == []


def test_a_reader_without_a_first_name_spoils_no_greeting() -> None:
    desk = a_desk()
    desk.people.people["p-x"] = a_reader("p-x", first_name="", name="")
    run(desk)
    decide(desk)
    run(desk, NOON + QUARTER)
    (draft,) = campaigns(desk).drafts.values()
    assert "*|FNAME|*" not in draft.text + draft.html


def test_a_list_of_readers_that_got_lost_is_caught_before_sending() -> None:
    desk = approved_desk()
    desk.people.people["p-left"] = a_reader("p-left", newsletter=None)
    there = campaigns(desk)
    there.audience.act("stranger@example.org", "subscribed")
    there.everybody = True
    run(desk, NOON + QUARTER)
    assert not mailed(desk)
    assert record(desk).state is IssueState.HELD
    assert "send this to 4, and we mean 3" in record(desk).reason
    assert any(task.key.startswith("campaign/") for task in desk.tasks.all())


def test_a_no_of_the_last_minute_is_told_there_before_it_goes() -> None:
    desk = approved_desk()
    read_all(desk, NOON + QUARTER)
    desk.consents.add([ConsentFact(NOON + QUARTER, FactKind.NO, "reply", person_id="p-0", evidence="mail/1")])
    send_issues(desk.office, reading_of(desk), NOON + QUARTER)
    assert mailed(desk) == ["p-1@example.org", "p-2@example.org"]
    assert campaigns(desk).audience.subscribers["p-0@example.org"].status == "unsubscribed"


@pytest.mark.parametrize("unread", ["read.sheet", "read.inbox", "read.audience"])
def test_nothing_goes_on_a_stale_reading(unread: str) -> None:
    desk = approved_desk()
    read_all(desk, NOON + QUARTER)
    desk.cursors.set(unread, NOON.isoformat(), NOON)
    send_issues(desk.office, reading_of(desk), NOON + timedelta(minutes=31))
    assert not campaigns(desk).statuses
    assert "read again" in record(desk).reason


@pytest.mark.parametrize("sending", [Sending.OFF, Sending.ONLY_TO_ME])
def test_while_sending_is_off_nothing_is_made_there(sending: Sending) -> None:
    desk = approved_desk()
    desk.preferences = some_preferences(sending=sending)
    run(desk, NOON + QUARTER)
    run(desk, NOON + 2 * QUARTER)
    assert not campaigns(desk).statuses
    tests = [row.message for row in desk.outbox.rows.values() if row.message.step == "only-to-me"]
    assert len(tests) == (sending is Sending.ONLY_TO_ME)


def test_before_the_window_it_is_scheduled_for_a_quarter_of_an_hour() -> None:
    early = NOON.replace(hour=15, minute=10)  # ten past eight in the network's zone
    desk = approved_desk(at=early - timedelta(hours=1))
    run(desk, early)
    assert record(desk).state is IssueState.SCHEDULED
    (when,) = campaigns(desk).scheduled.values()
    assert when == early.replace(hour=16, minute=0)
    campaigns(desk).tick(when)
    follow_campaigns(desk.office, when)
    assert record(desk).state is IssueState.SENT


def test_a_plan_that_does_not_schedule_sends_by_our_own_clock() -> None:
    early = NOON.replace(hour=15, minute=10)
    desk = approved_desk(at=early - timedelta(hours=1))
    campaigns(desk).can_schedule = False
    run(desk, early)
    assert record(desk).state is IssueState.APPROVED
    assert not mailed(desk)
    opens = early.replace(hour=16, minute=0)
    assert follow_campaigns(desk.office, opens)
    run(desk, opens)
    assert len(mailed(desk)) == 3


@pytest.mark.parametrize("why", ["stop", "off", "everything"])
def test_a_scheduled_issue_is_called_back_when_what_allowed_it_is_gone(why: str) -> None:
    early = NOON.replace(hour=15, minute=10)
    desk = approved_desk(at=early - timedelta(hours=1))
    run(desk, early)
    known = record(desk)
    if why == "stop":
        stop = Approval(MEMBERS, known.fingerprint, Decision.STOPPED, "Noor", early, known.addressees)
        desk.office.approvals.decide(stop)
    elif why == "off":
        desk.preferences = some_preferences(sending=Sending.OFF)
    else:
        desk.cursors.set("stopped", "yes", early)
    follow_campaigns(desk.office, early + timedelta(minutes=10))
    campaigns(desk).tick(early + timedelta(hours=3))
    assert not mailed(desk)
    run(desk, early + timedelta(hours=1))
    assert not mailed(desk)


def test_an_issue_that_somebody_took_back_there_is_not_sent_again_by_itself() -> None:
    early = NOON.replace(hour=15, minute=10)
    desk = approved_desk(at=early - timedelta(hours=1))
    run(desk, early)
    (campaign_id,) = campaigns(desk).scheduled
    campaigns(desk).recall(campaign_id)
    for minutes in (12, 24, 90):
        at = early + timedelta(minutes=minutes)
        follow_campaigns(desk.office, at)
        run(desk, at)
        campaigns(desk).tick(at)
    assert not mailed(desk)
    assert "somebody took it back" in record(desk).reason
    asked = [task for task in desk.tasks.all() if "somebody took it back" in task.what]
    assert len(asked) == 1
    desk.workbook.edit("Newsletter", 1, HEADER.index("Send on"), "2026-10-07")
    for minutes in (0, 16, 32):
        run(desk, NOON + timedelta(days=1, minutes=minutes))
        decide(desk, at=NOON + timedelta(days=1, minutes=minutes))
    assert len(mailed(desk)) == 3


def test_a_scheduled_issue_is_called_back_when_the_yes_to_its_story_is_taken_back() -> None:
    early = NOON.replace(hour=15, minute=10)
    desk = a_desk()
    desk.preferences = some_preferences(blocks=frozenset({"one success"}))
    task = NewTask("story/1", TaskKind.STORY, "…", "", subject="p-0")
    (opened,) = desk.tasks.open([task], early)
    told = replace(opened, answer="with name: We check hearing at once.", answered_at=early - timedelta(days=1))
    desk.tasks.save([told], early)
    run(desk, early - timedelta(hours=1))
    decide(desk, at=early - timedelta(hours=1))
    run(desk, early)
    assert len(campaigns(desk).scheduled) == 1
    desk.tasks.save([replace(told, answer="no")], early)
    follow_campaigns(desk.office, early + timedelta(minutes=10))
    assert not campaigns(desk).scheduled
    assert "story" in record(desk).reason
    for minutes in (20, 40):
        run(desk, early + timedelta(minutes=minutes))
        decide(desk, at=early + timedelta(minutes=minutes))
    campaigns(desk).tick(early + timedelta(hours=1))
    ((campaign_id, readers),) = campaigns(desk).mailed.items()
    assert len(readers) == 3
    assert "hearing" not in campaigns(desk).drafts[campaign_id].html


def test_what_was_called_back_by_us_goes_again_once_it_may() -> None:
    early = NOON.replace(hour=15, minute=10)
    desk = approved_desk(at=early - timedelta(hours=1))
    run(desk, early)
    desk.preferences = some_preferences(sending=Sending.OFF)
    follow_campaigns(desk.office, early + timedelta(minutes=10))
    desk.preferences = some_preferences()
    for minutes in (20, 40, 60):
        run(desk, early + timedelta(minutes=minutes))
        campaigns(desk).tick(early + timedelta(minutes=minutes))
    assert len(mailed(desk)) == 3


def test_an_unclear_answer_is_looked_up_and_never_a_second_campaign() -> None:
    desk = approved_desk()
    campaigns(desk).loses_answers = 1
    run(desk, NOON + QUARTER)
    for minutes in (20, 30, 40, 60):
        run(desk, NOON + timedelta(minutes=minutes))
    assert len(mailed(desk)) == 3
    assert record(desk).state is IssueState.SENT
    assert len(campaigns(desk).statuses) == 1


def test_a_request_that_never_arrived_is_made_again_ten_minutes_later_and_not_before() -> None:
    desk = approved_desk()
    campaigns(desk).drops = 1
    run(desk, NOON + QUARTER)
    run(desk, NOON + QUARTER + timedelta(minutes=5))
    assert not mailed(desk)
    assert "not sure it was accepted" in record(desk).reason
    run(desk, NOON + QUARTER + timedelta(minutes=11))
    run(desk, NOON + QUARTER + timedelta(minutes=22))
    assert len(mailed(desk)) == 3
    assert len(campaigns(desk).statuses) == 1


def test_a_kill_just_before_or_after_sending_sends_once() -> None:
    for is_before in (True, False):
        desk = approved_desk()
        send = campaigns(desk).send

        def dies(*args: Any, is_before: bool = is_before, send: Any = send) -> None:
            if not is_before:
                send(*args)
            raise KeyboardInterrupt

        campaigns(desk).send = dies  # type: ignore[method-assign,assignment]
        with pytest.raises(KeyboardInterrupt):
            run(desk, NOON + QUARTER)
        campaigns(desk).send = send  # type: ignore[method-assign]
        for number in range(2, 5):
            run(desk, NOON + number * QUARTER)
        assert len(mailed(desk)) == 3
        assert len(campaigns(desk).statuses) == 1


def test_another_computer_finds_the_campaign_that_was_sent() -> None:
    desk = approved_desk()
    run(desk, NOON + QUARTER)
    desk.issues.records.clear()
    desk.cursors.values.clear()
    for number in range(2, 6):
        run(desk, NOON + number * QUARTER)
        decide(desk, at=NOON + number * QUARTER)
    assert len(mailed(desk)) == 3
    assert record(desk).state is IssueState.SENT


def test_whoever_changes_language_between_two_editions_gets_the_issue_once() -> None:
    desk = approved_desk(an_item(), an_item("Plomo", section="Salud", language="Spanish"), people=2)
    run(desk, NOON + QUARTER)
    desk.people.people["p-0"] = a_reader("p-0", language=Language.SPANISH)
    desk.people.people["p-9"] = a_reader("p-9", language=Language.SPANISH)
    run(desk, NOON + 2 * QUARTER)
    decide(desk, at=NOON + 2 * QUARTER)
    run(desk, NOON + 4 * QUARTER)
    assert mailed(desk) == ["p-0@example.org", "p-1@example.org", "p-9@example.org"]


def test_numbers_are_read_after_one_three_and_fourteen_days() -> None:
    desk = approved_desk()
    run(desk, NOON + QUARTER)
    run(desk, NOON + 2 * QUARTER)
    (made,) = campaigns(desk).statuses
    seen = []
    for days in (1, 2, 3, 13, 15, 16):
        numbers = {"delivered": 3.0, "clicked": float(days), "clicks on https://example.org/lead": float(days)}
        campaigns(desk).reports[made] = numbers
        run(desk, NOON + timedelta(days=days, hours=1))
        seen.append(int(record(desk).report["clicked"]))
    assert seen == [1, 1, 3, 3, 15, 15]
    assert record(desk).state is IssueState.REPORTED
    assert "archive/october-2026-members-en.html" in desk.shelf.files
    assert 'href="october-2026-members-en.html"' in desk.shelf.files["archive/index.html"]


def test_the_plan_is_looked_at_before_anything_is_made() -> None:
    desk = a_desk()
    desk.preferences = some_preferences(extra={"newsletter sends a month": "2"})
    report = run(desk)
    assert any("the plan has 2 of 2 left this month" in each.sentence for each in report.remarks)
    assert not desk.approvals.pending()


def test_a_plan_that_takes_one_edition_and_not_the_other_takes_none() -> None:
    desk = a_desk(an_item(**{"for": "all"}))
    desk.people.people["p-d"] = a_reader("p-d", role_kind=RoleKind.DIRECTOR)
    desk.preferences = some_preferences(extra={"newsletter sends a month": "3"})
    report = run(desk)
    assert {line.state for line in report.lines} == {IssueState.HELD}
    assert all("This issue needs 4 mails, and the plan has 3 of 3 left" in line.reason for line in report.lines)
    assert not desk.approvals.pending()


def test_a_free_mail_address_is_explained() -> None:
    desk = a_desk()
    desk.preferences = some_preferences(reply_to="hmn@gmail.com")
    report = run(desk)
    assert any("a newsletter provider may not send in that name" in each.sentence for each in report.remarks)


def test_a_campaign_that_was_canceled_there_is_for_a_person() -> None:
    desk = approved_desk()
    campaigns(desk).drops = 1
    run(desk, NOON + QUARTER)
    (made,) = campaigns(desk).statuses
    del campaigns(desk).statuses[made]
    run(desk, NOON + 2 * QUARTER)
    run(desk, NOON + 3 * QUARTER)
    assert record(desk).state is IssueState.HELD
    assert not campaigns(desk).statuses


def test_who_left_the_list_gets_no_campaign() -> None:
    desk = approved_desk()
    desk.people.people["p-0"] = a_reader("p-0", status=Status.LEFT)
    run(desk, NOON + QUARTER)
    assert mailed(desk) == ["p-1@example.org", "p-2@example.org"]


@pytest.mark.parametrize(
    ("reached", "planned", "is_good"), [(3, 3, True), (4, 3, False), (0, 3, False), (90, 100, True)]
)
def test_never_one_more_than_planned(reached: int, planned: int, is_good: bool) -> None:
    from network.campaigns import CampaignStatus

    assert is_as_planned(CampaignStatus("c", "draft", reached), planned) is is_good


def test_a_quarter_of_an_hour_is_never_in_the_past() -> None:
    assert next_quarter(NOON.replace(minute=0)) == NOON.replace(minute=0)
    assert next_quarter(NOON.replace(minute=1)) == NOON.replace(minute=15)
    assert next_quarter(NOON.replace(minute=59)) == NOON.replace(minute=0) + timedelta(hours=1)
