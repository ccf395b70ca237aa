"""An issue as a campaign: what is handed over, and what must be right before anything is created.

Where there is no provider an issue is single mails (see `outbox`). All of this looks; `jobs.campaign_delivery` acts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from network.messages import Content
from network.newsletter import HANDED_OVER, IssueRecord, Remark
from network.preferences import Preferences

STOP_LINK = "stop link"
_TAG = re.compile(r"\*\|[^|\n]{1,60}\|\*")
_FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "aol.com",
        "icloud.com", "me.com", "proton.me", "protonmail.com", "gmx.com", "mail.com", "comcast.net", "att.net",
    }
)  # fmt: skip
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """One edition of one issue, ready to be handed over."""

    title: str
    subject: str
    preview: str
    html: str
    text: str
    recipients: tuple[str, ...]  # addresses: exactly these, and of them only who is subscribed
    reply_to: str
    from_name: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """What became of a campaign."""

    id: str
    state: str  # "draft", "scheduled", "sending", "sent", or the provider's word for anything else
    recipients: int
    sent_at: datetime | None = None
    report: Mapping[str, float] = field(default_factory=dict)  # "delivered", "clicked", "clicks on …", ...


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What the office's plan at the provider allows, as typed in *Settings*; None: no limit known."""

    contacts: int | None = None
    sends_a_month: int | None = None


def limits_of(preferences: Preferences) -> PlanLimits:
    """Reads *Newsletter contacts* and *Newsletter sends a month* from Settings."""
    return PlanLimits(
        _number(preferences.extra.get("newsletter contacts", "")),
        _number(preferences.extra.get("newsletter sends a month", "")),
    )


def merge_values(merge: Mapping[str, str], readers: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The provider's tag for each placeholder that has a value for every reader.

    The others stay blank for all, so that no greeting ends in an empty name: the text reads well without them.
    """
    known = list(readers)
    names = [name for name in merge if name != STOP_LINK]
    return {name: merge[name] for name in names if known and all(each.get(name, "").strip() for each in known)}


def check_campaign(content: Content, merge: Mapping[str, str], preferences: Preferences) -> tuple[Remark, ...]:
    """Looks at what a provider adds to the gate: its tags, the way to stop, the address it may send from."""
    return tuple(_findings(content, merge, preferences))


def check_limits(
    limits: PlanLimits, mails: int, contacts: int, records: Sequence[IssueRecord], at: datetime
) -> tuple[Remark, ...]:
    """Looks at the plan before anything is created: how many contacts, how many mails are left this month.

    `mails` is what all editions of the issue still need: half an issue must not go.
    """
    found = []
    if limits.contacts is not None and contacts > limits.contacts:
        found.append(
            Remark(
                f"The newsletter has {contacts} contacts, and the plan takes {limits.contacts}. Take a larger plan and "
                "type its number under Newsletter contacts in Settings."
            )
        )
    if limits.sends_a_month is not None:
        used = sum(each.addressees for each in records if each.campaign_id and _is_this_month(each, at))
        if used + mails > limits.sends_a_month:
            found.append(
                Remark(
                    f"This issue needs {mails} mails, and the plan has {max(limits.sends_a_month - used, 0)} of "
                    f"{limits.sends_a_month} left this month. Choose a day next month, or take a larger plan and type "
                    "its number under Newsletter sends a month in Settings."
                )
            )
    return tuple(found)


def is_as_planned(status: CampaignStatus, planned: int) -> bool:
    """Tells whether a campaign would reach whom we meant: never one more; a few fewer, who left meanwhile."""
    return 0 < status.recipients <= planned and planned - status.recipients <= max(5, planned // 10)


def next_quarter(moment: datetime) -> datetime:
    """The first quarter of an hour at or after a moment."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    steps = -((start - moment) // _QUARTER)
    return start + steps * _QUARTER


def _findings(content: Content, merge: Mapping[str, str], preferences: Preferences) -> Iterator[Remark]:
    known = set(merge.values())
    for tag in dict.fromkeys(_TAG.findall(content.subject + content.html + content.text)):
        if tag not in known:
            yield Remark(f"{tag} is no tag of ours and would be shown as it is. Please write it in another way.")
    for part, name in ((content.html, "mail"), (content.text, "plain text")):
        if merge[STOP_LINK] not in part:
            yield Remark(f"The {name} of this edition has no link to stop it. Please tell the technical contact.")
    domain = (preferences.reply_to or preferences.sender_address).rpartition("@")[2].casefold()
    if domain in _FREE_MAIL:
        yield Remark(
            f"Settings, Reply-to ends in {domain}: a newsletter provider may not send in that name. Type an address of "
            "your own domain there."
        )


def _is_this_month(record: IssueRecord, at: datetime) -> bool:
    moment = record.sent_at or record.changed_at
    return record.state in HANDED_OVER and (moment.year, moment.month) == (at.year, at.month)


def _number(text: str) -> int | None:
    digits = re.sub(r"[\s,._']", "", text)
    return int(digits) if digits.isdecimal() else None
