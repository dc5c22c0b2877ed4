"""What the demo's people do at each gate, through the services anyone uses.

They act only once the run is really suspended. What goes differently in a project is told by its
``Story``; everything else follows from the project's own random generator.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from demo import consequences
from demo.attendance import attendance_sheet
from demo.bidding import bid_while_open, come_late
from demo.judging import form_panel, score_bids
from demo.story import Story, actor_of, marks_around, project_in, somebody, street_login
from domain.award.scoring import Party
from domain.calendar import BEIJING
from domain.deliver.acceptance import AcceptanceVerdict
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import (
    Bid,
    CallCreate,
    Gate,
    Indicator,
    Organisation,
    Project,
)
from models.session import unit_of_work
from services.assess import assessments
from services.assess.assessment_rules import assessment_rules
from services.award import awards
from services.bid import openings
from services.clock import now
from services.deliver import acceptance, delivery
from services.deliver.acceptance import AcceptanceCreate
from services.deliver.delivery import EvidenceItem, milestones_of
from services.district.rounds import settings_of
from services.evaluate import evaluation
from services.gates.decide_gate import decide_gate
from services.publish import calls
from services.seal.seal_keys import DEMO_PASSPHRASE, unlock_key


def act_at(gate: Gate, story: Story) -> bool:
    """Do what the people at ``gate`` would do now; False when they only wait for a date."""
    action = _ACTIONS.get((gate.stage, gate.kind))
    return action(gate, story) if action else False


def _secretary(project: Project, number: int = 1) -> str:
    return f"secretary-{project.community_code}-{number}"


def _decide(
    gate: Gate, login: str, verb: Verb, comment: str = "", option: str | None = None
) -> None:
    with unit_of_work() as session:
        decide_gate(
            session,
            gate_id=gate.id,
            actor=somebody(session, login),
            verb=verb,
            option=option,
            comment=comment,
            dossier_version=gate.dossier_version,
            at=now(session),
        )


def _analyse(_gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
        evaluation.submit_analysis(
            session,
            project_id=project.id,
            actor=somebody(session, _secretary(project)),
            analysis=evaluation.NeedsAnalysisCreate(
                root_cause="现有服务时段与居民作息不匹配，楼院缺少固定的组织者和场地。",
                target_group="本社区常住居民，重点为老年人与儿童",
                beneficiaries=story.rng.randint(80, 900),
                budget=Decimal(story.rng.randrange(40_000, 180_000, 1_000)),
            ),
        )
    return True


def _appraise(_gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
        rubric = list(settings_of(session, project).appraisal_rubric)
        for login in ("expert-1", "expert-2", "department-1"):
            evaluation.score_appraisal(
                session,
                project_id=project.id,
                actor=somebody(session, login),
                marks=marks_around(story, rubric),
            )
    return True


def _approve_evaluation(gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
    if story.rejected:
        _decide(gate, street_login(project), Verb.REJECT, "同一楼院已有同类服务，重复立项。")
    elif story.returned == Stage.EVALUATE and gate.round == 1:
        _decide(gate, "expert-3", Verb.RETURN, "受益人数缺少依据，请补充摸排数据后再报。")
    else:
        _decide(gate, street_login(project), Verb.APPROVE)
        _decide(gate, "expert-3", Verb.APPROVE, "问题清楚，可行。")
    return True


def _draft_call(gate: Gate, story: Story) -> bool:
    forgotten = story.ceiling_forgotten and gate.round == 1
    with unit_of_work() as session:
        project = project_in(session, story)
        assert project.budget is not None
        begins = now(session).astimezone(BEIJING).date() + timedelta(days=45)
        calls.draft_call(
            session,
            project_id=project.id,
            actor=somebody(session, _secretary(project)),
            draft=CallCreate(
                title=project.title,
                problem=f"居民反映集中：{project.title}。需要一家社会组织在本社区持续提供服务。",
                scope="在社区党群服务中心和楼院内开展服务，每周不少于两次，全程留痕。",
                outcomes=[
                    Indicator(name="服务人次", target=Decimal(600), unit="人次"),
                    Indicator(name="居民满意度", target=Decimal(90), unit="%"),
                ],
                ceiling=None if forgotten else project.budget,
                rubric={
                    k: Decimal(v) for k, v in settings_of(session, project).award_rubric.items()
                },
                delivery_from=begins,
                delivery_until=begins + timedelta(days=150),
                consortia=True,
                blind=story.blind,
            ),
        )
    return True


def _mend(gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
        assert project.budget is not None
        if gate.stage == Stage.PUBLISH:
            calls.mend_ceiling(
                session,
                project_id=project.id,
                actor=somebody(session, _secretary(project)),
                ceiling=project.budget,
            )
    _decide(gate, _secretary(project), Verb.MEND, "已补填最高限价。")
    return True


def _approve_call(gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
    if story.returned == Stage.PUBLISH and gate.round == 1:
        _decide(gate, street_login(project), Verb.RETURN, "成果指标过少，请增加可衡量的指标。")
    else:
        _decide(gate, _secretary(project, 2), Verb.APPROVE)
        _decide(gate, street_login(project), Verb.APPROVE)
    return True


def _open(_gate: Gate, story: Story) -> bool:
    if story.late_bid:
        come_late(story)
    for who in (_secretary, street_login):
        with unit_of_work() as session:
            project = project_in(session, story)
            actor = somebody(session, who(project))
            private = unlock_key(session, actor.person_id, DEMO_PASSPHRASE)
            assert isinstance(private, bytes)
            openings.attend_opening(session, project_id=project.id, actor=actor, private=private)
    return True


def _no_bid(gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
    option = "extend" if gate.round == 1 else "close_without_award"
    _decide(gate, street_login(project), Verb.APPROVE, "按规定处理。", option)
    return True


def _confirm_ranking(gate: Gate, story: Story) -> bool:
    if story.returned == Stage.AWARD and gate.round == 1:
        _decide(gate, "expert-4", Verb.RETURN, "一位成员的评分依据不足，请复评。")
        return True
    _decide(gate, "expert-4", Verb.APPROVE, "排名无误。")
    if len(gate.policy["seats"]) > 1:
        _decide(gate, "administrator-1", Verb.APPROVE, "同意。")
    return True


def _agree(_gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
        agreement = awards.present_agreement(session, project)
        lead = session.get_one(Organisation, session.get_one(Bid, agreement.bid_id).lead_id)
        for actor in (somebody(session, street_login(project)), actor_of(session, lead)):
            awards.confirm_agreement(session, project_id=project.id, actor=actor)
    return True


def _deliver(_gate: Gate, story: Story) -> bool:
    """Report and accept the milestones whose date has come, unless something goes wrong."""
    with unit_of_work() as session:
        project = project_in(session, story)
        if story.trouble and consequences.go_wrong(session, story, project):
            return True
        if story.abandoned:
            return False
        today = now(session).astimezone(BEIJING).date()
        due = [
            milestone
            for milestone in milestones_of(session, project)
            if milestone.accepted_at is None and milestone.due_on <= today
        ]
        bid = session.get_one(Bid, awards.present_agreement(session, project).bid_id)
        lead = session.get_one(Organisation, bid.lead_id)
        for milestone in due:
            delivery.report_milestone(
                session,
                milestone_id=milestone.id,
                actor=actor_of(session, lead),
                report=f"{milestone.title}已按计划完成，签到表和照片已归档。",
                evidence=[
                    EvidenceItem(
                        kind="count",
                        name="服务人次",
                        quantity=Decimal(story.rng.randint(150, 320)),
                    ),
                    EvidenceItem(
                        kind="count",
                        name="居民满意度",
                        quantity=Decimal(min(99, story.quality + 4)),
                    ),
                    attendance_sheet(f"{project.code} milestone {milestone.number}: attendance"),
                ],
                dates_checked=True,
            )
            acceptance.decide_milestone(
                session,
                milestone_id=milestone.id,
                actor=somebody(session, street_login(project)),
                acceptance=AcceptanceCreate(verdict=AcceptanceVerdict.ACCEPTED, dates_checked=True),
            )
        return bool(due)


def next_milestone(session: Session, story: Story) -> datetime | None:
    """Return the morning on which the project's next milestone is due."""
    project = project_in(session, story)
    if story.abandoned:
        return None
    days = [
        milestone.due_on
        for milestone in milestones_of(session, project)
        if milestone.accepted_at is None
    ]
    return datetime.combine(min(days), datetime.min.time(), BEIJING) if days else None


