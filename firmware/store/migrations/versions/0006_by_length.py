"""Call records: an index for searching by how long was talked."""

from alembic import op

revision = "0006"
down_revision = "0005"

LOOKED_AT = ("ended", "result", "queue", "line", "direction", "agent", "marked", "id")


def upgrade() -> None:
    """Adds it."""
    op.create_index("call_record_by_talk", "call_record", ["talk_s", "started", *LOOKED_AT])


def downgrade() -> None:
    """Removes it."""
    op.drop_index("call_record_by_talk", "call_record")
