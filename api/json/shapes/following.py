"""Opening records, subscriptions, addresses."""

from datetime import datetime

from pydantic import Field

from api.json.shapes.base import Given, Page, Taken
from api.json.shapes.projects import CommitmentPublic


class OpeningLinePublic(Given):
    """An opening in the list."""

    code: str
    title: str
    round: int
    opened_at: datetime
    bids: int


class OpeningsPublic(Page[OpeningLinePublic]):
    """A page of openings, the newest first."""


class OpeningRecordPublic(Given):
    """The record of an opening; ``seed`` is the digest of ``commitments``."""

    code: str
    title: str
    round: int
    opened_at: datetime
    openers: int
    commitments: list[CommitmentPublic]
    seed: str


class SubscriptionCreate(Taken):
    """Of which new calls a mailbox is to hear; empty texts ask for all."""

    email: str = Field(max_length=254, examples=["zhou@example.com"])
    street: str = Field(default="", max_length=12)
    category: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=60)


class EmailPublic(Taken):
    """An address, empty for none."""

    email: str = Field(max_length=254, examples=["zhou@example.com"])
