"""The checker: a good mail has no finding, and each fault has its sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from network.mailcheck import LARGEST, ROOMY, MailKind, Severity, check_mail, kind_of
from network.mailpage import read_page
from network.messages import Content, Stream

HEAD = '<meta name="color-scheme" content="light dark"><title>News</title>'
DARK = (
    "<style>@media (prefers-color-scheme: dark) { body { background-color: #111111 !important; }"
    " p, h1, a { color: #eeeeee !important; } }</style>"
)
FOOT = '<p>12 Main St. Reply STOP, or <a href="mailto:a@example.org?subject=STOP">stop these emails</a>.</p>'
TEXT = "News\nhttps://example.org/list\n12 Main St. Reply STOP to stop these emails."


def mail(
    body: str = "<p>Hello.</p>", *, head: str = HEAD + DARK, html: str = '<html lang="en">', h1: str = "<h1>News</h1>"
) -> Content:
    page = (
        f'{html}<head>{head}</head><body style="background-color:#ffffff;color:#222222">{h1}{body}{FOOT}</body></html>'
    )
    return Content("News", TEXT, page)


GOOD = mail()


def sentences(content: Content, kind: MailKind = MailKind.LETTER, severity: Severity = Severity.ERROR) -> str:
    return " ".join(
        found.sentence for found in check_mail(content, kind, postal_address="12 Main St") if found.severity is severity
    )


def test_a_good_mail_has_no_finding() -> None:
    assert not check_mail(GOOD, MailKind.LETTER, postal_address="12 Main St")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (replace(GOOD, subject=" "), "no subject"),
        (replace(GOOD, text="\n"), "no plain text"),
        (replace(GOOD, html=""), "no HTML part"),
        (mail(html="<html>"), "does not say its language"),
        (mail(html='<html lang="und">'), "does not say its language"),
        (mail(head='<meta name="color-scheme" content="light dark">' + DARK), "no title"),
        (mail(head="<title>News</title>" + DARK), "read in the dark"),
        (replace(GOOD, text=TEXT + "\ue000First_name\ue001"), "placeholder was not filled in"),
        (mail(h1=""), "0 main headings"),
        (mail("<h1>Again</h1>"), "2 main headings"),
        (mail("<h3>Deep</h3>"), "skips a level"),
        (mail("<h2></h2>"), "heading is empty"),
        (mail('<img src="https://example.org/a.png">'), "no description"),
        (mail('<img src="http://example.org/a.png" alt="">'), "must have an address"),
        (mail('<img src="https://example.org/a.png" alt="" width="1" height="1">'), "invisible picture"),
        (
            mail('<a href="https://example.org/list"><img src="https://example.org/a.png" alt=""></a>'),
            "picture is a link",
        ),
        (mail('<a href="javascript:x">list</a>'), "must begin with https"),
        (mail('<a href="https://10.0.0.1/x">list</a>'), "bare number"),
        (mail('<a href="https://bit.ly/x">list</a>'), "shortened"),
        (mail('<a href="https://example.org/list"> </a>'), "link has no words"),
        (mail("<table><tr><td>1</td></tr></table>"), "no header row"),
        (mail("<script>x</script>"), "holds a <script>"),
        (mail("<form></form>"), "holds a <form>"),
        (mail('<p onclick="x">y</p>'), "piece of program"),
        (mail(head=HEAD + DARK + "<style>@import 'x';</style>"), "fetches something"),
        (mail(f"<p>{'a' * LARGEST}</p>"), "larger than 100 KB"),
        (mail('<p style="color:#999999">pale</p>'), "“pale” can hardly be read in the light scheme"),
        (mail('<div style="color:#222222">lost</div>'), "“lost” can hardly be read in the dark scheme"),
        (replace(GOOD, html=GOOD.html.replace(FOOT, "<p>12 Main St</p>")), "HTML does not say how to stop"),
        (replace(GOOD, text="News. 12 Main St."), "plain text does not say how to stop"),
        (replace(GOOD, text="News. Reply STOP."), "plain text lacks the postal address"),
    ],
)
def test_a_fault_is_an_error_with_its_sentence(content: Content, said: str) -> None:
    assert said in sentences(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (replace(GOOD, subject="x" * 79), "subject has 79 characters"),
        (mail(f"<p>{'a' * ROOMY}</p>"), "opens slowly"),
        (mail('<p style="font-size:12px">small</p>'), "smaller than 14"),
        (mail('<a href="https://example.org/list">Click here</a>'), "does not say where it goes"),
        (mail('<a href="https://example.org/list">https://example.org/list</a>'), "address instead of words"),
        (mail('<a href="https://example.org/other">the other list</a>'), "missing in the plain text"),
        (
            replace(
                GOOD,
                text=TEXT
                + "\n\n"
                + "Notwithstanding institutional considerations regarding interdepartmental coordination " * 12,
            ),
            "years of school",
        ),
    ],
)
def test_a_weakness_is_a_hint(content: Content, said: str) -> None:
    assert said in sentences(content, severity=Severity.HINT)
    assert said not in sentences(content)


def test_a_data_table_with_a_header_and_a_layout_table_are_both_fine() -> None:
    tables = "<table><tr><th>A</th></tr></table><table role='presentation'><tr><td></td></tr></table>"
    assert "table" not in sentences(mail(tables))


def test_what_is_hidden_is_not_judged() -> None:
    assert not sentences(mail('<div style="display:none">a preheader</div>'))


def test_an_answer_and_office_mail_need_no_way_to_stop() -> None:
    bare = replace(GOOD, text="Done.", html=GOOD.html.replace(FOOT, ""))
    assert not sentences(bare, MailKind.ANSWER)
    assert not sentences(bare, MailKind.OFFICE)
    assert "how to stop" in sentences(bare, MailKind.NEWSLETTER)


def test_each_stream_has_a_kind() -> None:
    assert kind_of(Stream.RECRUITMENT) is MailKind.LETTER
    assert {kind_of(stream) for stream in Stream} == set(MailKind)


def test_a_page_knows_the_cascade_of_a_mail() -> None:
    page = read_page(
        "<style>.a p { color: #111111 } p { color: #222222 !important }"
        " @media (prefers-color-scheme: dark) { .a { background: #000 !important } }</style>"
        '<div class="a b" style="background-color:#ffffff"><p style="color:#333333">x</p></div><p>y<br>z</p>'
    )
    inner, outer = page.all("p")
    assert page.colours(inner, is_dark=False) == ("#222222", "#ffffff")
    assert page.colours(inner, is_dark=True) == ("#222222", "#000000")
    assert outer.text == "yz"
