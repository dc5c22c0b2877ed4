"""Amendments of instalments and targets, too; what was kept of dates says so."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every change before was one of a milestone's date."""
    op.execute(
        "UPDATE amendment SET changes = coalesce((SELECT jsonb_agg(jsonb_build_object("
        "'what', 'due_on', 'number', one->'milestone', 'before', one->'before',"
        " 'after', one->'after')) FROM jsonb_array_elements(changes) one), '[]'::jsonb)"
    )
    op.execute(
        """UPDATE round_settings SET settings = '{"amendment_percent": "10"}'::jsonb || settings"""
    )


def downgrade() -> None:
    """Take it back; only changes of dates are kept."""
    op.execute("UPDATE round_settings SET settings = settings - 'amendment_percent'")
    op.execute(
        "UPDATE amendment SET changes = coalesce((SELECT jsonb_agg(jsonb_build_object("
        "'milestone', one->'number', 'before', one->'before', 'after', one->'after'))"
        " FROM jsonb_array_elements(changes) one WHERE one->>'what' = 'due_on'), '[]'::jsonb)"
    )
