"""Opens the ledger: SQLite beside the office (WAL, one writer at a time) or PostgreSQL, migrated before first use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from integrations.ledger.digests import slow_digest
from integrations.ledger.tables import lane
from network.errors import ConfigurationError, TransientError

HEAD = "0001"  # the newest migration; a test holds it to the folder


class Ledger:
    """One database with short transactions: `read()` sees a snapshot, `write()` is alone.

    A busy or full database is a TransientError; nothing was written then. No network call belongs inside either.
    """

    def __init__(self, engine: Engine, digest: Callable[[str], str] = slow_digest) -> None:
        self.engine = engine
        self.digest = digest  # of an address that said no
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _plain_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with _plain_errors(), self._writer.begin() as connection:
            yield connection

    def insert_new(self, table: Any) -> Any:
        """An INSERT that leaves rows alone whose unique key stands already."""
        return self._insert(table).on_conflict_do_nothing()

    def add_new(self, connection: Connection, table: Any, values: Any) -> bool:
        """Inserts one row unless its unique key stands already; True when it is new."""
        statement = self.insert_new(table).values(values).returning(*table.primary_key.columns)
        return connection.execute(statement).first() is not None

    def upsert(self, table: Any, keys: tuple[str, ...]) -> Any:
        """An INSERT that replaces every other column of a row with the same `keys`."""
        statement = self._insert(table)
        others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=others)

    def lock_lane(self, connection: Connection, name: str) -> Any:
        """Takes the lane's row for this transaction, so that claims of one lane come one after the other."""
        connection.execute(self.insert_new(lane).values(name=name, first_live_day=None, refusals_in_a_row=0, paused=""))
        return connection.execute(select(lane).where(lane.c.name == name).with_for_update()).one()

    def close(self) -> None:
        self.engine.dispose()

    def _insert(self, table: Any) -> Any:
        return (postgresql if self.engine.dialect.name == "postgresql" else sqlite).insert(table)


def open_ledger(url: str, *, patience: int = 30, digest: Callable[[str], str] = slow_digest) -> Ledger:
    """Opens the ledger at an SQLAlchemy URL and brings its tables up to date.

    `patience`: seconds to wait for another process that writes; after them a transaction is a TransientError. Raises
    ConfigurationError when the database is newer than this program.
    """
    ledger = Ledger(_engine(url, patience), digest)
    try:
        version = _version(ledger)
        if version != HEAD:
            # Alembic is slow to import and most openings need no migration.
            from integrations.ledger.migrate import upgrade

            upgrade(ledger.engine, version)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _engine(url: str, patience: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        # A process that was put to sleep within a transaction holds up nobody for ever: the server ends it.
        limits = f"-c lock_timeout={patience}s -c idle_in_transaction_session_timeout={2 * patience}s"
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args={"options": limits}
        )
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError("HMN_LEDGER_URL must name an SQLite file or a PostgreSQL database.")
    # Our own BEGIN replaces the driver's, which would start transactions late and read-only.
    engine = create_engine(parsed, connect_args={"timeout": patience, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={1000 * patience}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _version(ledger: Ledger) -> str | None:
    with ledger.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as err:
        raise TransientError(
            "The ledger could not be read or written just now: its database is busy, its disk is full, or it cannot be "
            "reached (HMN_LEDGER_URL). Nothing was changed; the next run tries again."
        ) from err
    except DatabaseError as err:
        if type(err) is not DatabaseError:  # a broken constraint or statement is our own mistake, and must be seen
            raise
        raise ConfigurationError(
            "The ledger's file is damaged or is no ledger. Please type hmn restore and the name of the newest copy in "
            "backups/, then hmn takeover."
        ) from err
