"""A table of the snapshot that is declared elsewhere: what it takes, and what each column means."""

from collections.abc import Mapping
from typing import NamedTuple


class Dimension(NamedTuple):
    """A dimension with its history, a row for each version.

    ``query`` takes it from PostgreSQL, with the columns that ``columns`` describe in
    Chinese and English, but for the days of ``moments``: each has its day in Beijing beside it,
    ``recorded_on`` for ``recorded_at``. ``amounts`` travel as text and become DECIMAL. ``key`` names what tells its rows apart.
    """

    name: str
    comment: str
    query: str
    columns: Mapping[str, str]
    amounts: tuple[str, ...] = ()
    key: tuple[str, ...] = ("entry_id", "version")
    moments: tuple[str, ...] = ("recorded_at", "replaced_at")

    @property
    def table(self) -> str:
        """Return its name in the snapshot."""
        return f"star.{self.name}"

    def select(self) -> str:
        """Return the query that makes the dimension from its raw table."""
        exact = ", ".join(f'CAST("{name}" AS DECIMAL(18, 4)) AS "{name}"' for name in self.amounts)
        days = "".join(
            f", {moment}::DATE AS {moment.removesuffix('_at')}_on" for moment in self.moments
        )
        return f"SELECT *{f' REPLACE ({exact})' if exact else ''}{days} FROM raw.{self.name}"
