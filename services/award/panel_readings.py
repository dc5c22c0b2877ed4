"""How far a panel has come with its marks, and whether it still stands."""

from typing import Final

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from domain.award.scoring import FEWEST_SHEETS, PANEL_PARTIES
from models import Bid, Call, PanelMember, PanelScore, Project
from models.bid import BidStatus
from services.gates.kits import Progress
from services.projects.moves import newest

_SITS: Final = and_(col(PanelMember.seated_at).is_not(None), col(PanelMember.recused_at).is_(None))


def panel_readings(session: Session, project: Project) -> Progress:
    """Return how many sheets are in, and of a blind call how many second readings are over."""
    here = (PanelMember.project_id == project.id, PanelMember.round == project.stage_round)
    members, reread = session.exec(
        select(func.count(), func.count(col(PanelMember.reread_at)))
        .select_from(PanelMember)
        .where(*here, _SITS)
    ).one()
    bids = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
    ).one()
    scores = session.exec(
        select(func.count())
        .select_from(PanelScore)
        .join(Bid, col(Bid.id) == PanelScore.bid_id)
        .where(
            Bid.status == BidStatus.OPENED,
            PanelScore.project_id == project.id,
            PanelScore.round == project.stage_round,
            col(PanelScore.voided_at).is_(None),
        )
    ).one()
    call = newest(session, Call, project)
    reading = (reread, members) if call and call.blind else (0, 0)
    return Progress(scores, members * bids).plus(*reading)


def quorum_broken(session: Session, project: Project) -> bool:
    """Tell whether recusals have left too few of the panel, or a party of it without a member."""
    members = session.exec(
        select(PanelMember).where(
            PanelMember.project_id == project.id, PanelMember.round == project.stage_round
        )
    ).all()
    left = [row for row in members if row.seated_at is not None and row.recused_at is None]
    parties = {row.party for row in left}
    return bool(members) and (len(left) < FEWEST_SHEETS or parties < set(PANEL_PARTIES))
