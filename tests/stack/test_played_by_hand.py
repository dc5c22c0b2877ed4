"""The whole lifecycle clicked through by its people, in a real browser on the running stack."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from domain.lifecycle import Status
from models import Project, Report
from models.session import unit_of_work
from services.file_store import KEPT_IN, Folder, file_store
from tests.browsing import chromium
from tests.buckets import bucket
from tests.builders import new_need
from tests.stack.conftest import Rig
from tests.stack.machines import two_machines
from tests.stack.play import Play

pytestmark = [pytest.mark.stack, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as chrome:
        yield chrome


def issued(project: Project) -> Callable[[], bool]:
    """Return whether the reports of a project are there: two languages, two formats."""

    def holds() -> bool:
        with unit_of_work() as session:
            query = select(Report).where(Report.project_id == project.id)
            return len(session.exec(query).all()) == 4

    return holds


def closed(project: Project) -> Callable[[], bool]:
    def holds() -> bool:
        with unit_of_work() as session:
            return session.get_one(Project, project.id).status is Status.CLOSED

    return holds


def test_a_project_goes_from_its_need_to_its_closing_report_on_two_machines(
    rig: Rig, browser: Browser, tmp_path: Path
) -> None:
    with bucket(tmp_path) as environment, two_machines(rig, tmp_path, environment) as address:
        play_whole(Play(rig, browser, address))
        # Nothing that rows name lies on one of the machines.
        for data_dir in (rig.data_dir, tmp_path / "machine-2"):
            assert list(Folder(data_dir).names()) == []
        assert {name.partition("/")[0] for name in file_store().names()} == set(KEPT_IN)


def play_whole(play: Play) -> None:
    """Let everybody do what is theirs, from the need to the closing report."""
    rig = play.rig
    title = "银发助餐"
    need = new_need(title, 40)
    secretary, street = f"secretary-{need.community_code}-1", f"street-{need.street_code}-1"
    project = play.form_project(secretary, title)
    play.evaluate(project, secretary, street)
    play.publish(project, secretary, secretary.removesuffix("1") + "2", street)
    rig.at_gate(project.id, "bid", "timer")
    play.bid(project, "organisation-01", "80,000", partner="organisation-02")
    play.bid(project, "organisation-03", "85,000")
    play.pass_time(project, street, "bid")
    play.award(project, secretary, street)
    play.agree(project, street, "organisation-01", "organisation-03")
    play.deliver(project, street, "organisation-01")
    play.assess(project, secretary, street)
    rig.until(closed(project), "the project to be closed")

    reader = play.who(secretary)
    reader.go(f"/projects/{project.code}")
    expect(reader.page.locator(".score b")).to_have_text("91.00")
    reader.page.locator("a.proof").last.click()
    expect(reader.page.locator(".verdict.good")).to_be_visible()
    rig.until(issued(project), "the reports to be issued")
    for _ in range(2):
        report = reader.page.request.get(f"{play.address}/projects/{project.code}/report.pdf")
        assert report.status == 200
        assert report.body().startswith(b"%PDF")
