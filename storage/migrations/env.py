"""How Alembic finds the tables. Run by it, and only for a connection it was given."""

from __future__ import annotations

from alembic import context

from storage.database.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,  # Alembic takes SQLite for a database without
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
