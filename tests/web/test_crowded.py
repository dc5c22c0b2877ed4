"""The web while everything is taken: it says so, names a time, and loses nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlmodel import select

from models import Need
from models import session as sessions
from models.session import dispose, engine, unit_of_work
from models.settings import settings
from tests.patience import PATIENCE
from tests.web.visitor import Visitor
from tests.web.world import World


@contextmanager
def pool_taken() -> Iterator[None]:
    """Hold every connection of the web's pool."""
    pool = engine(hurried=True).pool
    taken = [engine(hurried=True).connect() for _ in range(16)]
    assert pool.checkedout() >= 16  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for connection in taken:
            connection.close()


@pytest.mark.in_process
@pytest.mark.parametrize("path", ["/", "/needs", "/api/v1/projects"])
def test_an_exhausted_pool_is_a_503_that_says_when_to_come_back(
    world: World, served: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world
    monkeypatch.setattr(engine(hurried=True).pool, "_timeout", 0.2)
    with pool_taken():
        answer = httpx.get(f"{served}{path}", timeout=PATIENCE)
        assert httpx.get(f"{served}/healthz", timeout=PATIENCE).text == "ok"
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "请过几秒再试" in answer.text
    assert httpx.get(f"{served}{path}", timeout=PATIENCE).status_code == 200


@pytest.mark.in_process
def test_a_lock_that_somebody_holds_long_is_a_503_and_the_form_may_be_sent_again(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "HURRY", "-c lock_timeout=200")
    with unit_of_work() as session:
        need = session.exec(select(Need).where(Need.status == "registered")).first()
    assert need
    assert world
    visitor = Visitor(served)
    url = make_url(settings().database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as holder:
        holder.execute("SELECT 1 FROM need WHERE id = %s FOR UPDATE", (need.id,))
        refused = visitor.post(f"/needs/{need.code}/support")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
    assert visitor.post(f"/needs/{need.code}/support").status_code == 303
    dispose(settings().database_url)


def test_only_requests_of_the_web_are_hurried(world: World) -> None:
    assert world
    for hurried, expected in ((True, "5s"), (False, "0")):
        with unit_of_work(hurried=hurried) as session:
            assert session.execute(text("SHOW lock_timeout")).scalar_one() == expected
            session.rollback()
            assert session.execute(text("SHOW lock_timeout")).scalar_one() == expected


def test_the_health_check_says_when_the_database_is_away(
    world: World, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world
    monkeypatch.setenv("JIEBANG_DATABASE_URL", "postgresql+psycopg://nobody@/x?host=/nowhere")
    answer = httpx.get(f"{served}/healthz", timeout=PATIENCE)
    assert answer.status_code == 503
