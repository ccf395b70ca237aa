"""`hmn takeover`: run the sheet from this computer from now on, or after an old backup was put back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import typer
from rich.console import Console

from integrations.wiring import open_office
from network.errors import ConfigurationError


def take_over(*, is_sure: bool, as_of: datetime | None, as_json: bool) -> None:
    """Asks, reads everything that still knows what happened, then takes the sheet over and says what was done."""
    from network.guard import why_held
    from network.jobs import guard
    from network.jobs.takeover import stands_now
    from network.jobs.takeover import take_over as take

    with open_office(as_of=as_of) as office:
        if not is_sure:
            if as_json:
                raise ConfigurationError("With --json nobody is asked. If you are sure, type: hmn takeover --yes")
            print(why_held(stands_now(office), guard.recall(office)) or "Nothing holds this computer.")
            print(
                "Taking over makes the other computer stop. Everybody counts as written to already, so no letter is "
                "repeated; every no is kept; mails that wait here do not go by themselves."
            )
            if not typer.confirm("Take over?", default=False):
                print("Nothing was changed.")
                raise typer.Exit(1)
        with Console(stderr=True).status("Reading the sheet, the mailbox and every no"):
            report = take(office, office.clock())
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        print("\n".join(report.sentences))
