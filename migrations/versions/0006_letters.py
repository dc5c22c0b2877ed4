"""Addresses of people, and how often a message was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and add the columns."""
    op.create_table(
        "contact",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="contact_person_id_fkey"),
        sa.PrimaryKeyConstraint("person_id", name="contact_pkey"),
    )
    op.add_column(
        "outbox_message", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("outbox_message", "attempts", server_default=None)
    op.add_column("outbox_message", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("outbox_message", "next_at")
    op.drop_column("outbox_message", "attempts")
    op.drop_table("contact")
