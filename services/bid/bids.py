"""Bid 揭榜: letters of intent, alone or as a consortium, sealed until the opening."""

import secrets
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.canonical import commitment
from domain.eligibility import Candidate, Criteria, Finding, explain, load_of
from domain.errors import (
    BadInput,
    CallClosed,
    Incomplete,
    NotEligible,
    NotPermitted,
    Refused,
)
from domain.lifecycle import Status
from domain.money import show
from domain.permissions import Act
from models import Bid, BidContent, BidMember, Call, Organisation, Project
from models.bids import BidStatus
from services.bid.sealed_bids import seal_version
from services.clock import is_demo, now
from services.conduct import credit, quota
from services.conduct.standing import debarred_until, under_intervention
from services.gates.dossiers import current_call
from services.gates.policies import settings_of
from services.identity.actors import Actor, authorise, organisation
from services.records import audit, lock_project, tell


class Member(NamedTuple):
    """A member of a bidder and its share in percent."""

    organisation_id: UUID
    share: Decimal


class BidReceipt(NamedTuple):
    """What a bidder keeps: number, time, and the commitment anyone can check after the opening.

    ``demo`` says that the clock was a demo's.
    """

    number: str
    at: datetime
    commitment: str
    version: int
    nonce: str
    demo: bool


def _open_call(session: Session, project: Project, at: datetime) -> Call:
    """Return the call open for bids at ``at``; one second late is late."""
    call = current_call(session, project)
    if project.status is not Status.BIDDING or call is None or call.closes_at is None:
        raise NotPermitted(zh="这个项目现在不接受揭榜。", en="this project takes no bids now.")
    if at >= call.closes_at:
        raise CallClosed(closes_at=call.closes_at.isoformat(), at=at.isoformat())
    return call


def draft_bid(
    session: Session, *, project_id: UUID, actor: Actor, lead_id: UUID, partners: list[Member]
) -> Bid:
    """Begin (or change) a bid: the lead takes what the partners leave of 100 percent.

    Partners confirm for themselves; changing the members asks them again.
    """
    authorise(session, actor, Act.BID, organisation(lead_id))
    project = lock_project(session, project_id)
    at = now(session)
    call = _open_call(session, project, at)
    lead_share = Decimal(100) - sum((one.share for one in partners), Decimal(0))
    if partners and not call.consortia:
        raise BadInput(zh="本榜单不接受联合体。", en="This call takes no consortia.")
    if lead_share <= 0 or any(
        one.share <= 0 or one.share != round(one.share, 2) for one in partners
    ):
        raise BadInput(
            zh="份额须为正、至多两位小数，且牵头方与各伙伴合计 100%。",
            en="Shares must be positive, with two decimals at most, and sum to 100 % with the lead's.",
        )
    ids = [lead_id, *(one.organisation_id for one in partners)]
    if len(set(ids)) < len(ids):
        raise BadInput(
            zh="每个组织在联合体中只能出现一次。",
            en="An organisation stands in a consortium once.",
        )
    bid = session.exec(
        select(Bid).where(Bid.call_id == call.id, Bid.lead_id == lead_id)
    ).one_or_none()
    if bid is None:
        bid = Bid(call_id=call.id, project_id=project.id, lead_id=lead_id, created_at=at)
        session.add(bid)
        session.flush()
    elif bid.status is BidStatus.SUBMITTED:
        raise BadInput(
            zh="意向书已提交，成员不能再变；请先撤回。",
            en="The bid is submitted; withdraw it first.",
        )
    for old in session.exec(select(BidMember).where(BidMember.bid_id == bid.id)).all():
        session.delete(old)
    session.flush()
    session.add(
        BidMember(
            bid_id=bid.id,
            organisation_id=lead_id,
            is_lead=True,
            share=lead_share,
            confirmed_at=at,
            confirmed_by=actor.person_id,
        )
    )
    for one in partners:
        session.add(
            BidMember(
                bid_id=bid.id, organisation_id=one.organisation_id, is_lead=False, share=one.share
            )
        )
    session.flush()
    return bid


