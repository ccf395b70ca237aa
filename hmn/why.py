"""`hmn why EMAIL`: the story of one person."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from integrations.wiring import open_office
from network.errors import ConfigurationError


def tell(email: str, *, as_of: datetime | None, as_json: bool) -> None:
    """Prints what happened to everybody known by this address, oldest first, and whether we may write today."""
    from network.jobs.story import story_of

    with open_office(as_of=as_of) as office:
        stories = story_of(office, email, office.clock())
        zone = ZoneInfo(office.preferences().time_zone)
    if not stories:
        raise ConfigurationError("Nobody with this address is known. Is it in the Members tab, and was it read?")
    if as_json:
        shown = [
            {
                "person": story.person_id,
                "today": story.today,
                "story": [{"at": line.at.isoformat(), "what": line.what, "words": line.words} for line in story.lines],
            }
            for story in stories
        ]
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    console = Console()
    for story in stories:
        table = Table("When", "What", "In words", title=f"{story.name}: {story.today}", title_justify="left")
        for line in story.lines:
            table.add_row(f"{line.at.astimezone(zone):%a %d %b %Y %H:%M}", line.what, line.words)
        console.print(table)
