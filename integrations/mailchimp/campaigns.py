"""Mailchimp campaigns behind the port `Campaigns`: one for a title, never to everybody, sent once.

There is no idempotency key; the campaign's id is the key. Its readers are a static segment of the same name, made empty
before the campaign is: a campaign whose segment Mailchimp drops would go to the whole audience, so what stands there is
read back whenever it was written and once more before it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.mailchimp.client import MailchimpClient
from integrations.mailchimp.errors import MailchimpError, translated
from integrations.mailchimp.fields import MERGE, TAGS, ensure_fields
from integrations.mailchimp.segments import Segments
from network.campaigns import CampaignDraft, CampaignStatus
from network.errors import PermanentError, UnsupportedFeature

PAGE = 1000
_LONGEST_NAME = 50  # of a segment
_DRAFTS = ("save", "paused")
_STATES = {
    "save": "draft",
    "paused": "draft",
    "schedule": "scheduled",
    "sending": "sending",
    "sent": "sent",
}
_STATUS = [
    "id",
    "status",
    "send_time",
    "emails_sent",
    "recipients.list_id",
    "recipients.recipient_count",
    "recipients.segment_opts",
    "settings.title",
]


class MailchimpCampaigns:
    """The campaigns of one audience."""

    merge: Mapping[str, str] = MERGE

    def __init__(self, client: MailchimpClient, list_id: str) -> None:
        self._client = client
        self._list = list_id
        self._campaigns = client.api.campaigns
        self._segments = Segments(client, list_id)
        self._tags: dict[str, str] = {}

    def begin(self, draft: CampaignDraft) -> CampaignStatus:
        found = self._titled(draft.title)
        if len(found) > 1:
            raise PermanentError(
                f"Mailchimp has {len(found)} campaigns called “{draft.title}”. Delete all but one of them there."
            )
        if found:
            return _status(found[0])
        segment = self._segments.ensure(_segment_name(draft.title))
        body = {"type": "regular", "recipients": self._recipients(segment), "settings": self._settings(draft)}
        return _status(self._client.ask(self._campaigns.create, body))

    def put(self, campaign_id: str, draft: CampaignDraft) -> CampaignStatus:
        before = self._get(campaign_id)
        if before["status"] not in _DRAFTS:
            raise PermanentError(f"“{draft.title}” is on its way already: its words stay as they are.")
        segment = self._segments.ensure(_segment_name(draft.title))
        self._segments.fill(segment, draft.recipients)
        self._client.ask(
            self._campaigns.update,
            campaign_id,
            {"recipients": self._recipients(segment), "settings": self._settings(draft)},
        )
        html, text = self._with_their_tags(draft.html), self._with_their_tags(draft.text)
        self._client.ask(self._campaigns.set_content, campaign_id, {"html": html, "plain_text": text})
        after = self._get(campaign_id)
        self._check_readers(after, segment)
        return _status(after)

    def send(self, campaign_id: str, at: datetime | None = None) -> None:
        there = self._get(campaign_id)
        if there["status"] in ("sending", "sent") or (at is not None and there["status"] == "schedule"):
            return
        if there["status"] not in _DRAFTS:
            raise PermanentError("Mailchimp says that this campaign was stopped there. Please look at it.")
        segment = self._segments.ensure(_segment_name(str(there["settings"]["title"])))
        self._check_readers(there, segment)
        self._check_list(campaign_id)
        if at is None:
            self._send_now(campaign_id)
            return
        try:
            self._client.call(self._campaigns.schedule, campaign_id, {"schedule_time": at.isoformat()})
        except MailchimpError as err:
            if err.status in (400, 403) and not err.is_passing:
                raise UnsupportedFeature("This Mailchimp plan does not schedule campaigns.") from None
            raise translated(err) from None

    def _send_now(self, campaign_id: str) -> None:
        try:
            self._client.call(self._campaigns.send, campaign_id)
        except MailchimpError as err:
            if err.status == 403 and not err.is_passing:
                raise PermanentError(
                    "Mailchimp does not let this campaign go. Has the plan no mails left this month? Please look at "
                    "the campaign there; it says why."
                ) from None
            raise translated(err) from None

    def recall(self, campaign_id: str) -> None:
        if self._get(campaign_id)["status"] == "schedule":
            self._client.ask(self._campaigns.unschedule, campaign_id, is_repeatable=True)

    def look(self, campaign_id: str, *, with_report: bool = False) -> CampaignStatus | None:
        try:
            there = self._client.call(self._campaigns.get, campaign_id, fields=_STATUS)
            status = _status(there)
            report = self._report(campaign_id) if with_report and status.state == "sent" else {}
        except MailchimpError as err:
            if err.status == 404:
                return None
            raise translated(err) from None
        return CampaignStatus(status.id, status.state, status.recipients, status.sent_at, report)

    # --- what stands there -------------------------------------------------------------------------------------------

    def _titled(self, title: str) -> list[dict[str, Any]]:
        """Every campaign of exactly this title: Mailchimp's own search is fuzzy and lags."""
        fields = [f"campaigns.{name}" for name in _STATUS] + ["total_items"]
        found: list[dict[str, Any]] = []
        offset = 0
        while True:
            answer = self._client.ask(
                self._campaigns.list, list_id=self._list, count=PAGE, offset=offset, fields=fields
            )
            found += [each for each in answer["campaigns"] if each["settings"]["title"] == title]
            offset += PAGE
            if offset >= answer["total_items"]:
                return list({each["id"]: each for each in found}.values())

    def _get(self, campaign_id: str) -> dict[str, Any]:
        return self._client.ask(self._campaigns.get, campaign_id, fields=_STATUS)

    def _recipients(self, segment: int) -> dict[str, Any]:
        # Without `match` beside it Mailchimp has dropped the segment, and the mail went to everybody.
        return {"list_id": self._list, "segment_opts": {"saved_segment_id": segment, "match": "all"}}

    def _settings(self, draft: CampaignDraft) -> dict[str, Any]:
        return {
            "subject_line": self._with_their_tags(draft.subject),
            "preview_text": self._with_their_tags(draft.preview),
            "title": draft.title,
            "from_name": draft.from_name,
            "reply_to": draft.reply_to,
            "auto_footer": False,
            "inline_css": False,
        }

    def _with_their_tags(self, text: str) -> str:
        """Our tags as this audience really has them: a tag that it does not know would be shown to readers as it is."""
        if not any(MERGE[name] in text for name in TAGS):
            return text
        self._tags = self._tags or ensure_fields(self._client, self._list)
        for name, tag in self._tags.items():
            if MERGE[name] != f"*|{tag}|*":
                text = text.replace(MERGE[name], f"*|{tag}|*")
        return text

    def _check_readers(self, there: Mapping[str, Any], segment: int) -> None:
        recipients = there.get("recipients", {})
        chosen = (recipients.get("segment_opts") or {}).get("saved_segment_id")
        if recipients.get("list_id") != self._list or chosen != segment:
            raise PermanentError(
                "Mailchimp lost the list of readers of this campaign: it would go to everybody, so it does not go. "
                "Please look at its recipients there."
            )

    def _check_list(self, campaign_id: str) -> None:
        answer = self._client.ask(self._campaigns.get_send_checklist, campaign_id)
        wrong = [str(each.get("heading", "")) for each in answer.get("items", ()) if each.get("type") == "error"]
        if not answer.get("is_ready"):
            reasons = "; ".join(dict.fromkeys(wrong)) or "it gives no reason"
            raise PermanentError(f"Mailchimp says that this campaign is not ready: {reasons}.")

    def _report(self, campaign_id: str) -> dict[str, float]:
        reports = self._client.api.reports
        found = self._client.call(reports.get_campaign_report, campaign_id)
        bounced = sum(found.get("bounces", {}).values())
        numbers = {
            "delivered": float(found["emails_sent"] - bounced),
            "bounced": float(bounced),
            "unsubscribed": float(found.get("unsubscribed", 0)),
            "clicked": float(found.get("clicks", {}).get("unique_subscriber_clicks", 0)),
        }
        clicked = self._client.call(reports.get_campaign_click_details, campaign_id, count=PAGE)
        for each in clicked.get("urls_clicked", ()):
            if each.get("unique_clicks"):
                name = f"clicks on {str(each['url']).partition('?')[0]}"
                numbers[name] = numbers.get(name, 0.0) + float(each["unique_clicks"])
        return numbers


def _status(there: Mapping[str, Any]) -> CampaignStatus:
    sent_at = datetime.fromisoformat(there["send_time"]) if there.get("send_time") else None
    state = _STATES.get(str(there["status"]), str(there["status"]))
    count = int(there.get("recipients", {}).get("recipient_count") or 0)
    return CampaignStatus(str(there["id"]), state, count, sent_at)


def _segment_name(title: str) -> str:
    name = f"HMN {title}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:40]}~{hashlib.sha256(title.encode()).hexdigest()[:8]}"
