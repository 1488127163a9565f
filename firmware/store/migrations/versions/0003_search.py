"""Call records: agent and queue, indexes for every way of searching, any part of a number or of a name."""

import sqlalchemy as sa
from alembic import op

from firmware.store.search import CREATE, PUT, TABLE, row

revision = "0003"
down_revision = "0002"

NARROW = ("station", "marked")
# What a search looks at is in the index itself, so that a hundred thousand calls of one agent need no other page.
WIDE = ("agent", "queue", "line", "result")
LOOKED_AT = ("ended", "result", "queue", "line", "direction", "talk_s", "agent", "marked", "id")


def upgrade() -> None:
    """Adds them; of calls until now the agent is his station, the queue is not known."""
    with op.batch_alter_table("call_record") as table:
        table.add_column(sa.Column("agent", sa.String(16)))
        table.add_column(sa.Column("queue", sa.String(32)))
    op.execute("UPDATE call_record SET agent = station")
    for column in NARROW:
        op.create_index(f"call_record_by_{column}", "call_record", [column, "started"])
    for column in WIDE:
        rest = [name for name in LOOKED_AT if name != column]
        op.create_index(f"call_record_by_{column}", "call_record", [column, "started", *rest])
    op.drop_index("call_record_by_start", "call_record")
    op.create_index("call_record_by_start", "call_record", ["started", *LOOKED_AT])
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
    for column in (*NARROW, *WIDE, "start"):
        op.drop_index(f"call_record_by_{column}", "call_record")
    op.create_index("call_record_by_start", "call_record", ["started"])
    with op.batch_alter_table("call_record") as table:
        table.drop_column("queue")
        table.drop_column("agent")
