"""`make demo` as a newcomer meets it: played once and once more, and looked at from outside."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import load_workbook

from examples.build import read_table

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "washington"

pytestmark = pytest.mark.prefect


@dataclass(frozen=True)
class Played:
    """A demo office after its first and its second run."""

    office: Path
    first: str  # what the terminal said
    second: str
    mails_after_first: frozenset[str]

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(file.read_bytes(), policy=policy.default)
            for file in sorted((self.office / "outbox").glob("*.eml"))
        ]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo with a space")
    office = folder / "demo-office"
    first = demo(office, folder)
    mails = frozenset(file.name for file in (office / "outbox").glob("*.eml"))
    second = demo(office, folder)
    yield Played(office, first, second, mails)
    shutil.rmtree(folder, ignore_errors=True)


def demo(office: Path, home: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
    environment |= {"HOME": str(home), "COLUMNS": "140", "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        [sys.executable, "-m", "hmn", "demo", "--office", str(office)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def people() -> list[dict[str, str]]:
    table = read_table(EXAMPLE / "members.csv")
    return [dict(zip(table.headers, map(str, row), strict=False)) for row in table.rows]


def test_every_mail_parses_without_a_defect_and_goes_to_a_reserved_domain(played: Played) -> None:
    assert len(played.mails) >= 15
    for mail in played.mails:
        assert [defect for part in mail.walk() for defect in part.defects] == []
        assert [mail[name] is not None for name in ("From", "To", "Date", "Message-ID", "Subject")] == [True] * 5
        assert all(address.domain.endswith("example.org") for address in mail["To"].addresses)


def test_nobody_gets_the_same_mail_twice(played: Played) -> None:
    sent = [(str(mail["To"]), str(mail["Subject"]), str(mail["Message-ID"])) for mail in played.mails]
    assert len({message_id for _, _, message_id in sent}) == len(sent)
    people_mail = [(to, subject) for to, subject, _ in sent if not subject.startswith(("[Test]", "May this go out"))]
    assert len(set(people_mail)) == len(people_mail)


def test_the_one_who_said_stop_gets_the_confirmation_and_nothing_after_it(played: Played) -> None:
    to_devonte = [mail for mail in played.mails if "devonte.marchby@" in str(mail["To"])]
    last = max(to_devonte, key=lambda mail: mail["Date"].datetime)
    body = last.get_body(("plain",))
    assert body is not None
    assert "We will not write to you again" in body.get_content()


def test_every_wrong_row_has_a_plain_sentence_of_its_own(played: Played) -> None:
    workbook = load_workbook(played.office / "HMN workbook.xlsx")
    rows = workbook["HMN Members"].iter_rows(values_only=True)
    said = [" ".join(str(cell) for cell in row if cell is not None) for row in rows]
    with (EXAMPLE / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = [row for row in csv.DictReader(file) if row["Kind"] == "fix"]
    assert len(expected) >= 15
    fixes = [line for line in said if "Fix:" in line]
    assert len(fixes) >= len(expected) - 1, "the pasted header row is told of as a whole"


def test_the_workbook_of_ours_opens_in_libreoffice(played: Played, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed on this machine")
    command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "csv"]
    done = subprocess.run(
        [*command, "--outdir", str(tmp_path), str(played.office / "HMN workbook.xlsx")],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert (tmp_path / "HMN workbook.csv").exists(), done.stderr


def test_the_closing_table_balances_and_says_where_to_look(played: Played) -> None:
    for words in ("Every mail is accounted for", "Who is not here yet", "Newsletter", "Survey", "Goals", "daily cap"):
        assert words in played.first, words


def test_a_second_demo_sends_nothing_and_says_so(played: Played) -> None:
    assert {file.name for file in (played.office / "outbox").glob("*.eml")} == played.mails_after_first
    assert "Nothing new was sent" in " ".join(played.second.split())


def test_no_name_and_no_address_of_a_member_is_found_in_what_prefect_keeps(played: Played) -> None:
    store = played.office / "prefect"
    files = [file for file in store.rglob("*") if file.is_file()]
    assert any(file.suffix == ".db" and file.stat().st_size > 100_000 for file in files), "Prefect's database is there"
    kept = b"\n".join(file.read_bytes() for file in files).lower()
    assert b"members: read the sheet" in kept, "the search sees what flows wrote"
    names = {f"{row['First name']} {row['Last name']}".strip() for row in people()}
    for name in names:
        if len(name) > 8 and " " in name:
            assert name.lower().encode() not in kept, name
    for row in people():
        address = row["Email"].strip().lower()
        if "@" in address and " " not in address:
            assert address.encode() not in kept, "an address of a member is in Prefect's files"
