"""`hmn doctor`: one page of plain sentences about everything the office needs."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from integrations.settings import Settings, load_settings
from integrations.wiring import open_office
from network.errors import NetworkError

if TYPE_CHECKING:
    from network.jobs.doctor import Finding


def examine(*, as_of: datetime | None, as_json: bool) -> int:
    """Prints what was found; returns 1 when something needs a person."""
    from network.jobs.doctor import Finding, Machine, is_well, look_over

    try:
        settings = load_settings()
        with open_office(settings, as_of=as_of) as office:
            free = shutil.disk_usage(settings.office).free
            machine = Machine(free, settings.ledger_url is None, tuple(_unknown_settings()))
            with Console(stderr=True).status("Looking at everything"):
                findings = look_over(office, machine, office.clock())
    except NetworkError as err:  # the office does not open at all: that is the finding
        findings = [Finding("Office", False, str(err))]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        _print(findings)
    return 0 if is_well(findings) else 1


def _print(findings: list[Finding]) -> None:
    console = Console()
    table = Table("", "What", "How it stands", title="The office", title_justify="left")
    for finding in findings:
        table.add_row("fine" if finding.is_fine else "PLEASE", finding.what, escape(finding.sentence))
    console.print(table)
    open_ones = sum(not finding.is_fine for finding in findings)
    console.print(f"{open_ones} of {len(findings)} need a person." if open_ones else "Everything is fine.")


def _unknown_settings() -> list[str]:
    """Names that look like ours and mean nothing: mostly a slip of the keyboard. Values are never shown."""
    known = {f"HMN_{name.upper()}" for name in Settings.model_fields}
    typed = {name.upper() for name in os.environ}
    file = Path(".env")
    if file.is_file():
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        typed |= {line.partition("=")[0].removeprefix("export ").strip().upper() for line in lines if "=" in line}
    wrong = sorted(name for name in typed if name.startswith("HMN_") and name not in known)
    return [
        f"{name} is no setting of ours. .env.example names all of them." for name in wrong if not _is_of_tests(name)
    ]


def _is_of_tests(name: str) -> bool:
    return name.startswith("HMN_TEST_")
