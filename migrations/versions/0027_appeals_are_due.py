"""An appeal is decided by a day, as an objection is answered by one."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was appealed before was to be decided within a week."""
    op.add_column("objection", sa.Column("appeal_due_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE objection SET appeal_due_at = appealed_at + interval '7 days'"
        " WHERE appealed_at IS NOT NULL"
    )
    op.execute(
        "UPDATE outbox_message SET facts = facts || jsonb_build_object('due', one.appeal_due_at)"
        " FROM objection one WHERE key = 'objection:' || one.id || '\\:objection.appealed'"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("objection", "appeal_due_at")
