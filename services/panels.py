"""Award 承榜, first half: the panel, its scores and the ranking."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage, Status
from domain.scoring import TRIM_FROM, Entry, check_marks, rank, weighted_total
from models import Award, Bid, Opening, Panel, PanelMember, PanelScore, Project
from models.bids import BidStatus
from services.actors import Actor
from services.clock import now
from services.credit import credit_of
from services.decide_gate import decide_gate
from services.dossiers import current_call
from services.policies import interested_people, settings_of
from services.preparation import open_preparation
from services.records import audit, lock_project
from services.settle_gate import settle_current

PANEL_PARTIES = ("street_community", "departments", "experts")


def opened_bids(session: Session, project: Project) -> list[Bid]:
    """Return the bids before the panel."""
    return list(
        session.exec(
            select(Bid)
            .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
            .order_by(col(Bid.receipt_no))
        ).all()
    )


def form_panel(
    session: Session, *, project_id: UUID, actor: Actor, members: Mapping[UUID, str], chair_id: UUID
) -> None:
    """Form the panel and submit it; members with a known interest are recused at once.

    ``members`` maps a person to one of the three parties. Raises BadInput for a panel that is too
    small or lacks a party, or a chair who is recused.
    """
    project, gate = open_preparation(session, project_id, Stage.AWARD)
    at = now(session)
    size = int(settings_of(session, project)["panel_size"])
    absent = [party for party in PANEL_PARTIES if party not in members.values()]
    if len(members) < size or absent or chair_id not in members:
        raise BadInput(
            zh=f"评审组至少 {size} 人，三方各至少一人，组长须为成员；缺少：{absent or '人数或组长'}。",
            en=f"A panel has {size} members or more, each party at least one, and its own chair.",
        )
    interested = interested_people(session, project)
    if chair_id in interested:
        raise BadInput(
            zh="组长有利害关系，请另选。", en="The chair has an interest; choose another."
        )
    round_ = project.stage_round
    session.add(
        Panel(
            project_id=project.id,
            round=round_,
            chair_id=chair_id,
            trim=len(members) >= TRIM_FROM,
            formed_at=at,
        )
    )
    for person_id, party in members.items():
        recused = person_id in interested
        session.add(
            PanelMember(
                project_id=project.id,
                round=round_,
                person_id=person_id,
                party=party,
                recused_at=at if recused else None,
                recusal="relation" if recused else None,
            )
        )
    session.flush()
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)


def _member(session: Session, project: Project, actor: Actor) -> PanelMember:
    member = session.get(PanelMember, (project.id, project.stage_round, actor.person_id))
    if project.status is not Status.AWARDING or member is None:
        raise NotPermitted(zh="您不是本轮评审组成员。", en="you are not on this panel.")
    return member


def declare_interest(session: Session, *, project_id: UUID, actor: Actor, interest: bool) -> None:
    """Declare whether one has an interest, before any bid is shown; an interest recuses."""
    project = lock_project(session, project_id)
    member = _member(session, project, actor)
    at = now(session)
    member.declared_at = at
    if interest and member.recused_at is None:
        member.recused_at, member.recusal = at, "declared"
    audit(
        session,
        actor=actor.login,
        action="panel.declared",
        subject=project.code,
        at=at,
        interest=interest,
    )
    settle_current(session, project, GateKind.EVENT, at)


def score_bid(session: Session, *, bid_id: UUID, actor: Actor, marks: dict[str, Decimal]) -> None:
    """Record a panel member's marks of one bid by the call's rubric.

    Raises NotPermitted without a declaration, after a recusal, or for an outsider.
    """
    bid = session.get_one(Bid, bid_id)
    project = lock_project(session, bid.project_id)
    member = _member(session, project, actor)
    if member.declared_at is None:
        raise NotPermitted(zh="请先申报利害关系。", en="declare your interest first.")
    if member.recused_at is not None:
        raise NotPermitted(zh="您已回避，不能评分。", en="you are recused and do not score.")
    call = current_call(session, project)
    assert call is not None
    check_marks({k: Decimal(v) for k, v in call.rubric.items()}, marks)
    at = now(session)
    session.add(
        PanelScore(
            project_id=project.id,
            round=project.stage_round,
            bid_id=bid.id,
            person_id=actor.person_id,
            marks={k: str(v) for k, v in marks.items()},
            scored_at=at,
        )
    )
    audit(session, actor=actor.login, action="bid.scored", subject=project.code, at=at)
    settle_current(session, project, GateKind.EVENT, at)


def rank_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Rank the opened bids by the call's rubric and write the award it leads to."""
    call = current_call(session, project)
    panel = session.get_one(Panel, (project.id, project.stage_round))
    opening = session.exec(
        select(Opening).where(Opening.project_id == project.id).order_by(col(Opening.round).desc())
    ).first()
    assert call is not None
    assert opening is not None
    rubric = {k: Decimal(v) for k, v in call.rubric.items()}
    base = Decimal(settings_of(session, project)["credit_base"])
    today = at.astimezone(BEIJING).date()
    totals, entries = {}, []
    for bid in opened_bids(session, project):
        sheets = session.exec(
            select(PanelScore)
            .where(PanelScore.bid_id == bid.id, PanelScore.round == project.stage_round)
            .order_by(col(PanelScore.scored_at))
        ).all()
        marks = [{k: Decimal(v) for k, v in sheet.marks.items()} for sheet in sheets]
        totals[bid.id] = weighted_total(rubric, marks, trim=panel.trim)
        assert bid.price is not None
        credit = credit_of(session, bid.lead_id, base=base, today=today)
        entries.append(Entry(bid.id, totals[bid.id].value, bid.price, credit))
    ranked = rank(entries, seed=opening.seed)
    receipts = {bid.id: bid.receipt_no for bid in opened_bids(session, project)}
    first = ranked[0].entry
    award = Award(
        project_id=project.id,
        round=project.stage_round,
        bid_id=first.bid,
        total=first.total,
        price=first.price,
        ranking=[
            {
                "place": one.place,
                "bid": str(one.entry.bid),
                "receipt": receipts[one.entry.bid],
                "total": str(one.entry.total),
                "price": str(one.entry.price),
                "credit": str(one.entry.credit),
                "tie_break": one.tie_break,
                "lines": [
                    [line.criterion, str(line.mean), str(line.weight), str(line.points)]
                    for line in totals[one.entry.bid].lines
                ],
            }
            for one in ranked
        ],
        ranked_at=at,
    )
    session.add(award)
    session.flush()
    return {"bids": len(ranked)}
