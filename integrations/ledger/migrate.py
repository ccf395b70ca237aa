"""Brings the ledger's tables up to date with Alembic; imported only when a migration is needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from network.errors import ConfigurationError

_FOLDER = Path(__file__).parent / "migrations"


def config_for(engine: Engine) -> Config:
    """Alembic's configuration, made here so that no file has to know where the ledger is."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, version: str | None) -> None:
    """Applies the missing migrations; refuses a ledger made by a newer program instead of harming it."""
    config = config_for(engine)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise ConfigurationError(
            f"The ledger was made by a newer version of this program (its tables are {version}). Please update the "
            "program on this computer; nothing was changed."
        )
    command.upgrade(config, "head")
