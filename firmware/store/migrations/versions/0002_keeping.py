"""Call records: marked recordings, why one was removed, how long it was paused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the columns; what was before is unmarked, kept and never paused."""
    with op.batch_alter_table("call_record") as table:
        table.add_column(sa.Column("recording_removed", sa.String(16)))
        table.add_column(sa.Column("paused_s", sa.Double()))
        table.add_column(sa.Column("marked", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Removes them."""
    with op.batch_alter_table("call_record") as table:
        for name in ("marked", "paused_s", "recording_removed"):
            table.drop_column(name)
