"""What commands need besides an office, or before there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.settings import Settings, load_settings
from integrations.wiring.places import ledger_file, make_folder
from network.errors import ConfigurationError

if TYPE_CHECKING:
    from network.furniture import Furnished, TabPlan
    from network.ports import Words


def clean_ledger(settings: Settings | None = None) -> int:
    """Starts the ledger anew for another lane and keeps every no; returns how many facts of consent stay."""
    from integrations.ledger.clean import clean
    from integrations.ledger.engine import open_ledger

    ledger = open_ledger((settings or load_settings()).ledger)
    try:
        return clean(ledger)
    finally:
        ledger.close()


def restore_ledger(file: Path, at: datetime, settings: Settings | None = None) -> str:
    """Puts a copy of the ledger back while nothing runs; returns the name under which the present one is kept."""
    from integrations.local.restore import restore_ledger as restore
    from network.jobs.guard import MEMORY

    settings = settings or load_settings()
    ledger = ledger_file(settings)
    if ledger is None:
        raise ConfigurationError(
            "The ledger is in a database (HMN_LEDGER_URL). Put it back with that database's own tools (pg_restore), "
            "then type: hmn takeover"
        )
    make_folder(settings.office)
    return restore(file, ledger, MEMORY, at)


def furnish_workbook(
    plans: Sequence[TabPlan],
    *,
    dry_run: bool,
    headers: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Furnished:
    """Makes or adopts the workbook that the settings name, and says what was done and what a person must decide.

    `headers` are headers of people and the column of ours that each means.
    """
    settings = settings or load_settings()
    if settings.workbook_path is not None:
        from integrations.local.furnish import furnish as furnish_file

        return furnish_file(settings.workbook_path, plans, dry_run=dry_run, headers=headers)
    from integrations.google.connect import Access, furnish_sheet

    return furnish_sheet(
        settings.workbook,
        Access(settings.google_credentials, settings.google_base_url),
        plans,
        dry_run=dry_run,
        headers=headers,
    )


def read_program_file(path: Path) -> Sequence[Mapping[str, object]]:
    """Reads a federal file of grant recipients (CSV, JSON, Excel, also packed) into rows by header."""
    from integrations.local.program_files import read_program_file as read

    return read(path)


def packaged_words() -> Words:
    """The texts we ship, for those who look at them without an office."""
    from integrations.local.words import PackagedWords

    return PackagedWords()
