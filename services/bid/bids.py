"""Bid 揭榜: letters of intent, alone or as a consortium, sealed until the opening."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from domain.bid.eligibility import load_of
from domain.canonical import commitment
from domain.errors import Incomplete, NotPermitted, Refused
from domain.identity.permissions import Act
from domain.money import show
from models import Bid, BidContent, Call, Project
from models.bid import BidStatus
from services.bid.bid_files import take_files
from services.bid.consortia import members_of, open_call
from services.bid.eligible import as_json, eligibility, require_met
from services.bid.events import BidRefused, BidSubmitted, BidWithdrawn
from services.bid.sealed_bids import require_unchanged, seal_version
from services.clock import is_demo, now
from services.drafts import bid_draft, drop_draft
from services.events.record import record
from services.identity.actors import Actor, authorise, organisation
from services.ledgers import quota
from services.projects.moves import lock_project


@dataclass(frozen=True, slots=True)
class BidReceipt:
    """What a bidder keeps: number, time, and the commitment anyone can check after the opening.

    ``demo`` says that the clock was a demo's.
    """

    number: str
    at: datetime
    commitment: str
    version: int
    nonce: str
    demo: bool


def check_content(call: Call, content: BidContent) -> None:
    """Raise Incomplete unless the budget keeps the ceiling and the payment shares sum to 100."""
    missing: list[tuple[str, str]] = []
    price = sum((line.amount for line in content.budget), Decimal(0))
    if call.ceiling is not None and price > call.ceiling:
        missing.append(
            (
                f"预算合计 {show(price)} 元超过最高限价 {show(call.ceiling)} 元",
                f"the budget of {show(price)} exceeds the ceiling of {show(call.ceiling)}",
            )
        )
    if (shares := sum((milestone.share for milestone in content.milestones), Decimal(0))) != 100:
        missing.append(
            (
                f"里程碑付款比例合计为 {shares}%，应为 100%",
                f"milestone shares sum to {shares}, not 100",
            )
        )
    if any(milestone.due_on > call.delivery_until for milestone in content.milestones):
        missing.append(("里程碑晚于实施期", "a milestone falls after the delivery period"))
    if missing:
        raise Incomplete(
            zh="；".join(zh for zh, _ in missing), en="; ".join(en for _, en in missing)
        )


def submit_bid(
    session: Session, *, bid_id: UUID, actor: Actor, content: BidContent, seen: str = ""
) -> BidReceipt:
    """Seal a complete letter of intent before its call closes, or a new version of it.

    ``seen`` is the state of the draft from which it was written, as ``draft_state`` gives it.

    Returns the receipt: time and SHA-256 of nonce and canonical payload.
    Raises DraftChanged, CallClosed, Incomplete, NotEligible (every unmet criterion with its reason),
    NotPermitted. Source: the district's rules, 揭榜.
    """
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    # What counts is when it arrived, not when its turn came behind others.
    arrived = now(session)
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    require_unchanged(session, bid, seen, actor)
    at = max(arrived, bid.submitted_at or arrived)
    call = open_call(session, project, at)
    if bid.call_id != call.id:
        raise NotPermitted(
            zh="榜单已有新版本，这份意向书作废，请按新榜单重新起草。",
            en="the call has a new version, which voids this bid; begin another.",
        )
    members = members_of(session, bid.id)
    if any(member.confirmed_at is None for member in members):
        raise Incomplete(zh="还有伙伴没有确认", en="a partner has not confirmed")
    check_content(call, content)
    take_files(session, bid, content.files)
    # Before anything is entered in their ledgers: two bids of one organisation would deadlock.
    quota.lock_organisations(session, [member.organisation_id for member in members])
    if bid.version:
        quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    findings = eligibility(session, project, call, bid, at)
    require_met(findings)
    bid.version += 1
    nonce = secrets.token_bytes(32)
    payload = content.model_dump(mode="json")
    seal_version(session, bid, nonce=nonce, content=payload, at=at)
    bid.status, bid.submitted_at = BidStatus.SUBMITTED, at
    bid.commitment = commitment(nonce, payload)
    bid.receipt_no = bid.receipt_no or f"{project.code}-{secrets.token_hex(4).upper()}"
    bid.eligibility = [as_json(finding) for finding in findings]
    drop_draft(session, bid_draft(bid.id))
    for member in members:
        quota.reserve(
            session,
            organisation_id=member.organisation_id,
            project=project,
            reference=f"{bid.id}:v{bid.version}",
            amount=load_of(member.share, alone=len(members) == 1),
            at=at,
        )
    record(
        session,
        BidSubmitted(receipt=bid.receipt_no, version=bid.version, commitment=bid.commitment),
        about=project.code,
        by=actor.login,
        at=at,
    )
    session.flush()
    return BidReceipt(
        bid.receipt_no, at, bid.commitment, bid.version, nonce.hex(), is_demo(session)
    )


def record_refusal(session: Session, *, bid_id: UUID, actor: Actor, error: Refused) -> None:
    """Keep in the audit log that a submission was refused; call it in a transaction of its own."""
    project = session.get_one(Project, session.get_one(Bid, bid_id).project_id)
    record(session, BidRefused(why=error.code), about=project.code, by=actor.login, at=now(session))
    session.flush()


def withdraw_bid(session: Session, *, bid_id: UUID, actor: Actor) -> None:
    """Withdraw a bid before closing; its versions are kept, its quota is released."""
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    at = now(session)
    open_call(session, project, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise NotPermitted(zh="没有已提交的意向书。", en="there is no submitted bid.")
    bid.status, bid.withdrawn_at = BidStatus.WITHDRAWN, at
    quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    record(session, BidWithdrawn(receipt=bid.receipt_no), about=project.code, by=actor.login, at=at)
    session.flush()
