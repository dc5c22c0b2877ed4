"""Keep response keys, reasons of moves, voided sheets, an import's source, frozen rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there already gets what was true of it."""
    op.add_column("gate", sa.Column("ui_key", sa.String(), nullable=True))
    op.add_column("status_change", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("panel_score", sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "import_batch",
        sa.Column("source", sa.String(), nullable=False, server_default="workbook"),
    )
    op.alter_column("import_batch", "source", server_default=None)
    op.add_column(
        "award",
        sa.Column(
            "assessment",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
        ),
    )
    op.execute(
        "UPDATE award SET assessment = r.settings -> 'assessment'"
        " FROM project p JOIN round r ON r.id = p.round_id WHERE p.id = award.project_id"
    )
    op.alter_column("award", "assessment", server_default=None)


def downgrade() -> None:
    """Remove the columns."""
    op.drop_column("award", "assessment")
    op.drop_column("import_batch", "source")
    op.drop_column("panel_score", "voided_at")
    op.drop_column("status_change", "reason")
    op.drop_column("gate", "ui_key")
