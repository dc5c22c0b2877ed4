"""Residents may add words to their answer; from which device it came is told apart."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of the answers before."""
    op.add_column("assessment_response", sa.Column("device", sa.String(), nullable=True))
    op.add_column(
        "assessment_response", sa.Column("words", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("assessment_response", "words", server_default=None)


def downgrade() -> None:
    """Take it back; the words are lost."""
    op.drop_column("assessment_response", "words")
    op.drop_column("assessment_response", "device")
