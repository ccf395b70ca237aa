"""The newsletter and notices, from rows in the sheet to one good mail each, sent once.

`prepare_issues` puts together, checks and asks; `send_issues` hands over what is approved and due and reads the numbers
of what went out. Both may run twice, late or side by side: what they find done they leave alone. In a rehearsal nothing
is written anywhere; with `HMN_SEND=off` the mails are only put in the preview folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from network.cadence import local_day, say_day
from network.errors import PermanentError
from network.jobs import campaign_delivery, campaign_follow_up, issue_delivery, notice_delivery
from network.jobs.issues import SAMPLE_REF, EditionPlan, newsletter_words, plan_issues, sample_fields, write_edition
from network.jobs.link_check import look_at_links
from network.jobs.newsletter_sources import name_tasks
from network.jobs.notices import NoticePlan, plan_notices, write_sample
from network.messages import MessageRecord, Stream
from network.newsletter import HANDED_OVER, IssueRecord, IssueState, Remark
from network.ports import Office
from network.rendering import Letterhead
from network.reports import Page, count, table
from network.tabs import Reading, SystemTab

TAB = "HMN newsletter"
_OFF = "The newsletter is off in Settings."
_REHEARSAL = "This was a rehearsal: nothing was written."
_NOT_LIVE = "HMN_SEND is off: the mails stand in the preview folder, and nothing else happened."
_NAMES_AHEAD = timedelta(days=14)  # new members are asked whether they may be named from this many days before


@dataclass(frozen=True, slots=True)
class Line:
    """One edition or notice, as leaders and coordinators read it."""

    title: str
    day: str
    state: IssueState
    reason: str
    addressees: int
    report: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class NewsletterReport:
    """How everything stands after a run, and what the run did."""

    lines: tuple[Line, ...] = ()
    remarks: tuple[Remark, ...] = ()
    asked: int = 0
    queued: int = 0
    note: str = ""


def prepare_issues(
    office: Office, reading: Reading, at: datetime, *, dry_run: bool = False, letterhead: Letterhead | None = None
) -> NewsletterReport:
    """Puts issues and notices together, checks them, and asks for the approvals whose day is near.

    `letterhead` is one that was loaded already; loading takes longer than a whole issue.
    """
    if not dry_run and "newsletter" in office.preferences().jobs:
        look_at_links(office, reading, at)
    if not dry_run and office.is_live:
        issue_delivery.call_back(office, at)
    plan = _plan(office, reading, at, letterhead)
    if plan is None:
        return NewsletterReport(note=_OFF)
    if dry_run:
        return plan.report(note=_REHEARSAL)
    if not office.is_live:
        _preview(office, plan)
        return plan.report(note=_NOT_LIVE)
    today = local_day(at, office.preferences())
    for issue in {each.draft.issue.key: each.draft.issue for each in plan.editions}.values():
        if issue.send_on is not None and timedelta(0) <= issue.send_on - today <= _NAMES_AHEAD:
            office.tasks.open(name_tasks(office, issue, at), at)
    for each in plan.editions:
        issue_delivery.clear_archive(office, each, plan.letterhead)
    asked = sum(issue_delivery.prepare_edition(office, each, plan.letterhead, at) for each in plan.editions)
    asked += sum(notice_delivery.prepare_notice(office, each, plan.letterhead, at) for each in plan.notices)
    report = plan.report(asked=asked)
    office.workbook.publish([newsletter_tab(report)])
    return report


def send_issues(
    office: Office, reading: Reading, at: datetime, *, dry_run: bool = False, letterhead: Letterhead | None = None
) -> NewsletterReport:
    """Hands over what is approved and due, once, and reads what became of what went out before."""
    plan = _plan(office, reading, at, letterhead)
    if plan is None:
        return NewsletterReport(note=_OFF)
    if dry_run or not office.is_live:
        return plan.report(note=_REHEARSAL if dry_run else _NOT_LIVE)
    hand_over = issue_delivery.hand_over if office.campaigns is None else campaign_delivery.hand_over
    queued = sum(hand_over(office, each, plan.letterhead, at) for each in plan.editions)
    queued += sum(notice_delivery.hand_over(office, each, plan.letterhead, at) for each in plan.notices)
    _follow_up(office, at)
    after = _plan(office, reading, at, plan.letterhead) or plan
    if office.campaigns is not None:
        after = replace(after, editions=campaign_delivery.as_kept(office, after.editions))
        campaign_delivery.remember_next(office, after.editions, at)
    report = after.report(queued=queued)
    office.workbook.publish([newsletter_tab(report)])
    return report


def follow_campaigns(office: Office, at: datetime) -> bool:
    """Looks at campaigns that are on their way; True when an approved one waits to be handed over now.

    For the outbox, many times a day: without a campaign under way it asks nobody anything.
    """
    if office.campaigns is None or not office.is_live:
        return False
    known = office.issues.all()
    under_way = [each for each in known if each.campaign_id and each.state is IssueState.SCHEDULED]
    followed = [campaign_follow_up.follow_up(office, each, at) for each in under_way]
    if any(each.sent_at for each in followed):
        issue_delivery.write_archive(office, office.issues.all())
    return campaign_delivery.is_waiting(office, at)


def newsletter_tab(report: NewsletterReport) -> SystemTab:
    """Draws *HMN newsletter*: how every issue and notice stands, and every sentence about a row."""
    rows: list[tuple[str, str, str, str]] = [
        (line.title, line.day, f"{line.state}{f': {line.reason}' if line.reason else ''}", _numbers(line))
        for line in report.lines
    ]
    rows += [("Please mend" if each.is_error else "Worth knowing", "", each.sentence, "") for each in report.remarks]
    preface = (
        "How every issue and notice stands. Type in Newsletter and Messages; this tab is ours.",
        "What must be mended keeps its issue from going. The rest is worth knowing.",
    )
    return SystemTab(TAB, ("What", "When", "How it stands", "Numbers"), rows, (48, 18, 90, 46), preface)


def page(report: NewsletterReport) -> Page:
    """The leaders' page: how every issue and notice stands, in counts; nobody is named."""
    must = [each for each in report.remarks if each.is_error]
    waiting = sum(line.state is IssueState.WAITING for line in report.lines)
    opening = report.note or (
        f"{count(waiting, 'mail waits', 'mails wait')} for an approver, {count(report.queued, 'copy', 'copies')} "
        "handed over in this run."
    )
    rows = [(line.title, line.day, _state(line), _numbers(line)) for line in report.lines]
    body = (
        table(("What", "When", "How it stands", "Numbers"), rows) if rows else "No issue and no notice is in the sheet."
    )
    parts = ["# Newsletter and notices", opening, body]
    if report.remarks:
        parts.append(
            f"{count(len(must), 'thing')} to mend and {len(report.remarks) - len(must)} worth knowing: "
            f"the sentences stand in *{TAB}*."
        )
    if any(line.report for line in report.lines):
        parts.append("How many opened an issue is not counted: mail programs open mails by themselves.")
    counts = {"newsletter and notice mails": report.queued, "waiting for an approver": waiting}
    return Page("hmn-newsletter", "Newsletter and notices", "\n\n".join(parts), counts)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Issues and notices at one moment, and the letterhead they are written on."""

    editions: tuple[EditionPlan, ...]
    notices: tuple[NoticePlan, ...]
    remarks: tuple[Remark, ...]
    letterhead: Letterhead

    def report(self, *, asked: int = 0, queued: int = 0, note: str = "") -> NewsletterReport:
        lines = [*map(_edition_line, self.editions), *map(_notice_line, self.notices)]
        return NewsletterReport(tuple(lines), self.remarks, asked, queued, note)


def _plan(office: Office, reading: Reading, at: datetime, letterhead: Letterhead | None = None) -> _Plan | None:
    preferences = office.preferences()
    if "newsletter" not in preferences.jobs:
        return None
    letterhead = letterhead or Letterhead.load(office.words, preferences)
    issues = plan_issues(office, reading, at, letterhead)
    notices = plan_notices(office, reading, at, letterhead)
    remarks = [*issues.remarks, *notices.remarks]
    for edition in issues.editions:
        if edition.record.state not in HANDED_OVER:
            remarks += _named(edition.remarks, edition.draft.issue.name)
    remarks += [each for notice in notices.notices if notice.state is not IssueState.SENT for each in notice.remarks]
    unique = {each.sentence: each for each in remarks}
    ordered = sorted(unique.values(), key=lambda each: not each.is_error)
    return _Plan(issues.editions, notices.notices, tuple(ordered), letterhead)


def _named(remarks: Sequence[Remark], issue: str) -> list[Remark]:
    return [
        each if each.sentence.startswith("Settings") else Remark(f"{issue}: {each.sentence}", each.is_error, each.row)
        for each in remarks
    ]


def _preview(office: Office, plan: _Plan) -> None:
    words, fields = newsletter_words(office), sample_fields(office.preferences())
    for edition in plan.editions:
        try:
            content = write_edition(plan.letterhead, edition.draft, words, fields, SAMPLE_REF)
        except PermanentError:
            continue  # the same sentence stands among the remarks
        office.shelf.put(f"preview/newsletter-{edition.draft.file_name}", content.html)
    for notice in plan.notices:
        try:
            content = write_sample(office, plan.letterhead, notice, fields)
        except PermanentError:
            continue
        office.shelf.put(f"preview/{notice.file_name}", content.html)


def _follow_up(office: Office, at: datetime) -> None:
    mails: dict[str, list[MessageRecord]] = {}
    for record in office.ledgerbook.records():
        if record.message.stream is Stream.NEWSLETTER:
            mails.setdefault(record.message.approval_item, []).append(record)
    records: list[IssueRecord] = []
    for known in office.issues.all():
        if known.campaign_id:
            records.append(campaign_follow_up.follow_up(office, known, at))
            continue
        own = mails.get(issue_delivery.item_of(known), [])
        records.append(issue_delivery.follow_up(office, known, own, at))
    issue_delivery.write_archive(office, records)


def _edition_line(plan: EditionPlan) -> Line:
    record = plan.record
    day = say_day(plan.day) if plan.day is not None else ""
    report = tuple((name, int(number)) for name, number in record.report.items() if number)
    return Line(record.title, day, record.state, record.reason, record.addressees, report)


def _notice_line(plan: NoticePlan) -> Line:
    return Line(plan.title, say_day(plan.day), plan.state, plan.reason, len(plan.addressees))


def _state(line: Line) -> str:
    return f"{line.state}: {line.reason}" if line.reason else str(line.state)


def _numbers(line: Line) -> str:
    if line.report:
        return ", ".join(f"{number} {name}" for name, number in line.report)
    return count(line.addressees, "person", "people") if line.addressees else ""
