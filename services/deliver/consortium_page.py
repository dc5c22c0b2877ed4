"""The consortium that delivers a project: who it is, and how its partners were replaced."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.bid.eligibility import EligibilityFinding
from domain.deliver.amendments import Ending
from domain.errors import NotPermitted
from domain.identity.permissions import Act
from domain.identity.roles import Grant
from domain.lifecycle import Status
from domain.privacy import mask
from models import Bid, BidMember, Organisation, Project, Replacement
from services.award.awards import present_agreement
from services.clock import now
from services.deliver.replacements import eligibility_of, replacements_of
from services.identity.actors import may, organisations_of, place_of


@dataclass(frozen=True, slots=True)
class ConsortiumLine:
    """A member with its share in percent and its work package."""

    id: UUID
    name: str
    leads: bool
    share: Decimal
    work_package: str


@dataclass(frozen=True, slots=True)
class ReplacementLine:
    """One organisation in another's place; ``approved`` is None while it waits."""

    number: int
    leaving: str
    joining: str
    share: Decimal
    work_package: str
    reason: str
    proposed_at: datetime
    hearing_until: datetime
    statement: str | None
    stated_at: datetime | None
    confirmed_at: datetime | None
    approved: bool | None
    withdrew: bool | None
    ending: Ending | None
    answer: str | None
    decided_at: datetime | None


class ConsortiumPage(NamedTuple):
    """A consortium before one of those concerned; ``findings`` are the newcomer's, for itself.

    ``heard`` tells that a decision is possible: the partner has spoken, or its time is over.
    """

    code: str
    title: str
    members: tuple[ConsortiumLine, ...]
    replacements: tuple[ReplacementLine, ...]
    waits: ReplacementLine | None
    under_way: bool
    heard: bool
    leads: bool
    leaves: bool
    joins: bool
    decides: bool
    findings: tuple[EligibilityFinding, ...]


def read_consortium(
    session: Session, project: Project, grants: tuple[Grant, ...]
) -> ConsortiumPage:
    """Return a project's consortium for its members, those leaving or joining it, and the street.

    Raises NotFound before there is an agreement, NotPermitted for everybody else.
    """
    bid = session.get_one(Bid, present_agreement(session, project).bid_id)
    own = organisations_of(grants)
    replacements = replacements_of(session, bid.id)
    members = _members(session, bid)
    concerned = {member.id for member in members} | {
        id_
        for replacement in replacements
        for id_ in (replacement.leaving_id, replacement.joining_id)
    }
    decides = may(grants, Act.ACCEPT_DELIVERY, place_of(project)) is not None
    if not (own & concerned or decides):
        raise NotPermitted(
            zh="只有联合体成员和街道可以查看。", en="only its members and the street read this."
        )
    at = now(session)
    waits = next(
        (replacement for replacement in replacements if replacement.approved is None), None
    )
    lines = replacement_lines(session, replacements)
    joins = waits is not None and waits.joining_id in own
    return ConsortiumPage(
        project.code,
        project.title,
        members,
        lines,
        next((line for line in lines if line.approved is None), None),
        project.status is Status.DELIVERING,
        waits is not None and (waits.stated_at is not None or at >= waits.hearing_until),
        bid.lead_id in own,
        waits is not None and waits.leaving_id in own,
        joins,
        decides,
        tuple(eligibility_of(session, project, waits, at)) if waits and joins else (),
    )


def replacement_lines(
    session: Session, replacements: list[Replacement]
) -> tuple[ReplacementLine, ...]:
    """Return replacements with the organisations' names."""
    ids = {
        id_
        for replacement in replacements
        for id_ in (replacement.leaving_id, replacement.joining_id)
    }
    names = dict(
        session.exec(
            select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(ids))
        ).all()
    )
    return tuple(
        ReplacementLine(
            replacement.number,
            names[replacement.leaving_id],
            names[replacement.joining_id],
            replacement.share,
            replacement.work_package,
            replacement.reason,
            replacement.proposed_at,
            replacement.hearing_until,
            replacement.statement,
            replacement.stated_at,
            replacement.confirmed_at,
            replacement.approved,
            replacement.withdrew,
            replacement.ending,
            replacement.answer,
            replacement.decided_at,
        )
        for replacement in replacements
    )


def public_replacements(session: Session, bid_id: UUID) -> tuple[ReplacementLine, ...]:
    """Return the replacements that hold, as anybody may read them: without the statements."""
    replacements = [
        replacement for replacement in replacements_of(session, bid_id) if replacement.approved
    ]
    return tuple(
        replace(
            line,
            reason=mask(line.reason),
            answer=mask(line.answer or ""),
            work_package=mask(line.work_package),
            statement=None,
        )
        for line in replacement_lines(session, replacements)
    )


def _members(session: Session, bid: Bid) -> tuple[ConsortiumLine, ...]:
    rows = session.exec(
        select(BidMember, Organisation)
        .join(Organisation, col(Organisation.id) == BidMember.organisation_id)
        .where(BidMember.bid_id == bid.id)
        .order_by(col(BidMember.is_lead).desc(), col(Organisation.name))
    ).all()
    return tuple(
        ConsortiumLine(
            organisation.id, organisation.name, member.is_lead, member.share, member.work_package
        )
        for member, organisation in rows
    )
