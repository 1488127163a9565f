"""Customers' cards."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds their table."""
    op.create_table(
        "customer",
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("company", sa.String(80), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Removes it; the events stay."""
    op.drop_table("customer")
