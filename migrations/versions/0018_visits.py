"""Visits to projects under way, each with its colour."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="statuscolour",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("visited_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="visit_project_id_fkey"),
        sa.ForeignKeyConstraint(["visited_by"], ["person.id"], name="visit_visited_by_fkey"),
        sa.PrimaryKeyConstraint("id", name="visit_pkey"),
    )
    op.create_index("visit_project_id_ix", "visit", ["project_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("visit")
