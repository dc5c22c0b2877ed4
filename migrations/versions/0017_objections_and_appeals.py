"""Objections have standing, a time to be answered, and an appeal to the auditor."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_APPEAL = ("appeal", "appeal_answer")
_TIMES = ("appeal_until", "appealed_at", "appeal_answered_at")
_SETTINGS = """'{"objection_days": 5, "appeal_days": 3}'::jsonb"""


def upgrade() -> None:
    """What was filed before is by somebody else, and was to be answered within a week."""
    op.add_column("objection", sa.Column("standing", sa.String(40), nullable=True))
    op.add_column("objection", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE objection SET standing = 'public', due_at = filed_at + interval '7 days'")
    op.alter_column("objection", "standing", nullable=False)
    op.alter_column("objection", "due_at", nullable=False)
    op.create_check_constraint(
        "standing", "objection", "standing IN ('bidder', 'organisation', 'place', 'public')"
    )
    for name in _APPEAL:
        op.add_column("objection", sa.Column(name, sa.String(), nullable=True))
    for name in _TIMES:
        op.add_column("objection", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("objection", sa.Column("appeal_upheld", sa.Boolean(), nullable=True))
    op.add_column("objection", sa.Column("appeal_answered_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "objection_appeal_answered_by_fkey", "objection", "person", ["appeal_answered_by"], ["id"]
    )
    op.execute(f"UPDATE round_settings SET settings = {_SETTINGS} || settings")


def downgrade() -> None:
    """Take it back; what was appealed is lost."""
    op.execute("UPDATE round_settings SET settings = settings - 'objection_days' - 'appeal_days'")
    op.drop_constraint("objection_appeal_answered_by_fkey", "objection")
    for name in (*_APPEAL, *_TIMES, "appeal_upheld", "appeal_answered_by", "due_at"):
        op.drop_column("objection", name)
    op.drop_constraint("standing", "objection")
    op.drop_column("objection", "standing")
