"""One of everybody who may come to the pages, by what they are to the projects."""

from sqlmodel import select

from models import (
    Bid,
    Community,
    Person,
    Project,
)
from models.session import unit_of_work
from services.award import awards
from tests.web.world import World, own_of

ORGANISATIONS = [f"organisation-{number:02d}" for number in range(1, 20)]


def _lead_login(project: Project) -> str:
    with unit_of_work() as session:
        bid = session.get_one(Bid, awards.present_agreement(session, project).bid_id)
        lead = session.exec(select(Person).where(Person.organisation_id == bid.lead_id)).one()
        return lead.login


def _elsewhere(project: Project) -> str:
    """Return a community of another street."""
    with unit_of_work() as session:
        return (
            session.exec(
                select(Community.code).where(Community.street_code != project.street_code)
            ).first()
            or ""
        )


def add_people(world: World) -> None:
    """Add those who act for organisations with a part in a project, and everybody else."""
    place = world.projects["bidding"]
    supplier = _lead_login(world.projects["delivering"])
    signer = _lead_login(world.projects["agreeing"])
    world.people = {
        "secretary": f"secretary-{place.community_code}-1",
        "secretary elsewhere": f"secretary-{_elsewhere(place)}-1",
        "street": f"street-{place.street_code}-1",
        "street elsewhere": f"street-{_elsewhere(place)[:9]}-1",
        "department": "department-3",
        "expert": "expert-1",
        "panel member": "expert-5",
        "signing organisation": signer,
        "supplier": supplier,
        "administrator": "administrator-1",
        "operator": "operator-1",
        "analyst": "analyst-1",
        "auditor": "auditor-1",
    }
    world.organisation = str(own_of(supplier))
    world.without_part = [login for login in ORGANISATIONS if login not in (supplier, signer)]
