"""The inbox and its gates: several decisions at once, claims, late and repeated decisions."""

import pytest
from sqlmodel import select

from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import ApprovalCode, Decision
from models.session import unit_of_work
from services.evaluate import evaluation
from services.gates.approval_codes import decide_by_code
from tests.builders import Walk, after, decide, new_project
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")
APPROVAL = "evaluate-approval-r1"


def approving(title: str) -> Walk:
    walk = Walk(new_project(title))
    walk.to_evaluation_approval()
    return walk


def test_what_waits_is_listed_and_what_is_done_goes_to_decided(served: str) -> None:
    walk = approving("楼院助老")
    code = walk.project.code
    expert = Visitor(served, "expert-1")
    assert f"/desk/{code}/{APPROVAL}" in expert.read("/desk")
    given = expert.post(
        f"/desk/{code}/{APPROVAL}/decide", verb="approve", dossier_version="1", comment="可行"
    )
    assert given.status_code == 303
    assert f"/desk/{code}/{APPROVAL}" not in expert.read("/desk")
    decided = expert.read("/desk/decided")
    assert "可行" in decided
    assert "还在等其他人" in decided
    assert "您已作出决定" in expert.read(f"/desk/{code}/{APPROVAL}")


def test_several_are_decided_at_once_each_with_its_result(served: str) -> None:
    first, second = approving("第一个"), approving("第二个")
    street = Visitor(served, f"street-{first.project.street_code}-1")
    assert "一并决定" in street.read("/desk")
    gates = [f"{walk.project.code}/{APPROVAL}@1" for walk in (first, second)]
    with unit_of_work() as session:
        gate = second.read(second.open(Stage.EVALUATE, GateKind.APPROVAL))
        session.get_one(type(gate), gate.id).dossier_version = 2
    page = street.post("/desk/decide", gate=gates, verb="return", comment="请补充").text
    assert page.count("✓") == 1
    assert "材料已更新到第2版" in page
    with unit_of_work() as session:
        assert len(session.exec(select(Decision).where(Decision.comment == "请补充")).all()) == 1
    assert "请写明理由" in street.post("/desk/decide", gate=gates[1:], verb="reject").text
    empty = street.post("/desk/decide", verb="approve", comment="都同意")
    assert empty.status_code == 422
    assert "都同意" in empty.text
    assert street.post("/desk/decide", gate=["x"], verb="approve").status_code == 422


def test_a_late_decision_changes_nothing_and_keeps_what_was_typed(served: str) -> None:
    walk = approving("已经退回")
    path = f"/desk/{walk.project.code}/{APPROVAL}"
    street = Visitor(served, f"street-{walk.project.street_code}-1")
    assert street.post(f"{path}/decide", verb="return", dossier_version="1").status_code == 409
    street.post(f"{path}/decide", verb="return", dossier_version="1", comment="缺少依据")
    late = Visitor(served, "expert-1").post(
        f"{path}/decide", verb="approve", dossier_version="1", comment="我同意"
    )
    assert late.status_code == 409
    assert "已经退回" in late.text


def test_a_claim_is_seen_by_colleagues_and_hinders_nobody(served: str) -> None:
    walk = approving("谁来办")
    path = f"/desk/{walk.project.code}/{APPROVAL}"
    street = walk.project.street_code
    first, second = Visitor(served, f"street-{street}-1"), Visitor(served, f"street-{street}-2")
    assert first.post(f"{path}/claim").status_code == 303
    assert "办理中" in second.read("/desk")
    assert second.post(f"{path}/claim").status_code == 403
    assert second.post(f"{path}/decide", verb="approve", dossier_version="1").status_code == 303
    assert first.post(f"{path}/release").status_code == 303
    assert "办理中" not in Visitor(served, "expert-1").read("/desk")


def test_what_one_may_not_decide_is_listed_with_the_reason(served: str) -> None:
    walk = Walk(new_project("谁准备谁不批"))
    walk.to_call_approval()
    code, community = walk.project.code, walk.project.community_code
    preparer = Visitor(served, f"secretary-{community}-1")
    page = preparer.read("/desk")
    assert "不由您决定的" in page
    assert "您准备了这份材料" in page
    path = f"/desk/{code}/publish-approval-r1"
    assert "待解决问题" in preparer.read(path)
    assert preparer.post(f"{path}/decide", verb="approve", dossier_version="1").status_code == 403


def test_a_code_for_the_prefect_ui_is_shown_once_and_works(served: str) -> None:
    walk = approving("在 Prefect 里决定")
    path = f"/desk/{walk.project.code}/{APPROVAL}"
    expert = Visitor(served, "expert-1")
    page = expert.post(f"{path}/code", verb="approve").text
    plain = page.split('class="code issued">')[1].split("<")[0]
    assert plain not in expert.read(path)
    with unit_of_work() as session:
        row = session.exec(select(ApprovalCode)).one()
        assert decide_by_code(
            session,
            gate_id=row.gate_id,
            verb="approve",
            option=None,
            comment="",
            code=plain,
            key="k",
        )
    assert "您已作出决定" in expert.read(path)


def test_the_number_of_queries_does_not_grow_with_what_waits(
    served: str, counted: list[str]
) -> None:
    def asked() -> int:
        counted.clear()
        Visitor(served, "expert-1").read("/desk")
        return len(counted)

    for number in range(2):
        walk = Walk(new_project(f"第 {number} 个", number))
        walk.do(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
        walk.through(Stage.EVALUATE, GateKind.PREPARATION)
        walk.open(Stage.EVALUATE, GateKind.EVENT)
    few = asked()
    for number in range(2, 6):
        walk = Walk(new_project(f"第 {number} 个", number))
        walk.do(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
        walk.through(Stage.EVALUATE, GateKind.PREPARATION)
        walk.open(Stage.EVALUATE, GateKind.EVENT)
    assert asked() == few


def test_what_waits_is_named_by_what_one_does_and_says_that_it_was_returned(served: str) -> None:
    walk = approving("楼院助老")
    gate = walk.open(Stage.EVALUATE, GateKind.APPROVAL)
    decide(gate, "expert-3", Verb.RETURN, "受益人数缺少依据。")
    walk.do(Stage.EVALUATE, "conclude", after(evaluation.conclude_evaluation, walk.read(gate)))
    walk.open(Stage.EVALUATE, GateKind.PREPARATION)
    page = Visitor(served, f"secretary-{walk.project.community_code}-1").read("/desk")
    assert "<b>编写需求分析</b>" in page
    assert "第 2 轮" in page
    walk.through(Stage.EVALUATE, GateKind.PREPARATION)
    walk.open(Stage.EVALUATE, GateKind.EVENT)
    page = Visitor(served, "expert-1").read("/desk")
    assert "<b>评榜评分</b>" in page
