"""Our letterhead: people's words come out as meant, members' values stay values, both bodies say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local.words import PackagedWords
from network.colours import ENOUGH, contrast
from network.errors import ConfigurationError, PermanentError
from network.layout import look_of
from network.mailcheck import MailKind, check_mail
from network.mailpage import read_page
from network.messages import Content
from network.preferences import Preferences
from network.rendering import Letterhead, NewsletterSection, parse_letter

PREFERENCES = Preferences(
    network_name="Washington Health Manager Network",
    sender_name="Rosa Delgado",
    sender_address="rosa@wahmn.example.org",
    reply_to="network@wahmn.example.org",
    postal_address="c/o Puget Sound ESD\n800 Oakesdale Ave SW, Renton, WA 98057",
    leaders=("Rosa Delgado",),
    next_meeting="Thursday 15 October, 2 pm",
)
LETTERHEAD = Letterhead.load(PackagedWords(), PREFERENCES)
BODY = """Dear [First name],

I coordinate the **[Network]**. Would [Program] join us on [Next meeting]?

- professional development
- peer support

Warmly,
[My name]
"""
ORDINARY = {"First name": "Ana", "Last name": "Okafor", "Program": "Denise Louie Education Center"}
HOSTILE_VALUES = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% for x in y %}",
    "</mj-text><mj-raw>",
    '" onclick="x',
    "[Program](javascript:alert(1))",
    "**bold** _x_ # y `z`",
    "![x](https://example.org/p.png)",
    "Ann\r\nBcc: v@x.example",
    "é" * 300,
    "*|UNSUB|*",
]


def letter(fields: Mapping[str, str], *, body: str = BODY, text: str = "", language: str = "en") -> Content:
    return LETTERHEAD.letter(
        "[First name], will you join us?",
        body,
        text,
        fields,
        "We have your address from [Address source].",
        "Reply STOP and we stop.",
        language,
        "A short invitation",
        reply_ref="7K2M9Q",
    )


def tags(html: str) -> list[str]:
    return [element.tag for element in read_page(html).elements]


def test_a_letter_is_filled_in_all_its_parts() -> None:
    content = letter(ORDINARY)
    assert content.subject == "Ana, will you join us?"
    for part in (content.text, content.html):
        assert "Dear Ana," in part
        assert "Would Denise Louie Education Center join us on Thursday 15 October, 2 pm?" in part
        assert "We have your address from a public list. " in part.replace("\n", " ")
        assert "mailto:network@wahmn.example.org?subject=STOP%207K2M9Q" in part
        assert "800 Oakesdale Ave SW" in part
    assert "<strong>Washington Health Manager Network</strong>" in content.html
    assert "**" not in content.text


def test_a_blank_first_name_gives_a_good_greeting() -> None:
    content = letter({"First name": " "})
    assert content.subject == "Will you join us?"
    assert content.text.startswith("Hello,\n")
    assert ">Hello,</h1>" in content.html
    assert "Dear" not in content.html


def test_the_plain_text_is_the_one_that_was_written() -> None:
    assert letter(ORDINARY, text="Dear [First name],\n\nplainly.").text.startswith("Dear Ana,\n\nplainly.\n\n--\n")


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_a_hostile_value_stays_a_value(value: str) -> None:
    content = letter({"First name": value, "Program": value, "Address source": value})
    assert tags(content.html) == tags(letter(ORDINARY).html)
    shown = " ".join(value.split())
    assert shown in content.text
    assert shown in content.subject
    words = " ".join(element.text for element in read_page(content.html).elements)
    assert words.count(shown) >= 3
    assert not [each for each in check_mail(content, MailKind.LETTER) if each.severity == "error"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_value_changes_what_elements_a_letter_has(first_name: str, program: str) -> None:
    named = letter({"First name": f"A{first_name}", "Program": f"P{program}"})
    assert tags(named.html) == tags(letter(ORDINARY).html)


def test_what_one_person_is_called_never_reaches_another() -> None:
    assert "Ana" in letter(ORDINARY).html
    assert "Ana" not in letter({"First name": "Zoë"}).html


def test_our_own_marks_in_a_value_are_dropped() -> None:
    content = letter({"First name": "A\ue000+stop\ue001na", "Program": "\ue000First_name\ue001"})
    assert "A+stopna" in content.subject
    assert "Would First_name join us" in content.text


def test_braces_and_tags_that_people_type_are_shown() -> None:
    content = letter(ORDINARY, body="Dear [First name],\n\n{{ 7*7 }} {% x %} <b>y</b> [Frist name] 3 < 4")
    assert "{{ 7*7 }} {% x %} &lt;b&gt;y&lt;/b&gt; [Frist name] 3 &lt; 4" in content.html
    assert "{{ 7*7 }} {% x %} <b>y</b> [Frist name] 3 < 4" in content.text


def test_only_https_and_mail_become_links() -> None:
    html = letter(ORDINARY, body="x [a](javascript:alert(1)) [b](http://example.org) [c](https://example.org/c)").html
    addresses = [link.attributes["href"] for link in read_page(html).all("a")]
    assert addresses == ["https://example.org/c", "mailto:network@wahmn.example.org?subject=STOP%207K2M9Q"]


@pytest.mark.parametrize("body", ["Please answer: [the survey]([Survey link])", "Please answer: [Survey link]"])
def test_a_link_placeholder_is_a_link_of_this_person(body: str) -> None:
    address = "https://forms.example.org/x?a=1&ref=<7>".replace("<7>", "7")
    html = letter({**ORDINARY, "Survey link": address}, body=body).html
    assert address in [link.attributes["href"] for link in read_page(html).all("a")]


@pytest.mark.parametrize("address", ["", "javascript:alert(1)"])
def test_a_link_placeholder_without_a_good_address_is_refused(address: str) -> None:
    with pytest.raises(PermanentError):
        letter({**ORDINARY, "Survey link": address}, body="[the survey]([Survey link])")


def test_a_letter_looks_like_a_persons_letter() -> None:
    page = read_page(letter(ORDINARY).html)
    assert not page.all("img")
    assert [heading.text for heading in page.all("h1", "h2")] == ["Dear Ana,"]
    assert page.all("h1")[0].inline["font-size"] == "16px"
    assert "auto" not in page.all("p")[0].inline["margin"]


def test_lines_ended_on_purpose_stay_lines_and_wrapped_ones_flow() -> None:
    long = "A line that was wrapped by the editor at about one hundred characters, as program files\nare"
    html = letter(ORDINARY, body=f"Dear [First name],\n\n{long} flows.\n\nWarmly,\n[My name]").html
    assert "Warmly,<br />" in html
    assert "program files<br />" not in html


def test_a_spanish_letter_says_so_and_has_a_spanish_foot() -> None:
    content = letter(ORDINARY, language="es")
    assert read_page(content.html).all("html")[0].attributes["lang"] == "es"
    assert "No me escriban más" in content.html
    assert "No me escriban más" in content.text


ISSUE = [
    NewsletterSection(
        "Varnish in a day",
        "Yakima gave varnish to **212 children**. [The checklist](https://example.org/list)",
        link="https://example.org/story",
        link_words="Read how Yakima did it",
        image="https://example.org/gym.jpg",
        image_description="Children in a gym",
        credit="Ana Okafor",
    ),
    NewsletterSection("Coming dates", "| Date | What |\n|---|---|\n| 15 Oct | Meeting |"),
]


def issue(sections: Sequence[NewsletterSection] = ISSUE, *, intro: str = "", merge: str | None = None) -> Content:
    return LETTERHEAD.newsletter(
        "October news",
        "Varnish, and two dates",
        sections,
        intro=intro,
        why="You asked for this newsletter.",
        stop="Reply STOP to stop it.",
        merge_unsubscribe=merge,
        reply_ref="7K2M9Q",
    )


def test_an_issue_has_its_sections_in_order_in_both_bodies() -> None:
    content = issue(intro="Hello [First name],\n\ntwo things.")
    page = read_page(content.html)
    assert [(each.tag, each.text) for each in page.all("h1", "h2", "h3")] == [
        ("h1", "October news"),
        ("h2", "Varnish in a day"),
        ("h2", "Coming dates"),
    ]
    assert page.all("img")[0].attributes["alt"] == "Children in a gym"
    assert "Read how Yakima did it: https://example.org/story" in content.text
    assert content.text.index("Varnish in a day") < content.text.index("Coming dates")
    assert "Hello,\n" in content.text
    assert not check_mail(content, MailKind.NEWSLETTER, postal_address=PREFERENCES.postal_address)


def test_an_issue_is_each_readers_own() -> None:
    def of(name: str, ref: str) -> Content:
        return LETTERHEAD.newsletter(
            "News",
            "",
            ISSUE,
            intro="Hello [First name],",
            stop="Reply STOP.",
            reply_ref=ref,
            member_fields={"First name": name},
        )

    ana, zoe, nobody = of("Ana", "REFA"), of("Zoë", "REFZ"), of("", "REFN")
    assert "Hello Ana," in ana.html
    assert "Hello Zoë," in zoe.text
    assert "Hello,\n" in nobody.text
    assert "Ana," not in zoe.html + nobody.html
    assert [ref for ref in ("REFA", "REFZ", "REFN") if ref in zoe.html + zoe.text] == ["REFZ"]


@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_an_issue_of_any_length_is_a_whole_page(count: int) -> None:
    content = issue([replace(ISSUE[1], heading=f"Part {number}") for number in range(count)])
    assert len(read_page(content.html).all("h2")) == count + (1 if count >= 4 else 0)
    assert content.html.count("<!--[if mso | IE]>") == content.html.count("<![endif]-->") - 3
    assert len(content.html.encode()) < 80_000


def test_the_providers_own_tag_is_put_in_untouched_and_typed_ones_are_harmless() -> None:
    hostile = NewsletterSection("*|EMAIL|*", "*|UNSUB|* *|ARCHIVE|*", credit="*|FNAME|*")
    content = issue([hostile], merge="*|UNSUB|*")
    assert 'href="*|UNSUB|*"' in content.html
    assert content.html.count("*|") == content.text.count("*|") == 1


@pytest.mark.parametrize("picture", ["http://example.org/x.png", "javascript:x", "mailto:a@example.org"])
def test_a_picture_that_is_not_https_is_refused(picture: str) -> None:
    with pytest.raises(PermanentError):
        issue([replace(ISSUE[0], image=picture)])


def test_office_mail_shows_tables_and_takes_nothing_for_a_placeholder() -> None:
    content = LETTERHEAD.office_mail(
        "Monday: *this* week", "Two things.\n\n## To do\n\n| Ref | What |\n|---|--:|\n| T-1 | [First name] |\n"
    )
    page = read_page(content.html)
    assert page.all("h1")[0].text == "Monday: *this* week"
    assert [cell.text for cell in page.all("th", "td") if cell.text] == ["Ref", "What", "T-1", "[First name]"]
    assert "Ref  What\nT-1  [First name]" in content.text
    assert not check_mail(content, MailKind.OFFICE)


def test_a_picture_inside_an_office_mail_becomes_its_words() -> None:
    content = LETTERHEAD.office_mail("Results", "# Results\n\n![Members: 54 of 80](data:image/png;base64,AAAA)")
    assert "Members: 54 of 80" in content.html
    assert "base64" not in content.html + content.text
    assert len(read_page(content.html).all("h1")) == 1


def test_a_pale_colour_is_made_readable_and_said() -> None:
    pale = Letterhead.load(PackagedWords(), replace(PREFERENCES, colours={"accent": "#ffdd00"}, logo="file.png"))
    assert any("#ffdd00" in sentence for sentence in pale.remarks)
    assert any("https://" in sentence for sentence in pale.remarks)
    content = pale.newsletter("News", "", ISSUE, stop="Reply STOP.")
    assert not [each for each in check_mail(content, MailKind.NEWSLETTER) if each.severity == "error"]


def test_buttons_have_the_second_colour_and_one_colour_serves_both() -> None:
    def look(**colours: str) -> tuple[str, ...]:
        letterhead = Letterhead.load(PackagedWords(), replace(PREFERENCES, colours=colours))
        page = letterhead.newsletter("News", "", ISSUE, stop="Reply STOP.").html
        return tuple(colour for colour in ("#1f4e5f", "#7a2e1a") if colour in page)

    assert look(accent="#1f4e5f", button="#7a2e1a") == ("#1f4e5f", "#7a2e1a")
    assert look(accent="#1f4e5f") == ("#1f4e5f",)


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_whatever_two_colours_are_chosen_an_issue_can_be_read(accent: int, button: int) -> None:
    look, _ = look_of(replace(PREFERENCES, colours={"accent": f"#{accent:06x}", "button": f"#{button:06x}"}))
    for name in ("accent", "button"):
        assert contrast(look[name], look[f"on_{name}"]) >= ENOUGH
        assert contrast(look[f"dark_{name}"], look[f"dark_on_{name}"]) >= ENOUGH
    assert contrast(look["accent"], look["page"]) >= ENOUGH
    assert contrast(look["dark_accent"], look["dark_card"]) >= ENOUGH


class EditedWords:
    """The packaged texts with one of them changed."""

    def __init__(self, path: str, old: str, new: str) -> None:
        self.path, self.old, self.new = path, old, new

    def read(self, path: str) -> str:
        text = PackagedWords().read(path)
        if path == self.path:
            assert self.old in text
            text = text.replace(self.old, self.new)
        return text


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("layout/letter.mjml", "{{ body }}", "{{ bodi }}", r"letter\.mjml, line 9: there is nothing called bodi"),
        ("layout/parts/footer.mjml", "office.name", "office.nmae", r"parts/footer\.mjml, line 2: .*nmae"),
        ("layout/letter.txt.j2", "{{ body }}", "{{ body }", r"letter\.txt\.j2, line 1"),
        ("layout/newsletter.mjml", "{{ title }}", "{{ title | safe }}", "newsletter: .* leaks"),
        ("layout/office.mjml", "{{ body }}", "{% if 1 < 2 %}{{ body }}{% endif %}", r"office\.mjml.* not MJML"),
        ("layout/office.mjml", "<mj-text", "<mj-texd", "office: .* leaks"),
    ],
)
def test_a_broken_layout_is_refused_at_load_with_its_place(path: str, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Letterhead.load(EditedWords(path, old, new), PREFERENCES)


def test_a_letters_file_has_its_subject_on_top() -> None:
    source = parse_letter(
        "\ufeffSubject: Will [Program] join us?\r\nPreheader: One hour\r\n\r\nDear [First name],\r\n\r\nHi.\r\n"
    )
    assert (source.subject, source.preheader) == ("Will [Program] join us?", "One hour")
    assert source.body == "Dear [First name],\n\nHi."
    assert parse_letter("No subject: here").body == "No subject: here"


def test_packaged_words_stay_in_their_folder() -> None:
    words = PackagedWords()
    assert "layout/letter.mjml" in words.list("layout")
    assert words.list("nowhere") == []
    for path in ("layout/nothing.md", "../pyproject.toml", "layout/../../pyproject.toml"):
        with pytest.raises(PermanentError):
            words.read(path)
