"""The caller: who they are, their sessions, tokens and delegations; and the platform's health."""

from datetime import datetime
from uuid import UUID

from api.json.shapes.base import ResponseModel
from domain.identity.access import TokenScope
from domain.identity.roles import Grant
from services.desk.operations import IncidentLine, PartLine, WaitingGate


class MePublic(ResponseModel):
    """Whose token this is, and what it is good for."""

    id: UUID
    login: str
    name: str
    organisation_id: UUID | None
    grants: list[Grant]
    scopes: list[TokenScope]


class ColleaguePublic(ResponseModel):
    """Somebody who may decide in the caller's place."""

    id: UUID
    name: str
    login: str


class OperationsPublic(ResponseModel):
    """How the platform is doing."""

    parts: list[PartLine]
    incidents: list[IncidentLine]
    stuck: list[WaitingGate]
    waiting: list[WaitingGate]
    next: str | None
    held: list[str]
    at: datetime
