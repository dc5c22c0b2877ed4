"""The opening: two people together, after closing, at once for all bids."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from domain.canonical import commitment, digest
from domain.errors import NotPermitted
from domain.gates import GateKind
from domain.lifecycle import Action, Status
from domain.money import yuan
from domain.permissions import Act
from models import Bid, BidPayload, Opening, OpeningPresence, Project
from models.bids import BidStatus
from services import credit
from services.actors import Actor, authorise, place_of
from services.clock import now
from services.policies import interested_people
from services.records import audit, lock_project, move
from services.settle_gate import current_gate, settle_current


def submitted_bids(session: Session, project: Project) -> list[Bid]:
    """Return the bids that were in when the call closed, in the order of their receipts."""
    return list(
        session.exec(
            select(Bid)
            .where(Bid.project_id == project.id, Bid.status == BidStatus.SUBMITTED)
            .order_by(col(Bid.receipt_no))
        ).all()
    )


def any_to_open(session: Session, project: Project) -> bool:
    """Tell whether bids were in at the closing, also after they have been opened."""
    opened = session.get(Opening, (project.id, project.stage_round))
    return opened is not None or bool(submitted_bids(session, project))


def attend_opening(session: Session, *, project_id: UUID, actor: Actor) -> None:
    """Be present at the opening and agree to it; when all openers are, the bids are opened.

    Raises NotPermitted before closing, for other roles, and for anyone with an interest.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.OPEN_BIDS, place_of(project))
    timer = current_gate(session, project, GateKind.TIMER)
    if project.status is not Status.BIDDING or timer is None or timer.outcome is None:
        raise NotPermitted(
            zh="揭榜尚未截止，不能开标。", en="bidding has not closed; nothing is opened."
        )
    if actor.person_id in interested_people(session, project):
        raise NotPermitted(
            zh="您有利害关系，不能开标。", en="you have an interest and may not open."
        )
    key = (project.id, project.stage_round, actor.person_id)
    if session.get(OpeningPresence, key) is None:
        at = now(session)
        session.add(
            OpeningPresence(project_id=key[0], round=key[1], person_id=key[2], present_at=at)
        )
        audit(session, actor=actor.login, action="opening.attended", subject=project.code, at=at)
        settle_current(session, project, GateKind.EVENT, at)


def latest_payload(session: Session, bid: Bid) -> BidPayload:
    """Return the payload of the bid's newest version."""
    return session.get_one(BidPayload, (bid.id, bid.version))


def open_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Open all bids at once: write their prices and the record of commitments."""
    record = []
    bids = submitted_bids(session, project)
    for bid in bids:
        payload = latest_payload(session, bid)
        valid = commitment(payload.nonce, payload.content) == bid.commitment
        bid.price = yuan(sum(Decimal(line["amount"]) for line in payload.content["budget"]))
        bid.status = BidStatus.OPENED if valid else BidStatus.VOID
        if not valid:
            credit.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
        record.append({"receipt": bid.receipt_no, "commitment": bid.commitment, "matches": valid})
    session.add(
        Opening(
            project_id=project.id,
            round=project.stage_round,
            opened_at=at,
            commitments=record,
            seed=digest(record),
        )
    )
    opened = sum(bid.status is BidStatus.OPENED for bid in bids)
    audit(
        session,
        actor="flow",
        action="bids.opened",
        subject=project.code,
        at=at,
        commitments=record,
    )
    session.flush()
    return {"opened": opened}


def close_bidding(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Go on to the award with the opened bids."""
    move(session, project, Action.CLOSE_BIDS, actor="flow", at=at)
    return {}
