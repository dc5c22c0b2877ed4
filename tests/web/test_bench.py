"""The measure of the pages, tiny."""

import pytest

from bench.pages import fill, read_pages, read_register


@pytest.mark.usefixtures("database")
def test_the_pages_are_measured(served: str) -> None:
    code = fill(projects=20, needs=60, organisations=5)
    figures = read_pages(served, code, lambda _: None, seconds=0.3)
    assert len(figures) == 8
    figures += read_register(served, lambda _: None, entries=60, seconds=0.3)
    assert len(figures) == 10
    assert all(figure.value > 0 for figure in figures)
