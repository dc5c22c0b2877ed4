"""What one web process held alone is shared by all: tries of the last minute, unlocked keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nothing in them outlives a crash of the database."""
    op.create_table(
        "rate_limit",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("hits", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "who"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("rate_limit_last", "rate_limit", ["last_at"])
    op.create_table(
        "unlocked_key",
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("unlocked_key_ends", "unlocked_key", ["ends_at"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("unlocked_key")
    op.drop_table("rate_limit")
