"""What is decided where residents' answers stay too few, and how far the minimum may be lowered."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Stored settings get the floor that new ones begin with."""
    op.create_table(
        "shortfall",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("project_id", sa.Uuid(), sa.ForeignKey("project.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "remedy",
            sa.Enum(
                *("widen", "lower"),
                name="remedy",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("project_id", "number"),
    )
    op.create_index("shortfall_project_id_ix", "shortfall", ["project_id"])
    op.execute(
        """UPDATE round_settings SET settings = '{"residents_floor": 3}'::jsonb || settings"""
    )


def downgrade() -> None:
    """Take it back."""
    op.execute("UPDATE round_settings SET settings = settings - 'residents_floor'")
    op.drop_table("shortfall")
