"""Alembic migrations, packaged so that every process finds them."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def config(url: str) -> Config:
    """Return the Alembic configuration for the database at ``url``."""
    held = Config()
    held.set_main_option("script_location", str(Path(__file__).parent))
    held.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return held


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision; doing it again changes nothing."""
    command.upgrade(config(url), "head")
