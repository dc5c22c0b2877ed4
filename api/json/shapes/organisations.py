"""Organisations as anybody may see them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from api.json.shapes.base import Given, Page, TextPublic
from api.json.shapes.conduct import ListedPublic
from domain.lifecycle import Status


class OrganisationItemPublic(Given):
    """An organisation in the list; ``grade`` is ``none`` or 1A to 5A."""

    id: UUID
    name: str
    org_stage: str
    grade: str
    alliance: str | None


class OrganisationsPublic(Page[OrganisationItemPublic]):
    """A page of organisations by name."""


class UndertakenPublic(Given):
    """A project awarded to an organisation, with its share in percent and its result."""

    code: str
    title: str
    status: Status
    leads: bool
    share: Decimal
    grade: str | None
    awarded_at: datetime


class LinksPublic(Given):
    """What follows from credit and list: ``against`` is why it is not qualified, if it is not."""

    credit: Decimal
    against: list[TextPublic]
    demonstration_since: date | None
    may_be_named: bool


class OrganisationPublic(Given):
    """An organisation's public profile; ``serves`` is empty for the whole district."""

    id: UUID
    name: str
    uscc: str | None
    org_stage: str
    grade: str
    alliance: str | None
    about: str
    contact: str
    serves: list[str]
    credit: Decimal
    projects: list[UndertakenPublic]
    entries: list[ListedPublic]
    links: LinksPublic
