"""Call records: agent and queue, indexes for every way of searching, any part of a number or of a name."""

import sqlalchemy as sa
from alembic import op

from firmware.store.search import CREATE, PUT, TABLE, row

revision = "0003"
down_revision = "0002"

INDEXED = ("agent", "queue", "line", "station", "result", "marked")


def upgrade() -> None:
    """Adds them; of calls until now the agent is his station, the queue is not known."""
    with op.batch_alter_table("call_record") as table:
        table.add_column(sa.Column("agent", sa.String(16)))
        table.add_column(sa.Column("queue", sa.String(32)))
    op.execute("UPDATE call_record SET agent = station")
    for column in INDEXED:
        op.create_index(f"call_record_by_{column}", "call_record", [column, "started"])
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    connection.execute(sa.text(CREATE))
    found = connection.execute(sa.text("SELECT id, started, number, name FROM call_record WHERE ended IS NOT NULL"))
    for partition in found.partitions(10_000):
        rows = [one for one in (row(*record) for record in partition) if one is not None]
        if rows:
            connection.execute(PUT, rows)


def downgrade() -> None:
    """Removes them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TABLE {TABLE}")
    for column in INDEXED:
        op.drop_index(f"call_record_by_{column}", "call_record")
    with op.batch_alter_table("call_record") as table:
        table.drop_column("queue")
        table.drop_column("agent")
