"""Campaigns: a status with a clock, a checklist made from what stands in them, and who was mailed."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from emulators.mailchimp.audiences import Audiences
from emulators.mailchimp.members import Member
from emulators.mailchimp.problems import Refused, bad_request, invalid, not_found, problem
from emulators.mailchimp.shapes import as_time, page_of

_DRAFTS = ("save", "paused")
_TAG = re.compile(r"\*\|([A-Z0-9_:]+)\|\*")
_HREF = re.compile(r"href=\"(https?://[^\"]+)\"")


@dataclass(slots=True)
class Campaign:
    """One campaign; `segment` None means everybody in the list."""

    id: str
    list_id: str
    created: datetime
    settings: dict[str, Any]
    segment: int | None
    web_id: int
    status: str = "save"
    html: str = ""
    text: str = ""
    scheduled_for: datetime | None = None
    sent_at: datetime | None = None
    mailed: list[str] = field(default_factory=list)
    clicks: list[tuple[str, str]] = field(default_factory=list)
    bounced: set[str] = field(default_factory=set)
    unsubscribed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Plan:
    """What the account may do."""

    can_schedule: bool = True
    sends_left: int | None = None
    loses_segments: bool = False  # the known fault: a campaign's segment is dropped, so it means everybody
    seconds_of_sending: int = 60


@dataclass(slots=True)
class Campaigns:
    """All campaigns of the account and the mails they became."""

    audiences: Audiences
    now: Callable[[], datetime]
    known: dict[str, Campaign] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    mails: list[dict[str, str]] = field(default_factory=list)  # one for each recipient of each campaign

    def tick(self) -> None:
        """Lets the clock do what is due: scheduled ones begin, those being sent end."""
        for each in self.known.values():
            if each.status == "schedule" and each.scheduled_for and each.scheduled_for <= self.now():
                self._go(each, each.scheduled_for)
            ends = timedelta(seconds=self.plan.seconds_of_sending)
            if each.status == "sending" and each.sent_at and each.sent_at + ends <= self.now():
                each.status = "sent"

    def page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """A page of campaigns, newest first."""
        found = sorted(self.known.values(), key=lambda each: (each.created, each.web_id), reverse=True)
        if "list_id" in query:
            found = [each for each in found if each.list_id == query["list_id"]]
        if "status" in query:
            found = [each for each in found if each.status == query["status"]]
        shown = [self.shape(each) for each in page_of(found, query)]
        return {"campaigns": shown, "total_items": len(found), "_links": []}

    def of(self, campaign_id: str) -> Campaign:
        """The campaign, or a 404."""
        if campaign_id not in self.known:
            raise not_found()
        return self.known[campaign_id]

    def create(self, body: Mapping[str, Any]) -> Campaign:
        """Makes a draft."""
        recipients = body.get("recipients")
        if body.get("type") != "regular" or not isinstance(recipients, dict):
            raise invalid("recipients", "Schema describes object, array found instead")
        self.audiences.list_of(recipients["list_id"])
        made = Campaign(
            uuid.uuid4().hex[:10],
            recipients["list_id"],
            self.now(),
            dict(body.get("settings", {})),
            self._segment(recipients),
            1000 + len(self.known),
        )
        self.known[made.id] = made
        return made

    def change(self, campaign: Campaign, body: Mapping[str, Any]) -> None:
        """Changes a draft."""
        self._must_be_draft(campaign)
        campaign.settings |= body.get("settings", {})
        if "recipients" in body:
            campaign.segment = self._segment(body["recipients"])

    def write(self, campaign: Campaign, body: Mapping[str, Any]) -> dict[str, Any]:
        """Gives a draft its words."""
        self._must_be_draft(campaign)
        campaign.html, campaign.text = body.get("html", ""), body.get("plain_text", "")
        return {"html": campaign.html, "plain_text": campaign.text, "archive_html": campaign.html, "_links": []}

    def send(self, campaign: Campaign) -> None:
        """Sends now; a second time is refused."""
        self._must_be_draft(campaign)
        self._must_be_ready(campaign)
        self._go(campaign, self.now())

    def schedule(self, campaign: Campaign, body: Mapping[str, Any]) -> None:
        """Sends later, on a quarter of an hour, where the plan allows."""
        self._must_be_draft(campaign)
        if not self.plan.can_schedule:
            raise Refused(problem(403, "Forbidden", "Your plan does not include campaign scheduling."))
        moment = datetime.fromisoformat(str(body.get("schedule_time", "")))
        if moment.tzinfo is None or moment.minute % 15 or moment.second or moment <= self.now():
            raise bad_request("This campaign cannot be scheduled: .")
        self._must_be_ready(campaign)
        campaign.status, campaign.scheduled_for = "schedule", moment

    def unschedule(self, campaign: Campaign) -> None:
        """Makes it a draft again."""
        if campaign.status != "schedule":
            raise bad_request("This campaign is not scheduled.")
        campaign.status, campaign.scheduled_for = "paused", None

    def checklist(self, campaign: Campaign) -> dict[str, Any]:
        """What Mailchimp would show before sending."""
        wrong = []
        if not campaign.html:
            wrong.append(("Content", "You have not designed your email yet."))
        if not campaign.settings.get("subject_line"):
            wrong.append(("Subject", "Add a subject line."))
        if not campaign.settings.get("reply_to") or not campaign.settings.get("from_name"):
            wrong.append(("From", "Add a from name and a reply-to address."))
        if not self._readers(campaign):
            wrong.append(("List", "There are no subscribers to send to."))
        good = [{"type": "success", "id": 501, "heading": "List", "details": "Ready."}]
        items = [
            {"type": "error", "id": 600 + number, "heading": heading, "details": details}
            for number, (heading, details) in enumerate(wrong)
        ]
        return {"is_ready": not wrong, "items": items or good, "_links": []}

    def report(self, campaign: Campaign) -> dict[str, Any]:
        """The numbers; there are none before it was sent."""
        if campaign.status != "sent":
            raise not_found()
        clickers = {email for email, _ in campaign.clicks}
        return {
            "id": campaign.id,
            "campaign_title": campaign.settings.get("title", ""),
            "type": "regular",
            "list_id": campaign.list_id,
            "emails_sent": len(campaign.mailed),
            "abuse_reports": 0,
            "unsubscribed": len(campaign.unsubscribed),
            "send_time": as_time(campaign.sent_at),
            "bounces": {"hard_bounces": len(campaign.bounced), "soft_bounces": 0, "syntax_errors": 0},
            "opens": {"opens_total": 0, "unique_opens": 0, "open_rate": 0, "last_open": ""},
            "clicks": {
                "clicks_total": len(campaign.clicks),
                "unique_clicks": len(set(campaign.clicks)),
                "unique_subscriber_clicks": len(clickers),
                "click_rate": len(clickers) / max(len(campaign.mailed), 1),
                "last_click": "",
            },
            "_links": [],
        }

    def clicks(self, campaign: Campaign, query: Mapping[str, str]) -> dict[str, Any]:
        """Clicks by link."""
        total, unique = Counter(url for _, url in campaign.clicks), Counter(url for _, url in set(campaign.clicks))
        urls = list(dict.fromkeys([*_HREF.findall(campaign.html), *total]))
        shown = [
            {
                "id": str(number),
                "url": url,
                "total_clicks": total[url],
                "click_percentage": 0,
                "unique_clicks": unique[url],
                "unique_click_percentage": 0,
                "last_click": "",
                "campaign_id": campaign.id,
                "_links": [],
            }
            for number, url in enumerate(urls)
        ]
        page = list(page_of(shown, query))
        return {"urls_clicked": page, "campaign_id": campaign.id, "total_items": len(urls), "_links": []}

    def shape(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign as the API shows it."""
        recipients: dict[str, Any] = {
            "list_id": campaign.list_id,
            "list_is_active": True,
            "list_name": "HMN",
            "segment_text": "",
            "recipient_count": len(self._readers(campaign)),
        }
        if campaign.segment is not None:
            recipients["segment_opts"] = {"saved_segment_id": campaign.segment, "match": "all", "conditions": []}
        return {
            "id": campaign.id,
            "web_id": campaign.web_id,
            "type": "regular",
            "create_time": as_time(campaign.created),
            "archive_url": "",
            "long_archive_url": "",
            "status": campaign.status,
            "emails_sent": len(campaign.mailed),
            "send_time": as_time(campaign.sent_at or campaign.scheduled_for),
            "content_type": "template",
            "recipients": recipients,
            "settings": campaign.settings,
            "tracking": {"opens": True, "html_clicks": True, "text_clicks": False},
            "delivery_status": {"enabled": False},
            "_links": [],
        }

    def _segment(self, recipients: Mapping[str, Any]) -> int | None:
        options = recipients.get("segment_opts") or {}
        # Without `match` beside the id, or when the account has the fault, the segment is lost without a word.
        if self.plan.loses_segments or "saved_segment_id" not in options or "match" not in options:
            return None
        return self.audiences.segment_of(options["saved_segment_id"]).id

    def _readers(self, campaign: Campaign) -> list[Member]:
        return self.audiences.readers(campaign.list_id, campaign.segment)

    def _must_be_draft(self, campaign: Campaign) -> None:
        if campaign.status not in _DRAFTS:
            raise bad_request("This campaign has been sent or is on its way and cannot be changed.")

    def _must_be_ready(self, campaign: Campaign) -> None:
        if not self.checklist(campaign)["is_ready"]:
            raise bad_request("Your Campaign is not ready to send.")
        left = self.plan.sends_left
        if left is not None and len(self._readers(campaign)) > left:
            raise Refused(problem(403, "Forbidden", "You have reached the sending limit of your plan."))

    def _go(self, campaign: Campaign, moment: datetime) -> None:
        """Mails everybody who is subscribed at this moment."""
        campaign.status, campaign.sent_at = "sending", moment
        for member in self._readers(campaign):
            campaign.mailed.append(member.email)
            values = {"EMAIL": member.email, **member.fields}
            text = _TAG.sub(lambda found: values.get(found[1], f"[{found[1]}]"), campaign.text)  # noqa: B023
            mail = {"campaign": campaign.id, "email": member.email, "at": as_time(moment), "text": text}
            self.mails.append({**mail, "subject": str(campaign.settings.get("subject_line", ""))})
        if self.plan.sends_left is not None:
            self.plan.sends_left -= len(campaign.mailed)
