"""A round's settings in versions, and the version each project goes by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the settings to their first version; every project goes by it."""
    op.create_table(
        "round_settings",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="round_settings_round_id_fkey"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name="round_settings_set_by_fkey"),
        sa.PrimaryKeyConstraint("round_id", "version", name="round_settings_pkey"),
    )
    op.execute(
        "INSERT INTO round_settings (round_id, version, settings, reason, set_at)"
        " SELECT id, settings_version, settings, '', created_at FROM round"
    )
    op.add_column("project", sa.Column("settings_version", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE project p SET settings_version = r.settings_version"
        " FROM round r WHERE r.id = p.round_id"
    )
    op.alter_column("project", "settings_version", nullable=False)
    op.create_foreign_key(
        "project_round_id_settings_version_fkey",
        "project",
        "round_settings",
        ["round_id", "settings_version"],
        ["round_id", "version"],
    )
    op.drop_column("round", "settings")


def downgrade() -> None:
    """Put each round's newest settings back."""
    op.add_column("round", sa.Column("settings", JSONB(), nullable=True))
    op.execute(
        "UPDATE round r SET settings = s.settings FROM round_settings s"
        " WHERE (s.round_id, s.version) = (r.id, r.settings_version)"
    )
    op.alter_column("round", "settings", nullable=False)
    op.drop_constraint("project_round_id_settings_version_fkey", "project")
    op.drop_column("project", "settings_version")
    op.drop_table("round_settings")
