"""Whom a notification is for."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.identity.roles import Role


class AudienceKind(StrEnum):
    """How an audience is named."""

    PERSON = "person"
    ROLE = "role"
    ORGANISATION = "organisation"
    STREET = "street"
    COMMUNITY = "community"
    SUBSCRIPTION = "subscription"
    PUBLIC = "public"


@dataclass(frozen=True, order=True)
class Audience:
    """People by a kind and a code; as text ``street:370213001``, what the outbox stores."""

    kind: AudienceKind
    code: str = ""

    def __str__(self) -> str:
        """Return the text that the outbox stores."""
        return f"{self.kind}:{self.code}" if self.code else str(self.kind)


PUBLIC = Audience(AudienceKind.PUBLIC)
ADMINISTRATORS = Audience(AudienceKind.ROLE, Role.DISTRICT_ADMINISTRATOR)
AUDITORS = Audience(AudienceKind.ROLE, Role.AUDITOR)


def audience(stored: str) -> Audience:
    """Return the audience that a text names; raise ValueError for an unknown kind."""
    kind, _, code = stored.partition(":")
    return Audience(AudienceKind(kind), code)


def person(person_id: UUID) -> Audience:
    """Return one person."""
    return Audience(AudienceKind.PERSON, str(person_id))


def organisation(organisation_id: UUID) -> Audience:
    """Return everybody who acts for an organisation."""
    return Audience(AudienceKind.ORGANISATION, str(organisation_id))


def street(code: str) -> Audience:
    """Return the officers of a street."""
    return Audience(AudienceKind.STREET, code)


def community(code: str) -> Audience:
    """Return the secretaries of a community."""
    return Audience(AudienceKind.COMMUNITY, code)


def subscription(subscription_id: UUID) -> Audience:
    """Return the mailbox that follows the board."""
    return Audience(AudienceKind.SUBSCRIPTION, str(subscription_id))
