"""What operators see in Prefect, and what nobody may see there."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlmodel import select

from demo.bidding import letter_of
from demo.round import RoundDriver
from demo.story import Story
from domain.gates import Verb
from models import BidPayload, Gate, Organisation, Person, Project
from models.session import unit_of_work
from services.assess.resident_tokens import (
    SheetsCreate,
    answer_ballot,
    issue_sheets,
    read_ballot,
)
from services.award import objections
from services.award.objections import ObjectionCreate, ObjectionUpdate
from services.bid.bids import submit_bid
from services.bid.consortia import draft_bid
from services.deliver import amendments
from services.deliver.delivery import milestones_of
from services.evaluate import evaluation
from services.gates.approval_codes import issue_code
from services.publish.present_call import current_call
from tests.builders import actor, decide
from tests.patience import PATIENCE
from tests.shell import ROOT
from tests.stack.conftest import Rig
from tests.stack.traces import logs_of, publish_by_flow, rows_of

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def finished_project(rig: Rig) -> Project:
    project = rig.project("界面所见", 5)
    rig.finish(project)
    return project


def test_a_run_is_named_by_code_and_title_and_tagged(rig: Rig, finished_project: Project) -> None:
    run = rig.flow_run(finished_project.id)
    assert run.name == f"{finished_project.code} {finished_project.title}"
    assert "elderly" in run.tags
    assert any(tag.endswith("街道") for tag in run.tags)
    assert [tag for tag in run.tags if tag.startswith("stage:")] == ["stage:ended"]


def test_one_markdown_artifact_is_kept_current(rig: Rig, finished_project: Project) -> None:
    versions = rig.artifacts(f"project-{finished_project.code.lower()}")
    assert len(versions) > 10
    assert "结项" in str(versions[-1]["data"])


@pytest.mark.parametrize("suite", ["evaluate", "publish", "bid", "award", "deliver", "assess"])
def test_each_check_run_is_a_table(rig: Rig, finished_project: Project, suite: str) -> None:
    (table,) = rig.artifacts(f"checks-{suite}-{finished_project.code.lower()}")
    assert table["type"] == "table"
    assert f"{suite}." in str(table["data"])


def test_progress_over_the_stages_reaches_its_end(rig: Rig, finished_project: Project) -> None:
    versions = rig.artifacts(f"progress-{finished_project.code.lower()}")
    reached = [float(version["data"]) for version in versions]
    assert reached == sorted(reached)
    assert reached[-1] == 100.0
    assert len(reached) >= 6


def test_a_step_is_shown_once_however_often_its_run_went_on(
    rig: Rig, finished_project: Project
) -> None:
    """A result is computed and checked before a gate, so the run goes on after both are done."""
    tasks: Counter[str] = Counter()

    def told() -> bool:
        response = rig.prefect.request(
            "POST",
            "/task_runs/filter",
            json={
                "task_runs": {
                    "flow_run_id": {"any_": [str(rig.flow_run(finished_project.id).id)]},
                    "state": {"type": {"any_": ["COMPLETED"]}},
                }
            },
        )
        tasks.clear()
        tasks.update(run["name"] for run in response.json())
        return "assess.report" in tasks

    rig.until(told, "the last step to be recorded")
    assert set(tasks.values()) == {1}
    assert {"assess.compute", "assess.guard", "bid.open", "deliver.accept"} <= set(tasks)


def test_events_tell_what_happened_in_each_stage(rig: Rig, finished_project: Project) -> None:
    events: set[str] = set()

    def told() -> bool:
        response = rig.prefect.request(
            "POST",
            "/events/filter",
            json={
                "filter": {
                    "event": {"prefix": ["jiebang.project."]},
                    "resource": {"id": [f"jiebang.project.{finished_project.code.lower()}"]},
                },
                "limit": 50,
            },
        )
        events.update(event["event"] for event in response.json()["events"])
        return "jiebang.project.assess.approval-approved" in events

    rig.until(told, "the events to arrive")
    assert {"jiebang.project.bid.checked", "jiebang.project.publish.approval-waiting"} <= events


PLANTED = {
    "plan": "朱鹮栖息地",
    "comment": "紫罗兰便签",
    "grounds": "青铜匣疑点",
    "cause": "琥珀色根源",
    "group": "松石群体",
    "record": "雪松业绩",
    "amendment": "海棠汛期顺延",
    "words": "胡桃木轮椅坡道",
    "name": "欧阳不疑",
}


# What a panel of the demo remarks, gives as a reason, and says when it meets.
PROCEEDINGS = ("预算说明还可以更细", "先前看漏了附表", "逐项比较了方案的服务时段")


def test_nothing_sealed_or_personal_reaches_prefect(rig: Rig) -> None:
    project = rig.project("泄露检查", 6)
    story = Story(project.id, Random(3), recused=True, disputed=True, blind=True)
    rename_everybody()
    rig.lead_to(project, "evaluate", "preparation")
    analyse(project)
    answer_in_the_dialog(rig, project, rig.lead_to(project, "evaluate", "approval", story))
    rig.lead_to(project, "bid", "timer", story)
    bid_with_planted_words(project)
    rig.lead_to(project, "notice", "timer", story)
    object_to(project.id)
    rig.lead_to(project, "deliver", "event", story)
    amend(project)
    rig.lead_to(project, "assess", "event", story)
    answer_as_a_resident(project)
    RoundDriver([story]).drive()
    ours = "\n".join(rows_of(rig, "jiebang").values())
    for word in (*PLANTED.values(), *PROCEEDINGS):
        assert word in ours, word
    theirs = rows_of(rig, "prefect")
    assert project.code in "\n".join(theirs.values())
    logs = logs_of(rig)
    assert project.code in logs["worker-1.log"]
    with unit_of_work() as session:
        sealed = session.exec(select(BidPayload)).all()
        words = {str(payload.content["plan"])[:20] for payload in sealed if payload.content}
        people = {person.name for person in session.exec(select(Person)).all()}
    assert all(PLANTED["name"] in name for name in people)
    for place, content in (*theirs.items(), *logs.items()):
        for word in (*PLANTED.values(), *PROCEEDINGS, *words):
            assert word not in content, (place, word)
            assert bare(json.dumps(word)) not in bare(content), (place, word)


def bare(text: str) -> str:
    """Text without backslashes and quotes: JSON within JSON within a row reads the same."""
    return text.replace("\\", "").strip('"')


def rename_everybody() -> None:
    with unit_of_work() as session:
        for number, person in enumerate(session.exec(select(Person)).all()):
            person.name = f"{PLANTED['name']}{number}"


def analyse(project: Project) -> None:
    with unit_of_work() as session:
        evaluation.submit_analysis(
            session,
            project_id=project.id,
            actor=actor(f"secretary-{project.community_code}-1"),
            analysis=evaluation.NeedsAnalysisCreate(
                root_cause=PLANTED["cause"],
                target_group=PLANTED["group"],
                beneficiaries=120,
                budget=Decimal(50_000),
            ),
        )


def answer_in_the_dialog(rig: Rig, project: Project, gate: Gate) -> None:
    """One answer that is refused and one that counts, each with words that stay with us."""
    run = rig.flow_run(project.id).id
    with unit_of_work() as session:
        code, _ = issue_code(session, gate_id=gate.id, actor=actor("expert-3"), verb=Verb.APPROVE)
    for wake, typed in enumerate(("WRONG", code), start=2):
        answer = {
            "decision": "同意 approve",
            "comment": PLANTED["comment"],
            "approval_code": typed,
        }
        rig.prefect.request(
            "POST",
            "/flow_runs/{id}/resume",
            path_params={"id": run},
            json={"run_input": answer},
        )
        rig.until(
            lambda wake=wake: rig.read(gate).parked_wake == wake,  # type: ignore[misc]
            "the run to suspend again",
        )
    decide(gate, f"street-{project.street_code}-1")
    rig.until(lambda: rig.passed(gate), "the gate to be passed")


def bid_with_planted_words(project: Project) -> None:
    who = actor("organisation-02")
    with unit_of_work() as session:
        lead = session.get_one(Person, who.person_id).organisation_id
        assert lead is not None
        call = current_call(session, project)
        assert call is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=lead, partners=[])
        letter = letter_of(
            call,
            Story(project.id, Random(1)),
            Organisation(name="甲", org_stage="", legal_representative=""),
        )
        letter.plan = f"{PLANTED['plan']}：每周两次，全程留痕，按月小结。"
        letter.track_record = PLANTED["record"]
        submit_bid(session, bid_id=bid.id, actor=who, content=letter)


def object_to(project_id: UUID) -> None:
    with unit_of_work() as session:
        objection_id = objections.file_objection(
            session,
            project_id=project_id,
            actor=actor("organisation-01"),
            objection=ObjectionCreate(grounds=PLANTED["grounds"]),
        ).id
    with unit_of_work() as session:
        objections.answer_objection(
            session,
            objection_id=objection_id,
            actor=actor("administrator-2"),
            answer=ObjectionUpdate(upheld=False, answer="已核实"),
        )


def amend(project: Project) -> None:
    """The street proposes a later date; the reason is public, and none of Prefect's business."""
    with unit_of_work() as session:
        first = milestones_of(session, project)[0]
        amendments.propose_amendment(
            session,
            project_id=project.id,
            actor=actor(f"street-{project.street_code}-1"),
            amendment=amendments.AmendmentCreate(
                milestones=[
                    amendments.MilestoneChange(
                        number=first.number, due_on=first.due_on + timedelta(9)
                    )
                ],
                reason=PLANTED["amendment"],
            ),
        )


def answer_as_a_resident(project: Project) -> None:
    """A resident adds words to the marks, for who confirms the result."""
    with unit_of_work() as session:
        secretary = actor(f"secretary-{project.community_code}-1")
        wanted = SheetsCreate(count=1)
        sheet = issue_sheets(session, code=project.code, actor=secretary, wanted=wanted)[0]
        given = dict.fromkeys(read_ballot(session, sheet.token).criteria, "80")
        given["words"] = PLANTED["words"]
        answer_ballot(session, token=sheet.token, given=given, device="a-phone")


def test_prefect_deploy_all_works_as_it_stands(rig: Rig) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env={**os.environ, "PREFECT_API_URL": rig.stack.addresses.api_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    deployment = rig.prefect.read_deployment_by_name("project-lifecycle/v1")
    assert deployment.entrypoint == "flows.project_lifecycle.project_lifecycle"
    project = rig.project("部署之后", 7)
    assert rig.at_gate(project.id)


def test_the_snapshot_flow_runs_on_the_warm_worker(rig: Rig) -> None:
    assert publish_by_flow(rig).exists()
