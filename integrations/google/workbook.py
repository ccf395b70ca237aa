"""The `Workbook` port over a Google Sheet: one request to see that nothing changed, one to read, one to write.

What is guaranteed:
- **No cell of people is written.** Rows are inserted under a header in one atomic batch; our own tabs are replaced.
- **No edit is missed.** The file's version is fetched before the cells are read, so a version never stands for cells
  younger than it; when the version moved, all cells are read and compared by their mark. Our own writes move the
  version too: the next run reads once more, finds people's cells as they were, and remembers the new version.
- **No added row doubles.** A row is sent once. When the answer is unclear, only looking decides: a reading that shows
  its key ends the doubt for good, two readings at least two minutes apart that do not show it let it be sent again.
- **A sleeper sends nothing.** A computer that slept between remembering a row and sending it holds it back at the door;
  what another has decided meanwhile stands.
Not guaranteed: that a row lands right under the header when somebody inserts rows above the header in the very second
between our reading and our writing; it stands there once all the same, and *HMN today* asks to move it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from gspread.urls import DRIVE_FILES_API_V3_URL, SPREADSHEET_BATCH_UPDATE_URL

from integrations.google.additions import additions, name_of, texts_in
from integrations.google.batches import replace_tab
from integrations.google.drafts import Draft, draft_of, mark_of, stands
from integrations.google.formulas import (
    SENTENCES,
    STATES,
    TALKING,
    drawing_formula,
    heartbeat_formula,
    looks_past_a_column,
    sentences_draft,
)
from integrations.google.furniture import new_tab
from integrations.google.headers import Header, find_header, lacks_ours, spec_of, typed_into_ours, without_ours
from integrations.google.layout import FIELDS, Layout, free_id, id_for, tab_for, whole
from integrations.google.memory import AddedRows, Notes, RowName
from integrations.google.transport import PatientClient, Refusal, TooLate, Unclear, explained
from network.errors import ConfigurationError, NetworkError, PermanentError
from network.furniture import TabPlan, TabsMade
from network.guard import GUARD
from network.tabs import NewRow, RawTab, Reading, SystemTab, TabSpec, own_spec, text_of

TODAY = "HMN today"
APART = timedelta(minutes=2)  # between the two looks that end a doubt
NOT_LOST = timedelta(seconds=30)  # so long after its beginning an addition may still leave; nobody looks twice in that
FRESH = timedelta(minutes=1)  # a reading this young is good enough to place a row by
_AS_TYPED = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}


@dataclass(frozen=True, slots=True)
class _Read:
    """The cells of one reading: those of people, and those of ours that we know of."""

    people: Mapping[str, RawTab]
    ours: Mapping[str, RawTab]
    at: datetime

    def spec(self, title: str) -> TabSpec:
        """The columns of a people's tab, in the words of its people."""
        return own_spec(self.people, spec_of(title))

    @property
    def mark(self) -> str:
        """Changes exactly when a cell changes that a person may edit."""
        tabs = {tab.title: mark_of(without_ours(tab.values, self.spec(tab.title))) for tab in self.people.values()}
        return hashlib.sha256(json.dumps(tabs, sort_keys=True).encode()).hexdigest()[:24]


