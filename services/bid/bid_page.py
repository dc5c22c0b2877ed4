"""A bid as its own consortium sees it, and the calls an organisation could bid on."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.bid.eligibility import Candidate, EligibilityFinding, explain
from domain.calendar import BEIJING
from domain.errors import NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.identity.roles import Grant
from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, BidPayload, Call, Community, Organisation, Project, Street
from models.bid import BidStatus
from services.bid.consortia import draft_bid, members_of
from services.bid.eligible import candidate_of, criteria_of, explained
from services.bid.sealed_bids import draft_state, read_bid_draft, read_version
from services.clock import is_demo, now
from services.district.rounds import settings_of
from services.identity.actors import Actor, may, organisation
from services.listing import Listed, cut_page
from services.projects.forming import project_coded
from services.publish.present_call import current_call
from services.seal.seal_keys import has_key


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that takes bids, and whether the organisation meets its criteria, with reasons."""

    code: str
    title: str
    place: str
    ceiling: Decimal | None
    closes_at: datetime
    status: BidStatus | None
    unmet: tuple[EligibilityFinding, ...]


class PartnerLine(NamedTuple):
    """A member of the bid with its share in percent, its work package, and when it confirmed."""

    organisation_id: UUID
    name: str
    leads: bool
    share: Decimal
    work_package: str
    confirmed_at: datetime | None


class PartnerInvitation(NamedTuple):
    """Who invites an organisation into a consortium, with what share in percent and for what."""

    lead: str
    share: Decimal
    work_package: str


@dataclass(frozen=True, slots=True)
class BidVersionLine:
    """One submitted version; its nonce, which proves it later, for a reader with the key."""

    version: int
    saved_at: datetime
    nonce: str | None


class BidPage(NamedTuple):
    """Everything on a bid's page; ``content`` is the last submission, ``typed`` the draft.

    ``locked`` is true where something is sealed and no key was given, ``lost`` where the key that
    was given does not unseal it: it was sealed for an earlier one.
    """

    project: Project
    place: str
    call: Call
    bid: Bid | None
    leads: bool
    takes_bids: bool
    members: tuple[PartnerLine, ...]
    invited: PartnerInvitation | None
    findings: tuple[EligibilityFinding, ...]
    content: dict[str, object]
    typed: dict[str, list[str]] | None
    saved_at: datetime | None
    state: str
    versions: tuple[BidVersionLine, ...]
    demo: bool
    has_key: bool
    locked: bool
    lost: bool
    within: bool


def organisation_of(
    session: Session, organisation_id: UUID | None, grants: tuple[Grant, ...]
) -> Organisation:
    """Return the organisation somebody acts for; raise NotPermitted without one."""
    if organisation_id is None or not may(grants, Act.BID, organisation(organisation_id)):
        raise NotPermitted(zh="您不属于任何组织。", en="you belong to no organisation.")
    return session.get_one(Organisation, organisation_id)


def open_calls(session: Session, own: Organisation, *, after: str = "") -> Listed[OpenCall]:
    """Return a page of the calls that take bids: first those it may bid on, then by closing.

    Raises BadInput as ``cut_page``.
    """
    at = now(session)
    rows = session.exec(
        select(Project, Call, Street.name, Community.name)
        .join(Call, col(Call.project_id) == Project.id)
        .join(Street, col(Street.code) == Project.street_code)
        .join(Community, col(Community.code) == Project.community_code)
        .where(
            Project.status == Status.BIDDING,
            col(Call.superseded_at).is_(None),
            col(Call.closes_at) > at,
        )
        .order_by(col(Call.closes_at), col(Project.code))
    ).all()
    begun = {
        bid.call_id: bid.status for bid in session.exec(select(Bid).where(Bid.lead_id == own.id))
    }
    today = at.astimezone(BEIJING).date()
    listed_calls = []
    candidates: dict[tuple[UUID, int], Candidate] = {}
    for project, call, street, community in rows:
        rules = (project.round_id, project.settings_version)
        if rules not in candidates:
            round_rules = settings_of(session, project)
            candidates[rules] = candidate_of(session, own, Decimal(100), round_rules, today)
        findings = explain(candidates[rules], criteria_of(project, call), today=today, alone=True)
        assert call.closes_at is not None
        listed_calls.append(
            OpenCall(
                project.code,
                call.title,
                f"{street} {community}",
                call.ceiling,
                call.closes_at,
                begun.get(call.id),
                tuple(finding for finding in findings if not finding.met),
            )
        )
    return cut_page(
        sorted(listed_calls, key=lambda listed_call: bool(listed_call.unmet)), after=after
    )


def find_bid(session: Session, code: str, organisation_id: UUID) -> Bid | None:
    """Return the newest bid of a project in which the organisation takes part."""
    project = project_coded(session, code)
    return session.exec(
        select(Bid)
        .join(BidMember, col(BidMember.bid_id) == Bid.id)
        .where(Bid.project_id == project.id, BidMember.organisation_id == organisation_id)
        .order_by((col(Bid.lead_id) == organisation_id).desc(), col(Bid.created_at).desc())
    ).first()


def find_invitation(session: Session, code: str, organisation_id: UUID) -> Bid | None:
    """Return the bid on the present call that waits for this partner's confirmation."""
    project = project_coded(session, code)
    call = current_call(session, project)
    return session.exec(
        select(Bid)
        .join(BidMember, col(BidMember.bid_id) == Bid.id)
        .where(
            Bid.call_id == (call.id if call else None),
            Bid.status == BidStatus.DRAFT,
            BidMember.organisation_id == organisation_id,
            col(BidMember.is_lead).is_(False),
            col(BidMember.confirmed_at).is_(None),
        )
        .order_by(col(Bid.created_at))
    ).first()


