"""Consortia: what each member does, and another organisation in a partner's place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_REFERENCES = (
    ("project_id", "project"),
    ("bid_id", "bid"),
    ("leaving_id", "organisation"),
    ("joining_id", "organisation"),
    ("proposed_by", "person"),
    ("confirmed_by", "person"),
    ("decided_by", "person"),
)


def upgrade() -> None:
    """Nothing is known of who does what in the consortia before."""
    op.add_column(
        "bid_member", sa.Column("work_package", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("bid_member", "work_package", server_default=None)
    op.create_table(
        "replacement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("leaving_id", sa.Uuid(), nullable=False),
        sa.Column("joining_id", sa.Uuid(), nullable=False),
        sa.Column("share", sa.Numeric(5, 2), nullable=False),
        sa.Column("work_package", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hearing_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.String(), nullable=True),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eligibility", JSONB(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("withdrew", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"replacement_{column}_fkey")
            for column, table in _REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name="replacement_pkey"),
        sa.UniqueConstraint("bid_id", "number", name="replacement_bid_id_number_key"),
    )
    for name in ("project_id", "bid_id", "leaving_id", "joining_id"):
        op.create_index(f"replacement_{name}_ix", "replacement", [name])
    op.execute("""UPDATE round_settings SET settings = '{"hearing_days": 3}'::jsonb || settings""")


def downgrade() -> None:
    """Take it back; whoever was replaced stays so."""
    op.execute("UPDATE round_settings SET settings = settings - 'hearing_days'")
    op.drop_table("replacement")
    op.drop_column("bid_member", "work_package")
