"""Addresses for letters."""

from pydantic import Field

from api.json.shapes.base import ResponseModel


class EmailPublic(ResponseModel):
    """An address, empty for none."""

    email: str = Field(examples=["zhou@example.com"])
