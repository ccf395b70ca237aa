"""Folders with names of any language: the Sent folder is found by its mark, else by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.smtp.folder_names import from_modified_utf7, to_modified_utf7
from integrations.smtp.imap import Mailbox
from integrations.smtp.inbox import ImapInbox
from integrations.smtp.sent import ImapSentFolder
from integrations.smtp.server import IMAP_PORTS, read_server
from network.errors import ConfigurationError
from tests.builders import NOON
from tests.emulated.mailing import MailServerProcess, running_mail_server

WANTED = "<wanted@example.org>"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServerProcess]:
    with running_mail_server(tmp_path_factory.mktemp("folders")) as server:
        yield server


class Account:
    """The folders of one test, one of which holds the mail that is looked for."""

    def __init__(self, server: MailServerProcess) -> None:
        self.server = server
        self.boxes: list[Mailbox] = []

    def has(self, lines: Sequence[str], holds: str = "", *, marks_when_asked: bool = False) -> None:
        """Lines as LIST tells them; `holds` is the folder in which the mail lies, as it travels."""
        (self.server.folder / "imap-folders").write_text("\n".join(lines), encoding="ascii")
        mark = self.server.folder / "imap-marks-when-asked"
        mark.touch() if marks_when_asked else mark.unlink(missing_ok=True)
        for path in self.server.folder.rglob("77.eml"):
            path.unlink()
        if holds:
            folder: Path = self.server.folder / holds
            folder.mkdir(parents=True, exist_ok=True)
            text = f"Message-ID: {WANTED}\r\nFrom: a@example.org\r\nDate: {NOON:%a, %d %b %Y %H:%M:%S} +0000\r\n\r\nHi"
            (folder / "77.eml").write_text(text, encoding="ascii")

    def mailbox(self, folder: str = "") -> Mailbox:
        url = f"imap://127.0.0.1:{self.server.imap_port}/{quote(folder)}"
        self.boxes.append(Mailbox(read_server(url, "HMN_IMAP_URL", IMAP_PORTS), patience=2))
        return self.boxes[-1]

    def holds(self) -> bool:
        return ImapSentFolder(self.mailbox()).holds(WANTED)


@pytest.fixture
def account(running: MailServerProcess) -> Iterator[Account]:
    opened = Account(running)
    yield opened
    for box in opened.boxes:
        box.close()


@pytest.mark.parametrize(
    ("line", "wire"),
    [
        (r'(\HasNoChildren) "/" "Gesendet"', "Gesendet"),
        (r'(\HasNoChildren) "/" Enviados', "Enviados"),
        (r'(\HasNoChildren) "/" "Elementos enviados"', "Elementos enviados"),
        (r'(\HasNoChildren) "/" "&AMk-l&AOk-ments envoy&AOk-s"', "&AMk-l&AOk-ments envoy&AOk-s"),
        (r'(\HasNoChildren) "." "INBOX.Sent Items"', "INBOX.Sent Items"),
        (r'(\HasNoChildren) "/" "INBOX/Sent"', "INBOX/Sent"),
        (r"() NIL Sent", "Sent"),
        (r'(\HasNoChildren) "/" |&AMk-l&AOk-ments envoy&AOk-s', "&AMk-l&AOk-ments envoy&AOk-s"),  # a literal
    ],
)
def test_the_sent_folder_is_found_by_its_name_in_any_language(account: Account, line: str, wire: str) -> None:
    account.has([r'(\HasNoChildren) "/" INBOX', line, r'(\HasNoChildren) "/" "Archive"'], wire)
    assert account.holds()


def test_the_mark_counts_more_than_any_name(account: Account) -> None:
    account.has(
        [r'(\HasNoChildren) "/" "Sent"', r'(\HasNoChildren \Sent) "/" "Ausgang &AOQ-lter"'], "Ausgang &AOQ-lter"
    )
    assert account.holds()


def test_a_server_that_marks_only_when_asked_is_asked(account: Account) -> None:
    lines = [r'(\HasNoChildren) "/" INBOX', r'(\HasNoChildren \Sent) "/" "[Gmail]/Alle"']
    account.has(lines, "[Gmail]/Alle", marks_when_asked=True)
    assert account.holds()


def test_a_folder_that_holds_only_others_is_not_opened_and_none_at_all_proves_nothing(account: Account) -> None:
    account.has([r'(\Noselect \HasChildren) "/" "Sent"', r'(\HasNoChildren) "/" "Sent/Sent Mail"'], "Sent/Sent Mail")
    assert account.holds()
    account.has([r'(\HasNoChildren) "/" INBOX', r'(\HasNoChildren) "/" "Unsent"'], "Unsent")
    assert not account.holds()


@pytest.mark.parametrize("typed", ["Réponses", "réponses", "R&AOk-ponses"])
def test_replies_are_read_from_a_folder_typed_as_people_read_it(account: Account, typed: str) -> None:
    account.has([r'(\HasNoChildren) "/" INBOX', r'(\HasNoChildren) "/" "R&AOk-ponses"'], "R&AOk-ponses")
    mails, _ = ImapInbox(account.mailbox(typed), lambda: NOON + timedelta(days=1)).fetch(None)
    assert [mail.id for mail in mails] == [WANTED]


def test_a_folder_that_is_not_there_is_said_in_any_language(account: Account) -> None:
    account.has([r'(\HasNoChildren) "/" INBOX'])
    with pytest.raises(ConfigurationError, match="HMN_IMAP_URL"):
        ImapInbox(account.mailbox("Añejo"), lambda: NOON).fetch(None)


# --- the signs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Sent", "Sent"),
        ("R & D", "R &- D"),
        ("Éléments envoyés", "&AMk-l&AOk-ments envoy&AOk-s"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # the example of RFC 3501
        ("Skickat 📬", "Skickat &2D3c7A-"),
    ],
)
def test_names_travel_in_modified_utf7(name: str, wire: str) -> None:
    assert to_modified_utf7(name) == wire
    assert from_modified_utf7(wire) == name


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_name_comes_back_as_it_was(name: str) -> None:
    wire = to_modified_utf7(name)
    assert wire.isascii()
    assert from_modified_utf7(wire) == name


@pytest.mark.parametrize("wire", ["&&&", "&A-", "&//-", "Envoy&AOk", "&é-"])
def test_a_name_that_no_server_should_have_written_stays_as_it_is(wire: str) -> None:
    assert from_modified_utf7(wire) == wire
