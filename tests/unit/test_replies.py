"""What a mail is taken for: the corpus of written replies, headers before words, and nothing automatic in doubt."""

from __future__ import annotations

import time
from datetime import date
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.incoming import read_mail
from network.messages import Stream
from network.ports import Incoming
from network.replies import ReplyKind, is_automatic, judge
from network.reply_text import fresh_text
from tests.builders import NOON, an_incoming
from tests.unit.corpus_replies import AUTO, CORPUS, OUTLOOK, QUOTE, QUOTE_ES, Case

COMMANDS = {
    ReplyKind.STOP,
    ReplyKind.START,
    ReplyKind.YES,
    ReplyKind.STILL_RIGHT,
    ReplyKind.LATER,
    ReplyKind.NEWSLETTER,
    ReplyKind.SPANISH,
    ReplyKind.APPROVE,
}
CASES = [(kind, case if isinstance(case, Case) else Case(case)) for kind, cases in CORPUS.items() for case in cases]


def mail_of(case: Case) -> Incoming:
    return an_incoming(case.text, case.sender, subject=case.subject, headers=case.headers)


def test_the_corpus_is_as_large_as_was_promised() -> None:
    assert len(CASES) >= 120


@pytest.mark.parametrize(("kind", "case"), CASES, ids=[f"{kind}: {case.text[:40]!r}" for kind, case in CASES])
def test_a_written_reply_is_taken_for_what_it_is(kind: ReplyKind, case: Case) -> None:
    reply = judge(mail_of(case))
    assert reply.kind is kind, reply


@pytest.mark.parametrize("case", [case for kind, case in CASES if kind in (ReplyKind.UNSURE, ReplyKind.HUMAN)])
def test_doubt_never_becomes_an_act(case: Case) -> None:
    assert judge(mail_of(case)).kind not in COMMANDS


@pytest.mark.parametrize("quote", [QUOTE, QUOTE_ES, OUTLOOK])
def test_a_stop_inside_quoted_text_is_no_stop(quote: str) -> None:
    assert judge(an_incoming("Who else is in the group?" + quote)).kind is ReplyKind.HUMAN


def test_a_no_that_names_the_newsletter_is_a_no_to_the_newsletter_alone() -> None:
    assert judge(an_incoming("Stop the newsletter please")).stream is Stream.NEWSLETTER
    assert judge(an_incoming("Baja del boletín")).stream is Stream.NEWSLETTER
    assert judge(an_incoming("No more surveys")).stream is Stream.SURVEY
    assert judge(an_incoming("STOP")).stream is None


def test_a_stop_with_a_reference_says_who_it_is() -> None:
    assert judge(an_incoming("", "somebody@example.com", subject="STOP k7q2m4px")).ref == "K7Q2M4PX"


@pytest.mark.parametrize(
    "subject",
    [
        "[EXTERNAL] STOP K7Q2M4PX",
        "Re: [EXT] STOP K7Q2M4PX",
        "STOP%20K7Q2M4PX",
        "STOP+K7Q2M4PX",
        "EXTERNAL: stop k7q2m4px.",
    ],
)
def test_a_stop_with_a_reference_survives_what_mail_programs_do_to_a_subject(subject: str) -> None:
    by_machine = an_incoming("", "ana@example.org", subject=subject, headers={"auto-submitted": "auto-generated"})
    assert judge(by_machine).ref == "K7Q2M4PX"


@pytest.mark.parametrize("subject", ["Stop smoking", "Re: Stop Smoking", "Stop bullying", "Stop asthma"])
def test_a_word_behind_stop_in_a_subject_is_no_reference_unless_a_letter_of_ours_bears_it(subject: str) -> None:
    mail = an_incoming("Do you have posters about it?", subject=subject)
    assert judge(mail, lambda ref: ref == "K7Q2M4PX").kind is not ReplyKind.STOP


def test_a_reference_without_a_number_is_one_when_a_letter_of_ours_bears_it() -> None:
    assert judge(an_incoming("", subject="STOP BULLYING"), lambda ref: ref == "BULLYING").kind is ReplyKind.STOP


def test_a_no_in_the_subject_that_names_one_stream_stops_that_stream_alone() -> None:
    assert judge(an_incoming("", subject="STOP NEWSLETTER")).stream is Stream.NEWSLETTER
    assert judge(an_incoming("", subject="Stop surveys")).stream is Stream.SURVEY


@pytest.mark.parametrize(
    ("subject", "text"), [("Unsubscribe", "Sent by your mail program."), ("Out of office", "STOP\n")]
)
def test_a_no_that_looks_automatic_goes_to_a_person(subject: str, text: str) -> None:
    mail = an_incoming(text, subject=subject, headers={"auto-submitted": "auto-generated"})
    assert judge(mail).kind is ReplyKind.UNSURE


