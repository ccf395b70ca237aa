"""Where an office stands on this computer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from integrations.settings import Settings
from network.errors import ConfigurationError

Clock = Callable[[], datetime]
"""Says the moment, in aware UTC."""


def make_folder(office: Path) -> None:
    """Makes the office's folder if there is none; raises ConfigurationError when it cannot be."""
    try:
        office.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ConfigurationError(f"HMN_HOME must be a folder that we may write to ({err.strerror}).") from err


def ledger_file(settings: Settings) -> Path | None:
    """The embedded ledger; None where the settings name a database."""
    return settings.office / "ledger.db" if settings.ledger_url is None else None
