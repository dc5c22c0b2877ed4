"""The consortium that delivers a project, before those concerned."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from api.json.shapes.base import Given
from api.json.shapes.bids import FindingPublic
from api.json.shapes.projects import ReplacementPublic


class ConsortiumMemberPublic(Given):
    """A member with its share in percent and its work package."""

    id: UUID
    name: str
    leads: bool
    share: Decimal
    work_package: str


class ReplacementHeldPublic(ReplacementPublic):
    """A replacement with what the partner that is to leave says, heard until ``hearing_until``."""

    hearing_until: datetime
    statement: str | None
    stated_at: datetime | None
    confirmed_at: datetime | None


class ConsortiumPublic(Given):
    """A consortium: its members, the replacements, and how the caller stands to the one that waits.

    ``findings`` are the criteria of the call for the caller, who is asked to join.
    """

    code: str
    title: str
    members: list[ConsortiumMemberPublic]
    replacements: list[ReplacementHeldPublic]
    under_way: bool
    heard: bool
    leads: bool
    leaves: bool
    joins: bool
    decides: bool
    findings: list[FindingPublic]
