"""Which years' holidays are published, and what each provisional date was counted from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A year counts as published if the calendar has a whole list of it, not a day or two."""
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name="calendar_year_pkey"),
    )
    op.execute(
        "INSERT INTO calendar_year (year, source, published_at)"
        " SELECT extract(year FROM day)::int, '国务院办公厅通知', clock_timestamp()"
        " FROM calendar_day GROUP BY 1 HAVING count(*) >= 7"
    )
    op.create_table(
        "working_period",
        sa.Column("row", sa.String(), nullable=False),
        sa.Column("date", sa.String(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("audiences", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="working_period_project_id_fkey"
        ),
        sa.PrimaryKeyConstraint("row", "date", name="working_period_pkey"),
    )
    op.create_index("working_period_project_id_ix", "working_period", ["project_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("working_period")
    op.drop_table("calendar_year")
