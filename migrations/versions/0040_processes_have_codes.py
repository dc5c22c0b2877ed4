"""A process has its code and its place; a stage is any text that a kind of process declares."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_STAGES = (
    *("evaluate", "publish", "bid", "award", "notice", "deliver", "assess"),
    *("correct", "recheck", "intervene", "terminate", "exit", "list"),
)
# What pages once found by its English label.
_KINDS = (("Ranking", "ranking"), ("Red flag", "red_flag"))


def upgrade() -> None:
    """Take code and place from what each process carries, and name the facts that pages pick."""
    op.add_column("process", sa.Column("code", sa.String(), nullable=True))
    for column, table in (("street_code", "street"), ("community_code", "community")):
        op.add_column("process", sa.Column(column, sa.String(), nullable=True))
        op.create_foreign_key(f"process_{column}_fkey", "process", table, [column], ["code"])
        op.create_index(f"process_{column}_ix", "process", [column])
    op.execute(
        "UPDATE process SET street_code = project.street_code,"
        " community_code = project.community_code"
        " FROM project WHERE project.id = process.project_id"
    )
    for table in ("project", "corrective_action", "conduct_list"):
        op.execute(
            f"UPDATE process SET code = held.code FROM {table} held WHERE held.id = process.id"
        )
    op.alter_column("process", "code", nullable=False)
    op.create_unique_constraint("process_code_key", "process", ["code"])
    op.create_unique_constraint("process_id_code_key", "process", ["id", "code"])
    for table in ("corrective_action", "conduct_list"):
        op.drop_constraint(f"{table}_id_fkey", table)
        op.create_foreign_key(
            f"{table}_id_code_fkey", table, "process", ["id", "code"], ["id", "code"]
        )
    op.drop_constraint("stage", "gate")
    for label, kind in _KINDS:
        op.execute(
            "UPDATE gate SET dossier = jsonb_set(dossier, '{facts}', ("
            " SELECT coalesce(jsonb_agg(CASE WHEN item->>'en' = "
            f"'{label}' THEN item || '{{\"kind\": \"{kind}\"}}'::jsonb ELSE item END"
            " ORDER BY place), '[]'::jsonb)"
            " FROM jsonb_array_elements(dossier->'facts') WITH ORDINALITY AS facts(item, place)))"
            f" WHERE dossier->'facts' @> '[{{\"en\": \"{label}\"}}]'"
        )


def downgrade() -> None:
    """Take it back; fails while a gate of another kind of process is stored."""
    for _, kind in _KINDS:
        op.execute(
            "UPDATE gate SET dossier = jsonb_set(dossier, '{facts}', ("
            " SELECT coalesce(jsonb_agg(item - 'kind' ORDER BY place), '[]'::jsonb)"
            " FROM jsonb_array_elements(dossier->'facts') WITH ORDINALITY AS facts(item, place)))"
            f" WHERE dossier->'facts' @> '[{{\"kind\": \"{kind}\"}}]'"
        )
    values = ", ".join(f"'{stage}'" for stage in _STAGES)
    op.create_check_constraint("stage", "gate", f"stage IN ({values})")
    for table in ("corrective_action", "conduct_list"):
        op.drop_constraint(f"{table}_id_code_fkey", table)
        op.create_foreign_key(f"{table}_id_fkey", table, "process", ["id"], ["id"])
    op.drop_constraint("process_id_code_key", "process")
    op.drop_constraint("process_code_key", "process")
    for column in ("community_code", "street_code"):
        op.drop_index(f"process_{column}_ix", "process")
        op.drop_constraint(f"process_{column}_fkey", "process")
        op.drop_column("process", column)
    op.drop_column("process", "code")
