"""A large survey file, imported whole, beside a bare load of the same rows."""

import csv
import random
import time
from pathlib import Path

import psycopg
from sqlalchemy import make_url
from sqlmodel import select

from bench.figures import Figure
from demo.workbook import HEADER
from models import Community, Street
from models.session import unit_of_work
from models.settings import settings
from services.needs.import_needs import import_needs
from worker.stack import running_stack

_LIMIT = 60.0


def measure_import(data_dir: Path, rows: int) -> Figure:
    """Import ``rows`` rows of a survey; seconds, with those of a bare COPY in the raw times."""
    with running_stack(data_dir, workers=0):
        return timed_import(data_dir / "survey.csv", rows)


def timed_import(path: Path, rows: int) -> Figure:
    """Write a survey of ``rows`` rows and import it into the present database."""
    _write(path, rows)
    bare = _bare(path)
    began = time.perf_counter()
    batch = import_needs(path=path, actor="bench").batch
    took = time.perf_counter() - began
    if batch.imported + batch.merged != rows:
        raise RuntimeError(f"{batch.imported} of {rows} rows were imported")
    return Figure(f"an import of {rows:,} rows", took, "s", _LIMIT, at_most=True, raw=[took, bare])


def _write(path: Path, rows: int) -> None:
    with unit_of_work() as session:
        places = session.exec(
            select(Street.name, Community.name).join(
                Community,
                Community.street_code == Street.code,  # type: ignore[arg-type]
            )
        ).all()
    rng = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        survey = csv.writer(file)
        survey.writerow(HEADER)
        for number in range(rows):
            street, community = rng.choice(places)
            survey.writerow(
                (
                    *(number, street, community, f"第 {number} 件事", "物业管理"),
                    *("说明" * 30, rng.randint(1, 40), "2026-03-05"),
                )
            )


def _bare(path: Path) -> float:
    url = make_url(settings().database_url).set(drivername="postgresql")
    began = time.perf_counter()
    with (
        psycopg.connect(url.render_as_string(hide_password=False)) as connection,
        path.open("rb") as file,
    ):
        columns = ", ".join(f"c{n} text" for n in range(len(HEADER)))
        connection.execute(f"CREATE TEMP TABLE bare ({columns})".encode())
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
    return time.perf_counter() - began
