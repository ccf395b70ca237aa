"""The bytes of a mail: the standard library's parser reads back exactly what was rendered, with no defect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.errors import PermanentError
from network.messages import Attachment, Content, Message, Stream
from network.mime import build, encode_body, message_id, stop_mailto

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
INVITATION = Message(
    stream=Stream.RECRUITMENT,
    item="head_start",
    step="letter-1",
    person_id="p-17",
    address="ana@example.org",
    to_name="Ana Okafor",
    content=Content("Will you join us?", "Hello Ana,\nplease come.\n", "<p>Hello Ana,</p>\n"),
    due_at=NOON,
    not_after=NOON,
    reply_ref="7K2M9Q",
)


def written(message: Message, *, unsubscribe_url: str = "", thread_ids: Mapping[str, str] | None = None) -> bytes:
    return build(
        message,
        sender_name="Rosa Delgado",
        sender_address="rosa@wahmn.example.org",
        reply_to="network@wahmn.example.org",
        domain="wahmn.example.org",
        date=NOON,
        thread_ids=thread_ids,
        unsubscribe_url=unsubscribe_url,
    )


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def bodies(raw: bytes) -> tuple[str, str]:
    plain, html = (read(raw).get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


BODY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400)
LINES = st.lists(st.sampled_from([".", "..dot", "From x", " ", "=", "é" * 90, "a" * 300, "a=b \t", ""]), max_size=9)


@given(BODY | LINES.map("\n".join), BODY)
def test_what_is_read_back_is_what_was_rendered(text: str, html: str) -> None:
    raw = written(replace(INVITATION, content=Content("s", text, html + "<p>")))
    assert bodies(raw) == (text, html + "<p>")
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 78 and b"\n" not in line and b"\r" not in line for line in lines)
    assert not any(line.startswith((b".", b"From ")) for line in lines)


def test_encoded_lines_are_at_most_76_and_cut_no_escape() -> None:
    for shift in range(4):
        lines = encode_body("x" * shift + "é" * 200).split("\r\n")
        assert all(len(line) <= 76 for line in lines)
        assert not any(line.removesuffix("=").endswith(("=C", "=A", "=")) for line in lines)


def test_text_comes_first_and_html_last() -> None:
    mail = read(written(INVITATION))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_same_message_gives_the_same_bytes() -> None:
    assert written(INVITATION) == written(INVITATION)


def test_each_header_stands_once() -> None:
    mail = read(written(INVITATION, unsubscribe_url="https://example.org/stop"))
    assert len(mail.keys()) == len({name.lower() for name in mail.keys()})  # noqa: SIM118 - a mail repeats names
    assert mail["From"] == "Rosa Delgado <rosa@wahmn.example.org>"
    assert mail["Reply-To"] == "network@wahmn.example.org"
    assert mail["Date"].datetime == NOON


def test_the_message_id_comes_from_the_key_and_tells_nothing() -> None:
    mail = read(written(INVITATION))
    assert mail["Message-ID"] == message_id(INVITATION.key, "wahmn.example.org")
    assert "ana" not in mail["Message-ID"]
    assert "p-17" not in mail["Message-ID"]
    assert message_id("another key", "wahmn.example.org") != mail["Message-ID"]


def test_stopping_is_one_mail_that_says_who_asks() -> None:
    mail = read(written(INVITATION))
    assert mail["List-Unsubscribe"] == "<mailto:network@wahmn.example.org?subject=STOP%207K2M9Q>"
    assert "List-Unsubscribe-Post" not in mail


def test_with_a_web_form_both_ways_stand_and_one_click_is_said() -> None:
    mail = read(written(INVITATION, unsubscribe_url="https://example.org/stop?n=1"))
    ways = mail["List-Unsubscribe"].split(", ")
    assert ways[0] == "<https://example.org/stop?n=1&ref=7K2M9Q>"
    assert ways[1] == f"<{stop_mailto('network@wahmn.example.org', '7K2M9Q')}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("url", ["http://example.org/stop", "https://example.org/a b", "javascript:alert(1)"])
def test_a_web_form_that_is_not_https_is_refused(url: str) -> None:
    with pytest.raises(PermanentError):
        written(INVITATION, unsubscribe_url=url)


@pytest.mark.parametrize("stream", list(Stream))
def test_only_mail_to_many_has_a_list_id_and_only_what_no_person_wrote_is_automatic(stream: Stream) -> None:
    mail = read(written(replace(INVITATION, stream=stream)))
    assert ("List-Id" in mail) == (stream in {Stream.NEWSLETTER, Stream.NOTICE, Stream.SURVEY})
    automatic = {Stream.OFFICE: "auto-generated", Stream.ANSWER: "auto-replied"}
    assert mail["Auto-Submitted"] == automatic.get(stream)
    assert ("List-Unsubscribe" in mail) == (stream is not Stream.OFFICE)


def test_a_list_id_is_a_name_of_our_domain() -> None:
    mail = read(written(replace(INVITATION, stream=Stream.NEWSLETTER)))
    assert mail["List-Id"] == "<newsletter.wahmn.example.org>"
    mail = read(written(replace(INVITATION, list_id="Directors & partners\r\nBcc: x")))
    assert mail["List-Id"] == "<directors-partners-bcc-x.wahmn.example.org>"


def test_a_later_letter_stands_under_the_first() -> None:
    second = replace(INVITATION, step="letter-2", in_reply_to=INVITATION.key)
    assert read(written(second))["In-Reply-To"] == read(written(INVITATION))["Message-ID"]
    given_by_provider = {INVITATION.key: "<CAF123@mail.example.com>"}
    assert read(written(second, thread_ids=given_by_provider))["References"] == "<CAF123@mail.example.com>"


def test_a_calendar_entry_travels_beside_the_words() -> None:
    entry = Attachment(
        "meeting.ics", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nSUMMARY:Reunión\r\n".encode() * 9
    )
    raw = written(replace(INVITATION, attachments=(entry,)))
    mail = read(raw)
    assert mail.get_content_type() == "multipart/mixed"
    (attached,) = mail.iter_attachments()
    assert attached.get_payload(decode=True) == entry.body
    assert attached.get_content_type() == "text/calendar"
    assert attached["Content-Type"].params["method"] == "REQUEST"
    assert attached.get_filename() == "meeting.ics"
    assert bodies(raw)[0] == INVITATION.content.text


@pytest.mark.parametrize("media_type", ["text/calendar\r\nBcc: x", "calendar", "text/html; name=a b"])
def test_an_attachment_with_a_media_type_that_is_none_is_refused(media_type: str) -> None:
    with pytest.raises(PermanentError):
        written(replace(INVITATION, attachments=(Attachment("a.ics", media_type, b""),)))


def test_an_attachment_cannot_leave_its_folder_by_its_name() -> None:
    entry = Attachment('../../a"\r\nBcc: x.ics', "text/calendar", b"x")
    (attached,) = read(written(replace(INVITATION, attachments=(entry,)))).iter_attachments()
    assert attached.get_filename() == "a-Bcc-x.ics"
