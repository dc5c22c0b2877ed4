"""What follows from credit and the conduct list: qualification, demonstration status, grade evidence."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.conduct.conduct_list import Colour, Record, may_be_demonstration, why_not_qualified
from domain.errors import NotFound, NotPermitted
from domain.text import Text
from models import ConductEntry, Organisation
from services.clock import now
from services.district.rounds import present_settings
from services.events.event import Event
from services.events.record import record
from services.identity.actors import Actor, require_administrator
from services.ledgers import credit
from services.ledgers.events import DemonstrationEnded, DemonstrationNamed
from services.ledgers.standing import debarred_until, under_intervention


@dataclass(frozen=True, slots=True)
class Links:
    """How an organisation stands today: ``against`` is why it is not qualified, if it is not.

    ``may_be_named`` tells whether it may be named a demonstration organisation.
    """

    credit: Decimal
    against: tuple[Text, ...]
    demonstration_since: date | None
    may_be_named: bool


def record_of(session: Session, organisation: Organisation) -> Record:
    """Return an organisation's record as it is today: the evidence of its grade evaluation, too."""
    today = now(session).astimezone(BEIJING).date()
    base = present_settings(session).credit_base
    until = debarred_until(session, organisation.id)
    red = session.exec(
        select(ConductEntry.id).where(
            ConductEntry.organisation_id == organisation.id,
            ConductEntry.colour == Colour.RED,
            col(ConductEntry.listed_on) <= today,
            col(ConductEntry.expires_on) > today,
        )
    ).first()
    return Record(
        organisation.grade,
        credit.credit_of(session, organisation.id, base=base, today=today),
        red is not None,
        until is not None and until > today,
        under_intervention(session, organisation.id),
    )


def links_of(session: Session, organisation: Organisation) -> Links:
    """Return what follows from an organisation's record today."""
    record = record_of(session, organisation)
    least = present_settings(session).qualified_credit
    named = organisation.demonstration_since if not record.black else None
    return Links(
        record.credit,
        tuple(why_not_qualified(record, least=least)),
        named,
        named is None and may_be_demonstration(record),
    )


def name_demonstration(session: Session, *, actor: Actor, organisation_id: UUID) -> None:
    """Name a demonstration organisation: red-listed 3A and above; a black entry ends it.

    Raises NotFound, NotPermitted for one that may not be named.
    """
    organisation = _locked(session, actor, organisation_id)
    if not may_be_demonstration(record_of(session, organisation)):
        raise NotPermitted(
            zh="只有在红榜期内、等级 3A 及以上的组织可以命名为示范组织。",
            en="only organisations on the red list, graded 3A and above, are named.",
        )
    organisation.demonstration_since = now(session).astimezone(BEIJING).date()
    _record(session, actor, DemonstrationNamed(), organisation)


def end_demonstration(session: Session, *, actor: Actor, organisation_id: UUID) -> None:
    """Take the name of a demonstration organisation back; raise NotFound for one without it."""
    organisation = _locked(session, actor, organisation_id)
    if organisation.demonstration_since is None:
        raise NotFound(what=Text("示范组织", "demonstration"), key=organisation.name)
    organisation.demonstration_since = None
    _record(session, actor, DemonstrationEnded(), organisation)


def _locked(session: Session, actor: Actor, organisation_id: UUID) -> Organisation:
    require_administrator(session, actor, proved=True)
    organisation = session.get(
        Organisation, organisation_id, with_for_update=True, populate_existing=True
    )
    if organisation is None:
        raise NotFound(what=Text("组织", "organisation"), key=str(organisation_id)[:8])
    return organisation


def _record(session: Session, actor: Actor, event: Event, organisation: Organisation) -> None:
    record(session, event, about=str(organisation.id), by=actor.login, at=now(session))
    session.flush()
