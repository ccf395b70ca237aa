"""The tables at the end of a demo: what was read, what to fix, how it balances, who is not here yet, where to look."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from integrations.wiring import open_office
from network.coverage import NONE_KNOWN, Coverage, Standing
from network.members import IssueKind, RowIssue
from network.messages import Balance
from network.programs import TYPE_WORDS, ProgramType


@dataclass(frozen=True, slots=True)
class OfficeState:
    """What must not change when everything runs a second time."""

    mails: int
    planned: int
    tasks: int
    workbook: str  # a hash of the people's file


def state_of(office: Path, at: datetime) -> OfficeState:
    """Looks at the office from outside: files in the outbox, the people's file, the ledger's counts."""
    with open_office(as_of=at) as desk:
        planned = desk.ledgerbook.tally(at).planned
        tasks = len(desk.tasks.all())
    workbook = hashlib.sha256((office / "workbook.xlsx").read_bytes()).hexdigest()
    return OfficeState(len(list((office / "outbox").glob("*.eml"))), planned, tasks, workbook)


def print_summary(console: Console, office: Path, at: datetime, *, before: OfficeState | None, dashboard: str) -> None:
    """Prints the closing tables; with `before` also what a second run changed (it should say: nothing)."""
    from network.jobs.coverage import coverage_of
    from network.jobs.members import LAST_REPORT
    from network.members_report import report_from_text

    with open_office(as_of=at) as desk:
        report = report_from_text(desk.cursors.get(LAST_REPORT))
        balance = desk.ledgerbook.tally(at)
        coverage = coverage_of(desk, at)
        pages = {
            name: desk.cursors.get(f"page.{name}") or "" for name in ("hmn-newsletter", "hmn-surveys", "hmn-goals")
        }
    console.rule("What was read")
    console.print(
        f"{len(report.rows)} rows of Members: {report.fine} fine, {report.to_fix} to fix, {report.waiting} waiting "
        "for a decision. Each has its own sentence in the workbook."
    )
    _print_fixes(console, [issue for issue in report.issues if issue.kind is IssueKind.FIX])
    console.rule("Every mail is accounted for")
    console.print(_balance_table(balance))
    console.rule("Who is not here yet")
    console.print(_coverage_table(coverage))
    console.rule("Newsletter")
    console.print(Markdown(_table_of(pages["hmn-newsletter"])))
    console.rule("Survey")
    console.print(_in_short(pages["hmn-surveys"]))
    console.rule("Goals")
    console.print(_goals_table(pages["hmn-goals"]))
    if before is not None:
        console.rule("The second run")
        console.print(_said_of(before, state_of(office, at)))
    console.rule("Where to look")
    console.print(_places(office, dashboard))


def print_seen(console: Console, seen: Mapping[str, int]) -> None:
    """Prints what reached the servers that stood in for Google and Mailchimp."""
    console.rule("What the stand-in for Google and Mailchimp saw")
    table = Table("What", "How many")
    for what, number in seen.items():
        table.add_row(what, str(number))
    console.print(table)


def _print_fixes(console: Console, issues: Sequence[RowIssue]) -> None:
    table = Table("Row", "What to do")
    for issue in issues:
        table.add_row(str(issue.row or ""), escape(issue.sentence))
    console.print(table)


def _balance_table(balance: Balance) -> Table:
    table = Table("What", "How many", "Why")
    table.add_row("Sent", str(balance.sent), "")
    for reason, number in sorted(balance.skipped.items()):
        table.add_row("Not sent on purpose", str(number), reason)
    table.add_row("Too late", str(balance.missed), "")
    for reason, number in sorted(balance.failed.items()):
        table.add_row("Refused", str(number), reason)
    table.add_row("Not sure it arrived", str(balance.to_check), "")
    for reason, number in sorted(balance.waiting.items()):
        table.add_row("Waiting to go", str(number), reason)
    table.add_section()
    table.add_row("Planned, all together", str(balance.planned), "the sum of the lines above")
    return table


def _coverage_table(coverage: Coverage) -> Table:
    kinds = (ProgramType.AIAN, ProgramType.MSHS, ProgramType.HS_EHS)
    table = Table("", *(TYPE_WORDS[kind] for kind in kinds))
    totals = [coverage.types[kind].total for kind in kinds]
    table.add_row("recipients", *(str(total) if total else NONE_KNOWN for total in totals))
    table.add_section()
    for standing in Standing:
        table.add_row(str(standing), *(str(coverage.types[kind].count(standing)) for kind in kinds))
    return table


def _in_short(markdown: str) -> str:
    """The first paragraph below a page's titles; the page itself stands on the dashboard."""
    paragraphs = [part.strip() for part in markdown.split("\n\n")]
    return next((part for part in paragraphs if part and not part.startswith(("#", "|", "!"))), "Nothing yet.")


def _table_of(markdown: str) -> str:
    """The tables of a page, as they stand."""
    return "\n\n".join(part for part in markdown.split("\n\n") if part.startswith("|")) or "Nothing yet."


def _goals_table(markdown: str) -> Table:
    """Each goal with its colour and the reason, from the goals' page."""
    table = Table("Goal", "How it stands")
    for section in markdown.split("\n## ")[1:]:
        title, _, rest = section.partition("\n")
        reason = next((line for line in rest.split("\n") if line.startswith("**")), "")
        if reason:
            table.add_row(escape(title.strip()), escape(reason.replace("**", "")))
    return table


def _said_of(before: OfficeState, after: OfficeState) -> str:
    if before == after:
        return (
            f"Nothing new was sent ({after.mails} mails as before), nothing was planned twice, no task was "
            "opened again and the workbook was not changed."
        )
    return (
        f"{after.mails - before.mails} new mails, {after.planned - before.planned} newly planned, "
        f"{after.tasks - before.tasks} new tasks; the workbook "
        + ("was not changed." if before.workbook == after.workbook else "got new rows.")
    )


def _places(office: Path, dashboard: str) -> Table:
    table = Table(show_header=False)
    places = {
        "The mails (open one)": "outbox",
        "The workbook people type in": "workbook.xlsx",
        "What we say about each row": "HMN workbook.xlsx",
        "Newsletter archive": "archive",
    }
    for what, name in places.items():
        if (office / name).exists():
            table.add_row(what, str(office / name))
    table.add_row("Dashboard", dashboard or "make demo ARGS=--keep leaves it up")
    return table
