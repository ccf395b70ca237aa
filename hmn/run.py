"""`hmn run FLOW`: one round now, without Prefect or through it."""

from __future__ import annotations

import json
from datetime import datetime

from rich.console import Console
from rich.markdown import Markdown

from integrations.wiring import open_office
from network.errors import ConfigurationError


def run_flow(name: str, *, as_of: datetime | None, dry_run: bool, on_server: bool, as_json: bool) -> None:
    """Runs one round and prints its pages; raises ConfigurationError for a name that is none."""
    from network.jobs.rounds import ROUNDS, walk

    if name not in ROUNDS:
        raise ConfigurationError(f"There is no flow {name}. You can type: {', '.join(ROUNDS)}.")
    if on_server:
        from flows.rounds import run_on_server

        print(run_on_server(name, as_of=as_of, dry_run=dry_run))
        return
    with open_office(as_of=as_of) as office:
        run = walk(office, name, office.clock(), dry_run=dry_run)
    if as_json:
        print(
            json.dumps({"flow": name, "counts": run.counts, "pages": {p.key: p.markdown for p in run.pages}}, indent=2)
        )
        return
    console = Console()
    for page in run.pages:
        console.print(Markdown(page.markdown))
