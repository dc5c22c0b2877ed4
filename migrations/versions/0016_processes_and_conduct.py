"""Gates belong to processes; complaints, corrective action, the ledger's references, the conduct list."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_STAGES = ("evaluate", "publish", "bid", "award", "notice", "deliver", "assess")
_MORE_STAGES = (*_STAGES, "correct", "recheck", "intervene", "terminate", "exit", "list")
# Table, and what its constraint and index on the project are called.
_OF_PROCESSES = ("gate", "effect", "process_run", "run_lease", "incident")
_SETTINGS = (
    "complaint_days",
    "late_days",
    "recheck_days",
    "conduct_reply_days",
    "conduct_months",
    "repair_months",
)
_POINTS = ("terminated", "complaint", "false_material", "withdrawn")
_NEW = (
    """'{"complaint_days": 10, "late_days": 3, "recheck_days": 10, "conduct_reply_days": 5,"""
    """ "conduct_months": 12, "repair_months": 6}'::jsonb"""
)
_NEW_POINTS = (
    """'{"terminated": "-30", "complaint": "-5", "false_material": "-40", "withdrawn": "-20"}'"""
    "::jsonb"
)


def _enum(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"{table}_{column}_fkey")


def upgrade() -> None:
    """Every project's lifecycle becomes a process with the project's id."""
    _processes()
    _stages(_MORE_STAGES)
    _corrective()
    _credit()
    _conduct_list()
    op.drop_column("organisation", "debarred_until")
    op.execute(
        f"UPDATE round_settings SET settings = {_NEW} || settings"
        f" || jsonb_build_object('credit_points', {_NEW_POINTS} || (settings -> 'credit_points'))"
    )


def _processes() -> None:
    op.create_table(
        "process",
        _uuid("id"),
        _text("definition"),
        _uuid("project_id", nullable=True),
        sa.CheckConstraint(
            "id = project_id OR definition NOT LIKE 'project-lifecycle/%'",
            name="a_lifecycle_is_its_project",
        ),
        _key("process", "project_id", "project"),
        sa.PrimaryKeyConstraint("id", name="process_pkey"),
    )
    op.create_index("process_project_id_ix", "process", ["project_id"])
    op.execute(
        "INSERT INTO process (id, definition, project_id) SELECT id, definition, id FROM project"
    )
    op.drop_column("project", "definition")
    op.rename_table("project_run", "process_run")
    op.execute("ALTER TABLE process_run RENAME CONSTRAINT project_run_pkey TO process_run_pkey")
    op.execute(
        "ALTER TABLE process_run RENAME CONSTRAINT project_run_flow_run_id_key"
        " TO process_run_flow_run_id_key"
    )
    for table in _OF_PROCESSES:
        held = "project_run" if table == "process_run" else table
        op.drop_constraint(f"{held}_project_id_fkey", table)
        op.alter_column(table, "project_id", new_column_name="process_id")
        op.create_foreign_key(f"{table}_process_id_fkey", table, "process", ["process_id"], ["id"])
    op.execute(
        "ALTER TABLE gate RENAME CONSTRAINT gate_project_id_stage_kind_round_key"
        " TO gate_process_id_stage_kind_round_key"
    )
    for table in ("gate", "effect", "incident"):
        op.execute(f"ALTER INDEX {table}_project_id_ix RENAME TO {table}_process_id_ix")


def _stages(stages: tuple[str, ...]) -> None:
    op.drop_constraint("stage", "gate")
    values = ", ".join(f"'{one}'" for one in stages)
    op.create_check_constraint("stage", "gate", f"stage IN ({values})")


