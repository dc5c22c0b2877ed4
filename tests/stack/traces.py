"""What a running stack leaves in databases, logs and the snapshot, as text to look through."""

from pathlib import Path

import psycopg
from psycopg import sql

from analytics.snapshot import reading
from tests.stack.conftest import Rig


def rows_of(rig: Rig, database: str) -> dict[str, str]:
    """Return every row of every table of a database as text, by table."""
    socket = str(rig.stack.postgres.socket)
    with psycopg.connect(host=socket, user="postgres", dbname=database) as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            name: "\n".join(
                row[0]
                for row in connection.execute(
                    sql.SQL("SELECT t::text FROM {} t").format(sql.SQL(name))
                )
            )
            for (name,) in tables
        }


def logs_of(rig: Rig) -> dict[str, str]:
    """Return every log of the stack, by its file."""
    return {
        file.name: file.read_text(errors="replace") for file in (rig.data_dir / "log").iterdir()
    }


def publish_by_flow(rig: Rig) -> Path:
    """Let the worker publish the snapshot, and return its file."""
    deployment = rig.prefect.read_deployment_by_name("publish-snapshot/v1")
    run = rig.prefect.create_flow_run_from_deployment(deployment.id)

    def done() -> bool:
        state = rig.prefect.read_flow_run(run.id).state
        assert state is not None
        assert not state.is_failed(), state.message
        return state.is_completed()

    rig.until(done, "the snapshot to be published")
    return rig.data_dir / "analytics" / "jiebang.duckdb"


def rows_of_snapshot(published: Path) -> dict[str, str]:
    """Return every row of every table and view of a snapshot as text, by name."""
    with reading(published) as snapshot:
        names = snapshot.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL"
            " SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        return {
            f"{schema}.{name}": "\n".join(
                row[0]
                for row in snapshot.execute(f'SELECT t::text FROM "{schema}"."{name}" t').fetchall()
            )
            for schema, name in names
        }
