"""Needs reported on the portal, supported once a browser; codes of residents' sheets."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a need come in no file; create the tables."""
    op.alter_column("need", "batch_id", nullable=True)
    op.create_table(
        "need_support",
        sa.Column("need_id", sa.Uuid(), nullable=False),
        sa.Column("supporter", sa.String(), nullable=False),
        sa.Column("supported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["need.id"], name="need_support_need_id_fkey"),
        sa.PrimaryKeyConstraint("need_id", "supporter", name="need_support_pkey"),
    )
    op.create_table(
        "resident_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name="resident_token_issued_by_fkey"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="resident_token_project_id_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="resident_token_pkey"),
        sa.UniqueConstraint("digest", name="resident_token_digest_key"),
    )
    op.create_index("resident_token_project_id_ix", "resident_token", ["project_id"])


def downgrade() -> None:
    """Drop the tables; needs without a file would have to be removed first."""
    op.drop_table("resident_token")
    op.drop_table("need_support")
    op.alter_column("need", "batch_id", nullable=False)
