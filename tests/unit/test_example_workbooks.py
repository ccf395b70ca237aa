"""The workbooks made from the examples open as people would open them, and the network understands their headers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from examples.build import ANSWERS, TABS, CellValue, build_workbook, cell_value, path_of_tab, read_table
from network.placeholders import unknown_placeholders
from network.tabs import PEOPLES_TABS, RawTab, Reading, TabSpec, date_to_serial, understand
from network.tasks import ANSWERS as TASK_ANSWERS

EXAMPLES = Path(__file__).parents[2] / "examples"
WASHINGTON = EXAMPLES / "washington"
OFFICES = ("washington", "delegates", "broken_headers")


def text(value: object) -> str:
    return "" if value is None else str(value)


def moment(stamp: str) -> datetime:
    """A moment as a spreadsheet holds it: without a time zone."""
    return datetime.fromisoformat(stamp)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return load_workbook(build_workbook(WASHINGTON, tmp_path_factory.mktemp("office") / "workbook.xlsx"))


# Headers


def reading_of(folder: Path) -> Reading:
    """The folder's tabs as an adapter would deliver them."""
    tabs = {}
    for tab in (spec.title for spec in PEOPLES_TABS):
        if path_of_tab(folder, tab).exists():
            table = read_table(path_of_tab(folder, tab))
            tabs[tab] = RawTab(tab, [table.headers, *([raw(cell) for cell in row] for row in table.rows)])
    return Reading(tabs, None, datetime(2026, 10, 6, 17, tzinfo=UTC))


def raw(value: CellValue) -> str | float | int | None:
    if isinstance(value, datetime):
        return date_to_serial(value.date()) + value.hour / 24 + value.minute / 1440
    return date_to_serial(value) if isinstance(value, date) else value


@pytest.mark.parametrize("spec", PEOPLES_TABS, ids=lambda spec: spec.title)
def test_every_header_of_washington_is_understood(spec: TabSpec) -> None:
    found = understand(reading_of(WASHINGTON), spec)
    own = {"Members": {"Shirt size"}}.get(spec.title, set())
    assert not found.is_missing
    assert found.problems == ()
    assert {header for row in found.rows for header in row.extra} == own


@pytest.mark.parametrize("spec", PEOPLES_TABS, ids=lambda spec: spec.title)
def test_broken_headers_are_read_as_the_example_says(spec: TabSpec) -> None:
    folder = EXAMPLES / "broken_headers"
    table = read_table(folder / "expected.csv")
    everything = [dict(zip(table.headers, row, strict=True)) for row in table.rows]
    expected = [row for row in everything if row["Tab"] == spec.title]
    found = understand(reading_of(folder), spec)
    missing = [text(row["Means"]) for row in expected if row["Kind"] == "missing"]
    doubled = {text(row["Means"]) for row in expected if row["Kind"] == "duplicated"}
    assert found.is_missing == (not expected)
    assert found.lacks_required == bool(missing)
    assert len(found.problems) == len(missing) + len(doubled)
    for name in (*missing, *doubled):
        assert any(name in sentence for sentence in found.problems)
    for row in found.rows:
        assert set(row.cells) == {row["Means"] for row in expected if row["Kind"] in ("understood", "duplicated")}
        assert set(row.extra) == {row["Header"] for row in expected if row["Kind"] == "unknown"}


def test_every_answer_that_a_task_offers_can_be_chosen_from_the_list() -> None:
    fixed = {answer for answers in TASK_ANSWERS.values() for answer in answers if "…" not in answer}
    assert fixed == set(ANSWERS)


@pytest.mark.parametrize("tab", ["Messages", "Newsletter"])
def test_texts_of_the_example_use_placeholders_that_we_know(tab: str) -> None:
    table = read_table(path_of_tab(WASHINGTON, tab))
    texts = [text(row[table.headers.index("Text")]) for row in table.rows]
    assert [name for typed in texts for name in unknown_placeholders(typed)] == []


# The workbook


def test_the_workbook_holds_the_tabs_of_people_and_no_survey_responses(workbook: Workbook) -> None:
    assert workbook.sheetnames == list(TABS)


