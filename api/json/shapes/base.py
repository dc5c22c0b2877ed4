"""What all shapes have in common."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.shapes import seen
from services.listing import Listed

Item = TypeVar("Item")
Cursor = Annotated[str, Query(max_length=120, description="`next` of the page before.")]


class ResponseModel(BaseModel):
    """Something that is given: read from what the services return."""

    model_config = ConfigDict(from_attributes=True)


class RequestModel(BaseModel):
    """Something that is taken: an unknown name is an error, as it may be a slip."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_what_nobody_sees(cls, values: Any) -> Any:
        return seen(values)


class Page(ResponseModel, Generic[Item]):
    """A page of a list; ``next`` is the cursor of the page that follows, null on the last."""

    items: list[Item]
    next: str | None = Field(default=None, examples=["XM-2026-0031"])


def page_of(lines: Listed[Any]) -> dict[str, Any]:
    """Return what ``Page`` reads of a page of a list."""
    return {"items": list(lines), "next": lines.next}


class Listing(ResponseModel, Generic[Item]):
    """A list that is given whole."""

    items: list[Item]


class Marks(RequestModel):
    """A mark of 0 to 100 for every criterion of the rubric."""

    marks: dict[str, Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,2})?$")]] = Field(
        examples=[{"urgency": "80", "reach": "75"}]
    )
