"""What happens to an edition where a campaign provider sends it: begun, filled, checked, sent once, followed.

The guarantee: for one edition there is one campaign, found by its exact title and kept by its id before it has words;
it is marked as handed over before the request to send leaves; an unclear answer is looked up, and only a campaign that
still is a draft ten minutes later is sent again, the same one. So whatever dies when, nobody gets an issue twice. What
the provider alone can promise: that it mails each of its readers once, and nobody who is unsubscribed at that moment.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from network.cadence import Place, local_day, next_send_time, say_day
from network.campaigns import CampaignDraft, CampaignStatus, is_as_planned, next_quarter
from network.errors import ConfigurationError, PermanentError, TransientError, UnsupportedFeature
from network.jobs.audience import subscribed_addresses, tell_noes
from network.jobs.campaign_follow_up import (
    NEXT,
    SETTLES_AFTER,
    TAKEN_BACK,
    accepted_cursor,
    asked_cursor,
    hold,
    note_accepted,
    stopped_there,
)
from network.jobs.issue_delivery import item_of, may_go, put_in_archive, save
from network.jobs.issues import EditionPlan, newsletter_words, sample_fields, write_campaign, write_edition
from network.jobs.newsletter_sources import story_of
from network.jobs.outbox import READ_AUDIENCE, READ_INBOX, READ_SHEET, STOPPED, read_preferences
from network.jobs.stories import note_told
from network.members import Person
from network.messages import Content, Message, Stream
from network.newsletter import HANDED_OVER, IssueRecord, IssueState
from network.outbox import is_fresh
from network.ports import Campaigns, Office
from network.preferences import Preferences, Sending
from network.rendering import Letterhead

CANNOT_SCHEDULE = "campaign.cannot_schedule"  # since when we know that the plan does not
_LOOKS_AGAIN = timedelta(days=30)  # at whether the plan schedules
_ON_ITS_WAY = ("scheduled", "sending", "sent")


def hand_over(office: Office, plan: EditionPlan, letterhead: Letterhead, at: datetime) -> int:
    """Hands an approved edition to the provider once its day has come; returns how many it goes to.

    What the provider refuses holds the edition with a sentence; what it does not answer waits for the next run.
    """
    campaigns = office.campaigns
    if campaigns is None or not may_go(office, plan, at):
        return 0
    preferences = read_preferences(office)
    waits = _waits_for(office, preferences, at)
    if waits:
        if preferences.sending is Sending.ONLY_TO_ME:
            _queue_test(office, plan, letterhead, preferences, at)
        return _stay(office, plan, waits, at)
    moment = next_send_time(at, Place(()), preferences)
    if moment is None or (moment > at and _cannot_schedule(office, at)):
        return _stay(office, plan, _when(moment, preferences), at)
    try:
        return _HandOver(office, campaigns, plan, letterhead, moment, at).run()
    except (TransientError, ConfigurationError) as err:
        return _stay(office, plan, f"{err} The next run tries again.", at)
    except PermanentError as err:
        kept = _as_kept(office, plan) or plan.record
        hold(office, kept, kept, str(err), at)
        return 0


def as_kept(office: Office, plans: Sequence[EditionPlan]) -> tuple[EditionPlan, ...]:
    """Approved editions with what the ledger says of them: why they wait or are held at the provider."""
    kept = []
    for plan in plans:
        known = _as_kept(office, plan) if plan.record.state is IssueState.APPROVED else None
        kept.append(replace(plan, record=known) if known is not None else plan)
    return tuple(kept)


def remember_next(office: Office, plans: Sequence[EditionPlan], at: datetime) -> None:
    """Keeps the day from which the outbox looks whether an approved edition may go."""
    days = [plan.day for plan in plans if plan.record.state is IssueState.APPROVED and plan.day is not None]
    text = min(days).isoformat() if days else ""
    if text != (office.cursors.get(NEXT) or ""):
        office.cursors.set(NEXT, text, at)


def is_waiting(office: Office, at: datetime) -> bool:
    """Tells whether an approved edition waits whose day has come: then the outbox hands it over in the send window."""
    day = office.cursors.get(NEXT)
    return office.campaigns is not None and bool(day) and local_day(at, office.preferences()).isoformat() >= str(day)


# --- handing over ----------------------------------------------------------------------------------------------------


def _waits_for(office: Office, preferences: Preferences, at: datetime) -> str:
    if office.cursors.get(STOPPED):
        return "somebody typed: stop everything"
    if preferences.sending is Sending.ONLY_TO_ME:
        return "Sending is only to me"
    if preferences.sending is not Sending.ON:
        return "Sending is off"
    if not all(is_fresh(office.cursors.get(name), at) for name in (READ_SHEET, READ_INBOX, READ_AUDIENCE)):
        return "it waits until the sheet, the mailbox and the newsletter's readers were read again"
    return ""


@dataclass(frozen=True, slots=True)
class _HandOver:
    """One edition on its way to the provider."""

    office: Office
    campaigns: Campaigns
    plan: EditionPlan
    letterhead: Letterhead
    moment: datetime  # when it should go
    at: datetime

    def run(self) -> int:
        office, plan = self.office, self.plan
        tell_noes(office, self.at)
        readers = _readers(office, plan)
        if not readers:
            return _stay(office, plan, "nobody is subscribed to it yet", self.at)
        content = write_campaign(office, self.campaigns.merge, self.letterhead, plan.draft, readers)
        draft = _draft(plan, content, readers, office.preferences())
        record = self._begun(draft)
        if record.state is not IssueState.APPROVED:
            return 0
        status = self.campaigns.put(record.campaign_id, draft)
        if not is_as_planned(status, len(readers)):
            raise PermanentError(
                f"The newsletter's provider would send this to {status.recipients}, and we mean {len(readers)}. It "
                "does not go. Please look at its recipients there."
            )
        note_told(office, plan.draft.item, story_of(office, plan.draft.issue), self.at)
        office.cursors.set(_readers_cursor(plan.draft.item), json.dumps([each.id for each in readers]), self.at)
        put_in_archive(office, plan, self.letterhead)
        return self._send(record, len(readers))

    def _begun(self, draft: CampaignDraft) -> IssueRecord:
        """The record with the id of its campaign, kept before anything else happens to that campaign."""
        record = self.plan.record
        status = self.campaigns.look(record.campaign_id) if record.campaign_id else self._begin(draft)
        if status is None:
            raise PermanentError(
                "This issue's campaign is gone at the newsletter's provider. To send it after all, give it a new name."
            )
        record = replace(record, campaign_id=status.id)
        if status.state in _ON_ITS_WAY:
            # An older run, or this office on another computer, has handed it over.
            reason = "on its way"
            record = replace(record, state=IssueState.SCHEDULED, fingerprint=self.plan.fingerprint, reason=reason)
        elif status.state != "draft":
            raise PermanentError(stopped_there(status))
        elif self.office.cursors.get(accepted_cursor(self.plan.draft.item)) == self._asked(record):
            raise PermanentError(TAKEN_BACK)
        save(self.office, self.plan.known, record, self.at)
        return record

    def _begin(self, draft: CampaignDraft) -> CampaignStatus:
        name = f"campaign.begun/{self.plan.draft.item}"
        begun = self.office.cursors.get(name)
        if begun and self.at - datetime.fromisoformat(begun) < SETTLES_AFTER:
            raise TransientError("The newsletter's provider did not answer clearly a few minutes ago.")
        self.office.cursors.set(name, self.at.isoformat(), self.at)
        try:
            return self.campaigns.begin(draft)
        except TransientError as err:
            if not err.request_left:
                self.office.cursors.set(name, "", self.at)
            raise

    def _send(self, record: IssueRecord, readers: int) -> int:
        """Hands it over. It counts as handed over before the request leaves: a process that dies in between leaves a
        campaign that is looked up, never repeated.
        """
        office, at = self.office, self.at
        is_now = self.moment <= at
        waits = _when(self.moment, office.preferences())
        handed = replace(
            record,
            state=IssueState.SCHEDULED,
            fingerprint=self.plan.fingerprint,
            addressees=readers,
            reason="on its way" if is_now else waits,
        )
        office.cursors.set(asked_cursor(self.plan.draft.item), self._asked(record), at)
        save(office, record, handed, at)
        try:
            self.campaigns.send(handed.campaign_id, None if is_now else next_quarter(self.moment))
        except UnsupportedFeature:
            office.cursors.set(CANNOT_SCHEDULE, at.isoformat(), at)
            save(office, handed, replace(record, reason=waits), at)
            return 0
        except TransientError as err:
            unclear = replace(handed, reason="not sure it was accepted; we look again before anything else")
            save(office, handed, unclear if err.request_left else replace(record, reason=str(err)), at)
            return 0
        except PermanentError as err:
            hold(office, handed, record, str(err), at)
            return 0
        note_accepted(office, handed, at)
        return readers

    def _asked(self, record: IssueRecord) -> str:
        """This hand-over and no other one: another text or another day may go again."""
        return f"{record.campaign_id}/{self.plan.fingerprint}/{self.plan.draft.issue.send_on}"


def _readers(office: Office, plan: EditionPlan) -> list[Person]:
    """Who gets it: subscribed, and not already a reader of the issue in another edition or language."""
    had: set[str] = set()
    for known in office.issues.all():
        is_other = known.issue == plan.draft.issue.key and item_of(known) != plan.draft.item
        if is_other and known.state in HANDED_OVER:
            had.update(json.loads(office.cursors.get(_readers_cursor(item_of(known))) or "[]"))
    addresses = {person.member.email for person in office.people.all() if person.id in had}
    there = subscribed_addresses(office)
    return [
        person
        for person in plan.addressees
        if person.id not in had and person.member.email in there and person.member.email not in addresses
    ]


def _draft(plan: EditionPlan, content: Content, readers: Sequence[Person], preferences: Preferences) -> CampaignDraft:
    return CampaignDraft(
        title=plan.record.title,
        subject=content.subject,
        preview=plan.draft.preheader,
        html=content.html,
        text=content.text,
        recipients=tuple(person.member.email or "" for person in readers),
        reply_to=preferences.reply_to or preferences.sender_address,
        from_name=preferences.sender_name or preferences.network_name,
        language=plan.draft.language,
    )


def _queue_test(
    office: Office, plan: EditionPlan, letterhead: Letterhead, preferences: Preferences, at: datetime
) -> None:
    """One copy to the reply-to address, as it would look; the campaign itself is not touched."""
    address = preferences.reply_to or preferences.sender_address
    sample = write_edition(letterhead, plan.draft, newsletter_words(office), sample_fields(preferences))
    message = Message(
        stream=Stream.OFFICE,
        item=f"issue-{plan.fingerprint[:12]}",
        step="only-to-me",
        person_id="office",
        address=address,
        to_name="",
        content=Content(f"[Test] {sample.subject}", sample.text, sample.html),
        due_at=at,
        not_after=at + timedelta(days=7),
        is_test=True,
    )
    office.outbox.queue([message], at)


def _stay(office: Office, plan: EditionPlan, why: str, at: datetime) -> int:
    known = _as_kept(office, plan) or plan.known
    save(office, known, replace(known or plan.record, state=IssueState.APPROVED, reason=why), at)
    return 0


def _as_kept(office: Office, plan: EditionPlan) -> IssueRecord | None:
    """The edition as the ledger has it now: a step before may have kept its campaign's id."""
    return next((each for each in office.issues.all() if item_of(each) == plan.draft.item), None)


def _when(moment: datetime | None, preferences: Preferences) -> str:
    if moment is None:
        return "no day is open for sending within a year"
    local = moment.astimezone(ZoneInfo(preferences.time_zone))
    return f"goes on {say_day(local.date())}, {local:%H:%M}"


def _cannot_schedule(office: Office, at: datetime) -> bool:
    since = office.cursors.get(CANNOT_SCHEDULE)
    return bool(since) and at - datetime.fromisoformat(str(since)) < _LOOKS_AGAIN


def _readers_cursor(item: str) -> str:
    return f"newsletter.readers/{item}"
