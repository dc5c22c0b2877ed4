"""The district's single sign-on."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="identity_person_id_fkey"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="identity_pkey"),
    )
    op.create_index("identity_person_id_ix", "identity", ["person_id"])
    op.create_table(
        "sso_attempt",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("next", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="sso_attempt_person_id_fkey"),
        sa.PrimaryKeyConstraint("digest", name="sso_attempt_pkey"),
    )
    op.create_index("sso_attempt_expires_at_ix", "sso_attempt", ["expires_at"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("sso_attempt")
    op.drop_table("identity")