def _corrective() -> None:
    op.create_table(
        "complaint",
        _uuid("id"),
        _text("code"),
        _uuid("project_id"),
        _text("text"),
        _at("filed_at"),
        _at("due_at"),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        _text("answer", nullable=True),
        _uuid("answered_by", nullable=True),
        _at("answered_at", nullable=True),
        _key("complaint", "project_id", "project"),
        _key("complaint", "answered_by", "person"),
        sa.PrimaryKeyConstraint("id", name="complaint_pkey"),
        sa.UniqueConstraint("code", name="complaint_code_key"),
    )
    op.create_index("complaint_project_id_ix", "complaint", ["project_id"])
    op.create_table(
        "corrective_action",
        _uuid("id"),
        _text("code"),
        _text("title"),
        _uuid("project_id"),
        _uuid("organisation_id"),
        sa.Column(
            "status",
            _enum(
                (
                    *("correcting", "rechecking", "intervening", "terminating", "exiting"),
                    *("healed", "exited"),
                ),
                "correctivestatus",
            ),
            nullable=False,
        ),
        sa.Column("stage_round", sa.Integer(), nullable=False),
        _at("opened_at"),
        _at("closed_at", nullable=True),
        _key("corrective_action", "id", "process"),
        _key("corrective_action", "project_id", "project"),
        _key("corrective_action", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name="corrective_action_pkey"),
        sa.UniqueConstraint("code", name="corrective_action_code_key"),
    )
    for column in ("project_id", "organisation_id", "status"):
        op.create_index(f"corrective_action_{column}_ix", "corrective_action", [column])
    op.create_table(
        "finding",
        _uuid("id"),
        _uuid("action_id"),
        sa.Column(
            "cause", _enum(("complaint", "late_milestone", "visit"), "cause"), nullable=False
        ),
        _text("text"),
        _uuid("complaint_id", nullable=True),
        _uuid("milestone_id", nullable=True),
        _uuid("found_by", nullable=True),
        _at("found_at"),
        _key("finding", "action_id", "corrective_action"),
        _key("finding", "complaint_id", "complaint"),
        _key("finding", "milestone_id", "milestone"),
        _key("finding", "found_by", "person"),
        sa.PrimaryKeyConstraint("id", name="finding_pkey"),
        sa.UniqueConstraint("complaint_id", name="finding_complaint_id_key"),
        sa.UniqueConstraint("milestone_id", name="finding_milestone_id_key"),
    )
    op.create_index("finding_action_id_ix", "finding", ["action_id"])
    op.create_table(
        "corrective_note",
        _uuid("id"),
        _uuid("action_id"),
        sa.Column(
            "kind",
            _enum(
                (
                    *("plan", "correction", "guidance", "recovery", "reply"),
                    *("hand_over", "hand_over_confirmed"),
                ),
                "notekind",
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        _text("text"),
        _day("due_on", nullable=True),
        _text("receiver", nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        _uuid("written_by"),
        _at("written_at"),
        _key("corrective_note", "action_id", "corrective_action"),
        _key("corrective_note", "written_by", "person"),
        sa.PrimaryKeyConstraint("id", name="corrective_note_pkey"),
        sa.UniqueConstraint(
            "action_id", "kind", "round", name="corrective_note_action_id_kind_round_key"
        ),
    )
    op.create_index("corrective_note_action_id_ix", "corrective_note", ["action_id"])


def _credit() -> None:
    op.add_column("credit_event", _text("reference", nullable=True))
    op.add_column("credit_event", sa.Column("settings_version", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE credit_event e SET reference = p.code, settings_version = p.settings_version,"
        " rule = replace(e.rule, 'assessed:', '') FROM project p WHERE p.id = e.project_id"
    )
    op.alter_column("credit_event", "reference", nullable=False)
    op.alter_column("credit_event", "settings_version", nullable=False)
    op.drop_constraint("credit_event_organisation_id_project_id_rule_key", "credit_event")
    op.create_unique_constraint(
        "credit_event_organisation_id_rule_reference_key",
        "credit_event",
        ["organisation_id", "rule", "reference"],
    )
    op.alter_column(
        "credit_event", "rule", type_=sa.String(40), existing_type=sa.String(), nullable=False
    )
    op.create_check_constraint(
        "creditrule",
        "credit_event",
        "rule IN ('excellent', 'good', 'fail', 'terminated', 'complaint', 'false_material',"
        " 'withdrawn')",
    )


def _conduct_list() -> None:
    op.create_table(
        "conduct_list",
        _uuid("id"),
        _text("code"),
        _text("title"),
        _day("period_from"),
        _day("period_until"),
        sa.Column("status", _enum(("listing", "published"), "liststatus"), nullable=False),
        sa.Column("stage_round", sa.Integer(), nullable=False),
        _at("opened_at"),
        _at("reply_until"),
        _at("published_at", nullable=True),
        _key("conduct_list", "id", "process"),
        sa.PrimaryKeyConstraint("id", name="conduct_list_pkey"),
        sa.UniqueConstraint("code", name="conduct_list_code_key"),
    )
    op.create_table(
        "conduct_entry",
        _uuid("id"),
        _uuid("list_id"),
        _uuid("organisation_id"),
        sa.Column("colour", _enum(("red", "black"), "colour"), nullable=False),
        sa.Column(
            "ground",
            _enum(("excellent", "failed_twice", "terminated", "false_material"), "ground"),
            nullable=False,
        ),
        sa.Column("basis", JSONB(), nullable=False),
        _text("reply", nullable=True),
        _uuid("replied_by", nullable=True),
        _at("replied_at", nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        _text("reason", nullable=True),
        _uuid("decided_by", nullable=True),
        _at("decided_at", nullable=True),
        _day("listed_on", nullable=True),
        _day("expires_on", nullable=True),
        _text("repair_reason", nullable=True),
        _uuid("repaired_by", nullable=True),
        _day("repaired_on", nullable=True),
        sa.CheckConstraint("(confirmed IS NULL) = (reason IS NULL)", name="decided_with_a_reason"),
        sa.CheckConstraint(
            "listed_on IS NULL OR confirmed", name="only_what_is_confirmed_is_listed"
        ),
        _key("conduct_entry", "list_id", "conduct_list"),
        _key("conduct_entry", "organisation_id", "organisation"),
        _key("conduct_entry", "replied_by", "person"),
        _key("conduct_entry", "decided_by", "person"),
        _key("conduct_entry", "repaired_by", "person"),
        sa.PrimaryKeyConstraint("id", name="conduct_entry_pkey"),
        sa.UniqueConstraint(
            "list_id",
            "organisation_id",
            "ground",
            name="conduct_entry_list_id_organisation_id_ground_key",
        ),
    )
    for column in ("list_id", "organisation_id"):
        op.create_index(f"conduct_entry_{column}_ix", "conduct_entry", [column])


def downgrade() -> None:
    """Take it back; what is not a lifecycle, and what followed from it, is lost."""
    op.execute(
        "UPDATE round_settings SET settings = settings"
        + "".join(f" - '{one}'" for one in _SETTINGS)
        + " || jsonb_build_object('credit_points', (settings -> 'credit_points')"
        + "".join(f" - '{one}'" for one in _POINTS)
        + ")"
    )
    op.add_column("organisation", _day("debarred_until", nullable=True))
    op.drop_table("conduct_entry")
    op.drop_table("conduct_list")
    op.execute("DELETE FROM credit_event WHERE rule NOT IN ('excellent', 'good', 'fail')")
    op.drop_constraint("creditrule", "credit_event")
    op.drop_constraint("credit_event_organisation_id_rule_reference_key", "credit_event")
    op.alter_column("credit_event", "rule", type_=sa.String(), existing_type=sa.String(40))
    op.execute("UPDATE credit_event SET rule = 'assessed:' || rule")
    op.create_unique_constraint(
        "credit_event_organisation_id_project_id_rule_key",
        "credit_event",
        ["organisation_id", "project_id", "rule"],
    )
    op.drop_column("credit_event", "settings_version")
    op.drop_column("credit_event", "reference")
    op.drop_table("corrective_note")
    op.drop_table("finding")
    op.drop_table("corrective_action")
    op.drop_table("complaint")
    _without_processes()


def _without_processes() -> None:
    other = "(SELECT id FROM process WHERE id IS DISTINCT FROM project_id)"
    for table in ("decision", "approval_code", "claim"):
        op.execute(
            f"DELETE FROM {table} WHERE gate_id IN"
            f" (SELECT id FROM gate WHERE process_id IN {other})"
        )
    for table in _OF_PROCESSES:
        op.execute(f"DELETE FROM {table} WHERE process_id IN {other}")
    _stages(_STAGES)
    for table in ("gate", "effect", "incident"):
        op.execute(f"ALTER INDEX {table}_process_id_ix RENAME TO {table}_project_id_ix")
    op.execute(
        "ALTER TABLE gate RENAME CONSTRAINT gate_process_id_stage_kind_round_key"
        " TO gate_project_id_stage_kind_round_key"
    )
    for table in _OF_PROCESSES:
        held = "project_run" if table == "process_run" else table
        op.drop_constraint(f"{table}_process_id_fkey", table)
        op.alter_column(table, "process_id", new_column_name="project_id")
        op.create_foreign_key(f"{held}_project_id_fkey", table, "project", ["project_id"], ["id"])
    op.execute("ALTER TABLE process_run RENAME CONSTRAINT process_run_pkey TO project_run_pkey")
    op.execute(
        "ALTER TABLE process_run RENAME CONSTRAINT process_run_flow_run_id_key"
        " TO project_run_flow_run_id_key"
    )
    op.rename_table("process_run", "project_run")
    op.add_column("project", _text("definition", nullable=True))
    op.execute("UPDATE project p SET definition = c.definition FROM process c WHERE c.id = p.id")
    op.alter_column("project", "definition", nullable=False)
    op.drop_table("process")
