"""Passwords, sessions, invitations, delegations, claims and drafts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "sign_in_failure",
        sa.Column("login_digest", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login_digest", name=op.f("sign_in_failure_pkey")),
    )
    op.create_index(
        op.f("sign_in_failure_last_at_ix"), "sign_in_failure", ["last_at"], unique=False
    )
    op.create_table(
        "credential",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("credential_person_id_fkey")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("credential_pkey")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("delegation_from_id_fkey")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("delegation_to_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("delegation_pkey")),
    )
    op.create_index(op.f("delegation_from_id_ix"), "delegation", ["from_id"], unique=False)
    op.create_index(op.f("delegation_to_id_ix"), "delegation", ["to_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("draft_saved_by_fkey")),
        sa.PrimaryKeyConstraint("key", name=op.f("draft_pkey")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("invitation_person_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("invitation_pkey")),
        sa.UniqueConstraint("digest", name=op.f("invitation_digest_key")),
    )
    op.create_index(op.f("invitation_person_id_ix"), "invitation", ["person_id"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("web_session_person_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("web_session_pkey")),
        sa.UniqueConstraint("digest", name=op.f("web_session_digest_key")),
    )
    op.create_index(op.f("web_session_ends_at_ix"), "web_session", ["ends_at"], unique=False)
    op.create_index(op.f("web_session_person_id_ix"), "web_session", ["person_id"], unique=False)
    op.create_table(
        "claim",
        sa.Column("gate_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["gate_id"], ["gate.id"], name=op.f("claim_gate_id_fkey")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("claim_person_id_fkey")),
        sa.PrimaryKeyConstraint("gate_id", name=op.f("claim_pkey")),
    )
    op.add_column("decision", sa.Column("for_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("decision_for_id_fkey"), "decision", "person", ["for_id"], ["id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_constraint(op.f("decision_for_id_fkey"), "decision", type_="foreignkey")
    op.drop_column("decision", "for_id")
    op.drop_table("claim")
    op.drop_index(op.f("web_session_person_id_ix"), table_name="web_session")
    op.drop_index(op.f("web_session_ends_at_ix"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(op.f("invitation_person_id_ix"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("draft")
    op.drop_index(op.f("delegation_to_id_ix"), table_name="delegation")
    op.drop_index(op.f("delegation_from_id_ix"), table_name="delegation")
    op.drop_table("delegation")
    op.drop_table("credential")
    op.drop_index(op.f("sign_in_failure_last_at_ix"), table_name="sign_in_failure")
    op.drop_table("sign_in_failure")
