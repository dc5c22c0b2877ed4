"""Panels: reserve members, blind first readings, marks that lie apart, what was changed and why."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_PANEL = ("alarms", "alarmed_at", "met_on", "present", "discussion", "moderated_at")
_MEMBER = ("reserve", "seated_at", "replaces_id", "reread_at")


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB(), nullable=False, server_default="[]")


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    """Everybody who is on a panel sits from the time it was formed."""
    panel: tuple[sa.Column[Any], ...] = (
        _list("alarms"),
        _time("alarmed_at"),
        sa.Column("met_on", sa.Date(), nullable=True),
        _list("present"),
        sa.Column("discussion", sa.String(), nullable=True),
        _time("moderated_at"),
    )
    for one in panel:
        op.add_column("panel", one)
    for name in ("alarms", "present"):
        op.alter_column("panel", name, server_default=None)
    member: tuple[sa.Column[Any], ...] = (
        sa.Column("reserve", sa.Integer(), nullable=True),
        _time("seated_at"),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        _time("reread_at"),
    )
    for one in member:
        op.add_column("panel_member", one)
    op.create_foreign_key(
        "panel_member_replaces_id_fkey", "panel_member", "person", ["replaces_id"], ["id"]
    )
    op.execute(
        "UPDATE panel_member m SET seated_at = p.formed_at FROM panel p"
        " WHERE (p.project_id, p.round) = (m.project_id, m.round)"
    )
    op.add_column(
        "panel_score", sa.Column("remark", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("panel_score", "remark", server_default=None)
    op.add_column(
        "call", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("call", "blind", server_default=None)
    op.create_table(
        "panel_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("before", sa.Numeric(5, 2), nullable=False),
        sa.Column("after", sa.Numeric(5, 2), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="panel_change_project_id_fkey"
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name="panel_change_bid_id_fkey"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="panel_change_person_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="panel_change_pkey"),
    )
    for name in ("project_id", "bid_id"):
        op.create_index(f"panel_change_{name}_ix", "panel_change", [name])
    op.execute(
        """UPDATE round_settings SET settings = '{"dispersion_limit": "30"}'::jsonb || settings"""
    )


def downgrade() -> None:
    """Take it back; what was changed in meetings is lost, reserve members leave."""
    op.execute("UPDATE round_settings SET settings = settings - 'dispersion_limit'")
    op.drop_table("panel_change")
    op.drop_column("call", "blind")
    op.drop_column("panel_score", "remark")
    op.execute("DELETE FROM panel_member WHERE seated_at IS NULL")
    op.drop_constraint("panel_member_replaces_id_fkey", "panel_member", type_="foreignkey")
    for name in _MEMBER:
        op.drop_column("panel_member", name)
    for name in _PANEL:
        op.drop_column("panel", name)
