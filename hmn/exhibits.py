"""Every kind of mail we send, written by the code that sends it, for an ordinary, an empty and a hostile member.

The gallery shows them, the end-to-end tests look at them in a browser and ask a spam filter about them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from network.approvals import ApprovalRequest
from network.consent import ConsentFacts
from network.days import long_day
from network.jobs.asking import Question, note_above
from network.jobs.confirmations import Confirmations
from network.jobs.recruitment_mail import mails_to_approvers
from network.jobs.survey_mail import WHY
from network.letters import (
    LEADERS_WORDS_SETTING,
    fields_to_check,
    load_letters,
    member_fields,
    stop_sentence,
    why_sentence,
)
from network.mailcheck import Finding, MailKind, check_mail, kind_of
from network.members import Language, Member, Person, RoleKind, RowKey, Status
from network.messages import Content, Stream
from network.moments import Moment, OurAnswer
from network.ports import Words
from network.preferences import Preferences
from network.rendering import Letterhead, NewsletterSection, parse_letter
from network.tracks import FOLDERS, load_tracks

NOON = datetime(2026, 10, 5, 19, tzinfo=UTC)
REF = "7K2M9QXR"
SAMPLE_PREFERENCES = Preferences(
    network_name="Washington Health Manager Network",
    sender_name="Rosa Delgado",
    sender_address="rosa@wahmn.example.org",
    reply_to="network@wahmn.example.org",
    postal_address="c/o Puget Sound ESD\n800 Oakesdale Ave SW, Renton, WA 98057",
    time_zone="America/Los_Angeles",
    leaders=("Rosa Delgado",),
    approvers=("rosa@wahmn.example.org",),
    logo="https://wahmn.example.org/logo.png",
    next_meeting="Thursday 15 October, 2 pm Pacific, by video",
    extra={
        LEADERS_WORDS_SETTING: "I was alone with this job for three years. I would have liked to get this letter then."
    },
)
_HOSTILE = "</p><script>alert(1)</script>{{ 7*7 }}[x](javascript:alert(1)) *|UNSUB|* "


def _member(first: str, last: str, email: str | None, other: str, *, area: str = "", source: str = "") -> Person:
    member = Member(
        key=RowKey(email or "", first, last, other),
        first_name=first,
        last_name=last,
        email=email,
        phone=None,
        organization=other,
        role="Health Manager" if area else other,
        role_kind=RoleKind.MANAGER,
        service_area=area or other,
        status=Status.INVITE,
        state="WA",
        topics=("Oral health",) if area else (),
        address_source=source,
    )
    return Person(id="p", member=member, first_seen=NOON, already_known=False)


MEMBERS: Mapping[str, Person] = {
    "ordinary": _member(
        "Ana",
        "Okafor",
        "ana.okafor@example.org",
        "Denise Louie Education Center",
        area="Health",
        source="the program's web page",
    ),
    "empty": _member("", "", None, ""),
    "hostile": _member(
        'Zoë-👩🏽‍⚕️ "Bobby" <b>Tables</b>\r\nBcc: everybody@example.org ' + "VeryLongName" * 8,
        _HOSTILE,
        None,
        _HOSTILE,
        source=_HOSTILE,
    ),
}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One mail with what the checker says."""

    name: str  # "recruitment/head_start/letter-1.es"
    member: str  # which of MEMBERS
    stream: Stream
    kind: MailKind
    language: str
    content: Content
    findings: tuple[Finding, ...]


def exhibits(words: Words, preferences: Preferences = SAMPLE_PREFERENCES) -> Iterator[Exhibit]:
    """Renders every letter, answer and survey mail, an issue, notices, questions to approvers and a Monday mail."""
    desk = _Desk(words, preferences)
    for name in MEMBERS:
        yield from desk.letters(name)
        yield from desk.answers(name)
        yield from desk.survey_mails(name)
        yield from desk.issues(name)
        yield from desk.notices(name)
    yield from desk.office_mails()