@pytest.mark.parametrize("text", ["STOP K7Q2M4PX", "Please stop k7q2m4px" + QUOTE])
def test_a_reference_may_also_stand_in_the_text(text: str) -> None:
    assert judge(an_incoming(text, "somebody@example.com")).ref == "K7Q2M4PX"


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<p>STOP</p>", ReplyKind.STOP),
        ("<p>Tell me more</p><div style='display:none'>STOP</div>", ReplyKind.HUMAN),
        ("<div style='display: none; max-height:0'>STOP</div><p>Tell me more</p>", ReplyKind.HUMAN),
        ("<p hidden>STOP</p><p>Tell me more</p>", ReplyKind.HUMAN),
        ("<div>Tell me more</div><div class='gmail_quote'>On Tue Noor wrote:<p>STOP</p></div>", ReplyKind.HUMAN),
        ("<div>Tell me more</div><div class='yahoo_quoted'><div>STOP</div></div>", ReplyKind.HUMAN),
        ("<div>Tell me more</div><blockquote type='cite'><div>STOP</div></blockquote>", ReplyKind.HUMAN),
        (
            "<p>Gracias</p><hr><div><b>De:</b> Noor<br><b>Enviado:</b> martes<br><b>Para:</b> Ana</div><p>ALTO</p>",
            ReplyKind.HUMAN,
        ),
        ("<div class='gmail_quote'><p>reply STOP</p></div><div>Tell me more</div>", ReplyKind.HUMAN),
    ],
)
def test_an_html_mail_is_read_as_a_person_sees_it(html: str, kind: ReplyKind) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ana@example.org", "Re: A question"
    mail.set_content(html, subtype="html")
    assert judge(read_mail(mail.as_bytes(), NOON)).kind is kind


FORWARDED = [
    "FYI\n\n---------- Forwarded message ---------\nFrom: Bob <b@x.org>\nDate: x\nSubject: x\nTo: y\n\nSTOP",
    "---------- Mensaje reenviado ---------\nDe: Bob <b@x.org>\nFecha: x\nAsunto: x\nPara: y\n\nALTO",
    "Begin forwarded message:\n\nFrom: Bob\n\nunsubscribe",
    "From: Bob <b@x.org>\nSent: Monday\nTo: Ana\nSubject: list\n\nSTOP",
]


@pytest.mark.parametrize("text", FORWARDED)
def test_a_word_in_a_forwarded_mail_stops_nobody(text: str) -> None:
    assert judge(an_incoming(text, subject="Fwd: A question")).kind is ReplyKind.HUMAN


def test_an_automatic_answer_that_quotes_our_stop_changes_only_the_day() -> None:
    text = "I am out of the office until Monday.\n\n-----Original Message-----\nFrom: Noor\nSent: x\nTo: y\n\nSTOP"
    assert judge(an_incoming(text, headers=AUTO)).kind is ReplyKind.AWAY


def test_an_approval_carries_its_code() -> None:
    assert judge(an_incoming("approve 7k2m" + QUOTE)).code == "7K2M"


