"""What a browser sent after its session had ended is kept for it for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of parked forms."""
    op.create_table(
        "parked_form",
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser", "path"),
    )
    op.create_index("parked_form_ends", "parked_form", ["ends_at"])
    op.create_index("draft_saved_by", "draft", ["saved_by"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("draft_saved_by", "draft")
    op.drop_table("parked_form")
