"""Plans again at once when people have let something go: an approval was given, somebody said yes.

The planning of the morning would find it a day later; a leader who reads "Starts 10:20" and somebody who has just said
yes should not wait for that. On a day on which nobody acts this does nothing, so a preview stays true.
"""

from __future__ import annotations

import json
from datetime import datetime, time
from zoneinfo import ZoneInfo

from network.approvals import may_start
from network.jobs.recruitment import RUNS_AT, WAITING, RecruitmentReport, apply_recruitment, plan_recruitment
from network.ports import Office
from network.sequences import Outcome, read_outcome
from network.tasks import TaskKind, TaskState

_CALLS = (TaskKind.CALL, TaskKind.PERSONAL_NOTE)
_LATEST = time(20)  # later the morning is near enough


def plan_what_was_allowed(office: Office, at: datetime, *, dry_run: bool = False) -> RecruitmentReport | None:
    """Plans and carries out when something new may go; None when there is nothing new, or it is not a planning day."""
    local = at.astimezone(ZoneInfo(office.preferences().time_zone))
    if dry_run or not office.is_live or local.weekday() >= 5 or not RUNS_AT <= local.time() < _LATEST:
        return None
    if not (_is_approved(office, at) or _said_yes(office)):
        return None
    return apply_recruitment(office, plan_recruitment(office, at), at)


def _is_approved(office: Office, at: datetime) -> bool:
    """Tells whether an item that waited at the last planning has been let go, its quarter of an hour included."""
    waiting = json.loads(office.cursors.get(WAITING) or "{}")
    return any(may_start(office.approvals.find(item), fingerprint, at) for item, fingerprint in waiting.items())


def _said_yes(office: Office) -> bool:
    """Tells whether somebody who said yes, by mail or on the phone, is not welcomed yet."""
    enrollments = office.enrollments.all()
    welcomed = {each.person_id for each in enrollments if each.track == "welcome"}
    yes = {each.person_id for each in enrollments if read_outcome(each.outcome) is Outcome.YES}
    yes |= {
        task.subject
        for task in office.tasks.all()
        if task.kind in _CALLS and task.state is TaskState.ANSWERED and read_outcome(task.answer) is Outcome.YES
    }
    still_here = {person.id for person in office.people.all() if person.in_sheet and not person.is_active_member}
    return bool((yes - welcomed) & still_here)
