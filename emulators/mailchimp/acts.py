"""What people and administrators do in Mailchimp itself, for the control plane: no API is asked.

| act | who does it |
|---|---|
| `unsubscribe`, `sign up`, `confirm`, `complain`, `click` | the person: the link, the form, the confirmation mail |
| `bounce` | their mailbox |
| `admin unsubscribe`, `admin subscribe`, `archive`, `delete for good`, `edit` | somebody at the office, in Mailchimp |
| `cancel` | somebody at the office stops a campaign |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulators.mailchimp.members import Member, MemberList, MergeField, hash_of
from emulators.mailchimp.service import Mailchimp
from emulators.mailchimp.shapes import as_time

_STATUS_AFTER = {
    "unsubscribe": ("unsubscribed", "user"),
    "complain": ("unsubscribed", "user"),
    "bounce": ("cleaned", "user"),
    "admin unsubscribe": ("unsubscribed", "admin"),
    "admin subscribe": ("subscribed", ""),
    "archive": ("archived", ""),
}


def set_up(there: Mailchimp, body: Mapping[str, Any]) -> None:
    """Turns switches of the list and the plan and sets the clock; only what is named."""
    for known in there.audiences.lists.values():
        known.rules.fake = [*known.rules.fake, *body.get("fake", [])]
        known.rules.busy = body.get("busy", known.rules.busy)
        known.rules.is_double_optin = body.get("double_optin", known.rules.is_double_optin)
        if "required" in body:
            known.fields.append(MergeField(len(known.fields) + 1, body["required"], body["required"], "text", True))
    plan = there.campaigns.plan
    plan.can_schedule = body.get("can_schedule", plan.can_schedule)
    plan.sends_left = body.get("sends_left", plan.sends_left)
    plan.loses_segments = body.get("loses_segments", plan.loses_segments)
    if "now" in body:
        there.clock.frozen = datetime.fromisoformat(body["now"])
        there.campaigns.tick()


def act(there: Mailchimp, body: Mapping[str, Any]) -> None:
    """Does one act on the address or the campaign that it names."""
    what = body["act"]
    known = next(iter(there.audiences.lists.values()))
    if what == "cancel":
        there.campaigns.of(body["campaign"]).status = "canceled"
        return
    email = str(body["email"])
    member = known.members.get(hash_of(email))
    if what == "sign up":
        _sign_up(there, known, member, email, body)
    elif member is None:
        raise KeyError(f"nobody there to {what}")
    elif what == "delete for good":
        known.members.pop(member.id)
        known.forgotten.add(email.lower())
    elif what == "confirm":
        _confirm(there, member)
    elif what == "edit":
        member.fields |= body["fields"]
        member.changed = there.audiences.tick()
    elif what == "click":
        there.campaigns.of(body["campaign"]).clicks.append((email, body["url"]))
    else:
        member.status, member.left_by = _STATUS_AFTER[what]
        member.changed = there.audiences.tick()
        if "campaign" in body:
            campaign = there.campaigns.of(body["campaign"])
            (campaign.bounced if what == "bounce" else campaign.unsubscribed).add(email)


def look(there: Mailchimp) -> dict[str, Any]:
    """Everything: who is how, which campaigns there are, and every mail."""
    there.campaigns.tick()
    return {
        "members": {
            member.email: {
                "status": member.status,
                "left_by": member.left_by,
                "fields": member.fields,
                "language": member.language,
                "tags": sorted(each["name"] for each in there.audiences.tags_of(member)),
                "last_changed": as_time(member.changed),
            }
            for known in there.audiences.lists.values()
            for member in known.members.values()
        },
        "fields": [each.tag for known in there.audiences.lists.values() for each in known.fields],
        "campaigns": [
            {
                "id": each.id,
                "title": each.settings.get("title", ""),
                "status": each.status,
                "mailed": each.mailed,
                "html": each.html,
                "scheduled_for": as_time(each.scheduled_for),
            }
            for each in there.campaigns.known.values()
        ],
        "mails": there.campaigns.mails,
    }


def _sign_up(there: Mailchimp, known: MemberList, member: Member | None, email: str, body: Mapping[str, Any]) -> None:
    """The form: whoever fills it in and confirms is in, whatever was before."""
    now = there.audiences.tick()
    known.forgotten.discard(email.lower())
    if member is None:
        member = Member(email, "pending", now, now, dict(body.get("fields", {})))
        known.members[member.id] = member
    _confirm(there, member)


def _confirm(there: Mailchimp, member: Member) -> None:
    member.status, member.left_by = "subscribed", ""
    member.changed = member.opted_in = there.audiences.tick()
