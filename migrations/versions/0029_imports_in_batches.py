"""Imports commit in batches, needs are numbered by a sequence, rows are known across files."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was imported before is finished, and is known again by what identifies its rows."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("need_number")))
    op.execute(
        "SELECT setval('need_number', greatest(1, (SELECT coalesce(max("
        "substring(code from '[0-9]+$')::bigint), 0) FROM need)), EXISTS (SELECT 1 FROM need))"
    )
    for name in ("known", "changed", "done"):
        op.add_column("import_batch", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("import_batch", sa.Column("sheet", sa.String(), nullable=True))
    op.add_column(
        "import_batch", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        "UPDATE import_batch SET known = rows - imported - merged - quarantined, changed = 0,"
        " done = rows, sheet = '', finished_at = imported_at"
    )
    for name in ("known", "changed", "done", "sheet"):
        op.alter_column("import_batch", name, nullable=False)
    op.add_column("need", sa.Column("stated", sa.Integer(), nullable=True))
    op.add_column("need", sa.Column("lat", sa.Float(), nullable=True))
    op.add_column("need", sa.Column("long", sa.Float(), nullable=True))
    op.add_column(
        "need", sa.Column("earlier_id", sa.Uuid(), sa.ForeignKey("need.id"), nullable=True)
    )
    op.add_column("quarantined_row", sa.Column("row_key", sa.String(), nullable=True))
    op.execute("UPDATE quarantined_row SET row_key = id::text")
    op.alter_column("quarantined_row", "row_key", nullable=False)
    op.create_index("quarantined_row_row_key_ix", "quarantined_row", ["row_key"])
    op.execute("""
        UPDATE need SET stated = supporters WHERE batch_id IS NOT NULL
    """)
    op.execute("""
        UPDATE need SET stated = greatest(0, need.supporters - more.added)
        FROM (
            SELECT need_id, sum(added) AS added FROM (
                SELECT merged_into AS need_id, supporters AS added FROM need
                WHERE merged_into IS NOT NULL
                UNION ALL SELECT need_id, 1 FROM need_support
            ) AS each GROUP BY need_id
        ) AS more
        WHERE more.need_id = need.id AND need.batch_id IS NOT NULL AND need.status <> 'merged'
    """)
    _know_rows()


def _know_rows() -> None:
    """Give rows of workbooks the reference by which a grown file knows them."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT id, title, description, category, coalesce(community_code, place_text) AS place,"
            " reported_on FROM need WHERE source = 'workbook' ORDER BY code"
        )
    )
    times: dict[str, int] = {}
    for row in rows.all():
        parts = (row.title, row.description, row.place, row.category, row.reported_on.isoformat())
        joined = "\x1f".join("".join(part.split()) for part in parts)
        held = hashlib.sha256(joined.encode()).hexdigest()[:32]
        times[held] = times.get(held, 0) + 1
        op.get_bind().execute(
            sa.text("UPDATE need SET source_ref = :ref WHERE id = :id"),
            {"ref": f"{held}:{times[held]}", "id": row.id},
        )


def downgrade() -> None:
    """Take it back; rows keep the references that a grown file knows them by."""
    op.drop_index("quarantined_row_row_key_ix", "quarantined_row")
    op.drop_column("quarantined_row", "row_key")
    for name in ("stated", "lat", "long", "earlier_id"):
        op.drop_column("need", name)
    for name in ("known", "changed", "done", "sheet", "finished_at"):
        op.drop_column("import_batch", name)
    op.execute(sa.schema.DropSequence(sa.Sequence("need_number")))
