"""The members of one list: their statuses, who changed them, and what Mailchimp lets the API do with each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulators.mailchimp.problems import bad_request, invalid

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


@dataclass(slots=True)
class Member:
    """One contact. `left_by` is "user" (the link, the form), "api" or "admin": only the first is protected."""

    email: str
    status: str
    changed: datetime
    signup: datetime
    fields: dict[str, str] = field(default_factory=dict)
    language: str = ""
    opted_in: datetime | None = None
    left_by: str = ""
    web_id: int = 0

    @property
    def id(self) -> str:
        return hash_of(self.email)

    @property
    def is_protected(self) -> bool:
        """Said no themselves, or their mailbox did: the API may not subscribe them."""
        return self.status == "cleaned" or (self.status == "unsubscribed" and self.left_by == "user")


@dataclass(slots=True)
class MergeField:
    """A field of the list."""

    merge_id: int
    tag: str
    name: str
    type: str = "text"
    is_required: bool = False


@dataclass(slots=True)
class Rules:
    """Switches of the list and the plan."""

    fake: list[str] = field(default_factory=list)  # addresses or domains that look fake
    busy: list[str] = field(default_factory=list)  # addresses that signed up to a lot of lists
    is_double_optin: bool = False


@dataclass(slots=True)
class MemberList:
    """One audience."""

    id: str
    members: dict[str, Member] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    fields: list[MergeField] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)

    def add(self, body: Mapping[str, Any], now: datetime, *, checks_fields: bool) -> Member:
        """Adds a new contact, or refuses it as Mailchimp does."""
        email = self.check_address(body)
        status = check_status(body.get("status", "subscribed"), (*STATUSES,))
        if email.lower() in self.forgotten:
            detail = f"{email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get "
            raise bad_request(detail + "back on the list.", "Forgotten Email Not Subscribed")
        if status == "subscribed" and self.rules.is_double_optin:
            status = "pending"
        values = self.check_values(body.get("merge_fields", {}), checks_required=checks_fields)
        member = Member(
            email,
            status,
            now,
            now,
            values,
            str(body.get("language", "")),
            left_by="api" if status == "unsubscribed" else "",
            web_id=len(self.members) + 1,
        )
        self.members[member.id] = member
        return member

    def update(self, member: Member, body: Mapping[str, Any], now: datetime, *, checks_fields: bool) -> None:
        """Changes a contact; a status in the body counts, also where that subscribes somebody again."""
        values = self.check_values(body.get("merge_fields", {}), checks_required=False)
        if checks_fields:
            self.check_values({**member.fields, **values}, checks_required=True)
        status = body.get("status")
        if status is not None:
            check_status(status, (*STATUSES,))
            if status == "subscribed" and member.is_protected:
                detail = f"{member.email} is in a compliance state due to unsubscribe, bounce, or compliance review and"
                raise bad_request(f"{detail} cannot be subscribed.", "Member In Compliance State")
            if status == "unsubscribed" and member.status != "unsubscribed":
                member.left_by = "api"
            member.status = status
        member.fields |= values
        member.language = str(body.get("language", member.language))
        member.changed = now

    def check_address(self, body: Mapping[str, Any]) -> str:
        """The address of a body, or the refusal of one that Mailchimp does not believe."""
        email = str(body.get("email_address", ""))
        looks_fake = email.lower() in self.rules.fake or email.lower().rpartition("@")[2] in self.rules.fake
        if not _ADDRESS.fullmatch(email) or looks_fake:
            raise bad_request(f"{email} looks fake or invalid, please enter a real email address.", "Invalid Resource")
        if email.lower() in self.rules.busy:
            detail = f"{email} has signed up to a lot of lists very recently; we're not allowing more signups for now"
            raise bad_request(detail, "Invalid Resource")
        return email

    def check_values(self, values: Any, *, checks_required: bool) -> dict[str, str]:
        """Merge values that the list knows; unknown tags are dropped without a word, as there."""
        if not isinstance(values, dict):
            raise invalid("merge_fields", "Schema describes object, array found instead")
        if any(value is None for value in values.values()):
            raise invalid("merge_fields", "Data did not match any of the schemas described in anyOf.")
        if checks_required:
            for known in self.fields:
                if known.is_required and not values.get(known.tag):
                    raise invalid(known.tag, "Please enter a value")
        tags = {known.tag for known in self.fields}
        return {tag: str(value) for tag, value in values.items() if tag in tags}


def check_status(status: Any, allowed: tuple[str, ...]) -> str:
    """A status that may be written."""
    if status not in allowed:
        raise invalid("status", "Value did not match any of the enum values")
    return str(status)


def hash_of(email: str) -> str:
    """What Mailchimp calls a subscriber hash."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
