"""The index from which the board counts."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index of streets by one that also knows the status."""
    op.create_index("project_street_status_ix", "project", ["street_code", "status"])
    op.drop_index("project_street_code_ix", table_name="project")


def downgrade() -> None:
    """Bring the old one back."""
    op.create_index("project_street_code_ix", "project", ["street_code"])
    op.drop_index("project_street_status_ix", table_name="project")
