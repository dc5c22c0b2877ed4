"""The ways a lifecycle turns back: mended or returned data, a panel that recusals have broken."""

import json
from random import Random

import pytest

from demo.acting import act_at
from demo.story import Story
from domain.gates import GateKind, Outcome, Verb
from domain.lifecycle import Stage
from models import Gate, Project
from models.session import unit_of_work
from services.award import panels
from services.award.panels import InterestCreate
from services.clock import now
from services.gates.decide_gate import decide_gate
from tests.builders import actor, find_on_visit
from tests.stack.conftest import Rig

pytestmark = pytest.mark.stack


def forgetful(project: Project) -> Story:
    return Story(project.id, Random(1), ceiling_forgotten=True)


def test_data_that_is_mended_is_checked_again_and_the_run_goes_on(rig: Rig) -> None:
    project = rig.project("漏填限价", 30)
    gate = rig.lead_to(project, "publish", "repair", forgetful(project))
    act_at(gate, forgetful(project))
    assert rig.at_gate(project.id, "publish", "approval")
    first, second = rig.artifacts(f"checks-publish-{project.code.lower()}")
    assert "❌" in str(json.loads(first["data"]))
    assert "❌" not in str(json.loads(second["data"]))


def test_data_that_failed_may_be_sent_back_to_be_prepared_again(rig: Rig) -> None:
    project = rig.project("退回重拟", 31)
    gate = rig.lead_to(project, "publish", "repair", forgetful(project))
    secretary = f"secretary-{project.community_code}-1"
    with unit_of_work() as session:
        decide_gate(
            session,
            gate_id=gate.id,
            actor=actor(secretary),
            verb=Verb.RETURN,
            comment="指标也要重拟",
            at=now(session),
        )
    again = rig.at_gate(project.id, "publish", "preparation")
    assert (again.round, rig.read(gate).outcome) == (2, Outcome.RETURNED)
    act_at(again, Story(project.id, Random(1)))
    assert rig.at_gate(project.id, "publish", "approval").round == 2


def test_a_panel_that_recusals_have_broken_is_formed_anew(rig: Rig) -> None:
    project = rig.project("回避过多", 32)
    gate = rig.lead_to(project, "award", "event")
    for login in ("expert-4", "expert-5"):
        with unit_of_work() as session:
            panels.declare_interest(
                session,
                project_id=project.id,
                actor=actor(login),
                declaration=InterestCreate(interest=True),
            )
    again = rig.at_gate(project.id, "award", "preparation")
    assert (again.round, rig.read(gate).outcome) == (2, Outcome.RETURNED)
    assert _kinds(rig, project) == [
        (GateKind.PREPARATION, 1),
        (GateKind.EVENT, 1),
        (GateKind.PREPARATION, 2),
    ]


def test_a_corrective_action_runs_beside_its_project_until_it_is_healed(rig: Rig) -> None:
    project = rig.project("边整改边实施", 33)
    story = Story(project.id, Random(1))
    lifecycle = rig.lead_to(project, "deliver", "event", story)
    visit = find_on_visit(project)
    for stage, kind in (
        ("correct", "event"),
        ("correct", "approval"),
        ("recheck", "event"),
        ("recheck", "approval"),
    ):
        act_at(rig.at_gate(visit.id, stage, kind), story)
    rig.until(lambda: rig.state_of(visit.id) == "Completed", "the corrective action is completed")
    run = rig.flow_run(visit.id)
    assert run.name == f"{visit.code} {project.title}"
    assert "stage:ended" in run.tags
    assert rig.read(lifecycle).outcome is None
    told = [artifact["data"] for artifact in rig.artifacts(f"project-{visit.code.lower()}")]
    assert "已整改" in told[-1]
    assert "服务点" not in str(told)


def _kinds(rig: Rig, project: Project) -> list[tuple[GateKind, int]]:
    gates: list[Gate] = rig.gates(project.id)
    return [(gate.kind, gate.round) for gate in gates if gate.stage == Stage.AWARD]
