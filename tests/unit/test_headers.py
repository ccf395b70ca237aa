"""Headers: whatever a name holds stays inside its own line, and the standard library reads back what was meant."""

from __future__ import annotations

from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.errors import PermanentError
from network.headers import mailbox_line, one_line, text_line, token_line, wire_address, without_controls

HOSTILE = [
    "Ann\r\nBcc: v@x.example",
    "=?utf-8?q?Ann=0D=0ABcc=3A_v=40x=2Eexample?=",
    "Okafor, " + "Very Long Name, " * 12 + "Ana",
    'Ana "the boss" \\ <ceo@bank.example>',
    "Zoë Núñez de la Peña-Ñandú y Íñigo Ibáñez de Álava y Martínez de la Rosa",
    "李小龍 عائشة बीना " * 6,
    "👩🏽‍⚕️" * 30,
    "Ann\u2028Bcc: v@x.example\u0085X: y\x00\x1b",
    "Ana \u202egro.live@",
    "\ud800 half a character",
]


def read(line: str) -> EmailMessage:
    message = message_from_bytes((line + "\r\nbody\r\n").encode("ascii"), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def display_name(line: str) -> str:
    """As RFC 2047 reads it; the newer parser of some Python releases puts spaces between adjacent encoded words."""
    (folded,) = message_from_string(line + "\r\n", policy=policy.compat32).values()
    name, _ = parseaddr(folded.replace("\r\n", ""))
    return str(make_header(decode_header(name)))


def folds_well(line: str) -> bool:
    return line.endswith("\r\n") and all(0 < len(part) <= 78 and part.strip() for part in line[:-2].split("\r\n"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_one_mailbox_and_no_other_header(name: str) -> None:
    line = mailbox_line("To", name, "ana@example.org")
    assert read(line).keys() == ["To"]
    assert [mailbox.addr_spec for mailbox in read(line)["To"].addresses] == ["ana@example.org"]
    assert display_name(line) == one_line(name)
    assert folds_well(line)


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_hostile_subject_stays_a_subject(subject: str) -> None:
    line = text_line("Subject", subject)
    message = read(line)
    assert message.keys() == ["Subject"]
    assert message["Subject"] == one_line(subject)
    assert folds_well(line)


@given(st.text(max_size=300))
def test_any_subject_is_read_back_as_its_one_line(subject: str) -> None:
    line = text_line("Subject", subject)
    message = read(line)
    assert message["Subject"] == one_line(subject)
    assert message.keys() == ["Subject"]
    assert not message["Subject"].defects
    assert folds_well(line)


@given(st.text(max_size=200))
def test_any_name_is_read_back_and_hides_no_second_address(name: str) -> None:
    line = mailbox_line("From", name, "ana@example.org")
    assert [mailbox.addr_spec for mailbox in read(line)["From"].addresses] == ["ana@example.org"]
    assert display_name(line) == one_line(name)


@given(st.text(max_size=100))
def test_one_line_is_one_line_and_stays_what_it_is(text: str) -> None:
    once = one_line(text)
    assert len(once.splitlines()) <= 1
    assert one_line(once) == once
    once.encode("utf-8")


def test_controls_leave_a_body_but_its_lines_and_tabs_stay() -> None:
    assert without_controls("a\r\nb\rc\u2028d\te\x00\x1b\u202e") == "a\nb\nc\nd\te"


def test_an_international_domain_is_written_as_punycode() -> None:
    assert wire_address("Ann@bücher.example") == "Ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        *("", "ana", "ana@", "@example.org", "ana@example", "ana b@example.org", "ana@exa mple.org", "anë@example.org"),
        *("ana@example.org\r\nBcc: x@example.org", "ana@example.org>", ".ana@example.org", "ana..b@example.org"),
    ],
)
def test_an_address_no_server_takes_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(PermanentError) as refused:
        wire_address(address)
    assert "ana" not in str(refused.value)


def test_a_token_with_a_line_end_is_refused() -> None:
    with pytest.raises(PermanentError):
        token_line("Message-ID", "<a@example.org>\r\nBcc: x@example.org")


def test_tokens_fold_between_and_never_inside() -> None:
    one, other = f"<https://example.org/{'a' * 60}>,", f"<mailto:a@example.org?subject={'b' * 60}>"
    assert token_line("List-Unsubscribe", one, other) == f"List-Unsubscribe: {one}\r\n {other}\r\n"
