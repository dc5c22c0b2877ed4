"""Reviews of material that is said to be false."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_REFERENCES = (
    ("project_id", "project"),
    ("organisation_id", "organisation"),
    ("opened_by", "person"),
    ("replied_by", "person"),
    ("decided_by", "person"),
)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "material_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("files", JSONB(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("replied_by", sa.Uuid(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"material_review_{column}_fkey"
            )
            for column, table in _REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name="material_review_pkey"),
        sa.UniqueConstraint("code", name="material_review_code_key"),
    )
    for name in ("project_id", "organisation_id"):
        op.create_index(f"material_review_{name}_ix", "material_review", [name])


def downgrade() -> None:
    """Take it back; what entered the credit ledger stays."""
    op.drop_table("material_review")
