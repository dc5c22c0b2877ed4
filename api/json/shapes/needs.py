"""Needs, places and categories."""

from datetime import date, datetime

from api.json.shapes.base import Given, Page, TextPublic
from domain.lifecycle import Status
from models.needs import NeedStatus


class NeedItemPublic(Given):
    """A need, and the project that answers it."""

    code: str
    title: str
    category: str
    street: str | None
    community: str | None
    supporters: int
    status: NeedStatus
    project: str | None


class NeedsPublic(Page[NeedItemPublic]):
    """A page of the register, with counts by what became of the needs."""

    by_status: dict[NeedStatus, int]


class TriedPublic(Given):
    """A project that took a need up and ended without answering it."""

    code: str
    status: Status
    until: datetime


class NeedPublic(Given):
    """A need with what was said, and what was merged into it."""

    item: NeedItemPublic
    description: str
    reported_on: date
    merged: list[str]
    merged_into: str | None
    earlier: str | None
    tried: list[TriedPublic]


class SimilarPublic(Given):
    """A need that was reported before."""

    code: str
    title: str
    supporters: int


class FreeNeedPublic(Given):
    """A registered need that no project answers yet."""

    code: str
    title: str
    description: str
    category: str
    community: str
    supporters: int


class SupportPublic(Given):
    """Whether this caller's support is new, and how many stand behind the need now."""

    new: bool
    supporters: int


class PlacePublic(Given):
    """A community by its code."""

    code: str
    name: str


class StreetPlaces(Given):
    """A street with its communities."""

    street: str
    communities: list[PlacePublic]


class CategoryPublic(Given):
    """A category of needs and projects."""

    code: str
    name: TextPublic
