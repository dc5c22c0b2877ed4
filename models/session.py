"""The engine and the only place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlmodel import Session

from domain.errors import StackUnavailable
from models.settings import settings

GATE_CHANNEL = "jiebang_gates"
RUN_CHANNEL = "jiebang_runs"


@cache
def engine_for(url: str) -> Engine:
    """Return the engine of ``url``, one in a process, with a bounded pool.

    Errors never carry bound values: they may reach Prefect's logs, and values may be sealed.
    """
    return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True)


def engine() -> Engine:
    """Return the engine of the configured database; raise StackUnavailable without one."""
    if not (url := settings().database_url):
        raise StackUnavailable(
            part="PostgreSQL", why="JIEBANG_DATABASE_URL is not set; `jiebang up` sets it"
        )
    return engine_for(url)


@cache
def _apart(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool, hide_parameters=True)


@contextmanager
def unit_of_work(*, apart: bool = False) -> Iterator[Session]:
    """Open a session, commit when the block ends well, roll back otherwise.

    ``apart`` takes a connection outside the pool: for what must be kept though the request that
    holds one of the pool's is refused. Those who hold one never wait for another.
    """
    where = _apart(settings().database_url) if apart else engine()
    with Session(where, expire_on_commit=False) as session:
        yield session
        session.commit()


def notify(session: Session, channel: str, payload: str = "") -> None:
    """Send NOTIFY with this transaction."""
    session.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )
