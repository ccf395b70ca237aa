"""One messy sheet over a Google Sheet and over an .xlsx: every row gets its sentence, no cell of people changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from integrations.settings import Settings, load_settings
from integrations.wiring import furnish_workbook, open_office
from network.furniture import first_tabs
from network.jobs.rounds import walk
from tests.builders import NOON
from tests.contract.test_workbook import LocalSheet
from tests.emulated.google_sheet import GoogleSheet

HEADER = ("First\nname", "Last name", "E-mail (work)", "Organization", "Role", "Service area", "Status *", "Shirt")
BLANK = (None,) * len(HEADER)


def a_row(first: Any, last: Any, email: Any, *rest: Any) -> tuple[Any, ...]:
    return (first, last, email, "Lummi Nation", "Health manager", "Health", *(rest or ("Member",)), "M")


SAID: Sequence[tuple[tuple[Any, ...], str]] = (
    (a_row("Ana", "Torres", "ana@example.org"), "OK"),
    (a_row("\u202eBea\u202c", "Lund\u200b", "\u200ebea@example.org", "Mem\u200bber"), "OK"),
    (a_row("José", "Muñoz", "jose@example.org", "Miembro"), "OK"),
    (a_row("🌵", "👩\u200d⚕️", "e@example.org"), "OK"),
    (a_row("Cy", "Hu", "Cy Hu <cy@example.org>"), "Fix: Email holds more than the address. Type only: cy@example.org"),
    (a_row('=IMPORTXML("http://x")', "Bo", "f@example.org"), "Fix: First name holds a formula. Type the name itself."),
    (a_row("Di", "Ek", "di@example.org", None), "Waiting: is this person already with you? Choose Member or Invite."),
    (a_row("Ed", "Fy", "ed@example.org", True), "Fix: Status holds “TRUE”, which we do not know. Choose Member"),
    (a_row(7, 46000, "g@example.org"), "OK"),
    (a_row("x" * 30_000, "Oy", "h@example.org"), "Fix: First name is very long. Type only the name there"),
    (a_row("Gus", "Ho", "gus@example.org", "On hold"), "On hold: nothing is sent."),
    (a_row("Ira", "Jo", "ira@example.org", "Left"), "Left: nothing is sent. Who is the health manager at Lummi Nation"),
    (a_row("Kay", "Li", "kay@example.org", "Do not contact"), "Do not contact: nothing is sent."),
    (a_row("Kathleen", "Moore", "k1@example.org"), "Looks like the row of Kathleen Moore (row"),
    (a_row("Kathleen", "Moore", "k2@example.org"), "Looks like the row of Kathleen Moore (row"),
    (HEADER, "Fix: This row repeats the header. Please delete it."),
)
ROWS = [row for row, _ in SAID]
SETTINGS = [("Setting", "Value"), ("Sending", "off"), ("Time zone", "America/Los_Angeles"), ("Job: goals", "perhaps")]
TO_DO = [
    ("Ref", "What", "Why", "Who", "Since", "Answer"),
    (None, "why ana@example.org", None, None, None, None),
    (None, "WHY  Ana <ANA@example.org>?", None, None, None, None),
    (None, "forget nobody@example.org", None, None, None, None),
    (None, "asked back kay@example.org", None, None, None, None),
    ("T-99", None, None, None, None, "approve"),
    (None, "buy cake", None, None, None, None),
]


@pytest.fixture(params=["google", "local"])
def messy(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The sheet as people hold it, and the settings of its office."""
    if request.param == "google":
        sheet: Any = request.getfixturevalue("sheet")
        settings = load_settings(
            home=tmp_path / "office",
            workbook=sheet.google.make(id="a_very_messy_sheet_000001"),
            google_credentials=sheet.key,
            google_base_url=sheet.google.base_url,
        )
    else:
        sheet = LocalSheet(tmp_path)
        settings = load_settings(home=tmp_path, workbook="members.xlsx")
    sheet.type("Members", ("Our members", *BLANK[1:]), BLANK, HEADER, *ROWS)
    sheet.type("MEMBER LIST", ("First name", "Email", "Status"), ("Zed", "zed@example.org", "Member"))
    sheet.type("Settings", *SETTINGS)
    sheet.type("To do", *TO_DO)
    return sheet, settings


def cells_of(sheet: Any) -> dict[str, list[list[Any]]]:
    """What people typed, our own columns and rows left out."""
    found = {}
    for tab in ("Members", "Settings", "To do"):
        rows = sheet.typed(tab) if isinstance(sheet, GoogleSheet) else [list(row) for row in sheet.cells(tab)]
        kept = [[cell for cell in row if not str(cell).startswith("=ARRAYFORMULA")] for row in rows]
        found[tab] = [[cell for cell in row if cell is not None] for row in kept]
    return found


def told(sheet: Any) -> list[str]:
    if isinstance(sheet, GoogleSheet):
        return [str(row[0]) for row in sheet.cells("Members")[3:]]
    return [str(row[0]) for row in list(load_workbook(sheet.ours)["HMN Members"].iter_rows(values_only=True))[3:]]


def test_every_row_has_its_sentence_and_no_cell_of_people_changes(messy: tuple[Any, Settings]) -> None:
    sheet, settings = messy
    before = cells_of(sheet)
    furnish_workbook(first_tabs(), dry_run=False, settings=settings)
    with open_office(settings, as_of=NOON) as office:
        for number in range(3):
            walk(office, "members", NOON + timedelta(minutes=5 * number))
    for (_, said), stands in zip(SAID, told(sheet), strict=True):
        assert stands.startswith(said)
    after = cells_of(sheet)
    assert after["Members"] == before["Members"]
    assert after["Settings"] == before["Settings"]
    assert [row for row in after["To do"] if row in before["To do"]] == before["To do"]
    today = " ".join(str(cell) for row in sheet.our_cells("HMN today") for cell in row if cell is not None)
    assert "There are two tabs for Members. We read “Members”; please rename or remove “MEMBER LIST”." in today
    assert "we cannot read “perhaps”" in today
    assert "x" * 70 not in today
    states = {str(row[0]): str(row[1]) for row in sheet.our_cells("HMN to do")}
    assert "first read in the sheet" in states["WHY Ana <ANA@example.org>?"]
    assert "We know nobody by this address" in states["forget nobody@example.org"]
    assert states["asked back kay@example.org"].startswith("How and when did they ask?")
    assert states["T-99"].startswith("We know no task “T-99”.")
    assert "first read in the sheet" in states["WHY  Ana <ANA@example.org>?"], "by the very letters of the cell"
    if isinstance(sheet, GoogleSheet):
        assert all(row[-1] for row in sheet.cells("To do")[1:]), "each row has its state beside it"
    assert states["buy cake"].startswith("This row is yours and we leave it alone.")
