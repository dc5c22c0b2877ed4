"""Organisations as anybody may see them, and what they say of themselves."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.errors import NotFound
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.privacy import mask
from domain.public.board import PUBLIC
from domain.text import Text
from models import (
    AssessmentResult,
    Award,
    Bid,
    BidMember,
    Community,
    Organisation,
    Project,
    Street,
)
from models.bid import BidStatus
from models.shapes import Command
from services.clock import now
from services.conduct.oversight import ListedEntry, listed_entries
from services.events.record import record
from services.identity.actors import Actor, authorise, organisation
from services.ledgers.links import Links, links_of
from services.public.events import ProfileChanged

PAGE = 30
_LONGEST = 60


class ProfileUpdate(Command):
    """What an organisation writes of itself; both are public."""

    about: str = Field(default="", max_length=2000)
    contact: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class OrganisationItem:
    """An organisation in the list."""

    id: UUID
    name: str
    org_stage: str
    grade: str
    alliance: str | None


@dataclass(frozen=True, slots=True)
class OrganisationsPage:
    """A page of the list, and the name after which the next begins."""

    items: tuple[OrganisationItem, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Undertaken:
    """A project that was awarded to the organisation, alone or with others."""

    code: str
    title: str
    status: Status
    leads: bool
    share: Decimal
    grade: str | None
    awarded_at: datetime


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation's public profile; ``serves`` names places, empty for the whole district."""

    id: UUID
    name: str
    uscc: str | None
    org_stage: str
    grade: str
    alliance: str | None
    about: str
    contact: str
    serves: tuple[str, ...]
    credit: Decimal
    projects: tuple[Undertaken, ...]
    entries: tuple[ListedEntry, ...]
    links: Links


def list_organisations(
    session: Session, *, text: str = "", after: str | None = None, size: int = PAGE
) -> OrganisationsPage:
    """Return ``size`` organisations by name whose names hold ``text``."""
    query = select(Organisation).order_by(col(Organisation.name)).limit(size + 1)
    if words := text.strip()[:_LONGEST]:
        query = query.where(col(Organisation.name).icontains(words, autoescape=True))
    if after:
        query = query.where(col(Organisation.name) > after)
    rows = session.exec(query).all()
    items = tuple(
        OrganisationItem(row.id, row.name, row.org_stage, row.grade, row.alliance)
        for row in rows[:size]
    )
    return OrganisationsPage(items, items[-1].name if len(rows) > size else None)


def read_organisation(session: Session, organisation_id: UUID) -> OrganisationView:
    """Return an organisation's public profile; raise NotFound."""
    org = session.get(Organisation, organisation_id)
    if org is None:
        raise NotFound(what=Text("组织", "organisation"), key=str(organisation_id)[:8])
    links = links_of(session, org)
    return OrganisationView(
        org.id,
        org.name,
        org.uscc,
        org.org_stage,
        org.grade,
        org.alliance,
        org.about,
        org.contact,
        _serves(session, org),
        links.credit,
        _undertaken(session, org.id),
        tuple(listed_entries(session, organisation_id=org.id)),
        links,
    )


def _serves(session: Session, org: Organisation) -> tuple[str, ...]:
    if "*" in org.serves:
        return ()
    places: list[str] = []
    for table in (Street, Community):
        rows = select(table.name).where(col(table.code).in_(org.serves)).order_by(col(table.code))
        places += session.exec(rows).all()
    return tuple(places)


def _undertaken(session: Session, organisation_id: UUID) -> tuple[Undertaken, ...]:
    """Return the projects awarded to it in public, the newest first."""
    rows = session.exec(
        select(Project, Award, BidMember, AssessmentResult)
        .join(Award, col(Award.project_id) == Project.id)
        .join(Bid, col(Bid.id) == Award.bid_id)
        .join(BidMember, col(BidMember.bid_id) == Bid.id)
        .join(
            AssessmentResult,
            (col(AssessmentResult.project_id) == Project.id)
            & col(AssessmentResult.confirmed_at).is_not(None),
            isouter=True,
        )
        .where(
            BidMember.organisation_id == organisation_id,
            col(Project.status).in_(sorted(PUBLIC)),
            col(Award.confirmed_at).is_not(None),
            col(Award.withdrawn_at).is_(None),
            Bid.status == BidStatus.OPENED,
        )
        .order_by(col(Award.confirmed_at).desc())
    ).all()
    return tuple(
        Undertaken(
            project.code,
            mask(project.title),
            project.status,
            member.is_lead,
            member.share,
            result.grade if result else None,
            award.confirmed_at,
        )
        for project, award, member, result in rows
        if award.confirmed_at
    )


def update_profile(
    session: Session, *, organisation_id: UUID, actor: Actor, profile: ProfileUpdate
) -> None:
    """Change what an organisation says of itself; raise NotPermitted for others than members."""
    authorise(session, actor, Act.KEEP_PROFILE, organisation(organisation_id))
    org = session.get_one(Organisation, organisation_id, with_for_update=True)
    org.about, org.contact = profile.about, profile.contact
    record(session, ProfileChanged(), about=str(organisation_id), by=actor.login, at=now(session))
    session.flush()
