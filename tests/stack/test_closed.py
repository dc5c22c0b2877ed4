"""What is confided to a closed register is on its own pages, and nowhere else in a running stack."""

from collections.abc import Iterator

import httpx
import pytest

from api.json.app import api_routers
from api.main import page_routers
from tests.stack.conftest import Rig
from tests.stack.traces import logs_of, publish_by_flow, rows_of, rows_of_snapshot
from tests.toy.closed_register import CIRCLE
from tests.toy.installed import ALL
from tests.web.visitor import Visitor

pytestmark = pytest.mark.stack
CONFIDED = "银杏树下的约定"
NICKNAME = "石榴巷的老街坊"
# The register itself, and its history, which the register's pages alone read.
OWN_TABLES = {"public.toy_confidant", "public.register_version"}


def lists() -> Iterator[str]:
    """Yield everything that is read without naming a thing: pages, exports, feeds, operations."""
    for routers, prefix in ((page_routers(ALL), ""), (api_routers(ALL), "/api/v1")):
        for router in routers:
            for route in router.routes:
                path, methods = getattr(route, "path", "{"), getattr(route, "methods", ())
                if "GET" in methods and "{" not in path and not path.startswith(CIRCLE.path):
                    yield prefix + path


def test_a_closed_register_is_read_on_its_own_pages_and_nowhere_else(rig: Rig) -> None:
    project = rig.project("内部名册", 44)
    rig.lead_to(project, "evaluate", "approval")
    web = rig.stack.addresses.web_url
    secretary = Visitor(web, f"secretary-{project.community_code}-1")
    form = {"login": "expert-3", "community": project.community_code, "confided": CONFIDED}
    refused = secretary.post(f"{CIRCLE.path}/new", **form, nickname="石")
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    answer = secretary.post(f"{CIRCLE.path}/new", **form, nickname=NICKNAME)
    entry = answer.headers["location"].partition("?")[0]
    assert CONFIDED in secretary.read(entry)
    assert NICKNAME in secretary.read(CIRCLE.path)
    for reader in (secretary, Visitor(web, "administrator-1"), Visitor(web)):
        for path in lists():
            for asked in (path, f"{path}?q={NICKNAME}", f"/en{path}"):
                read = reader.client.get(asked, follow_redirects=True)
                told = read.text.replace(f'value="{NICKNAME}"', "")
                assert CONFIDED not in told, asked
                assert NICKNAME not in told, asked
    ours, theirs = rows_of(rig, "jiebang"), rows_of(rig, "prefect")
    assert project.code in "\n".join(theirs.values())
    assert {table for table, rows in ours.items() if CONFIDED in rows} == {"public.toy_confidant"}
    assert {table for table, rows in ours.items() if NICKNAME in rows} == OWN_TABLES
    elsewhere = {**theirs, **logs_of(rig), **rows_of_snapshot(publish_by_flow(rig))}
    assert {"public.flow_run", "worker-1.log", "star.dim_project"} <= set(elsewhere)
    for place, told in elsewhere.items():
        for word in (CONFIDED, NICKNAME):
            assert word not in told, place
            assert word.encode("unicode_escape").decode() not in told.replace("\\\\", "\\"), place
