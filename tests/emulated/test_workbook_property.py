"""Whatever a person does beside us and whatever Google does to us: nothing of theirs changes, nothing of ours doubles.

A few dozen runs here; `HMN_TEST_SHEET_RUNS=500` or `--hypothesis-profile thorough` looks for hundreds of new ones.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from network.errors import NetworkError
from network.tabs import NewRow, SystemTab
from tests.contract.ledgers import a_ledger
from tests.emulated.google_sheet import GoogleSheet
from tests.emulated.stand_in import StandIn

RUNS = int(os.environ.get("HMN_TEST_SHEET_RUNS", "0")) or settings.default.max_examples  # type: ignore[union-attr]
HEADERS = {"Members": ["First name", "Email", "Status", "Notes"], "To do": ["Ref", "What", "Answer"]}

words = st.sampled_from(["Ana", "Bea", "=1+1", "007", "@x", "T-1 is done", "", "Zoë"])
tabs = st.sampled_from(["Members", "To do"])
rows = st.integers(1, 6)
edits = st.one_of(
    st.builds(lambda tab, row, column, word: ("type", tab, row, column, word), tabs, rows, st.integers(0, 2), words),
    # Row 0 is the header: a row above it must not double ours either.
    st.builds(lambda tab, row: ("insert_rows", tab, row), tabs, st.integers(0, 6)),
    st.builds(lambda tab, row: ("delete_rows", tab, row), tabs, rows),
    st.builds(lambda tab, by: ("sort", tab, by), tabs, st.integers(0, 2)),
    st.builds(lambda tab: ("insert_columns", tab, 4), tabs),
    st.just(("our_tab",)),
)
faults = st.tuples(
    st.sampled_from(["429", "500", "503", "502", "drop", "late"]),
    st.sampled_from(["before", "after"]),
    st.sampled_from(["batchUpdate", "batchGet", "/drive/"]),
    st.integers(0, 3),
)
steps = st.one_of(
    st.tuples(st.just("run"), st.integers(1, 4), st.sampled_from(["OK", "Fix", "=x"])),
    st.tuples(st.just("edit"), edits),
    st.tuples(st.just("edit during"), edits, st.sampled_from(["batchUpdate", "batchGet", "/drive/"]), st.booleans()),
    st.tuples(st.just("fault"), faults),
    st.tuples(st.just("lag"), st.integers(1, 2)),
    st.tuples(st.just("wait"), st.sampled_from([30, 150])),
)


@dataclass
class Office:
    """What the office believes after each run, as its jobs would keep it."""

    sheet: GoogleSheet
    token: str | None = None
    believed: dict[str, list[list[Any]]] = field(default_factory=dict)
    wanted: dict[str, NewRow] = field(default_factory=dict)
    said: str = "OK"

    def wish(self, tasks: int) -> None:
        """So many rows should stand in *To do*."""
        for ref in (f"T-{number}0" for number in range(tasks)):
            self.wanted[ref] = NewRow("To do", "Ref", ref, {"Ref": ref, "What": "ask"})

    def run(self, said: str) -> None:
        """One run: read, answer, add. A run that fails is repeated by the next."""
        self.said = said
        workbook = self.sheet.open()
        try:
            reading = workbook.read(self.token)
            if reading is not None:
                self.token = reading.version
                self.believed = {title: [list(row) for row in tab.values] for title, tab in reading.tabs.items()}
            workbook.publish([self.today()])
            workbook.add_rows(list(self.wanted.values()))
        except NetworkError:
            pass

    def today(self) -> SystemTab:
        return SystemTab("HMN today", ("What",), [(self.said,)], preface=("Read.",))


def as_edit(edit: tuple[Any, ...]) -> dict[str, Any]:
    """An edit as the stand-in's person makes it."""
    kind = edit[0]
    if kind == "our_tab":
        return {"do": "type", "tab": "HMN today", "at": "A2", "values": [["mine"]]}
    if kind == "type":
        _, tab, row, column, word = edit
        return {"do": "type", "tab": tab, "at": f"{'ABC'[column]}{row + 1}", "values": [[word]], "raw": True}
    if kind == "sort":
        return {"do": "sort", "tab": edit[1], "by": edit[2]}
    if kind == "insert_columns":
        return {"do": "insert_columns", "tab": edit[1], "column": edit[2]}
    return {"do": kind, "tab": edit[1], "row": edit[2]}


