"""A check is of a process: whatever waits at gates may be held up by its data."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def _point(before: str, after: str, table: str) -> None:
    op.drop_constraint(f"check_run_{before}_fkey", "check_run", type_="foreignkey")
    op.alter_column("check_run", before, new_column_name=after)
    op.create_foreign_key(f"check_run_{after}_fkey", "check_run", table, [after], ["id"])


def upgrade() -> None:
    """A lifecycle has its project's id, so the values stay."""
    _point("project_id", "process_id", "process")


def downgrade() -> None:
    """Take it back."""
    _point("process_id", "project_id", "project")
