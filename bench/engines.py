"""One guard, one report, one snapshot: each measured warm, several times."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import adbc_driver_postgresql.dbapi as adbc
import duckdb
from sqlalchemy import make_url, text
from sqlmodel import Session, select

from analytics.build import build, export_parquet
from bench.figures import Figure, median
from checks import SUITES, read_frame, run_suite
from domain.lifecycle import Status
from models import Project
from models.session import unit_of_work
from models.settings import settings
from reports.render import render_pdf
from services.clock import now
from services.public.closing_report import build_report

_TIMES = 9


def _timed(do: Callable[[], object], times: int = _TIMES) -> list[float]:
    do()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return took


def _closed(session: Session) -> Project:
    return session.exec(select(Project).where(Project.status == Status.CLOSED)).all()[0]


def measure_guard() -> Figure:
    """The largest suite over a closed project: frame read and checks run."""
    with unit_of_work() as session:
        project = _closed(session)
        suite = max(SUITES.values(), key=lambda candidate: len(candidate.checks))
        took = _timed(
            lambda: run_suite(suite, read_frame(session, suite, process=project.id, round=1))
        )
    return Figure("a stage's guard", median(took), "s", 0.15, at_most=True, raw=took)


def measure_report() -> Figure:
    """A closing report as PDF, from its rows."""
    with unit_of_work() as session:
        project = _closed(session)
        took = _timed(lambda: render_pdf(build_report(session, project, now(session)), "zh"))
    return Figure("a PDF report", median(took), "s", 0.5, at_most=True, raw=took)


_BARE = "SELECT id::text, gate_id::text, verb, option, seat, channel, decided_at FROM decision"


def _bare(url: str, path: Path) -> None:
    """ADBC fetch, bare load, one aggregation, Parquet: what any snapshot has to do."""
    path.unlink(missing_ok=True)
    libpq = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with duckdb.connect(str(path)) as database:
        with adbc.connect(libpq) as source, source.cursor() as cursor:
            cursor.execute(_BARE)
            arrow = cursor.fetch_record_batch()
            database.register("arrow", arrow)
            database.execute("CREATE TABLE decision AS SELECT * FROM arrow")
        database.execute("CREATE TABLE mart AS SELECT gate_id, count(*) FROM decision GROUP BY 1")
        database.execute(f"COPY decision TO '{path.with_suffix('.parquet')}' (FORMAT parquet)")
        database.execute(f"COPY mart TO '{path.with_suffix('.mart.parquet')}' (FORMAT parquet)")


def measure_snapshot(facts: int) -> Figure:
    """A snapshot of ``facts`` decisions against fetching, loading and aggregating the same rows."""
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO decision (id, gate_id, person_id, verb, seat, comment, channel,"
                " dossier_version, key, decided_at)"
                " SELECT gen_random_uuid(), g.id, p.id, 'approve', 0, '', 'bench', 1,"
                " :run || n, clock_timestamp() FROM generate_series(1, :facts) n,"
                " (SELECT id FROM gate LIMIT 1) g, (SELECT id FROM person LIMIT 1) p"
            ),
            {"run": uuid4().hex, "facts": facts},
        )
    url, folder = settings().database_url, settings().data_dir / "analytics"
    folder.mkdir(exist_ok=True)
    bare = _timed(lambda: _bare(url, folder / "bare.duckdb"), 3)

    def whole() -> None:
        build(folder / "bench.duckdb", url)
        export_parquet(folder / "bench.duckdb", folder / "bench.parquet")

    ours = _timed(whole, 3)
    return Figure(
        f"a snapshot of {facts:,} facts / bare fetch, load, aggregation, Parquet",
        median(ours) / median(bare),
        "×",
        3,
        at_most=True,
        raw=[*ours, *bare],
    )
