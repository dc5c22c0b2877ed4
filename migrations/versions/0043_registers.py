"""Registers: versions that nobody changes, files that are imported, and ties as the first of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Ties as they are become first versions; an ended one has a second."""
    op.create_table(
        "register_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("register_code", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("changed", _JSON, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name="register_version_recorded_by_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="register_version_pkey"),
        sa.UniqueConstraint("entry_id", "version", name="register_version_once"),
    )
    op.create_index("register_version_register", "register_version", ["register_code", "id"])
    op.create_table(
        "register_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("register_code", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("heads", _JSON, nullable=False),
        sa.Column("rows", _JSON, nullable=False),
        sa.Column("mapping", _JSON, nullable=False),
        sa.Column("faults", _JSON, nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["person.id"], name="register_import_uploaded_by_fkey"
        ),
        sa.PrimaryKeyConstraint("id", name="register_import_pkey"),
    )
    for name in ("register_code", "uploaded_by", "uploaded_at"):
        op.create_index(f"register_import_{name}_ix", "register_import", [name])
    op.add_column("tie", sa.Column("version", sa.Integer(), nullable=True))
    # What two people recorded at the same moment was recorded once.
    op.execute(
        """
        UPDATE tie SET ended_on = since WHERE id IN (
            SELECT id FROM (
                SELECT id, row_number() OVER (
                    PARTITION BY person_id, kind, organisation_id, alliance ORDER BY since, id
                ) AS number FROM tie WHERE ended_on IS NULL
            ) numbered WHERE number > 1
        )
        """
    )
    op.create_index(
        "tie_once",
        "tie",
        ["person_id", "kind", "organisation_id", "alliance"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.execute("UPDATE tie SET version = CASE WHEN ended_on IS NULL THEN 1 ELSE 2 END")
    op.alter_column("tie", "version", nullable=False)
    op.execute(
        """
        INSERT INTO register_version (
            register_code, entry_id, version, since, ended_on, facts, changed, recorded_at, salt
        )
        SELECT 'ties', id, number, since, CASE WHEN number = 2 THEN ended_on END,
            jsonb_build_object('login', person_id, 'kind', kind, 'organisation', organisation_id,
                               'alliance', alliance),
            CASE WHEN number = 1 THEN '["login", "kind", "organisation", "alliance"]'::jsonb
                 ELSE '["ended_on"]'::jsonb END,
            (CASE WHEN number = 1 THEN since ELSE ended_on END)::timestamp
                AT TIME ZONE 'Asia/Shanghai',
            replace(gen_random_uuid()::text, '-', '')
        FROM tie, generate_series(1, tie.version) AS number
        ORDER BY since, id, number
        """
    )
    op.execute(
        """
        CREATE FUNCTION register_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a version of a register is neither changed nor removed';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER register_version_stays BEFORE UPDATE OR DELETE ON register_version
        FOR EACH ROW EXECUTE FUNCTION register_version_stays()
        """
    )
    op.execute(
        """
        CREATE TRIGGER register_version_stays_whole BEFORE TRUNCATE ON register_version
        FOR EACH STATEMENT EXECUTE FUNCTION register_version_stays()
        """
    )


def downgrade() -> None:
    """Take it back; what versions alone know is lost."""
    op.drop_index("tie_once", "tie")
    op.drop_column("tie", "version")
    op.drop_table("register_import")
    op.drop_table("register_version")
    op.execute("DROP FUNCTION register_version_stays()")
