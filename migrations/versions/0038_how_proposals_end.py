"""A proposal that was taken back or declined says so by a code, not in two languages at once."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_SAID = {
    "withdrawn": "已撤回 / withdrawn",
    "declined": "接替的组织未同意 / declined by the organisation asked",
}


def upgrade() -> None:
    """What was said in both languages becomes the code."""
    for table in ("amendment", "replacement"):
        op.add_column(table, sa.Column("ending", sa.String(length=40), nullable=True))
        for code, said in _SAID.items():
            op.execute(
                sa.text(
                    f"UPDATE {table} SET ending = :code, answer = NULL WHERE answer = :said"
                ).bindparams(code=code, said=said)
            )
        op.create_check_constraint("ending", table, "ending IN ('withdrawn', 'declined')")


def downgrade() -> None:
    """Say it in both languages again."""
    for table in ("amendment", "replacement"):
        for code, said in _SAID.items():
            op.execute(
                sa.text(f"UPDATE {table} SET answer = :said WHERE ending = :code").bindparams(
                    code=code, said=said
                )
            )
        op.drop_constraint("ending", table, type_="check")
        op.drop_column(table, "ending")
