"""What somebody's workspace holds besides what waits at gates: bids, calls, needs to gather."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import Grant, Role
from domain.lifecycle import Status
from domain.text import Text
from models import Bid, BidMember, Call, Need, Project, Replacement
from models.bid import BidStatus
from models.needs import NeedStatus
from services.identity.actors import DISTRICT, may, organisations_of, places_of
from services.identity.sessions import Visitor
from services.listing import Listed, list_page

BID_STATUS_NAMES: Final = {
    BidStatus.DRAFT: Text("草稿", "draft"),
    BidStatus.SUBMITTED: Text("已提交，密封", "submitted, sealed"),
    BidStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
    BidStatus.OPENED: Text("已开标", "opened"),
    BidStatus.VOID: Text("已作废", "void"),
}


_WITH_PLACES: Final = frozenset(
    {Role.STREET_OFFICER, Role.COMMUNITY_SECRETARY, Role.DISTRICT_ADMINISTRATOR}
)


@dataclass(frozen=True, slots=True)
class BidLine:
    """A bid the actor's organisation takes part in; ``to_confirm`` asks this partner to confirm."""

    code: str
    title: str
    status: BidStatus
    project_status: Status
    leads: bool
    share: Decimal
    to_confirm: bool
    closes_at: datetime | None


class PlaceLine(NamedTuple):
    """A replacement in a consortium that concerns the actor's organisation: to leave, or else to join."""

    code: str
    title: str
    leaves: bool
    hearing_until: datetime


class Workspace(NamedTuple):
    """The lists and links under the inbox, by the roles that the person holds.

    ``to_confirm`` are the bids that wait for this partner.
    """

    to_confirm: tuple[BidLine, ...]
    bids: Listed[BidLine]
    places: tuple[PlaceLine, ...]
    open_calls: int | None
    free_needs: int | None
    has_places: bool
    operates: bool
    administers: bool


def read_workspace(session: Session, visitor: Visitor, *, bids: str = "") -> Workspace:
    """Return a person's workspace, with the page of bids that ``bids`` asks for."""
    organisations = organisations_of(visitor.grants)
    gathers = any(
        grant.role is role for grant in visitor.grants for role, _ in PERMITS[Act.FORM_PROJECT]
    )
    return Workspace(
        tuple(_to_confirm(session, organisations)) if organisations else (),
        bids_of(session, organisations, after=bids) if organisations else Listed((), None),
        _places(session, organisations) if organisations else (),
        _open_calls(session) if organisations else None,
        _free_needs(session, visitor.grants) if gathers else None,
        any(grant.role in _WITH_PLACES for grant in visitor.grants),
        bool(may(visitor.grants, Act.OPERATE, DISTRICT)),
        bool(may(visitor.grants, Act.ADMINISTER, DISTRICT)),
    )


def bids_of(
    session: Session, organisations: frozenset[UUID], *, after: str = ""
) -> Listed[BidLine]:
    """Return a page of the bids in which these organisations take part, the newest first.

    Raises BadInput as ``list_page``.
    """
    return list_page(session, _bids(organisations), after=after).each(_bid_line)


def _to_confirm(session: Session, organisations: frozenset[UUID]) -> Iterator[BidLine]:
    """Yield the bids that wait for one of these organisations to confirm its part."""
    waits = _bids(organisations).where(
        col(BidMember.is_lead).is_(False),
        col(BidMember.confirmed_at).is_(None),
        Bid.status == BidStatus.DRAFT,
        Project.status == Status.BIDDING,
    )
    return map(_bid_line, session.exec(waits))


def _bids(
    organisations: frozenset[UUID],
) -> Select[Bid, BidMember, Project, Call]:
    """Return the query of the bids in which these organisations take part, the newest first."""
    return (
        select(Bid, BidMember, Project, Call)
        .join(BidMember, col(BidMember.bid_id) == Bid.id)
        .join(Project, col(Project.id) == Bid.project_id)
        .join(Call, col(Call.id) == Bid.call_id)
        .where(col(BidMember.organisation_id).in_(organisations))
        .order_by(col(Bid.created_at).desc(), col(Bid.id), col(BidMember.organisation_id))
    )


def _bid_line(row: tuple[Bid, BidMember, Project, Call]) -> BidLine:
    bid, member, project, call = row
    is_open = project.status is Status.BIDDING
    waits = not member.is_lead and member.confirmed_at is None and bid.status is BidStatus.DRAFT
    return BidLine(
        project.code,
        call.title,
        bid.status,
        project.status,
        member.is_lead,
        member.share,
        waits and is_open,
        call.closes_at if is_open else None,
    )


def _places(session: Session, organisations: frozenset[UUID]) -> tuple[PlaceLine, ...]:
    """Return the replacements that wait for these organisations to state or to join."""
    leaves = col(Replacement.leaving_id).in_(organisations) & col(Replacement.stated_at).is_(None)
    joins = col(Replacement.joining_id).in_(organisations) & col(Replacement.confirmed_at).is_(None)
    rows = session.exec(
        select(Replacement, Project)
        .join(Project, col(Project.id) == Replacement.project_id)
        .where(
            col(Replacement.approved).is_(None),
            Project.status == Status.DELIVERING,
            leaves | joins,
        )
        .order_by(col(Replacement.proposed_at))
    ).all()
    return tuple(
        PlaceLine(
            project.code,
            project.title,
            replacement.leaving_id in organisations,
            replacement.hearing_until,
        )
        for replacement, project in rows
    )


def _open_calls(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(Project).where(Project.status == Status.BIDDING)
    ).one()


def _free_needs(session: Session, grants: tuple[Grant, ...]) -> int:
    streets, communities = places_of(grants)
    return session.exec(
        select(func.count())
        .select_from(Need)
        .where(
            Need.status == NeedStatus.REGISTERED,
            col(Need.street_code).in_(streets) | col(Need.community_code).in_(communities),
        )
    ).one()
