"""The network's Gmail account as an inbox: the contract of every inbox, and what history and resync promise."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.google.gmail_inbox import FIRST_LOOK, GmailInbox
from integrations.settings import InboxName, MailerName, Settings
from integrations.wiring import open_office
from network.errors import ConfigurationError, TransientError
from network.messages import Fate
from tests.builders import NOON, a_message
from tests.contract.test_inbox import PLAIN, TheInboxContract, said
from tests.contract.test_mailer import SENDER
from tests.emulated.stand_in import StandIn
from tests.emulated.test_gmail_lane import GmailOffice

SETTINGS = {"settings": [[2, "Sender address", SENDER]], "quiet": [], "problems": []}


class TestGmailInbox(TheInboxContract):
    """One account at the stand-in."""

    @pytest.fixture(autouse=True)
    def _mailbox(self, google: StandIn, tmp_path: Path) -> Iterator[None]:
        self.google, self.office = google, GmailOffice(google, tmp_path)
        self.inbox = GmailInbox(self.office.client(), lambda: NOON + timedelta(days=1))
        yield
        self.office.close()

    def arrives(self, raw: bytes, **more: Any) -> Any:
        body = {"act": "receive", "raw": base64.b64encode(raw).decode(), **more}
        return self.google.control("gmail/acts", body)

    def test_nothing_new_costs_one_request(self) -> None:
        self.mail(1)
        _, cursor = self.inbox.fetch(None)
        before = len(self.office.asked())
        assert self.inbox.fetch(cursor) == ([], cursor)
        assert self.office.asked()[before:] == ["GET profile"]

    def test_nothing_in_the_mailbox_is_marked_moved_or_deleted(self) -> None:
        self.mail(1)
        before = self.office.account()
        self.inbox.fetch(self.inbox.fetch(None)[1])
        assert self.office.account() == before
        assert {each.split()[0] for each in self.office.asked()} == {"GET"}

    def test_a_history_that_gmail_forgot_is_read_again_from_the_mails(self) -> None:
        self.mail(1)
        _, cursor = self.inbox.fetch(None)
        self.mail(2)
        self.google.control("gmail", {"forget_history": True})
        self.mail(3)
        mails, cursor = self.inbox.fetch(cursor)
        assert {mail.id for mail in mails} == {f"<{n}@mail.example.org>" for n in (1, 2, 3)}
        assert list(self.inbox.fetch(cursor)[0]) == []

    def test_another_account_is_read_from_its_beginning(self) -> None:
        self.mail(1)
        _, cursor = self.inbox.fetch(None)
        other = json.dumps(json.loads(cursor) | {"owner": "somebody-else"})
        assert len(self.inbox.fetch(other)[0]) == 1
        assert "example.org" not in cursor

    def test_years_of_old_mail_are_left_alone_on_the_first_day(self) -> None:
        self.mail(1, NOON - FIRST_LOOK - timedelta(days=5))
        self.mail(2, NOON)
        assert [mail.id for mail in self.inbox.fetch(None)[0]] == ["<2@mail.example.org>"]

    @pytest.mark.parametrize("is_first", [True, False])
    def test_short_pages_are_all_read(self, *, is_first: bool) -> None:
        cursor = None if is_first else self.inbox.fetch(None)[1]
        self.google.control("gmail", {"page": 2})
        for number in range(5):
            self.mail(number, NOON + timedelta(minutes=number))
        mails, _ = self.inbox.fetch(cursor)
        assert [mail.id for mail in mails] == [f"<{n}@mail.example.org>" for n in range(5)]

    @pytest.mark.parametrize("is_first", [True, False])
    def test_what_is_no_mail_to_us_is_left_alone_and_archived_mail_is_read(self, *, is_first: bool) -> None:
        cursor = None if is_first else self.inbox.fetch(None)[1]
        lane, message = self.office.lane(), a_message()
        lane.dispatch(message, lane.prepare(message))
        lane.prepare(a_message("p-2", "other@example.org"))
        for number, label in enumerate(("SPAM", "TRASH", "CHAT", "IMPORTANT")):
            self.arrives(PLAIN.format(number=number, date=said(NOON)).encode(), labels=[label])
        mails, _ = self.inbox.fetch(cursor)
        assert [mail.id for mail in mails] == ["<3@mail.example.org>"]

    @pytest.mark.parametrize("is_first", [True, False])
    def test_a_leader_who_works_in_this_account_may_answer_in_it(self, *, is_first: bool) -> None:
        cursor = None if is_first else self.inbox.fetch(None)[1]
        lane, message = self.office.lane(), a_message(address="office@example.org")
        lane.dispatch(message, lane.prepare(message))
        self.arrives(PLAIN.format(number=5, date=said(NOON)).encode(), labels=["SENT", "INBOX"])
        assert [mail.id for mail in self.inbox.fetch(cursor)[0]] == ["<5@mail.example.org>"]

    def test_a_mail_that_somebody_deleted_meanwhile_hides_no_other(self) -> None:
        _, cursor = self.inbox.fetch(None)
        gone = self.arrives(PLAIN.format(number=1, date=said(NOON)).encode())
        self.mail(2)
        self.google.control("gmail/acts", {"act": "delete", "message": gone["id"]})
        assert [mail.id for mail in self.inbox.fetch(cursor)[0]] == ["<2@mail.example.org>"]

    def test_an_answer_in_our_thread_names_the_thread_whatever_it_refers_to(self) -> None:
        lane, message = self.office.lane(), a_message()
        handle = lane.prepare(message)
        receipt = lane.dispatch(message, handle)
        _, cursor = self.inbox.fetch(None)
        reply = f"From: ana@example.org\r\nIn-Reply-To: {receipt.raw['message_id']}\r\nSubject: Re: x\r\n\r\nYes.\r\n"
        self.arrives(reply.encode())
        (mail,), _ = self.inbox.fetch(cursor)
        assert mail.references == (receipt.raw["message_id"], handle.values["thread_id"])

    def test_a_film_in_a_mail_does_not_hide_its_words(self) -> None:
        self.arrives(PLAIN.format(number=1, date=said(NOON)).encode() + b"A" * 3_000_000)
        (mail,), _ = self.inbox.fetch(None)
        assert mail.text.startswith("Sí, con gusto.")
        assert len(mail.text) < 1_000_000

    @pytest.mark.parametrize("kind", ["429", "503", "502", "drop"])
    def test_a_reading_is_repeated_until_it_is_answered(self, kind: str) -> None:
        self.mail(1)
        self.google.fault(kind, path="/messages", times=2)
        assert len(self.inbox.fetch(None)[0]) == 1

    def test_a_server_that_does_not_answer_is_for_the_next_run_and_nothing_is_missed(self) -> None:
        _, cursor = self.inbox.fetch(None)
        self.mail(1)
        self.google.fault("503", path="/messages/", times=99)
        with pytest.raises(TransientError) as caught:
            self.inbox.fetch(cursor)
        assert not caught.value.request_left
        self.google.control("calm", {})
        assert len(self.inbox.fetch(cursor)[0]) == 1

    def test_an_account_without_a_mailbox_is_explained(self) -> None:
        self.google.control("gmail", {"has_mailbox": False})
        with pytest.raises(ConfigurationError, match="mailbox"):
            self.inbox.fetch(None)

    @pytest.mark.parametrize("cursor", ["not a cursor", "[]", "7", '{"owner": "x", "history": "x"}'])
    def test_a_strange_cursor_reads_everything_again(self, cursor: str) -> None:
        self.mail(1)
        assert len(self.inbox.fetch(cursor)[0]) == 1

    def test_a_point_of_the_history_that_never_was_reads_everything_again(self) -> None:
        self.mail(1)
        kept = json.loads(self.inbox.fetch(None)[1])
        assert len(self.inbox.fetch(json.dumps(kept | {"history": "99999999"}))[0]) == 1


def test_an_office_on_gmail_reads_and_sends_through_one_account(google: StandIn, tmp_path: Path) -> None:
    key = tmp_path / "gmail.json"
    key.write_text(json.dumps(google.control("credentials/authorized_user")), encoding="utf-8")
    settings = Settings(
        home=tmp_path / "office",
        mailer=MailerName.GMAIL,
        inbox=InboxName.GMAIL,
        gmail_credentials=key,
        google_base_url=google.base_url,
    )
    raw = PLAIN.format(number=1, date=said(NOON)).encode()
    google.control("gmail/acts", {"act": "receive", "raw": base64.b64encode(raw).decode()})
    with open_office(settings, as_of=NOON) as office:
        assert google.asked() == [], "nobody signs in before there is something to ask"
        office.cursors.set("settings", json.dumps(SETTINGS), NOON)
        assert [mail.id for mail in office.inbox.fetch(None)[0]] == ["<1@mail.example.org>"]
        message = a_message()
        handle = office.mailer.prepare(message)
        assert office.mailer.dispatch(message, handle).lane == "gmail"
        assert office.mailer.outcome(handle) is Fate.SENT
