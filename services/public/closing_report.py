"""Gather what the report of an ended project says, from the rows that stand behind it."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from domain.award.scoring import PARTY_NAMES, TIE_NAMES, Party, shown_points
from domain.bid.public_bids import PublicBid, public_bid
from domain.calendar import BEIJING
from domain.deliver.indicators import ADDS_NAMES
from domain.errors import BadInput
from domain.gates import OUTCOME_NAMES
from domain.lifecycle import STAGE_OF, STATUS_NAMES, Status
from domain.money import show
from domain.needs.categories import category_name
from domain.privacy import mask
from domain.text import Text
from models import (
    Agreement,
    AssessmentResult,
    AuditHead,
    Award,
    Bid,
    Evidence,
    Gate,
    Need,
    Organisation,
    Project,
    ProjectNeed,
    StatusChange,
)
from reports.context import (
    ClosingReport,
    IndicatorLine,
    MilestoneLine,
    ReportBid,
    ReportMoment,
    ReportScore,
    StageLine,
)
from reports.words import CRITERIA, GRADES
from services.award.awards import present_agreement
from services.bid.consortia import members_of
from services.clock import is_demo
from services.deliver.delivery import milestones_of
from services.deliver.indicators import progress_of
from services.gates.process_kits import kit_at
from services.public.public_project import read_public_project
from services.public.report_records import report_records

_DAY = Decimal(86_400)
REPORT_NAMES: Final = {
    Status.CLOSED: Text("结项报告", "Closing report"),
    Status.TERMINATED: Text("终止报告", "Report of a terminated project"),
    Status.NO_AWARD: Text("无人承榜报告", "Report of a call without award"),
    Status.REJECTED: Text("未获通过报告", "Report of a rejected project"),
    Status.CANCELLED: Text("撤销报告", "Report of a cancelled project"),
}


def build_report(session: Session, project: Project, at: datetime) -> ClosingReport:
    """Return the report of a project that has ended, however; raise BadInput for any other."""
    if project.status not in REPORT_NAMES:
        name = STATUS_NAMES[project.status]
        raise BadInput(
            zh=f"项目 {project.code} 处于“{name.zh}”，结束后才有报告。",
            en=f"{project.code} is {name.en}; a project has a report once it has ended.",
        )
    view = read_public_project(session, project.code)
    agreement = _signed(session, project)
    award = session.exec(
        select(Award)
        .where(
            Award.project_id == project.id,
            col(Award.confirmed_at).is_not(None),
            col(Award.withdrawn_at).is_(None),
        )
        .order_by(col(Award.round).desc())
    ).first()
    result = view.result
    needs, supporters = session.exec(
        select(func.count(), func.coalesce(func.sum(Need.supporters), 0))
        .select_from(Need)
        .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
        .where(ProjectNeed.project_id == project.id)
    ).one()
    head = session.exec(select(AuditHead).order_by(col(AuditHead.position).desc())).first()
    milestones = _milestones(session, project) if agreement else ()
    return ClosingReport(
        name=REPORT_NAMES[project.status],
        code=project.code,
        title=view.title,
        street=view.street,
        community=view.community,
        category=category_name(project.category),
        demo=is_demo(session),
        needs=needs,
        supporters=int(supporters),
        root_cause=mask(project.root_cause or "—"),
        target_group=mask(project.target_group or "—"),
        beneficiaries=project.beneficiaries,
        budget=project.budget,
        ceiling=view.call.ceiling if view.call else None,
        amount=agreement.amount if agreement else None,
        earned=sum((line.earned for line in milestones), Decimal(0)),
        supplier=_supplier(session, agreement.bid_id) if agreement else None,
        award_total=award.total if award else None,
        opened_on=_day(project.created_at),
        closed_on=_day(project.closed_at or at),
        ended_because=view.ended_because,
        history=_history(session, project),
        stages=_stages(session, project),
        bids=_bids(session, award) if award else (),
        award_lines=_award_lines(award) if award else (),
        milestones=milestones,
        indicators=_indicators(session, agreement) if agreement else (),
        parties=_parties(result) if result else (),
        result=result.value if result else None,
        grade=GRADES[result.grade] if result else None,
        spread=result.spread if result else None,
        flagged=bool(result and result.flagged),
        records=report_records(session, project, view),
        audit_position=head.position if head else 0,
        audit_hash=head.hash if head else "—",
        issued_on=_day(at),
    )


def _signed(session: Session, project: Project) -> Agreement | None:
    """Return the agreement that was signed; none was where the project ended before."""
    if project.status not in (Status.CLOSED, Status.TERMINATED):
        return None
    return present_agreement(session, project)


def _supplier(session: Session, bid_id: UUID) -> str:
    return session.get_one(Organisation, session.get_one(Bid, bid_id).lead_id).name


def _day(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}"


def _history(session: Session, project: Project) -> tuple[ReportMoment, ...]:
    moves = session.exec(select(StatusChange).where(StatusChange.project_id == project.id)).all()
    gates = session.exec(
        select(Gate).where(Gate.process_id == project.id, col(Gate.decided_at).is_not(None))
    ).all()
    moments = [
        ReportMoment(
            move.changed_at.astimezone(BEIJING),
            Text("项目状态", "Project status"),
            STATUS_NAMES[move.after],
        )
        for move in moves
    ]
    moments += [
        ReportMoment(
            gate.decided_at.astimezone(BEIJING),
            kit_at(gate).rule.title,
            OUTCOME_NAMES[gate.outcome],
        )
        for gate in gates
        if gate.decided_at and gate.outcome
    ]
    return tuple(sorted(moments, key=lambda moment: moment.at))


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


def _bids(session: Session, award: Award) -> tuple[ReportBid, ...]:
    lines = []
    for ranked in award.ranking:
        bid = session.get_one(Bid, ranked["bid"])
        members = members_of(session, bid.id)
        names = [
            (session.get_one(Organisation, member.organisation_id).name, member.share)
            for member in members
        ]
        shown = public_bid(
            PublicBid(
                ranked["receipt"],
                int(ranked["place"]),
                Decimal(ranked["total"]),
                ranked["tie_break"],
                names[0][0],
                tuple(names) if len(names) > 1 else (),
                Decimal(ranked["price"]),
            ),
            awarded=bid.id == award.bid_id,
        )
        lines.append(
            ReportBid(
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
) -> ReportScore:
    return ReportScore(name, Decimal(mean), Decimal(weight), points, answers)


def _award_lines(award: Award) -> tuple[ReportScore, ...]:
    first: dict[str, Any] = next(
        ranked for ranked in award.ranking if ranked["bid"] == str(award.bid_id)
    )
    shown = shown_points([points for *_, points in first["lines"]], first["total"])
    return tuple(
        _line(CRITERIA.get(name, Text(mask(name), mask(name))), mean, weight, points)
        for (name, mean, weight, _), points in zip(first["lines"], shown, strict=True)
    )


def _parties(result: AssessmentResult) -> tuple[ReportScore, ...]:
    shown = shown_points([party["points"] for party in result.parties], result.value)
    return tuple(
        _line(
            PARTY_NAMES[Party(party["party"])],
            party["mean"],
            party["weight"],
            points,
            int(party["answers"]),
        )
        for party, points in zip(result.parties, shown, strict=True)
    )


def _milestones(session: Session, project: Project) -> tuple[MilestoneLine, ...]:
    lines = []
    for milestone in milestones_of(session, project):
        evidence = session.exec(
            select(func.count()).select_from(Evidence).where(Evidence.milestone_id == milestone.id)
        ).one()
        accepted = _day(milestone.accepted_at) if milestone.accepted_at else ""
        if 0 < milestone.accepted_amount < milestone.amount:
            accepted = " · ".join(filter(None, (accepted, show(milestone.accepted_amount))))
        lines.append(
            MilestoneLine(
                milestone.number,
                mask(milestone.title),
                milestone.due_on.isoformat(),
                accepted,
                milestone.amount,
                milestone.accepted_amount,
                evidence,
            )
        )
    return tuple(lines)


def _indicators(session: Session, agreement: Agreement) -> tuple[IndicatorLine, ...]:
    """Return each indicator with what its reports amount to."""
    return tuple(
        IndicatorLine(
            mask(indicator.name),
            indicator.target,
            indicator.reached,
            mask(indicator.unit),
            ADDS_NAMES[indicator.adds],
        )
        for indicator in progress_of(session, [agreement])[agreement.id]
    )
