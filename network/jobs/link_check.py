"""Looks at the links of issues and notices whose day comes near, so that nobody is sent to a page that is gone.

What was found is remembered for a day, a fault for an hour; planning reads only what is remembered. Nothing is asked
where the maintainer has not switched it on, and without the Internet nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from network.cadence import local_day
from network.links import LinkFate, links_in, links_of
from network.newsletter_rows import read_issues
from network.notices import read_notices
from network.ports import Office
from network.tabs import MESSAGES, NEWSLETTER, Reading, understand

SEEN = "links.seen"
_AHEAD = timedelta(days=14)
_FINE_FOR, _FAULT_FOR = timedelta(hours=20), timedelta(minutes=50)
_MOST = 100  # in one run


def look_at_links(office: Office, reading: Reading, at: datetime) -> int:
    """Asks about the links that were not looked at lately; returns how many."""
    if office.links is None:
        return 0
    wanted = _links_ahead(office, reading, at)
    kept = {address: each for address, each in _kept(office).items() if address in wanted}
    due = [address for address in wanted if not _is_fresh(kept.get(address), at)][:_MOST]
    if due:
        found = office.links.look(due)
        kept |= {address: (fate.name, at.isoformat()) for address, fate in found.items()}
    text = json.dumps(kept, sort_keys=True)
    if text != (office.cursors.get(SEEN) or "{}"):
        office.cursors.set(SEEN, text, at)
    return len(due)


def seen_links(office: Office) -> dict[str, LinkFate]:
    """What was found when the links were last looked at."""
    return {address: LinkFate[name] for address, (name, _) in _kept(office).items()}


def _links_ahead(office: Office, reading: Reading, at: datetime) -> tuple[str, ...]:
    preferences = office.preferences()
    today = local_day(at, preferences)
    issues, _ = read_issues(understand(reading, NEWSLETTER).rows)
    notices, _ = read_notices(understand(reading, MESSAGES).rows, ZoneInfo(preferences.time_zone))
    texts: list[Iterable[str]] = [
        links_of(item)
        for issue in issues
        if issue.send_on is not None and timedelta(0) <= issue.send_on - today <= _AHEAD
        for item in issue.items
        if not item.is_held_back
    ]
    texts += [links_in(each.text) for each in notices if timedelta(0) <= each.send_on - today <= _AHEAD]
    return tuple(dict.fromkeys(address for text in texts for address in text))


def _kept(office: Office) -> dict[str, tuple[str, str]]:
    return {address: (name, seen) for address, (name, seen) in json.loads(office.cursors.get(SEEN) or "{}").items()}


def _is_fresh(kept: tuple[str, str] | None, at: datetime) -> bool:
    if kept is None:
        return False
    age = at - datetime.fromisoformat(kept[1])
    return timedelta(0) <= age < (_FINE_FOR if kept[0] == LinkFate.FINE.name else _FAULT_FOR)
