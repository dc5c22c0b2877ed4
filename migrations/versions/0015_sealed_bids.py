"""Bids are sealed: key pairs, calls' keys in shares, and payloads that only they open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
_OPEN = "SELECT count(*) FROM project WHERE status = 'bidding'"
_UNOPENED = "SELECT count(*) FROM bid_payload WHERE content IS NULL"


def upgrade() -> None:
    """Add the tables; calls that take bids in the clear have to be opened before."""
    connection = op.get_bind()
    if connection.execute(sa.text(_OPEN)).scalar_one():
        raise RuntimeError("calls take bids in the clear: let them be opened, then upgrade")
    # Drafts of calls that are over.
    op.execute("DELETE FROM draft WHERE key LIKE 'bid:%'")
    op.create_table(
        "seal_key",
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="seal_key_pkey"),
    )
    op.create_table(
        "escrow_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id", name="escrow_key_pkey"),
    )
    op.create_table(
        "call_key",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="call_key_call_id_fkey"),
        sa.PrimaryKeyConstraint("call_id", name="call_key_pkey"),
    )
    op.create_table(
        "call_share",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="call_share_call_id_fkey"),
        sa.ForeignKeyConstraint(["holder"], ["person.id"], name="call_share_holder_fkey"),
        sa.PrimaryKeyConstraint("id", name="call_share_pkey"),
        sa.UniqueConstraint("call_id", "number", name="call_share_call_id_number_key"),
    )
    op.create_index("call_share_call_id_ix", "call_share", ["call_id"])
    op.create_table(
        "escrow_request",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="escrow_request_project_id_fkey"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name="escrow_request_asked_by_fkey"),
        sa.PrimaryKeyConstraint("project_id", "round", name="escrow_request_pkey"),
    )
    op.add_column("bid_payload", sa.Column("sealed", JSONB(), nullable=False, server_default="{}"))
    op.alter_column("bid_payload", "sealed", server_default=None)
    op.alter_column("bid_payload", "nonce", nullable=True)
    op.alter_column("bid_payload", "content", nullable=True)
    op.add_column("opening_presence", sa.Column("share", sa.LargeBinary(), nullable=True))
    op.add_column(
        "opening_presence", sa.Column("number", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("opening_presence", "number", server_default=None)
    op.execute(
        "UPDATE opening_presence o SET number = -n.place FROM (SELECT project_id, round, person_id,"
        " row_number() OVER (PARTITION BY project_id, round ORDER BY present_at) AS place"
        " FROM opening_presence) n WHERE (o.project_id, o.round, o.person_id)"
        " = (n.project_id, n.round, n.person_id)"
    )
    op.create_unique_constraint(
        "opening_presence_project_id_round_number_key",
        "opening_presence",
        ["project_id", "round", "number"],
    )


def downgrade() -> None:
    """Remove them; what is still sealed would be lost."""
    connection = op.get_bind()
    if connection.execute(sa.text(_UNOPENED)).scalar_one():
        raise RuntimeError("bids lie sealed: let their calls be opened first")
    op.drop_constraint("opening_presence_project_id_round_number_key", "opening_presence")
    op.drop_column("opening_presence", "number")
    op.drop_column("opening_presence", "share")
    op.alter_column("bid_payload", "content", nullable=False)
    op.alter_column("bid_payload", "nonce", nullable=False)
    op.drop_column("bid_payload", "sealed")
    for table in ("escrow_request", "call_share", "call_key", "escrow_key", "seal_key"):
        op.drop_table(table)
