"""`hmn import-pir FILE`: children's health in the programs here, from the federal PIR file, as baselines for goals."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from integrations.settings import load_settings
from integrations.wiring import open_office, read_program_file
from network.pir import read_pir


def import_file(file: Path, *, dry_run: bool, as_of: datetime | None, as_json: bool) -> None:
    """Imports one file and says what came in; with `dry_run` nothing is written anywhere."""
    from network.jobs.pir import PirImport, import_pir, page, summary

    rows = read_program_file(file)
    if dry_run and not load_settings().office.exists():
        # There is no office yet, and a rehearsal does not make one.
        report = PirImport(read_pir(rows, ()), 0, dry_run=True)
    else:
        with open_office(as_of=as_of) as office:
            report = import_pir(office, rows, dry_run=dry_run)
    if as_json:
        print(json.dumps(summary(report), indent=2, ensure_ascii=False))
    else:
        Console().print(Markdown(page(report).markdown))
