"""What the bench fills the database with fits the tables there are, and its pages read it."""

from pathlib import Path

import pytest

from bench.__main__ import MEASURES
from bench.imports import timed_import
from bench.pages import fill
from models.session import unit_of_work
from services.public.board import BoardFilter, read_board
from services.public.public_project import read_public_project


@pytest.mark.usefixtures("database")
def test_the_bench_fills_a_district_that_the_pages_can_read() -> None:
    code = fill(projects=20, needs=60, organisations=5)
    with unit_of_work() as session:
        page = read_public_project(session, code)
        assert page.call
        assert page.needs
        assert page.timeline
        assert read_board(session, BoardFilter()).items


@pytest.mark.usefixtures("database")
def test_the_bench_imports_a_survey(tmp_path: Path) -> None:
    figure = timed_import(tmp_path / "survey.csv", 50)
    assert figure.ok
    assert len(figure.raw) == 2


def test_every_measure_of_the_bench_may_be_named() -> None:
    assert set(MEASURES) == {"pages", "lifecycles", "guard", "report", "snapshot", "import"}
