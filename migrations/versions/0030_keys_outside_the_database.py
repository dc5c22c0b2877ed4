"""What could be guessed from a digest is digested under a key that is not in the database."""

import sqlalchemy as sa
from alembic import op

from models.keyring import concealed, keyed_digest

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Digests of before are digested once more, under the key; heads are never changed."""
    op.add_column("audit_entry", sa.Column("salt", sa.String(), nullable=True))
    connection = op.get_bind()
    for table, column, purpose in (
        ("need_support", "supporter", "need"),
        ("assessment_response", "device", "device"),
    ):
        held = connection.execute(sa.text(f"SELECT DISTINCT {column} FROM {table}")).scalars().all()
        for one in held:
            if one:
                connection.execute(
                    sa.text(f"UPDATE {table} SET {column} = :new WHERE {column} = :old"),
                    {"old": one, "new": keyed_digest(purpose, one)},
                )
    secrets = connection.execute(
        sa.text("SELECT person_id, totp_secret FROM credential WHERE totp_secret IS NOT NULL")
    )
    for person_id, secret in secrets.all():
        connection.execute(
            sa.text("UPDATE credential SET totp_secret = :held WHERE person_id = :person"),
            {"held": concealed(secret, str(person_id)), "person": person_id},
        )
    op.execute("DELETE FROM kept_answer")
    op.execute("DELETE FROM sign_in_failure")
    op.add_column("sign_in_failure", sa.Column("about", sa.String(), nullable=False))
    op.create_index("sign_in_failure_about_ix", "sign_in_failure", ["about"])
    op.create_table(
        "known_device",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("known_device_person_id_ix", "known_device", ["person_id"])
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
        CREATE TRIGGER audit_head_is_append_only BEFORE UPDATE OR DELETE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    """)


def downgrade() -> None:
    """Take it back; one-time codes have to be turned on anew."""
    op.execute("DROP TRIGGER audit_head_is_append_only ON audit_head; DROP FUNCTION refuse_change")
    op.execute("UPDATE credential SET totp_secret = NULL, totp_since = NULL")
    op.drop_table("known_device")
    op.drop_index("sign_in_failure_about_ix", "sign_in_failure")
    op.drop_column("sign_in_failure", "about")
    op.drop_column("audit_entry", "salt")
