"""Alembic's environment: the connection is given by `database.prepare`, there is no ini file."""

from alembic import context

from firmware.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes columns by copying the table
)
with context.begin_transaction():
    context.run_migrations()
