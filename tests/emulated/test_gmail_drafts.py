"""Drafts that nobody will send, in an account where people write drafts of their own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from integrations.google.gmail_drafts import GmailDrafts
from network.ports import Leftover
from tests.builders import NOON, a_message
from tests.emulated.stand_in import StandIn
from tests.emulated.test_gmail_lane import GmailOffice


@pytest.fixture
def office(google: StandIn, tmp_path: Path) -> Iterator[GmailOffice]:
    google.control("gmail", {"now": NOON.isoformat()})
    opened = GmailOffice(google, tmp_path)
    yield opened
    opened.close()


def a_person_writes(google: StandIn, subject: str = "Lunch?", thread: str = "") -> str:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = subject, "friend@example.org"
    mail.set_content("On Thursday?")
    message = {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode(), **({"threadId": thread} if thread else {})}
    made = google.call("POST", "/gmail/v1/users/me/drafts", {"message": message}).json()
    return str(made["id"])


def test_our_drafts_are_found_with_their_mark_and_a_persons_are_not(office: GmailOffice) -> None:
    handle = office.lane().prepare(a_message())
    a_person_writes(office.google)
    a_person_writes(office.google, "A question", handle.values["thread"])  # in the thread of ours
    found = GmailDrafts(office.client()).find()
    assert [(each.stem, each.values) for each in found] == [(a_message().file_stem, {"draft": handle.values["draft"]})]
    assert abs(found[0].made_at - NOON) < timedelta(minutes=1)


def test_only_the_one_named_is_deleted_and_a_second_time_does_nothing(office: GmailOffice) -> None:
    office.lane().prepare(a_message("p1", "p1@example.org"))
    kept = office.lane().prepare(a_message("p2", "p2@example.org")).values["draft"]
    own = a_person_writes(office.google)
    drafts = GmailDrafts(office.client())
    first = next(each for each in drafts.find() if each.values["draft"] != kept)
    drafts.clear(first)
    drafts.clear(first)
    assert set(office.account()["drafts"]) == {kept, own}
    assert office.delivered() == []


def test_a_draft_that_a_person_took_over_and_changed_is_theirs(office: GmailOffice) -> None:
    draft = office.lane().prepare(a_message()).values["draft"]
    mail = EmailMessage()
    mail["Subject"], mail["To"] = "A question", "ana@example.org"
    mail.set_content("In my own words.")
    body = {"message": {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode()}}
    assert office.google.call("PUT", f"/gmail/v1/users/me/drafts/{draft}", body).status_code == 200
    assert GmailDrafts(office.client()).find() == []


@pytest.mark.parametrize("mood", ["404", "400", "sent"])
def test_a_draft_that_was_sent_is_none_any_more_and_clearing_it_takes_nothing_away(
    office: GmailOffice, mood: str
) -> None:
    office.google.control("gmail", {"consumed": mood})
    lane, message = office.lane(), a_message()
    handle = lane.prepare(message)
    lane.dispatch(message, handle)
    drafts = GmailDrafts(office.client())
    assert drafts.find() == []
    drafts.clear(Leftover(message.file_stem, {"draft": handle.values["draft"]}, NOON))
    assert len(office.delivered()) == 1
    assert any("SENT" in mail["labelIds"] for mail in office.account()["messages"])


def test_many_drafts_are_read_page_by_page_and_a_lost_answer_is_asked_again(office: GmailOffice) -> None:
    lane = office.lane()
    for number in range(7):
        lane.prepare(a_message(f"p{number}", f"p{number}@example.org"))
    office.google.control("gmail", {"page": 3})
    office.google.fault("503", path="drafts$", method="GET")
    office.google.fault("drop", "after", method="DELETE", path="drafts/")
    drafts = GmailDrafts(office.client())
    found = drafts.find()
    assert len(found) == 7
    for each in found:
        drafts.clear(each)
    assert office.account()["drafts"] == {}
