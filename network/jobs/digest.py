"""The leaders' page, and the Monday mail that is the same page: a chair need never see a server.

It is put together from the pages that the other rounds left, so it says nothing that they did not: counts and plain
words, no names and no addresses.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from network.coverage import coverage_sentences
from network.jobs.brief import mark_month, month_in_the_mail
from network.jobs.coverage import coverage_of
from network.jobs.guard import taken_over_on
from network.jobs.review import in_the_mail
from network.messages import Message, State, Stream
from network.ports import Office
from network.preferences import Preferences
from network.rendering import Letterhead
from network.reports import Page, count, table
from network.tasks import Task, TaskState

# The pages whose own words stand in the leaders' page, in this order.
SECTIONS = ("hmn-goals", "hmn-surveys", "hmn-newsletter")
REVIEW = "hmn-review"
_KEPT_FOR = timedelta(days=4)
_CHART = re.compile(r"^!\[[^\]\n]*\]\(data:[^)\s]*\)\n+", re.MULTILINE)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DigestReport:
    """The page as it stands, and how many leaders it was queued for."""

    page: Page
    queued: int = 0
    week: str = ""
    remarks: tuple[str, ...] = field(default=())


def send_digest(office: Office, at: datetime, *, dry_run: bool = False) -> DigestReport:
    """Writes the leaders' page and queues it as the Monday mail, once a week for each leader."""
    preferences = office.preferences()
    today = at.astimezone(ZoneInfo(preferences.time_zone)).date()
    week = "{}-W{:02}".format(*today.isocalendar())
    page = leaders_page(office, at)
    is_here_since = taken_over_on(office)
    may_have_gone = is_here_since is not None and is_here_since.isocalendar()[:2] == today.isocalendar()[:2]
    if dry_run or not office.is_live or "digest" not in preferences.jobs or may_have_gone:
        return DigestReport(page, 0, week)
    messages = _monday_mails(office, preferences, page, week, at)
    queued = office.outbox.queue(messages, at)
    mark_month(office, at)
    return DigestReport(page, queued, week)


def leaders_page(office: Office, at: datetime) -> Page:
    """Everything a leader wants to know on one page."""
    preferences = office.preferences()
    zone = ZoneInfo(preferences.time_zone)
    today = at.astimezone(zone).date()
    parts = [
        f"# {preferences.network_name}\n\nWhere we stand on {_day(today)}.",
        "## Waiting for a person\n\n" + _tasks(_open_tasks(office), today),
        "## The week\n\n" + table(("What", "How many"), _week(office, at)),
        "## Who is not here yet\n\n" + "\n".join(f"- {line}" for line in coverage_sentences(coverage_of(office, at))),
    ]
    pages = [office.cursors.get(page_cursor(key)) or "" for key in SECTIONS]
    pages.append(in_the_mail(office, office.cursors.get(page_cursor(REVIEW)) or "", at))
    parts += [_HEADING.sub(r"#\1 ", words) for words in pages if words]
    if month := month_in_the_mail(office, at):
        parts.append(_HEADING.sub(r"#\1 ", month))
    members = sum(person.is_active_member for person in office.people.all())
    return Page("hmn-leaders", "The leaders' page", "\n\n".join(parts), {"active members": members})


def page_cursor(key: str) -> str:
    """Where the latest words of a page are kept between rounds."""
    return f"page.{key}"


def _week(office: Office, at: datetime) -> list[tuple[str, int]]:
    since = at - timedelta(days=7)
    people = office.people.all()
    active = [person for person in people if person.is_active_member]
    recent = [record for record in office.ledgerbook.records([State.SENT]) if record.changed_at >= since]
    streams = Counter(record.message.stream for record in recent)
    balance = office.ledgerbook.tally(at)
    members = [
        ("Active members", len(active)),
        ("New members", sum(bool(p.became_member_at and p.became_member_at >= since) for p in active)),
        ("Programs with a member", len({person.recipient_id for person in active if person.recipient_id})),
    ]
    mails = [
        ("Invitations and letters sent", streams[Stream.RECRUITMENT] + streams[Stream.WELCOME]),
        ("Newsletters sent", streams[Stream.NEWSLETTER]),
        ("Notices and survey mails sent", streams[Stream.NOTICE] + streams[Stream.SURVEY]),
        ("Waiting to go", sum(balance.waiting.values())),
        ("Not sure it arrived", balance.to_check),
    ]
    return members + [row for row in mails if row[1]]


def _open_tasks(office: Office) -> list[Task]:
    return [task for task in office.tasks.all() if task.state is TaskState.OPEN]


def _tasks(waiting: Sequence[Task], today: date) -> str:
    """How many things wait, by kind, and how long the oldest of them has: a fact to plan with, no reproach."""
    if not waiting:
        return "Nothing waits for anybody. Thank you."
    kinds: dict[str, list[date]] = {}
    for task in waiting:
        kinds.setdefault(TASK_WORDS.get(task.kind, task.kind.replace("_", " ")), []).append(task.since)
    rows = [
        (words, len(since), count((today - min(since)).days, "day") if min(since) < today else "since today")
        for words, since in sorted(kinds.items(), key=lambda each: -len(each[1]))
    ]
    return table(("What", "How many", "The first has waited"), rows) + "\n\nThe details stand in *To do*."


TASK_WORDS = {
    "approve": "Letters and issues to look at before they go",
    "call": "Calls to make",
    "personal_note": "Personal notes to write",
    "answer_reply": "Replies to answer",
    "set_status": "Statuses to set in Members",
    "same_person": "Rows that may be one person",
    "find_manager": "Health managers to find",
    "ask_months": "Open months to ask for",
    "type_fact": "Facts to type into Programs",
    "check_delivery": "Mails we are not sure about",
    "address_problem": "Addresses that do not work",
    "referral": "People somebody suggested",
    "survey": "Survey items to move on",
    "goal": "Goals to look at",
}


def _monday_mails(office: Office, preferences: Preferences, page: Page, week: str, at: datetime) -> list[Message]:
    letterhead = Letterhead.load(office.words, preferences)
    waiting = len(_open_tasks(office))
    wait = (
        f"{count(waiting, 'thing')} {'waits' if waiting == 1 else 'wait'} for a person" if waiting else "nothing waits"
    )
    # The charts of the page say nothing that does not stand beside them in words, and no mail program shows them.
    content = letterhead.office_mail(f"The week in one page: {wait}", _CHART.sub("", page.markdown))
    return [
        Message(
            stream=Stream.OFFICE,
            item="monday",
            step=week,
            person_id="leader-" + hashlib.sha256(address.encode()).hexdigest()[:12],
            address=address,
            to_name=name,
            content=content,
            due_at=at,
            not_after=at + _KEPT_FOR,
        )
        for name, address in sorted(preferences.leader_addresses.items())
    ]


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