class GoogleWorkbook:
    """One office's sheet; `account` is the address it must be shared with, for the sentence that says so."""

    def __init__(
        self,
        sheet_id: str,
        client: PatientClient,
        notes: Notes,
        added: AddedRows,
        *,
        clock: Callable[[], datetime],
        account: str = "",
    ) -> None:
        self._id, self._client, self._notes, self._added = sheet_id, client, notes, added
        self._clock, self._account = clock, account
        self._last: _Read | None = None

    def read(self, since: str | None = None) -> Reading | None:
        """Reads every people's tab in one request; None when no cell of people changed since the token `since`."""
        version = self._version()
        known = since.rpartition(":")[2] if since else ""
        # An addition in doubt is decided by looking, so then we look.
        if known and version and self._note("seen") == f"{version}:{known}" and not self._added.unclear():
            return None
        wrote = self._marks().get(GUARD)
        read = self._read_cells()
        token = f"{version}:{read.mark}"
        if GUARD not in self._marks() and (wrote is not None or GUARD in read.ours):
            # Our guard is gone, or another was written: that is told however quiet people's tabs are, until it is ours.
            return Reading(read.people, token, read.at, self._remarks(read), read.ours.get(GUARD))
        self._keep("seen", token)
        if known == read.mark:
            return None
        return Reading(read.people, token, read.at, self._remarks(read), read.ours.get(GUARD))

    def publish(self, tabs: Sequence[SystemTab]) -> Sequence[str]:
        """Replaces those of our tabs that changed, in one request; TransientError when Google gives no clear answer."""
        marks = self._marks()
        changed = {tab.title: draft for tab in tabs if marks.get((draft := self._draft(tab)).title) != draft.mark}
        if not changed:
            return []
        # Forgotten first: whatever becomes of the answer, the next run writes them again or knows that they stand.
        self._keep_marks({title: mark for title, mark in marks.items() if title not in _titles(changed.values())})
        self._write(lambda layout: [request for each in changed.values() for request in replace_tab(each, layout)])
        self._keep_marks({**self._marks(), **{draft.title: draft.mark for draft in changed.values()}})
        return list(changed)

    def make_tabs(self, plans: Sequence[TabPlan]) -> TabsMade:
        """Makes those of the tabs that are not there, all in one request; their ids keep two runs from making two."""

        def requests_for(layout: Layout) -> list[dict[str, Any]]:
            missing = [plan for plan in plans if tab_for(plan.title, layout) is None]
            return [
                request
                for at, plan in enumerate(missing, start=layout.end_of_people)
                for request in new_tab(plan, free_id(plan.title, layout), at)
            ]

        if requests_for(self._layout()):
            self._write(requests_for)
        return TabsMade(tuple(plan.title for plan in plans))

    def add_rows(self, rows: Sequence[NewRow]) -> Sequence[str]:
        """Adds rows under the headers of people's tabs, all in one request; returns the keys that stand there now."""
        by_name = {name_of(row): row for row in rows}
        standing = self._added.standing(by_name)
        if set(by_name) - standing:
            read = self._last if self._last and self._clock() - self._last.at < FRESH else self._read_cells()
            standing |= self._found(read, set(by_name) - standing)
            wanted = [name for name in by_name if name not in standing and name not in self._added.unclear()]
            standing |= self._send(read, [by_name[name] for name in wanted])
        return [row.key for row in rows if name_of(row) in standing]

    # --- reading -----------------------------------------------------------------------------------------------------

    def _version(self) -> str:
        """The file's version as Drive tells it; blank without access to Drive, and then every run reads."""
        url = f"{DRIVE_FILES_API_V3_URL}/{self._id}"
        try:
            answer = self._client.request("get", url, params={"fields": "version", "supportsAllDrives": "true"})
        except Refusal as err:
            if err.status in {403, 404}:
                return ""
            raise self._explained(err) from None
        return str(answer.json().get("version", ""))

    def _read_cells(self) -> _Read:
        try:
            read = self._read_tabs(self._layout())
        except Refusal as err:
            if err.status != 400:
                raise self._explained(err) from None
            # A tab that we know was renamed or removed: ask which there are and read once more.
            try:
                read = self._read_tabs(self._layout(again=True))
            except Refusal as another:
                raise self._explained(another) from None
        self._last = read
        self._decide_doubts(read)
        self._notice_ours(read)
        return read

    def _read_tabs(self, layout: Layout) -> _Read:
        people = [tab.title for tab in layout.of_people()]
        ours = {title: title for title in self._marks() if title not in people and layout.find(title)}
        guard = layout.find(GUARD) or layout.by_id(id_for(GUARD))  # renaming it makes nobody the sheet's computer
        if guard is not None:
            ours[GUARD] = guard.title
        at = self._clock()
        titles = [*people, *ours.values()]
        if not titles:
            return _Read({}, {}, at)
        answer = self._client.values_batch_get(self._id, [whole(title) for title in titles], {**_AS_TYPED})
        tabs = {
            title: RawTab(title, [[None if cell == "" else cell for cell in row] for row in block.get("values", ())])
            for title, block in zip(titles, answer["valueRanges"], strict=True)
        }
        return _Read({title: tabs[title] for title in people}, {title: tabs[here] for title, here in ours.items()}, at)

    def _notice_ours(self, read: _Read) -> None:
        """Forgets the mark of a tab of ours that does not hold what we wrote, so that it is written again."""
        marks = self._marks()
        kept = {title: mark for title, mark in marks.items() if title in read.ours}
        for title, tab in read.ours.items():
            if title not in marks:
                continue
            shown = tab.values[1:] if title == TODAY else tab.values
            if not stands(marks[title], shown):
                del kept[title]
        if kept != marks:
            self._keep_marks(kept)

    def _remarks(self, read: _Read) -> tuple[str, ...]:
        remarks = []
        for tab in read.people.values():
            spec = read.spec(tab.title)
            if lost := self._above_header(tab, spec):
                remarks.append(
                    f"A row that we added to {tab.title} stands above its header: {', '.join(lost)}. Please move it"
                    " below the header, so that it is read."
                )
            row = typed_into_ours(tab.values, spec)
            if row is not None:
                ours = next(column.name for column in spec.columns if column.is_ours)
                remarks.append(
                    f"Something is typed into the column {ours} of {tab.title}, row {row}. Please clear that cell: the"
                    " column is ours and fills itself."
                )
            if ours := lacks_ours(tab.values, spec):
                remarks.append(
                    f"{tab.title} has no column {ours} that works, so nothing stands beside its rows. Please ask your"
                    " technical contact to type hmn init; until then this tab says it all."
                )
            if looks_past_a_column(tab, spec, read.ours.get(SENTENCES)):
                remarks.append(
                    f"{TALKING} in {tab.title} says “Not read yet” beside rows that were read: it does not look at a"
                    " column that came later. Please ask your technical contact to type hmn init once."
                )
        return tuple(remarks)

    def _above_header(self, tab: RawTab, spec: TabSpec) -> list[str]:
        """Keys of rows of ours that came to stand above the header: a person inserted rows there just then."""
        header = find_header(tab.values, spec)
        above = tab.values[: header.row] if header else ()
        texts = {text_of(cell).casefold(): text_of(cell) for row in above for cell in row if cell is not None}
        standing = self._added.standing((spec.title, text) for text in texts) if texts else frozenset()
        return sorted(texts[text] for _, text in standing)

    # --- adding ------------------------------------------------------------------------------------------------------

    def _found(self, read: _Read, names: set[RowName]) -> frozenset[RowName]:
        """Those of the rows whose key stands anywhere in its tab; they are settled for good."""
        found = frozenset(name for name in names if name[1] in texts_in(read.people.get(self._title(name[0]))))
        if found:
            self._added.settle(found, self._clock(), stands=True)
        return found

    def _decide_doubts(self, read: _Read) -> None:
        doubts = self._added.unclear()
        if not doubts:
            return
        found = self._found(read, set(doubts))
        missing = {name: looked for name, looked in doubts.items() if name not in found}
        self._added.looked([name for name, looked in missing.items() if looked is None], read.at)
        gone = [name for name, looked in missing.items() if looked is not None and read.at - looked >= APART]
        self._added.settle(gone, read.at, stands=False)

    def _send(self, read: _Read, rows: Sequence[NewRow]) -> frozenset[RowName]:
        by_tab: dict[str, list[NewRow]] = {}
        for row in rows:
            by_tab.setdefault(self._title(row.tab), []).append(row)
        if not rows:
            return frozenset()
        headers = {title: self._header(read, title, wanted) for title, wanted in by_tab.items()}
        layout = self._layout()
        # Between the beginning and the sending nothing waits, or another run might think the row lost and send it too.
        self._client.take_turn("post")
        began = self._clock()
        begun = self._added.begin([name_of(row) for row in rows], began)
        if not begun:
            return frozenset()
        ours = {title: [row for row in wanted if name_of(row) in begun] for title, wanted in by_tab.items()}
        try:
            requests = additions(layout, headers, ours)
            stands = self._send_once(requests, lambda: self._clock() - began < NOT_LOST)
        except (Unclear, TooLate):
            # Sent or not: from here on only looking decides, whoever looks.
            return frozenset()
        except NetworkError:
            self._give_back(begun, began)
            raise
        if stands:
            self._added.settle(begun, self._clock(), stands=True)
        else:
            self._give_back(begun, began)
        return begun if stands else frozenset()

    def _give_back(self, begun: frozenset[RowName], began: datetime) -> None:
        """Rows that certainly were not added may be sent again; after a sleep they may be another's by now."""
        if self._clock() - began < NOT_LOST:
            self._added.settle(begun, self._clock(), stands=False)

    def _send_once(self, requests: list[dict[str, Any]], may_leave: Callable[[], bool]) -> bool:
        """Sends the additions; False when they were refused because a tab is gone or new, which the next run asks."""
        try:
            self._send_batch(requests, partial(self._client.request_once, may_leave=may_leave))
        except Refusal as err:
            self._keep("layout", "")
            if err.status != 400:
                raise self._explained(err) from None
            return False
        return True

    def _header(self, read: _Read, title: str, rows: Sequence[NewRow]) -> Header | None:
        """The header to add under; None when the tab is not there and is made with these rows."""
        tab = read.people.get(title)
        if tab is None:
            return None
        header = find_header(tab.values, read.spec(title), [name for row in rows for name in row.cells])
        for row in rows:
            if header is None or row.key_column not in header.places:
                raise PermanentError(
                    f"The tab {title} has no column {row.key_column}, so nothing could be added to it."
                )
        return header

    def _title(self, tab: str) -> str:
        """The title of the people's tab that is meant, as it is spelled in this sheet."""
        at = tab_for(spec_of(tab).title, self._layout())
        return at.title if at is not None else tab

    # --- writing -----------------------------------------------------------------------------------------------------

    def _write(self, requests_for: Callable[[Layout], list[dict[str, Any]]]) -> None:
        """Sends one atomic batch; when the file's tabs are not what we thought, asks once and sends the right one."""
        try:
            self._send_batch(requests_for(self._layout()), self._client.request)
        except Refusal as err:
            if err.status != 400:
                raise self._explained(err) from None
            try:
                self._send_batch(requests_for(self._layout(again=True)), self._client.request)
            except Refusal as another:
                raise self._explained(another) from None

    def _send_batch(self, requests: list[dict[str, Any]], send: Callable[..., Any]) -> None:
        """The answer carries the file's tabs as they are now: a tab that a person made is known without asking."""
        if not requests:  # what was wanted stands there already
            return
        answer = send(
            "post",
            SPREADSHEET_BATCH_UPDATE_URL % self._id,
            params={"fields": f"updatedSpreadsheet({FIELDS})"},
            json={"requests": requests, "includeSpreadsheetInResponse": True},
        ).json()
        if "updatedSpreadsheet" in answer:
            self._keep("layout", Layout.from_answer(answer["updatedSpreadsheet"]).to_text())

    def _draft(self, tab: SystemTab) -> Draft:
        """A tab as it is here: those that talking columns look into are hidden, *HMN today* tells whether we run."""
        if TALKING in tab.columns and (draft := sentences_draft(tab)):
            return draft
        drawn = {place: drawing_formula(values) for place, values in tab.trends.items()}
        draft = draft_of(tab, self._heartbeat() if tab.title == TODAY else "", drawn)
        return draft if tab.title != STATES else Draft(draft.title, draft.rows, draft.header, draft.widths, hidden=True)

    def _heartbeat(self) -> str:
        return heartbeat_formula(self._clock().astimezone(ZoneInfo(self._layout().time_zone)))

    # --- what is remembered ------------------------------------------------------------------------------------------

    def _layout(self, *, again: bool = False) -> Layout:
        """The file's tabs: as remembered, or as Google tells them now."""
        if not again and (kept := self._note("layout")):
            return Layout.from_text(kept)
        try:
            answer = self._client.fetch_sheet_metadata(self._id, {"fields": FIELDS, "includeGridData": "false"})
        except Refusal as err:
            raise self._explained(err) from None
        layout = Layout.from_answer(answer)
        self._keep("layout", layout.to_text())
        return layout

    def _marks(self) -> dict[str, str]:
        marks: dict[str, str] = json.loads(self._note("tabs") or "{}")
        return marks

    def _keep_marks(self, marks: Mapping[str, str]) -> None:
        self._keep("tabs", json.dumps(marks))

    def _note(self, name: str) -> str:
        return self._notes.get(f"google.{name}/{self._id}") or ""

    def _keep(self, name: str, text: str) -> None:
        if self._note(name) != text:
            self._notes.set(f"google.{name}/{self._id}", text, self._clock())

    def _explained(self, err: Refusal) -> PermanentError | ConfigurationError:
        return explained(err, self._account)


def _titles(drafts: Any) -> set[str]:
    return {draft.title for draft in drafts}
