"""What is still to be done for a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds their table."""
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("call", sa.String(64), nullable=True),
        sa.Column("opened", sa.Double(), nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("closed", sa.Double(), nullable=True),
        sa.Column("closed_by", sa.String(64), nullable=False),
    )
    op.create_index("ticket_by_number", "ticket", ["number", "opened"])


def downgrade() -> None:
    """Removes it; the events stay."""
    op.drop_table("ticket")
