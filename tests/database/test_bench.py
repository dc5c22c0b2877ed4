"""What the bench fills the database with fits the tables there are, and its pages read it."""

import pytest

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
