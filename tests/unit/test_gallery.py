"""The gallery: every text we ship makes a mail to be proud of, for an ordinary, an empty and a hostile member."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from hmn.exhibits import MEMBERS, Exhibit, exhibits
from hmn.gallery import build_gallery
from integrations.local.words import PackagedWords
from network.mailcheck import Severity
from network.messages import Message
from network.mime import build
from network.placeholders import unknown_placeholders
from network.rendering import parse_letter
from network.tracks import FOLDERS

SHOWN = list(exhibits(PackagedWords()))
LETTERS = sorted(
    {shown.name for shown in SHOWN if shown.name.startswith(("recruitment/", "welcome/", "still", "answ", "surv"))}
)
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def identified(shown: Exhibit) -> str:
    return f"{shown.name}-{shown.member}"


@pytest.mark.parametrize("shown", SHOWN, ids=identified)
def test_no_mail_has_an_error(shown: Exhibit) -> None:
    assert not [found.sentence for found in shown.findings if found.severity is Severity.ERROR]


@pytest.mark.parametrize("shown", [each for each in SHOWN if each.member != "hostile"], ids=identified)
def test_no_mail_for_a_real_member_has_a_hint(shown: Exhibit) -> None:
    assert not [found.sentence for found in shown.findings]


@pytest.mark.parametrize("shown", SHOWN, ids=identified)
def test_each_mail_is_read_back_without_a_defect(shown: Exhibit) -> None:
    message = Message(
        stream=shown.stream,
        item=shown.name,
        step="1",
        person_id="p",
        address="ana@example.org",
        to_name=MEMBERS[shown.member].member.first_name,
        content=shown.content,
        due_at=NOON,
        not_after=NOON,
        reply_ref="7K2M9Q",
    )
    raw = build(
        message,
        sender_name="Rosa Delgado",
        sender_address="rosa@wahmn.example.org",
        reply_to="network@wahmn.example.org",
        domain="wahmn.example.org",
        date=NOON,
    )
    mail = message_from_bytes(raw, policy=policy.SMTP)
    assert not [defect for part in mail.walk() for defect in part.defects]
    assert "Bcc" not in mail
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    plain, html = (part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart())
    assert plain == shown.content.text.replace("\n", "\r\n").encode()
    assert html == shown.content.html.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("name", LETTERS)
def test_a_letters_file_uses_known_placeholders_in_both_bodies(name: str) -> None:
    words = PackagedWords()
    for ending in ("md", "txt"):
        text = words.read(f"{name}.{ending}")
        assert parse_letter(text).subject
        assert unknown_placeholders(text) == []


def test_every_letter_file_we_ship_is_shown() -> None:
    words = PackagedWords()
    folders = [*FOLDERS.values(), "answers", "surveys"]
    shipped = {path.removesuffix(".md") for folder in folders for path in words.list(folder) if path.endswith(".md")}
    assert set(LETTERS) == shipped


def test_no_letter_shows_a_bracket_that_nobody_filled_in() -> None:
    for shown in SHOWN:
        if shown.member != "hostile":
            assert not unknown_placeholders(shown.content.text)
            assert "[" not in shown.content.subject
            assert "Leader’s words" not in shown.content.text.replace("'", "’")


def test_a_hostile_member_runs_nothing() -> None:
    for shown in SHOWN:
        assert "<script" not in shown.content.html
        assert "<b>Tables" not in shown.content.html
        assert 'href="javascript' not in shown.content.html


def test_the_page_shows_each_mail_four_times_and_as_text(tmp_path: Path) -> None:
    page = build_gallery(tmp_path / "gallery", PackagedWords()).read_text(encoding="utf-8")
    assert "src=&quot;https://" not in page
    assert page.count("<iframe") == 4 * len(SHOWN)
    assert page.count("<pre>") == len(SHOWN)
    assert "<script>alert" not in page
