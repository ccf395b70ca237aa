"""The command as a maintainer types it, on an office of its own, without Prefect."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples.build import build_workbook
from network.jobs.rounds import ROUNDS

ROOT = Path(__file__).parents[2]
AS_OF = ("--as-of", "2026-10-06T10:00-07:00")
HEAVY = ("prefect", "alembic", "matplotlib", "gspread", "googleapiclient", "mailchimp_marketing")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example office after its sheet was read and its invitations were planned."""
    home = tmp_path_factory.mktemp("commands") / "my office"
    home.mkdir()
    build_workbook(ROOT / "examples" / "washington", home / "workbook.xlsx")
    for flow in ("members", "inbox", "recruitment"):
        assert hmn(home, "run", flow, *AS_OF).returncode == 0
    return home


def hmn(home: Path, *words: str, send: str = "live") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HMN_", "PREFECT_"))}
    environment |= {"HMN_HOME": str(home), "HMN_SEND": send, "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-m", "hmn", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "words",
    [
        ("preview",),
        ("why", "esperanza.lagunaverde@p21.example.org"),
        ("status",),
        ("results",),
        ("outbox",),
        ("approve",),
    ],
)
def test_a_command_that_only_reads_loads_no_orchestrator_and_no_vendor(office: Path, words: tuple[str, ...]) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['hmn', *{(*words, *AS_OF, '--json')!r}]\n"
        "from hmn.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    environment = {**os.environ, "HMN_HOME": str(office), "HMN_SEND": "live", "HMN_FORMS": "1AbC-dEf_0123456789xyz"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-1500:]
    json.loads(done.stdout)


def test_preview_names_who_what_when_and_why_and_who_is_held(office: Path) -> None:
    touches = json.loads(hmn(office, "preview", *AS_OF, "--json").stdout)
    assert any(touch["what"].startswith("Letter 1") and touch["when"] and touch["why"] for touch in touches)
    assert any(touch["held"] for touch in touches)


def test_an_approval_takes_a_listed_leader_and_starts_a_quarter_of_an_hour_later(office: Path) -> None:
    question = json.loads(hmn(office, "approve", *AS_OF, "--json").stdout)[0]
    refused = hmn(office, "approve", question["code"], "--by", "Nobody", *AS_OF)
    assert refused.returncode == 1
    assert "Noor Haddenfield" in refused.stderr
    given = json.loads(hmn(office, "approve", question["code"], "--by", "Noor Haddenfield", *AS_OF, "--json").stdout)
    assert given["starts_at"].startswith("2026-10-06T17:15")
    again = hmn(office, "approve", question["code"], "--by", "Noor Haddenfield", *AS_OF)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr


def test_an_unknown_person_flow_or_moment_is_one_sentence(office: Path) -> None:
    for words in (("why", "nobody@example.org"), ("run", "newsleter"), ("outbox", "retry", "XXXX")):
        done = hmn(office, *words)
        assert done.returncode == 1, words
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert hmn(office, "preview", "--as-of", "tomorrow").returncode == 2


def test_a_rehearsal_writes_nothing_anywhere(tmp_path: Path) -> None:
    home = tmp_path / "office"
    home.mkdir()
    build_workbook(ROOT / "examples" / "washington", home / "workbook.xlsx")
    assert hmn(home, "run", "members", *AS_OF).returncode == 0
    before = contents(home)
    for flow in ROUNDS:
        done = hmn(home, "run", flow, "--dry-run", *AS_OF)
        assert done.returncode == 0, (flow, done.stderr)
    assert contents(home) == before


def test_with_hmn_send_off_everything_is_previewed_and_nothing_is_queued(tmp_path: Path) -> None:
    home = tmp_path / "office"
    home.mkdir()
    build_workbook(ROOT / "examples" / "washington", home / "workbook.xlsx")
    for flow in ("members", "inbox", "recruitment", "newsletter", "outbox", "digest", "outbox"):
        assert hmn(home, "run", flow, *AS_OF, send="off").returncode == 0, flow
    assert not list((home / "outbox").glob("*"))
    assert json.loads(hmn(home, "status", *AS_OF, "--json", send="off").stdout)["planned"] == 0
    assert list((home / "preview").rglob("*.*")), "what would go stands in the preview folder"


def test_importing_a_federal_file_as_a_rehearsal_needs_no_office_and_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "programs.csv"
    file.write_text(
        "grant_number,grantee_name,region,service_state,program_type,program_number\n"
        "90CI009995,Lummi,Region 11,WA,AIAN HS,000\n10CH010550,Opportunity Council,Region 10,WA,HS,000\n"
    )
    done = hmn(tmp_path / "nowhere", "import-programs", str(file), "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["states"]["WA"]["AIAN"]["grants"] == 1
    assert not (tmp_path / "nowhere").exists()


def test_results_are_told_as_a_file_for_a_spreadsheet(office: Path) -> None:
    assert hmn(office, "run", "goals", *AS_OF).returncode == 0
    table = hmn(office, "results", *AS_OF, "--csv").stdout
    assert table.startswith("What,Now,Aim or of how many,How it stands,In words,So far\nMore voices are heard,")
    assert (office / "results.csv").read_text(encoding="utf-8") == table


def test_a_federal_health_file_comes_in_and_a_rehearsal_makes_no_office(office: Path, tmp_path: Path) -> None:
    file = tmp_path / "pir.csv"
    with (ROOT / "examples" / "washington" / "programs.csv").open(encoding="utf-8", newline="") as programs:
        numbers = [row["Grant number"] for row in csv.DictReader(programs)]
    insured = "children_with_health_insurance_at_end_of_enrollment_year"
    rows = [f"{number},000,2022,WA,200,180" for number in numbers]
    head = f"grant_number,program_number,year,service_state,total_cumulative_enrolled_children,{insured}"
    file.write_text("\n".join([head, *rows]))
    assert hmn(tmp_path / "nowhere", "import-pir", str(file), "--dry-run", "--json").returncode == 0
    assert not (tmp_path / "nowhere").exists()
    told = json.loads(hmn(office, "import-pir", str(file), *AS_OF, "--json").stdout)
    assert [(each["percent"], each["recipients"]) for each in told["years"]] == [(90.0, 48)]
    assert told["new or changed"] == 1


def test_drafting_a_survey_twice_adds_its_questions_once(tmp_path: Path) -> None:
    home, answers = tmp_path / "office", str(ROOT / "examples" / "washington" / "survey-responses.csv")
    assert hmn(home, "init").returncode == 0
    drafts = [json.loads(hmn(home, "init-survey", answers, *AS_OF, "--json").stdout)[0] for _ in range(2)]
    assert [(len(each["rows"]), each["added"], each["known"]) for each in drafts] == [(10, 10, 0), (0, 0, 10)]
    wrong = hmn(home, "init-survey", "https://forms.gle/abc")
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (1, 1)


def test_the_readme_names_only_commands_and_targets_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    help_text = subprocess.run(
        [sys.executable, "-m", "hmn", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    ).stdout
    for target in set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for command in set(re.findall(r"`hmn ([a-z-]+)", readme)):
        assert re.search(rf"\b{command}\b", help_text), command
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", readme):
        assert (ROOT / link).exists(), link


def contents(home: Path) -> dict[str, bytes]:
    """Every file of the office but SQLite's own working files."""
    return {
        str(file.relative_to(home)): file.read_bytes()
        for file in sorted(home.rglob("*"))
        if file.is_file() and not file.name.endswith(("-wal", "-shm"))
    }
