"""What a gate decides on: facts with labels in both languages, each marked public or not.

Only what is marked public is the operator's projection and may be shown in Prefect.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain import corrective, moments
from domain.answer_signals import AnswerSeen, signals
from domain.conduct import COLOUR_NAMES, GROUND_NAMES, Colour
from domain.corrective import CAUSE_NAMES, NOTE_NAMES
from domain.gates import GateKind
from domain.lifecycle import Stage
from domain.money import show
from domain.scoring import Party, weighted_total
from domain.text import Text
from models import (
    Agreement,
    AppraisalScore,
    AssessmentResponse,
    AssessmentResult,
    Award,
    Bid,
    Call,
    CheckResult,
    CheckRun,
    Community,
    ConductEntry,
    ConductList,
    CorrectiveAction,
    CorrectiveNote,
    Finding,
    Milestone,
    Need,
    Organisation,
    Project,
    ProjectNeed,
    Street,
)
from models.bids import BidStatus
from reports.words import GRADES
from services.award.red_flags import red_flags
from services.clock import now
from services.gates.policies import settings_of
from services.gates.subjects import Subject, project_about

Fact = dict[str, Any]
RED_FLAG = "Red flag"


def _fact(zh: str, en: str, value: object, *, public: bool = True) -> Fact:
    """Return a fact; a value in two languages is held in both."""
    said = {"value_en": value.en} if isinstance(value, Text) else {}
    held = value.zh if isinstance(value, Text) else str(value)
    return {"zh": zh, "en": en, "value": held, **said, "public": public}


def _project_facts(session: Session, project: Project) -> list[Fact]:
    street = session.get_one(Street, project.street_code)
    community = session.get_one(Community, project.community_code)
    needs, supporters = session.exec(
        select(func.count(), func.coalesce(func.sum(Need.supporters), 0))
        .select_from(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
    ).one()
    return [
        _fact("地点", "Place", f"{street.name} {community.name}"),
        _fact("居民需求", "Needs", needs),
        _fact("支持人数", "Supporters", supporters),
    ]


def _evaluate(session: Session, project: Project) -> list[Fact]:
    if project.budget is None:
        return []
    facts = [
        _fact("预算（元）", "Budget (yuan)", show(project.budget)),
        _fact("受益人数", "Beneficiaries", project.beneficiaries),
        _fact("问题根源", "Root cause", project.root_cause, public=False),
        _fact("目标人群", "Target group", project.target_group, public=False),
    ]
    sheets = session.exec(
        select(AppraisalScore).where(
            AppraisalScore.project_id == project.id, AppraisalScore.round == project.stage_round
        )
    ).all()
    if len(sheets) >= int(settings_of(session, project)["appraisal_quorum"]):
        rubric = {
            k: Decimal(v) for k, v in settings_of(session, project)["appraisal_rubric"].items()
        }
        marks = [{k: Decimal(v) for k, v in sheet.marks.items()} for sheet in sheets]
        facts.append(_fact("评分份数", "Score sheets", len(sheets)))
        facts.append(_fact("评分均值", "Mean score", weighted_total(rubric, marks).value))
    return facts


def current_call(session: Session, project: Project) -> Call | None:
    """Return the newest version of the project's call."""
    return session.exec(
        select(Call).where(Call.project_id == project.id).order_by(col(Call.version).desc())
    ).first()


def _publish(session: Session, project: Project) -> list[Fact]:
    call = current_call(session, project)
    if call is None:
        return []
    ceiling = "—" if call.ceiling is None else show(call.ceiling)
    return [
        _fact("榜单版本", "Call version", call.version),
        _fact("最高限价（元）", "Ceiling (yuan)", ceiling),
        _fact("实施期", "Delivery", f"{call.delivery_from} – {call.delivery_until}"),
        _fact("允许联合体", "Consortia", Text("是", "yes") if call.consortia else Text("否", "no")),
        _fact("待解决问题", "Problem", call.problem, public=False),
    ]


def _bid(session: Session, project: Project) -> list[Fact]:
    call = current_call(session, project)
    closes = moments.until(call.closes_at) if call and call.closes_at else Text("—", "—")
    received = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(
            Bid.project_id == project.id,
            col(Bid.status).in_([BidStatus.SUBMITTED, BidStatus.OPENED]),
        )
    ).one()
    # How many compete is nobody's to know before the closing.
    over = call is not None and call.closes_at is not None and call.closes_at <= now(session)
    known = str(received) if over else Text("截止后可知", "known once bidding closes")
    return [_fact("截止", "Closes", closes), _fact("收到意向书", "Bids received", known)]


def _award(session: Session, project: Project) -> list[Fact]:
    award = session.get(Award, (project.id, project.stage_round))
    opened = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
    ).one()
    facts = [_fact("参评意向书", "Bids before the panel", opened)]
    if award:
        facts.append(_fact("排名", "Ranking", award.ranking, public=False))
        facts.append(_fact("拟承榜金额（元）", "Price (yuan)", show(award.price), public=False))
        facts += [
            _fact("风险提示", RED_FLAG, flag.text, public=False)
            for flag in red_flags(session, project, award)
        ]
    return facts


