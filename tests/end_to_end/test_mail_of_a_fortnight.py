"""Every mail that the example office really sends in two weeks: whole, short of line, plain of word, in its thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from hmn.demo import OnDisk, deliver_replies, furnish
from integrations.wiring import open_office
from network.approvals import Approval, Decision
from network.jobs.rounds import walk
from network.mailcheck import MailKind, Severity, check_mail, kind_of
from network.messages import Content, Stream
from network.placeholders import unknown_placeholders

pytestmark = pytest.mark.long

START = datetime.fromisoformat("2026-10-06T09:10:00-07:00")
# Minutes after nine, and what is done then; the leaders say yes to whatever they are asked.
DAY = (
    (0, "members"),
    (1, "inbox"),
    (2, "recruitment"),
    (3, "newsletter"),
    (4, ""),
    (25, "recruitment"),
    (26, "newsletter"),
    (27, "outbox"),
    (200, "outbox"),
)
ALONE = {"members", "inbox", "outbox"}  # what runs at the weekend


@dataclass(frozen=True)
class Mail:
    """One file of the outbox, read back."""

    stream: Stream
    raw: bytes
    message: EmailMessage

    @property
    def content(self) -> Content:
        plain, html = (self.message.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert html is not None
        return Content(str(self.message["Subject"]), plain.get_content(), html.get_content())


@contextmanager
def at_home(folder: Path) -> Iterator[None]:
    settings = {"HMN_HOME": str(folder), "HMN_SEND": "live", "HMN_WORKBOOK": "workbook.xlsx"}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> list[Mail]:
    folder = tmp_path_factory.mktemp("office")
    furnish(folder, fresh=False)
    with at_home(folder):
        for offset in range(13):
            for minutes, flow in DAY:
                moment = START + timedelta(days=offset, minutes=minutes)
                if moment.weekday() >= 5 and flow not in ALONE:
                    continue
                deliver_replies(OnDisk(folder).receive, moment)
                with open_office(as_of=moment) as office:
                    if flow:
                        walk(office, flow, moment)
                        continue
                    for asked in office.approvals.pending():
                        answer = Decision.APPROVED, "Noor", moment, asked.addressees
                        office.approvals.decide(Approval(asked.item, asked.fingerprint, *answer))
        with open_office(as_of=START + timedelta(days=13)) as office:
            walk(office, "digest", START + timedelta(days=13))
            walk(office, "outbox", START + timedelta(days=13))
    return [read(file) for file in sorted((folder / "outbox").glob("*.eml"))]


def read(file: Path) -> Mail:
    raw = file.read_bytes()
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return Mail(Stream(file.name.rpartition("-")[0]), raw, message)


def test_many_kinds_of_mail_went_out(mails: list[Mail]) -> None:
    assert {mail.stream for mail in mails} >= set(Stream) - {Stream.SURVEY, Stream.STILL_RIGHT}


def test_a_second_letter_stands_under_the_first(mails: list[Mail]) -> None:
    letters = [mail.message for mail in mails if mail.stream is Stream.RECRUITMENT]
    first = {str(each["To"]): str(each["Message-ID"]) for each in letters if each["In-Reply-To"] is None}
    later = [each for each in letters if each["In-Reply-To"] is not None]
    assert later
    for each in later:
        assert each["In-Reply-To"] == each["References"] == first[str(each["To"])]
        assert each["Message-ID"] != each["In-Reply-To"]


def test_each_mail_is_read_back_whole_and_its_lines_are_short(mails: list[Mail]) -> None:
    for mail in mails:
        assert not [defect for part in mail.message.walk() for defect in part.defects]
        # An address is never cut: some relays break the signature of a folded List-Unsubscribe.
        lines = [line for line in mail.raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe: <")]
        assert max(map(len, lines)) <= 78, mail.content.subject


def test_each_mail_says_what_it_is(mails: list[Mail]) -> None:
    automatic = {Stream.OFFICE: "auto-generated", Stream.ANSWER: "auto-replied"}
    listed = {Stream.NEWSLETTER, Stream.NOTICE, Stream.SURVEY}
    for mail in mails:
        headers = mail.message
        assert headers["Auto-Submitted"] == automatic.get(mail.stream)
        assert (headers["List-Id"] is not None) == (mail.stream in listed)
        assert (headers["List-Unsubscribe"] is not None) == (mail.stream is not Stream.OFFICE)
        names = [name.lower() for name in headers.keys()]  # noqa: SIM118 - a mail repeats names
        assert len(names) == len(set(names))


def test_the_checker_finds_nothing_to_mend_in_any(mails: list[Mail]) -> None:
    for mail in mails:
        language = "es" if 'lang="es"' in mail.content.html else "en"
        found = check_mail(mail.content, kind_of(mail.stream), language=language, postal_address="100 Example Street")
        assert not [each.sentence for each in found if each.severity is Severity.ERROR], mail.content.subject
        if kind_of(mail.stream) is not MailKind.OFFICE:  # those quote what others are to read
            assert not found, mail.content.subject


def test_nothing_of_a_template_and_no_raw_markdown_is_left(mails: list[Mail]) -> None:
    for mail in mails:
        text = mail.content.text
        assert not unknown_placeholders(text)
        assert not any(mark in text + mail.content.subject for mark in ("{{", "{%", "**", "](", "[First name]"))
        assert "\n# " not in text
        assert not any(f"Hello {blank}" in text for blank in (",", "None", "[", " "))


def test_a_meeting_that_was_is_announced_to_nobody(mails: list[Mail]) -> None:
    for mail in mails:
        if mail.stream is Stream.RECRUITMENT and mail.message["Date"].datetime > START + timedelta(days=10):
            assert "We meet next" not in mail.content.text


def test_a_notice_brings_its_calendar_entry(mails: list[Mail]) -> None:
    notices = [mail.message for mail in mails if mail.stream is Stream.NOTICE]
    assert notices
    for each in notices:
        [entry] = each.iter_attachments()
        assert entry.get_content_type() == "text/calendar"
        assert "SUMMARY:" in entry.get_content()
