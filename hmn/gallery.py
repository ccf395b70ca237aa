"""`make gallery`: one local page with every mail we can send, for an ordinary, an empty and a hostile member.

Each stands there as HTML on a desktop and on a phone, light and dark, and as plain text, with what the checker says.
The end-to-end tests look at the same mails in a browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from network.mailcheck import Finding, MailKind, check_mail
from network.messages import Content
from network.placeholders import PLACEHOLDERS
from network.ports import Words
from network.preferences import Preferences
from network.rendering import Letterhead, NewsletterSection, parse_letter

SAMPLE_PREFERENCES = Preferences(
    network_name="Washington Health Manager Network",
    sender_name="Rosa Delgado",
    sender_address="rosa@wahmn.example.org",
    reply_to="network@wahmn.example.org",
    postal_address="c/o Puget Sound ESD\n800 Oakesdale Ave SW, Renton, WA 98057",
    leaders=("Rosa Delgado",),
    next_meeting="Thursday 15 October, 2 pm Pacific, by video",
)
_LINK = "https://wahmn.example.org/form?r=7K2M9Q"
_LINKS = {row.name: _LINK for row in PLACEHOLDERS if row.is_link}
MEMBERS: Mapping[str, Mapping[str, str]] = {
    "ordinary": {
        "First name": "Ana",
        "Last name": "Okafor",
        "Program": "Denise Louie Education Center",
        "Organization": "Denise Louie Education Center",
        "Role": "Health Manager",
        "Service area": "Health",
        "State": "WA",
        "Email": "ana.okafor@example.org",
        "Closes on": "Friday 30 October",
        "Day": "Monday 4 January",
        "Leader's words": "I was alone with this job for three years. I would have liked to get this letter then.",
        **_LINKS,
    },
    "empty": dict(_LINKS),
    "hostile": {
        **dict.fromkeys(
            ("Last name", "Program", "Organization", "Role", "Service area", "State", "Email", "Leader's words"),
            "</p><script>alert(1)</script>{{ 7*7 }}[x](javascript:alert(1)) *|UNSUB|* ",
        ),
        "First name": 'Zoë-👩🏽‍⚕️ "Bobby" <b>Tables</b>\r\nBcc: everybody@example.org ' + "VeryLongName" * 8,
        **_LINKS,
    },
}
# How each picture of a mail is made: its width, and what stands for the reader's scheme.
_VIEWS = (("desktop", 700, "light"), ("desktop", 700, "dark"), ("phone", 375, "light"), ("phone", 375, "dark"))
_DARK = "@media (prefers-color-scheme: dark)"
_SECTIONS = (
    NewsletterSection(
        "Fluoride varnish in a day",
        "Yakima gave fluoride varnish to **212 children in one day**, with two dental hygienists and a borrowed gym. "
        "They wrote down what to bring: [the one-page checklist](https://wahmn.example.org/checklist).\n\n"
        "- Ask parents for consent three weeks before\n- Two tables, one person who reads the names",
        link="https://wahmn.example.org/varnish",
        link_words="Read how Yakima did it",
        credit="Ana Okafor",
    ),
    NewsletterSection(
        "Coming dates",
        "| When | What |\n|---|---|\n| 15 Oct, 2 pm | Quarterly meeting, by video |\n| 2 Nov | First aid training |",
    ),
    NewsletterSection("You said, we did", "You asked for shorter meetings. **They are 45 minutes now.**"),
    NewsletterSection("Welcome", "Three new members joined us. Say hello when you see them."),
)
_MONDAY = """**Two things wait for you.** Nothing else needs a person.

## To do

| Ref | What | Who | Since |
|---|---|---|---|
| T-142 | Ana answered; open it in the network mailbox. | Rosa | Tue 6 Oct |
| T-143 | Call the front desk of a program about its open months. | Kim | Wed 7 Oct |

## Goals

| Goal | Now | Target |
|---|--:|--:|
| Members | 54 | 80 |
| Programs | 31 | 45 |

Sending is **on**. The next letters leave on Tuesday.
"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One mail of the gallery with what the checker says."""

    name: str  # "recruitment/head_start/letter-1.es"
    member: str  # which of MEMBERS
    kind: MailKind
    language: str
    content: Content
    findings: tuple[Finding, ...]


def build_gallery(target: Path, words: Words, preferences: Preferences = SAMPLE_PREFERENCES) -> Path:
    """Writes the page into the folder `target` and returns where it stands."""
    target.mkdir(parents=True, exist_ok=True)
    page = target / "gallery.html"
    page.write_text(_page(list(exhibits(words, preferences))), encoding="utf-8")
    return page