def _agreement(session: Session, project: Project) -> list[Fact]:
    agreement = session.exec(
        select(Agreement)
        .where(Agreement.project_id == project.id)
        .order_by(col(Agreement.round).desc())
    ).first()
    if agreement is None:
        return []
    milestones = session.exec(select(Milestone).where(Milestone.agreement_id == agreement.id)).all()
    accepted = sum(one.accepted_at is not None for one in milestones)
    return [
        _fact("协议金额（元）", "Amount (yuan)", show(agreement.amount)),
        _fact("里程碑", "Milestones", f"{accepted}/{len(milestones)}"),
    ]


def _assess(session: Session, project: Project) -> list[Fact]:
    result = session.get(AssessmentResult, (project.id, project.stage_round))
    if result is None:
        return []
    facts = [
        _fact("综合得分", "Result", result.value),
        _fact("等次", "Grade", GRADES[result.grade]),
        _fact("各方差距", "Spread", f"{result.spread}{' ⚑' if result.flagged else ''}"),
    ]
    answers = session.exec(
        select(AssessmentResponse).where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
            AssessmentResponse.party == Party.RESIDENTS,
            col(AssessmentResponse.on_paper).is_(False),
        )
    ).all()
    seen = [AnswerSeen(one.device, one.words, one.answered_at) for one in answers]
    return facts + [_fact("风险提示", RED_FLAG, one.text, public=False) for one in signals(seen)]


def _corrective(session: Session, action: CorrectiveAction) -> list[Fact]:
    findings = session.exec(
        select(Finding).where(Finding.action_id == action.id).order_by(col(Finding.found_at))
    ).all()
    notes = session.exec(
        select(CorrectiveNote)
        .where(CorrectiveNote.action_id == action.id)
        .order_by(col(CorrectiveNote.written_at))
    ).all()
    organisation = session.get_one(Organisation, action.organisation_id)
    facts = [
        _fact("承接组织", "Organisation", organisation.name),
        _fact("问题数", "Findings", len(findings)),
    ]
    for one in findings:
        cause = CAUSE_NAMES[one.cause]
        facts.append(_fact(cause.zh, cause.en, one.text, public=False))
    for note in notes:
        name = NOTE_NAMES[note.kind]
        until = f"（{note.due_on}）" if note.due_on else ""
        facts.append(_fact(name.zh, name.en, f"{note.text}{until}", public=False))
    return facts


def _conduct(session: Session, held: ConductList) -> list[Fact]:
    rows = session.exec(
        select(ConductEntry, Organisation)
        .join(Organisation, col(Organisation.id) == ConductEntry.organisation_id)
        .where(ConductEntry.list_id == held.id)
        .order_by(col(ConductEntry.colour), col(Organisation.name))
    ).all()
    count = Counter(one.colour for one, _ in rows)
    facts = [
        _fact("期间", "Period", f"{held.period_from} – {held.period_until}"),
        _fact("拟列红榜", "Red entries proposed", count[Colour.RED]),
        _fact("拟列黑榜", "Black entries proposed", count[Colour.BLACK]),
    ]
    for one, organisation in rows:
        colour, ground = COLOUR_NAMES[one.colour], GROUND_NAMES[one.ground]
        said = {
            True: Text("列入", "listed"),
            False: Text("不列入", "dropped"),
            None: Text("未决", "open"),
        }[one.confirmed]
        value = Text(
            f"{organisation.name} · {ground.zh} · {said.zh}",
            f"{organisation.name} · {ground.en} · {said.en}",
        )
        facts.append(_fact(colour.zh, colour.en, value, public=False))
    return facts


_FACTS: dict[Stage, Callable[[Session, Any], list[Fact]]] = {
    Stage.EVALUATE: _evaluate,
    Stage.PUBLISH: _publish,
    Stage.BID: _bid,
    Stage.AWARD: _award,
    Stage.NOTICE: _agreement,
    Stage.DELIVER: _agreement,
    Stage.ASSESS: _assess,
    **dict.fromkeys(corrective.STAGE_OF.values(), _corrective),
    Stage.LIST: _conduct,
}


def _checks(session: Session, subject: Subject, stage: Stage) -> dict[str, Any] | None:
    run = session.exec(
        select(CheckRun)
        .where(CheckRun.project_id == subject.id, CheckRun.suite == stage.value)
        .order_by(col(CheckRun.checked_at).desc())
    ).first()
    if run is None:
        return None
    failed = session.exec(
        select(CheckResult).where(CheckResult.run_id == run.id, col(CheckResult.passed).is_(False))
    ).all()
    return {
        "passed": run.passed,
        "expectations": run.expectations,
        "failed": [
            {
                "rule": one.rule,
                "severity": one.severity,
                "zh": one.zh,
                "en": one.en,
                "rows": one.rows,
            }
            for one in failed
        ],
    }


def build_dossier(
    session: Session, subject: Subject, stage: Stage, kind: GateKind
) -> dict[str, Any]:
    """Return the dossier of a gate as it is now."""
    project = project_about(session, subject)
    about = _project_facts(session, project) if project else []
    return {
        "code": subject.code,
        "title": subject.title,
        "stage": stage.value,
        "kind": kind.value,
        "facts": about + _FACTS[stage](session, subject),
        "checks": _checks(session, subject, stage),
    }
