"""Our placeholders as merge fields: a tag of at most ten characters each, made once and read back.

Never an ADDRESS field: a half-filled one makes Mailchimp refuse people who do not even send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.mailchimp.client import MailchimpClient
from network.campaigns import STOP_LINK

# Mailchimp's own two, then ours; a tag has at most ten letters, digits and underscores.
TAGS: Mapping[str, str] = {
    "First name": "FNAME",
    "Last name": "LNAME",
    "Program": "HMNPROGRAM",
    "Organization": "HMNORG",
    "Role": "HMNROLE",
    "Service area": "HMNAREA",
    "State": "HMNSTATE",
    "Program type": "HMNTYPE",
}
_LONGEST_VALUE = 255  # bytes

# What stands in a campaign where a placeholder stood.
MERGE: Mapping[str, str] = {name: f"*|{tag}|*" for name, tag in TAGS.items()} | {
    "Email": "*|EMAIL|*",
    STOP_LINK: "*|UNSUB|*",
}


def ensure_fields(client: MailchimpClient, list_id: str) -> dict[str, str]:
    """Makes the fields that are missing; returns each placeholder's tag as Mailchimp really has it."""
    lists = client.api.lists
    answer = client.ask(
        lists.get_list_merge_fields, list_id, count=1000, fields=["merge_fields.tag", "merge_fields.name"]
    )
    there = {each["tag"]: each["name"] for each in answer["merge_fields"]}
    by_name = {name: tag for tag, name in there.items()}
    tags = {}
    for name, tag in TAGS.items():
        if tag in there:
            tags[name] = tag
        elif _label(name) in by_name:
            tags[name] = by_name[_label(name)]  # made earlier, and given another tag then
        else:
            made = client.ask(lists.add_list_merge_field, list_id, _field(name, tag))
            tags[name] = str(made["tag"])
    return tags


def to_merge(fields: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Values by tag; "" clears a value there, null would not."""
    return {tag: _short(fields.get(name, "")) for name, tag in tags.items()}


def from_merge(values: Mapping[str, Any]) -> dict[str, str]:
    """Values by placeholder, of those we know."""
    names = {tag: name for name, tag in TAGS.items()}
    return {names[tag]: str(value) for tag, value in values.items() if tag in names and value != ""}


def _field(name: str, tag: str) -> dict[str, Any]:
    return {"name": _label(name), "type": "text", "tag": tag, "required": False, "public": False}


def _label(name: str) -> str:
    return name if TAGS[name] in ("FNAME", "LNAME") else f"HMN {name}"


def _short(value: str) -> str:
    return value.encode()[:_LONGEST_VALUE].decode(errors="ignore")
