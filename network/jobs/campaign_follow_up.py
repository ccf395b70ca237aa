"""What becomes of an edition after a campaign provider has it: on its way, called back, sent, reported, or in question.

A scheduled campaign is called back when what allowed it is gone. A campaign that still is a draft ten minutes after it
was handed over was not accepted, and the same one goes again; unless the provider is known to have had it, for then
somebody took it back. Whatever else is found there is for a person to look at.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from network.approvals import Decision
from network.cadence import local_day
from network.campaigns import CampaignStatus
from network.errors import NetworkError
from network.jobs.audience import tell_noes
from network.jobs.issue_delivery import REPORTED_AFTER, STORY_GONE, item_of, save
from network.jobs.outbox import STOPPED, read_preferences
from network.jobs.stories import tells_withdrawn
from network.newsletter import HANDED_OVER, IssueRecord, IssueState
from network.ports import Campaigns, Office
from network.preferences import Sending
from network.tasks import NewTask, TaskKind

NEXT = "campaign.next"  # the earliest day on which an approved edition waits to go
SETTLES_AFTER = timedelta(minutes=10)  # an unclear answer has shown its effect by then
TAKEN_BACK = "somebody took it back at the newsletter's provider. Send it there, or type another day under Send on"
_REPORTS = (timedelta(0), timedelta(days=1), timedelta(days=3), REPORTED_AFTER)


def follow_up(office: Office, known: IssueRecord, at: datetime) -> IssueRecord:
    """How a handed-over edition stands at the provider: on its way, called back, sent, reported."""
    campaigns = office.campaigns
    if campaigns is None or known.state not in HANDED_OVER or known.state is IssueState.REPORTED:
        return known
    stage = _stage(office, known, at)
    if known.state is IssueState.SENT and stage is None:
        return known
    try:
        status = campaigns.look(known.campaign_id, with_report=True)
        record = _followed(office, campaigns, known, status, at)
    except NetworkError:
        return known  # the next run looks again
    if record.state is IssueState.HELD:
        return hold(office, known, record, record.reason, at)
    if record.state is IssueState.APPROVED:
        today = local_day(at, office.preferences())
        office.cursors.set(NEXT, today.isoformat(), at)  # the outbox hands it over again
    if record.state in (IssueState.SENT, IssueState.REPORTED):
        office.cursors.set(_report_cursor(known), str(_stage(office, record, at) or 0), at)
    save(office, known, record, at)
    return record


def hold(office: Office, known: IssueRecord | None, record: IssueRecord, why: str, at: datetime) -> IssueRecord:
    """Holds an edition for a person to look, and asks once for each reason."""
    held = replace(record, state=IssueState.HELD, reason=why)
    save(office, known, held, at)
    task = NewTask(
        key=f"campaign/{item_of(record)}/{record.campaign_id}/{why[:60]}",
        kind=TaskKind.TYPE_FACT,
        what=f"{record.title} does not go out: {why}",
        why="The newsletter's provider and our plan do not agree, so nothing is sent until somebody has looked.",
        subject=item_of(record),
    )
    office.tasks.open([task], at)
    return held


def note_accepted(office: Office, known: IssueRecord, at: datetime) -> None:
    """Remembers that the provider had taken this very hand-over: a draft after that is somebody's doing."""
    item = item_of(known)
    office.cursors.set(accepted_cursor(item), office.cursors.get(asked_cursor(item)) or known.campaign_id, at)


def asked_cursor(item: str) -> str:
    """Where it is kept what was handed over last: campaign, words and day."""
    return f"campaign.asked/{item}"


def accepted_cursor(item: str) -> str:
    """Where it is kept that the provider has taken it."""
    return f"campaign.accepted/{item}"


def stopped_there(status: CampaignStatus) -> str:
    """Why a campaign in a state of the provider's own does not go."""
    return f"its campaign is “{status.state}” at the newsletter's provider; please look there"


def _followed(
    office: Office, campaigns: Campaigns, known: IssueRecord, status: CampaignStatus | None, at: datetime
) -> IssueRecord:
    if status is None:
        return replace(known, state=IssueState.HELD, reason="its campaign is gone at the newsletter's provider")
    if status.state == "sent":
        sent_at = known.sent_at or status.sent_at or at
        is_over = at >= sent_at + REPORTED_AFTER
        state = IssueState.REPORTED if is_over else IssueState.SENT
        return replace(known, state=state, reason="", sent_at=sent_at, report=dict(status.report))
    if status.state == "scheduled":
        why = _recalled_because(office, known)
        if not why:
            note_accepted(office, known, at)
            tell_noes(office, at)  # so that a no of these minutes is known there before it goes
            return known
        campaigns.recall(known.campaign_id)
        office.cursors.set(accepted_cursor(item_of(known)), "", at)
        return replace(known, state=IssueState.APPROVED, reason=f"called back: {why}")
    if status.state == "draft" and known.state is IssueState.SCHEDULED:
        if at - known.changed_at < SETTLES_AFTER:
            return known
        if office.cursors.get(accepted_cursor(item_of(known))):
            return replace(known, state=IssueState.HELD, reason=TAKEN_BACK)
        return replace(known, state=IssueState.APPROVED, reason="it was not accepted; it goes again")
    if status.state == "sending":
        return known
    return replace(known, state=IssueState.HELD, reason=stopped_there(status))


def _recalled_because(office: Office, known: IssueRecord) -> str:
    """Why a scheduled campaign must not go after all; blank when it may."""
    approval = office.approvals.find(item_of(known))
    if approval is None or approval.decision is not Decision.APPROVED or approval.fingerprint != known.fingerprint:
        return "the approval was taken back"
    if tells_withdrawn(office, item_of(known)):
        return STORY_GONE
    if office.cursors.get(STOPPED):
        return "somebody typed: stop everything"
    return "" if read_preferences(office).sending is Sending.ON else "Sending is off"


def _stage(office: Office, known: IssueRecord, at: datetime) -> int | None:
    """Which report is due: at once, after 1, 3 and 14 days; None when the latest was taken."""
    if known.sent_at is None:
        return 0
    due = sum(at >= known.sent_at + after for after in _REPORTS) - 1
    taken = office.cursors.get(_report_cursor(known))
    return due if taken is None or int(taken) < due else None


def _report_cursor(known: IssueRecord) -> str:
    return f"campaign.report/{item_of(known)}"
