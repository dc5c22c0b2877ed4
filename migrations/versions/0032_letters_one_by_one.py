"""Letters are delivered and tried again recipient by recipient; addresses that fail are marked."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waited is addressed anew."""
    op.create_table(
        "letter_delivery",
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("outbox_message.id"), primary_key=True),
        sa.Column("recipient", sa.String(), primary_key=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "letter_delivery_waiting",
        "letter_delivery",
        ["next_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("outbox_message", sa.Column("addressed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE outbox_message SET addressed_at = sent_at")
    op.drop_column("outbox_message", "attempts")
    op.drop_column("outbox_message", "next_at")
    op.add_column("contact", sa.Column("dead_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("contact", "dead_at")
    op.add_column("outbox_message", sa.Column("next_at", sa.DateTime(timezone=True)))
    op.add_column(
        "outbox_message", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("outbox_message", "attempts", server_default=None)
    op.drop_column("outbox_message", "addressed_at")
    op.drop_index("letter_delivery_waiting", "letter_delivery")
    op.drop_table("letter_delivery")
