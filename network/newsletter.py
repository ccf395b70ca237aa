"""An issue of the newsletter: its rows, its editions, who reads them, its states.

How rows are read is `newsletter_rows`, how an edition is put together `editions`, what it says by itself
`newsletter_blocks`, whether it may go `issue_check`. Notices have their own module.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from network.consent import ConsentFacts, Reason, may_write
from network.keys import fitted
from network.members import Language, Person, RoleKind
from network.messages import Stream
from network.rendering import NewsletterSection


class IssueState(StrEnum):
    """Where one edition of one issue is."""

    COLLECTING = "collecting"  # its day is far, or nobody reads it yet
    IN_CHECK = "in check"  # its day comes near and a row must be mended
    WAITING = "waiting for approval"
    APPROVED = "approved"  # its day or the 15 minutes have not come
    SCHEDULED = "scheduled"  # handed over: on its way, no longer changed
    SENT = "sent"
    REPORTED = "reported"  # two weeks later: the numbers stay as they are
    HELD = "held"  # it does not go by itself; the reason says why


HANDED_OVER = frozenset({IssueState.SCHEDULED, IssueState.SENT, IssueState.REPORTED})


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """One edition of one issue in one language as the ledger knows it; unique for the three."""

    issue: str
    edition: str  # "members", "directors and partners"
    language: str
    state: IssueState
    title: str  # exact, deterministic: how the campaign is found again
    changed_at: datetime
    fingerprint: str = ""
    campaign_id: str = ""
    addressees: int = 0
    reason: str = ""
    report: Mapping[str, float] = field(default_factory=dict)
    sent_at: datetime | None = None  # when the last mail of it had gone


class Edition(StrEnum):
    """For whom an issue is put together; a person reads one of them."""

    MEMBERS = "members"
    DIRECTORS = "directors and partners"


@dataclass(frozen=True, slots=True)
class Remark:
    """A plain sentence about an issue or a notice; an error keeps it from going, anything else is worth knowing."""

    sentence: str
    is_error: bool = True
    row: int | None = None  # where it stood in this reading; shown, never remembered


@dataclass(frozen=True, slots=True)
class Item:
    """One row of *Newsletter*, understood."""

    row: int
    editions: frozenset[Edition]
    language: Language
    section: str
    title: str
    text: str
    link: str = ""
    link_words: str = ""
    image: str = ""
    image_description: str = ""
    credit: str = ""
    may_publish: bool | None = None

    @property
    def is_held_back(self) -> bool:
        """Somebody said no, or is named and has not said yes."""
        return self.may_publish is False or (bool(self.credit) and self.may_publish is None)


@dataclass(frozen=True, slots=True)
class Issue:
    """All rows of one issue; `remarks` are about rows that could not be read."""

    name: str
    send_on: date | None
    items: tuple[Item, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def key(self) -> str:
        """How the issue is called in keys and file names: "october-2026"."""
        return slug(self.name)


@dataclass(frozen=True, slots=True)
class Draft:
    """One edition in one language as it would go, before anybody's name comes in."""

    issue: Issue
    edition: Edition
    language: Language
    subject: str
    preheader: str
    title: str
    intro: str
    sections: tuple[NewsletterSection, ...]
    items: tuple[Item, ...] = ()  # the rows that stand in it
    remarks: tuple[Remark, ...] = ()

    @property
    def item(self) -> str:
        """What an approval is about."""
        return f"newsletter/{self.issue.key}/{slug(self.edition)}/{self.language}"

    @property
    def file_name(self) -> str:
        """How its page is called: "october-2026-members-en.html"."""
        return f"{self.issue.key}-{slug(self.edition)}-{self.language}.html"

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that is read, for the fingerprint."""
        parts = (
            text
            for each in self.sections
            for text in (
                each.heading,
                each.body_markdown,
                each.link,
                each.link_words,
                each.image,
                each.image_description,
                each.credit,
            )
        )
        return (self.subject, self.preheader, self.title, self.intro, *parts)


@dataclass(frozen=True, slots=True)
class Block:
    """A section that the newsletter writes by itself; `section` names the one by which people would write it."""

    section: str
    heading: str
    text: str
    link: str = ""
    link_words: str = ""


def edition_of(person: Person) -> Edition:
    """Which edition somebody reads."""
    others = (RoleKind.DIRECTOR, RoleKind.PARTNER, RoleKind.CHAMPION)
    return Edition.DIRECTORS if person.member.role_kind in others else Edition.MEMBERS


def readers(
    people: Iterable[Person], facts: Mapping[str, ConsentFacts], drafts: Sequence[Draft], at: datetime
) -> dict[str, list[Person]]:
    """Who gets which draft, by the draft's item: only people who asked for it, each address once.

    Somebody who reads Spanish gets the Spanish draft where there is one. Somebody away is counted in: the mail waits.
    """
    by_place = {(draft.edition, draft.language): draft.item for draft in drafts}
    chosen: dict[str, list[Person]] = {draft.item: [] for draft in drafts}
    taken: set[str] = set()
    for person in sorted(people, key=lambda each: each.id):
        address = person.member.email or ""
        verdict = may_write(person, address, facts.get(person.id, ConsentFacts()), Stream.NEWSLETTER, at)
        if address in taken or not (verdict.allowed or verdict.reason is Reason.AWAY):
            continue
        edition = edition_of(person)
        item = by_place.get((edition, person.member.language)) or by_place.get((edition, Language.ENGLISH))
        if item is not None:
            taken.add(address)
            chosen[item].append(person)
    return chosen


def slug(text: str) -> str:
    """The text as part of a key or a file name: letters, digits and dashes."""
    read = re.sub(r"[\W_]+", "-", text.casefold()).strip("-")
    # A name of nothing but pictures is told apart by a mark: 🍂 is not 🎄.
    return fitted(read, 60) if read or not text.strip() else hashlib.sha256(text.strip().encode()).hexdigest()[:12]
