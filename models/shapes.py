"""What all shapes that people fill in have in common."""

from sqlmodel import SQLModel


class Shape(SQLModel):
    """Something people type: spaces around a text are no part of it."""

    model_config = {"str_strip_whitespace": True}
