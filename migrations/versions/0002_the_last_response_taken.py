"""Remember the last response taken from the Prefect UI at a gate."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the key."""
    op.add_column("gate", sa.Column("ui_key", sa.String(), nullable=True))


def downgrade() -> None:
    """Remove the key."""
    op.drop_column("gate", "ui_key")