def own_bid(session: Session, code: str, organisation_id: UUID) -> Bid:
    """Return the bid in which the organisation takes part; raise NotFound."""
    bid = find_bid(session, code, organisation_id)
    if bid is None:
        raise NotFound(what=Text("意向书", "bid"), key=code)
    return bid


def invitation_to(session: Session, code: str, organisation_id: UUID) -> Bid:
    """Return the bid that waits for this partner's confirmation; raise NotFound."""
    invitation = find_invitation(session, code, organisation_id)
    if invitation is None:
        raise NotFound(what=Text("邀请", "invitation"), key=code)
    return invitation


def begin_bid(session: Session, *, code: str, actor: Actor, own: Organisation) -> Bid:
    """Return the bid the organisation has on this call, begun alone where there is none."""
    page = read_bid_page(session, code, own)
    if page.bid is not None:
        return page.bid
    return draft_bid(session, project_id=page.project.id, actor=actor, lead_id=own.id, partners=[])


def _invitation(session: Session, code: str, own: Organisation) -> PartnerInvitation | None:
    """Return who invites the organisation, with what share and for what."""
    bid = find_invitation(session, code, own.id)
    if bid is None:
        return None
    member = session.get_one(BidMember, (bid.id, own.id))
    lead = session.get_one(Organisation, bid.lead_id).name
    return PartnerInvitation(lead, member.share, member.work_package)


def read_bid_page(
    session: Session, code: str, organisation: Organisation, private: bytes | None = None
) -> BidPage:
    """Return the organisation's bid on a project, or an empty one where the call takes bids.

    Sealed parts are read with the organisation's ``private`` key, and left out without it.
    Nobody outside the consortium gets here: only members are found. Raises NotFound where there
    is neither a bid nor an open call.
    """
    project = project_coded(session, code)
    at = now(session)
    call = current_call(session, project)
    bid = find_bid(session, code, organisation.id)
    takes = bool(
        project.status is Status.BIDDING and call and call.closes_at and at < call.closes_at
    )
    if bid and call and bid.call_id != call.id:
        if takes and bid.status is not BidStatus.DRAFT:
            bid = None
        else:
            call = session.get_one(Call, bid.call_id)
    if call is None or (bid is None and not takes):
        raise NotFound(what=Text("可揭的榜", "open call"), key=code)
    members = _members(session, bid) if bid else ()
    payloads = _payloads(session, bid) if bid else []
    leads = bid is None or bid.lead_id == organisation.id
    # An organisation that was only invited has no part in the bid yet, and the draft is the lead's.
    within = leads or any(
        member.organisation_id == organisation.id and member.confirmed_at for member in members
    )
    payloads = payloads if within else []
    draft = read_bid_draft(session, bid, private) if bid and leads else None
    read = [read_version(payload, organisation.id, private) for payload in payloads]
    unread = (draft is not None and draft.values is None) or read[:1] == [None]
    street = session.get_one(Street, project.street_code)
    community = session.get_one(Community, project.community_code)
    return BidPage(
        project,
        f"{street.name} {community.name}",
        call,
        bid,
        leads,
        takes and (bid is None or bid.call_id == call.id),
        members,
        _invitation(session, code, organisation) if takes else None,
        _findings(session, project, call, bid, organisation, at) if takes else (),
        read[0].content if read and read[0] else {},
        draft.values if draft else None,
        draft.saved_at if draft else None,
        draft_state(session, bid),
        tuple(
            BidVersionLine(
                payload.version, payload.saved_at, version.nonce.hex() if version else None
            )
            for payload, version in zip(payloads, read, strict=True)
        ),
        is_demo(session),
        has_key(session, organisation.id),
        unread and private is None,
        unread and private is not None,
        within,
    )


def _members(session: Session, bid: Bid) -> tuple[PartnerLine, ...]:
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .where(BidMember.bid_id == bid.id)
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    return tuple(
        PartnerLine(
            member_organisation.id,
            member_organisation.name,
            member.is_lead,
            member.share,
            member.work_package,
            member.confirmed_at,
        )
        for member, member_organisation in rows
    )


def _payloads(session: Session, bid: Bid) -> list[BidPayload]:
    return list(
        session.exec(
            select(BidPayload)
            .where(BidPayload.bid_id == bid.id)
            .order_by(col(BidPayload.version).desc())
        ).all()
    )


def _findings(
    session: Session,
    project: Project,
    call: Call,
    bid: Bid | None,
    organisation: Organisation,
    at: datetime,
) -> tuple[EligibilityFinding, ...]:
    """Return every criterion for every member, as far as it can be told before submitting."""
    if bid is not None and bid.status is BidStatus.SUBMITTED:
        return ()
    members = members_of(session, bid.id) if bid else []
    if members:
        ids = [member.organisation_id for member in members]
        known = {
            organisation.id: organisation
            for organisation in session.exec(
                select(Organisation).where(col(Organisation.id).in_(ids))
            )
        }
        shares = [(known[member.organisation_id], member.share) for member in members]
    else:
        shares = [(organisation, Decimal(100))]
    return tuple(explained(session, project, call, shares, at, alone=len(shares) == 1))
