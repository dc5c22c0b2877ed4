"""What people have typed and not yet submitted."""

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict


class Draft(SQLModel, table=True):
    """A form as it was last saved, under the name of what it is for; gone once it is submitted."""

    __table_args__ = (Index("draft_saved_by", "saved_by"),)

    key: str = Field(primary_key=True)
    content: dict[str, Any] = json_dict()
    saved_by: UUID = Field(foreign_key="person.id")
    saved_at: datetime = at()


class ParkedForm(SQLModel, table=True):
    """A form that a browser sent while nobody was signed in; only that browser can read it.

    ``browser`` is a digest of the browser's cookie, from which the key is derived that ``sealed``
    is encrypted under; ``path`` is a digest too, of the path to which the form is sent.
    """

    __tablename__ = "parked_form"
    __table_args__ = (Index("parked_form_ends", "ends_at"),)

    browser: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    sealed: bytes
    ends_at: datetime = at()
