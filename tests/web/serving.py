"""The web on a real server on loopback, in a thread of this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.main import create_app
from tests.patience import until
from worker.addresses import free_port


@contextmanager
def serving() -> Iterator[str]:
    """Serve while the block runs; the database is the one the environment names at each request."""
    config = uvicorn.Config(
        create_app(), host="127.0.0.1", log_level="warning", proxy_headers=False
    )
    with in_a_thread(config) as address:
        yield address


@contextmanager
def in_a_thread(config: uvicorn.Config) -> Iterator[str]:
    """Serve what is configured on a free port, and give its address."""
    config.port = free_port(0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    until(lambda: server.started, "the web to start", lambda: thread.join(0.02))
    yield f"http://127.0.0.1:{config.port}"
    server.should_exit = True
    thread.join()
