"""The opening: as many people as the policy wants together, after closing, at once for all bids."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.canonical import commitment, digest
from domain.errors import NotPermitted
from domain.gates import GateKind
from domain.identity.permissions import Act
from domain.lifecycle import Action, Status
from domain.money import yuan
from models import (
    Bid,
    BidPayload,
    Call,
    CallKey,
    CallShare,
    Opening,
    OpeningPresence,
    Project,
)
from models.bid import BidStatus
from services.bid.bid_files import open_files
from services.bid.events import BidsOpened, OpeningAttended
from services.bid.interests import interested_people
from services.bid.sealed_bids import open_version
from services.clock import now
from services.events.record import record
from services.gates.settle_gate import current_gate, settle_current
from services.identity.actors import Actor, authorise, place_of
from services.ledgers import quota
from services.projects.moves import lock_project, move
from services.publish.call_keys import reveal_share, share_of
from services.publish.present_call import current_call
from services.seal.sealing import combine_key, public_of


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


def attend_opening(session: Session, *, project_id: UUID, actor: Actor, private: bytes) -> None:
    """Be present at the opening with the actor's share, revealed by their ``private`` key.

    With the last share every bid is unsealed at once; no fewer shares open any. Raises NotPermitted
    before closing, for other roles, for anyone with an interest, and without a share of the call.
    """
    project = lock_project(session, project_id)
    require_opener(session, project, actor)
    call = current_call(session, project)
    assert call is not None
    share = share_of(session, call, actor.person_id)
    attend(session, project, call, actor, share, reveal_share(share, private))


def require_opener(session: Session, project: Project, actor: Actor) -> None:
    """Raise NotPermitted before the closing, for other roles and for anyone with an interest."""
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


def attend(
    session: Session, project: Project, call: Call, actor: Actor, share: CallShare, plain: bytes
) -> None:
    """Count a share that was revealed; the caller has asked whether ``actor`` may."""
    key = (project.id, project.stage_round, actor.person_id)
    opening_presence = session.get(OpeningPresence, key)
    if opening_presence is not None and opening_presence.number == share.number:
        return
    if opening_presence is not None or _is_there(session, project, share.number):
        raise NotPermitted(
            zh="这份份额已经用过，或者您已以另一份到场；每人、每份各算一次。",
            en="this share is there already, or you are present with another; each counts once.",
        )
    at = now(session)
    session.add(
        OpeningPresence(
            project_id=key[0],
            round=key[1],
            person_id=key[2],
            present_at=at,
            number=share.number,
            share=plain,
        )
    )
    record(session, OpeningAttended(share=share.number), about=project.code, by=actor.login, at=at)
    session.flush()
    _unseal_all(session, project, call)
    settle_current(session, project, GateKind.EVENT, at)


def _is_there(session: Session, project: Project, number: int) -> bool:
    presence_query = select(OpeningPresence.person_id).where(
        OpeningPresence.project_id == project.id,
        OpeningPresence.round == project.stage_round,
        OpeningPresence.number == number,
    )
    return session.exec(presence_query).first() is not None


def _unseal_all(session: Session, project: Project, call: Call) -> None:
    """Unseal every submitted bid once enough shares are there, and forget the shares."""
    present = session.exec(
        select(OpeningPresence)
        .where(
            OpeningPresence.project_id == project.id,
            OpeningPresence.round == project.stage_round,
            col(OpeningPresence.share).is_not(None),
        )
        .order_by(col(OpeningPresence.present_at))
    ).all()
    key = session.get_one(CallKey, call.id)
    if len(present) < key.threshold:
        return
    private = combine_key(
        [(presence.number, presence.share or b"") for presence in present[: key.threshold]]
    )
    if public_of(private) != key.public:
        raise NotPermitted(
            zh="这些份额合不成榜单的密钥，一份意向书也没有开启，请联系运维。",
            en="these shares are not the call's key; nothing was opened, ask an operator.",
        )
    for bid in submitted_bids(session, project):
        payload = latest_payload(session, bid)
        if open_version(payload, private):
            open_files(session, payload, private)
    for presence in present:
        presence.share = None
    session.flush()


def latest_payload(session: Session, bid: Bid) -> BidPayload:
    """Return the payload of the bid's newest version."""
    return session.get_one(BidPayload, (bid.id, bid.version))


def open_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Open all bids at once: write their prices and the record of commitments."""
    opened_record: list[dict[str, Any]] = []
    bids = submitted_bids(session, project)
    for bid in bids:
        payload = latest_payload(session, bid)
        valid = False
        if payload.nonce and payload.content:
            valid = commitment(payload.nonce, payload.content) == bid.commitment
            bid.price = yuan(sum(Decimal(line["amount"]) for line in payload.content["budget"]))
        bid.status = BidStatus.OPENED if valid else BidStatus.VOID
        if not valid:
            quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
        opened_record.append(
            {"receipt": bid.receipt_no, "commitment": bid.commitment, "matches": valid}
        )
    session.add(
        Opening(
            project_id=project.id,
            round=project.stage_round,
            opened_at=at,
            commitments=opened_record,
            seed=digest(opened_record),
        )
    )
    opened = sum(bid.status is BidStatus.OPENED for bid in bids)
    record(session, BidsOpened(commitments=opened_record), about=project.code, by="flow", at=at)
    session.flush()
    return {"opened": opened}


def close_bidding(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Go on to the award with the opened bids."""
    move(session, project, Action.CLOSE_BIDS, actor="flow", at=at)
    return {}
