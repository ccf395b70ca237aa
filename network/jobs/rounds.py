"""The round of each flow: its stages in order. A flow makes each stage a task; `hmn run` walks them without Prefect.

A stage reads the office, does its part and leaves what later stages need on the `Run`. Every round may run twice, or
late, or beside itself: what it finds done it leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from network.coverage import coverage_tab
from network.errors import HeldError, NetworkError, TransientError
from network.jobs import (
    allowed,
    audience,
    brief,
    digest,
    goals,
    guard,
    housekeeping,
    inbox,
    later_tabs,
    members,
    newsletter,
    outbox,
    recruitment,
    surveys,
    tasks,
)
from network.jobs.coverage import coverage_of
from network.ports import Office
from network.reports import Page
from network.tabs import Reading, SystemTab


@dataclass(slots=True)
class Run:
    """One round under way: when it is, whether it only rehearses, and what its stages have found so far."""

    at: datetime
    dry_run: bool = False
    reading: Reading | None = None
    pages: list[Page] = field(default_factory=list)
    tabs: list[SystemTab] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    members: members.MembersReport | None = None
    newsletter: newsletter.NewsletterReport | None = None

    def show(self, page: Page) -> None:
        """Keeps a page for the dashboard; its counts join the run's."""
        self.pages.append(page)
        self.counts |= page.counts


