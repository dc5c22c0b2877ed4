"""What of a file is not read is said; ties are listed in their order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Of the files that were sent before nothing is known to be left out."""
    for name in ("totals", "others"):
        column = sa.Column(name, _JSON, nullable=False, server_default="[]")
        op.add_column("register_import", column)
        op.alter_column("register_import", name, server_default=None)
    op.create_index("tie_listed", "tie", ["since", "id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("tie_listed", "tie")
    for name in ("others", "totals"):
        op.drop_column("register_import", name)
