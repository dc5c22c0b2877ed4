"""The running stack against somebody else on the machine, and against a page in a browser."""

import os
import re
import stat
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from models import Incident
from models.keyring import keys_dir
from models.session import unit_of_work
from services.execution.prefect_door import door_link
from services.incidents import FOREIGN_CODE
from tests.patience import PATIENCE
from tests.stack.conftest import Rig

pytestmark = [pytest.mark.stack, pytest.mark.browser]

ELSEWHERE = "http://elsewhere.example"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/flow_runs/filter"),
        ("POST", "/deployments/"),
        ("POST", "/flows/"),
        ("POST", "/work_pools/filter"),
        ("GET", "/admin/settings"),
        ("POST", "/flow_run_states/"),
        ("DELETE", "/work_pools/jiebang"),
    ],
)
@pytest.mark.parametrize("auth", [None, ("jiebang", "guess"), ("admin", "")])
def test_prefects_api_answers_nobody_without_its_password(
    rig: Rig, method: str, path: str, auth: tuple[str, str] | None
) -> None:
    answer = httpx.request(method, f"{rig.stack.addresses.api_url}{path}", json={}, auth=auth)
    assert answer.status_code == 401
    assert "jiebang" not in answer.text


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
def test_prefects_streams_answer_nobody_without_its_password(rig: Rig, path: str) -> None:
    url = rig.stack.addresses.api_url.replace("http", "ws", 1) + path
    with pytest.raises((WebSocketException, TimeoutError)):
        _hear(url)


def _hear(url: str) -> None:
    """Open a stream and wait for its first word."""
    with connect(url) as socket:
        socket.send("{}")
        socket.recv(timeout=PATIENCE)


def test_prefects_api_lets_no_other_page_read_it(rig: Rig) -> None:
    for origin in (ELSEWHERE, "null", rig.stack.addresses.web_url):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        url = f"{rig.stack.addresses.api_url}/flow_runs/filter"
        for answer in (httpx.options(url, headers=asked), httpx.post(url, headers=asked, json={})):
            assert answer.headers.get("access-control-allow-origin") not in (origin, "*")


@pytest.mark.parametrize("form", ["dotted", "path"])
def test_a_worker_loads_no_code_that_is_not_the_platforms(
    rig: Rig, tmp_path: Path, form: str
) -> None:
    marker = tmp_path / "was-here"
    module = tmp_path / "attack.py"
    module.write_text(
        f"open({str(marker)!r}, 'w').close()\nfrom prefect import flow\n@flow\ndef attack(): pass\n"
    )
    entrypoint = f"{module}:attack" if form == "path" else "antigravity.fly"
    flow_id = rig.prefect.create_flow_from_name("attack")
    deployment = rig.prefect.create_deployment(
        flow_id=flow_id, name=form, entrypoint=entrypoint, work_pool_name="jiebang"
    )
    run = rig.prefect.create_flow_run_from_deployment(deployment)

    def refused() -> bool:
        state = rig.prefect.read_flow_run(run.id).state
        return state is not None and state.is_crashed()

    rig.until(refused, "the run to be turned away")
    assert not marker.exists()
    open_ones = select(Incident.kind).where(col(Incident.closed_at).is_(None))

    def is_told_of() -> bool:
        with unit_of_work() as session:
            return session.exec(open_ones).all().count(FOREIGN_CODE) == 1

    rig.until(is_told_of, "the incident to be open, once")


def test_nobody_else_reads_the_data_directory(rig: Rig) -> None:
    assert not rig.data_dir.stat().st_mode & (stat.S_IRWXO | stat.S_IRGRP | stat.S_IWGRP)
    ours = [
        path
        for name in ("run", "log", "keys", "audit")
        for path in (rig.data_dir / name).rglob("*")
    ]
    assert len(ours) > 8
    open_to_others = [str(path) for path in ours if path.stat().st_mode & 0o077]
    assert open_to_others == []
    if os.geteuid() == 0:
        seen = subprocess.run(
            ["ls", str(rig.data_dir)], user="nobody", capture_output=True, check=False
        )
        assert seen.returncode != 0


def test_the_socket_lies_in_a_folder_nobody_could_foresee(rig: Rig) -> None:
    folder = rig.stack.postgres.socket
    assert folder.name not in str(rig.data_dir)
    assert not folder.stat().st_mode & 0o077
    assert (rig.data_dir / "run" / "socket").read_text() == str(folder)


def test_each_data_directory_has_a_password_of_its_own(rig: Rig) -> None:
    password_file = keys_dir() / "prefect"
    assert password_file.stat().st_mode & 0o777 == 0o600
    assert password_file.read_text() in os.environ["PREFECT_API_AUTH_STRING"]
    for log in (rig.data_dir / "log").iterdir():
        assert password_file.read_text() not in log.read_text(errors="replace"), log


def test_an_operator_is_one_click_away_from_the_prefect_ui(rig: Rig, browser_page: Page) -> None:
    project = rig.project("一键进入", 3)
    rig.at_gate(project.id)
    run = rig.flow_run(project.id)
    browser_page.goto(f"{rig.stack.addresses.ui_url}/dashboard")
    expect(browser_page.get_by_text("Login").first).to_be_visible()
    browser_page.goto(door_link(f"/runs/flow-run/{run.id}"))
    expect(browser_page.get_by_role("button", name="Resume").first).to_be_visible()
    assert "enter" not in browser_page.url
    browser_page.goto(door_link("//elsewhere.example/"))
    own = re.escape(rig.stack.addresses.ui_url)
    expect(browser_page).to_have_url(re.compile(rf"{own}/(v2/)?dashboard.*"))