def confirm_partner(
    session: Session,
    *,
    bid_id: UUID,
    actor: Actor,
    organisation_id: UUID,
    share: Decimal | None = None,
) -> None:
    """Confirm, for a partner, its place and share in a consortium.

    ``share`` is what the partner saw; raises NotPermitted where the lead has changed it since.
    """
    authorise(session, actor, Act.BID, organisation(organisation_id))
    member = session.get(BidMember, (bid_id, organisation_id), with_for_update=True)
    if member is None:
        raise NotPermitted(
            zh="贵组织不在这个联合体中。", en="your organisation is not in this bid."
        )
    if share is not None and share != member.share:
        raise NotPermitted(
            zh="牵头方已修改份额，请重新查看后再确认。",
            en="the lead has changed the shares; look again, then confirm.",
        )
    if member.confirmed_at is None:
        member.confirmed_at, member.confirmed_by = now(session), actor.person_id
        session.flush()


def leave_consortium(
    session: Session, *, bid_id: UUID, actor: Actor, organisation_id: UUID
) -> None:
    """Leave a consortium as a partner, before the closing; the lead takes the share that is left.

    A bid that was submitted with the partner is a draft again: the quota is released, its versions
    are kept, and the lead is told. Raises CallClosed, NotPermitted for the lead and for no member.
    """
    authorise(session, actor, Act.BID, organisation(organisation_id))
    bid = session.get_one(Bid, bid_id)
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    at = now(session)
    _open_call(session, project, at)
    member = session.get(BidMember, (bid_id, organisation_id), with_for_update=True)
    if member is None or member.is_lead:
        raise NotPermitted(
            zh="只有联合体的伙伴可以退出；牵头方可以撤回意向书。",
            en="only a partner leaves a consortium; the lead may withdraw the bid.",
        )
    lead = session.get_one(BidMember, (bid_id, bid.lead_id))
    lead.share += member.share
    session.delete(member)
    if bid.status is BidStatus.SUBMITTED:
        bid.status = BidStatus.DRAFT
        quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    # About the bid, not the project: who bids is not public before the award.
    audit(session, actor=actor.login, action="consortium.left", subject=str(bid.id), at=at)
    tell(
        session,
        key=f"bid:{bid.id}:left:{organisation_id}:{bid.version}",
        topic="bid.partner-left",
        audience=f"organisation:{bid.lead_id}",
        at=at,
        project=project.code,
    )
    session.flush()


def members_of(session: Session, bid_id: UUID) -> list[BidMember]:
    """Return the members of a bid, the lead first."""
    return list(
        session.exec(
            select(BidMember)
            .where(BidMember.bid_id == bid_id)
            .order_by(col(BidMember.is_lead).desc())
        ).all()
    )


def eligibility(
    session: Session, project: Project, call: Call, bid: Bid, at: datetime
) -> list[Finding]:
    """Return every criterion for every member, met or not; the organisations are locked."""
    held = settings_of(session, project)
    criteria = criteria_of(project, call)
    members = members_of(session, bid.id)
    organisations = {
        one.id: one
        for one in quota.lock_organisations(session, [m.organisation_id for m in members])
    }
    today = at.astimezone(BEIJING).date()
    findings = []
    for member in members:
        organisation = organisations[member.organisation_id]
        candidate = candidate_of(session, organisation, member.share, held, today)
        findings += explain(candidate, criteria, today=today, alone=len(members) == 1)
    return findings


def criteria_of(project: Project, call: Call) -> Criteria:
    """Return what a call demands of everybody who bids."""
    return Criteria(
        call.criteria["org_stage"],
        call.criteria["grade"],
        Decimal(call.criteria["credit"]),
        project.community_code,
        project.street_code,
    )


def candidate_of(
    session: Session, organisation: Organisation, share: Decimal, held: dict[str, Any], today: date
) -> Candidate:
    """Return an organisation as the criteria see it; ``held`` are the round's settings."""
    return Candidate(
        organisation.name,
        organisation.org_stage,
        organisation.grade,
        credit.credit_of(
            session,
            organisation.id,
            base=Decimal(str(held["credit_base"])),
            today=today,
        ),
        organisation.suspended_until,
        under_intervention(session, organisation.id),
        debarred_until(session, organisation.id),
        frozenset(organisation.serves),
        quota.load_of(session, organisation.id),
        Decimal(held["quota_by_grade"][organisation.grade]),
        share,
    )


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
    if (shares := sum((one.share for one in content.milestones), Decimal(0))) != 100:
        missing.append(
            (
                f"里程碑付款比例合计为 {shares}%，应为 100%",
                f"milestone shares sum to {shares}, not 100",
            )
        )
    if any(one.due_on > call.delivery_until for one in content.milestones):
        missing.append(("里程碑晚于实施期", "a milestone falls after the delivery period"))
    if missing:
        raise Incomplete(
            zh="；".join(zh for zh, _ in missing), en="; ".join(en for _, en in missing)
        )