def of_people(office: Office) -> Counter[Any]:
    """Every row of people's tabs as typed, without the rows that we were asked to add."""
    found: Counter[Any] = Counter()
    for title in HEADERS:
        for row in office.sheet.typed(title):
            if row and not (set(map(str, row)) & set(office.wanted)):
                found[title, tuple(map(str, row))] += 1
    return found


@given(st.lists(steps, min_size=2, max_size=12))
@settings(
    max_examples=RUNS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_of_people_changes_nothing_doubles_nothing_is_missed(running: StandIn, plan: list[Any]) -> None:
    running.reset()
    with tempfile.TemporaryDirectory() as folder, a_ledger("sqlite", Path(folder)) as ledger:
        running.make({title: [header, ["Ana", "a@x.org", "Member"]] for title, header in HEADERS.items()})
        sheet = GoogleSheet(running, ledger, Path(folder))
        office = Office(sheet)
        for step in plan:
            play(step, office)
        settle(office)
        check(office)


def play(step: Any, office: Office) -> None:
    kind, *rest = step
    google = office.sheet.google
    if kind == "run":
        is_alone = not google.control("requests")["visits"]
        office.wish(rest[0])
        before = of_people(office) if is_alone else None
        office.run(rest[1])
        assert before is None or of_people(office) == before, "a cell of people changed"
    elif kind == "edit":
        google.edit(as_edit(rest[0]))
    elif kind == "edit during":
        edit, path, is_before = rest
        google.edit_when(path, as_edit(edit), when="before" if is_before else "after")
    elif kind == "fault":
        fault, when, path, later = rest[0]
        google.fault(fault, when, path=path, after_requests=later)
    elif kind == "lag":
        google.control(f"spreadsheets/{google.sheet}/lag", {"reads": rest[0]})
    else:
        # A write that is late comes within two minutes: that is what the two looks rely on.
        google.control("late", {})
        office.sheet.wait(seconds=rest[0])


def settle(office: Office) -> None:
    """Google is well again, the person rests, and some runs go by."""
    google = office.sheet.google
    google.control("calm", {})
    for _ in range(5):
        google.control("late", {})
        office.sheet.wait(minutes=3)
        office.run(office.said)


def check(office: Office) -> None:
    sheet = office.sheet
    shown = sheet.google.tabs()
    for title in HEADERS:
        believed = [[cell for cell in row if cell is not None] for row in office.believed[title]]
        stands = [[cell for cell in row if cell is not None] for row in shown[title]]
        assert believed == stands, "an edit was missed"
    refs = Counter(str(cell) for row in shown["To do"] for cell in row if str(cell) in office.wanted)
    assert all(number == 1 for number in refs.values()), "a row doubled"
    assert [row[0] for row in shown["HMN today"][1:] if row] == ["Read.", "What", office.said]
    hold_writes_to_ours(sheet)


def hold_writes_to_ours(sheet: GoogleSheet) -> None:
    """Every write we sent inserts rows and fills just those, or is about the tab of ours."""
    meta = {each["properties"]["sheetId"]: each["properties"]["title"] for each in sheet.google.whole()["sheets"]}
    for asked in sheet.google.asked():
        if not asked["path"].endswith(":batchUpdate"):
            continue
        inserted: dict[int, range] = {}
        for request in asked["body"]["requests"]:
            ((kind, what),) = request.items()
            if kind == "insertDimension":
                span = what["range"]
                inserted[span["sheetId"]] = range(span["startIndex"], span["endIndex"])
            elif kind == "updateCells" and "start" in what:
                start = what["start"]
                rows = range(start["rowIndex"], start["rowIndex"] + len(what["rows"]))
                assert inserted[start["sheetId"]] == rows
            else:
                assert meta.get(id_in(what) or 0, "HMN today") == "HMN today", request


def id_in(what: Any) -> int | None:
    """The id of the tab that a request is about."""
    if isinstance(what, dict):
        if "sheetId" in what:
            return int(what["sheetId"])
        return next((found for each in what.values() if (found := id_in(each)) is not None), None)
    if isinstance(what, list):
        return next((found for each in what if (found := id_in(each)) is not None), None)
    return None
