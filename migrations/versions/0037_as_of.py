"""A dossier says as of when it is; what was put together before is of the gate's opening."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The last change of an earlier dossier is not known; its opening is."""
    op.add_column("gate", sa.Column("dossier_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE gate SET dossier_at = opened_at")
    op.alter_column("gate", "dossier_at", nullable=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("gate", "dossier_at")
