"""What administrators keep: people, rounds and their settings, registers, templates."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.json.shapes.base import ResponseModel
from services.district.rounds import SettingsReason
from services.identity.administration import DelegationHeld, GrantLine
from services.identity.sessions import SessionLine


class PersonPublic(ResponseModel):
    """Somebody: what they hold, and how they sign in."""

    login: str
    name: str
    created_at: datetime
    organisation: str | None
    grants: list[GrantLine]
    has_password: bool
    totp_on: bool
    sso_linked: bool
    invited_until: datetime | None
    locked_until: datetime | None
    sessions: list[SessionLine]
    tokens: int
    delegations: list[DelegationHeld]


class InvitationPublic(ResponseModel):
    """A link by which somebody sets their password, once, within three days; shown only now."""

    link: str


class SettingsUpdate(SettingsReason):
    """All settings by their paths, and why they change."""

    settings: dict[str, str] = Field(examples=[{"appraisal_rubric.urgency": "30", "openers": "2"}])


class RegistrationPublic(ResponseModel):
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


class TemplatePublic(ResponseModel):
    """A template of calls; no category means any."""

    id: UUID
    name: str
    category: str | None
    content: dict[str, object]
    changed_at: datetime
