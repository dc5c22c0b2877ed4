"""A need may be in several projects, one after the other: who ended without answering lets it go."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Needs of projects that ended without an answer wait again."""
    op.add_column("project_need", sa.Column("released_at", sa.DateTime(timezone=True)))
    op.drop_constraint("project_need_pkey", "project_need", type_="primary")
    op.create_primary_key("project_need_pkey", "project_need", ["need_id", "project_id"])
    op.create_index(
        "need_in_one_project",
        "project_need",
        ["need_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.execute(
        "UPDATE project_need l SET released_at = coalesce(p.closed_at, clock_timestamp())"
        " FROM project p WHERE p.id = l.project_id"
        " AND p.status IN ('rejected', 'cancelled', 'no_award', 'terminated')"
    )
    op.execute(
        "UPDATE need SET status = 'registered' WHERE status = 'in_project' AND id IN"
        " (SELECT need_id FROM project_need WHERE released_at IS NOT NULL)"
    )


def downgrade() -> None:
    """Take it back; only the newest project of a need is kept."""
    op.execute("DELETE FROM project_need WHERE released_at IS NOT NULL")
    op.execute(
        "UPDATE need SET status = 'in_project' WHERE status = 'registered' AND id IN"
        " (SELECT need_id FROM project_need)"
    )
    op.drop_index("need_in_one_project", "project_need")
    op.drop_constraint("project_need_pkey", "project_need", type_="primary")
    op.create_primary_key("project_need_pkey", "project_need", ["need_id"])
    op.drop_column("project_need", "released_at")
