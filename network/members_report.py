"""What one reading of *Members* came to: its rows and sentences, kept so that *HMN today* can be written when the sheet
did not change but the calendar did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from network.members import IssueKind, RowIssue, RowKey
from network.tabs import MEMBERS

_KEY = ("email", "first_name", "last_name", "organization")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as it stood in the last reading, and whose it is."""

    number: int
    key: RowKey
    status: str  # as typed
    person_id: str = ""  # blank: the row names nobody, or was not applied


@dataclass(frozen=True, slots=True)
class MembersReport:
    """The outcome of `sync_members`; numbers and sentences, ready for *HMN today* and for the leaders' page."""

    rows: tuple[ReadRow, ...] = ()
    issues: tuple[RowIssue, ...] = ()
    problems: tuple[str, ...] = ()  # about whole tabs and about Settings
    remarks: tuple[str, ...] = ()  # of the workbook: open, conflicted copy
    changed_at: datetime | None = None  # when a change of the sheet was last read
    is_changed: bool = False
    held: str = ""  # the breaker's sentence; the reading was not applied
    added: int = 0
    updated: int = 0
    gone: int = 0
    version: str | None = None
    dry_run: bool = False

    @property
    def to_fix(self) -> int:
        """Rows that cannot be used as they stand, or not wholly."""
        return len(self._numbers(IssueKind.FIX))

    @property
    def waiting(self) -> int:
        """Rows that need a decision and nothing else."""
        return len(self._numbers(IssueKind.WAITING) - self._numbers(IssueKind.FIX))

    @property
    def fine(self) -> int:
        """Rows with nothing to do."""
        wrong = self._numbers(IssueKind.FIX) | self._numbers(IssueKind.WAITING)
        return sum(row.number not in wrong for row in self.rows)

    def _numbers(self, kind: IssueKind) -> set[int]:
        return {issue.row for issue in self.issues if issue.kind is kind and issue.row is not None}


def report_to_text(report: MembersReport) -> str:
    """Keeps what the next run needs when the sheet did not change."""
    kept = {
        "rows": [
            [row.number, row.status, row.person_id, *(getattr(row.key, name) for name in _KEY)] for row in report.rows
        ],
        "issues": [[issue.row, str(issue.kind), issue.column, issue.sentence] for issue in report.issues],
        "problems": list(report.problems),
        "remarks": list(report.remarks),
        "changed_at": report.changed_at.isoformat() if report.changed_at else None,
    }
    return json.dumps(kept, ensure_ascii=False)


def report_from_text(text: str | None) -> MembersReport:
    """The last reading as it was kept; an empty report before the first."""
    if not text:
        return MembersReport()
    kept = json.loads(text)
    rows = tuple(ReadRow(number, RowKey(*key), status, who) for number, status, who, *key in kept["rows"])
    return MembersReport(
        rows=rows,
        issues=_issues(kept["issues"], rows),
        problems=tuple(kept["problems"]),
        remarks=tuple(kept["remarks"]),
        changed_at=datetime.fromisoformat(kept["changed_at"]) if kept["changed_at"] else None,
    )


def _issues(kept: Sequence[Sequence[object]], rows: Sequence[ReadRow]) -> tuple[RowIssue, ...]:
    keys = {row.number: row.key for row in rows}
    nobody = RowKey("", "", "", "")
    return tuple(
        RowIssue(MEMBERS.title, keys.get(number, nobody), IssueKind(str(kind)), str(sentence), str(column), number)
        for number, kind, column, sentence in kept
        if isinstance(number, int)
    )
