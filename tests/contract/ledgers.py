"""The databases that the ledger's contract is held to: SQLite always, a real PostgreSQL where one can be started."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from integrations.ledger.engine import Ledger, open_ledger

DATABASES = ("sqlite", "postgresql")


@contextmanager
def a_ledger(database: str, folder: Path) -> Iterator[Ledger]:
    """An empty ledger of that kind; skips, saying why, where PostgreSQL cannot be had."""
    url = f"sqlite:///{folder / 'ledger.db'}" if database == "sqlite" else fresh_postgres_database()
    ledger = open_ledger(url)
    try:
        yield ledger
    finally:
        ledger.close()


def fresh_postgres_database() -> str:
    """The URL of an empty database on a real server; skips, saying why, where there is none."""
    server = make_url(_postgres_server())
    name = f"hmn_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def _postgres_server() -> str:
    given = os.environ.get("HMN_TEST_POSTGRES_URL")
    if given:
        return given
    try:
        from pgserver.postgres_server import get_server
    except ImportError:
        pytest.skip("no PostgreSQL: the pgserver wheel needs Python < 3.13; set HMN_TEST_POSTGRES_URL to use your own")
    # The folder name is short because a socket's path has little room; pgserver stops the server when we end.
    return str(get_server(mkdtemp(prefix="hmnpg"), cleanup_mode="delete").get_uri())
