"""What administrators keep: people, rounds and their settings, registers, templates."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import Given, Page, Taken
from api.json.shapes.people import SessionPublic
from domain.identity.roles import Role, Scope


class GrantHeldPublic(Given):
    """A role somebody holds, and the name of what it is held for."""

    id: UUID
    role: Role
    scope: Scope
    code: str
    where: str


class PersonLinePublic(Given):
    """Somebody in the list."""

    login: str
    name: str
    grants: list[GrantHeldPublic]


class PeoplePublic(Page[PersonLinePublic]):
    """A page of people by login."""


class DelegationHeldPublic(Given):
    """A delegation that is not over, both days included."""

    id: UUID
    from_login: str
    from_name: str
    to_login: str
    to_name: str
    starts_on: date
    ends_on: date
    reason: str


class PersonPublic(Given):
    """Somebody: what they hold, and how they sign in."""

    login: str
    name: str
    created_at: datetime
    organisation: str | None
    grants: list[GrantHeldPublic]
    has_password: bool
    totp_on: bool
    sso_linked: bool
    invited_until: datetime | None
    locked_until: datetime | None
    sessions: list[SessionPublic]
    tokens: int
    delegations: list[DelegationHeldPublic]


class InvitationPublic(Given):
    """A link by which somebody sets their password, once, within three days; shown only now."""

    link: str


class RoundLinePublic(Given):
    """A round; the present one takes the projects formed now."""

    code: str
    name: str
    version: int
    created_at: datetime
    projects: int
    running: int
    present: bool


class ChangePublic(Given):
    """A setting that differs from the version before."""

    path: str
    before: str
    after: str


class VersionPublic(Given):
    """A version of a round's settings; the first has no reason."""

    version: int
    reason: str
    by: str | None
    set_at: datetime
    changed: list[ChangePublic]


class RoundPublic(Given):
    """A round: its settings by their paths, and every version, the newest first."""

    code: str
    name: str
    version: int
    settings: dict[str, str] = Field(examples=[{"appraisal_rubric.urgency": "30", "openers": "2"}])
    versions: list[VersionPublic]


class SettingsUpdate(Taken):
    """All settings by their paths, and why they change."""

    settings: dict[str, str] = Field(examples=[{"appraisal_rubric.urgency": "30", "openers": "2"}])
    reason: str = Field(min_length=4, max_length=300, examples=["试行一年后调整"])


class RegistrationPublic(Given):
    """An organisation as it is registered; ``serves`` lists codes of places, ``*`` for all."""

    id: UUID
    name: str
    uscc: str | None
    uscc_reason: str
    org_stage: str
    grade: str
    alliance: str | None
    legal_representative: str
    serves: list[str]
    suspended_until: date | None


class TemplatePublic(Given):
    """A template of calls; no category means any."""

    id: UUID
    name: str
    category: str | None
    content: dict[str, object]
    changed_at: datetime


class OpeningWaitingPublic(Given):
    """An opening that waits, and the request for the escrow share, if any."""

    code: str
    title: str
    present: int
    wanted: int
    asked_by: str | None
    asked_at: datetime | None
    reason: str | None
    mine: bool


class EscrowConfirm(Taken):
    """The escrow key, 64 hexadecimal digits."""

    key: str = Field(max_length=100)
