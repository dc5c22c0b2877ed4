"""The web on a real server on loopback; each test sees its own database through it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy

import httpx
import pytest
from sqlalchemy import Engine, event

from models.settings import settings
from services.rate_limits import forget_all_tries
from tests.clients import http_client
from tests.cluster import Cluster, pointing_to
from tests.conftest import Demo
from tests.patience import PATIENCE
from tests.toy.installed import installed_toys
from tests.web.fragments import build
from tests.web.replicas import balanced
from tests.web.serving import serving
from tests.web.visitor import OPEN
from tests.web.world import World


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """One web for all tests; each sees its own database through it.

    With ``make test WEBS=2`` there are as many, in processes of their own, and each request goes to
    the next.
    """
    count = int(os.environ.get("WEBS", "1"))
    with ExitStack() as running:
        # The web keeps the toys; tests of the same process that need no web do without them.
        with installed_toys():
            address = running.enter_context(serving() if count == 1 else balanced(*[{}] * count))
        yield address


@pytest.fixture(autouse=True)
def _looks_into_the_web(request: pytest.FixtureRequest) -> None:
    """Leave out what changes or watches the web's own process, where it has others."""
    watches = {"caplog", "counted"} & set(request.fixturenames)
    if os.environ.get("WEBS", "1") != "1" and (
        watches or request.node.get_closest_marker("in_process")
    ):
        pytest.skip("it changes or watches the web in its own process")


@pytest.fixture(scope="session")
def district(cluster: Cluster, seeded: str) -> World:
    """The district with a project at every stage, as a template."""
    return cluster.template("district", build, of=seeded)


@pytest.fixture(scope="module")
def world(cluster: Cluster, district: World) -> Iterator[World]:
    """The district in a database of the module's own."""
    with cluster.copy("district") as url, pointing_to(url):
        yield deepcopy(district)


@pytest.fixture(autouse=True)
def _visitors_come_and_leave() -> Iterator[None]:
    if settings().database_url:
        forget_all_tries()
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def counted() -> Iterator[list[str]]:
    """Every statement sent to a database while the test runs."""
    statements: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def web(
    round_only_read: str, served: str, demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """Everybody's view of the finished round, with the reports it has issued."""
    assert round_only_read
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(demo.data_dir))
    with http_client(base_url=served, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def fresh_web(database: str, served: str) -> Iterator[httpx.Client]:
    """The web over a database without projects."""
    assert database
    with http_client(base_url=served, timeout=PATIENCE) as client:
        yield client
