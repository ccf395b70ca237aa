"""What every inbox promises: each mail once, oldest first, readable however broken, and nothing in it is changed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrations.local.inbox import LocalInbox
from integrations.smtp.imap import Mailbox
from integrations.smtp.inbox import FIRST_LOOK, ImapInbox
from integrations.smtp.server import IMAP_PORTS, read_server
from network.errors import ConfigurationError, TransientError
from network.ports import Inbox
from tests.builders import NOON
from tests.emulated.mailing import MailServerProcess, running_mail_server

PLAIN = """\
From: =?utf-8?q?Luc=C3=ADa?= <Lucia@Example.ORG>
To: hmn@example.org
Subject: =?utf-8?b?UmU6IMK/VW5hIHByZWd1bnRhPw==?=
Date: {date}
Message-ID: <{number}@mail.example.org>
In-Reply-To: <first@office.example.org>
References: <root@office.example.org>
 <first@office.example.org>
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

S=C3=AD, con gusto.
"""

BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
Return-Path: <>
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <bounce@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 6 Oct 2026 10:00:00 -0700

Final-Recipient: rfc822; other@example.org
Action: delayed
Status: 4.4.1

Original-Recipient: rfc822;Ana@example.org
Final-Recipient: rfc822; forwarded@example.org
Action: failed
Status: 5.1.1 (no such mailbox)
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

Subject: A question
Message-ID: <ours@office.example.org>

--b--
"""

HTML = """\
From: ana@example.org
Subject: Re: A question
Date: {date}
Content-Type: text/html; charset="utf-8"

<html><head><style>p {{ color: red }}</style></head><body><p>Yes,&nbsp;please</p>
<div class="gmail_quote">On Tuesday we wrote:<blockquote>Reply <b>STOP</b><br>to stop</blockquote></div></body></html>
"""

BROKEN = b"""From: ana@example.org
Subject: =?utf-9?q?broken=?=
Date: Thu, 99 Foo 2026
Content-Type: multipart/mixed; boundary=
Content-Transfer-Encoding: base64

\xff\xfe\x00 not base64 STOP
"""


