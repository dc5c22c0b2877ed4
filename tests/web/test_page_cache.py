"""Pages made once for many readers: never older than the database, never somebody else's."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from models import Project
from models.session import dispose, unit_of_work
from services.clock import now
from tests.clients import http_client
from tests.cluster import SETTINGS, Cluster, postgres_under, quick_folder, tool
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def alone(world: World, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The district on a server of its own: elsewhere on a server nobody else commits anything."""
    with quick_folder() as folder, postgres_under(folder, *SETTINGS) as server:
        dump = folder / "district.dump"
        own = make_url(os.environ["JIEBANG_DATABASE_URL"]).database or ""
        tool(cluster.server, "pg_dump", "--format=custom", f"--file={dump}", own)
        monkeypatch.setenv("JIEBANG_DATABASE_URL", Cluster(folder).create("district"))
        tool(server, "pg_restore", "--no-owner", "--dbname=district", str(dump))
        yield world
        dispose(server.url("district"))


def _rename(project: Project, title: str) -> None:
    with unit_of_work() as session:
        session.get_one(Project, project.id).title = title


def _minute() -> str:
    """Return the platform's minute, after which a page is made anew."""
    with unit_of_work() as session:
        return f"{now(session):%H:%M}"


@pytest.mark.parametrize("lang", ["", "/en"])
def test_a_page_is_made_once_until_something_is_committed(
    alone: World, served: str, counted: list[str], lang: str
) -> None:
    project = alone.projects["bidding"]
    for path in (f"{lang}/", f"{lang}/projects/{project.code}"):
        with http_client(base_url=served) as reader:
            minute = None
            while minute != (minute := _minute()):
                _rename(project, "巡访一")
                assert "巡访一" in reader.get(path).text
                counted.clear()
                again = reader.get(path)
                read = len(counted)
            assert "巡访一" in again.text
            assert read == 1
            _rename(project, "巡访二")
            assert "巡访二" in reader.get(path).text


def test_who_has_a_cookie_is_served_anew(world: World, served: str) -> None:
    path = f"/projects/{world.projects['bidding'].code}"
    with http_client(base_url=served) as reader:
        plain = reader.get(path).text
    member = Visitor(served, world.people["other organisation"])
    mine = member.read(path)
    assert 'name="csrf"' in mine
    assert 'name="csrf"' not in plain
    with http_client(base_url=served) as reader:
        assert reader.get(path).text == plain
