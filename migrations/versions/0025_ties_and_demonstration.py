"""People close to organisations, demonstration organisations, and the credit that qualifies."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_KIND = sa.Enum(
    *("instructor", "mentor", "alliance_officer"),
    name="tiekind",
    native_enum=False,
    length=40,
    create_constraint=True,
)


def upgrade() -> None:
    """Nobody is close to an organisation, and none is a demonstration, before somebody says so."""
    op.create_table(
        "tie",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("alliance", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(organisation_id IS NULL) <> (alliance IS NULL)", name="one_of_both"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="tie_person_id_fkey"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="tie_organisation_id_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="tie_pkey"),
    )
    for name in ("person_id", "organisation_id"):
        op.create_index(f"tie_{name}_ix", "tie", [name])
    op.add_column("organisation", sa.Column("demonstration_since", sa.Date(), nullable=True))
    op.execute(
        """UPDATE round_settings SET settings = '{"qualified_credit": "80"}'::jsonb || settings"""
    )


def downgrade() -> None:
    """Take it back."""
    op.execute("UPDATE round_settings SET settings = settings - 'qualified_credit'")
    op.drop_column("organisation", "demonstration_since")
    op.drop_table("tie")
