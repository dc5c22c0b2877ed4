"""Who bids together: a lead and its partners, each with its share and its work package."""

import difflib
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain import moments
from domain.errors import BadInput, CallClosed, NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, Call, Organisation, Project
from models.bid import BidStatus
from models.shapes import Command
from services.bid.events import ConsortiumLeft, PartnerLeft
from services.clock import now
from services.events import audiences
from services.events.record import record, tell
from services.identity.actors import Actor, authorise, organisation
from services.ledgers import quota
from services.projects.moves import lock_project
from services.publish.present_call import current_call

LONGEST_PACKAGE: Final = 200


class PartnerCreate(Command):
    """A partner by its organisation's name, with its share in percent and its work package."""

    name: str = Field(min_length=2, max_length=120)
    share: Decimal = Field(
        gt=0, lt=100, max_digits=5, decimal_places=2, schema_extra={"examples": ["30"]}
    )
    work_package: str = Field(min_length=2, max_length=LONGEST_PACKAGE)


class MembersUpdate(Command):
    """The partners of a consortium, and the lead's own work package; none for a bid alone."""

    partners: list[PartnerCreate] = Field(default=[], max_length=20)
    work_package: str = Field(default="", max_length=LONGEST_PACKAGE)


class ShareConfirm(Command):
    """The share in percent, and the work package, that a partner confirms: what it was shown."""

    share: Decimal = Field(
        gt=0, le=100, max_digits=5, decimal_places=2, schema_extra={"examples": ["30"]}
    )
    work_package: str | None = Field(default=None, max_length=LONGEST_PACKAGE)


class Member(NamedTuple):
    """A member of a bidder, its share in percent and what it is to do."""

    organisation_id: UUID
    share: Decimal
    work_package: str


def open_call(session: Session, project: Project, at: datetime) -> Call:
    """Return the call open for bids at ``at``; one second late is late."""
    call = current_call(session, project)
    if project.status is not Status.BIDDING or call is None or call.closes_at is None:
        raise NotPermitted(zh="这个项目现在不接受揭榜。", en="this project takes no bids now.")
    if at >= call.closes_at:
        raise CallClosed(closes_at=moments.until(call.closes_at), at=moments.when(at, seconds=True))
    return call


def draft_bid(
    session: Session,
    *,
    project_id: UUID,
    actor: Actor,
    lead_id: UUID,
    partners: list[Member],
    work_package: str = "",
) -> Bid:
    """Begin (or change) a bid: the lead takes what the partners leave of 100 percent.

    ``work_package`` is the lead's own, wanted where there are partners. Partners confirm for
    themselves; changing the members asks them again.
    """
    authorise(session, actor, Act.BID, organisation(lead_id))
    project = lock_project(session, project_id)
    at = now(session)
    call = open_call(session, project, at)
    lead_share = Decimal(100) - sum((partner.share for partner in partners), Decimal(0))
    if partners and not call.consortia:
        raise BadInput(zh="本榜单不接受联合体。", en="This call takes no consortia.")
    if lead_share <= 0 or any(
        partner.share <= 0 or partner.share != round(partner.share, 2) for partner in partners
    ):
        raise BadInput(
            zh="份额须为正、至多两位小数，且牵头方与各伙伴合计 100%。",
            en="Shares must be positive, with two decimals at most, and sum to 100 % with the lead's.",
        )
    packages = [work_package.strip(), *(partner.work_package.strip() for partner in partners)]
    if partners and not all(2 <= len(package) <= LONGEST_PACKAGE for package in packages):
        raise BadInput(
            zh=f"请为牵头方和每个伙伴写明分工，2 到 {LONGEST_PACKAGE} 字。",
            en=f"Say what the lead and each partner do, in 2 to {LONGEST_PACKAGE} characters.",
        )
    ids = [lead_id, *(partner.organisation_id for partner in partners)]
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
            work_package=packages[0] if partners else "",
            confirmed_at=at,
            confirmed_by=actor.person_id,
        )
    )
    for partner, package in zip(partners, packages[1:], strict=True):
        session.add(
            BidMember(
                bid_id=bid.id,
                organisation_id=partner.organisation_id,
                is_lead=False,
                share=partner.share,
                work_package=package,
            )
        )
    session.flush()
    return bid


def name_partners(
    session: Session, *, project_id: UUID, actor: Actor, lead_id: UUID, members: MembersUpdate
) -> Bid:
    """Begin (or change) a bid with the partners named; raise as ``partner_named``, ``draft_bid``."""
    partners = [
        partner_named(session, partner.name, partner.share, partner.work_package)
        for partner in members.partners
    ]
    return draft_bid(
        session,
        project_id=project_id,
        actor=actor,
        lead_id=lead_id,
        partners=partners,
        work_package=members.work_package,
    )


def confirm_partner(
    session: Session,
    *,
    bid_id: UUID,
    actor: Actor,
    organisation_id: UUID,
    share: Decimal | None = None,
    work_package: str | None = None,
) -> None:
    """Confirm, for a partner, its place, share and work package in a consortium.

    ``share`` and ``work_package`` are what the partner saw; raises NotPermitted where the lead has
    changed one since.
    """
    authorise(session, actor, Act.BID, organisation(organisation_id))
    member = session.get(BidMember, (bid_id, organisation_id), with_for_update=True)
    if member is None:
        raise NotPermitted(
            zh="贵组织不在这个联合体中。", en="your organisation is not in this bid."
        )
    if share not in (None, member.share) or work_package not in (None, member.work_package):
        raise NotPermitted(
            zh="牵头方已修改份额或分工，请重新查看后再确认。",
            en="the lead has changed the shares or who does what; look again, then confirm.",
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
    open_call(session, project, at)
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
    record(session, ConsortiumLeft(), about=str(bid.id), by=actor.login, at=at)
    tell(
        session,
        PartnerLeft(),
        about=project.code,
        at=at,
        to=audiences.organisation(bid.lead_id),
        once=f"bid:{bid.id}:left:{organisation_id}:{bid.version}",
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


def organisation_named(session: Session, name: str) -> Organisation:
    """Return the organisation of this name; raise NotFound, with names that are near."""
    named_organisation = session.exec(
        select(Organisation).where(Organisation.name == name.strip())
    ).first()
    if named_organisation is None:
        names = session.exec(select(Organisation.name)).all()
        near = difflib.get_close_matches(name.strip(), names, n=3, cutoff=0.4)
        near += [
            known_name
            for known_name in names
            if name.strip() and name.strip() in known_name and known_name not in near
        ]
        hint = f"（{'、'.join(near[:3])}？）" if near else ""
        raise NotFound(what=Text("组织", "organisation"), key=f"{name.strip()}{hint}")
    return named_organisation


def partner_named(session: Session, name: str, share: Decimal, work_package: str) -> Member:
    """Return the partner of this name; raise NotFound, with names that are near."""
    return Member(organisation_named(session, name).id, share, work_package)
