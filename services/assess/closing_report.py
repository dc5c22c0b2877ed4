"""Gather what a closing report says, from the rows that stand behind it."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from domain.calendar import BEIJING
from domain.categories import category_name
from domain.errors import BadInput
from domain.gates import OUTCOME_NAMES, RULES
from domain.indicators import ADDS_NAMES
from domain.lifecycle import STAGE_OF, STATUS_NAMES, Status
from domain.privacy import mask
from domain.public_bids import PublicBid, public_bid
from domain.scoring import PARTY_NAMES, TIE_NAMES, Party, shown_points
from domain.text import Text
from models import (
    Agreement,
    AssessmentResult,
    AuditHead,
    Award,
    Bid,
    Community,
    CreditEvent,
    Evidence,
    Gate,
    Need,
    Organisation,
    Project,
    ProjectNeed,
    StatusChange,
    Street,
)
from reports.context import (
    BidLine,
    ClosingReport,
    IndicatorLine,
    MilestoneLine,
    Moment,
    ScoreLine,
    StageLine,
)
from reports.words import CRITERIA, GRADES
from services.award.awards import present_agreement
from services.bid.consortia import members_of
from services.clock import is_demo
from services.deliver.delivery import milestones_of
from services.deliver.indicators import progress_of
from services.gates.dossiers import current_call

_DAY = Decimal(86_400)


def build_report(session: Session, project: Project, at: datetime) -> ClosingReport:
    """Return the closing report of a closed project; raise BadInput for any other."""
    if project.status is not Status.CLOSED or project.closed_at is None:
        name = STATUS_NAMES[project.status]
        raise BadInput(
            zh=f"项目 {project.code} 处于“{name.zh}”，结项后才有结项报告。",
            en=f"{project.code} is {name.en}; only a closed project has a closing report.",
        )
    agreement = present_agreement(session, project)
    award = session.exec(
        select(Award)
        .where(Award.project_id == project.id, Award.bid_id == agreement.bid_id)
        .order_by(col(Award.round).desc())
    ).first()
    call = current_call(session, project)
    result = session.exec(
        select(AssessmentResult)
        .where(AssessmentResult.project_id == project.id)
        .order_by(col(AssessmentResult.round).desc())
    ).first()
    assert award is not None
    assert call is not None
    assert result is not None
    needs, supporters = session.exec(
        select(func.count(), func.coalesce(func.sum(Need.supporters), 0))
        .select_from(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
    ).one()
    head = session.exec(select(AuditHead).order_by(col(AuditHead.position).desc())).first()
    bids = _bids(session, award)
    return ClosingReport(
        code=project.code,
        title=mask(project.title),
        street=session.get_one(Street, project.street_code).name,
        community=session.get_one(Community, project.community_code).name,
        category=category_name(project.category),
        demo=is_demo(session),
        needs=needs,
        supporters=int(supporters),
        root_cause=mask(project.root_cause or "—"),
        target_group=mask(project.target_group or "—"),
        beneficiaries=project.beneficiaries or 0,
        budget=project.budget or Decimal(0),
        ceiling=call.ceiling or Decimal(0),
        amount=agreement.amount,
        supplier=_supplier(session, agreement.bid_id),
        award_total=award.total,
        opened_on=_day(project.created_at),
        closed_on=_day(project.closed_at),
        history=_history(session, project),
        stages=_stages(session, project),
        bids=bids,
        award_lines=_award_lines(award),
        milestones=_milestones(session, project),
        indicators=_indicators(session, agreement),
        parties=_parties(result),
        result=result.value,
        grade=GRADES[result.grade],
        spread=result.spread,
        flagged=result.flagged,
        credit=_credit(session, project),
        audit_position=head.position if head else 0,
        audit_hash=head.hash if head else "—",
        issued_on=_day(at),
    )


def _supplier(session: Session, bid_id: UUID) -> str:
    return session.get_one(Organisation, session.get_one(Bid, bid_id).lead_id).name


def _day(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}"


def _history(session: Session, project: Project) -> tuple[Moment, ...]:
    moves = session.exec(select(StatusChange).where(StatusChange.project_id == project.id)).all()
    gates = session.exec(
        select(Gate).where(Gate.process_id == project.id, col(Gate.decided_at).is_not(None))
    ).all()
    moments = [
        Moment(
            one.changed_at.astimezone(BEIJING),
            Text("项目状态", "Project status"),
            STATUS_NAMES[one.after],
        )
        for one in moves
    ]
    moments += [
        Moment(
            gate.decided_at.astimezone(BEIJING),
            RULES[gate.stage, gate.kind].title,
            OUTCOME_NAMES[gate.outcome],
        )
        for gate in gates
        if gate.decided_at and gate.outcome
    ]
    return tuple(sorted(moments, key=lambda one: one.at))


def _stages(session: Session, project: Project) -> tuple[StageLine, ...]:
    moves = session.exec(
        select(StatusChange)
        .where(StatusChange.project_id == project.id)
        .order_by(col(StatusChange.changed_at))
    ).all()
    days: dict[Status, Decimal] = {}
    for entered, left in pairwise(moves):
        spent = Decimal((left.changed_at - entered.changed_at).total_seconds()) / _DAY
        days[entered.after] = days.get(entered.after, Decimal(0)) + spent
    return tuple(
        StageLine(STATUS_NAMES[status], spent.quantize(Decimal("0.1")))
        for status, spent in days.items()
        if status in STAGE_OF
    )


def _bids(session: Session, award: Award) -> tuple[BidLine, ...]:
    lines = []
    for one in award.ranking:
        bid = session.get_one(Bid, one["bid"])
        members = members_of(session, bid.id)
        names = [
            (session.get_one(Organisation, member.organisation_id).name, member.share)
            for member in members
        ]
        shown = public_bid(
            PublicBid(
                one["receipt"],
                int(one["place"]),
                Decimal(one["total"]),
                one["tie_break"],
                names[0][0],
                tuple(names) if len(names) > 1 else (),
                Decimal(one["price"]),
            ),
            awarded=bid.id == award.bid_id,
        )
        lines.append(
            BidLine(
                shown.place,
                shown.bidder or shown.receipt,
                shown.members,
                shown.price,
                shown.total,
                TIE_NAMES[shown.tie_break] if shown.tie_break else None,
            )
        )
    return tuple(sorted(lines, key=lambda line: line.place))


def _line(
    name: Text, mean: str, weight: str, points: Decimal, answers: int | None = None
) -> ScoreLine:
    return ScoreLine(name, Decimal(mean), Decimal(weight), points, answers)


def _award_lines(award: Award) -> tuple[ScoreLine, ...]:
    first: dict[str, Any] = next(one for one in award.ranking if one["bid"] == str(award.bid_id))
    shown = shown_points([points for *_, points in first["lines"]], first["total"])
    return tuple(
        _line(CRITERIA.get(name, Text(mask(name), mask(name))), mean, weight, points)
        for (name, mean, weight, _), points in zip(first["lines"], shown, strict=True)
    )


def _parties(result: AssessmentResult) -> tuple[ScoreLine, ...]:
    shown = shown_points([one["points"] for one in result.parties], result.value)
    return tuple(
        _line(
            PARTY_NAMES[Party(one["party"])],
            one["mean"],
            one["weight"],
            points,
            int(one["answers"]),
        )
        for one, points in zip(result.parties, shown, strict=True)
    )


def _milestones(session: Session, project: Project) -> tuple[MilestoneLine, ...]:
    lines = []
    for one in milestones_of(session, project):
        evidence = session.exec(
            select(func.count()).select_from(Evidence).where(Evidence.milestone_id == one.id)
        ).one()
        accepted = _day(one.accepted_at) if one.accepted_at else "—"
        lines.append(
            MilestoneLine(
                one.number, mask(one.title), one.due_on.isoformat(), accepted, one.amount, evidence
            )
        )
    return tuple(lines)


def _indicators(session: Session, agreement: Agreement) -> tuple[IndicatorLine, ...]:
    """Return each indicator with what its reports amount to."""
    return tuple(
        IndicatorLine(mask(one.name), one.target, one.reached, mask(one.unit), ADDS_NAMES[one.adds])
        for one in progress_of(session, [agreement])[agreement.id]
    )


def _credit(session: Session, project: Project) -> tuple[tuple[str, Decimal], ...]:
    rows = session.exec(
        select(col(Organisation.name), col(CreditEvent.points))
        .join(CreditEvent, col(CreditEvent.organisation_id) == Organisation.id)
        .where(CreditEvent.project_id == project.id)
        .order_by(col(Organisation.name))
    ).all()
    return tuple((name, points) for name, points in rows)
