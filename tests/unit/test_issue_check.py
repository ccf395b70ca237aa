"""The gate says with a sentence and a row what must be mended before an issue goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.build import path_of_tab, read_table
from network.issue_check import check_content, check_draft, check_sender, check_words, in_order
from network.mailcheck import MailKind
from network.members import Language
from network.messages import Content
from network.newsletter import Draft, Edition, Issue, Item, Remark
from network.newsletter_rows import read_issues
from network.tabs import NEWSLETTER, RawTab, Reading, understand
from tests.builders import NOON, some_preferences


def an_item(**fields: Any) -> Item:
    values: dict[str, Any] = {
        "row": 5,
        "editions": frozenset(Edition),
        "language": Language.ENGLISH,
        "section": "Health",
        "title": "Lead tests",
        "text": "Ask the clinic.",
    }
    return Item(**values | fields)


def a_draft(*items: Item) -> Draft:
    issue = Issue("October 2026", NOON.date(), items)
    return Draft(issue, Edition.MEMBERS, Language.ENGLISH, "Lead tests", "", "October 2026", "", (), items)


def errors(item: Item) -> list[str]:
    return [remark.sentence for remark in check_draft(a_draft(item)) if remark.is_error]


def test_an_issue_of_more_than_80_kilobytes_does_not_go_and_one_of_less_does() -> None:
    for size, is_too_large in ((79_000, False), (90_000, True)):
        content = Content("Lead tests", "…", "<p>" + "é" * (size // 2) + "</p>")
        found = check_content(content, "en", some_preferences(), MailKind.NEWSLETTER)
        assert any("until it has 80 KB" in each.sentence and each.is_error for each in found) is is_too_large


def test_a_good_row_has_nothing_said_about_it() -> None:
    item = an_item(
        text="Dear [First name], read [the sheet](https://example.org/a) or [write](mailto:a@example.org). {So}.",
        link="https://example.org/lead_(2026)",
        image="https://example.org/cup.png",
        image_description="A cup with six toothbrushes",
    )
    assert check_draft(a_draft(item)) == ()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": "", "text": ""}, "no Title and no Text"),
        ({"link": "example.org/lead"}, "its Link “example.org/lead” must begin with https://"),
        ({"link": "http://example.org"}, "must begin with https://"),
        ({"link": "javascript:alert(1)"}, "must begin with https://"),
        ({"image": "http://example.org/a.png", "image_description": "A cup"}, "its Image"),
        ({"image": "https://example.org/a.png"}, "has no description"),
        ({"image": "https://example.org/a.png", "image_description": "IMG_2041.png"}, "the name of a file"),
        ({"text": "Dear [Frist name],"}, "Did you mean [First name]?"),
        ({"title": "Hello [Nickname]"}, "in Title, we do not know [Nickname]"),
        ({"text": "Dear *|FNAME|*,"}, "*|FNAME|* belongs to another program"),
        ({"text": "See [the sheet](http://example.org)."}, "the link “http://example.org” must begin with https://"),
        ({"link": "https://"}, "must begin with https://"),
        ({"link": "https://intranet/page"}, "must begin with https://"),
        ({"link": "https://ana:secret@example.org/"}, "must begin with https://"),
        ({"link": "https://example.org/?who=*|EMAIL|*"}, "in Link, *|EMAIL|* belongs to another program"),
        ({"text": "[x](javascript:alert(1))"}, "the link “javascript:alert(1)” must begin with https://"),
        ({"text": "[x](https://exa mple.org/a)"}, "the link “https://exa” must begin with https://"),
        ({"text": "![](https://example.org/a.png)"}, "a picture has no description"),
        ({"text": "![A cup](http://example.org/a.png)"}, "the picture “http://example.org/a.png”"),
    ],
)
def test_what_keeps_an_issue_from_going_names_the_row_and_what_to_type(fields: dict[str, Any], says: str) -> None:
    (sentence,) = errors(an_item(**fields))
    assert sentence.startswith("Row 5")
    assert says in sentence
    assert sentence.endswith((".", ")."))


@pytest.mark.parametrize("fields", [{"title": "A" * 95}, {"text": "<b>Now</b>"}, {"image_description": "A cup"}])
def test_what_is_only_worth_knowing_stops_nothing(fields: dict[str, Any]) -> None:
    assert errors(an_item(**fields)) == []
    assert check_draft(a_draft(an_item(**fields)))


def test_an_edition_in_which_nothing_may_be_published_does_not_go() -> None:
    assert any(remark.is_error for remark in check_draft(a_draft()))


def test_an_office_without_an_address_sends_nothing_to_many() -> None:
    assert check_sender(some_preferences()) == ()
    sentences = [remark.sentence for remark in check_sender(some_preferences(postal_address=" ", sender_address=""))]
    assert [sentence.split(" is blank")[0] for sentence in sentences] == [
        "Settings, Sender address",
        "Settings, Postal address",
    ]


def test_an_office_without_approvers_is_told_so() -> None:
    (remark,) = check_sender(some_preferences(approvers=()))
    assert not remark.is_error


def test_a_mail_that_does_not_say_how_to_stop_is_refused() -> None:
    content = Content(
        "October", "Hello\n", "<html lang='en'><head><title>x</title></head><body><h1>x</h1></body></html>"
    )
    found = check_content(content, "en", some_preferences(), MailKind.NEWSLETTER)
    assert any(remark.is_error and "how to stop" in remark.sentence for remark in found)


def test_errors_come_first_and_each_sentence_once() -> None:
    known, wrong = Remark("A hint.", is_error=False), Remark("Wrong.")
    assert in_order([known, wrong, wrong, known]) == (wrong, known)


def test_words_of_a_notice_are_looked_at_like_those_of_an_issue() -> None:
    assert check_words("Dear [First name], braces {like these} and *stars* stay.") == ()
    assert len(check_words("[Oops] *|MERGE|* [x](ftp://example.org)")) == 3


def test_the_rows_of_the_example_office_pass_the_gate() -> None:
    folder = Path(__file__).parents[2] / "examples" / "washington"
    table = read_table(path_of_tab(folder, "Newsletter"))
    cells = [[str(value) if value is not None else None for value in row] for row in table.rows]
    reading = Reading({"Newsletter": RawTab("Newsletter", [list(table.headers), *cells])}, None, NOON)
    issues, strays = read_issues(understand(reading, NEWSLETTER).rows)
    assert len(issues) == 2
    remarks = [*strays, *(remark for issue in issues for remark in issue.remarks)]
    for issue in issues:
        draft = Draft(issue, Edition.MEMBERS, Language.ENGLISH, "", "", "", "", (), issue.items)
        remarks += check_draft(draft)
    assert remarks == []


@pytest.mark.parametrize("text", ["See https://example.org/x.", "Go to www.example.org/x now", "https://example.org/x"])
def test_an_address_that_stands_bare_is_worth_knowing(text: str) -> None:
    (remark,) = check_words(text)
    assert not remark.is_error
    assert "nobody can tap it" in remark.sentence


@pytest.mark.parametrize(
    "text",
    ["[the page](https://example.org/x)", "<https://example.org/x>", "[https://example.org/x](https://example.org/x)"],
)
def test_an_address_that_can_be_tapped_is_fine(text: str) -> None:
    assert check_words(text) == ()