def said(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")


class TheInboxContract:
    """Subclasses say how a mail arrives and give the inbox."""

    inbox: Inbox

    def arrives(self, raw: bytes) -> None:
        raise NotImplementedError

    def mail(self, number: int = 1, at: datetime = NOON) -> None:
        self.arrives(PLAIN.format(number=number, date=said(at)).encode())

    def test_an_empty_mailbox_gives_nothing_and_a_cursor(self) -> None:
        mails, cursor = self.inbox.fetch(None)
        assert list(mails) == []
        assert list(self.inbox.fetch(cursor)[0]) == []

    def test_a_mail_is_parsed_into_what_a_person_reads(self) -> None:
        self.mail()
        (mail,), _ = self.inbox.fetch(None)
        assert mail.sender == "lucia@example.org"
        assert mail.subject == "Re: ¿Una pregunta?"
        assert mail.text.strip() == "Sí, con gusto."
        assert mail.id == "<1@mail.example.org>"
        assert mail.references == ("<first@office.example.org>", "<root@office.example.org>")
        assert mail.received_at == NOON

    def test_each_mail_is_given_once(self) -> None:
        self.mail(1)
        _, cursor = self.inbox.fetch(None)
        self.mail(2)
        mails, cursor = self.inbox.fetch(cursor)
        assert [mail.id for mail in mails] == ["<2@mail.example.org>"]
        assert list(self.inbox.fetch(cursor)[0]) == []

    def test_asking_again_with_the_same_cursor_gives_the_same(self) -> None:
        self.mail(1)
        assert self.inbox.fetch(None)[0] == self.inbox.fetch(None)[0]

    def test_the_oldest_comes_first(self) -> None:
        self.mail(2, NOON + timedelta(hours=1))
        self.mail(1, NOON)
        assert [mail.id for mail in self.inbox.fetch(None)[0]] == ["<1@mail.example.org>", "<2@mail.example.org>"]

    def test_mails_of_one_second_stay_in_the_order_in_which_they_came(self) -> None:
        for number in (3, 1, 2):
            self.mail(number)
        assert [mail.id for mail in self.inbox.fetch(None)[0]] == [
            f"<{number}@mail.example.org>" for number in (3, 1, 2)
        ]

    def test_a_delivery_notice_names_who_failed_and_which_letter(self) -> None:
        self.arrives(BOUNCE.format(date=said(NOON)).encode())
        (mail,), _ = self.inbox.fetch(None)
        assert (mail.bounced_address, mail.bounce_status, mail.bounce_action) == ("ana@example.org", "5.1.1", "failed")
        assert "<ours@office.example.org>" in mail.references

    def test_html_is_read_as_words_and_its_quotes_as_quotes(self) -> None:
        self.arrives(HTML.format(date=said(NOON)).encode())
        (mail,), _ = self.inbox.fetch(None)
        lines = [line.strip() for line in mail.text.split("\n") if line.strip(" >")]
        assert lines[0] == "Yes, please"
        assert all(line.startswith(">") for line in lines[1:])
        assert "color" not in mail.text

    @pytest.mark.parametrize("raw", [BROKEN, b"", b"\x00\xff" * 500, b"Subject: x\n" * 3000, b"From: " + b"a" * 90_000])
    def test_a_broken_mail_hides_no_other(self, raw: bytes) -> None:
        self.mail(1)
        self.arrives(raw)
        mails, _ = self.inbox.fetch(None)
        assert "<1@mail.example.org>" in {mail.id for mail in mails}
        assert len(mails) == 2


class TestLocalInbox(TheInboxContract):
    """A maildir in the office's folder."""

    @pytest.fixture(autouse=True)
    def _mailbox(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "inbox"
        self.inbox = LocalInbox(self.folder)
        self.count = 0

    def arrives(self, raw: bytes) -> None:
        self.inbox.fetch(None)
        self.count += 1
        (self.folder / "new" / f"{1000 + self.count}.M{self.count}.host").write_bytes(raw)

    def test_nothing_in_the_folder_is_moved_or_changed(self) -> None:
        self.mail(1)
        before = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        self.inbox.fetch(None)
        assert {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()} == before

    def test_a_mail_that_a_mail_program_has_opened_is_not_lost(self) -> None:
        _, cursor = self.inbox.fetch(None)
        self.mail(1)
        (opened,) = (self.folder / "new").iterdir()
        opened.rename(self.folder / "cur" / f"{opened.name}:2,S")
        assert len(self.inbox.fetch(cursor)[0]) == 1

    def test_a_file_laid_beside_counts_as_a_mail(self) -> None:
        self.inbox.fetch(None)
        (self.folder / "yes.eml").write_bytes(PLAIN.format(number=7, date=said(NOON)).encode())
        assert [mail.id for mail in self.inbox.fetch(None)[0]] == ["<7@mail.example.org>"]

    @pytest.mark.parametrize("cursor", ['{"changed": 99999999999999999999, "seen": []}', "not a cursor", "[]", "7"])
    def test_a_clock_that_was_ahead_or_a_strange_cursor_reads_everything_again(self, cursor: str) -> None:
        self.mail(1)
        assert len(self.inbox.fetch(cursor)[0]) == 1


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServerProcess]:
    with running_mail_server(tmp_path_factory.mktemp("imap"), ["--auth", "hmn:se cret"]) as server:
        yield server


class TestImapInbox(TheInboxContract):
    """IMAP over a small server of our own in its own process; a real provider's was not at hand."""

    @pytest.fixture(autouse=True)
    def _mailbox(self, mail_server: MailServerProcess) -> Iterator[None]:
        self.server = mail_server
        for path in (mail_server.folder / "INBOX").glob("*.eml"):
            path.unlink()
        for name in ("uidvalidity", "imap.log", "imap-hangs-up"):
            (mail_server.folder / name).unlink(missing_ok=True)
        self.boxes: list[Mailbox] = []
        self.inbox = self.an_inbox()
        yield
        for box in self.boxes:
            box.close()

    def an_inbox(self, sign_in: str = "hmn:se%20cret", folder: str = "") -> ImapInbox:
        url = f"imap://{sign_in}@127.0.0.1:{self.server.imap_port}/{folder}"
        self.boxes.append(Mailbox(read_server(url, "HMN_IMAP_URL", IMAP_PORTS), patience=2))
        return ImapInbox(self.boxes[-1], lambda: NOON + timedelta(days=1))

    def arrives(self, raw: bytes) -> None:
        self.server.receive(raw)

    def test_nothing_in_the_mailbox_is_marked_moved_or_deleted(self) -> None:
        self.mail(1)
        self.inbox.fetch(self.inbox.fetch(None)[1])
        verbs = {line.split()[0] for line in (self.server.folder / "imap.log").read_text("utf-8").splitlines()}
        assert verbs <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "UID"}

    def test_a_folder_that_was_numbered_anew_is_read_again(self) -> None:
        self.mail(1)
        _, cursor = self.inbox.fetch(None)
        (self.server.folder / "uidvalidity").write_text("8", encoding="utf-8")
        assert len(self.inbox.fetch(cursor)[0]) == 1

    def test_years_of_old_mail_are_left_alone_on_the_first_day(self) -> None:
        self.mail(1, NOON - FIRST_LOOK - timedelta(days=5))
        self.mail(2, NOON)
        mails, cursor = self.inbox.fetch(None)
        assert [mail.id for mail in mails] == ["<2@mail.example.org>"]
        assert list(self.inbox.fetch(cursor)[0]) == []

    def test_a_mailbox_of_old_mail_alone_is_not_read_from_its_beginning_the_next_time(self) -> None:
        for number in range(3):
            self.mail(number, NOON - FIRST_LOOK - timedelta(days=5))
        mails, cursor = self.inbox.fetch(None)
        assert list(mails) == []
        self.mail(7)
        assert [mail.id for mail in self.inbox.fetch(cursor)[0]] == ["<7@mail.example.org>"]

    def test_the_last_mail_is_not_given_again_when_nothing_is_new(self) -> None:
        for number in range(3):
            self.mail(number)
        _, cursor = self.inbox.fetch(None)
        assert list(self.inbox.fetch(cursor)[0]) == []
        (self.server.folder / "INBOX" / "3.eml").unlink()  # a person deleted the newest one
        assert list(self.inbox.fetch(cursor)[0]) == []

    def test_more_mails_than_one_request_takes_are_all_read(self) -> None:
        for number in range(1, 121):
            self.mail(number, NOON - timedelta(minutes=number))
        assert len({mail.id for mail in self.inbox.fetch(None)[0]}) == 120

    def test_a_film_in_a_mail_does_not_hide_its_words(self) -> None:
        text = PLAIN.format(number=1, date=said(NOON)).encode()
        self.arrives(text + b"A" * 3_000_000)
        (mail,), _ = self.inbox.fetch(None)
        assert mail.text.startswith("Sí, con gusto.")
        assert len(mail.text) < 1_000_000

    def test_a_server_that_hung_up_meanwhile_is_asked_again(self) -> None:
        self.inbox.fetch(None)
        self.mail(1)
        (self.server.folder / "imap-hangs-up").write_text("EXAMINE", encoding="utf-8")
        assert len(self.inbox.fetch(None)[0]) == 1

    def test_a_server_that_hangs_up_at_once_is_for_the_next_run(self) -> None:
        (self.server.folder / "imap-hangs-up").write_text("EXAMINE", encoding="utf-8")
        with pytest.raises(TransientError):
            self.inbox.fetch(None)
        assert list(self.inbox.fetch(None)[0]) == []

    def test_a_wrong_password_names_the_setting_and_nobody(self) -> None:
        with pytest.raises(ConfigurationError, match="HMN_IMAP_URL") as caught:
            self.an_inbox("ana%40example.org:hunter2").fetch(None)
        assert "hunter2" not in str(caught.value)
        assert "ana" not in str(caught.value)
        assert caught.value.__suppress_context__

    def test_a_folder_that_is_not_there_is_said(self) -> None:
        with pytest.raises(ConfigurationError, match="folder"):
            self.an_inbox(folder="Replies").fetch(None)

    def test_a_server_that_is_not_there_is_for_the_next_run(self) -> None:
        server = read_server("imap://a:b@127.0.0.1:1", "HMN_IMAP_URL", IMAP_PORTS)
        with pytest.raises(TransientError):
            ImapInbox(Mailbox(server), lambda: NOON).fetch(None)

    @pytest.mark.parametrize("cursor", ["not a cursor", "[]", "7", '{"validity": "7", "uid": "x"}'])
    def test_a_strange_cursor_reads_everything_again(self, cursor: str) -> None:
        self.mail(1)
        assert len(self.inbox.fetch(cursor)[0]) == 1


@pytest.mark.parametrize("nonsense", ["+ go ahead", "* SEARCH x y"])
def test_a_server_that_talks_nonsense_is_for_the_next_run(nonsense: str) -> None:
    def talk(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as heard:
            connection.sendall(b"* OK hello\r\n")
            while line := heard.readline():
                tag, _, command = line.partition(b" ")
                told = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if command.startswith(b"CAPABILITY") else b""
                if command.startswith(b"AUTHENTICATE"):
                    connection.sendall(nonsense.encode() + b"\r\n" if nonsense.startswith("+") else b"+ \r\n")
                    heard.readline()
                elif b"SEARCH" in command:
                    told = nonsense.encode() + b"\r\n"
                connection.sendall(told + tag + b" OK done\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=talk, args=(listening,), daemon=True).start()
        url = f"imap://ana:hunter2@127.0.0.1:{listening.getsockname()[1]}"
        mailbox = Mailbox(read_server(url, "HMN_IMAP_URL", IMAP_PORTS), patience=2)
        with pytest.raises(TransientError, match="mailbox") as caught:
            ImapInbox(mailbox, lambda: NOON).fetch(None)
    assert nonsense not in str(caught.value)
