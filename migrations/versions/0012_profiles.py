"""What organisations say of themselves in public."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for name in ("about", "contact"):
        op.add_column(
            "organisation", sa.Column(name, sa.String(), nullable=False, server_default="")
        )
        op.alter_column("organisation", name, server_default=None)


def downgrade() -> None:
    """Remove them."""
    op.drop_column("organisation", "contact")
    op.drop_column("organisation", "about")