Step = Callable[[Office, Run], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """One task of a flow; `title` is what leaders read on the dashboard."""

    title: str
    do: Step


@dataclass(frozen=True, slots=True)
class Round:
    """One flow's work; `title` and `purpose` are for people who are not programmers."""

    name: str
    title: str
    purpose: str
    stages: tuple[Stage, ...]


def walk(office: Office, name: str, at: datetime, *, dry_run: bool = False) -> Run:
    """Walks one round from its first stage to its last and returns what it found."""
    run = Run(at, dry_run)
    for stage in ROUNDS[name].stages:
        stage.do(office, run)
    return run


def _if_ours(step: Step) -> Step:
    """The same step; when another computer runs this sheet, a page says so before the round ends with that sentence."""

    def do(office: Office, run: Run) -> None:
        try:
            step(office, run)
        except HeldError as err:
            run.show(guard.page(str(err)))
            raise

    return do


@_if_ours
def _read_sheet(office: Office, run: Run) -> None:
    run.reading = members.read_sheet(office, run.at, dry_run=run.dry_run)


@_if_ours
def _read_sheet_whole(office: Office, run: Run) -> None:
    run.reading = _whole(office, run)


def _whole(office: Office, run: Run) -> Reading | None:
    reading = office.workbook.read(None)
    guard.look(office, reading, run.at, dry_run=run.dry_run)
    return reading


def _sync_members(office: Office, run: Run) -> None:
    run.members = members.sync_members(office, run.reading, run.at, dry_run=run.dry_run)
    if run.reading is not None and not run.dry_run:
        recruitment.keep_letters(office, run.reading, run.at)
    run.members = replace(run.members, problems=(*run.members.problems, *recruitment.letters_to_mend(office)))
    if office.audience is not None:
        _sync_audience(office, run)


def _sync_audience(office: Office, run: Run) -> None:
    """The newsletter's readers at their provider; when it does not answer, the sheet is answered all the same."""
    if audience.is_due(office, run.at):
        try:
            report = audience.sync_audience(office, run.at, dry_run=run.dry_run)
        except NetworkError as err:
            report = audience.as_remembered(office, f"{err} The next run tries again.")
        _show(office, run, audience.page(report))
    if run.members is not None:
        rows = {row.person_id: row.number for row in run.members.rows if row.person_id}
        notes = audience.row_notes(office, rows, run.at)
        run.members = replace(run.members, issues=(*run.members.issues, *notes))


@_if_ours
def _take_answers(office: Office, run: Run) -> None:
    if run.dry_run:
        return
    if tasks.close_settled(office, run.at) and run.reading is None:
        # The sheet did not change, but what To do says about itself did.
        run.reading = _whole(office, run)
    if run.reading is not None:
        _show(office, run, tasks.page(tasks.apply_answers(office, run.reading, run.at)))


def _tell_the_sheet(office: Office, run: Run) -> None:
    if not run.dry_run:
        tasks.publish_tasks(office, run.at)
        _make_tabs(office, run)
    coverage_now = coverage_of(office, run.at)
    programs = office.programs.all()
    # Who is not here yet can be said once the programs are known; a new sheet has no use for the tab.
    tabs = [*([coverage_tab(coverage_now, programs)] if programs else []), *run.tabs]
    planned = recruitment.preview(office, run.at)
    if run.members is not None:
        members.publish_today(office, run.members, planned, run.at, dry_run=run.dry_run, also=tabs)
        _show(office, run, members.page(run.members))


def _make_tabs(office: Office, run: Run) -> None:
    if run.members is not None and not run.members.held:
        missing = later_tabs.make_later_tabs(office, run.reading, run.at)
        run.members = replace(run.members, problems=(*run.members.problems, *missing))


@_if_ours
def _read_inbox(office: Office, run: Run) -> None:
    """Reads in any case: a no is kept by whoever hears it."""
    _show(office, run, inbox.page(inbox.read_inbox(office, run.at, dry_run=run.dry_run)))
    guard.look(office, None, run.at)


@_if_ours
def _recruit(office: Office, run: Run) -> None:
    members.make_sure(office, run.at, dry_run=run.dry_run)
    plan = recruitment.plan_recruitment(office, run.at)
    report = recruitment.apply_recruitment(office, plan, run.at, dry_run=run.dry_run)
    _show(office, run, recruitment.page(report))


@_if_ours
def _plan_allowed(office: Office, run: Run) -> None:
    members.make_sure(office, run.at, dry_run=run.dry_run)
    report = allowed.plan_what_was_allowed(office, run.at, dry_run=run.dry_run)
    if report is not None:
        _show(office, run, recruitment.page(report))


@_if_ours
def _deliver(office: Office, run: Run) -> None:
    def refresh() -> None:
        now = office.clock()
        members.sync_members(office, members.read_sheet(office, now), now, dry_run=False)
        inbox.read_inbox(office, now, dry_run=False)
        audience.sync_audience(office, now)

    _show(office, run, outbox.page(outbox.deliver(office, run.at, dry_run=run.dry_run, refresh=refresh)))
    guard.look(office, None, run.at)
    if not run.dry_run and newsletter.follow_campaigns(office, run.at):
        _hand_over_campaigns(office, run)


def _hand_over_campaigns(office: Office, run: Run) -> None:
    reading = _whole(office, run)
    if reading is not None:
        _show(office, run, newsletter.page(newsletter.send_issues(office, reading, run.at)))


def _prepare_issues(office: Office, run: Run) -> None:
    reading = _reading(run)
    if not run.dry_run and not office.cursors.get(members.READ_SHEET):
        # The first run of an office: without its settings we would say that they are blank.
        members.sync_members(office, reading, run.at)
    run.newsletter = newsletter.prepare_issues(office, reading, run.at, dry_run=run.dry_run)


def _send_issues(office: Office, run: Run) -> None:
    sent = newsletter.send_issues(office, _reading(run), run.at, dry_run=run.dry_run)
    _show(office, run, newsletter.page(sent))


def _read_surveys(office: Office, run: Run) -> None:
    report = surveys.read_surveys(office, _reading(run), run.at, dry_run=run.dry_run)
    _publish(office, run, surveys.results_tab(report))
    _show(office, run, surveys.page(report))


def _update_goals(office: Office, run: Run) -> None:
    report = goals.update_goals(office, _reading(run), run.at, dry_run=run.dry_run)
    _publish(office, run, goals.results_tab(report))
    _show(office, run, goals.page(report, office.charts))
    if report.review is not None:
        _show(office, run, report.review)


def _write_brief(office: Office, run: Run) -> None:
    run.show(brief.monthly_brief(office, run.at))


@_if_ours
def _send_digest(office: Office, run: Run) -> None:
    members.make_sure(office, run.at, dry_run=run.dry_run)
    run.show(digest.send_digest(office, run.at, dry_run=run.dry_run).page)


@_if_ours
def _keep_house(office: Office, run: Run) -> None:
    _show(office, run, housekeeping.page(housekeeping.keep_house(office, run.at, dry_run=run.dry_run)))
    guard.look(office, None, run.at)


def _show(office: Office, run: Run, page: Page) -> None:
    """Shows a page and keeps its words for the leaders' page."""
    run.show(page)
    if not run.dry_run:
        office.cursors.set(digest.page_cursor(page.key), page.short or page.markdown, run.at)


def _publish(office: Office, run: Run, tab: SystemTab) -> None:
    if not run.dry_run:
        office.workbook.publish([tab])


def _reading(run: Run) -> Reading:
    if run.reading is None:
        raise TransientError("The sheet could not be read just now; the next run tries again.")
    return run.reading


_READ_WHOLE = Stage("Read the sheet", _read_sheet_whole)

ROUNDS: dict[str, Round] = {
    each.name: each
    for each in (
        Round(
            "members",
            "Members: read the sheet and answer in it",
            "Reads what people typed, says beside each row whether it was understood, carries out answers in To do.",
            (
                Stage("Read the sheet", _read_sheet),
                Stage("Understand every row", _sync_members),
                Stage("Carry out answers in To do", _take_answers),
                Stage("Write HMN today and To do", _tell_the_sheet),
            ),
        ),
        Round(
            "inbox",
            "Inbox: read the replies",
            "Reads the network's mailbox: a STOP is kept at once, an out-of-office waits, a reply goes to a leader.",
            (Stage("Read and judge the replies", _read_inbox),),
        ),
        Round(
            "recruitment",
            "Recruitment: invite the programs nobody has reached",
            "Decides who is due for which letter, call or note today, and asks for approval before anything new goes.",
            (Stage("Plan today's invitations", _recruit),),
        ),
        Round(
            "outbox",
            "Outbox: send what is due",
            "Sends what is approved and due, each mail at most once, inside the send window and under every cap.",
            (Stage("Plan what was just allowed", _plan_allowed), Stage("Send what is due", _deliver)),
        ),
        Round(
            "newsletter",
            "Newsletter: build, check and send issues and notices",
            "Puts issues together from the sheet, checks them, asks for approval and sends each once.",
            (_READ_WHOLE, Stage("Build and check", _prepare_issues), Stage("Send what is approved", _send_issues)),
        ),
        Round(
            "surveys",
            "Surveys: read the answers",
            "Reads survey responses and says honestly what they show, without giving anybody's answer away.",
            (_READ_WHOLE, Stage("Read and analyse the answers", _read_surveys)),
        ),
        Round(
            "goals",
            "Goals: where the network stands",
            "Measures each goal, compares it with its plan and says why it is on track or not.",
            (_READ_WHOLE, Stage("Measure the goals", _update_goals)),
        ),
        Round(
            "digest",
            "Digest: the leaders' page and the Monday mail",
            "Puts the week on one page and sends it to the leaders, once a week.",
            (Stage("Write the leaders' page", _send_digest), Stage("Write the month's brief", _write_brief)),
        ),
        Round(
            "housekeeping",
            "Housekeeping: backup and tidying",
            "Copies the office's memory every night and removes old copies.",
            (Stage("Make the backup", _keep_house),),
        ),
    )
}
