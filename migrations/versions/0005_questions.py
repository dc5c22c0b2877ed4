"""Questions about calls, answered in public."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name="question_answered_by_fkey"),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name="question_asked_by_fkey"),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="question_call_id_fkey"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="question_project_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="question_pkey"),
    )
    op.create_index("question_call_id_ix", "question", ["call_id"])
    op.create_index("question_project_id_ix", "question", ["project_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("question")
