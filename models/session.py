"""The engine and the only place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from domain.errors import StackUnavailable
from domain.text import Text
from models.settings import settings

GATE_CHANNEL = "jiebang_gates"
RUN_CHANNEL = "jiebang_runs"
_POOL_SECONDS = 5
_HEALTH_SECONDS = 2
HURRY = "-c lock_timeout=5000 -c statement_timeout=20000"


@cache
def engine_for(url: str, options: str = "") -> Engine:
    """Return the engine of ``url``, one in a process, with a bounded pool.

    ``options`` are those of PostgreSQL's connections. Errors never carry bound values: they may
    reach Prefect's logs, and values may be sealed.
    """
    return create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
        connect_args={"options": options} if options else {},
        hide_parameters=True,
    )


def dispose(url: str) -> None:
    """Close every connection that this process keeps to ``url``."""
    for kept_engine in (engine_for(url), engine_for(url, HURRY), _of_its_own(url), _counting(url)):
        kept_engine.dispose()


def engine(*, hurried: bool = False) -> Engine:
    """Return the engine of the configured database; raise StackUnavailable without one."""
    url = _configured()
    return engine_for(url, HURRY) if hurried else engine_for(url)


def _configured() -> str:
    if not (url := settings().database_url):
        raise StackUnavailable(
            part="PostgreSQL",
            why=Text(
                "没有设置 JIEBANG_DATABASE_URL，`jiebang up` 会设置它",
                "JIEBANG_DATABASE_URL is not set; `jiebang up` sets it",
            ),
        )
    return url


@cache
def _apart(url: str, options: str = "") -> Engine:
    given = {"options": options} if options else {}
    return create_engine(url, poolclass=NullPool, connect_args=given, hide_parameters=True)


@contextmanager
def unit_of_work(*, apart: bool = False, hurried: bool = False) -> Iterator[Session]:
    """Open a session, commit when the block ends well, roll back otherwise.

    ``apart`` takes a connection outside the pool: for rows to keep though the request that
    holds one of the pool's is refused. Those who hold one never wait for another. ``hurried`` is
    for requests of the web: none waits long for a lock, or for a statement, while others wait for
    its connection.
    """
    options = HURRY if hurried else ""
    where = _apart(settings().database_url, options) if apart else engine(hurried=hurried)
    with Session(where, expire_on_commit=False) as session:
        yield session
        session.commit()


@cache
def _counting(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=2,
        max_overflow=2,
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": HURRY, "connect_timeout": _HEALTH_SECONDS},
        hide_parameters=True,
    )


@contextmanager
def counting() -> Iterator[Connection]:
    """Open a connection on which each statement is a transaction of its own.

    For counts made before a request begins: they wait for no connection of the others.
    """
    with _counting(_configured()).connect() as connection:
        yield connection


@cache
def _of_its_own(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_HEALTH_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _HEALTH_SECONDS,
            "options": f"-c statement_timeout={1000 * _HEALTH_SECONDS}",
        },
        hide_parameters=True,
    )


def answers() -> bool:
    """Tell whether the database answers, over a connection that nothing else uses."""
    try:
        with _of_its_own(settings().database_url).connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def notify(session: Session, channel: str, payload: str = "") -> None:
    """Send NOTIFY with this transaction."""
    session.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )
