"""The web on a real server on loopback; each test sees its own database through it."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from api.main import create_app
from tests.conftest import Demo
from worker.stack import free_port


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """One server in a thread; it asks for the database at each request, as tests change it."""
    port = free_port(0)
    server = uvicorn.Server(
        uvicorn.Config(create_app(), host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < end
        thread.join(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def web(
    round_only_read: str, served: str, demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """Everybody's view of the finished round, with the reports it has issued."""
    assert round_only_read
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(demo.data_dir))
    with httpx.Client(base_url=served, timeout=30) as client:
        yield client


@pytest.fixture
def fresh_web(database: str, served: str) -> Iterator[httpx.Client]:
    """The web over a database without projects."""
    assert database
    with httpx.Client(base_url=served, timeout=30) as client:
        yield client
