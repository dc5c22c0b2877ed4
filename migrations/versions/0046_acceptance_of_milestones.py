"""Verdicts on milestones: accepted, in part, sent back; what was accepted was so in full."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_VERDICTS = "'accepted', 'in_part', 'sent_back'"
_YUAN = sa.Numeric(14, 2)


def upgrade() -> None:
    """Every milestone that was accepted has one verdict, which accepted all of it."""
    op.create_table(
        "acceptance",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("milestone_id", sa.Uuid(), sa.ForeignKey("milestone.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("shares", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("share", sa.Numeric(5, 2), nullable=False),
        sa.Column("amount", _YUAN, nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("milestone_id", "number", name="acceptance_milestone_id_number_key"),
        sa.CheckConstraint(f"verdict IN ({_VERDICTS})", name="acceptanceverdict"),
    )
    op.create_index("acceptance_milestone_id_ix", "acceptance", ["milestone_id"])
    op.add_column(
        "milestone", sa.Column("accepted_amount", _YUAN, nullable=False, server_default="0")
    )
    op.alter_column("milestone", "accepted_amount", server_default=None)
    op.add_column("milestone", sa.Column("last_verdict", sa.String(40), nullable=True))
    op.create_check_constraint("acceptanceverdict", "milestone", f"last_verdict IN ({_VERDICTS})")
    op.add_column("milestone", sa.Column("resubmit_by", sa.Date(), nullable=True))
    op.execute(
        """UPDATE round_settings SET settings = '{"resubmission_days": 10}'::jsonb || settings"""
    )
    op.execute(
        "UPDATE milestone SET accepted_amount = amount, last_verdict = 'accepted'"
        " WHERE accepted_at IS NOT NULL"
    )
    op.execute(
        "INSERT INTO acceptance (id, milestone_id, number, verdict, shares, share, amount, remark,"
        " decided_by, decided_at) SELECT gen_random_uuid(), m.id, 1, 'accepted',"
        " coalesce((SELECT jsonb_object_agg(i ->> 'name', '100')"
        " FROM jsonb_array_elements(a.indicators) i), '{}'), 100, m.amount, '', m.accepted_by,"
        " m.accepted_at FROM milestone m JOIN agreement a ON a.id = m.agreement_id"
        " WHERE m.accepted_at IS NOT NULL AND m.accepted_by IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back; what was accepted in part waits as if it had not been."""
    op.execute("UPDATE round_settings SET settings = settings - 'resubmission_days'")
    op.drop_column("milestone", "resubmit_by")
    op.drop_column("milestone", "last_verdict")
    op.drop_column("milestone", "accepted_amount")
    op.drop_table("acceptance")
