"""What an event gate waits for: how many facts are in, and how many it takes."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.lifecycle import Stage
from domain.scoring import FEWEST_SHEETS, PANEL_PARTIES, Party
from models import (
    Agreement,
    AppraisalScore,
    AssessmentResponse,
    Bid,
    Milestone,
    OpeningPresence,
    PanelMember,
    PanelScore,
    Project,
)
from models.bids import BidStatus
from services.gates.policies import assessment_rules, settings_of


class Progress(NamedTuple):
    """Facts in, and facts needed."""

    done: int
    needed: int

    @property
    def complete(self) -> bool:
        """Tell whether the quorum is in."""
        return self.needed > 0 and self.done >= self.needed


def _appraisal(session: Session, project: Project) -> Progress:
    done = session.exec(
        select(func.count())
        .select_from(AppraisalScore)
        .where(AppraisalScore.project_id == project.id, AppraisalScore.round == project.stage_round)
    ).one()
    return Progress(done, int(settings_of(session, project)["appraisal_quorum"]))


def _opening(session: Session, project: Project) -> Progress:
    done = session.exec(
        select(func.count())
        .select_from(OpeningPresence)
        .where(
            OpeningPresence.project_id == project.id, OpeningPresence.round == project.stage_round
        )
    ).one()
    return Progress(done, int(settings_of(session, project)["openers"]))


def _panel(session: Session, project: Project) -> Progress:
    here = (PanelMember.project_id == project.id, PanelMember.round == project.stage_round)
    members = session.exec(
        select(func.count())
        .select_from(PanelMember)
        .where(*here, col(PanelMember.recused_at).is_(None))
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
    return Progress(scores, members * bids)


def quorum_broken(session: Session, project: Project) -> bool:
    """Tell whether recusals have left too few of the panel, or a party of it without a member."""
    members = session.exec(
        select(PanelMember).where(
            PanelMember.project_id == project.id, PanelMember.round == project.stage_round
        )
    ).all()
    left = [one for one in members if one.recused_at is None]
    parties = {one.party for one in left}
    return bool(members) and (len(left) < FEWEST_SHEETS or parties < set(PANEL_PARTIES))


def _agreement(session: Session, project: Project) -> Progress:
    agreement = session.exec(
        select(Agreement).where(
            Agreement.project_id == project.id, Agreement.round == project.stage_round
        )
    ).one_or_none()
    if agreement is None:
        return Progress(0, 2)
    sides = (agreement.buyer_confirmed_at, agreement.supplier_confirmed_at)
    return Progress(sum(side is not None for side in sides), 2)


def _delivery(session: Session, project: Project) -> Progress:
    milestones = session.exec(
        select(Milestone.accepted_at).where(
            Milestone.project_id == project.id,
            Milestone.agreement_id
            == select(Agreement.id)
            .where(Agreement.project_id == project.id)
            .order_by(col(Agreement.round).desc())
            .limit(1)
            .scalar_subquery(),
        )
    ).all()
    return Progress(sum(at is not None for at in milestones), len(milestones))


def responses_by_party(session: Session, project: Project) -> dict[Party, int]:
    """Return how many responses each party has given in this round."""
    rows = session.exec(
        select(AssessmentResponse.party, func.count())
        .where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
        )
        .group_by(col(AssessmentResponse.party))
    ).all()
    return {party: dict(rows).get(party, 0) for party in Party}


def _assessment(session: Session, project: Project) -> Progress:
    rules = assessment_rules(session, project)
    counts = responses_by_party(session, project)
    enough = [min(counts[party], int(rules[party]["minimum"])) for party in Party]
    return Progress(sum(enough), sum(int(rules[party]["minimum"]) for party in Party))


_PROGRESS: dict[Stage, Callable[[Session, Project], Progress]] = {
    Stage.EVALUATE: _appraisal,
    Stage.BID: _opening,
    Stage.AWARD: _panel,
    Stage.NOTICE: _agreement,
    Stage.DELIVER: _delivery,
    Stage.ASSESS: _assessment,
}


def progress(session: Session, project: Project, stage: Stage) -> Progress:
    """Return how far the event gate of ``stage`` has come."""
    return _PROGRESS[stage](session, project)
