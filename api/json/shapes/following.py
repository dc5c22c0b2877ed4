"""Opening records, subscriptions, addresses."""

from pydantic import Field

from api.json.shapes.base import RequestModel


class SubscriptionCreate(RequestModel):
    """Of which new calls a mailbox is to hear; empty texts ask for all."""

    email: str = Field(max_length=254, examples=["zhou@example.com"])
    street: str = Field(default="", max_length=12)
    category: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=60)


class EmailPublic(RequestModel):
    """An address, empty for none."""

    email: str = Field(max_length=254, examples=["zhou@example.com"])