def test_a_command_with_a_signature_says_no_more_but_with_a_paragraph_it_does() -> None:
    assert not judge(an_incoming("YES\n\nAna Torres\nHealth manager\nLummi Nation")).says_more
    wordy = "Yes!\n\nWe were talking about this last week and we have three people who would come on Thursdays at two."
    assert judge(an_incoming(wordy)).says_more


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("Later in January", date(2027, 1, 1)),
        ("LATER after Oct 30", date(2026, 10, 31)),
        ("LATER, please: after November 16. We have a review until then.", date(2026, 11, 17)),
        ("Please ask me again in two months", date(2026, 12, 5)),
        ("Más adelante, en enero", date(2027, 1, 1)),
        ("LATER", date(2027, 1, 5)),
    ],
)
def test_later_waits_as_long_as_it_says_or_a_quarter(text: str, until: date) -> None:
    assert judge(an_incoming(text)).until == until


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I am out of the office until Monday.", date(2026, 10, 12)),
        ("I will be out Oct 5 through Oct 9, returning Monday, October 12.", date(2026, 10, 12)),
        ("I am away October 5-16.", date(2026, 10, 17)),
        ("Out of the office 10/07/2026 to 10/09/2026.", date(2026, 10, 10)),
        ("I am out the week of October 12.", date(2026, 10, 19)),
        ("Estaré fuera de la oficina hasta el lunes 12 de octubre.", date(2026, 10, 12)),
        ("Regreso a la oficina el 20 de octubre de 2026.", date(2026, 10, 20)),
        ("Estoy de vacaciones. Vuelvo el 30/10.", date(2026, 10, 30)),
    ],
)
def test_an_out_of_office_holds_until_the_day_it_names(text: str, until: date) -> None:
    assert judge(an_incoming(text, headers=AUTO)).until == until


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office.",
        "Estoy de vacaciones en la costa. Vuelvo el 11/12.",
        "I was out of the office until September 30.",
        "I am out until October 12, or back on October 19, I will return on November 2.",
        "I am out of the office until 2026-02-31.",
        "I am out of the office, back in 2029 or on 5/5/2031.",
    ],
)
def test_an_unclear_return_day_holds_for_five_business_days(text: str) -> None:
    assert judge(an_incoming(text, headers=AUTO)).until == date(2026, 10, 13)


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", ReplyKind.BOUNCE_HARD),
        ("5.1.10", "failed", ReplyKind.BOUNCE_HARD),
        ("5.4.1", "failed", ReplyKind.BOUNCE_HARD),
        ("5.2.2", "failed", ReplyKind.BOUNCE_SOFT),
        ("5.7.1", "failed", ReplyKind.BOUNCE_SOFT),
        ("4.4.7", "failed", ReplyKind.BOUNCE_SOFT),
        ("4.4.1", "delayed", ReplyKind.AUTOMATIC),
        ("2.0.0", "delivered", ReplyKind.AUTOMATIC),
    ],
)
def test_a_delivery_notice_is_read_by_its_numbers(status: str, action: str, kind: ReplyKind) -> None:
    notice = an_incoming(
        "STOP. User unknown.",
        "mailer-daemon@example.com",
        headers={"content-type": "multipart/report; report-type=delivery-status"},
        bounced_address="ana@example.org",
        bounce_status=status,
        bounce_action=action,
    )
    reply = judge(notice)
    assert (reply.kind, reply.address) == (kind, "ana@example.org")


def test_a_daemon_without_a_machine_part_is_read_by_its_words() -> None:
    headers = {"x-failed-recipients": "Ana@example.org"}
    notice = an_incoming("550 5.1.1 The email account does not exist.", "mailer-daemon@example.com", headers=headers)
    assert (judge(notice).kind, judge(notice).address) == (ReplyKind.BOUNCE_HARD, "ana@example.org")


def test_a_complaint_report_is_a_complaint() -> None:
    report = {"content-type": 'multipart/report; report-type="feedback-report"'}
    assert judge(an_incoming("abuse", "fbl@example.com", headers=report)).kind is ReplyKind.COMPLAINT


def test_a_person_may_have_a_program_that_asks_for_no_auto_answers() -> None:
    assert not is_automatic(an_incoming(headers={"auto-submitted": "no", "x-auto-response-suppress": "DR"}))


def test_only_the_new_words_are_read() -> None:
    assert fresh_text("I agree" + QUOTE) == "I agree"
    assert fresh_text("> STOP\n\nWho is this?") == "Who is this?"


@given(st.text(max_size=400), st.text(max_size=80))
def test_nothing_a_stranger_writes_raises(text: str, subject: str) -> None:
    judge(an_incoming(text, subject=subject))


@given(st.text(alphabet="stop STOPáx\n>.,", max_size=60))
def test_what_stands_only_in_a_quote_never_stops_anything(words: str) -> None:
    quoted = "".join(f"> {line}\n" for line in words.split("\n"))
    assert judge(an_incoming("What time is it?" + "\n\n" + quoted)).kind is ReplyKind.HUMAN


@pytest.mark.parametrize("piece", ["On On On El ", "From: a\n", "(.|", "- a\n\n", "el 5 de ", "_" * 40 + "\n", "stop "])
def test_a_hostile_text_is_judged_in_good_time(piece: str) -> None:
    began = time.perf_counter()
    judge(an_incoming(piece * 20_000))
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("LATER. Please write again after 16 November.", date(2026, 11, 17)),
        ("Later, please.\n\nWe are closed until March 3.\n\nAna", date(2027, 3, 3)),
        ("Más tarde, por favor. Después del 16 de noviembre.", date(2026, 11, 17)),
        ("LATER\n\nAna Torres\nHealth manager", date(2027, 1, 5)),  # no day: a quarter of a year
    ],
)
def test_the_day_of_a_later_may_stand_in_the_next_sentence(text: str, until: date) -> None:
    assert (judge(an_incoming(text)).kind, judge(an_incoming(text)).until) == (ReplyKind.LATER, until)
