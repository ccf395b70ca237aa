"""`hmn init-survey [FORM|FILE]`: drafts the tab *Survey questions* from a form or from answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from integrations.settings import Settings, load_settings
from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.ports import Office


def init_survey(what: str, *, dry_run: bool, as_of: datetime | None, as_json: bool) -> None:
    """Drafts from `what`, or from every place of the office when it is blank, and says what to check."""
    from network.jobs.survey_draft import draft_survey, page

    settings = load_settings()
    if dry_run and not settings.office.exists():
        raise ConfigurationError("There is no office yet. Type: hmn init")
    with open_office(_only(settings, what), as_of=as_of) as office:
        places = _places(office, what)
        drafts = [draft_survey(office, place, dry_run=dry_run) for place in places]
    if as_json:
        told = [
            {
                "survey": each.survey,
                "rows": [dict(row.cells) for row in each.rows],
                "added": len(each.added),
                "known": each.known,
                "check": each.checks,
                "problems": each.problems,
                "dry_run": dry_run,
            }
            for each in drafts
        ]
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for drafted in drafts:
        Console().print(Markdown(page(drafted).markdown))


def _only(settings: Settings, what: str) -> Settings:
    """The settings with this form, spreadsheet or file as the only one that they name."""
    if not what:
        return settings
    if _is_file(what):
        return settings.model_copy(update={"forms": (), "responses": (str(Path(what).expanduser().absolute()),)})
    if "/spreadsheets/" in what:
        return settings.model_copy(update={"forms": (), "responses": (what,)})
    return settings.model_copy(update={"forms": (what,), "responses": ()})


def _places(office: Office, what: str) -> Sequence[str]:
    places = list(office.surveys.places())
    if what and _is_file(what):
        wanted = str(Path(what).expanduser().absolute())
        return [place for place in places if place.endswith(f"|{wanted}")]
    if what:
        return [place for place in places if not place.startswith("files|")]
    if not places:
        raise ConfigurationError(
            "There is nothing to draft from. Name a form or a file, set HMN_FORMS, or put an export into the office's"
            " folder surveys."
        )
    return places


def _is_file(what: str) -> bool:
    return what.lower().endswith((".csv", ".xlsx")) and "://" not in what
