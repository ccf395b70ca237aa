"""The difficult cases of real federal data (M01 to M35), sent through one Google Sheet: the same as `test_messy_cases`.

Every recipient is imported into *Programs* of a sheet and read back from its cells, raw as Google gives them; what a
member's row says of its program is typed as a person types it. Cases that no cell ever sees (M20, M33, M34: regions and
ZIPs of the federal file) are held by the unit tests alone.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.settings import load_settings
from integrations.wiring import furnish_workbook, open_office
from network.coverage import coverage
from network.furniture import first_tabs, later_tabs
from network.jobs.programs import import_programs
from network.jobs.rounds import walk
from network.programs import Program, ProgramType
from tests.builders import NOON
from tests.emulated.google_sheet import GoogleSheet
from tests.unit.test_messy_cases import EAST_COAST, filed

AIAN, MSHS, HS = ProgramType.AIAN, ProgramType.MSHS, ProgramType.HS_EHS
BAY, ESD, CDI = "Bristol Bay Native Association", "Educational Service District 105", "CDI HS/Migrant Seasonal"
NINEZ = "Red por los Derechos de la Niñez y la Juventud de Puerto Rico, Inc."
FILED: tuple[dict[str, object], ...] = (
    filed("90CI009997", BAY, "AK", program_type="HS"),  # M01
    filed("90BF000008", "Dena' Nena' Henash", "AK", region="Region 11", program_type="AIAN HS"),  # M02
    filed("90CH010461", CDI, "TX", region="Region 13", program_type="Migrant HS"),  # M04
    filed("06CH011274", "Native American Coalition of Tulsa, Inc.", "OK"),  # M05
    filed("04CH011912", "Indian River County", "FL"),  # M06
    filed("90CI010001", "Rocky Boy Schools", "MT"),  # M07
    filed("06CH7103", "Alabama-Coushatta Tribe of Texas, The", "TX", year="2019"),  # M08
    filed("90CI010108", "Alabama-Coushatta Tribe of Texas, The", "TX", year="2022"),
    filed("90CM009848", ESD, "WA"),  # M09
    filed("10CH011508", "Educational Service District #105", "WA"),
    filed("90CM009828", "Telamon Corporation", "GA"),  # M10
    filed("04CH011346", "Telamon Corporation", "NC"),
    filed("90CM009843", "Holyoke, Chicopee, Springfield Head Start, Inc.", "MA"),  # M11
    filed("01CH010716", "Holyoke.Chicopee.Springfield Head Start, Inc", "MA"),
    filed("90CI009978", "Confederated Salish and Kootenai Tribes", "MT"),  # M12
    filed("90HI000027", "Confederated Salish And Kootenai Tribes", "MT"),
    filed("03CH011102", "Council of 3 Rivers American Indian Center", "PA"),  # M13
    filed("03HP000372", "Council of Three Rivers American Indian Center", "PA"),
    filed("01CH011938", "Community Action, Inc.", "MA"),  # M14
    filed("07CH011681", "Community Action, Inc.", "KS"),
    filed("07CH010483", "Child Start, Inc.", "KS"),  # M15
    filed("08CH011899", "Child Start, Inc.", "MT"),
    filed("01CH011423", "C.H.I.L.D., INC", "RI"),  # M16
    filed("06CH010969", "Child, Inc.", "TX"),
    filed("01CH012153", "Tri-County Community Action Agency", "RI"),  # M17
    filed("02CH010799", "Tri-County Community Action Agency Inc.", "NJ"),
    filed("03CH011074", "Tri-County Community Action Agency, Inc.", "VA"),
    *(  # M18
        filed("90CM009839", "East Coast Migrant Head Start Project", state, program_number=number, program_name=name)
        for number, state, name in EAST_COAST
    ),
    filed("90CM009824", "UMOS, Inc.", "WI"),  # M19
    filed("90CM009834", "Illinois Department of Human Services", "IL", program_number="001"),  # M21
    filed(
        "90CM009830", "Central California Migrant Head Start", "CA", program_number="005", program_name="El Concilio"
    ),
    filed("02CH010816", "Children's Aid Society, The", "NY"),  # M23
    filed("02CH010989", "East Harlem Council \u00a0Bilingual", "NY"),  # M24
    filed("02CH012036", NINEZ, "PR"),  # M25
    filed("05CH000001", "SEMCAC", "MN"),  # M26
    filed("02CH011889", "The Leaguers", "NJ"),  # M27
    filed("02CH012148", "Leaguer's Inc, The", "NJ"),
    filed("03CH010635", "Easter Seals Serving DC|MD|VA", "MD"),  # M28
    filed("04CH010722", "Mississippi Action for Progress, Inc.", "MS"),  # M29
    filed("04CH010722", "Mississippi Action for Progress, Inc.", "", program_number="200"),
    filed("90CI9880", "Kenaitze Indian Tribe", "AK"),  # M30
    filed("01CH010234", "Edadvance", "CT", grant_number="1CH010234"),  # M31
    filed("90CH011760", "CDI HS/Lake County, IL", "IL", region="Region 13"),  # M32
    filed("10CH011185", "Skagit Valley College", "WA"),  # M35
)
TYPED = (  # first name, organization, grant number: what a member's row says of its program
    ("Nina", "Red por los Derechos de la Ninez y la Juventud de Puerto Rico", None),
    ("Cody", "The Children\u2019s Aid Society", None),
    ("Mack", "SemCac", None),
    ("Kira", "Somewhere else", "90CI9880"),
    ("Edda", None, "1CH010234"),
    ("Dora", "El Concilio", "90CM009830-005"),
    ("Esda", "educational service district 105", None),
    ("Amby", "Child Start, Inc.", None),
)
HOMES = {"Nina": "02CH012036", "Cody": "02CH010816", "Mack": "05CH000001", "Kira": "90CI9880"}
HOMES |= {"Edda": "01CH010234", "Dora": "90CM009830", "Esda": "10CH011508"}


@pytest.fixture
def read_back(sheet: GoogleSheet, tmp_path: Path) -> Any:
    """The office after everything went through the sheet: its programs by number, its people, its sheet."""
    settings = load_settings(
        home=tmp_path / "office",
        workbook=sheet.google.make(id="a_sheet_of_messy_programs_1"),
        google_credentials=sheet.key,
        google_base_url=sheet.google.base_url,
    )
    sheet.type("Settings", ("Setting", "Value"), ("Sending", "off"), ("Job: recruitment", "on"))
    sheet.type(
        "Members",
        ("First name", "Last name", "Email", "Organization", "Grant number", "Status"),
        *((name, "Fy", f"{name.lower()}@example.org", place, grant, "Member") for name, place, grant in TYPED),
    )
    furnish_workbook([*first_tabs(), *later_tabs(["recruitment"])], dry_run=False, settings=settings)
    with open_office(settings, as_of=NOON) as office:
        walk(office, "members", NOON)
        report = import_programs(office, FILED, NOON, everywhere=True)
        assert not report.problems
        header, *rows = sheet.typed("Programs")
        umos = next(at for at, row in enumerate(rows, start=2) if row[0] == "90CM009824")
        place = f"{chr(ord('A') + header.index('States served'))}{umos}"
        sheet.google.edit({"do": "type", "tab": "Programs", "at": place, "values": [["WI, IN, MO"]]})  # M19
        for number in (1, 2):
            walk(office, "members", NOON + timedelta(minutes=5 * number))
        again = import_programs(office, FILED, NOON, everywhere=True)
        assert not again.plan.add, "what stands in the sheet is not added again"
        yield office.programs.all(), {person.member.first_name: person for person in office.people.all()}, sheet


def test_the_messy_cases_come_back_from_a_google_sheet_as_they_should(read_back: Any) -> None:
    programs, people, sheet = read_back
    by_number: dict[str, Program] = {grant.number: each for each in programs for grant in each.grants}
    kinds = {grant.number: grant.program_type for each in programs for grant in each.grants}
    for number in ("90CI009997", "90BF000008", "90CI010001", "90CI010108", "90CI9880"):  # M01 M02 M07 M08 M30
        assert kinds[number] is AIAN, number
    for number in ("06CH011274", "04CH011912", "03CH011102"):  # M05 M06
        assert kinds[number] is HS, number
    assert kinds["90CH010461"] is MSHS  # M04
    assert by_number["90CI010108"].types == {AIAN}  # M08
    assert by_number["90CM009848"].types == {MSHS, HS}  # M09
    one = (("90CM009828", "04CH011346"), ("90CM009843", "01CH010716"), ("90CI009978", "90HI000027"))
    for left, right in (*one, ("02CH011889", "02CH012148")):  # M10 M11 M12 M27
        assert by_number[left] is by_number[right], left
    two = (("03CH011102", "03HP000372"), ("01CH011938", "07CH011681"), ("07CH010483", "08CH011899"))
    for left, right in (*two, ("01CH011423", "06CH010969"), ("01CH012153", "02CH010799")):  # M13 M14 M15 M16 M17
        assert by_number[left] is not by_number[right], left
    nine = ("AL", "FL", "IN", "NC", "NJ", "OK", "PA", "SC", "VA")
    assert by_number["90CM009839"].states == nine  # M18
    assert all(coverage([by_number["90CM009839"]], [], states=(state,)).total == 1 for state in nine)
    assert by_number["90CM009824"].states == ("IN", "MO", "WI")  # M19
    assert by_number["90CM009834"].name == "Illinois Department of Human Services"  # M21
    assert by_number["02CH010989"].name == "East Harlem Council Bilingual"  # M24
    assert by_number["02CH012036"].name == NINEZ  # M25
    assert by_number["05CH000001"].name == "SEMCAC"  # M26
    assert by_number["03CH010635"].name == "Easter Seals Serving DC|MD|VA"  # M28
    assert by_number["04CH010722"].states == ("MS",)  # M29
    assert by_number["01CH010234"].name == "Edadvance"  # M31
    header, *rows = sheet.typed("Programs")
    assert "interim" in str(next(row for row in rows if row[0] == "90CH011760")[header.index("Notes")])  # M32
    assert by_number["10CH011185"].front_desk_email == ""  # M35
    homes = {name: person.recipient_id for name, person in people.items()}
    assert {name: homes[name] for name in HOMES} == {name: by_number[number].id for name, number in HOMES.items()}
    assert homes["Amby"] is None, "a name that several programs bear is nobody's home until a person says which"
    told = {row[1]: str(row[0]) for row in sheet.cells("Members")[1:]}
    assert "We read the grant number as 01CH010234: the 0 in front was lost." in told["Edda"]
