"""Needs, places and categories."""

from api.json.shapes.base import ResponseModel
from domain.text import Text


class FreeNeedPublic(ResponseModel):
    """A registered need that no project answers yet."""

    code: str
    title: str
    description: str
    category: str
    community: str
    supporters: int


class SupportPublic(ResponseModel):
    """Whether this caller's support is new, and how many stand behind the need now."""

    new: bool
    supporters: int


class CommunityPublic(ResponseModel):
    """A community by its code."""

    code: str
    name: str


class StreetCommunities(ResponseModel):
    """A street with its communities."""

    street: str
    communities: list[CommunityPublic]


class CategoryPublic(ResponseModel):
    """A category of needs and projects."""

    code: str
    name: Text
