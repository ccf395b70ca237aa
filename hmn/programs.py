"""`hmn import-programs FILE`: federal grant recipients into the Programs tab."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from integrations.settings import load_settings
from integrations.wiring import open_office, read_program_file
from network.program_import import import_summary, read_program_rows


def import_file(file: Path, *, dry_run: bool, as_of: datetime | None, as_json: bool) -> None:
    """Imports one file and says what was added, joined and flagged; with `dry_run` nothing is written anywhere."""
    from network.jobs.programs import ImportReport, import_programs, page

    rows = read_program_file(file)
    if dry_run and not load_settings().office.exists():
        # There is no office yet, and a rehearsal does not make one.
        report = ImportReport(read_program_rows(rows), dry_run=True)
    else:
        with open_office(as_of=as_of) as office:
            report = import_programs(office, rows, office.clock(), dry_run=dry_run)
    if as_json:
        print(json.dumps(import_summary(report.found), indent=2, ensure_ascii=False))
    else:
        Console().print(Markdown(page(report).markdown))
