"""Runs migrations on the engine handed in by `integrations.ledger.migrate`."""

from alembic import context

from integrations.ledger.tables import metadata

with context.config.attributes["engine"].execution_options(writes=True).begin() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
    context.run_migrations()
