"""Approvers decide in the Prefect UI: the dossier, the form, the code, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from domain.gates import Outcome, Verb
from models import ApprovalCode, Decision, Gate, Project
from models.session import unit_of_work
from services.execution.prefect_door import door_link
from services.gates.approval_codes import issue_code
from tests.builders import actor
from tests.stack.conftest import Rig

pytestmark = [pytest.mark.stack, pytest.mark.browser]


def code_for(gate: Gate, login: str, verb: Verb = Verb.APPROVE) -> str:
    with unit_of_work() as session:
        return issue_code(session, gate_id=gate.id, actor=actor(login), verb=verb)[0]


class Dialog:
    """The Resume dialog of one project's run."""

    def __init__(self, page: Page, rig: Rig, project: Project, shots: Path) -> None:
        self.page, self.shots = page, shots
        self.url = door_link(f"/runs/flow-run/{rig.flow_run(project.id).id}")

    def open(self, name: str) -> str:
        """Open the dialog; return what it says, and keep a picture."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="Resume").first.click()
        self.box = self.page.locator(".p-modal__card, [role=dialog]").last
        expect(self.box.get_by_text("审批码").first).to_be_visible()
        self.page.screenshot(path=self.shots / f"{name}.png")
        return self.box.inner_text()

    def submit(self, decision: str, code: str, comment: str = "") -> None:
        """Fill in the form and submit it."""
        self.box.get_by_role("button", name="—", exact=True).focus()
        self.page.keyboard.press("Space")
        self.page.get_by_role("option", name=decision).click()
        fields = self.box.locator("textarea")
        fields.nth(0).fill(comment)
        fields.nth(1).fill(code)
        self.box.get_by_role("button", name="Submit").click()
        expect(self.box).to_be_hidden()
        self.page.goto("about:blank")


def test_a_gate_is_decided_in_the_prefect_ui_and_every_wrong_code_says_why(
    rig: Rig, browser_page: Page, tmp_path: Path
) -> None:
    project = rig.project("楼院助老 <b>粗</b>", 12)
    gate = rig.lead_to(project, "evaluate", "approval")
    dialog = Dialog(browser_page, rig, project, tmp_path)
    description = dialog.open("first")
    assert project.code in description
    assert "<b>粗</b>" in description
    assert "评榜审定" in description
    assert "数据检查" in description
    inbox = dialog.box.get_by_role("link", name="收件箱中的完整材料")
    web = rig.stack.addresses.web_url
    expect(inbox).to_have_attribute("href", f"{web}/desk/{project.code}/evaluate-approval-r1")

    dialog.submit("同意 approve", "AAAA-BBBB-CCCC-DDDD")
    rig.until(lambda: rig.read(gate).parked_wake == 2, "the run to suspend again")
    assert "没有这个审批码" in dialog.open("wrong-code")

    dialog.submit("退回 return", code_for(gate, "expert-3"), "再议")
    rig.until(lambda: rig.read(gate).parked_wake == 3, "the run to suspend again")
    assert "另一种决定" in dialog.open("other-decision")

    dialog.submit("同意 approve", code_for(gate, f"secretary-{project.community_code}-1"))
    rig.until(lambda: rig.read(gate).parked_wake == 4, "the run to suspend again")
    assert "您准备了这份材料" in dialog.open("not-permitted")

    dialog.submit("同意 approve", code_for(gate, "expert-3"), "同意")
    rig.until(lambda: rig.read(gate).parked_wake == 5, "the run to wait for the second seat")
    dialog.open("second-seat")
    dialog.submit("同意 approve", code_for(gate, f"street-{project.street_code}-1"))
    rig.until(lambda: rig.passed(gate), "the gate to be passed")
    assert rig.read(gate).outcome is Outcome.APPROVED
    with unit_of_work() as session:
        made = session.exec(select(Decision).where(Decision.gate_id == gate.id)).all()
    assert {decision.channel for decision in made} == {"prefect-ui"}
    assert sorted(decision.comment for decision in made) == ["", "同意"]


def test_a_code_expired_used_or_of_another_gate_says_why(
    rig: Rig, browser_page: Page, tmp_path: Path
) -> None:
    project, other = rig.project("过期、用过、别处的码", 14), rig.project("别处", 15)
    gate = rig.lead_to(project, "evaluate", "approval")
    elsewhere = rig.lead_to(other, "evaluate", "approval")
    dialog = Dialog(browser_page, rig, project, tmp_path)

    expired = code_for(gate, "expert-3")
    with unit_of_work() as session:
        row = session.exec(select(ApprovalCode).where(ApprovalCode.gate_id == gate.id)).one()
        row.expires_at = row.issued_at
    dialog.open("before")
    dialog.submit("同意 approve", expired)
    rig.until(lambda: rig.read(gate).parked_wake == 2, "the run to suspend again")
    assert "它已过期" in dialog.open("expired")

    dialog.submit("同意 approve", code_for(elsewhere, "expert-3"))
    rig.until(lambda: rig.read(gate).parked_wake == 3, "the run to suspend again")
    assert "它属于另一个环节" in dialog.open("foreign")

    right = code_for(gate, "expert-3")
    dialog.submit("同意 approve", right)
    rig.until(lambda: rig.read(gate).parked_wake == 4, "the run to wait for the second seat")
    dialog.open("taken")
    dialog.submit("同意 approve", right)
    rig.until(lambda: rig.read(gate).parked_wake == 5, "the run to suspend again")
    assert "它已被使用" in dialog.open("used")
    assert rig.read(gate).outcome is None
    assert rig.read(elsewhere).ui_failures == 0


def test_the_project_s_artifact_is_read_in_the_prefect_ui(rig: Rig, browser_page: Page) -> None:
    project = rig.project("产物可读", 13)
    rig.lead_to(project, "evaluate", "approval")
    browser_page.goto(door_link(f"/artifacts/key/project-{project.code.lower()}"))
    browser_page.locator("a[href*='/artifacts/artifact/']").first.click()
    expect(browser_page.get_by_text("评榜审定").first).to_be_visible()
