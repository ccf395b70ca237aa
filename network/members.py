"""A sheet row in, a `Member` or a `RowIssue` out; and who is the same person.

Nothing here knows where rows come from (see `tabs`), what is remembered (see `ports.People`) or whether a person may
be written to (see `consent`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """What the coordinator says about a person, in the words of the sheet."""

    MEMBER = "Member"  # takes part
    INVITE = "Invite"  # a prospect: recruitment may start
    ON_HOLD = "On hold"  # the coordinator asks us to wait
    LEFT = "Left"  # no longer in this work
    DO_NOT_CONTACT = "Do not contact"  # the coordinator's mark; lifted only by the coordinator
    BLANK = ""  # nothing is sent until somebody chooses


class RoleKind(StrEnum):
    """Which streams and tracks fit a person (R9)."""

    MANAGER = "manager"  # health, nutrition, mental health, oral health, disabilities managers and staff
    DIRECTOR = "director"  # a Head Start director
    CHAMPION = "champion"  # T/TA specialist, state association, collaboration office
    PARTNER = "partner"  # any other partner
    UNKNOWN = "unknown"  # the role cell is blank or not understood; treated as a manager, and said so


class ContactBy(StrEnum):
    """How a person wants to be reached (R5)."""

    EMAIL = "email"
    PHONE = "phone"  # every stream's mail becomes a call task
    BOTH = "both"


class Language(StrEnum):
    """The language a person reads; never inferred from a name or a program type."""

    ENGLISH = "en"
    SPANISH = "es"


@dataclass(frozen=True, slots=True)
class RowKey:
    """What a row is called in our own tabs: its four cells exactly as typed, never a row number."""

    email: str
    first_name: str
    last_name: str
    organization: str


@dataclass(frozen=True, slots=True)
class Member:
    """What one understood row of *Members* says; text is cleaned, the typed form stays in `key`."""

    key: RowKey
    first_name: str
    last_name: str
    email: str | None  # normalised: lower case, IDN domain as punycode
    phone: str | None  # E.164 where it could be read, else as typed
    organization: str
    role: str
    role_kind: RoleKind
    service_area: str
    status: Status
    grant_number: str | None = None
    state: str | None = None  # two letters
    contact_by: ContactBy = ContactBy.EMAIL
    newsletter: bool | None = None  # None: never asked
    language: Language = Language.ENGLISH
    topics: tuple[str, ...] = ()
    expertise: tuple[str, ...] = ()
    joined_on: date | None = None
    referred_by: str = ""
    address_source: str = ""  # *Where we got the address*, said in every recruitment footer
    notes: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class IssueKind(StrEnum):
    """How urgent a sentence beside a row is."""

    FIX = "fix"  # the row cannot be used until a cell changes
    WAITING = "waiting"  # the row is understood; a person must decide something
    NOTE = "note"  # the row is used; this is worth knowing


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One plain sentence about one row: what is wrong and what to type instead."""

    tab: str
    key: RowKey | str
    kind: IssueKind
    sentence: str
    column: str = ""
    row: int | None = None  # where it stood when it was read (1-based sheet row); shown, never remembered


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody we remember: the latest row that named them, and what we know beyond the sheet."""

    id: str
    member: Member
    first_seen: datetime
    already_known: bool  # was *Member* at the first sync: no welcome, no "new member"
    in_sheet: bool = True
    became_member_at: datetime | None = None
    recipient_id: str | None = None  # the program (grant recipient) they work for, see `programs`
    addresses: tuple[str, ...] = field(default=())  # every address they were ever known by, normalised

    @property
    def is_active_member(self) -> bool:
        return self.in_sheet and self.member.status is Status.MEMBER
