"""What goes differently in a project, and who acts in it."""

import random
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, select

from domain.lifecycle import Stage
from models import (
    Organisation,
    Person,
    Project,
)
from services.identity.actors import Actor, actor_named


@dataclass
class Story:
    """The course of a project: its returns, rejections, omissions, objections, delays and trouble.

    ``trouble`` is a fault to come in its delivery: it heals, or ends in an exit, for which the
    organisation has ``abandoned`` it. ``objection`` is the outcome of one; ``recused``: an expert
    of the panel declares an interest, and the reserve takes the seat. ``disputed``: marks lie apart,
    and the panel meets. ``blind``: the first reading does not show whose bid it is.
    """

    project_id: UUID
    rng: random.Random
    returned: Stage | None = None
    rejected: bool = False
    no_bids: bool = False
    ceiling_forgotten: bool = False
    late_bid: bool = False
    objection: str | None = None
    recused: bool = False
    disputed: bool = False
    blind: bool = False
    trouble: str | None = None
    abandoned: bool = False
    quality: int = 85


def somebody(session: Session, login: str) -> Actor:
    """Return the demo's person with this login."""
    return actor_named(session, login, channel="demo")


def project_in(session: Session, story: Story) -> Project:
    """Return the story's project."""
    return session.get_one(Project, story.project_id)


def actor_of(session: Session, organisation: Organisation) -> Actor:
    """Return the person who acts for an organisation."""
    person = session.exec(select(Person).where(Person.organisation_id == organisation.id)).one()
    return Actor(person.id, person.login, "demo")


def street_login(project: Project, number: int = 1) -> str:
    """Return the login of an officer of the project's street."""
    return f"street-{project.street_code}-{number}"


def marks_around(
    story: Story, criteria: list[str], around: int | None = None
) -> dict[str, Decimal]:
    """Return a mark for each criterion, not far from the story's quality or another middle."""
    middle = story.quality if around is None else around
    return {name: Decimal(max(0, min(100, middle + story.rng.randint(-8, 8)))) for name in criteria}
