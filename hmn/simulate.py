"""`hmn simulate`: the weeks to come, played in a copy of the office on local adapters, without Prefect, and told.

People are played from a script (see `network.simulation`), each mail that goes out is looked at by `network.watch`, and
where every Tribal and Migrant and Seasonal recipient ends is told by `network.endings`. Nothing leaves this computer,
and the copy is gone afterwards.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hmn.rehearsal import SCRIPT, Day, Simulation, copy_office
from integrations.settings import Settings, load_settings
from network.endings import Ending, endings_of
from network.errors import ConfigurationError
from network.programs import TYPE_WORDS
from network.simulation import NOBODY_ACTS, Script, read_script

if TYPE_CHECKING:
    from network.messages import Balance

_LONGEST = 90  # signs of a row of To do; the rest stands in the story


def simulate(days: int, *, script: Path | None, example: bool, as_of: datetime | None, as_json: bool) -> int:
    """Plays `days` days and prints the story; returns 1 when a promise was broken or a recipient lost sight of."""
    console = Console(quiet=as_json)
    with tempfile.TemporaryDirectory(prefix="hmn-simulate-") as folder:
        settings, start = copy_office(load_settings(), Path(folder) / "office", example=example, as_of=as_of)
        simulation = Simulation(settings, _script(settings, script), start)
        stories = []
        with console.status("The first day") as status:
            for story in simulation.play(days):
                stories.append(story)
                _print_day(console, story)
                status.update(f"{len(stories)} of {days} days")
        end = simulation.clock
        with simulation.open(end) as office:
            states = office.preferences().states
            endings = endings_of(
                office.programs.all(), office.people.all(), office.enrollments.all(), office.tasks.all(), states=states
            )
            balance = office.ledgerbook.tally(end)
    is_lost = any(ending.is_lost for ending in endings)
    if as_json:
        shown = {
            "from": start.isoformat(),
            "days": [{"day": story.day.isoformat(), "story": story.lines} for story in stories],
            "recipients": [_plain(ending) for ending in endings],
            "balance": asdict(balance) | {"planned": balance.planned},
            "broken": simulation.broken,
        }
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        _print_end(console, endings, simulation.broken, balance)
    return 1 if is_lost or simulation.broken else 0


def _script(settings: Settings, script: Path | None) -> Script:
    path = script or settings.office / SCRIPT
    if script is None and not path.exists():
        return NOBODY_ACTS
    if not path.exists():
        raise ConfigurationError(f"There is no script {path.name}. Leave out --script to see what happens by itself.")
    return read_script(path.read_text(encoding="utf-8"), path.name)


def _plain(ending: Ending) -> dict[str, object]:
    return {
        "id": ending.program.id,
        "name": ending.program.name,
        "types": list(ending.kinds),
        "end": ending.words,
        "settled": ending.is_settled,
    }


def _print_day(console: Console, story: Day) -> None:
    if story.lines:
        console.print(f"[bold]{story.day:%a} {story.day.day} {story.day:%B %Y}[/]")
        for line in story.lines:
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def _print_end(console: Console, endings: list[Ending], broken: list[str], balance: Balance) -> None:
    title = "Where every Tribal and every Migrant and Seasonal recipient has got to"
    table = Table("Recipient", "Type", "Where it has got to", title=title, title_justify="left")
    for ending in endings:
        kinds = ", ".join(TYPE_WORDS[kind] for kind in ending.kinds)
        words = ending.words if len(ending.words) <= _LONGEST else f"{ending.words[: _LONGEST - 1]}…"
        table.add_row(ending.program.name, kinds, escape(words))
    console.print(table)
    parts = [f"{balance.planned:,} planned", f"{balance.sent:,} sent"]
    others = (balance.skipped, balance.failed, balance.waiting)
    parts += [f"{number} {reason}" for some in others for reason, number in some.items()]
    parts += [f"{balance.missed} too late"] if balance.missed else []
    parts += [f"{balance.to_check} not sure"] if balance.to_check else []
    console.print(f"Mails: {', '.join(parts)}.", highlight=False)
    for sentence in broken or ["Every mail kept the calendar, the caps and its one time."]:
        console.print(sentence, highlight=False)
