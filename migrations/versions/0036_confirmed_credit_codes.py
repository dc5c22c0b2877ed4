"""A credit code whose check character fails counts with the reason an administrator gives."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No code known today needs a reason."""
    op.add_column(
        "organisation",
        sa.Column("uscc_reason", sa.String(), nullable=False, server_default=""),
    )
    op.alter_column("organisation", "uscc_reason", server_default=None)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("organisation", "uscc_reason")
