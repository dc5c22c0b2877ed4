"""People close to a bidder, who neither decide on the bids nor judge them."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.gates import EXCLUSIONS
from models import Bid, BidMember, Organisation, Person, Project, Replacement, Tie
from models.bid import BidStatus
from services.identity.actors import Actor, acting_for
from services.register.entries import counts_on, today


def interested_people(session: Session, project: Project) -> set[UUID]:
    """Return everybody who acts for an organisation that bids."""
    return acting_for(session, _bidders(session, project))


def related_people(session: Session, project: Project) -> set[UUID]:
    """Return the people who sit on no panel: everybody interested, and people close to a bidder.

    Close are people who act for an organisation with the same legal representative, people of that
    name, and the bidder's instructor, mentor and officers of its alliance. A name may be chance: it
    costs a seat on a panel, which the reserve takes, and nothing else. An earlier contract as buyer
    is no conflict.
    """
    bidders = _bidders(session, project)
    heads = set(
        session.exec(
            select(Organisation.legal_representative).where(
                col(Organisation.id).in_(bidders), Organisation.legal_representative != ""
            )
        )
    )
    related = session.exec(
        select(Organisation.id).where(col(Organisation.legal_representative).in_(heads))
    )
    named = session.exec(select(Person.id).where(col(Person.name).in_(heads)))
    alliances = select(Organisation.alliance).where(col(Organisation.id).in_(bidders))
    tied = session.exec(
        select(Tie.person_id).where(
            counts_on(Tie, today(session)),
            col(Tie.organisation_id).in_(bidders) | col(Tie.alliance).in_(alliances),
        )
    )
    return acting_for(session, bidders | set(related)) | set(named) | set(tied)


def _bidders(session: Session, project: Project) -> set[UUID]:
    """Return the bidding organisations, and those that have left the awarded bid or may join it."""
    bidding = (
        select(BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id, col(Bid.status) != BidStatus.DRAFT)
    )
    changes = select(Replacement.leaving_id, Replacement.joining_id).where(
        Replacement.project_id == project.id
    )
    changed = {member for pair in session.exec(changes) for member in pair}
    return set(session.exec(bidding)) | changed


def bid_projects(
    session: Session, organisations: Collection[UUID], projects: Collection[UUID]
) -> set[UUID]:
    """Return those of ``projects`` on which one of these organisations bids."""
    rows = session.exec(
        select(Bid.project_id)
        .join(BidMember, col(BidMember.bid_id) == Bid.id)
        .where(
            col(BidMember.organisation_id).in_(organisations),
            col(Bid.status) != BidStatus.DRAFT,
            col(Bid.project_id).in_(projects),
        )
    )
    return set(rows)


def require_no_interest(session: Session, project: Project, actor: Actor) -> None:
    """Raise NotPermitted for people who act for an organisation that bids on the project."""
    if actor.person_id in interested_people(session, project):
        text = EXCLUSIONS["interest"]
        raise NotPermitted(zh=text.zh, en=text.en)
