"""Several webs, each a process of its own, and a balancer that gives each request to the next."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle

import httpx
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from tests.patience import PATIENCE
from tests.shell import ROOT
from tests.web.replica import ENVIRONMENT, OWN, TOLD
from tests.web.serving import in_a_thread
from worker.addresses import free_port

_OF_THE_WAY = frozenset({b"connection", b"transfer-encoding", b"keep-alive"})
_SERVE = (
    "uvicorn --factory tests.web.replica:create_app --host 127.0.0.1 --log-level warning "
    "--no-proxy-headers"
)


class RoundRobin:
    """Gives each request to the next web, which is told this process's environment before."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """Begin with the first of these webs."""
        self._turn = cycle(addresses)
        self._told: dict[str, Mapping[str, str]] = {}
        self.answered: Counter[str] = Counter()
        # A client would keep the cookies of everybody and show them to the webs.
        self._transport = httpx.AsyncHTTPTransport()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as the next web answers it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        web = next(self._turn)
        await self._tell(web)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        request = httpx.Request(
            scope["method"],
            httpx.URL(web).copy_with(raw_path=scope["raw_path"] + query),
            headers=[(k, v.strip()) for k, v in scope["headers"] if k not in _OF_THE_WAY],
            content=await _body(receive),
        )
        answer = await self._transport.handle_async_request(request)
        headers = [pair for pair in answer.headers.raw if pair[0].lower() not in _OF_THE_WAY]
        start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        await send(start)
        async for chunk in answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await answer.aclose()
        self.answered[web] += 1
        await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Keep connections open from the beginning to the end."""
        async with self._transport:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tell(self, web: str) -> None:
        environment = {name: text for name, text in os.environ.items() if name.startswith(TOLD)}
        if self._told.get(web) != environment:
            request = httpx.Request("POST", web + ENVIRONMENT, json=environment)
            answer = await self._transport.handle_async_request(request)
            assert answer.status_code == 204
            await answer.aclose()
            self._told[web] = environment


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message: Message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


@contextmanager
def webs(*own: Mapping[str, str]) -> Iterator[list[str]]:
    """Start webs, each with an environment of its own; give their addresses.

    They are stopped by their own ids.
    """
    with ExitStack() as running:
        addresses = []
        for environment in own:
            port = free_port(0)
            process = subprocess.Popen(
                [sys.executable, "-m", *_SERVE.split(), "--port", str(port)],
                cwd=ROOT,
                env=os.environ | {OWN + name: value for name, value in environment.items()},
            )
            running.callback(process.wait, 30)
            running.callback(process.terminate)
            addresses.append(f"http://127.0.0.1:{port}")
        with httpx.Client(transport=httpx.HTTPTransport(retries=60)) as client:
            for address in addresses:
                # It answers anything once it is there; it has no database yet.
                client.get(f"{address}/healthz", timeout=PATIENCE)
        yield addresses


@contextmanager
def balanced(*own: Mapping[str, str]) -> Iterator[str]:
    """Give the address of a balancer before webs, each with an environment of its own."""
    with (
        webs(*own) as addresses,
        in_a_thread(config_of(RoundRobin(addresses))) as address,
    ):
        yield address


def config_of(balancer: RoundRobin) -> uvicorn.Config:
    """Return how a balancer is served."""
    return uvicorn.Config(balancer, host="127.0.0.1", log_level="warning")
