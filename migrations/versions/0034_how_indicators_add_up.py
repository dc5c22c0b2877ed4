"""Each indicator says how it adds up; what was agreed before adds up as it did."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_WITH = """coalesce((SELECT jsonb_agg(o || jsonb_build_object('adds',
    CASE WHEN o ->> 'unit' = '%' THEN 'last' ELSE 'period' END) ORDER BY n)
    FROM jsonb_array_elements({column}) WITH ORDINALITY x(o, n)), '[]'::jsonb)"""
_WITHOUT = """coalesce((SELECT jsonb_agg(o - 'adds' ORDER BY n)
    FROM jsonb_array_elements({column}) WITH ORDINALITY x(o, n)), '[]'::jsonb)"""


def _rewrite(how: str) -> None:
    for table, column in (("call", "outcomes"), ("agreement", "indicators")):
        op.execute(sa.text(f"UPDATE {table} SET {column} = {how.format(column=column)}"))
    inside = how.format(column="content -> 'outcomes'")
    op.execute(
        sa.text(
            f"UPDATE call_template SET content = jsonb_set(content, '{{outcomes}}', {inside})"
            " WHERE content ? 'outcomes'"
        )
    )


def upgrade() -> None:
    """A percentage counted by its last report, everything else was added up."""
    op.add_column("evidence", sa.Column("weight", sa.Numeric(), nullable=True))
    _rewrite(_WITH)


def downgrade() -> None:
    """Take it back."""
    _rewrite(_WITHOUT)
    op.drop_column("evidence", "weight")
