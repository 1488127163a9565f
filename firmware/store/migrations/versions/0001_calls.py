"""The event log and the call records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("line", sa.Integer()),
        sa.Column("station", sa.String(16)),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("event_by_call", "event", ["call", "seq"])
    op.create_table(
        "call_record",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("line", sa.Integer()),
        sa.Column("station", sa.String(16)),
        sa.Column("number", sa.String(64)),
        sa.Column("name", sa.String(128)),
        sa.Column("withheld", sa.String(16)),
        sa.Column("started", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Double()) for name in ("answered", "queued", "connected", "ended", "wait_s", "talk_s")),
        sa.Column("result", sa.String(16)),
        sa.Column("end_side", sa.String(16)),
        sa.Column("end_cue", sa.String(64)),
        sa.Column("recording", sa.String(255)),
        sa.Column("recording_ms", sa.Integer()),
        sa.Column("recording_error", sa.String(255)),
        sa.Column("recovered", sa.Boolean(), nullable=False),
    )
    op.create_index("call_record_by_start", "call_record", ["started"])
    op.create_index("call_record_by_end", "call_record", ["ended"])
    op.create_index("call_record_by_number", "call_record", ["number"])


def downgrade() -> None:
    """Removes both tables."""
    op.drop_table("call_record")
    op.drop_table("event")