def exhibits(words: Words, preferences: Preferences = SAMPLE_PREFERENCES) -> Iterator[Exhibit]:
    """Renders every letter file, an issue and an office mail for each sample member."""
    letterhead = Letterhead.load(words, preferences)
    letters = [path for path in _files(words, "") if path.endswith(".md")]
    for member, fields in MEMBERS.items():
        for path in letters:
            language = "es" if path.endswith(".es.md") else "en"
            content = _letter(letterhead, words, path, fields, language)
            kind = MailKind.ANSWER if path.startswith("answers/") else MailKind.LETTER
            yield _exhibit(path.removesuffix(".md"), member, kind, language, content, postal=preferences.postal_address)
        for language in ("en", "es"):
            issue = _issue(letterhead, fields, language)
            yield _exhibit(
                f"newsletter.{language}",
                member,
                MailKind.NEWSLETTER,
                language,
                issue,
                postal=preferences.postal_address,
            )
    monday = letterhead.office_mail("Monday: the network this week", _MONDAY)
    yield _exhibit("digest", "ordinary", MailKind.OFFICE, "en", monday, postal=preferences.postal_address)


def in_scheme(html: str, scheme: str) -> str:
    """The mail as it looks in one scheme, whatever the browser prefers."""
    return html.replace(_DARK, "@media all" if scheme == "dark" else "@media not all")


def _files(words: Words, folder: str) -> Iterator[str]:
    for path in words.list(folder):
        if "." in path.rpartition("/")[2]:
            yield path
        elif path != "layout":
            yield from _files(words, path)


def _letter(letterhead: Letterhead, words: Words, path: str, fields: Mapping[str, str], language: str) -> Content:
    source = parse_letter(words.read(path))
    text_path = f"{path.removesuffix('.md')}.txt"
    has_text = text_path in words.list(path.rpartition("/")[0])
    is_spanish = language == "es"
    return letterhead.letter(
        source.subject,
        source.body,
        parse_letter(words.read(text_path)).body if has_text else "",
        fields,
        "Recibe este correo porque [Address source] nombra su dirección."
        if is_spanish
        else "We have your address from [Address source].",
        "Responda ALTO y no le escribiremos más." if is_spanish else "Reply STOP and we will not write again.",
        language,
        source.preheader,
        reply_ref="7K2M9Q",
    )


def _issue(letterhead: Letterhead, fields: Mapping[str, str], language: str) -> Content:
    is_spanish = language == "es"
    return letterhead.newsletter(
        "October: varnish in a day, and two dates",
        "What Yakima did, and when we meet",
        _SECTIONS,
        title="Octubre de 2026" if is_spanish else "October 2026",
        intro="Hola [First name]:\n\nTres cosas este mes."
        if is_spanish
        else "Hello [First name],\n\nThree things this month.",
        why="Usted pidió este boletín." if is_spanish else "You asked for this newsletter.",
        stop="Responda ALTO para dejar de recibirlo." if is_spanish else "Reply STOP to stop it.",
        language=language,
        reply_ref="7K2M9Q",
        member_fields=fields,
    )


def _exhibit(name: str, member: str, kind: MailKind, language: str, content: Content, *, postal: str) -> Exhibit:
    findings = check_mail(content, kind, language=language, postal_address=postal)
    return Exhibit(name, member, kind, language, content, tuple(findings))


def _page(shown: list[Exhibit]) -> str:
    flawed = sum(bool(exhibit.findings) for exhibit in shown)
    parts = "\n".join(_section(exhibit) for exhibit in shown)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Every mail we send</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 24px; background: #e9ebee; color: #1f2328; }}
summary {{ cursor: pointer; padding: 8px 0; }} .views {{ display: flex; gap: 12px; align-items: flex-start; }}
figure {{ margin: 0; }} iframe {{ border: 1px solid #8c959f; background: #fff; height: 720px; }}
pre {{ background: #fff; padding: 16px; max-width: 80ch; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body><h1>Every mail we send</h1>
<p>{len(shown)} mails, {flawed} with a finding. The pictures are the mails themselves; nothing is fetched or sent.</p>
{parts}
</body></html>
"""


def _section(exhibit: Exhibit) -> str:
    findings = "".join(f"<li>{escape(found.severity)}: {escape(found.sentence)}</li>" for found in exhibit.findings)
    views = "".join(
        f'<figure><figcaption>{device}, {scheme}</figcaption><iframe loading="lazy" sandbox width="{width}" '
        f'title="{escape(exhibit.name)}, {device}, {scheme}" '
        f'srcdoc="{escape(in_scheme(exhibit.content.html, scheme))}"></iframe></figure>'
        for device, width, scheme in _VIEWS
    )
    return (
        f"<details><summary><b>{escape(exhibit.name)}</b>, {exhibit.member} member: "
        f"{escape(exhibit.content.subject)} ({len(exhibit.findings)} findings, "
        f"{len(exhibit.content.html.encode()) / 1000:.0f} KB)</summary>"
        f'<ul>{findings}</ul><div class="views">{views}</div><pre>{escape(exhibit.content.text)}</pre></details>'
    )