class _Desk:
    """What the mails are written with."""

    def __init__(self, words: Words, preferences: Preferences) -> None:
        self.words, self.preferences = words, preferences
        self.letterhead = Letterhead.load(words, preferences)

    def letters(self, name: str) -> Iterator[Exhibit]:
        tracks = load_tracks(self.words.read)
        for (track, _), letter in load_letters(self.words, tracks, (), self.preferences).items():
            stream = Stream(tracks[track].stream)
            for language, said in letter.editions.items():
                fields = self._fields(name, language)
                content = self.letterhead.letter(
                    said.subject,
                    said.markdown,
                    said.text,
                    fields_to_check(fields, language) if stream is Stream.STILL_RIGHT else fields,
                    why_sentence(stream, MEMBERS[name], language),
                    stop_sentence(language),
                    language,
                    said.preheader,
                    reply_ref=REF,
                )
                yield self._exhibit(f"{FOLDERS[track]}/{letter.step}", name, stream, content, language)

    def answers(self, name: str) -> Iterator[Exhibit]:
        write = Confirmations(self.words, self.preferences).write
        moment = Moment("m", NOON, NOON.date(), "ana@example.org", self.preferences, ConsentFacts())
        for path in self.words.list("answers"):
            if not path.endswith(".md"):
                continue
            stem = path.removeprefix("answers/").removesuffix(".md")
            language = Language.SPANISH if stem.endswith(".es") else Language.ENGLISH
            person = replace(MEMBERS[name], member=replace(MEMBERS[name].member, language=language))
            asked = OurAnswer(stem.removesuffix(".es"), "1", date(2027, 1, 4))
            content = write(asked, person, moment, None).content
            yield self._exhibit(path.removesuffix(".md").removesuffix(".es"), name, Stream.ANSWER, content, language)

    def survey_mails(self, name: str) -> Iterator[Exhibit]:
        for path in self.words.list("surveys"):
            if not path.endswith(".md"):
                continue
            language = Language.SPANISH if path.endswith(".es.md") else Language.ENGLISH
            source = parse_letter(self.words.read(path))
            content = self.letterhead.letter(
                source.subject,
                source.body,
                parse_letter(self.words.read(f"{path.removesuffix('.md')}.txt")).body,
                self._fields(name, language),
                WHY[language],
                stop_sentence(language),
                language,
                source.preheader,
                reply_ref=REF,
            )
            yield self._exhibit(path.removesuffix(".md").removesuffix(".es"), name, Stream.SURVEY, content, language)

    def issues(self, name: str) -> Iterator[Exhibit]:
        for language in Language:
            content = self._issue(language, self._fields(name, language))
            yield self._exhibit("newsletter", name, Stream.NEWSLETTER, content, language)

    def notices(self, name: str) -> Iterator[Exhibit]:
        said = tomllib.loads(self.words.read("notices/words.toml"))["en"]
        when = "Thursday 15 October, 2 pm"
        for kind in ("", "changed", "canceled"):
            subject = said[f"{kind}_subject"].format(subject=_NOTICE_SUBJECT) if kind else _NOTICE_SUBJECT
            above = said[f"{kind}_note"].format(when=when) + "\n\n" if kind else ""
            content = self._notice(subject, f"{above}{_NOTICE}", self._fields(name, "en"), said["why"], REF)
            yield self._exhibit(f"notices/{kind or 'first'}", name, Stream.NOTICE, content)

    def office_mails(self) -> Iterator[Exhibit]:
        letter = next(each for each in self.letters("ordinary") if each.name.endswith("head_start/letter-1"))
        title = "Head Start, Letter 1, to Head Start programs"
        sample = f"Subject: {letter.content.subject}\n\n{letter.content.text.strip()}"
        request = ApprovalRequest("recruitment/head_start/letter-1", "f" * 32, "7K2M", NOON, title, 11, sample)
        hints = {request.item: ["The subject has 95 characters; a phone shows about 40, a screen 70."]}
        [question] = mails_to_approvers(self.letterhead, [request], self.preferences, NOON, hints)
        yield self._exhibit("questions/letter", "ordinary", Stream.OFFICE, question.content)

        about = Question("newsletter", "f" * 32, "October 2026, members, English", 24, date(2026, 10, 13))
        content = self._issue("en", self._fields("ordinary", "en"), note_above(about, "X99K", _ISSUE_SUBJECT), "")
        yield self._exhibit("questions/newsletter", "ordinary", Stream.OFFICE, content)

        about = replace(about, title=f"Notice “{_NOTICE_SUBJECT}” to members", addressees=52)
        note = note_above(about, "WMER", _NOTICE_SUBJECT)
        why = "You get this mail because you are with [Network]."
        content = self._notice(_NOTICE_SUBJECT, f"{note}\n\n---\n\n{_NOTICE}", self._fields("ordinary", "en"), why, "")
        yield self._exhibit("questions/notice", "ordinary", Stream.OFFICE, content)

        monday = self.letterhead.office_mail("The week in one page: 19 things wait for a person", _MONDAY)
        yield self._exhibit("digest", "ordinary", Stream.OFFICE, monday)

    def _issue(self, language: str, fields: Mapping[str, str], note: str = "", reply_ref: str = REF) -> Content:
        is_spanish = language == Language.SPANISH
        said = tomllib.loads(self.words.read("newsletter/words.toml"))[language]
        intro = "Hola, [First name]:\n\nTres cosas este mes." if is_spanish else "Hello [First name],\n\nThree things."
        return self.letterhead.newsletter(
            _ISSUE_SUBJECT,
            "What Yakima did, and when we meet",
            _SECTIONS,
            title="Octubre de 2026" if is_spanish else "October 2026",
            intro=f"{note}\n\n---\n\n{intro}" if note else intro,
            why=said["why_members"],
            stop=said["stop"],
            language=language,
            reply_ref=reply_ref,
            member_fields=fields,
        )

    def _notice(self, subject: str, body: str, fields: Mapping[str, str], why: str, reply_ref: str) -> Content:
        return self.letterhead.letter(subject, body, "", fields, why, stop_sentence("en"), "en", reply_ref=reply_ref)

    def _fields(self, name: str, language: str) -> dict[str, str]:
        person = MEMBERS[name]
        return {
            **member_fields(person, None, self.preferences, language=language, reply_ref=REF),
            "Survey link": f"https://wahmn.example.org/form?r={REF}",
            "Meeting link": "https://wahmn.example.org/meeting",
            "Closes on": long_day(date(2026, 10, 30), language),
            "Leader's words": "Done: a list of dentists who see small children stands on our page.",
        }

    def _exhibit(self, name: str, member: str, stream: Stream, content: Content, language: str = "en") -> Exhibit:
        kind = kind_of(stream)
        found = check_mail(content, kind, language=language, postal_address=self.preferences.postal_address)
        full = f"{name}.{language}" if language != Language.ENGLISH else name
        return Exhibit(full, member, stream, kind, language, content, tuple(found))


