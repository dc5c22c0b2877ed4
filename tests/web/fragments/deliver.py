"""A partner that is to be replaced."""

from uuid import UUID

from sqlmodel import select

from models import (
    Organisation,
    Person,
    Project,
)
from models.session import unit_of_work
from services.deliver.replacements import ReplacementCreate, propose_replacement
from tests.builders import actor, share_with
from tests.web.world import World, own_of


def _replace(project: Project, leaving: UUID, joining: str) -> None:
    """Let a partner's replacement wait: the newcomer is asked, the partner may be heard."""
    bid = share_with(project, leaving)
    with unit_of_work() as session:
        lead = session.exec(select(Person.login).where(Person.organisation_id == bid.lead_id)).one()
        propose_replacement(
            session,
            project_id=project.id,
            actor=actor(lead),
            proposal=ReplacementCreate(
                leaving=leaving,
                joining=session.get_one(Organisation, own_of(joining)).name,
                work_package="居民骨干培训和回访",
                reason="原伙伴负责人病假，无法派出社工。",
            ),
        )


def add_replacement(world: World) -> None:
    """Add a replacement that waits for the newcomer and the partner."""
    leaving = own_of(world.people["other organisation"])
    _replace(world.projects["delivering"], leaving, world.people["bidder"])
