"""Streets and communities with the years they count for."""

from datetime import date

from sqlmodel import Field, SQLModel


class Street(SQLModel, table=True):
    """A street (街道) with its nine-digit code."""

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(unique=True)
    valid_from: date
    valid_to: date | None = None


class Community(SQLModel, table=True):
    """A community (社区) with its twelve-digit code and its street."""

    code: str = Field(primary_key=True, max_length=12)
    name: str = Field(index=True)
    street_code: str = Field(foreign_key="street.code", index=True)
    valid_from: date
    valid_to: date | None = None
