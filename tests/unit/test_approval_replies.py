"""What an approver's mail decides: only what is plain, and never for somebody whom our mail server found forged."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.approval_replies import Answer, read_answer, seems_forged
from network.approvals import Decision
from network.incoming import read_mail
from tests.builders import NOON, an_incoming
from tests.unit.corpus_replies import QUOTE

SIGNATURE = "\n\nNoor Haddenfield\nHealth manager network"


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("APPROVE 7K2M", Decision.APPROVED),
        ("approve 7k2m", Decision.APPROVED),
        ("Approved 7K2M, thanks!" + SIGNATURE, Decision.APPROVED),
        ("Hi,\n\nI approve 7K2M.\n\nThanks\nNoor", Decision.APPROVED),
        ("Aprobado 7K2M, gracias", Decision.APPROVED),
        ("Looks good to me.\n\nAPPROVE 7K2M" + SIGNATURE, Decision.APPROVED),
        ("Hola Noor,\nSe ve muy bien.\nApruebo 7K2M\n\nLucía Campoverde\n100 Main St., Olympia", Decision.APPROVED),
        ("STOP 7K2M please, there is an error!", Decision.STOPPED),
        ("STOP 7K2M. There is an error in it, do not send it!", Decision.STOPPED),
        ("NOT YET 7K2M", Decision.NOT_YET),
        ("Not yet: 7K2M, please." + QUOTE, Decision.NOT_YET),
        ("Todavía no 7K2M", Decision.NOT_YET),
        ("aún no código 7K2M", Decision.NOT_YET),
        ("STOP 7K2M", Decision.STOPPED),
        ("Please stop 7k2m" + SIGNATURE + QUOTE, Decision.STOPPED),
        ("Alto 7K2M", Decision.STOPPED),
    ],
)
def test_a_plain_decision_is_read_with_its_code(text: str, decision: Decision) -> None:
    assert read_answer(an_incoming(text)) == Answer(decision, "7K2M")


@pytest.mark.parametrize(
    "text",
    [
        "APPROVE 7K2M, but change the date",
        "APPROVE 7K2M\n\nPlease change the date first.",
        "Please do not approve 7K2M",
        "Don't APPROVE 7K2M",
        "APPROVE 7K2M\n\nSTOP 7K2M",
        "APPROVE 7K2M\nAPPROVE 3QQ4",
        "I would approve 7K2M if the link worked",
        "APPROVE 7K2M?",
        "APPROVE 7K2M\n\nWho gets this?",
        "APPROVE 7K2M\n\nThere is a typo in the second line.",
        "APPROVE 7K2M\n\nThe name of the meeting is wrong",
        "APPROVE 7K2M\nLet me look at it again.",
        "Apruebo 7K2M\n\nFalta el enlace",
        "STOP 7K2M\n\nI mean: approve it.",
        "Stop 7K2M? No, I approve it",
        "Looks good to me",
        "Not yet ready",
        "",
        "> APPROVE 7K2M",
        "What do you think?" + QUOTE,
    ],
)
def test_what_is_not_plain_decides_nothing(text: str) -> None:
    assert read_answer(an_incoming(text, subject="Re: May this go out?")) == Answer()


def test_a_decision_without_its_code_is_told_apart_and_a_bare_subject_counts() -> None:
    assert read_answer(an_incoming("Approved!")) == Answer(Decision.APPROVED, "")
    assert read_answer(an_incoming("not yet")) == Answer(Decision.NOT_YET, "")
    assert read_answer(an_incoming("", subject="STOP 7K2M")) == Answer(Decision.STOPPED, "7K2M")
    assert read_answer(an_incoming("Looks good", subject="APPROVE 7K2M")) == Answer()


@pytest.mark.parametrize(
    ("checked", "is_forged"),
    [
        ("mx.example.net; dmarc=fail (p=none) header.from=example.org", True),
        ("mx.example.net; spf=fail smtp.mailfrom=x.example; dkim=none", True),
        ("mx.example.net; spf=softfail; dkim=pass header.d=example.org; dmarc=pass", False),
        ("mx.example.net; spf=pass; dkim=pass; dmarc=pass", False),
        ("mx.example.net; none", False),
    ],
)
def test_a_sender_whom_our_server_found_forged_is_seen(checked: str, is_forged: bool) -> None:
    assert seems_forged(an_incoming("APPROVE 7K2M", headers={"authentication-results": checked})) is is_forged
    assert not seems_forged(an_incoming("APPROVE 7K2M"))


def test_a_forger_s_own_line_below_does_not_hide_what_our_server_wrote_above() -> None:
    mail = EmailMessage()
    mail["Authentication-Results"] = "mx.our.example; dmarc=fail header.from=example.org"
    mail["Authentication-Results"] = "mx.our.example; dmarc=pass header.from=example.org"
    mail["From"] = "noor@example.org"
    mail.set_content("APPROVE 7K2M")
    assert seems_forged(read_mail(mail.as_bytes(), NOON))


@given(st.text(max_size=300), st.text(alphabet="aprove stop nty7K2M\n>.,", max_size=60))
def test_nothing_a_stranger_writes_raises_and_a_decision_has_words_of_its_own(text: str, words: str) -> None:
    read_answer(an_incoming(text))
    assert read_answer(an_incoming("".join(f"> {line}\n" for line in words.split("\n")))) == Answer()
