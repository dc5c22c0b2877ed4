"""How often somebody may ask: counted in the database, so that several webs count as one."""

from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, delete, text
from sqlmodel import Session, col

from models import RateCounter
from models.session import counting
from services.clock import real_now

WINDOW: Final = timedelta(minutes=1)
# The times of the last minute, and this one if there are not too many yet.
_HIT: Final = text("""
INSERT INTO rate_limit AS earlier (name, who, hits, last_at)
VALUES (:name, :who, ARRAY[statement_timestamp()], statement_timestamp())
ON CONFLICT (name, who) DO UPDATE SET
    last_at = statement_timestamp(),
    hits = (
        SELECT CASE WHEN count(*) < :most THEN
            coalesce(array_agg(hit ORDER BY hit), '{}') || statement_timestamp()
        ELSE array_agg(hit ORDER BY hit) END
        FROM unnest(earlier.hits) AS hit
        WHERE hit > statement_timestamp() - :window
    )
RETURNING hits[cardinality(hits)] = statement_timestamp()
""").bindparams(bindparam("window", WINDOW))


def admit(name: str, who: str, most: int) -> bool:
    """Count one more try of ``who``; return False where ``most`` were made within a minute."""
    with counting() as connection:
        return bool(connection.execute(_HIT, {"name": name, "who": who, "most": most}).scalar())


def forget_old_tries(session: Session) -> None:
    """Remove what counts no more."""
    before = real_now(session) - WINDOW
    session.execute(delete(RateCounter).where(col(RateCounter.last_at) < before))


def forget_all_tries() -> None:
    """Let everybody begin anew."""
    with counting() as connection:
        connection.execute(text("DELETE FROM rate_limit"))
