"""An objection to an award in public notice."""

from sqlmodel import Session, col, select

from models import (
    BidMember,
    Objection,
    Person,
    Project,
)
from models.session import unit_of_work
from services.award import awards, objections
from services.award.objections import ObjectionCreate
from tests.builders import actor
from tests.web.world import World


def add_objection(world: World) -> None:
    """Add an objection of an organisation that did not win."""
    with unit_of_work() as session:
        objection: Objection = objections.file_objection(
            session,
            project_id=world.projects["notice"].id,
            actor=actor(_not_winning(session, world.projects["notice"])),
            objection=ObjectionCreate(grounds="请核实团队人数。"),
        )
        world.objection = str(objection.id)


def _not_winning(session: Session, project: Project) -> str:
    award = awards.latest_award(session, project)
    winners = select(BidMember.organisation_id).where(BidMember.bid_id == award.bid_id)
    login = session.exec(
        select(Person.login)
        .where(col(Person.organisation_id).is_not(None))
        .where(col(Person.organisation_id).not_in(winners))
        .order_by(col(Person.login))
    ).first()
    assert login is not None
    return login
