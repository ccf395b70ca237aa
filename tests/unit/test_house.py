"""The house rules: pure rooms, arrows that point down, a promise at the top of each file, nothing of this machine."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("network", "integrations", "flows", "templates", "hmn", "emulators", "examples", "bench", "tests")

# Written in pieces, because this file is committed too.
REGISTRIES = tuple(
    ".".join(host)
    for host in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("deb", "debian", "org"))
)
MACHINE_PATH = re.compile(r"(?<![\w.~*-])/(?:root|work|home/\w+|Users/\w+)/")

FORBIDDEN_CALLS = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}

# What is done wrong: the contract that must break, the file it is written into, the line.
BREACHES = {
    "a rule calls a web server": ("pure", "network/errors.py", "import requests"),
    "a rule reads the ledger": ("rooms", "network/errors.py", "import integrations.ledger"),
    "a noun knows a job": ("network", "network/errors.py", "import network.members"),
    "a module is placed nowhere": ("network", "network/elsewhere.py", '"""Not in the contract."""'),
    "one adapter knows another": ("adapters", "integrations/local/breach.py", "import integrations.ledger"),
    "a flow names an adapter": ("wiring", "flows/breach.py", "import integrations.local"),
    "a flow sends a campaign past the rules": ("wiring", "flows/breach.py", "import integrations.mailchimp.campaigns"),
    "Mailchimp knows the ledger": ("adapters", "integrations/mailchimp/breach.py", "import integrations.ledger"),
    "an adapter imports Prefect": ("prefect", "integrations/local/breach.py", "import prefect"),
    "the command draws": ("command", "hmn/breach.py", "import matplotlib"),
    "a flow imports an emulator": ("emulators", "flows/breach.py", "import emulators"),
    "an emulator borrows from us": ("stand-ins", "emulators/breach.py", "import network.tabs"),
}


def python_files(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git repository, so nothing says which files are committed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def broken_contracts(folder: Path, *contracts: str) -> tuple[bool, str]:
    """Whether the contracts hold in `folder`, and what the linter says."""
    lint = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(limit_to_contracts=tuple(sys.argv[1:]), no_cache=True, no_logo=True))"
    )
    run = subprocess.run([sys.executable, "-c", lint, *contracts], cwd=folder, capture_output=True, text=True)
    return run.returncode != 0, run.stdout + run.stderr


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    """Our Python files and the contracts, where a breach harms nobody."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path in python_files("network", "integrations", "flows", "hmn", "emulators"):
        target = tmp_path / named(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    broken, said = broken_contracts(ROOT)
    assert not broken, said


@pytest.mark.parametrize("breach", BREACHES)
def test_a_deliberate_breach_is_caught(breach: str, copied_house: Path) -> None:
    contract, file, line = BREACHES[breach]
    with (copied_house / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    broken, said = broken_contracts(copied_house, contract)
    assert broken
    assert "BROKEN" in said, said


def test_each_contract_has_a_breach_that_it_catches() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert {contract["id"] for contract in contracts} == {contract for contract, _, _ in BREACHES.values()}


def test_the_rules_open_no_file_and_print_nothing() -> None:
    calls = [
        f"{named(path)}:{node.lineno} {node.func.id}()"
        for path in python_files("network")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    assert not calls


@pytest.mark.parametrize(
    "impure",
    [
        "from datetime import datetime\n\nNOW = datetime.now()\n",
        "from datetime import date\n\nDAY = date.today()\n",
        "import time\n",
        "import random\n",
        "import os\n",
        "from pathlib import Path\n",
        "from uuid import uuid4\n",
        "from secrets import token_hex\n",
        "from urllib.request import urlopen\n",
        "import io\n\nFILE = io.open\n",
    ],
)
def test_a_rule_that_looks_at_the_world_is_refused(impure: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename"]
    run = subprocess.run(
        [*command, "network/somewhere.py", "-"], cwd=ROOT, input=impure, capture_output=True, text=True
    )
    assert "TID251" in run.stdout, run.stdout + run.stderr


def test_every_module_begins_with_its_promise() -> None:
    silent = [named(path) for path in python_files(*ROOMS) if not ast.get_docstring(ast.parse(path.read_bytes()))]
    assert not silent


def test_nothing_is_put_off_in_the_code() -> None:
    mark = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    put_off = [named(path) for path in python_files(*ROOMS) if mark.search(path.read_text(encoding="utf-8"))]
    assert not put_off


def test_nothing_committed_names_a_registry_or_a_path_of_this_machine() -> None:
    found = [
        f"{named(path)}: {match}"
        for path in tracked_files()
        for text in [path.read_bytes().decode("utf-8", errors="replace")]
        for match in [host for host in REGISTRIES if host in text] + MACHINE_PATH.findall(text)
    ]
    assert not found


def test_a_path_of_a_machine_is_recognised() -> None:
    assert MACHINE_PATH.search("see " + "/" + "root/.venv")
    assert MACHINE_PATH.search("'" + "/" + "home/ana/office'")
    assert not MACHINE_PATH.search("network/goals.py and https://example.org/home-page/more")