def _assess(_gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
        rules = assessment_rules(session, project)
        # The residents' sheets first: once every party has its minimum, no more are taken.
        answers: list[tuple[str, Party, str | None]] = [
            (_secretary(project), Party.RESIDENTS, f"{project.code}-{number:02d}")
            for number in range(1, story.rng.randint(6, 12))
        ]
        answers += [
            (street_login(project), Party.PARTY_ORGANISATIONS, None),
            (_secretary(project), Party.PARTY_ORGANISATIONS, None),
            ("department-3", Party.DEPARTMENTS, None),
            ("expert-5", Party.EXPERTS, None),
            ("expert-6", Party.EXPERTS, None),
        ]
        for login, party, paper in answers:
            assessments.answer_assessment(
                session,
                project_id=project.id,
                actor=somebody(session, login),
                answer=assessments.AssessmentAnswer(
                    party, marks_around(story, list(rules[party].rubric)), paper
                ),
            )
    return True


def _confirm_result(gate: Gate, story: Story) -> bool:
    with unit_of_work() as session:
        project = project_in(session, story)
    _decide(gate, street_login(project), Verb.APPROVE, "结果属实。")
    return True


_ACTIONS: Final[dict[tuple[str, GateKind], Callable[[Gate, Story], bool]]] = {
    (Stage.EVALUATE, GateKind.PREPARATION): _analyse,
    (Stage.EVALUATE, GateKind.EVENT): _appraise,
    (Stage.EVALUATE, GateKind.APPROVAL): _approve_evaluation,
    (Stage.PUBLISH, GateKind.PREPARATION): _draft_call,
    (Stage.PUBLISH, GateKind.REPAIR): _mend,
    (Stage.PUBLISH, GateKind.APPROVAL): _approve_call,
    (Stage.BID, GateKind.TIMER): bid_while_open,
    (Stage.BID, GateKind.EVENT): _open,
    (Stage.BID, GateKind.APPROVAL): _no_bid,
    (Stage.AWARD, GateKind.PREPARATION): form_panel,
    (Stage.AWARD, GateKind.EVENT): score_bids,
    (Stage.AWARD, GateKind.APPROVAL): _confirm_ranking,
    (Stage.NOTICE, GateKind.EVENT): _agree,
    (Stage.DELIVER, GateKind.EVENT): _deliver,
    (Stage.ASSESS, GateKind.EVENT): _assess,
    (Stage.ASSESS, GateKind.APPROVAL): _confirm_result,
    **consequences.ACTIONS,
}
