"""Settings in, the right adapters out, and one sentence when a setting is missing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from integrations.settings import InboxName, MailerName, Settings
from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.messages import Fate
from network.ports import Handle
from network.preferences import Caps
from network.stores import Limits
from tests.builders import NOON, a_message
from tests.emulated.mailing import running_mail_server


def test_an_office_on_smtp_and_imap_reads_its_mailbox_and_asks_its_journal(tmp_path: Path) -> None:
    with running_mail_server(tmp_path / "server", ["--auth", "hmn:secret"]) as server:
        settings = Settings(
            home=tmp_path / "office",
            mailer=MailerName.SMTP,
            smtp_url=SecretStr(f"smtp://hmn:secret@127.0.0.1:{server.smtp_port}"),
            inbox=InboxName.IMAP,
            imap_url=SecretStr(f"imap://hmn:secret@127.0.0.1:{server.imap_port}"),
        )
        server.receive(b"From: ana@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: Yes\r\n\r\nYes.\r\n")
        with open_office(settings) as office:
            assert office.mailer.lane == "smtp"
            assert [mail.id for mail in office.inbox.fetch(None)[0]] == ["<1@example.org>"]
            assert office.mailer.outcome(Handle("key", {})) is Fate.UNKNOWN


@pytest.mark.parametrize(("mailer", "at_once"), [(MailerName.SMTP, 2), (MailerName.LOCAL, 5)])
def test_the_mail_server_s_minute_limits_what_the_office_takes_in_hand(
    mailer: MailerName, at_once: int, tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path / "office", mailer=mailer, smtp_url=SecretStr("smtp://127.0.0.1:9"), smtp_per_minute=4
    )
    limits = Limits(Caps(), NOON - timedelta(hours=12), NOON - timedelta(days=7), mailer.value, lane_day=100)
    with open_office(settings, as_of=NOON) as office:
        office.outbox.queue([a_message(f"p{number}", f"p{number}@example.org") for number in range(9)], NOON)
        assert len(office.outbox.claim("w", 5, NOON, limits)) == at_once


@pytest.mark.parametrize(
    ("choice", "missing"),
    [
        ({"mailer": MailerName.SMTP}, "HMN_SMTP_URL"),
        ({"inbox": InboxName.IMAP}, "HMN_IMAP_URL"),
        ({"mailer": MailerName.GMAIL}, "HMN_GMAIL_CREDENTIALS"),
        ({"inbox": InboxName.GMAIL}, "HMN_GMAIL_CREDENTIALS"),
    ],
)
def test_a_lane_without_its_address_is_explained_before_anything_is_made(
    choice: dict[str, object], missing: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "office", **choice)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=missing), open_office(settings, as_of=NOON):
        pass
    assert not (tmp_path / "office").exists()


def test_nobody_looks_at_links_unless_the_maintainer_wants_it(tmp_path: Path) -> None:
    for is_wanted in (False, True):
        with open_office(Settings(home=tmp_path / "office", check_links=is_wanted), as_of=NOON) as office:
            assert (office.links is not None) is is_wanted


def test_answers_come_from_every_place_that_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "office" / "surveys").mkdir(parents=True)
    (tmp_path / "office" / "surveys" / "Paper.csv").write_text("Timestamp,Why?\n", encoding="utf-8")
    settings = Settings(
        home=tmp_path / "office",
        forms=("1AbC-dEf_0123456789xyz",),
        responses=("answers.xlsx", "https://docs.google.com/spreadsheets/d/1ZyX-wVu_0123456789abc/edit"),
    )
    with open_office(settings) as office:
        assert office.surveys.places() == [
            "files|Paper.csv",
            f"files|{tmp_path / 'office' / 'answers.xlsx'}",
            "forms|1AbC-dEf_0123456789xyz",
            "sheets|1ZyX-wVu_0123456789abc",
        ]


@pytest.mark.parametrize(
    "choice",
    [
        {"responses": ("workbook.xlsx",)},
        {"workbook": "1ZyX-wVu_0123456789abc", "responses": ("https://x/spreadsheets/d/1ZyX-wVu_0123456789abc/edit",)},
    ],
)
def test_answers_are_never_read_from_the_members_workbook(choice: dict[str, object], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "office", **choice)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="members' workbook"), open_office(settings) as office:
        office.surveys.places()