def submit_bid(session: Session, *, bid_id: UUID, actor: Actor, content: BidContent) -> BidReceipt:
    """Seal a complete letter of intent before its call closes, or a new version of it.

    Returns the receipt: time and SHA-256 of nonce and canonical payload.
    Raises CallClosed, Incomplete, NotEligible (every unmet criterion with its reason),
    NotPermitted. Source: 揭榜, domain.md.
    """
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    at = now(session)
    call = _open_call(session, project, at)
    if bid.call_id != call.id:
        raise NotPermitted(
            zh="榜单已有新版本，这份意向书作废，请按新榜单重新起草。",
            en="the call has a new version, which voids this bid; begin another.",
        )
    members = members_of(session, bid.id)
    if any(one.confirmed_at is None for one in members):
        raise Incomplete(zh="还有伙伴没有确认", en="a partner has not confirmed")
    check_content(call, content)
    # Before anything is entered in their ledgers: two bids of one organisation would deadlock.
    quota.lock_organisations(session, [one.organisation_id for one in members])
    if bid.version:
        quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    findings = eligibility(session, project, call, bid, at)
    if unmet := [one for one in findings if not one.met]:
        reasons = "; ".join(f"{one.member}: {one.reason.zh} / {one.reason.en}" for one in unmet)
        raise NotEligible(reasons=reasons)
    bid.version += 1
    nonce = secrets.token_bytes(32)
    payload = content.model_dump(mode="json")
    seal_version(session, bid, nonce=nonce, content=payload, at=at)
    bid.status, bid.submitted_at = BidStatus.SUBMITTED, at
    bid.commitment = commitment(nonce, payload)
    bid.receipt_no = bid.receipt_no or f"{project.code}-{secrets.token_hex(4).upper()}"
    bid.eligibility = [
        {"member": f.member, "rule": f.rule, "met": f.met, "zh": f.reason.zh, "en": f.reason.en}
        for f in findings
    ]
    for one in members:
        quota.reserve(
            session,
            organisation_id=one.organisation_id,
            project=project,
            reference=f"{bid.id}:v{bid.version}",
            amount=load_of(one.share, alone=len(members) == 1),
            at=at,
        )
    audit(
        session,
        actor=actor.login,
        action="bid.submitted",
        subject=project.code,
        at=at,
        receipt=bid.receipt_no,
        version=bid.version,
        commitment=bid.commitment,
    )
    session.flush()
    return BidReceipt(
        bid.receipt_no, at, bid.commitment, bid.version, nonce.hex(), is_demo(session)
    )


def record_refusal(session: Session, *, bid_id: UUID, actor: Actor, error: Refused) -> None:
    """Keep in the audit log that a submission was refused; call it in a transaction of its own."""
    project = session.get_one(Project, session.get_one(Bid, bid_id).project_id)
    audit(
        session,
        actor=actor.login,
        action="bid.refused",
        subject=project.code,
        at=now(session),
        why=error.code,
    )
    session.flush()


def withdraw_bid(session: Session, *, bid_id: UUID, actor: Actor) -> None:
    """Withdraw a bid before closing; its versions are kept, its quota is released."""
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    at = now(session)
    _open_call(session, project, at)
    if bid.status is not BidStatus.SUBMITTED:
        raise NotPermitted(zh="没有已提交的意向书。", en="there is no submitted bid.")
    bid.status, bid.withdrawn_at = BidStatus.WITHDRAWN, at
    quota.release(session, project=project, reference=f"{bid.id}:v{bid.version}", at=at)
    audit(
        session,
        actor=actor.login,
        action="bid.withdrawn",
        subject=project.code,
        at=at,
        receipt=bid.receipt_no,
    )
    session.flush()
