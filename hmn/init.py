"""`hmn init`: makes the coordinator's workbook, or adopts the one that stands; nothing typed is ever written over."""

from __future__ import annotations

import json

from rich.console import Console

from integrations.wiring import furnish_workbook
from network.furniture import JOBS, first_tabs, later_tabs


def init(*, dry_run: bool, jobs: tuple[str, ...] = (), as_json: bool = False) -> None:
    """Does what is missing and says so; `jobs` are those whose tabs should stand too, `("all",)` for every one."""
    wanted = JOBS if "all" in jobs else jobs
    done = furnish_workbook([*first_tabs(), *later_tabs(wanted)], dry_run=dry_run)
    if as_json:
        print(json.dumps({"steps": done.steps, "questions": done.questions, "dry_run": dry_run}, ensure_ascii=False))
        return
    console = Console(soft_wrap=True, highlight=False)
    for step in done.steps:
        console.print(f"{'Would do' if dry_run else 'Done'}: {step}", markup=False)
    for question in done.questions:
        console.print(f"Please look: {question}", markup=False)
    if not (done.steps or done.questions):
        console.print("The workbook has everything it needs.")