@pytest.mark.parametrize("office", OFFICES)
def test_a_workbook_has_no_formula_and_starts_with_its_headers(office: str, tmp_path: Path) -> None:
    opened = load_workbook(build_workbook(EXAMPLES / office, tmp_path / "workbook.xlsx"))
    assert opened.sheetnames == [tab for tab in TABS if path_of_tab(EXAMPLES / office, tab).exists()]
    for sheet in opened:
        table = read_table(path_of_tab(EXAMPLES / office, sheet.title))
        assert tuple(text(cell.value) for cell in sheet[1]) == table.headers
        assert sheet.freeze_panes == "A2"
        assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (build_workbook(WASHINGTON, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second


def column_of(workbook: Workbook, tab: str, header: str) -> list[object]:
    sheet = workbook[tab]
    position = [cell.value for cell in sheet[1]].index(header)
    return [row[position].value for row in sheet.iter_rows(min_row=2)]


def test_what_a_person_typed_stays_as_typed(workbook: Workbook) -> None:
    notes, phones = column_of(workbook, "Members", "Notes"), column_of(workbook, "Members", "Phone")
    assert '=HYPERLINK("https://example.org/notes","see notes")' in notes
    assert "007" in phones
    assert "+1 555 010 0142" in phones
    assert any(isinstance(phone, int) for phone in phones)
    emails = [text(email) for email in column_of(workbook, "Members", "Email")]
    assert any("\u200b" in email for email in emails)


def test_text_like_a_formula_is_marked_as_text_for_the_next_program(workbook: Workbook) -> None:
    cells = [cell for row in workbook["Members"] for cell in row if text(cell.value).startswith(("=", "+", "@", "-"))]
    assert len(cells) >= 5
    assert all(cell.quotePrefix and cell.data_type == "s" for cell in cells)


def test_dates_are_dates_and_a_date_typed_as_text_is_not(workbook: Workbook) -> None:
    joined = column_of(workbook, "Members", "Joined on")
    assert sum(isinstance(day, datetime) for day in joined) > 50
    assert {"3rd of May, 2024", "5/6/24", "2024-05-14"} <= {day for day in joined if isinstance(day, str)}
    assert all(isinstance(day, datetime) for day in column_of(workbook, "Quiet dates", "From"))
    assert moment("2026-10-15 12:00") in column_of(workbook, "Messages", "Meeting on")


def test_status_answer_and_sending_offer_their_choices(workbook: Workbook) -> None:
    def offered(tab: str, cell: str) -> str:
        validations = workbook[tab].data_validations.dataValidation
        return next((text(found.formula1) for found in validations if cell in found.sqref), "")

    status = [cell.value for cell in workbook["Members"][1]].index("Status")
    letter = workbook["Members"].cell(row=2, column=status + 1).coordinate
    assert "Do not contact" in offered("Members", letter)
    assert "approve" in offered("To do", "F2")
    assert offered("Settings", "B2") == '"off,only to me,on"'


def test_a_column_of_their_own_is_part_of_the_sheet(workbook: Workbook) -> None:
    assert {"M", "L", "S"} <= set(column_of(workbook, "Members", "Shirt size"))


@pytest.mark.parametrize(
    ("typed", "header", "value"),
    [
        ("2026-10-06", "Send on", date(2026, 10, 6)),
        ("2026-10-06", "Notes", "2026-10-06"),
        ("{text} 2026-10-06", "Send on", "2026-10-06"),
        ("{date} 2026-10-15 12:00", "Value", moment("2026-10-15 12:00")),
        ("{number} 12", "Value", 12),
        ("{number} 0.5", "Value", 0.5),
        ("007", "Phone", "007"),
        ("members", "To", "members"),
        ("a\\u00a0b", "Notes", "a\u00a0b"),
        ("", "Notes", None),
    ],
)
def test_a_cell_holds_what_a_spreadsheet_would_hold(typed: str, header: str, value: CellValue) -> None:
    assert cell_value(typed, header) == value


def test_a_row_longer_than_its_header_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("First name,Last name\nAda,Lovegrove,too much\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"members\.csv, row 2"):
        read_table(path)


def test_a_folder_without_tabs_makes_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"members\.csv"):
        build_workbook(tmp_path, tmp_path / "workbook.xlsx")
    assert not (tmp_path / "workbook.xlsx").exists()
