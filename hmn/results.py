"""`hmn results`: how the goals stand and what the surveys said, as they stand in *HMN results*."""

from __future__ import annotations

import json
import sys
from datetime import datetime

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.jobs import results


def show(*, as_of: datetime | None, as_json: bool, as_csv: bool) -> None:
    """Prints the lines that the last rounds of goals and surveys left; measures nothing itself."""
    with open_office(as_of=as_of) as office:
        tab = results.tab_of(*(results.kept_lines(office, part) for part in (results.GOALS, results.SURVEYS)))
    if as_csv:
        sys.stdout.write(results.as_csv(tab))
    elif as_json:
        print(json.dumps([dict(zip(tab.columns, row, strict=True)) for row in tab.rows], indent=2, ensure_ascii=False))
    elif not tab.rows:
        print("Nothing is measured yet: hmn run goals, hmn run surveys.")
    else:
        table = Table(*tab.columns, title="Results", title_justify="left")
        for row in tab.rows:
            table.add_row(*(str(cell) for cell in row))
        Console().print(table)
