"""What people have typed and not yet submitted."""

from typing import Any

from sqlmodel import Field, SQLModel

from models.columns import UUID, at, datetime, json_dict


class Draft(SQLModel, table=True):
    """A form as it was last saved, under the name of what it is for; gone once it is submitted."""

    key: str = Field(primary_key=True)
    content: dict[str, Any] = json_dict()
    saved_by: UUID = Field(foreign_key="person.id")
    saved_at: datetime = at()
