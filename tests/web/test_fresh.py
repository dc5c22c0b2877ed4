"""Pages made once for many readers: never older than the database, never somebody else's."""

import httpx
import pytest

from models import Project
from models.session import unit_of_work
from tests.web.visitor import Visitor
from tests.web.world import World


def _rename(project: Project, title: str) -> None:
    with unit_of_work() as session:
        session.get_one(Project, project.id).title = title


@pytest.mark.parametrize("lang", ["", "/en"])
def test_a_page_is_made_once_until_something_is_committed(
    world: World, served: str, counted: list[str], lang: str
) -> None:
    project = world.projects["bidding"]
    for path in (f"{lang}/", f"{lang}/projects/{project.code}"):
        with httpx.Client(base_url=served) as reader:
            _rename(project, "巡访一")
            assert "巡访一" in reader.get(path).text
            counted.clear()
            again = reader.get(path)
            assert "巡访一" in again.text
            assert len(counted) == 1
            _rename(project, "巡访二")
            assert "巡访二" in reader.get(path).text


def test_who_has_a_cookie_is_served_anew(world: World, served: str) -> None:
    path = f"/projects/{world.projects['bidding'].code}"
    with httpx.Client(base_url=served) as reader:
        plain = reader.get(path).text
    member = Visitor(served, world.people["other organisation"])
    mine = member.read(path)
    assert 'name="csrf"' in mine
    assert 'name="csrf"' not in plain
    with httpx.Client(base_url=served) as reader:
        assert reader.get(path).text == plain
