"""The analyst's command line: every kind of answer, every kind of mistake, and no way out."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from analytics.build import publish
from analytics.query import QueryResult, describe, query, tables
from analytics.snapshot import snapshot_file
from domain.errors import BadInput
from services.public.publish_snapshot import publish_snapshot
from tests.conftest import Demo
from tests.patience import PATIENCE
from tests.shell import outside

JIEBANG = [sys.executable, "-c", "from cli import main; main()", "analytics"]


def jiebang(demo: Demo, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*JIEBANG, *arguments, "--data-dir", str(demo.data_dir)],
        env=outside() | {"JIEBANG_LANG": "en", "COLUMNS": "100"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


EVERYTHING = """
SELECT INTERVAL 3 DAY AS i, '\\xAB'::BLOB AS b, TIME '10:30' AS t, 'nan'::DOUBLE AS n, 1 AS x, 2 AS x,
       DATE '2026-03-05' AS d, TIMESTAMP '2026-03-05 10:30' AS at, 1.50::DECIMAL(9,2) AS y,
       [1, NULL] AS l, {'a': 1} AS s, NULL AS nothing, '[/] | "q"' AS text, '[red]x' AS red
"""


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "md"])
def test_every_kind_of_value_is_written_in_every_form(demo: Demo, form: str) -> None:
    done = jiebang(demo, "query", EVERYTHING, "--format", form)
    assert done.returncode == 0, done.stderr
    assert "3 days" in done.stdout
    assert "x_2" in done.stdout
    assert "[/]" in done.stdout
    assert "[red]x" in done.stdout
    if form == "json":
        (row,) = json.loads(done.stdout)
        assert (row["b"], row["n"], row["t"], row["x_2"]) == ("ab", "nan", "10:30:00", 2)
        assert (row["l"], row["s"], row["nothing"]) == ([1, None], {"a": 1}, None)
    if form == "csv":
        head, row = csv.reader(io.StringIO(done.stdout))
        assert dict(zip(head, row, strict=True))["text"] == '[/] | "q"'


def test_sql_comes_from_a_file_or_from_standard_input(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT 7 AS seven")
    assert "seven" in jiebang(demo, "query", "--file", str(tmp_path / "q.sql")).stdout
    assert "eight" in jiebang(demo, "query", "-", stdin="SELECT 8 AS eight").stdout


def test_parquet_is_written_into_a_file(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    sql = "SELECT code, title FROM marts.project_lifecycle ORDER BY code"
    assert jiebang(demo, "query", sql, "--format", "parquet", "--output", str(path)).returncode == 0
    with duckdb.connect() as database:
        assert database.execute(f"SELECT count(*) FROM '{path}'").fetchone() == (12,)
    assert "--output" in jiebang(demo, "query", sql, "--format", "parquet").stderr


def test_a_limit_says_that_there_is_more(demo: Demo) -> None:
    done = jiebang(demo, "query", "FROM range(50)", "--limit", "3", "--format", "csv")
    assert done.stdout.split() == ["range", "0", "1", "2"]
    assert "first 3 rows" in done.stderr


def test_a_wide_answer_is_shown_record_by_record(demo: Demo) -> None:
    done = jiebang(demo, "query", "SELECT * FROM marts.project_lifecycle LIMIT 2")
    lines = done.stdout.splitlines()
    assert any(line.startswith("code ") and "LC-" in line for line in lines)


def test_an_answer_without_rows_shows_its_columns(demo: Demo) -> None:
    done = jiebang(demo, "query", "SELECT code FROM marts.project_lifecycle WHERE false")
    assert "code" in done.stdout
    assert "No rows" in done.stdout


def test_tables_and_columns_are_listed_with_what_they_mean(demo: Demo) -> None:
    assert "marts.project_lifecycle" in jiebang(demo, "tables").stdout
    shown = json.loads(jiebang(demo, "describe", "marts.project_lifecycle", "--json").stdout)
    assert all(column["comment"] and column["type"] for column in shown)
    assert tables(demo.data_dir).rows
    assert describe(demo.data_dir, "project_lifecycle").rows
    with pytest.raises(BadInput, match="no table"):
        describe(demo.data_dir, "nothing")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "Write an SQL statement"),
        ("  -- nothing\n", "Write an SQL statement"),
        ("SELECT 1; SELECT 2", "One statement"),
        ("SELEC 1", "failed"),
        ("SELECT nothing", "failed"),
        ("SELECT 'x'::INT FROM range(3)", "failed"),
        ("SELECT error('late') FROM range(10000) WHERE range = 9999", "failed"),
    ],
)
def test_a_mistake_is_one_sentence(demo: Demo, sql: str, words: str) -> None:
    done = jiebang(demo, "query", sql)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{out}'",
        "EXPORT DATABASE '{out}'",
        "ATTACH '{out}' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "PRAGMA enable_external_access = true",
        "CREATE TABLE star.mine AS SELECT 1",
        "DELETE FROM marts.project_lifecycle",
        "SELECT getenv('PATH')",
    ],
)
def test_a_query_leads_to_no_file_and_changes_nothing(demo: Demo, tmp_path: Path, sql: str) -> None:
    out = tmp_path / "out"
    before = snapshot_file(demo.data_dir).read_bytes()
    with pytest.raises(BadInput):
        query(demo.data_dir, sql.format(out=out))
    assert not out.exists()
    assert snapshot_file(demo.data_dir).read_bytes() == before


def test_a_query_that_runs_away_is_stopped(demo: Demo) -> None:
    began = time.monotonic()
    with pytest.raises(BadInput, match="took more than"):
        query(
            demo.data_dir, "SELECT count(*) FROM range(1e12::BIGINT) a, range(1000) b", seconds=0.5
        )
    assert time.monotonic() - began < PATIENCE


def test_a_query_that_wants_all_the_memory_is_refused(demo: Demo) -> None:
    with pytest.raises(BadInput):
        query(demo.data_dir, "SELECT list(range) FROM range(400000000)")


@pytest.mark.parametrize("content", [b"", b"no database at all", b"\0" * 20_000])
def test_a_broken_snapshot_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = snapshot_file(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(BadInput):
        query(tmp_path, "SELECT 1")


@pytest.mark.usefixtures("finished")
def test_a_log_left_beside_the_snapshot_stops_no_publication(tmp_path: Path) -> None:
    published = publish_snapshot(tmp_path)
    assert not published.stat().st_mode & 0o222
    published.with_name(f"{published.name}.wal").write_bytes(b"left by somebody who wrote")
    publish_snapshot(tmp_path)
    assert isinstance(query(tmp_path, "SELECT 1"), QueryResult)
    left = {path.name for path in published.parent.iterdir()}
    assert left == {"jiebang.duckdb", "parquet", "publish.lock"}


@pytest.mark.usefixtures("finished")
def test_what_a_killed_build_left_is_swept_away(tmp_path: Path) -> None:
    published = publish_snapshot(tmp_path)
    stray = published.with_name("jiebang.123.new.duckdb")
    stray.write_bytes(b"half")
    os.utime(stray, (0, 0))
    publish_snapshot(tmp_path)
    assert not stray.exists()
    assert callable(publish)


def test_help_and_a_query_load_nothing_of_the_platform() -> None:
    heavy = "{'sqlmodel', 'sqlalchemy', 'pydantic', 'pandas', 'pyarrow', 'prefect', 'yaml'}"
    for module, more in (("cli", "{'duckdb'}"), ("analytics.query", "set()")):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                f"import sys, {module}; print(({heavy} | {more}) & set(sys.modules))",
            ],
            env=outside(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "set()", module


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_days_are_those_of_beijing_wherever_the_reader_is(demo: Demo, zone: str) -> None:
    sql = "SELECT TIMESTAMPTZ '2026-12-10 17:00:00+00'::DATE AS day"
    done = subprocess.run(
        [*JIEBANG, "query", sql, "--format", "csv", "--data-dir", str(demo.data_dir)],
        env=outside() | {"TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["day", "2026-12-11"]
