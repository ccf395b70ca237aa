"""What the API shows: whole objects, then only the `fields` that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from emulators.mailchimp.members import Member, MergeField

T = TypeVar("T")


def as_time(moment: datetime | None) -> str:
    """ISO with +00:00, to the second; "" for none."""
    return moment.replace(microsecond=0).isoformat() if moment else ""


def page_of(found: Sequence[T], query: Mapping[str, str]) -> Sequence[T]:
    """A page: ten by default, at most a thousand."""
    offset, count = int(query.get("offset", "0")), min(int(query.get("count", "10")), 1000)
    return found[offset : offset + count]


def only(value: Any, fields: str) -> Any:
    """Keeps the fields of a comma-separated list such as `members.id,total_items`."""
    if not fields:
        return value
    tree: dict[str, Any] = {}
    for path in fields.split(","):
        place = tree
        for part in path.split("."):
            place = place.setdefault(part, {})
    return _kept(value, tree)


def _kept(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_kept(each, tree) for each in value]
    if isinstance(value, dict):
        return {name: _kept(value[name], under) for name, under in tree.items() if name in value}
    return value


def member_shape(
    member: Member, list_id: str, tags: Sequence[Mapping[str, Any]], fields: Sequence[str]
) -> dict[str, Any]:
    """A member; fields without a value are there and empty."""
    values = {tag: member.fields.get(tag, "") for tag in fields}
    shape = {
        "id": member.id,
        "email_address": member.email,
        "unique_email_id": member.id[:10],
        "contact_id": member.id,
        "full_name": f"{values.get('FNAME', '')} {values.get('LNAME', '')}".strip(),
        "web_id": member.web_id,
        "email_type": "html",
        "status": member.status,
        "merge_fields": values,
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": "",
        "timestamp_signup": as_time(member.signup),
        "ip_opt": "",
        "timestamp_opt": as_time(member.opted_in),
        "member_rating": 2,
        "last_changed": as_time(member.changed),
        "language": member.language,
        "vip": False,
        "email_client": "",
        "location": {
            "latitude": 0,
            "longitude": 0,
            "gmtoff": 0,
            "dstoff": 0,
            "country_code": "",
            "timezone": "",
            "region": "",
        },
        "source": "API - Generic",
        "tags_count": len(tags),
        "tags": list(tags),
        "list_id": list_id,
        "_links": [],
    }
    if member.status == "unsubscribed":
        shape["unsubscribe_reason"] = "N/A (Unsubscribed by admin)" if member.left_by != "user" else "None given"
    return shape


def field_shape(field: MergeField, list_id: str) -> dict[str, Any]:
    """A merge field."""
    return {
        "merge_id": field.merge_id,
        "tag": field.tag,
        "name": field.name,
        "type": field.type,
        "required": field.is_required,
        "default_value": "",
        "public": False,
        "display_order": field.merge_id,
        "options": {"size": 25},
        "help_text": "",
        "list_id": list_id,
        "_links": [],
    }


def segment_shape(segment_id: int, name: str, count: int, list_id: str, changed: str) -> dict[str, Any]:
    """A static segment."""
    return {
        "id": segment_id,
        "name": name,
        "member_count": count,
        "type": "static",
        "created_at": changed,
        "updated_at": changed,
        "options": {"match": "any", "conditions": []},
        "list_id": list_id,
        "_links": [],
    }