_ISSUE_SUBJECT = "October: varnish in a day, and two dates"
_SECTIONS = (
    NewsletterSection(
        "Fluoride varnish in a day",
        "Yakima gave fluoride varnish to **212 children in one day**, with two dental hygienists and a borrowed gym. "
        "They wrote down what to bring: [the one-page checklist](https://wahmn.example.org/checklist).\n\n"
        "- Ask parents for consent three weeks before\n- Two tables, one person who reads the names",
        link="https://wahmn.example.org/varnish",
        link_words="Read how Yakima did it",
        image="https://wahmn.example.org/varnish.jpg",
        image_description="Two hygienists at a low table, a line of children behind.",
        credit="Ana Okafor",
    ),
    NewsletterSection(
        "Coming dates",
        "| When | What |\n|---|---|\n| 15 Oct, 2 pm | Quarterly meeting, by video |\n| 2 Nov | First aid training |",
        link="https://wahmn.example.org/dates",
        link_words="Read more: Thursday, 15 October, noon: hearing and vision screening",
    ),
    NewsletterSection("You said, we did", "You asked for shorter meetings. **They are 45 minutes now.**"),
    NewsletterSection("Welcome", "Three new members joined us. Say hello when you see them."),
)
_NOTICE_SUBJECT = "Thursday at 2: hearing and vision screening"
_NOTICE = """Hello [First name],

This Thursday, 15 October, we meet online at 2 pm for one hour.

**We talk about:** how to get every hearing and vision screening done within 45 days.

[Join the meeting]([Meeting link])

If you cannot come, reply with your question. We will ask it for you.

[My name]
"""
_MONDAY = """# Washington Health Manager Network

Where we stand on Monday 12 October 2026.

## Waiting for a person

| What | How many | The first has waited |
|---|---|---|
| Letters and issues to look at before they go | 2 | since today |
| Calls to make | 16 | 6 days |
| Replies to answer | 1 | 1 day |

The details stand in *To do*.

## The week

| What | How many |
|---|---|
| Active members | 80 |
| New members | 2 |
| Programs with a member | 26 |
| Invitations and letters sent | 11 |

## Who is not here yet

- Tribal (AI/AN): 18 recipients · 5 with a member · 9 contact known · 4 not yet in touch (our task)
- Migrant and Seasonal: 2 recipients · 1 invited · 1 contact known

## Goals

### More voices are heard

**Amber.** A little behind: 80; the straight line to 90 by 31 December 2026 asks for 84 today.
"""
