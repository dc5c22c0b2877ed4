"""Files of bids, sealed like the bids themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "bid_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("keys", JSONB(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("submitted", sa.Boolean(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name="bid_file_bid_id_fkey"),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name="bid_file_added_by_fkey"),
        sa.PrimaryKeyConstraint("id", name="bid_file_pkey"),
    )
    op.create_index("bid_file_bid_id_ix", "bid_file", ["bid_id"])


def downgrade() -> None:
    """Take it back; what was sealed can't be read any more."""
    op.drop_table("bid_file")
