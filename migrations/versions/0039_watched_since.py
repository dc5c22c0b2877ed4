"""A job that is new to an installation is late only once it was expected for long enough."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs that ran are expected since they last did."""
    op.add_column("job_run", sa.Column("watched_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE job_run SET watched_since = ran_at")
    op.alter_column("job_run", "watched_since", nullable=False)
    op.alter_column("job_run", "ran_at", nullable=True)


def downgrade() -> None:
    """Take it back; what never ran is forgotten."""
    op.execute("DELETE FROM job_run WHERE ran_at IS NULL")
    op.alter_column("job_run", "ran_at", nullable=False)
    op.drop_column("job_run", "watched_since")
