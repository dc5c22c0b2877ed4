"""The caller: who they are, their sessions, tokens and delegations; and the platform's health."""

from datetime import date, datetime
from uuid import UUID

from api.json.shapes.base import Given, TextPublic
from domain.identity.access import TokenScope
from domain.identity.roles import Role, Scope


class GrantPublic(Given):
    """A role and what it is held for: a place's code, an organisation's id or ``*``."""

    role: Role
    scope: Scope
    code: str


class MePublic(Given):
    """Whose token this is, and what it is good for."""

    id: UUID
    login: str
    name: str
    organisation_id: UUID | None
    grants: list[GrantPublic]
    scopes: list[TokenScope]


class TokenPublic(Given):
    """A token; its secret was shown once."""

    id: UUID
    name: str
    scopes: list[TokenScope]
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None


class SessionPublic(Given):
    """A session of the web."""

    id: UUID
    client: str
    began_at: datetime
    seen_at: datetime


class ColleaguePublic(Given):
    """Somebody who may decide in the caller's place."""

    id: UUID
    name: str
    login: str


class DelegationPublic(Given):
    """Who decides in whose place, both days included."""

    id: UUID
    from_name: str
    to_name: str
    starts_on: date
    ends_on: date
    reason: str
    mine: bool


class PartPublic(Given):
    """A part of the platform: whether it is well, and what to do where it is not."""

    name: TextPublic
    ok: bool
    says: TextPublic
    warns: bool


class IncidentPublic(Given):
    """An open incident."""

    code: str | None
    text: TextPublic
    since: datetime


class WaitingGatePublic(Given):
    """An open gate, and the flow run that waits at it."""

    code: str
    title: str
    key: str
    name: TextPublic
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    flow_run: str | None


class OperationsPublic(Given):
    """How the platform is doing."""

    parts: list[PartPublic]
    incidents: list[IncidentPublic]
    stuck: list[WaitingGatePublic]
    waiting: list[WaitingGatePublic]
    next: str | None
    held: list[str]
    at: datetime
